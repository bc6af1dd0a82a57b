"""One level of a read as a select, and the embeds inside it.

To-one embeds become an object, to-many a list, as correlated subqueries in the select list:
measured faster than joins. What must be joined is: a spread, whose values become the
parent's, a to-one embed that is sorted by, and one that may repeat its parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, assert_never

from sqlalchemy import FromClause, Select, and_, exists, select

from autoapi.compile.conditions import condition_expression
from autoapi.compile.pages import Join, Page
from autoapi.compile.relations import Level, related_level, root_level
from autoapi.compile.scope import Scope, column_of
from autoapi.compile.sorting import into_json, ordered
from autoapi.compile.values import (
    ONE,
    Value,
    column_value,
    grouped_by,
    raw,
)
from autoapi.dialects import Expression, Rendering
from autoapi.errors import unknown_column
from autoapi.plan.access import visible_columns
from autoapi.plan.types import (
    Embed,
    Exists,
    Operand,
    OutputColumn,
    OutputEmbed,
    OutputSpread,
    Read,
    Sort,
)

__all__ = [
    "ONE",
    "Level",
    "embed_exists",
    "filtered",
    "level_select",
    "root_level",
]


def level_select(
    read: Read, level: Level, scope: Scope, rendering: Rendering = "json", *, inside: bool = False
) -> Select[Any]:
    """The rows of one level, as the dialect wants them for its JSON.

    ``inside`` an embed, whose JSON is put in its one form as a whole.
    """
    page = make_page(read, level, scope, settles=scope.exact and not inside)
    query = page.level.select(*scope.dialect.row(page.outputs(), rendering))
    if read.grouped:
        query = query.group_by(*grouped_by(page.values))
    return bounded(read, page, query)


def make_page(read: Read, level: Level, scope: Scope, *, settles: bool) -> Page:
    """What a level selects, with everything joined that must be."""
    page = Page(level, scope, settles or read.grouped)
    lateral = scope.dialect.joins_laterally
    sorted_by = {sort.embed.name: sort.embed for sort in read.order if sort.embed is not None}
    for item in read.outputs:
        match item:
            case OutputColumn():
                page.values.append(column_value(item, page.table, scope))
            case OutputEmbed(name, embed):
                joined = lateral and (embed.may_repeat or name in sorted_by)
                value = joined_object(embed, page) if joined else embed_value(embed, page)
                page.values.append(Value(name, value, is_json=True))
            case OutputSpread(embed) if embed.to_one:
                page.values.extend(spread_row(embed, page))
            case OutputSpread(embed) if lateral:
                page.values.extend(joined_lists(embed, page))
            case OutputSpread(embed):
                page.values.extend(separate_lists(embed, page))
            case _:
                assert_never(item)
    for name, embed in sorted_by.items():
        if lateral and name not in page.joins:
            join_object(embed, page)
    return page


def bounded(read: Read, page: Page, query: Select[Any]) -> Select[Any]:
    """A level's conditions, order, limit and offset."""
    dialect = page.scope.dialect
    query = filtered(read, page.level, page.scope, query)
    query = query.order_by(*(order_term(sort, page) for sort in read.order))
    limit = dialect.at_most(read.limit, read.cap)
    if limit is not None:
        query = query.limit(limit)
    if read.offset is not None:
        query = query.offset(dialect.count_bind(read.offset))
    return query


def filtered(read: Read, level: Level, scope: Scope, query: Select[Any]) -> Select[Any]:
    """The level's conditions, and the embeds that a row must have."""
    if read.where is not None:
        query = query.where(condition_expression(read.where, level.table, scope, embed_exists))
    for embed in read.inner:
        query = query.where(embed_exists(Exists(embed), level.table, scope))
    return query


def embed_exists(test: Exists, parent: FromClause, scope: Scope) -> Expression:
    """Whether an embed has any row that its own conditions and limits let through."""
    read = test.embed.read
    level = related_level(test.embed, parent, scope)
    if read.grouped and not test.embed.spread:  # a spread's aggregates are its parent's
        return exists(level_select(read, level, scope, inside=True))
    page = Page(level, scope, settles=False)
    return exists(bounded(replace(read, order=(), cap=None), page, level.select(ONE)))


def order_term(sort: Sort, page: Page) -> Expression:
    """One term of ORDER BY."""
    return ordered(order_value(sort, page), sort, page.scope)


def order_value(sort: Sort, page: Page) -> Expression:
    """What rows are sorted by: a column, or what a to-one embed shows."""
    scope, name = page.scope, sort.operand.column.name
    if sort.embed is None:
        value, type_ = scope.value(sort.operand, page.table)
    elif sort.embed.name in page.joins:
        value, type_ = into_json(page.joins[sort.embed.name].shown(name), sort.operand, scope)
    else:
        value, type_ = into_json(looked_up(sort.embed, name, page), sort.operand, scope)
    return scope.dialect.sortable(value, type_)


def looked_up(embed: Embed, name: str, page: Page) -> Expression:
    """What a to-one embed shows under a name, where its rows cannot be joined.

    Raises 42703 (400) where it shows no such thing.
    """
    scope = page.scope
    read = with_outputs(embed.read)
    inner = make_page(read, related_level(embed, page.table, scope), scope, settles=False)
    for value in inner.values:
        if value.name == name:
            plain = replace(read, order=())
            query = bounded(plain, inner, inner.level.select(raw(value)))
            return query.limit(1).scalar_subquery()
    raise unknown_column(embed.joined_name, name, [value.name for value in inner.values])


def embed_value(embed: Embed, page: Page) -> Expression:
    """An embed as one JSON value: an object or null, or a list."""
    scope = page.scope
    query = level_select(embed.read, related_level(embed, page.table, scope), scope, inside=True)
    if embed.may_repeat:
        query = query.limit(1)
    rows = query.subquery(scope.name())
    dialect = scope.dialect
    found = dialect.embedded_object(rows) if embed.to_one else dialect.embedded_list(rows)
    return page.settled(found.scalar_subquery())


def joined_object(embed: Embed, page: Page) -> Expression:
    """A to-one embed as an object, its rows joined."""
    join_object(embed, page)
    return page.settled(page.scope.dialect.joined_object(page.joins[embed.name].rows))


def join_object(embed: Embed, page: Page) -> None:
    """Join a to-one embed's rows as they are shown."""
    level = related_level(embed, page.table, page.scope)
    query = level_select(with_outputs(embed.read), level, page.scope, inside=True)
    page.join(embed, Join(query.lateral(page.alias(embed))))


def with_outputs(read: Read) -> Read:
    """A read that shows all columns where it shows nothing: they can be sorted by."""
    if read.outputs:
        return read
    columns = visible_columns(read.table)
    return replace(read, outputs=tuple(OutputColumn(each.name, Operand(each)) for each in columns))


def spread_row(embed: Embed, page: Page) -> Iterator[Value]:
    """A to-one embed's values, lifted out of its rows, which are joined."""
    join = joined_rows if page.scope.dialect.joins_laterally else keyed_rows
    joined = join(embed, with_outputs(embed.read), page)
    return joined.lifted() if embed.read.outputs else iter(())


def joined_rows(embed: Embed, read: Read, page: Page) -> Join:
    """A to-one embed's rows, found for each row of its parent."""
    level = related_level(embed, page.table, page.scope)
    inner = make_page(read, level, page.scope, settles=page.settles)
    rows = bounded(read, inner, inner.level.select(*inner.labelled()))
    join = Join(rows.lateral(page.alias(embed)), tuple(inner.values), inner.labels())
    return page.join(embed, join)


def keyed_rows(embed: Embed, read: Read, page: Page) -> Join:
    """A to-one embed's rows, all of them, joined by their key."""
    scope = page.scope
    target, pairs = scope.aliased(read.table), embed.relationship.columns
    inner = make_page(read, root_level(target, scope), scope, settles=page.settles)
    keys = [target.c[theirs].label(f"k{at}") for at, (_, theirs) in enumerate(pairs)]
    query = inner.level.select(*inner.labelled(), *keys)
    rows = filtered(read, inner.level, scope, query).subquery(page.alias(embed))
    ties = (rows.c[f"k{at}"] == column_of(page.table, mine) for at, (mine, _) in enumerate(pairs))
    return page.join(embed, Join(rows, tuple(inner.values), inner.labels()), and_(*ties))


def joined_lists(embed: Embed, page: Page) -> Iterator[Value]:
    """A to-many spread: for each of its values the list of them, gathered from the same rows."""
    scope, read = page.scope, embed.read
    level = related_level(embed, page.table, scope)
    inner = make_page(read, level, scope, settles=False)
    if not inner.values:
        if read.where is not None or read.order:
            join_nothing(embed, read, inner, page)
        return
    late = read.order if scope.exact and is_cut(read) else ()
    extra = [order_value(sort, inner).label(f"order {at}") for at, sort in enumerate(late)]
    query = inner.level.select(*inner.labelled(), *extra)
    each = bounded(replace(read, order=()) if late else read, inner, query).subquery(scope.name())
    terms = [ordered(each.c[f"order {at}"], sort, scope) for at, sort in enumerate(late)]
    labels = inner.labels()
    lists = [
        page.settled(scope.dialect.gathered(each.c[label], terms)).label(label) for label in labels
    ]
    rows = select(*lists).select_from(each).lateral(page.alias(embed))
    joined = page.join(embed, Join(rows, tuple(inner.values), labels))
    for value in joined.lifted():
        yield Value(value.name, value.expression, is_json=True)


def join_nothing(embed: Embed, read: Read, inner: Page, page: Page) -> None:
    """Join a to-many embed that shows nothing, for the database to find its faults."""
    query = bounded(
        replace(read, limit=None, offset=None, cap=None), inner, inner.level.select(ONE)
    )
    page.join(embed, Join(query.limit(1).lateral(page.alias(embed))))


def is_cut(read: Read) -> bool:
    """Whether not all rows are shown. PostgREST sorts what a to-many spread shows after that."""
    return not (read.limit is None and read.offset is None and read.cap is None)


def separate_lists(embed: Embed, page: Page) -> Iterator[Value]:
    """The same where rows cannot be joined: each list is gathered by itself, in one order."""
    scope = page.scope
    names = make_page(embed.read, related_level(embed, page.table, scope), scope, settles=False)
    for at, value in enumerate(names.values):
        level = related_level(embed, page.table, scope)
        inner = make_page(embed.read, level, scope, settles=False)
        item = scope.dialect.list_item(inner.outputs()[at]).label("item")
        rows = bounded(embed.read, inner, inner.level.select(item)).subquery(scope.name())
        listed = select(scope.dialect.gathered(rows.c.item)).select_from(rows)
        yield Value(value.name, listed.scalar_subquery(), is_json=True)

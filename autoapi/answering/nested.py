"""Parents with their children in one body: each table's rows are a POST of their own.

A key of the body that is no column but a relation holds rows of that relation. They are made
in the order that the foreign keys want, in one transaction; what the database gave the one
(its key) is put into the other. https://docs.postgrest.org has no such thing; ours is on the
friendly mount alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from autoapi.answering.asking import Asking
from autoapi.catalogue import Relationship, Table
from autoapi.errors import ApiError, bad_body, too_deep
from autoapi.http import Answer, Http
from autoapi.parse.types import SelectEmbed
from autoapi.plan import find_relationship, find_table
from autoapi.plan.access import visible_columns
from autoapi.prepare import Address, Snapshot
from autoapi.respond import item_value

__all__ = ["insert_nested", "read_nested"]

Raw = msgspec.Raw
Row = dict[str, Raw]
Answering = Callable[[Asking, Http, Address], Awaitable[Answer]]

ROWS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
ROW = msgspec.json.Decoder(dict[str, msgspec.Raw])
UNREAD = (msgspec.DecodeError, RecursionError)
DEEPEST = 8  # levels of nesting
MOST_SHOWN = 500  # rows with nested ones that are read back
UNREADABLE = frozenset({"PGRST204", "PGRST102"})  # what a body with relations is to ``prepare``
NOT_FORWARDED = ("return=", "resolution=", "count=", "max-affected=")


class Nested(NamedTuple):
    """A body with relations in it."""

    table: Table
    rows: list[Row]
    single: bool


def read_nested(snapshot: Snapshot, http: Http, address: Address, error: ApiError) -> Nested | None:
    """The rows of a POST that could not be prepared, where any of their keys is a relation."""
    friendly = address.mount == "friendly" and address.item is None
    if http.method != "POST" or not friendly or error.code not in UNREADABLE:
        return None
    single = http.body.lstrip()[:1] == b"{"
    try:
        rows = [ROW.decode(http.body)] if single else ROWS.decode(http.body)
    except UNREAD:
        return None
    table = find_table(snapshot.schema, address.table, http.header(b"content-profile"))
    columns = {each.name for each in visible_columns(table)}
    for row in rows:
        for name, value in row.items():
            if name not in columns and holds_rows(value):
                relation_of(snapshot, table, name)
                return Nested(table, rows, single)
    return None


def holds_rows(value: Raw) -> bool:
    """Whether a value is an object or a list."""
    return bytes(value).lstrip()[:1] in (b"{", b"[")


def relation_of(snapshot: Snapshot, table: Table, key: str) -> Relationship:
    """The relationship that a key means, ``relation`` or ``relation!hint`` as in ``select``.

    Raises PGRST200 (400) for none and PGRST201 (300) for several.
    """
    relation, _, hint = key.partition("!")
    schema = snapshot.schema
    embed = SelectEmbed(relation, (), hint=hint or None)
    found = find_relationship(table, embed, schema.relationships, schema.catalogue)
    if found.routine is not None:
        raise bad_body(f"'{key}' is computed; no rows can be nested in it")
    return found


async def insert_nested(asking: Asking, http: Http, nested: Nested, answering: Answering) -> Answer:
    """Make all rows in one transaction, and answer with them as ``select`` says.

    Raises what the POST of each table raises; nothing is made then.
    """
    if "resolution=" in (http.header(b"prefer") or ""):
        raise bad_body("Rows with nested ones are made, never merged")
    async with asking.together(http) as inside:
        work = Insertion(inside, http, answering)
        tree: dict[str, Any] = {}
        key = frozenset(nested.table.primary_key)
        made = await work.insert(nested.table, nested.rows, key, tree)
        return await work.answer(nested, made, tree)


@dataclass(slots=True)
class Insertion:
    """One request's insertion, table by table."""

    asking: Asking
    http: Http
    answering: Answering
    depth: int = 0
    known: dict[tuple[Table, str], Relationship] = field(default_factory=dict)

    def relation(self, table: Table, key: str) -> Relationship:
        """The relationship that a key of the table's rows means."""
        return relation_of(self.asking.snapshot, table, key)

    async def insert(
        self, table: Table, rows: list[Row], wanted: frozenset[str], tree: dict[str, Any]
    ) -> list[Row]:
        """Make rows with all that is nested in them; of each its ``wanted`` columns.

        ``tree`` is filled with the relations that were met.
        """
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_deep("The body", DEEPEST)
        columns = {each.name for each in visible_columns(table)}
        own = [{name: row[name] for name in row if name in columns} for row in rows]
        branches: dict[str, list[tuple[int, Raw]]] = {}
        for at, row in enumerate(rows):
            for name, value in row.items():
                if name not in columns and (holds_rows(value) or name in branches):
                    branches.setdefault(name, []).append((at, value))
                elif name not in columns:
                    own[at][name] = value  # the POST says what is wrong with it
        relations = {name: self.relation(table, name) for name in branches}
        for name, relation in relations.items():
            if self.refers(relation):
                below = tree.setdefault(name, {})
                await self.insert_parents(relation, name, branches[name], own, below)
        later = {name: each for name, each in relations.items() if not self.refers(each)}
        needed = wanted | {ours for each in later.values() for ours in own_columns(each)}
        made = await self.post(table, own, needed, frozenset(later))
        for name, relation in later.items():
            below = tree.setdefault(name, {})
            await self.insert_children(relation, name, branches[name], made, below)
        self.depth -= 1
        return made

    def refers(self, relation: Relationship) -> bool:
        """Whether the row itself refers to what is nested, so that that must be made first."""
        keys = self.asking.snapshot.catalogue.foreign_keys
        return relation.to_one and any(
            key.name == relation.name and key.table == relation.source for key in keys
        )

    async def insert_parents(
        self,
        relation: Relationship,
        name: str,
        nested: list[tuple[int, Raw]],
        own: list[Row],
        tree: dict[str, Any],
    ) -> None:
        """Make what rows refer to, and have them refer to it."""
        given = [(at, one_row(value, name)) for at, value in nested]
        rows = [(at, row) for at, row in given if row is not None]
        target = self.asking.snapshot.catalogue.by_key[relation.target]
        wanted = frozenset(theirs for _, theirs in relation.columns)
        made = await self.insert(target, [row for _, row in rows], wanted, tree)
        for (at, _), parent in zip(rows, made, strict=True):
            fill(own[at], {ours: parent[theirs] for ours, theirs in relation.columns}, name)

    async def insert_children(
        self,
        relation: Relationship,
        name: str,
        nested: list[tuple[int, Raw]],
        made: list[Row],
        tree: dict[str, Any],
    ) -> None:
        """Make what refers to rows, or what a third table joins to them."""
        catalogue = self.asking.snapshot.catalogue
        rows = [(at, row) for at, value in nested for row in many_rows(value, name, relation)]
        target = catalogue.by_key[relation.target]
        junction = relation.junction
        if junction is None:
            for at, row in rows:
                fill(row, {theirs: made[at][ours] for ours, theirs in relation.columns}, name)
            await self.insert(target, [row for _, row in rows], frozenset(), tree)
            return
        wanted = frozenset(theirs for _, theirs in junction.far)
        found = await self.insert(target, [row for _, row in rows], wanted, tree)
        joins = [
            {middle: made[at][ours] for ours, middle in junction.near}
            | {middle: there[theirs] for middle, theirs in junction.far}
            for (at, _), there in zip(rows, found, strict=True)
        ]
        await self.insert(catalogue.by_key[junction.table], joins, frozenset(), {})

    async def post(
        self, table: Table, rows: list[Row], wanted: frozenset[str], later: frozenset[str]
    ) -> list[Row]:
        """Make rows of one table, those of the same columns by one POST.

        ``later`` are the relations whose rows follow, which rules may want to know.
        """
        groups: dict[tuple[str, ...], list[int]] = {}
        for at, row in enumerate(rows):
            groups.setdefault(tuple(sorted(row)), []).append(at)
        made: list[Row] = [{} for _ in rows]
        for positions in groups.values():
            body = [rows[at] for at in positions]
            found = await self.post_alike(table, body, sorted(wanted), later)
            for at, row, shown in zip(positions, body, found or body, strict=True):
                # What the caller gave is the row's for sure, in whatever order rows come back.
                made[at] = shown | {name: row[name] for name in wanted if name in row}
        return made

    async def post_alike(
        self, table: Table, rows: list[Row], wanted: list[str], later: frozenset[str]
    ) -> list[Row]:
        """One POST; the rows' ``wanted`` columns, nothing if there are none."""
        given = "representation" if wanted else "minimal"
        headers = {
            b"content-type": b"application/json",
            b"accept": b"application/json",
            b"prefer": ",".join([*self.forwarded(), f"return={given}"]).encode("latin-1"),
        }
        query = f"select={','.join(map(quoted, wanted))}" if wanted else ""
        body = msgspec.json.encode(rows)
        path = f"/{quote(table.name, safe='')}"
        http = replace(self.http, path=path, query=query, headers=headers, body=body, nested=later)
        answer = await self.ask(http, Address("friendly", table.name))
        return ROWS.decode(answer.body) if wanted else []

    async def ask(self, http: Http, address: Address) -> Answer:
        """A request of its own as part of this one."""
        http.sql = ""
        try:
            return await self.answering(self.asking, http, address)
        finally:
            self.http.note_sql(http)

    def forwarded(self) -> Iterable[str]:
        """The preferences that hold for each table's rows too."""
        given = (self.http.header(b"prefer") or "").split(",")
        return [part.strip() for part in given if not part.strip().startswith(NOT_FORWARDED)]

    async def answer(self, nested: Nested, made: list[Row], tree: dict[str, Any]) -> Answer:
        """The rows as they are now, or only where the one is."""
        table, key = nested.table, nested.table.primary_key
        keys = [[text_of(row[name]) for name in key] for row in made]
        headers: list[tuple[bytes, bytes]] = []
        if nested.single and key:
            item = quote(",".join(map(item_value, keys[0])), safe=",")
            headers.append((b"location", f"/{quote(table.name, safe='')}/{item}".encode()))
        prefer = self.http.header(b"prefer") or ""
        if not key or "return=minimal" in prefer or "return=headers-only" in prefer:
            return Answer(201, (*headers, (b"content-length", b"0")))
        if len(keys) > MOST_SHOWN:
            raise bad_body(f"With Prefer: return=minimal more than {MOST_SHOWN} rows can be sent")
        query = self.http.query or f"select={shown(tree)}"
        if "select=" not in query:
            query += f"&select={shown(tree)}"
        if nested.single:
            address = Address("friendly", table.name, item)
        else:
            query += f"&{filter_of(key, keys)}&limit={len(keys)}"
            query += "" if "order=" in query else f"&order={','.join(map(quoted, key))}"
            address = Address("friendly", table.name)
        kept = {name: value for name, value in self.http.headers.items() if name == b"accept"}
        http = replace(self.http, method="GET", query=query, headers=kept, body=b"")
        http.path = headers[0][1].decode() if nested.single else http.path
        answer = await self.ask(http, address)
        told = tuple(pair for pair in answer.headers if pair[0] not in (b"content-range", b"link"))
        return Answer(201, (*told, *headers), answer.body)


def own_columns(relation: Relationship) -> Iterable[str]:
    """The columns of a row that what is nested in it is tied to."""
    pairs = relation.junction.near if relation.junction is not None else relation.columns
    return (ours for ours, _ in pairs)


def one_row(value: Raw, name: str) -> Row | None:
    """The one row nested under a name, None for null."""
    if bytes(value).strip() == b"null":
        return None
    try:
        return ROW.decode(value)
    except UNREAD as error:
        raise bad_body(f"'{name}' is one row: an object or null") from error


def many_rows(value: Raw, name: str, relation: Relationship) -> list[Row]:
    """The rows nested under a name."""
    if relation.to_one:
        row = one_row(value, name)
        return [] if row is None else [row]
    try:
        return ROWS.decode(value)
    except UNREAD as error:
        raise bad_body(f"'{name}' is a list of objects") from error


def fill(row: Row, values: Mapping[str, Raw], name: str) -> None:
    """Tie a row to the one it is nested with; it must not say itself what it is tied to."""
    for column, value in values.items():
        if column in row:
            raise bad_body(f"'{column}' follows from '{name}' and cannot be given besides")
        row[column] = value


def quoted(name: str) -> str:
    """A column's name as the query string has it."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return quote(f'"{escaped}"', safe="")


def text_of(value: Raw) -> str:
    """A value of a key as an address has it."""
    found = msgspec.json.decode(value)
    return found if isinstance(found, str) else bytes(value).decode()


def shown(tree: Mapping[str, Any]) -> str:
    """What is shown unless the caller says: all columns, and the relations that were given."""
    below = (f"{quote(name, safe='!')}({shown(inner)})" for name, inner in tree.items())
    return ",".join(["*", *below])


def filter_of(key: tuple[str, ...], keys: list[list[str]]) -> str:
    """The filter that finds rows by their keys."""

    def value(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return quote(f'"{escaped}"', safe="")

    if len(key) == 1:
        return f"{quote(key[0], safe='')}=in.({','.join(value(each[0]) for each in keys)})"
    rows = (
        ",".join(f"{quoted(name)}.eq.{value(part)}" for name, part in zip(key, each, strict=True))
        for each in keys
    )
    return f"or=({','.join(f'and({row})' for row in rows)})"

"""Which relationship an embed means.

The rules are PostgREST's: without a hint the target is a table, a constraint or a
foreign key column of the origin; a hint is a constraint, a column of either side or a
junction. A function that leads somewhere is meant by its own name, whatever the hint.
https://docs.postgrest.org/en/stable/references/api/resource_embedding.html
"""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.catalogue import Catalogue, Relationship, Relationships, Table
from autoapi.errors import KnownNames, ambiguous_relationship, no_relationship
from autoapi.parse.types import SelectEmbed

__all__ = ["find_relationship"]

ALIKE = 0.33  # how much a relation must be like a misspelt one to be named in a hint


def find_relationship(
    origin: Table, embed: SelectEmbed, relationships: Relationships, catalogue: Catalogue
) -> Relationship:
    """The one relationship that ``embed`` means, seen from ``origin``.

    Raises PGRST200 (400) when none fits, PGRST201 (300) when several do.
    """
    fitting = [
        each
        for each in within(origin.schema, relationships.get(origin.key, ()))
        if fits(each, embed.relation, embed.hint, to_view=catalogue.by_key[each.target].is_view)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ambiguous_relationship(
            origin.name,
            embed.relation,
            [describe(each) for each in fitting],
            [hint_for(each) for each in fitting],
        )
    raise no_relationship(
        origin.name,
        embed.relation,
        embed.hint,
        origin.schema,
        meant_instead(origin, embed.relation, relationships),
    )


def within(schema: str, known: Sequence[Relationship]) -> list[Relationship]:
    """The relationships that lead to something of a schema; a function must be of it itself."""
    return [each for each in known if (each.routine or each.target)[0] == schema]


def meant_instead(origin: Table, target: str, relationships: Relationships) -> str | None:
    """The hint at a name that is like the target's, or like the origin's if that leads nowhere."""
    leads = relationships.get(origin.key)
    known = within(origin.schema, leads or ())
    if known or leads == ():
        names, given = [each.target[1] for each in known], target
    else:
        names, given = leading_names(origin.schema, relationships), origin.name
    found = KnownNames(names).nearest(given, ALIKE)
    if found is None or found.lower() == given.lower():
        return None  # a name that exists is not misspelt: something else is wrong
    return f"Perhaps you meant '{found}' instead of '{given}'."


def leading_names(schema: str, relationships: Relationships) -> list[str]:
    """The tables of a schema from which anything leads anywhere in it."""
    return [
        table
        for (home, table), listed in relationships.items()
        if home == schema and (within(schema, listed) or not listed)
    ]


def fits(each: Relationship, target: str, hint: str | None, *, to_view: bool) -> bool:
    """Whether a relationship answers to a target and a hint.

    A constraint or a column leads to a table, never to the views of it.
    """
    if each.routine is not None:
        return target == each.routine[1]
    if each.source == each.target:
        return fits_itself(each, target, hint)
    if hint is not None:
        return target == each.target[1] and hint in hints_of(each)
    if each.junction is not None or to_view:
        return target == each.target[1]
    return target in (each.target[1], each.name, own_column(each))


def fits_itself(each: Relationship, target: str, hint: str | None) -> bool:
    """A self reference has both directions under one name.

    The table's name means its children, the column's name its parent.
    """
    if hint is not None:
        children = target == each.target[1] and each.cardinality == "one-to-many"
        return children and hint in (own_column(each), their_column(each))
    if each.cardinality == "one-to-many":
        return target == each.target[1]
    return each.cardinality == "many-to-one" and target == own_column(each)


def hints_of(each: Relationship) -> tuple[str | None, ...]:
    """What tells a relationship from others."""
    if each.junction is not None:
        return (each.junction.table[1],)
    return (each.name, own_column(each), their_column(each))


def own_column(each: Relationship) -> str | None:
    """The source's column, when the key has only one."""
    return each.columns[0][0] if len(each.columns) == 1 else None


def their_column(each: Relationship) -> str | None:
    """The target's column, when the key has only one."""
    return each.columns[0][1] if len(each.columns) == 1 else None


def hint_for(each: Relationship) -> str:
    """What to write instead of the target; nothing for a function, which PostgREST leaves out."""
    if each.routine is not None:
        return ""
    return f"{each.target[1]}!{each.junction.table[1] if each.junction else each.name}"


def describe(each: Relationship) -> dict[str, str]:
    """One candidate, as PostgREST lists it."""
    if each.routine is not None:
        return {}
    source, target = each.source[1], each.target[1]
    if each.junction is not None:
        junction = each.junction
        near = ", ".join(theirs for _, theirs in junction.near)
        far = ", ".join(ours for ours, _ in junction.far)
        using = (
            f"{junction.table[1]} using {junction.near_constraint}({near})"
            f" and {junction.far_constraint}({far})"
        )
    else:
        ours = ", ".join(column for column, _ in each.columns)
        theirs = ", ".join(column for _, column in each.columns)
        using = f"{each.name} using {source}({ours}) and {target}({theirs})"
    return {
        "cardinality": each.cardinality,
        "embedding": f"{source} with {target}",
        "relationship": using,
    }

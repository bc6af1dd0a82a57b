"""Which relationship an embed means.

The rules are PostgREST's: without a hint the target is a table, a constraint or a
foreign key column of the origin; a hint is a constraint, a column of either side or a
junction. Many-to-many from a table to itself, which PostgREST does not have, needs a hint. https://docs.postgrest.org/en/stable/references/api/resource_embedding.html
"""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.catalogue import Catalogue, Relationship, Relationships, Table
from autoapi.errors import ambiguous_relationship, no_relationship
from autoapi.parse.types import SelectEmbed

__all__ = ["find_relationship"]


def find_relationship(
    origin: Table, embed: SelectEmbed, relationships: Relationships, catalogue: Catalogue
) -> Relationship:
    """The one relationship that ``embed`` means, seen from ``origin``.

    Raises PGRST200 (400) when none fits, PGRST201 (300) when several do.
    """
    known = relationships.get(origin.key, ())
    fitting = [
        each
        for each in known
        if fits(each, embed.relation, embed.hint, to_view=catalogue.by_key[each.target].is_view)
    ]
    exposed = [each for each in fitting if each.target[0] == origin.schema]
    if len(exposed) == 1:
        return exposed[0]
    if exposed:
        raise ambiguous_relationship(
            origin.name,
            embed.relation,
            [describe(each) for each in exposed],
            [f"{each.target[1]}!{hint_for(each, exposed)}" for each in exposed],
        )
    near = [each.target[1] for each in known if each.target[0] == origin.schema]
    raise no_relationship(origin.name, embed.relation, embed.hint, origin.schema, near)


def fits(each: Relationship, target: str, hint: str | None, *, to_view: bool) -> bool:
    """Whether a relationship answers to a target and a hint.

    A constraint or a column leads to a table, never to the views of it.
    """
    itself = each.source == each.target
    if each.junction is not None:
        named = hint in hints_of(each) if hint else not itself
        return target == each.target[1] and named
    if itself:
        return fits_itself(each, target, hint)
    if hint is None:
        named_otherwise = target in (each.name, own_column(each))
        return target == each.target[1] or (named_otherwise and not to_view)
    return target == each.target[1] and hint in (each.name, own_column(each), their_column(each))


def fits_itself(each: Relationship, target: str, hint: str | None) -> bool:
    """A self reference has both directions under one name.

    The table's name means its children, the column's name its parent.
    """
    if hint is not None:
        return (
            target == each.target[1]
            and each.cardinality == "one-to-many"
            and hint in (their_column(each), each.name)
        )
    if each.cardinality == "one-to-many":
        return target == each.target[1]
    return target == own_column(each)


def own_column(each: Relationship) -> str | None:
    """The source's column, when the key has only one."""
    return each.columns[0][0] if len(each.columns) == 1 else None


def their_column(each: Relationship) -> str | None:
    """The target's column, when the key has only one."""
    return each.columns[0][1] if len(each.columns) == 1 else None


def hints_of(each: Relationship) -> tuple[str, ...]:
    """The hints that tell this relationship from others, the shortest first.

    PostgREST knows only the junction, by which a table's two ways to itself are the same:
    the constraint that leaves the source tells them apart, both constraints any others.
    """
    if each.junction is None:
        return (each.name,)
    return (each.junction.table[1], each.junction.near_constraint, each.name)


def hint_for(each: Relationship, candidates: Sequence[Relationship]) -> str:
    """The first hint that no other candidate answers to."""
    others = {
        hint
        for other in candidates
        if other is not each and other.target == each.target
        for hint in hints_of(other)
    }
    return next((hint for hint in hints_of(each) if hint not in others), each.name)


def describe(each: Relationship) -> dict[str, str]:
    """One candidate, as PostgREST lists it."""
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

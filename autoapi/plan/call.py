"""Which function a call means, and what its result is.

Overloads are told apart by the names of the arguments, as in PostgREST:
https://docs.postgrest.org/en/stable/references/api/functions.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autoapi.catalogue import Column, DataType, Parameter, Routine, Table
from autoapi.errors import ambiguous_routine, unknown_routine
from autoapi.parse.types import Shape
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.types import Call

__all__ = ["find_routine", "given_parameters", "plan_call", "result_table", "routines_named"]

JSON = "application/json"

# What a single parameter without a name takes, by the body's content type.
UNNAMED: dict[str, tuple[str, ...]] = {
    "application/json": ("json", "jsonb"),
    "text/plain": ("text",),
    "text/xml": ("xml",),
    "application/octet-stream": ("bytea",),
}


def routines_named(schema: Schema, name: str, namespace: str) -> tuple[Routine, ...]:
    """The overloads of a name. Raises PGRST202 (404) when there are none."""
    known = [each for each in schema.catalogue.routines if is_callable(each)]
    found = tuple(each for each in known if each.key == (namespace, name))
    if not found:
        others = (each.name for each in known if each.schema == namespace)
        raise unknown_routine(namespace, name, (), others)
    return found


def is_callable(routine: Routine) -> bool:
    """Whether a caller can do anything with it: procedures and triggers' functions are none."""
    return not routine.is_procedure and routine.returns.name not in ("trigger", "event_trigger")


def given_parameters(routine: Routine) -> tuple[Parameter, ...]:
    """The parameters that a caller gives."""
    return tuple(each for each in routine.parameters if each.mode in ("in", "inout", "variadic"))


def find_routine(
    overloads: Sequence[Routine], names: Iterable[str], content_type: str | None
) -> tuple[Routine, bool]:
    """The overload that takes arguments of these names, and whether it takes the body whole.

    ``content_type`` is None for a GET, whose arguments always have names. Raises PGRST202
    (404) when none fits, PGRST203 (300) when several do.
    """
    given = frozenset(names)
    whole_only = content_type is not None and content_type in UNNAMED and content_type != JSON
    named = [] if whole_only else [each for each in overloads if takes(each, given)]
    whole = [each for each in overloads if takes_whole(each, content_type)]
    found = named or whole
    if len(found) > 1:
        raise ambiguous_routine([f"{each.schema}.{each.name}({signature(each)})" for each in found])
    if not found:
        first = overloads[0]
        signatures = (
            f"{first.name}({', '.join(sorted(p.name for p in given_parameters(each)))})"
            for each in overloads
        )
        raise unknown_routine(first.schema, first.name, tuple(sorted(given)), signatures)
    return found[0], not named


def takes(routine: Routine, given: frozenset[str]) -> bool:
    """Whether every argument is a parameter, and every parameter without default is given."""
    parameters = given_parameters(routine)
    if any(not each.name for each in parameters):
        return False
    known = {each.name for each in parameters}
    required = {each.name for each in parameters if not each.has_default}
    return required <= given <= known


def takes_whole(routine: Routine, content_type: str | None) -> bool:
    """Whether the routine's one parameter has no name and the type that the body has."""
    parameters = given_parameters(routine)
    if content_type is None or len(parameters) != 1 or parameters[0].name:
        return False
    return parameters[0].type.cast in UNNAMED.get(content_type, ())


def signature(routine: Routine) -> str:
    """A routine's parameters as an error lists them."""
    return ", ".join(f"{each.name} => {each.type.name}" for each in given_parameters(routine))


def plan_call(
    routine: Routine, names: Iterable[str], shape: Shape, schema: Schema, *, whole: bool
) -> Call:
    """Plan a call; a GET, and a function that does not write, only read."""
    given = frozenset(names)
    arguments = tuple(each for each in given_parameters(routine) if each.name in given or whole)
    writes = shape.method == "POST" and routine.volatility == "volatile"
    table = result_table(routine, schema)
    shown = plan_read(table, shape.query, schema) if table is not None else None
    return Call(routine, arguments, 0, whole, writes, shown)


def result_table(routine: Routine, schema: Schema) -> Table | None:
    """The table whose rows the result looks like; None for values.

    A result that is rows of a table embeds what the table does. One with columns of its
    own is a table without relations.
    """
    if routine.returns_table is not None:
        found = schema.catalogue.by_key.get(routine.returns_table)
        if found is not None:
            return found
    fields = routine.returns.fields
    if routine.returns.kind != "composite" or not fields:
        return None
    columns = tuple(Column(name, DataType(type_, type_, "other")) for name, type_ in fields)
    return Table(routine.schema, routine.name, "view", columns)

"""Which function a call means.

Overloads are told apart by the names of the arguments, as in PostgREST:
https://docs.postgrest.org/en/stable/references/api/functions.html. Where none takes those,
one whose only parameter has no name may take the body whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from autoapi.catalogue import Catalogue, Routine, TableKey
from autoapi.errors import ApiError, KnownNames, ambiguous_routine, unknown_routine

__all__ = ["JSON", "Routines", "find_routine", "index_routines"]

JSON = "application/json"

# What a single parameter without a name takes, by the body's content type.
UNNAMED: dict[str, tuple[str, ...]] = {
    JSON: ("json", "jsonb"),
    "text/plain": ("text",),
    "text/xml": ("xml",),
    "application/octet-stream": ("bytea",),
}
# Parameters are the caller's to know once the function's name is.
LEAST_FOR_PARAMETERS = 0.33


@dataclass(frozen=True, slots=True)
class Routines:
    """The functions of one catalogue that can be called, overloads together."""

    by_key: Mapping[TableKey, tuple[Routine, ...]] = field(default_factory=dict)
    names: Mapping[str, KnownNames] = field(default_factory=dict)  # by schema


def index_routines(catalogue: Catalogue) -> Routines:
    """Make the look-up once for all calls."""
    found: dict[TableKey, list[Routine]] = {}
    names: dict[str, list[str]] = {}
    for routine in catalogue.routines:
        if routine.callable:
            found.setdefault(routine.key, []).append(routine)
            names.setdefault(routine.schema, []).append(routine.name)
    return Routines(
        MappingProxyType({key: tuple(overloads) for key, overloads in found.items()}),
        MappingProxyType({schema: KnownNames(known) for schema, known in names.items()}),
    )


def find_routine(
    routines: Routines, key: TableKey, names: Iterable[str], content_type: str | None
) -> Routine:
    """The overload that takes arguments of these names.

    ``content_type`` is the body's; None for a GET, whose arguments always have names.
    Raises PGRST202 (404) when none fits, PGRST203 (300) when several do.
    """
    given = frozenset(names)
    overloads = routines.by_key.get(key, ())
    whole_only = content_type in UNNAMED and content_type != JSON
    named = [each for each in overloads if takes(each, given, whole_only=whole_only)]
    found = named or [each for each in overloads if takes_whole(each, content_type)]
    if len(found) > 1:
        raise ambiguous_routine([signature(each) for each in found])
    if not found:
        raise no_routine(routines, key, sorted(given), content_type)
    return found[0]


def takes(routine: Routine, given: frozenset[str], *, whole_only: bool) -> bool:
    """Whether every argument is a parameter, and every parameter without default is given."""
    inputs = routine.inputs
    if not inputs:
        return not given and not whole_only
    known = {each.name for each in inputs}
    required = {each.name for each in inputs if not each.has_default}
    return required <= given <= known


def takes_whole(routine: Routine, content_type: str | None) -> bool:
    """Whether the routine's one parameter has no name and the type that the body has."""
    inputs = routine.inputs
    if content_type is None or len(inputs) != 1 or inputs[0].name:
        return False
    type_ = inputs[0].type
    return type_.domain is None and type_.name in UNNAMED.get(content_type, ())


def signature(routine: Routine) -> str:
    """A routine with its parameters as an error lists it."""
    shown = (f"{each.name} => {each.type.domain or each.type.name}" for each in routine.inputs)
    return f"{routine.schema}.{routine.name}({', '.join(shown)})"


def no_routine(
    routines: Routines, key: TableKey, given: Sequence[str], content_type: str | None
) -> ApiError:
    """What is said when no function fits: what was searched, and what may have been meant."""
    schema, name = key
    types = UNNAMED.get(content_type or "")
    unnamed = "/".join(types) if types else None
    if types and content_type != JSON:
        return unknown_routine(schema, name, given, unnamed=unnamed, alone=True)
    overloads = routines.by_key.get(key)
    if overloads is None:
        known = routines.names.get(schema)
        hint = known.nearest(name) if known else None
    else:
        lists = KnownNames(listed(each.name for each in one.inputs) for one in overloads)
        near = lists.nearest(listed(given), LEAST_FOR_PARAMETERS)
        hint = near and name + near
    return unknown_routine(schema, name, given, unnamed=unnamed, hint=hint)


def listed(names: Iterable[str]) -> str:
    """Parameters as a hint shows them, in order of name."""
    return f"({', '.join(sorted(names))})"

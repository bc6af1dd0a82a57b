"""PostgreSQL's functions and procedures as ``Routine``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Final, Literal

from autoapi.catalogue import DataType, MediaHandler, Parameter, Routine
from autoapi.reflect.postgres_rows import MediaHandlerRow, RoutineRow
from autoapi.reflect.postgres_types import TypeTable

__all__ = ["make_media_handler", "make_routines"]

MODES: Final[Mapping[str, Literal["in", "inout", "out", "table", "variadic"]]] = {
    "i": "in",
    "o": "out",
    "b": "inout",
    "v": "variadic",
    "t": "table",
}
ANY_ELEMENT: Final = ("pg_catalog", "anyelement")
INPUT_MODES: Final = frozenset("ibv")
OUTPUT_MODES: Final = frozenset("obt")

# As callers read them; without a length these two are written as what takes any length.
PLAIN_NAMES: Final[Mapping[str, str]] = {
    "bpchar": "character",
    "bpchar[]": "character[]",
    '"bit"': "bit",
    '"bit"[]': "bit[]",
}

VOLATILITIES: Final[Mapping[str, Literal["immutable", "stable", "volatile"]]] = {
    "i": "immutable",
    "s": "stable",
    "v": "volatile",
}


def make_routines(rows: Iterable[RoutineRow], types: TypeTable) -> tuple[Routine, ...]:
    """The routines by schema and name, overloads in the order in which PostgREST lists them."""
    return tuple(sorted((make_routine(row, types) for row in rows), key=sorting_key))


def sorting_key(routine: Routine) -> tuple[object, ...]:
    """Of overloads the one with fewest parameters comes first."""
    inputs = routine.inputs
    return (
        routine.schema,
        routine.name,
        len(inputs),
        routine.comment is not None,
        routine.comment or "",
        tuple(
            (each.name, each.type.domain or each.type.name, not each.has_default) for each in inputs
        ),
        routine.is_procedure,
    )


def make_routine(row: RoutineRow, types: TypeTable) -> Routine:
    """One routine."""
    returns = returned_type(row, types)
    bottom = types.bottom(row.returns)
    return Routine(
        schema=row.schema,
        name=row.name,
        parameters=tuple(make_parameters(row, types)),
        returns=returns,
        returns_set=row.returns_set,
        returns_rows=bottom.sort == "c" or not OUTPUT_MODES.isdisjoint(row.modes),
        relation=bottom.plain_name,
        estimated_rows=row.estimated_rows,
        volatility=VOLATILITIES[row.volatility],
        is_procedure=row.kind == "p",
        settings=tuple(split_setting(setting) for setting in row.settings),
        comment=row.comment,
    )


def make_media_handler(row: MediaHandlerRow) -> MediaHandler:
    """A function that makes a media type; a plain one is what it answers for."""
    routine, other = (row.schema, row.name), (row.type_schema, row.type_name)
    if not row.aggregate:
        return MediaHandler(row.media_type, other, routine, aggregate=False)
    target = None if other == ANY_ELEMENT else other
    return MediaHandler(row.media_type, routine, target, aggregate=True)


def make_parameters(row: RoutineRow, types: TypeTable) -> Iterator[Parameter]:
    """The parameters in their order; the last inputs are those with defaults."""
    modes = row.modes or ["i"] * len(row.types)
    inputs = [position for position, mode in enumerate(modes) if mode in INPUT_MODES]
    with_default = set(inputs[len(inputs) - row.defaults :])
    named = zip_longest(row.types, modes, row.names[: len(row.types)], fillvalue="")
    for position, (oid, mode, name) in enumerate(named):
        type_ = types.get(int(oid))
        yield Parameter(
            name=str(name),
            type=replace(type_, name=PLAIN_NAMES.get(type_.name, type_.name)),
            has_default=position in with_default,
            mode=MODES[str(mode)],
        )


def returned_type(row: RoutineRow, types: TypeTable) -> DataType:
    """What the routine returns; with OUT or TABLE parameters, a row made of those.

    Even a single one: called in FROM, the function has one column of that name.
    """
    names = row.names or [""] * len(row.modes)
    out = [
        (name, types.get(oid).name)
        for oid, mode, name in zip(row.types, row.modes, names, strict=False)
        if mode in OUTPUT_MODES
    ]
    if not out:
        return types.get(row.returns)
    fields = tuple((name or f"column{at}", type_) for at, (name, type_) in enumerate(out, start=1))
    return DataType(name="record", cast="record", kind="composite", fields=fields)


def split_setting(setting: str) -> tuple[str, str]:
    """``name=value``, as ``SET`` on a function is stored."""
    name, _, value = setting.partition("=")
    return (name, value)

"""PostgreSQL's functions and procedures as ``Routine``."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Final, Literal

from autoapi.catalogue import DataType, Parameter, Routine, TableKey
from autoapi.reflect.postgres_rows import RoutineRow
from autoapi.reflect.postgres_types import TypeTable

__all__ = ["make_routines"]

MODES: Final[Mapping[str, Literal["in", "inout", "out", "table", "variadic"]]] = {
    "i": "in",
    "o": "out",
    "b": "inout",
    "v": "variadic",
    "t": "table",
}
INPUT_MODES: Final = frozenset("ibv")

VOLATILITIES: Final[Mapping[str, Literal["immutable", "stable", "volatile"]]] = {
    "i": "immutable",
    "s": "stable",
    "v": "volatile",
}


def make_routines(
    rows: Iterable[RoutineRow], types: TypeTable, tables: Container[TableKey]
) -> tuple[Routine, ...]:
    """The routines by schema and name, overloads by their parameters."""
    made = [make_routine(row, types, tables) for row in rows]
    return tuple(sorted(made, key=sorting_key))


def sorting_key(routine: Routine) -> tuple[str, str, tuple[str, ...]]:
    """What tells overloads apart: the types of their parameters."""
    return (routine.schema, routine.name, tuple(given.type.name for given in routine.parameters))


def make_routine(row: RoutineRow, types: TypeTable, tables: Container[TableKey]) -> Routine:
    """One routine; ``tables`` are those that the catalogue holds."""
    returns = returned_type(row, types)
    return Routine(
        schema=row.schema,
        name=row.name,
        parameters=tuple(make_parameters(row, types)),
        returns=returns,
        returns_set=row.returns_set,
        returns_table=returns.row_of if returns.row_of in tables else None,
        estimated_rows=row.estimated_rows,
        volatility=VOLATILITIES[row.volatility],
        is_procedure=row.kind == "p",
        settings=tuple(split_setting(setting) for setting in row.settings),
        comment=row.comment,
    )


def make_parameters(row: RoutineRow, types: TypeTable) -> Iterator[Parameter]:
    """The parameters in their order; the last inputs are those with defaults."""
    modes = row.modes or ["i"] * len(row.types)
    inputs = [position for position, mode in enumerate(modes) if mode in INPUT_MODES]
    with_default = set(inputs[len(inputs) - row.defaults :])
    named = zip_longest(row.types, modes, row.names[: len(row.types)], fillvalue="")
    for position, (oid, mode, name) in enumerate(named):
        yield Parameter(
            name=str(name),
            type=types.get(int(oid)),
            has_default=position in with_default,
            mode=MODES[str(mode)],
        )


def returned_type(row: RoutineRow, types: TypeTable) -> DataType:
    """What the routine returns; with OUT or TABLE parameters, a row made of those.

    Even a single one: called in FROM, the function has one column of that name.
    """
    fields = tuple(
        (name, types.get(oid).name)
        for oid, mode, name in zip(row.types, row.modes, row.names, strict=False)
        if mode in "obt"
    )
    if fields:
        return DataType(name="record", cast="record", kind="composite", fields=fields)
    return types.get(row.returns)


def split_setting(setting: str) -> tuple[str, str]:
    """``name=value``, as ``SET`` on a function is stored."""
    name, _, value = setting.partition("=")
    return (name, value)

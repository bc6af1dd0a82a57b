"""Computed fields: functions of a table's row that read like a column of it.

PostgreSQL takes ``people.full_name`` for ``full_name(people)``. Which function that is, the
search path decides: that of the schema asked for, then those of the operator's extra ones.
https://docs.postgrest.org/en/stable/references/api/computed_fields.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autoapi.catalogue.types import ComputedField, Parameter, Routine, Table, TableKey

__all__ = ["with_computed_fields"]


def with_computed_fields(
    tables: Iterable[Table], routines: Iterable[Routine], extra_schemas: Sequence[str]
) -> tuple[Table, ...]:
    """The tables, each with the fields that functions compute of its rows."""
    by_table: dict[TableKey, list[Routine]] = defaultdict(list)
    for routine in routines:
        taken = row_taken(routine)
        if taken is not None:
            by_table[taken].append(routine)
    return tuple(
        replace(table, computed=fields_of(table, by_table[table.key], extra_schemas))
        if table.key in by_table
        else table
        for table in tables
    )


def row_taken(routine: Routine) -> TableKey | None:
    """The table whose row a routine takes, when it needs nothing else."""
    taken: list[Parameter] = [
        each for each in routine.parameters if each.mode in ("in", "inout", "variadic")
    ]
    if routine.is_procedure or not taken or any(not each.has_default for each in taken[1:]):
        return None
    return taken[0].type.row_of


def fields_of(
    table: Table, routines: Iterable[Routine], extra_schemas: Sequence[str]
) -> tuple[ComputedField, ...]:
    """The fields of one table, by name; a column of the name hides a function."""
    path = (table.schema, *extra_schemas)
    found: dict[str, ComputedField] = {}
    visible = [each for each in routines if each.schema in path]
    for routine in sorted(visible, key=lambda each: path.index(each.schema)):
        if routine.name not in table.by_name:
            field = ComputedField(routine.name, routine.returns, routine.key)
            found.setdefault(routine.name, field)
    return tuple(found[name] for name in sorted(found))

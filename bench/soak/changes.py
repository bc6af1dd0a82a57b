"""Random changes of the schema: each a kind, the statements that make it, and what shows it.

A kind is a function that changes the model and returns a ``Change``, or None where it cannot be
done now. The order is: choose and change the model, take away the facts that go, run, add those
that come. To add a kind: a function here and a line in ``KINDS``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from bench.soak.definitions import definitions, function_sql, rebuild
from bench.soak.model import Model, Table, View
from bench.soak.sights import (
    Sight,
    sight_of_answer,
    sight_of_columns,
    sight_of_key,
    sight_of_labels,
    sight_of_type,
)

__all__ = ["Change", "next_change", "opening_changes"]

FEWEST_TABLES, MOST_TABLES, MOST_COLUMNS, MOST_OTHERS = 4, 12, 8, 6
TYPES = ("integer", "bigint", "numeric", "text")  # each can become any that follows it
ROWS = 3  # in a new table


@dataclass(frozen=True, slots=True)
class Change:
    """One statement, or several of one transaction; ``sight`` is None where nothing shows it."""

    kind: str
    sql: tuple[str, ...]
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Maker:
    """What the kinds need: the model, the dice, and which database."""

    model: Model
    dice: random.Random
    sqlite: bool

    def any_table(self) -> Table:
        return self.dice.choice(self.model.tables)

    def column_to_change(self, table: Table) -> str | None:
        free = [each for each in table.columns if not self.model.in_use(table, each)]
        return self.dice.choice(free) if free else None


def create_table(make: Maker) -> Change | None:
    model = make.model
    if len(model.tables) >= MOST_TABLES:
        return None
    columns = {model.new_name("c"): make.dice.choice(TYPES) for _ in range(make.dice.randint(1, 3))}
    table = Table(model.new_name("t"), columns)
    sql = [f"CREATE TABLE {table.name} ({definitions(table, sqlite=make.sqlite)})"]
    if model.tables and make.dice.random() < 0.7:
        column, parent = model.new_name("r"), make.any_table()
        table.references[column] = parent
        sql = [f"CREATE TABLE {table.name} ({definitions(table, sqlite=make.sqlite)})"]
    model.tables.append(table)
    values = ", ".join(f"({number}, 'row {number}')" for number in range(1, ROWS + 1))
    sql.append(f"INSERT INTO {table.name} (id, name) VALUES {values}")
    if not make.sqlite:
        sql.append(f"ALTER TABLE {table.name} ALTER id RESTART WITH 100")
    for column, parent in table.references.items():
        sql.append(f"UPDATE {table.name} SET {column} = (SELECT min(id) FROM {parent.name})")
    return Change("create table", tuple(sql), sight_of_columns(model, table))


def drop_table(make: Maker) -> Change | None:
    model = make.model
    viewed = {view.table for view in model.views}
    free = [
        table
        for table in model.tables
        if table not in viewed and not any(child is not table for child, _ in model.children(table))
    ]
    if len(model.tables) <= FEWEST_TABLES or not free:
        return None
    table = make.dice.choice(free)
    model.tables.remove(table)
    gone = sight_of_answer(f"/rest/v1/{table.name}?limit=1", 404, lambda: True)
    return Change("drop table", (f"DROP TABLE {table.name}",), gone)


def rename_table(make: Maker) -> Change | None:
    table = make.any_table()
    before, table.name = table.name, make.model.new_name("t")
    sql = f"ALTER TABLE {before} RENAME TO {table.name}"
    return Change("rename table", (sql,), sight_of_columns(make.model, table))


def add_column(make: Maker) -> Change | None:
    table = make.any_table()
    if len(table.columns) >= MOST_COLUMNS:
        return None
    column, enums = make.model.new_name("c"), list(make.model.enums)
    type_name = make.dice.choice([*TYPES, *enums])
    table.columns[column] = type_name
    with_default = type_name not in enums and make.dice.random() < 0.4
    default = " DEFAULT '7'" if with_default else ""
    sql = f"ALTER TABLE {table.name} ADD COLUMN {column} {type_name}{default}"
    return Change("add column", (sql,), sight_of_columns(make.model, table))


def drop_column(make: Maker) -> Change | None:
    table = make.any_table()
    column = make.column_to_change(table)
    if column is None:
        return None
    del table.columns[column]
    sql = f"ALTER TABLE {table.name} DROP COLUMN {column}"
    return Change("drop column", (sql,), sight_of_columns(make.model, table))


def rename_column(make: Maker) -> Change | None:
    table = make.any_table()
    named = [*table.columns, *table.references]
    if not named:
        return None
    before, after = make.dice.choice(named), make.model.new_name("c")
    if before in table.references:
        table.references[after] = table.references.pop(before)
    else:
        table.columns[after] = table.columns.pop(before)
    for view in make.model.views:
        if view.table is table and view.column == before:
            view.column = after
    for index, column in table.indexes.items():
        if column == before:
            table.indexes[index] = after
    sql = f"ALTER TABLE {table.name} RENAME COLUMN {before} TO {after}"
    return Change("rename column", (sql,), sight_of_columns(make.model, table))


def retype_column(make: Maker) -> Change | None:
    table = make.any_table()
    free = [
        column
        for column, type_name in table.columns.items()
        if type_name in TYPES[:-1] and not make.model.in_use(table, column)
    ]
    if not free or (make.sqlite and any(view.table is table for view in make.model.views)):
        return None
    column = make.dice.choice(free)
    later = TYPES[TYPES.index(table.columns[column]) + 1 :]
    table.columns[column] = make.dice.choice(later)
    if make.sqlite:
        sql = rebuild(table)
    else:
        kind = table.columns[column]
        sql = (f"ALTER TABLE {table.name} ALTER {column} TYPE {kind} USING {column}::{kind}",)
    return Change("retype column", sql, sight_of_type(make.model, table, column))


def add_key(make: Maker) -> Change | None:
    child, parent = make.any_table(), make.any_table()
    if len(child.references) >= 2 or child is parent:
        return None
    column = make.model.new_name("r")
    child.references[column] = parent
    sql = f"ALTER TABLE {child.name} ADD COLUMN {column} integer REFERENCES {parent.name} (id)"
    return Change("add foreign key", (sql,), sight_of_key(make.model, child, column, there=True))


def drop_key(make: Maker) -> Change | None:
    model = make.model
    child = make.any_table()
    viewed = any(view.table is child for view in model.views)
    if not child.references or (make.sqlite and (viewed or child.indexes)):
        return None
    column = make.dice.choice(list(child.references))
    sight = sight_of_key(model, child, column, there=False)
    del child.references[column]
    child.columns[column] = "integer"
    if make.sqlite:
        return Change("drop foreign key", rebuild(child), sight)
    # The constraint keeps the name that it was made with, whatever was renamed since.
    sql = f"""
        DO $$ DECLARE named name; BEGIN
            SELECT conname INTO STRICT named FROM pg_constraint
            WHERE contype = 'f' AND conrelid = '{child.name}'::regclass
              AND conkey[1] = (SELECT attnum FROM pg_attribute
                  WHERE attrelid = '{child.name}'::regclass AND attname = '{column}');
            EXECUTE format('ALTER TABLE {child.name} DROP CONSTRAINT %I', named);
        END $$"""
    return Change("drop foreign key", (sql,), sight)


def create_view(make: Maker) -> Change | None:
    return new_view(make, materialized=False)


def create_materialized_view(make: Maker) -> Change | None:
    return None if make.sqlite else new_view(make, materialized=True)


def new_view(make: Maker, *, materialized: bool) -> Change | None:
    model, table = make.model, make.any_table()
    if not table.columns or sum(v.materialized == materialized for v in model.views) >= MOST_OTHERS:
        return None
    view = View(model.new_name("v"), table, make.dice.choice(list(table.columns)), materialized)
    model.views.append(view)
    kind = "MATERIALIZED VIEW" if materialized else "VIEW"
    sql = f"CREATE {kind} {view.name} AS SELECT id, {view.column} AS label FROM {table.name}"
    path = f"/rest/v1/{view.name}?limit=1"
    sight = sight_of_answer(path, 200, lambda: view in model.views and view.name in path)
    return Change(f"create {kind.lower()}", (sql,), sight)


def drop_view(make: Maker) -> Change | None:
    if not make.model.views:
        return None
    view = make.dice.choice(make.model.views)
    make.model.views.remove(view)
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    gone = sight_of_answer(f"/rest/v1/{view.name}?limit=1", 404, lambda: True)
    return Change(f"drop {kind.lower()}", (f"DROP {kind} {view.name}",), gone)


def rename_view(make: Maker) -> Change | None:
    model = make.model
    if not model.views or make.sqlite:
        return None
    view = make.dice.choice(model.views)
    before, after = view.name, model.new_name("v")
    view.name = after
    kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
    sight = sight_of_answer(
        f"/rest/v1/{after}?limit=1", 200, lambda: view in model.views and view.name == after
    )
    return Change(f"rename {kind.lower()}", (f"ALTER {kind} {before} RENAME TO {after}",), sight)


def create_enum(make: Maker) -> Change | None:
    if make.sqlite or len(make.model.enums) >= MOST_OTHERS:
        return None
    name = make.model.new_name("e")
    make.model.enums[name] = ["a", "b"]
    return Change("create enum", (f"CREATE TYPE {name} AS ENUM ('a', 'b')",))


def add_label(make: Maker) -> Change | None:
    if not make.model.enums:
        return None
    name = make.dice.choice(list(make.model.enums))
    label = make.model.new_name("l")
    make.model.enums[name].append(label)
    return Change(
        "add enum value", (f"ALTER TYPE {name} ADD VALUE '{label}'",), labels_shown(make, name)
    )


def rename_label(make: Maker) -> Change | None:
    if not make.model.enums:
        return None
    name = make.dice.choice(list(make.model.enums))
    labels = make.model.enums[name]
    before, labels[0] = labels[0], make.model.new_name("l")
    sql = f"ALTER TYPE {name} RENAME VALUE '{before}' TO '{labels[0]}'"
    return Change("rename enum value", (sql,), labels_shown(make, name))


def labels_shown(make: Maker, enum: str) -> Sight | None:
    """A sight of an enum's labels, where a column has them."""
    for table in make.model.tables:
        for column, type_name in table.columns.items():
            if type_name == enum:
                return sight_of_labels(make.model, table, column)
    return None


def create_index(make: Maker) -> Change | None:
    table = make.any_table()
    column = make.column_to_change(table)
    if column is None or len(table.indexes) >= 2:
        return None
    name = make.model.new_name("i")
    table.indexes[name] = column
    return Change("create index", (f"CREATE INDEX {name} ON {table.name} ({column})",))


def drop_index(make: Maker) -> Change | None:
    table = make.any_table()
    if not table.indexes:
        return None
    name = make.dice.choice(list(table.indexes))
    del table.indexes[name]
    return Change("drop index", (f"DROP INDEX {name}",))


def create_function(make: Maker) -> Change | None:
    functions = make.model.functions
    if make.sqlite or len(functions) >= MOST_OTHERS:
        return None
    name, parameter = make.model.new_name("f"), make.model.new_name("p")
    functions[name] = parameter
    return Change("create function", (function_sql(name, parameter),), called(make, name, 200))


def replace_function(make: Maker) -> Change | None:
    functions = make.model.functions
    if not functions:
        return None
    name = make.dice.choice(list(functions))
    functions[name] = make.model.new_name("p")
    sql = (f"DROP FUNCTION {name}", function_sql(name, functions[name]))
    return Change("replace function", sql, called(make, name, 200))


def drop_function(make: Maker) -> Change | None:
    functions = make.model.functions
    if not functions:
        return None
    name = make.dice.choice(list(functions))
    sight = called(make, name, 404)
    del functions[name]
    return Change("drop function", (f"DROP FUNCTION {name}",), sight)


def called(make: Maker, name: str, status: int) -> Sight:
    """A call of a function by its parameter is answered so."""
    functions = make.model.functions
    parameter = functions[name]
    there = status == 200
    return sight_of_answer(
        f"/rest/v1/rpc/{name}?{parameter}=1",
        status,
        lambda: (functions.get(name) == parameter) == there,
    )


Kind = Callable[[Maker], Change | None]
KINDS: dict[Kind, int] = {  # with how often it is tried, of all
    add_column: 14,
    drop_column: 12,
    rename_column: 14,
    retype_column: 8,
    create_table: 6,
    drop_table: 5,
    rename_table: 5,
    add_key: 5,
    drop_key: 4,
    create_view: 5,
    create_materialized_view: 3,
    drop_view: 5,
    rename_view: 2,
    create_enum: 2,
    add_label: 4,
    rename_label: 1,
    create_index: 4,
    drop_index: 3,
    create_function: 3,
    replace_function: 2,
    drop_function: 2,
}


def next_change(model: Model, dice: random.Random, *, sqlite: bool) -> Change:
    """Choose a change that can be made now, and make it in the model."""
    make = Maker(model, dice, sqlite)
    while True:
        kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
        change = kind(make)
        if change is not None:
            return change


def opening_changes(model: Model, dice: random.Random, *, sqlite: bool) -> list[Change]:
    """The schema that a soak starts with."""
    make = Maker(model, dice, sqlite)
    kinds: list[Kind] = [*([create_table] * 6), create_enum, create_view, create_function]
    found = [kind(make) for kind in (*kinds, add_key, add_key, add_column, add_column)]
    return [change for change in found if change is not None]

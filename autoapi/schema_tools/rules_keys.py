"""Rules on keys and constraints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autoapi.inspection import Thing
from autoapi.schema_tools.advice import Found, Place, Subject
from autoapi.schema_tools.statements import index_name

__all__ = [
    "broken_foreign_key",
    "broken_reference",
    "foreign_key_type",
    "missing_foreign_key_index",
    "nullable_unique",
    "table_without_key",
    "unvalidated_constraint",
]


REWRITES: Final = "Rewrites the table while nobody else can use it."
REBUILD: Final = "Rebuild the table with the column of the type that it refers to."


def table_without_key(subject: Subject) -> Iterator[Found]:
    """Tables whose rows cannot be named."""
    writer = subject.writer
    for place in subject.tables():
        if next(place.table.each("primary key"), None) or not place.columns():
            continue
        sql: tuple[str, ...] = ()
        advice = "Rebuild the table with a PRIMARY KEY; SQLite cannot add one."
        if subject.is_postgres:
            columns = place.columns()
            ready = [key for key in place.table.each("unique") if not is_nullable(key, columns)]
            if ready:
                key = writer.names(ready[0].texts("columns"))
                sql = (f"ALTER TABLE {place.sql} ADD PRIMARY KEY ({key})",)
                advice = "The columns are unique and never null already."
            elif columns.get("id") and columns["id"].get("identity"):
                sql = (f"ALTER TABLE {place.sql} ADD PRIMARY KEY (id)",)
                advice = "Its id numbers itself; fails where somebody wrote one twice."
            elif "id" not in columns:
                new = "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                sql = (f"ALTER TABLE {place.sql} ADD COLUMN {new}",)
                advice = "Rewrites the table while nobody else can use it; or name a natural key."
            else:
                advice = "Choose what names a row, and make it the PRIMARY KEY."
        yield Found(place.name, f"{place.name} has no primary key", sql, advice)


def is_nullable(key: Thing, columns: dict[str, Thing]) -> bool:
    """Whether a key has a column that may be null."""
    return any(columns[name].get("nullable") for name in key.texts("columns"))


def missing_foreign_key_index(subject: Subject) -> Iterator[Found]:
    """Foreign keys that no index helps to follow backwards."""
    writer = subject.writer
    taken_in = {each.name: names_in(each) for each in subject.database.each("schema")}
    for place in subject.tables():
        taken = taken_in[place.schema]
        missing = list(unindexed_keys(place))
        for key in missing:
            columns = key.texts("columns")
            name = index_name(place.table.name, columns, taken)
            taken.add(name)
            concurrently = place.kind == "table"  # not possible on a partitioned one
            sql = writer.create_index(place.sql, columns, name, concurrently=concurrently)
            told = ", ".join(columns)
            referred = str(key.get("referred_table")).removeprefix("main.")
            yield Found(
                place.of(key),
                f"{place.name} ({told}) refers to {referred} and has no index",
                (sql,),
            )


def unindexed_keys(place: Place) -> Iterator[Thing]:
    """The foreign keys of a table without an index; of several on the same columns, the first."""
    seen: set[frozenset[str]] = set()
    starts = list(leading_columns(place))
    for key in place.table.each("foreign key"):
        columns = key.texts("columns")
        wanted = frozenset(columns)
        found = any(frozenset(start[: len(columns)]) == wanted for start in starts)
        if not found and wanted not in seen:
            seen.add(wanted)
            yield key


def leading_columns(place: Place) -> Iterator[tuple[str, ...]]:
    """The columns of every key and index that finds rows by them."""
    for kind in ("primary key", "unique"):
        for key in place.table.each(kind):
            yield key.texts("columns")
    for index in place.table.each("index"):
        columns = index.texts("columns")
        where = str(index.get("where") or "")
        # Rows whose reference is null are never looked for.
        whole = not where or where.strip("()").upper() == f"{columns[0]} IS NOT NULL".upper()
        if index.get("valid") and whole and index.get("method") in (None, "btree", "hash"):
            yield columns


def names_in(schema: Thing) -> set[str]:
    """What an index in a schema may not be called."""
    tables = tuple(schema.each("table"))
    kinds = ("index", "primary key", "unique", "exclusion")
    parts = (part.name for table in tables for kind in kinds for part in table.each(kind))
    sequences = (each.name for each in schema.each("sequence"))
    return {*(table.name for table in tables), *parts, *sequences}


def foreign_key_type(subject: Subject) -> Iterator[Found]:
    """Foreign keys of another type than what they refer to."""
    known = subject.by_name()
    for place in subject.tables():
        for key in place.table.each("foreign key"):
            referred = known.get(str(key.get("referred_table")))
            if referred is None:
                continue
            own, others = place.columns(), referred.columns()
            for column, other in zip(
                key.texts("columns"), key.texts("referred_columns"), strict=False
            ):
                if column not in own or other not in others:
                    continue
                kinds = str(own[column].get("type")), str(others[other].get("type"))
                if differ(*kinds, is_postgres=subject.is_postgres):
                    told = f"{place.name}.{column} is {kinds[0]}"
                    yield Found(
                        f"{place.name}.{column}",
                        f"{told}, {referred.name}.{other} is {kinds[1]}",
                        same_type(subject, (place, column), (referred, other), kinds),
                        REWRITES if subject.is_postgres else REBUILD,
                    )


def same_type(
    subject: Subject, key: tuple[Place, str], referred: tuple[Place, str], kinds: tuple[str, str]
) -> tuple[str, ...]:
    """What makes both columns alike: the narrower of two integers grows."""
    if not subject.is_postgres:
        return ()
    sizes = ("smallint", "integer", "bigint")
    is_wider = all(kind in sizes for kind in kinds) and sizes.index(kinds[0]) > sizes.index(
        kinds[1]
    )
    (place, column), kind = (referred, kinds[0]) if is_wider else (key, kinds[1])
    return (subject.writer.alter_column_type(place.sql, column, kind),)


def differ(one: str, other: str, *, is_postgres: bool) -> bool:
    """Whether two types are not compared as they are; on SQLite only their kinds count."""
    if is_postgres:
        return one.partition("(")[0] != other.partition("(")[0]
    return affinity(one) != affinity(other)


def affinity(kind: str) -> str:
    """What SQLite makes of a type. See https://sqlite.org/datatype3.html#determination_of_column_affinity."""
    upper = kind.upper()
    rows: Sequence[tuple[str, tuple[str, ...]]] = (
        ("integer", ("INT",)),
        ("text", ("CHAR", "CLOB", "TEXT")),
        ("blob", ("BLOB",)),
        ("real", ("REAL", "FLOA", "DOUB")),
    )
    found = (name for name, words in rows if any(word in upper for word in words))
    return next(found, "numeric" if upper else "blob")


def nullable_unique(subject: Subject) -> Iterator[Found]:
    """Unique keys of several columns that a null date or reference lets duplicates through."""
    writer = subject.writer
    for place in subject.tables():
        columns = place.columns()
        references = {
            name for key in place.table.each("foreign key") for name in key.texts("columns")
        }
        for key in place.table.each("unique"):
            named = key.texts("columns")
            loose = [
                name
                for name in named
                if columns[name].get("nullable")
                and (name in references or is_moment(str(columns[name].get("type"))))
            ]
            is_strict = "NULLS NOT DISTINCT" in str(key.get("definition"))
            if len(named) < 2 or not loose or is_strict:
                continue
            again = f"UNIQUE NULLS NOT DISTINCT ({writer.names(named)})"
            name = writer.name(key.name)
            change = f"DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {again}"
            yield Found(
                place.of(key),
                f"{place.of(key)} lets rows through that are alike but for a null {loose[0]}",
                (f"ALTER TABLE {place.sql} {change}",) if subject.is_postgres else (),
                "Fails where such rows are there already; or use a partial unique index.",
            )


def is_moment(kind: str) -> bool:
    """Whether a type is of dates or times."""
    return kind.lower().startswith(("timestamp", "date"))


def unvalidated_constraint(subject: Subject) -> Iterator[Found]:
    """Constraints that only rows written since are known to meet."""
    writer = subject.writer
    for place in subject.tables():
        for kind in ("foreign key", "check"):
            for constraint in place.table.each(kind):
                if constraint.get("validated") is False:
                    yield Found(
                        place.of(constraint),
                        f"{place.of(constraint)} was added NOT VALID: older rows may break it",
                        (writer.validate_constraint(place.sql, constraint.name),),
                        "Fails where a row breaks it; find and mend that first.",
                    )


def broken_reference(subject: Subject) -> Iterator[Found]:
    """Rows that refer to nothing, written while nobody enforced foreign keys."""
    for broken in subject.usage.broken_references:
        yield Found(
            f"{broken.table}.{broken.referred_table}",
            f"{broken.rows} rows of {broken.table} refer to rows of {broken.referred_table}"
            " that are not there",
            advice=f'List them with PRAGMA foreign_key_check("{broken.table}"), then mend them.',
        )


def broken_foreign_key(subject: Subject) -> Iterator[Found]:
    """Foreign keys that SQLite accepts and that no write can meet."""
    known = subject.by_name()
    for place in subject.tables():
        for key in place.table.each("foreign key"):
            referred = known.get(str(key.get("referred_table")))
            target = key.texts("referred_columns")
            if referred is None:
                reason = f"there is no table {str(key.get('referred_table')).removeprefix('main.')}"
            elif not is_key(referred, target):
                reason = f"{', '.join(target)} is no key of {referred.name}"
            else:
                continue
            told = f"{place.of(key)} cannot be met: {reason}"
            yield Found(place.of(key), told, advice="Make the key, or rebuild without it.")


def is_key(place: Place, columns: Sequence[str]) -> bool:
    """Whether a table lets no two rows have the same of these columns."""
    keys = [key.texts("columns") for key in place.table.each("primary key")]
    keys += [key.texts("columns") for key in place.table.each("unique")]
    keys += [
        index.texts("columns")
        for index in place.table.each("index")
        if index.get("unique") and not index.get("where")
    ]
    return any(set(key) == set(columns) for key in keys)

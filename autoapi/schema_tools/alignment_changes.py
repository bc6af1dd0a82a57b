"""What is in both schemas and not alike, as PostgreSQL statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from autoapi.inspection import Changed, Property, Thing
from autoapi.schema_tools.alignment_parts import sequence_options
from autoapi.schema_tools.alignment_words import Words, flag

__all__ = ["changed_thing", "is_made_again"]

# Dropped before everything else and made again: nothing of the users' is in them.
AGAIN: Final = frozenset(
    {"primary key", "unique", "check", "exclusion", "foreign key", "index", "policy", "trigger"}
    | {"rule", "grant"}
)


def is_made_again(difference: Changed) -> bool:
    """Whether a thing is changed by dropping it; a constraint that holds is only validated."""
    names = {name for name, _, _ in difference.properties}
    validated = names == {"validated"} and difference.after.get("validated")
    return bool(difference.path) and difference.path[-1][0] in AGAIN and not validated


def changed_thing(difference: Changed, words: Words) -> list[str] | None:
    """What makes the second thing of the first; None where that cannot be said."""
    path, new = difference.path, difference.after
    kind = path[-1][0] if path else "database"
    names = {name for name, _, _ in difference.properties}
    if names == {"validated"}:
        return [f"{words.constrained(path)} VALIDATE CONSTRAINT {words.name(path[-1][1])}"]
    if kind == "function":
        return change_function(difference, words)
    if kind == "sequence":
        options = sequence_options(new).replace(" START ", " START WITH ")
        return [f"ALTER {words.subject(path)} {options}"] if names != {"owned_by"} else None
    if kind == "enum" and "labels" in names:
        return add_labels(difference, words)
    changes = {"column": COLUMN, "table": TABLE}.get(kind, {})
    made = []
    for name, _, value in difference.properties:
        if name == "comment":
            made.append(comment(path, new, value, words))
        elif name in changes:
            made += changes[name](path, new, words)
        else:
            return None
    return made


def change_function(difference: Changed, words: Words) -> list[str] | None:
    """A function replaced; one that returns something else is dropped before."""
    path, old, new = difference.path, difference.before, difference.after
    names = {name for name, _, _ in difference.properties}
    if not new.get("definition"):
        return None
    made: list[str] = []
    if names & {"returns", "kind", "arguments"}:
        made.append(f"DROP {words.subject(path, old)}")
    made += [str(new.get("definition")).strip()]
    if "comment" in names:
        made.append(comment(path, new, new.get("comment"), words))
    return made


def add_labels(difference: Changed, words: Words) -> list[str] | None:
    """New labels in their places; labels that are gone or moved cannot be said."""
    old, new = difference.before.texts("labels"), difference.after.texts("labels")
    if [label for label in new if label in old] != list(old):
        return None
    made = []
    for at, label in enumerate(new):
        if label not in old:
            place = f" AFTER {words.text(new[at - 1])}" if at else f" BEFORE {words.text(old[0])}"
            subject = words.subject(difference.path)
            made.append(f"ALTER {subject} ADD VALUE {words.text(label)}{place}")
    return made


def comment(path: tuple[tuple[str, str], ...], thing: Thing, value: Property, words: Words) -> str:
    """A comment set, or taken away."""
    if path[-1][0] == "column":
        subject = f"COLUMN {words.table(path)}.{words.name(path[-1][1])}"
    else:
        subject = words.subject(path, thing)
    return f"COMMENT ON {subject} IS {words.text(str(value)) if value else 'NULL'}"


Path = tuple[tuple[str, str], ...]
Change = Callable[[Path, Thing, Words], list[str]]


def altered(path: Path, words: Words, change: str) -> list[str]:
    """A change of one column."""
    return [f"ALTER TABLE {words.table(path)} ALTER COLUMN {words.name(path[-1][1])} {change}"]


def column_type(path: Path, new: Thing, words: Words) -> list[str]:
    """Another type; its values are cast."""
    kind, collation = new.get("type"), new.get("collation")
    collate = flag(collation, f"COLLATE {words.dotted(str(collation))}")
    name = words.name(path[-1][1])
    return altered(path, words, f"TYPE {kind}{collate} USING {name}::{kind}")


def column_nullable(path: Path, new: Thing, words: Words) -> list[str]:
    """Whether nulls are let in."""
    return altered(path, words, f"{'DROP' if new.get('nullable') else 'SET'} NOT NULL")


def column_default(path: Path, new: Thing, words: Words) -> list[str]:
    """Another default, or none."""
    default = new.get("default")
    return altered(path, words, f"SET DEFAULT {default}" if default else "DROP DEFAULT")


def column_identity(path: Path, new: Thing, words: Words) -> list[str]:
    """Whether the column numbers itself; what it was before is dropped first."""
    identity = str(new.get("identity") or "").upper()
    made = altered(path, words, "DROP IDENTITY IF EXISTS")
    if identity:
        made += altered(path, words, f"ADD GENERATED {identity} AS IDENTITY")
    return made


def table_row_security(path: Path, new: Thing, words: Words) -> list[str]:
    """The two switches of row level security."""
    state = new.get("row_security")
    table = words.table(path)
    return [
        f"ALTER TABLE {table} {'DISABLE' if state == 'off' else 'ENABLE'} ROW LEVEL SECURITY",
        f"ALTER TABLE {table} {'' if state == 'forced' else 'NO '}FORCE ROW LEVEL SECURITY",
    ]


def table_unlogged(path: Path, new: Thing, words: Words) -> list[str]:
    """Whether the table survives a crash."""
    return [
        f"ALTER TABLE {words.table(path)} SET {'UNLOGGED' if new.get('unlogged') else 'LOGGED'}"
    ]


COLUMN: Final[dict[str, Change]] = {
    "type": column_type,
    "collation": column_type,
    "nullable": column_nullable,
    "default": column_default,
    "identity": column_identity,
}
TABLE: Final[dict[str, Change]] = {
    "row_security": table_row_security,
    "unlogged": table_unlogged,
}

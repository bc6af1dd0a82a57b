"""Things in a few words, for those who read and not for programs."""

from __future__ import annotations

from collections.abc import Iterator

from autoapi.inspection import Property, Thing

__all__ = ["describe", "shown"]

LONGEST = 120  # characters


def describe(thing: Thing) -> str:
    """What a thing is, without its name.

    >>> describe(Thing.of("column", "qty", type="integer", nullable=False, default="1"))
    'integer, not null, default 1'
    """
    return cut(", ".join(words(thing)))


def words(thing: Thing) -> Iterator[str]:
    """The parts of a description."""
    match thing.kind:
        case "column" | "domain":
            yield shown(thing.get("type"))
            if thing.get("nullable") is False:
                yield "not null"
            for name in ("default", "generated", "identity"):
                if thing.get(name) is not None:
                    yield f"{name} {shown(thing.get(name))}"
        case "table":
            count = len(list(thing.each("column")))
            yield f"{shown(thing.get('kind'))} of {count} column{'s' if count != 1 else ''}"
        case "foreign key":
            columns, target = shown(thing.get("columns")), shown(thing.get("referred_table"))
            yield f"({columns}) references {target} ({shown(thing.get('referred_columns'))})"
        case "function":
            yield f"returns {shown(thing.get('returns'))}"
        case "policy":
            yield f"{shown(thing.get('command'))} to {shown(thing.get('roles'))}"
            yield from (
                f"{name.replace('_', ' ')} {shown(thing.get(name))}"
                for name in ("using", "with_check")
                if thing.get(name)
            )
        case _:
            first = (
                "definition",
                "expression",
                "privileges",
                "labels",
                "fields",
                "columns",
                "type",
            )
            yield from (shown(thing.get(name)) for name in first if thing.get(name) is not None)


def shown(value: Property) -> str:
    """A property as one reads it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def cut(text: str) -> str:
    """One line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."

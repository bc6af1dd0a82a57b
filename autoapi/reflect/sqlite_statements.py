"""What SQLite keeps only as text: the constraints in CREATE TABLE, the events of triggers.

Its pragmas tell columns, keys and indexes, but neither the names of constraints nor any
CHECK; those are read here from the statements in ``sqlite_schema``. Views are read in
``sqlite_views``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from autoapi.reflect.sqlite_scanner import Token, closing_position, scan, split_at_commas

__all__ = [
    "Constraints",
    "NamedCheck",
    "NamedKey",
    "NamedReference",
    "allowed_values",
    "read_constraints",
    "trigger_event",
]

TriggerEvent = Literal["DELETE", "INSERT", "UPDATE"]


@dataclass(frozen=True, slots=True)
class NamedCheck:
    """A CHECK; ``column`` is the one it was written beside."""

    name: str | None
    expression: str
    column: str | None


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A UNIQUE or PRIMARY KEY."""

    name: str | None
    columns: tuple[str, ...]
    primary: bool


@dataclass(frozen=True, slots=True)
class NamedReference:
    """A REFERENCES, on a column or of a FOREIGN KEY; ``deferred`` until the commit."""

    name: str | None
    columns: tuple[str, ...]
    referred: str
    deferred: bool = False


@dataclass(slots=True)
class Constraints:
    """The constraints of one table in the order they were written."""

    checks: list[NamedCheck] = field(default_factory=list)
    keys: list[NamedKey] = field(default_factory=list)
    references: list[NamedReference] = field(default_factory=list)


def read_constraints(sql: str) -> Constraints:
    """Read the constraints of a CREATE TABLE.

    >>> read_constraints("CREATE TABLE t (a INT CONSTRAINT odd CHECK (a % 2))").checks
    [NamedCheck(name='odd', expression='a % 2', column='a')]
    """
    tokens = scan(sql)
    constraints = Constraints()
    opening = next((at for at, token in enumerate(tokens) if token.is_symbol("(")), None)
    if opening is not None:
        body = tokens[opening + 1 : closing_position(tokens, opening)]
        for item in split_at_commas(body):
            ItemReader(sql, item, constraints).read()
    return constraints


class ItemReader:
    """Reads one item between the commas of CREATE TABLE: a column, or constraints of the table.

    SQLite lets the commas between table constraints be left out, so one item may hold
    several of those, as one column may.
    """

    def __init__(self, sql: str, tokens: Sequence[Token], found: Constraints) -> None:
        self.sql = sql
        self.tokens = tokens
        self.found = found
        self.position = 0
        self.name: str | None = None
        self.column: str | None = None

    def read(self) -> None:
        """Read the item to its end."""
        starts = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
        if self.tokens and not self.tokens[0].is_word(*starts):
            self.column = self.tokens[0].text
            self.position = 1
        while self.position < len(self.tokens):
            self.read_constraint(self.tokens[self.position])

    def read_constraint(self, token: Token) -> None:
        """Read the constraint that begins here, or pass over what is none."""
        self.position += 1
        if token.is_word("CONSTRAINT"):
            self.name = self.take_name()
        elif token.is_word("CHECK"):
            self.found.checks.append(NamedCheck(self.take_given(), self.take_text(), self.column))
        elif token.is_word("UNIQUE", "PRIMARY"):
            self.read_key(primary=token.is_word("PRIMARY"))
        elif token.is_word("FOREIGN"):
            self.position += 1  # KEY
            self.read_reference(self.take_columns())
        elif token.is_word("REFERENCES"):
            self.position -= 1
            self.read_reference((self.column,) if self.column is not None else ())
        elif token.is_word("INITIALLY"):
            self.read_deferral()
        elif token.is_symbol("("):
            self.position = closing_position(self.tokens, self.position - 1) + 1
        elif token.is_word("NOT", "NULL", "DEFAULT", "COLLATE", "GENERATED", "AS"):
            self.name = None  # whatever was named, it is nothing that we read

    def read_key(self, *, primary: bool) -> None:
        """Read the rest of a UNIQUE or PRIMARY KEY; beside a column it is that column's."""
        if primary:
            self.position += 1  # KEY
        columns = self.take_columns()
        if not columns and self.column is not None:
            columns = (self.column,)
        self.found.keys.append(NamedKey(self.take_given(), columns, primary))

    def read_reference(self, columns: tuple[str, ...]) -> None:
        """Read from REFERENCES on."""
        self.position += 1
        referred = self.take_name() or ""
        self.take_columns()
        self.found.references.append(NamedReference(self.take_given(), columns, referred))

    def read_deferral(self) -> None:
        """Read DEFERRABLE INITIALLY DEFERRED after its INITIALLY, which alone defers a key."""
        before, after = self.tokens[: self.position - 1], self.tokens[self.position :]
        refused = len(before) > 1 and before[-2].is_word("NOT")
        if self.found.references and after and after[0].is_word("DEFERRED") and not refused:
            self.found.references[-1] = replace(self.found.references[-1], deferred=True)

    def take_given(self) -> str | None:
        """The name that CONSTRAINT gave, which counts for one constraint."""
        name, self.name = self.name, None
        return name

    def take_name(self) -> str | None:
        """The name here, if there is one."""
        if self.position < len(self.tokens) and self.tokens[self.position].is_name:
            self.position += 1
            return self.tokens[self.position - 1].text
        return None

    def take_group(self) -> Sequence[Token]:
        """What the parentheses that open here enclose; nothing where none do."""
        if self.position >= len(self.tokens) or not self.tokens[self.position].is_symbol("("):
            return ()
        opening, closing = self.position, closing_position(self.tokens, self.position)
        self.position = closing + 1
        return self.tokens[opening + 1 : closing]

    def take_columns(self) -> tuple[str, ...]:
        """The columns in the parentheses that open here, without their COLLATE or DESC."""
        group = self.take_group()
        if not group:
            return ()
        return tuple(part[0].text for part in split_at_commas(group) if part)

    def take_text(self) -> str:
        """The text in the parentheses that open here, as it was written."""
        group = self.take_group()
        return self.sql[group[0].start : group[-1].end] if group else ""


def allowed_values(expression: str) -> tuple[str, tuple[str, ...]] | None:
    """The column and its values, of a check that says no more than which values it may have.

    >>> allowed_values("state IN ('new', 'paid') OR state IS NULL")
    ('state', ('new', 'paid'))
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    nullable: list[str] = []
    for part in split_at_or(unwrap(scan(expression))):
        tokens = unwrap(part)
        if len(tokens) == 3 and tokens[1].is_word("IS") and tokens[2].is_word("NULL"):
            nullable.append(tokens[0].text)
        else:
            listed = listed_values(tokens)
            if listed is None:
                return None
            found.append(listed)
    if len(found) != 1 or any(name != found[0][0] for name in nullable):
        return None
    return found[0]


def listed_values(tokens: Sequence[Token]) -> tuple[str, tuple[str, ...]] | None:
    """``name IN ('a', 'b')`` and nothing else."""
    if len(tokens) < 5 or tokens[0].kind not in ("word", "name"):
        return None
    if not tokens[1].is_word("IN") or not tokens[2].is_symbol("("):
        return None
    if closing_position(tokens, 2) != len(tokens) - 1:
        return None
    values = split_at_commas(tokens[3:-1])
    if not all(len(value) == 1 and value[0].kind == "string" for value in values):
        return None
    return tokens[0].text, tuple(value[0].text for value in values)


def unwrap(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without parentheses around all of them."""
    while tokens and tokens[0].is_symbol("(") and closing_position(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def split_at_or(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The alternatives that no parentheses enclose."""
    parts: list[Sequence[Token]] = []
    depth = first = 0
    for position, token in enumerate(tokens):
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif depth == 0 and token.is_word("OR"):
            parts.append(tokens[first:position])
            first = position + 1
    parts.append(tokens[first:])
    return parts


def trigger_event(sql: str) -> TriggerEvent | None:
    """What a trigger on a view stands in for: ``INSTEAD OF`` this."""
    tokens = scan(sql)
    for instead, of, event in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if instead.is_word("INSTEAD") and of.is_word("OF"):
            if event.is_word("DELETE"):
                return "DELETE"
            if event.is_word("INSERT"):
                return "INSERT"
            if event.is_word("UPDATE"):
                return "UPDATE"
    return None

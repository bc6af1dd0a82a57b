"""What a database knows about its use, beside what it is: facts for who advises on it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BrokenReference", "IndexUse", "SequencePosition", "TableSize", "Usage"]


@dataclass(frozen=True, slots=True)
class IndexUse:
    """How often an index was read since the statistics began; ``size`` in bytes."""

    schema: str
    table: str
    index: str
    scans: int
    size: int


@dataclass(frozen=True, slots=True)
class SequencePosition:
    """How far a sequence has come."""

    schema: str
    sequence: str
    last_value: int


@dataclass(frozen=True, slots=True)
class BrokenReference:
    """Rows of a table that refer to rows of another which are not there."""

    schema: str
    table: str
    referred_table: str
    rows: int


@dataclass(frozen=True, slots=True)
class TableSize:
    """What a table takes up in bytes, without its indexes."""

    schema: str
    table: str
    size: int


@dataclass(frozen=True, slots=True)
class Usage:
    """All of it. Empty where the database does not tell, as SQLite does not of indexes."""

    indexes: tuple[IndexUse, ...] = ()
    sequences: tuple[SequencePosition, ...] = ()
    broken_references: tuple[BrokenReference, ...] = ()
    tables: tuple[TableSize, ...] = ()
    days: float | None = None  # the age of the statistics

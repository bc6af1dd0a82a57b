"""Rules on the types of columns, and on what their names give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autoapi.inspection import Thing
from autoapi.plan.access import PASSWORD_HASH
from autoapi.schema_tools.advice import Found, Place, Severity, Subject

__all__ = [
    "arbitrary_length",
    "fixed_length_text",
    "json_as_text",
    "money_in_float",
    "money_type",
    "secret_column",
    "sequence_near_end",
    "timestamp_without_zone",
]

MONEY: Final = re.compile(
    r"(?:^|_)(?:price|amount|total|subtotal|cost|balance|fee|salary|wage|tax|discount|revenue"
    r"|payment|paid|due|credit|debit|refund|invoice|mrp|vat|budget|turnover)s?(?:_|$)",
    re.IGNORECASE,
)
FLOATS: Final = frozenset({"real", "double precision", "float", "double", "float4", "float8"})
SECRET: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|pwd|secret|(?:api|private|secret|access|encryption"
    r"|signing)_?key|(?:access|auth|refresh|session|reset|bearer|api)_?token|ssn"
    r"|social_security_(?:no|number)|credit_card(?:_no|_number)?|card_number|cvv|cvc|otp_secret"
    r"|totp|pin_code)$",
    re.IGNORECASE,
)
HOLDS_TEXT: Final = re.compile(r"text|char|bytea|blob|uuid|json|citext", re.IGNORECASE)
LARGEST: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
NEAR: Final = 0.75
VERY_NEAR: Final = 0.9
ARBITRARY: Final = re.compile(r"character varying\((?:191|254|255|256)\)")
REWRITES: Final = (
    "Rewrites the table while nobody else can use it, and views over it must go first."
)


def columns_of(subject: Subject) -> Iterator[tuple[Place, Thing, str]]:
    """Every column of every table that holds rows, with its type."""
    for place in subject.tables():
        for column in place.table.each("column"):
            yield place, column, str(column.get("type"))


def timestamp_without_zone(subject: Subject) -> Iterator[Found]:
    """Points in time that nobody can place."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        if kind.startswith("timestamp") and kind.endswith("without time zone"):
            size = re.search(r"\(\d\)", kind)
            wanted = f"timestamp{size[0] if size else ''} with time zone"
            using = f"{writer.name(column.name)} AT TIME ZONE 'UTC'"
            yield Found(
                place.of(column),
                f"{place.of(column)} is a timestamp without a time zone",
                (writer.alter_column_type(place.sql, column.name, wanted, using),),
                f"Supposes that its values are UTC. {REWRITES}",
            )


def money_in_float(subject: Subject) -> Iterator[Found]:
    """Amounts that are rounded to binary fractions."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        if kind.lower().partition("(")[0] in FLOATS and MONEY.search(column.name):
            sql = writer.alter_column_type(place.sql, column.name, "numeric")
            yield Found(
                place.of(column),
                f"{place.of(column)} looks like money and is {kind}",
                (sql,) if subject.is_postgres else (),
                REWRITES if subject.is_postgres else "Keep it in whole cents, as INTEGER.",
            )


def money_type(subject: Subject) -> Iterator[Found]:
    """The type money, whose meaning is a setting of the server."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        if kind == "money":
            using = f"{writer.name(column.name)}::numeric"
            yield Found(
                place.of(column),
                f"{place.of(column)} is of type money: its currency and digits are lc_monetary's",
                (writer.alter_column_type(place.sql, column.name, "numeric", using),),
                REWRITES,
            )


def fixed_length_text(subject: Subject) -> Iterator[Found]:
    """Texts that are filled up with blanks."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        size = re.fullmatch(r"character\((\d+)\)", kind)
        if size and int(size[1]) > 1:
            wanted = f"character varying({size[1]})"
            yield Found(
                place.of(column),
                f"{place.of(column)} is char({size[1]}): shorter values are filled up with blanks",
                (writer.alter_column_type(place.sql, column.name, wanted),),
                REWRITES,
            )


def arbitrary_length(subject: Subject) -> Iterator[Found]:
    """Limits that another database wanted."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        if ARBITRARY.fullmatch(kind):
            yield Found(
                place.of(column),
                f"{place.of(column)} is {kind}, a limit that means nothing to PostgreSQL",
                (writer.alter_column_type(place.sql, column.name, "text"),),
                "Add a CHECK if there is a real limit. Takes a moment: nothing is rewritten.",
            )


def json_as_text(subject: Subject) -> Iterator[Found]:
    """JSON kept as the text it came in."""
    writer = subject.writer
    for place, column, kind in columns_of(subject):
        if kind == "json":
            using = f"{writer.name(column.name)}::jsonb"
            yield Found(
                place.of(column),
                f"{place.of(column)} is json: no index, no comparison, parsed at each reading",
                (writer.alter_column_type(place.sql, column.name, "jsonb", using),),
                f"Blanks, the order of keys and doubled keys are lost. {REWRITES}",
            )


def secret_column(subject: Subject) -> Iterator[Found]:
    """Columns that look like secrets, in tables that are served."""
    for place in subject.places("table", "partitioned table", "view", "materialized view"):
        for column in place.table.each("column"):
            holds = HOLDS_TEXT.search(str(column.get("type")))
            if holds and SECRET.search(column.name) and not PASSWORD_HASH.fullmatch(column.name):
                yield Found(
                    place.of(column),
                    f"{place.of(column)} looks like a secret and can be read through the API",
                    advice="Hide it by an override, revoke it from the roles that callers have, or"
                    " keep it in a schema that is not exposed.",
                    severity=severity_of_secret(subject, place),
                )


def severity_of_secret(subject: Subject, place: Place) -> Severity | None:
    """An error where strangers can read it."""
    exposure = subject.exposure
    if exposure.stranger_role:
        grants = {grant.name: grant.get("privileges") for grant in place.table.each("grant")}
        found = [grants.get(name) for name in (exposure.stranger_role, "PUBLIC")]
        read = any(isinstance(each, tuple) and "SELECT" in each for each in found)
        return "error" if read else None
    return "error" if exposure.strangers_may != "none" else None


def sequence_near_end(subject: Subject) -> Iterator[Found]:
    """Sequences that will run out of numbers, or of those that their column can hold."""
    writer = subject.writer
    for used in subject.usage.sequences:
        schema = subject.database.part("schema", used.schema)
        sequence = schema.part("sequence", used.sequence) if schema else None
        if schema is None or sequence is None or sequence.get("cycle"):
            continue
        increment, end = sequence.get("increment"), sequence.get("maximum")
        if not isinstance(increment, int) or not isinstance(end, int) or increment < 0:
            continue
        owner = owning_column(subject, str(sequence.get("owned_by")))
        end = min(end, LARGEST.get(owner[2], end)) if owner else end
        share = used.last_value / end
        if share < NEAR:
            continue
        name = f"{used.schema}.{used.sequence}"
        sql: tuple[str, ...] = ()
        if owner and owner[2] in ("smallint", "integer"):
            place, column, _ = owner
            quoted = writer.within(used.schema, used.sequence)
            sql = (
                writer.alter_column_type(place.sql, column.name, "bigint"),
                f"ALTER SEQUENCE {quoted} AS bigint",
            )
        yield Found(
            name,
            f"{name} has given {share:.0%} of its numbers",
            sql,
            f"Columns that refer to it must grow too. {REWRITES}",
            "error" if share >= VERY_NEAR else None,
        )


def owning_column(subject: Subject, name: str) -> tuple[Place, Thing, str] | None:
    """The column a sequence numbers; ``name`` is ``schema.table.column``."""
    return next((each for each in columns_of(subject) if full_name(*each) == name), None)


def full_name(place: Place, column: Thing, _: str) -> str:
    """``schema.table.column``."""
    return f"{place.schema}.{place.table.name}.{column.name}"

"""Generated pydantic models take the rows that the API answers with, and refuse others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from autoapi.generate import schemas as part
from tests.generate.databases import Generated
from tests.service import running

MODELS = {
    "every_type": "EveryType",
    "order": "Order",
    "people": "People",
    "matches": "Matches",
    "order_lines": "OrderLines",
    "courses": "Courses",
    "enrolments": "Enrolments",
    "adults": "Adults",
    "line_details": "LineDetails",
    "keyless": "Keyless",
    "Mixed Case": "MixedCase",
}
# For which neither JSON Schema nor Python has a value, and what SQLite puts up with anywhere.
UNREAL = ("NaN", "nfinity", " BC", "maybe")


def model_of(generated: Generated, name: str) -> type[BaseModel]:
    found = getattr(generated.schemas, name)
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


def test_rows_as_they_are_served_are_valid(nasty: Generated) -> None:
    checked = dict.fromkeys(MODELS, 0)
    with running(nasty.url, anonymous="read") as api:
        for table, model in MODELS.items():
            for row in api.get(f"/rest/v1/{table}").json():
                if not any(word in str(value) for value in row.values() for word in UNREAL):
                    model_of(nasty, model).model_validate(row)
                    checked[table] += 1

    assert [table for table, rows in checked.items() if rows == 0] == []


def test_a_row_to_add_needs_what_the_database_does_not_fill(nasty: Generated) -> None:
    insert = model_of(nasty, "OrderLinesInsert")

    made = insert.model_validate({"order_id": 1, "line": 2, "price": "9.99"})
    with pytest.raises(ValidationError) as missing:
        insert.model_validate({"order_id": 1, "line": 2})

    assert made.model_dump(exclude_unset=True)["price"] == Decimal("9.99") or 9.99
    assert [fault["loc"] for fault in missing.value.errors()] == [("price",)]


def test_a_key_that_the_table_has_not_is_refused(nasty: Generated) -> None:
    for name in ("PeopleInsert", "PeopleUpdate"):
        with pytest.raises(ValidationError) as refused:
            model_of(nasty, name).model_validate({"name": "Eve", "nmae": "Eve"})

        assert [fault["type"] for fault in refused.value.errors()] == ["extra_forbidden"]


def test_a_change_may_leave_everything_out(nasty: Generated) -> None:
    update = model_of(nasty, "PeopleUpdate")

    assert update.model_validate({}).model_dump(exclude_unset=True) == {}


def test_labels_and_lengths_are_checked(nasty_postgres: Generated) -> None:
    insert = model_of(nasty_postgres, "EveryTypeInsert")

    given = {"a_code": "ABC", "a_mood": "ok", "a_varchar": "short"}
    insert.model_validate(given)
    for wrong in ({"a_mood": "glad"}, {"a_varchar": "x" * 41}, {"a_smallint": 40_000}):
        with pytest.raises(ValidationError):
            insert.model_validate(given | wrong)


def test_a_word_of_python_is_written_by_its_alias_or_its_attribute(nasty: Generated) -> None:
    insert = model_of(nasty, "OrderInsert")

    for given in ({"select": 9, "and": "x"}, {"select": 9, "and_": "x"}):
        made: Any = insert.model_validate(given)
        assert made.model_dump(by_alias=True, exclude_unset=True) == {"select": 9, "and": "x"}


def test_parts_written_side_by_side_are_the_same_as_one_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    parts: list[dict[str, object]] = [
        {
            "$schema": part.DIALECT,
            "$defs": {
                f"Table{number}": {
                    "type": "object",
                    "required": ["day"],
                    "properties": {
                        "day": {"type": "string", "format": "date"},
                        "price": {"type": "number", "format": "decimal"},
                    },
                }
            },
        }
        for number in range(part.WORTH_PROCESSES)
    ]

    together = part.joined(list(part.write_parts(parts)))

    assert together == part.joined([part.write_part(each) for each in parts])
    assert together.count("from pydantic import") == 1
    assert together.count("class Table") == part.WORTH_PROCESSES

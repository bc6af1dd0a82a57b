"""The tree of a database: made, written, read and compared."""

from __future__ import annotations

import pytest

from autoapi.inspection import (
    Added,
    Changed,
    Removed,
    Thing,
    decode_thing,
    differences,
    encode_thing,
    thing_fingerprint,
)

QTY = Thing.of("column", "qty", type="integer", nullable=False)
BATCHES = Thing.of(
    "table",
    "batches",
    (
        QTY,
        Thing.of("unique", "batches_no", columns=("no", "product_id")),
        Thing.of("policy", "own", command="SELECT", permissive=True, roles=("staff",)),
    ),
    kind="table",
)


def database(*tables: Thing) -> Thing:
    """A database with these tables."""
    return Thing.of("database", "shop", (Thing.of("schema", "public", tables),), version="17.1")


def test_a_tree_is_the_same_after_it_was_written_and_read() -> None:
    shop = database(BATCHES)
    text = encode_thing(shop)
    assert decode_thing(text) == shop
    assert encode_thing(decode_thing(text)) == text
    assert b'"columns": [\n                "no",' in text


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"name": "x", "schemas": 1}', b'"a"'])
def test_what_is_no_tree_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="no inspection"):
        decode_thing(text)


def test_a_property_that_a_kind_lacks_cannot_be_told() -> None:
    with pytest.raises(KeyError, match="column has no length"):
        Thing.of("column", "qty", length=3)


def test_each_difference_is_told_once_where_it_is() -> None:
    other = Thing.of("column", "qty", type="bigint", nullable=False)
    before = database(BATCHES, Thing.of("table", "gone"))
    after = database(
        Thing("table", "batches", BATCHES.properties, (other, *BATCHES.parts[1:])),
        Thing.of("table", "fresh", (QTY,)),
    )
    public = ("schema", "public")
    assert list(differences(before, after)) == [
        Changed(
            (public, ("table", "batches"), ("column", "qty")),
            QTY,
            other,
            (("type", "integer", "bigint"),),
        ),
        Removed((public, ("table", "gone")), Thing.of("table", "gone")),
        Added((public, ("table", "fresh")), Thing.of("table", "fresh", (QTY,))),
    ]
    assert thing_fingerprint(before) != thing_fingerprint(after)


def test_the_order_of_parts_is_no_difference() -> None:
    one, two = Thing.of("table", "a"), Thing.of("table", "b")
    assert list(differences(database(one, two), database(two, one))) == []

"""Two trees compared: what differs, what it means for clients, and what seems renamed."""

from __future__ import annotations

import pytest

from autoapi.inspection import KINDS, Property, Thing
from autoapi.schema_tools.compare import Entry, PropertyChange, compare
from autoapi.schema_tools.compare_text import comparison_document, comparison_text
from autoapi.schema_tools.severity import judge_added, judge_changed, judge_removed

ID = Thing.of("column", "id", type="integer", nullable=False)
MADE = Thing.of("column", "mfg_date", type="date", nullable=False)
NOTE = Thing.of("column", "note", type="text", nullable=True)


def table(name: str, *parts: Thing, **properties: Property) -> Thing:
    return Thing.of("table", name, parts, **({"kind": "table"} | properties))


def database(*parts: Thing, **properties: Property) -> Thing:
    public = Thing.of("schema", "public", parts)
    return Thing.of("database", "database", (public,), dialect="postgresql", **properties)


def compared(before: Thing, after: Thing) -> list[Entry]:
    return list(compare(database(before), database(after)))


def test_the_same_trees_do_not_differ() -> None:
    shop = database(table("batches", ID, MADE))
    assert compare(shop, shop) == ()
    assert comparison_text((), "that") == "Nothing differs from that."


def test_a_column_of_another_name_in_its_place_seems_renamed() -> None:
    other = Thing.of("column", "manufactured_on", type="date", nullable=False)
    found = compared(table("batches", ID, MADE, NOTE), table("batches", ID, other, NOTE))
    assert found == [
        Entry(
            "renamed",
            "column",
            ("public", "batches", "manufactured_on"),
            "breaking",
            "requests by its old name fail",
            about="same type, same place",
            was="mfg_date",
        )
    ]


def test_a_column_of_another_type_is_not_a_rename() -> None:
    other = Thing.of("column", "mfg_data", type="jsonb", nullable=True)
    found = compared(table("batches", ID, MADE), table("batches", ID, other))
    assert [(each.change, each.path[-1], each.near) for each in found] == [
        ("removed", "mfg_date", "mfg_data"),
        ("added", "mfg_data", None),
    ]


def test_a_column_far_away_with_no_similar_name_is_not_a_rename() -> None:
    other = Thing.of("column", "expires", type="date", nullable=True)
    found = compared(table("batches", MADE, ID), table("batches", ID, other))
    assert [(each.change, each.path[-1]) for each in found] == [
        ("removed", "mfg_date"),
        ("added", "expires"),
    ]


def test_a_renamed_table_is_told_with_what_changed_in_it() -> None:
    found = compared(table("batches", ID, MADE), table("lots", ID, MADE, NOTE))
    assert [(each.change, each.kind, each.path, each.was) for each in found] == [
        ("renamed", "table", ("public", "lots"), "batches"),
        ("added", "column", ("public", "lots", "note"), None),
    ]


def test_of_several_candidates_the_most_alike_is_taken_and_each_once() -> None:
    old = [Thing.of("column", name, type="date") for name in ("made_on", "sold_on")]
    new = [Thing.of("column", name, type="date") for name in ("sold_at", "made_at")]
    found = compared(table("batches", *old), table("batches", *new))
    assert {(each.was, each.path[-1]) for each in found} == {
        ("made_on", "made_at"),
        ("sold_on", "sold_at"),
    }


def test_an_index_renamed_alone_has_no_effect() -> None:
    def index(name: str) -> Thing:
        text = f"CREATE INDEX {name} ON public.batches (mfg_date)"
        return Thing.of("index", name, columns=("mfg_date",), unique=False, definition=text)

    found = compared(table("batches", MADE, index("one")), table("batches", MADE, index("two")))
    assert [(each.change, each.was, each.severity) for each in found] == [
        ("renamed", "one", "none")
    ]


def test_the_worst_stand_first() -> None:
    before = table("batches", ID, MADE, NOTE, comment="old")
    wider = Thing.of("column", "id", type="bigint", nullable=False)
    after = table("batches", wider, Thing.of("column", "qty", type="numeric", nullable=True))
    found = compared(before, after)
    assert [each.severity for each in found] == [
        "breaking",
        "breaking",
        "additive",
        "additive",
        "none",
    ]


@pytest.mark.parametrize(
    ("kind", "name", "before", "after", "severity"),
    [
        ("column", "type", "integer", "bigint", "additive"),
        ("column", "type", "bigint", "integer", "breaking"),
        ("column", "type", "character varying(10)", "character varying(20)", "additive"),
        ("column", "type", "character varying(20)", "character varying(10)", "breaking"),
        ("column", "type", "character varying(20)", "text", "additive"),
        ("column", "type", "numeric(8,2)", "numeric(10,2)", "additive"),
        ("column", "type", "numeric(8,2)", "numeric(10,4)", "breaking"),
        ("column", "type", "VARCHAR(10)", "VARCHAR(20)", "additive"),
        ("column", "type", "date", "text", "breaking"),
        ("column", "nullable", True, False, "breaking"),
        ("column", "nullable", False, True, "uncertain"),
        ("column", "default", "1", None, "breaking"),
        ("column", "default", None, "1", "uncertain"),
        ("column", "comment", "a", "b", "none"),
        ("enum", "labels", ("a", "b"), ("a",), "breaking"),
        ("enum", "labels", ("a",), ("a", "b"), "additive"),
        ("enum", "labels", ("a", "b"), ("b", "a"), "uncertain"),
        ("table", "row_security", "off", "on", "breaking"),
        ("table", "row_security", "on", "off", "additive"),
        ("table", "row_security", "on", "forced", "uncertain"),
        ("table", "definition", "SELECT 1", "SELECT 2", "uncertain"),
        ("table", "owner", None, "alice", "none"),
        ("primary key", "columns", ("id",), ("id", "no"), "breaking"),
        ("foreign key", "on_delete", "CASCADE", "RESTRICT", "uncertain"),
        ("foreign key", "referred_table", "public.a", "public.b", "breaking"),
        ("foreign key", "validated", False, True, "none"),
        ("check", "expression", "a > 0", "a > 1", "uncertain"),
        ("index", "method", "btree", "hash", "none"),
        ("index", "unique", False, True, "breaking"),
        ("policy", "using", "true", "false", "uncertain"),
        ("function", "returns", "integer", "text", "breaking"),
        ("function", "volatility", "stable", "volatile", "breaking"),
        ("function", "definition", "SELECT 1", "SELECT 2", "uncertain"),
        ("grant", "privileges", ("INSERT", "SELECT"), ("SELECT",), "breaking"),
        ("grant", "privileges", ("SELECT",), ("INSERT", "SELECT"), "additive"),
        ("sequence", "start", 1, 100, "none"),
        ("database", "version", "16", "17", "none"),
    ],
)
def test_a_changed_property_is_judged(
    kind: str, name: str, before: Property, after: Property, severity: str
) -> None:
    assert name in KINDS[kind].properties
    assert judge_changed(kind, name, before, after).severity == severity


@pytest.mark.parametrize(
    ("thing", "added", "removed"),
    [
        (Thing.of("table", "x"), "additive", "breaking"),
        (Thing.of("column", "x", nullable=True), "additive", "breaking"),
        (Thing.of("column", "x", nullable=False), "breaking", "breaking"),
        (Thing.of("column", "x", nullable=False, default="1"), "additive", "breaking"),
        (Thing.of("index", "x", unique=False), "none", "none"),
        (Thing.of("index", "x", unique=True), "breaking", "breaking"),
        (Thing.of("policy", "x", permissive=True), "additive", "breaking"),
        (Thing.of("policy", "x", permissive=False), "breaking", "additive"),
        (Thing.of("check", "x"), "breaking", "additive"),
        (Thing.of("foreign key", "x"), "uncertain", "breaking"),
        (Thing.of("grant", "x"), "additive", "breaking"),
        (Thing.of("trigger", "x"), "uncertain", "uncertain"),
    ],
)
def test_what_is_new_or_gone_is_judged(thing: Thing, added: str, removed: str) -> None:
    assert (judge_added(thing).severity, judge_removed(thing).severity) == (added, removed)


def test_every_kind_is_judged_when_it_is_new_or_gone() -> None:
    from autoapi.schema_tools.severity import ADDED, REMOVED

    assert set(ADDED) == set(REMOVED) == set(KINDS) - {"database"}


def test_what_is_in_a_partition_has_no_effect() -> None:
    part = table("batches_1", kind="partition", partition_of="public.batches")
    check = Thing.of("check", "some", expression="id > 0")
    found = compared(
        part, table("batches_1", check, kind="partition", partition_of="public.batches")
    )
    assert [(each.severity, each.reason) for each in found] == [
        ("none", "a partition is reached through its parent")
    ]


def test_a_comparison_is_told_in_lines() -> None:
    before = database(
        table("batches", ID, MADE),
        table("made", kind="view", definition="SELECT mfg_date\n  FROM batches"),
        version="16",
    )
    other = Thing.of("column", "made_on", type="date", nullable=False)
    after = database(
        table("batches", ID, other),
        table("made", kind="view", definition="SELECT made_on\n  FROM batches"),
        table("fresh", ID, NOTE),
        version="17",
    )
    assert comparison_text(compare(before, after), "generated/catalogue.json") == (
        "4 differences from generated/catalogue.json"
        " (by effect: 1 breaking, 1 uncertain, 1 additive, 1 none)\n"
        "\n"
        "breaks clients:\n"
        "  ~ column public.batches.made_on was mfg_date? (same type, same place)"
        " [requests by its old name fail]\n"
        "\n"
        "may change what clients get:\n"
        "  ~ table public.made [its rows may be others]\n"
        "      definition:\n"
        "        -SELECT mfg_date\n"
        "        +SELECT made_on\n"
        "           FROM batches\n"
        "\n"
        "adds to the API:\n"
        "  + table public.fresh: table of 2 columns [it may be named]\n"
        "\n"
        "no effect on the API:\n"
        "  ~ database the database [clients cannot tell]\n"
        "      version: 16 -> 17"
    )


def test_a_comparison_is_told_as_a_document() -> None:
    entries = compare(database(table("batches", ID)), database(table("batches", ID, comment="x")))
    assert entries[0].properties == (PropertyChange("comment", None, "x"),)
    assert comparison_document(entries, "that") == {
        "reference": "that",
        "same": False,
        "counts": {"breaking": 0, "uncertain": 0, "additive": 0, "none": 1},
        "differences": [
            {
                "change": "changed",
                "kind": "table",
                "path": ("public", "batches"),
                "severity": "none",
                "reason": "clients cannot tell",
                "about": "",
                "properties": ({"name": "comment", "before": None, "after": "x"},),
                "was": None,
                "near": None,
            }
        ],
    }

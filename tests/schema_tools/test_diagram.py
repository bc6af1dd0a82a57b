"""What a diagram shows, where it puts it, and that nothing in it can do harm."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autoapi.errors import ApiError
from autoapi.inspection import Thing
from autoapi.reflect import inspect_database
from autoapi.schema_tools.diagram import Box, Line, Row, make_diagram
from autoapi.schema_tools.diagram_layout import Edge, Size, place
from autoapi.schema_tools.diagram_svg import COLOURS, draw_svg

SVG = "{http://www.w3.org/2000/svg}"
SHOP = """
CREATE TABLE makers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, boss REFERENCES makers);
CREATE TABLE drugs (id INTEGER PRIMARY KEY, maker_id INTEGER NOT NULL REFERENCES makers, note TEXT);
CREATE TABLE labels (drug_id INTEGER PRIMARY KEY REFERENCES drugs, text VARCHAR(9));
CREATE TABLE sales (id INTEGER PRIMARY KEY, drug_id REFERENCES drugs (id));
CREATE TABLE alone (id INTEGER PRIMARY KEY);
CREATE TABLE alembic_version (version_num TEXT);
CREATE VIEW names AS SELECT name FROM makers;
"""


def tree(tmp_path: Path, sql: str) -> Thing:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)
    return inspect_database(f"sqlite:///{path}")


def test_boxes_have_their_columns_and_lines_say_how_many(tmp_path: Path) -> None:
    shown = make_diagram(tree(tmp_path, SHOP))

    assert [box.name for box in shown.boxes] == ["alone", "drugs", "labels", "makers", "sales"]
    assert shown.boxes[1] == Box(
        "drugs",
        (
            Row("id", "INTEGER", "PK", False),
            Row("maker_id", "INTEGER", "FK", False),
            Row("note", "TEXT", "", True),
        ),
    )
    assert shown.lines == (
        Line("drugs", "makers", ("maker_id",), ("id",), "many", "one"),
        Line("labels", "drugs", ("drug_id",), ("id",), "at most one", "one"),
        Line("makers", "makers", ("boss",), ("id",), "many", "at most one"),
        Line("sales", "drugs", ("drug_id",), ("id",), "many", "at most one"),
    )


@pytest.mark.parametrize(
    ("tables", "depth", "names"),
    [
        (["makers"], 0, ["makers"]),
        (["makers"], 1, ["drugs", "makers"]),
        (["makers"], 2, ["drugs", "labels", "makers", "sales"]),
        (["alone", "main.sales"], 1, ["alone", "drugs", "sales"]),
        (["names"], 5, ["names"]),
    ],
)
def test_a_diagram_is_narrowed_to_tables_and_what_is_near(
    tmp_path: Path, tables: list[str], depth: int, names: list[str]
) -> None:
    shown = make_diagram(tree(tmp_path, SHOP), tables, depth)

    assert [box.name for box in shown.boxes] == names
    assert all({line.child, line.parent} <= set(names) for line in shown.lines)


def test_a_table_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        make_diagram(tree(tmp_path, SHOP), ["makes"])

    assert (refused.value.status, refused.value.hint) == (404, "Did you mean 'makers'?")


def test_only_keys_are_shown_where_that_is_asked_for_or_tables_are_many(tmp_path: Path) -> None:
    many = "".join(
        f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, x TEXT, y TEXT);" for n in range(41)
    )
    database = tree(tmp_path, many)

    box = make_diagram(database).boxes[0]
    whole = make_diagram(database, columns="all").boxes[0]

    assert ([row.name for row in box.rows], box.hidden) == (["id"], 2)
    assert ([row.name for row in whole.rows], whole.hidden) == (["id", "x", "y"], 0)


def test_more_tables_than_can_be_read_are_not_drawn() -> None:
    tables = tuple(Thing.of("table", f"t{number}", kind="table") for number in range(401))
    database = Thing.of("database", "database", (Thing.of("schema", "main", tables),))

    with pytest.raises(ApiError, match="401 tables are too many") as refused:
        make_diagram(database)

    assert refused.value.code == "AUTO145"
    assert len(make_diagram(database, ["t7"]).boxes) == 1


def test_several_schemas_are_told_apart() -> None:
    key = Thing.of(
        "foreign key", "k", columns=("a",), referred_table="one.t", referred_columns=("a",)
    )
    column = Thing.of("column", "a", type="integer", nullable=False)
    database = Thing.of(
        "database",
        "database",
        (
            Thing.of("schema", "one", (Thing.of("table", "t", (column,), kind="table"),)),
            Thing.of("schema", "two", (Thing.of("table", "t", (column, key), kind="table"),)),
        ),
        dialect="postgresql",
    )

    shown = make_diagram(database)

    assert [box.name for box in shown.boxes] == ["one.t", "two.t"]
    assert [(line.child, line.parent) for line in shown.lines] == [("two.t", "one.t")]


def random_graph(seed: int, tables: int) -> tuple[dict[str, Size], list[Edge]]:
    chance = random.Random(seed)
    names = [f"t{number}" for number in range(tables)]
    sizes = {name: Size(chance.randint(80, 260), chance.randint(30, 300)) for name in names}
    edges = [
        Edge(chance.choice(names), chance.choice(names), 20.0, 20.0) for _ in range(tables * 3 // 2)
    ]
    return sizes, edges


@pytest.mark.parametrize("seed", range(8))
def test_no_box_lies_over_another_and_no_line_runs_through_one(seed: int) -> None:
    sizes, edges = random_graph(seed, 60)

    placed = place(sizes, edges)

    rectangles = {
        name: (x, y, x + sizes[name].width, y + sizes[name].height)
        for name, (x, y) in placed.boxes.items()
    }
    assert set(rectangles) == set(sizes)
    for (left, top, right, bottom), (x0, y0, x1, y1) in combinations(rectangles.values(), 2):
        assert right <= x0 or x1 <= left or bottom <= y0 or y1 <= top
    for lanes in placed.lanes:
        for first, last, y in lanes:
            assert 0 <= first < last <= placed.width
            assert 0 <= y <= placed.height
            for left, top, right, bottom in rectangles.values():
                assert last <= left or right <= first or y <= top or bottom <= y
    assert max(right for _, _, right, _ in rectangles.values()) <= placed.width
    assert max(bottom for *_, bottom in rectangles.values()) <= placed.height


def test_a_box_stands_right_of_what_it_refers_to() -> None:
    sizes = {name: Size(100, 50) for name in "abcd"}
    edges = [Edge("b", "a", 10, 10), Edge("c", "b", 10, 10), Edge("d", "a", 10, 10)]

    placed = place(sizes, edges)

    x = {name: left for name, (left, _) in placed.boxes.items()}
    assert x["a"] < x["b"] < x["c"]
    assert x["a"] < x["d"]


def test_references_in_a_circle_and_to_oneself_are_drawn() -> None:
    sizes = {name: Size(100, 50) for name in "abc"}
    circle = [Edge("a", "b", 10, 10), Edge("b", "c", 10, 10), Edge("c", "a", 10, 10)]

    placed = place(sizes, [*circle, Edge("a", "a", 10, 10)])

    assert len(set(placed.boxes.values())) == 3


def test_three_hundred_tables_are_placed() -> None:
    sizes, edges = random_graph(1, 300)

    assert len(place(sizes, edges).boxes) == 300


def test_names_cannot_do_harm_and_are_kept_short(tmp_path: Path) -> None:
    evil = '<script>alert("1")</script>'
    sql = (
        f'CREATE TABLE "{evil.replace(chr(34), chr(34) * 2)}" ("a&b<i>" TEXT, "\x01\x08" TEXT,'
        f' "]]>" TEXT, "{"x" * 200}" TEXT)'
    )
    drawing = draw_svg(make_diagram(tree(tmp_path, sql)))

    root = ET.fromstring(drawing)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert b"<script" not in drawing
    assert tags == {"svg", "title", "style", "rect", "g", "path", "text"}
    assert {evil, "a&b<i>", "]]>", "\ufffd\ufffd", f"{'x' * 41}…"} <= set(texts)
    assert not any(
        name.startswith("on") or "href" in name for e in root.iter() for name in e.attrib
    )


def test_the_same_tables_give_the_same_bytes_inside_the_page(tmp_path: Path) -> None:
    database = tree(tmp_path, SHOP)

    drawing = draw_svg(make_diagram(database))

    assert drawing == draw_svg(make_diagram(database))
    root = ET.fromstring(drawing)
    assert len(list(root.iter(f"{SVG}circle"))) == 6  # each end but the two that are exactly one
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for element in root.iter(f"{SVG}rect"):
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        assert 0 <= x <= x + float(element.get("width", 0)) <= width
        assert 0 <= y <= y + float(element.get("height", 0)) <= height


def test_colours_are_attributes_and_a_style_sheet_only_turns_them_dark(tmp_path: Path) -> None:
    shown = make_diagram(tree(tmp_path, SHOP))

    auto, light, dark = (draw_svg(shown, theme).decode() for theme in ("auto", "light", "dark"))

    assert "prefers-color-scheme: dark" in auto
    assert "<style" not in light + dark
    for name, kind, bright, dim in COLOURS:
        assert f'class="{name}" {kind}="{bright}"' in light
        assert f'class="{name}" {kind}="{dim}"' in dark

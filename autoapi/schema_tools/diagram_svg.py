"""A diagram as SVG: text and shapes alone, no script, nothing fetched.

Colours are attributes, so the drawing is right where style sheets are forbidden; a style
element only turns them for who prefers dark. Every text goes through ElementTree, which
escapes it: the names of tables are somebody's input.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal
from xml.etree import ElementTree as ET

from autoapi.schema_tools.diagram import Box, Diagram, Line, Row
from autoapi.schema_tools.diagram_layout import Edge, Size, place

__all__ = ["Theme", "content_policy", "draw_svg"]

Theme = Literal["auto", "light", "dark"]

SIZE: Final = 12  # pixels of the letters
LETTER: Final = SIZE * 0.602  # how wide one is in most fonts of fixed width
LINE_HEIGHT: Final = 20.0
HEAD: Final = 28.0
PADDING: Final = 10.0
MARK: Final = 26.0  # room for PK, FK, UQ
MARGIN: Final = 36.0  # a loop on the right is no wider
LONGEST: Final = 42  # letters of a name that are shown
FOOT: Final = 14.0  # length of a crow's foot
FONT: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
# What XML cannot hold, even escaped.
UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# class: attribute, light, dark
COLOURS: Final = (
    ("page", "fill", "#ffffff", "#14171c"),
    ("box", "fill", "#ffffff", "#1d2229"),
    ("frame", "stroke", "#c5ccd6", "#3c4654"),
    ("head", "fill", "#eef2f7", "#2a323d"),
    ("title", "fill", "#17202b", "#eef2f7"),
    ("name", "fill", "#17202b", "#d8dee7"),
    ("kind", "fill", "#6a7686", "#94a0b0"),
    ("mark", "fill", "#a05a00", "#e3a857"),
    ("line", "stroke", "#64748b", "#8796aa"),
)
PLACES: Final = {name: (attribute, light, dark) for name, attribute, light, dark in COLOURS}
STYLE: Final = (
    "@media (prefers-color-scheme: dark) {"
    + " ".join(f".{name} {{ {kind}: {dark} }}" for name, kind, _, dark in COLOURS)
    + "}"
)


def content_policy() -> str:
    """The header that lets the drawing's one style sheet in, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; sandbox"


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes elements in the colours of a theme."""

    theme: Theme

    def add(self, parent: ET.Element, tag: str, look: str, /, **attributes: object) -> ET.Element:
        """Add an element of one of ``COLOURS``; numbers are written short."""
        kind, light, dark = PLACES[look]
        given = {name.replace("_", "-"): written(value) for name, value in attributes.items()}
        colour = dark if self.theme == "dark" else light
        return ET.SubElement(parent, tag, {"class": look, kind: colour, **given})

    def text(
        self, parent: ET.Element, look: str, content: str, at: tuple[float, float], **more: object
    ) -> ET.Element:
        """Add a text, shortened if it is long."""
        element = self.add(parent, "text", look, x=at[0], y=at[1], **more)
        element.text = shortened(content)
        return element


def written(value: object) -> str:
    """A number without needless digits, anything else as it is."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def shortened(content: str) -> str:
    """A text that can be shown, of bounded length."""
    shown = UNPRINTABLE.sub("\ufffd", content)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def width_of(content: str) -> float:
    """How wide a text is, in pixels; Chinese and the like take two places a letter."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in shortened(content))
    return (len(shortened(content)) + wide) * LETTER


def draw_svg(diagram: Diagram, theme: Theme = "auto") -> bytes:
    """The whole drawing, UTF-8; the same diagram gives the same bytes."""
    sizes = {box.name: size_of(box) for box in diagram.boxes}
    boxes = {box.name: box for box in diagram.boxes}
    edges = [make_edge(line, boxes) for line in diagram.lines]
    placed = place(sizes, edges)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {written(width)} {written(height)}",
            "width": written(width),
            "height": written(height),
            "font-family": FONT,
            "font-size": str(SIZE),
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = f"{len(boxes)} tables"
    if theme == "auto":
        ET.SubElement(root, "style").text = STYLE
    pen = Pen(theme)
    pen.add(root, "rect", "page", width=width, height=height)
    moved = f"translate({written(MARGIN)} {written(MARGIN)})"
    drawing = ET.SubElement(root, "g", {"transform": moved})
    for box in diagram.boxes:
        draw_box(pen, drawing, box, placed.boxes[box.name], sizes[box.name])
    for line, edge, lanes in zip(diagram.lines, edges, placed.lanes, strict=True):
        ends = (
            *(placed.boxes[line.child], sizes[line.child].width),
            *(placed.boxes[line.parent], sizes[line.parent].width),
        )
        draw_line(pen, drawing, line, edge, Span(*ends, lanes))
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def size_of(box: Box) -> Size:
    """How large a box is with all its texts."""
    rows = (MARK + width_of(row.name) + 2 * PADDING + width_of(type_text(row)) for row in box.rows)
    widest = max([width_of(box.name) * 1.05, MARK + width_of(hidden_text(box)), *rows])
    lines = len(box.rows) + bool(box.hidden)
    return Size(round(widest + 2 * PADDING), HEAD + lines * LINE_HEIGHT + (4 if lines else 0))


def hidden_text(box: Box) -> str:
    """How many columns are not shown; empty for none."""
    return f"and {box.hidden} more" if box.hidden else ""


def type_text(row: Row) -> str:
    """A type, with a question mark where the column may be null."""
    return f"{row.type}?" if row.nullable else row.type


def make_edge(line: Line, boxes: dict[str, Box]) -> Edge:
    """The line as the layout knows it."""
    return Edge(
        line.child,
        line.parent,
        offset_in(boxes[line.child], line.columns),
        offset_in(boxes[line.parent], line.referred),
    )


def offset_in(box: Box, columns: tuple[str, ...]) -> float:
    """How far below the top of a box the row of the first of these columns is."""
    names = [row.name for row in box.rows]
    shown = [names.index(column) for column in columns if column in names]
    return HEAD + shown[0] * LINE_HEIGHT + LINE_HEIGHT / 2 if shown else HEAD / 2


def draw_box(pen: Pen, parent: ET.Element, box: Box, at: tuple[float, float], size: Size) -> None:
    """A table: its name, then a row for each column."""
    left, top = at
    group = ET.SubElement(parent, "g")
    hint(group, box.name, box.comment)
    pen.add(group, "rect", "box", x=left, y=top, width=size.width, height=size.height, rx=5)
    curve = (
        f"M{written(left)} {written(top + HEAD)}v{written(5 - HEAD)}q0 -5 5 -5"
        f"h{written(size.width - 10)}q5 0 5 5v{written(HEAD - 5)}z"
    )
    pen.add(group, "path", "head", d=curve)
    frame = pen.add(group, "rect", "frame", x=left, y=top, width=size.width, height=size.height)
    for name, value in (("rx", "5"), ("fill", "none")):
        frame.set(name, value)
    pen.text(group, "title", box.name, (left + PADDING, top + 18.5), font_weight="bold")
    y = top + HEAD
    for row in box.rows:
        draw_row(pen, group, row, (left, y), size.width)
        y += LINE_HEIGHT
    if box.hidden:
        place_left = (left + PADDING + MARK, y + 14)
        pen.text(group, "kind", hidden_text(box), place_left, font_style="italic")


def draw_row(pen: Pen, group: ET.Element, row: Row, at: tuple[float, float], width: float) -> None:
    """A column: its mark, name and type."""
    left, top = at
    line = ET.SubElement(group, "g")
    hint(line, f"{row.name} {type_text(row)}", row.comment)
    base = top + 14
    if row.mark:
        pen.text(line, "mark", row.mark, (left + PADDING, base), font_size=10)
    bold = {"font_weight": "bold"} if row.mark == "PK" else {}
    pen.text(line, "name", row.name, (left + PADDING + MARK, base), **bold)
    place_right = (left + width - PADDING, base)
    pen.text(line, "kind", type_text(row), place_right, text_anchor="end")


def hint(element: ET.Element, name: str, comment: str) -> None:
    """What is shown when one points at it: the whole name, and the comment."""
    told = f"{name}: {comment}" if comment else name
    ET.SubElement(element, "title").text = UNPRINTABLE.sub("\ufffd", told)


@dataclass(frozen=True, slots=True)
class Span:
    """Where the two boxes of a line are, and the stretches that it takes between them."""

    child: tuple[float, float]
    child_width: float
    parent: tuple[float, float]
    parent_width: float
    lanes: tuple[tuple[float, float, float], ...]


def draw_line(pen: Pen, parent: ET.Element, line: Line, edge: Edge, span: Span) -> None:
    """A foreign key, with what its ends mean."""
    group = ET.SubElement(parent, "g", {"fill": "none", "stroke-width": "1.3"})
    told = f"{line.child} ({', '.join(line.columns)}) → {line.parent} ({', '.join(line.referred)})"
    hint(group, told, "")
    (child_left, child_top), (left, top) = span.child, span.parent
    start_y, end_y = child_top + edge.child_offset, top + edge.parent_offset
    if line.child == line.parent:
        draw_loop(pen, group, line, (left + span.parent_width, start_y, end_y))
        return
    is_right = child_left > left
    side = -1.0 if is_right else 1.0
    start_x = child_left if is_right else child_left + span.child_width
    end_x = left + span.parent_width if is_right else left
    x, y = start_x + side * FOOT, start_y
    path = [f"M{written(start_x)} {written(start_y)}H{written(x)}"]
    for near, far, lane_y in reversed(span.lanes) if is_right else span.lanes:
        first, last = (far, near) if is_right else (near, far)
        path.append(f"{curve_to(x, y, first, lane_y)}H{written(last)}")
        x, y = last, lane_y
    path.append(f"{curve_to(x, y, end_x - side * FOOT, end_y)}H{written(end_x)}")
    pen.add(group, "path", "line", d="".join(path))
    draw_end(pen, group, line.child_end, (start_x, start_y), side)
    draw_end(pen, group, line.parent_end, (end_x, end_y), -side)


def curve_to(x: float, y: float, to_x: float, to_y: float) -> str:
    """A line that leaves and arrives level."""
    middle = written((x + to_x) / 2)
    return f"C{middle} {written(y)} {middle} {written(to_y)} {written(to_x)} {written(to_y)}"


def draw_loop(pen: Pen, group: ET.Element, line: Line, at: tuple[float, float, float]) -> None:
    """A table that refers to itself: out on the right and back in."""
    x, start, end = at
    if start == end:
        start += 4
    out = FOOT + 22
    path = (
        f"M{written(x)} {written(start)}h{written(FOOT)}"
        f"C{written(x + out)} {written(start)} {written(x + out)} {written(end)}"
        f" {written(x + FOOT)} {written(end)}H{written(x)}"
    )
    pen.add(group, "path", "line", d=path)
    draw_end(pen, group, line.child_end, (x, start), 1.0)
    draw_end(pen, group, line.parent_end, (x, end), 1.0)


def draw_end(pen: Pen, group: ET.Element, end: str, at: tuple[float, float], side: float) -> None:
    """The end of a line at a box: a crow's foot for many, a bar for one, a ring for maybe none.

    ``side``: 1 where the line leaves to the right, -1 to the left.
    """
    x, y = at

    def out(distance: float) -> str:
        return written(x + side * distance)

    if end == "many":
        spread = f"M{out(0)} {written(y - 5)}L{out(10)} {written(y)}L{out(0)} {written(y + 5)}"
        pen.add(group, "path", "line", d=spread)
    else:
        pen.add(group, "path", "line", d=f"M{out(6)} {written(y - 5)}v10")
    if end == "one":
        pen.add(group, "path", "line", d=f"M{out(10)} {written(y - 5)}v10")
    else:
        ring = pen.add(group, "circle", "line", cx=x + side * 13, cy=y, r=3)
        ring.set("fill", "none")

"""Where boxes stand, in layers from left to right, so that lines are short and cross little.

Sugiyama's way: what is referred to stands left of what refers to it; a line that passes a
layer keeps a lane there; lanes and boxes are ordered by where their neighbours are, then
moved as near to them as the order lets them. Pure arithmetic, the same for the same input.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

__all__ = ["Edge", "Placed", "Size", "place"]

BETWEEN_LAYERS: Final = 84.0  # pixels
BETWEEN_BOXES: Final = 28.0
BETWEEN_GROUPS: Final = 56.0
LANE: Final = 10.0
SLACK: Final = 1.3  # how much higher a layer may grow to bring a box next to its neighbour
ASPECT: Final = 1.6
SWEEPS: Final = 16


@dataclass(frozen=True, slots=True)
class Size:
    """Of a box, in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A line; the offsets say how far below the top of its box it starts and ends."""

    child: str
    parent: str
    child_offset: float
    parent_offset: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where everything is. ``lanes`` are, for each edge, the stretches between its ends,
    each ``(left, right, y)``, from the left end to the right one."""

    boxes: Mapping[str, tuple[float, float]]  # left, top
    lanes: tuple[tuple[tuple[float, float, float], ...], ...]
    width: float
    height: float


@dataclass(slots=True)
class Node:
    """A box, or a lane of an edge, while it is being placed."""

    size: Size
    left: list[tuple[Node, float, float]] = field(default_factory=list)  # other, offsets: own, its
    right: list[tuple[Node, float, float]] = field(default_factory=list)
    y: float = 0.0
    place: int = 0


def place(sizes: Mapping[str, Size], edges: Sequence[Edge]) -> Placed:
    """Place boxes; those that hang together as groups, the largest first."""
    boxes: dict[str, tuple[float, float]] = {}
    lanes: list[tuple[tuple[float, float, float], ...]] = [()] * len(edges)
    groups = connected(sizes, edges)
    drawn = [place_group(group, sizes, edges) for group in groups]
    area = sum((each.width + BETWEEN_GROUPS) * (each.height + BETWEEN_GROUPS) for each in drawn)
    widest = max([sqrt(area * ASPECT), *(each.width for each in drawn)], default=0.0)
    x = y = row_height = right = 0.0
    order = sorted(range(len(groups)), key=lambda at: (-len(groups[at]), -drawn[at].height, at))
    for at in order:
        part = drawn[at]
        if x and x + part.width > widest:
            x, y, row_height = 0.0, y + row_height + BETWEEN_GROUPS, 0.0
        for name, (left, top) in part.boxes.items():
            boxes[name] = (x + left, y + top)
        for number, lane in enumerate(part.lanes):
            if lane:
                lanes[number] = tuple((x + a, x + b, y + c) for a, b, c in lane)
        right, row_height = max(right, x + part.width), max(row_height, part.height)
        x += part.width + BETWEEN_GROUPS
    return Placed(boxes, tuple(lanes), right, y + row_height)


def connected(sizes: Mapping[str, Size], edges: Iterable[Edge]) -> list[tuple[str, ...]]:
    """The groups of boxes that hang together, each in the order given."""
    group = {name: name for name in sizes}

    def root(name: str) -> str:
        while group[name] != name:
            group[name] = group[group[name]]
            name = group[name]
        return name

    for edge in edges:
        group[root(edge.child)] = root(edge.parent)
    found: dict[str, list[str]] = {}
    for name in sizes:
        found.setdefault(root(name), []).append(name)
    return [tuple(names) for names in found.values()]


def place_group(names: Sequence[str], sizes: Mapping[str, Size], edges: Sequence[Edge]) -> Placed:
    """Place boxes that hang together."""
    own = set(names)
    inside = [(at, edge) for at, edge in enumerate(edges) if edge.child in own]
    layer_of = assign_layers(names, sizes, [edge for _, edge in inside])
    layers: list[list[Node]] = [[] for _ in range(max(layer_of.values()) + 1)]
    nodes = {name: Node(sizes[name]) for name in names}
    for name in names:
        layers[layer_of[name]].append(nodes[name])
    passing: dict[int, list[Node]] = {}
    for at, edge in inside:
        if edge.child != edge.parent:
            passing[at] = thread(edge, nodes, layer_of, layers)
    order_layers(layers)
    settle(layers)
    lefts = []
    x = 0.0
    for layer in layers:
        lefts.append(x)
        x += max(node.size.width for node in layer) + BETWEEN_LAYERS
    top = min(node.y for layer in layers for node in layer)
    depth = {id(node): at for at, layer in enumerate(layers) for node in layer}
    lanes: list[tuple[tuple[float, float, float], ...]] = [()] * len(edges)
    for at, lane_nodes in passing.items():
        lanes[at] = tuple(
            stretch(node, lefts[depth[id(node)]], layers[depth[id(node)]], top)
            for node in lane_nodes
        )
    bottom = max(node.y + node.size.height for layer in layers for node in layer)
    boxes = {name: (lefts[layer_of[name]], nodes[name].y - top) for name in names}
    return Placed(boxes, tuple(lanes), x - BETWEEN_LAYERS, bottom - top)


def stretch(
    node: Node, left: float, layer: Iterable[Node], top: float
) -> tuple[float, float, float]:
    """The straight part of a line through a layer."""
    width = max(each.size.width for each in layer)
    return left, left + width, node.y + LANE / 2 - top


def assign_layers(
    names: Sequence[str], sizes: Mapping[str, Size], edges: Sequence[Edge]
) -> dict[str, int]:
    """A layer for each box: right of all that it refers to, and no layer much higher than wide.

    Where references run in a circle, the one that closes it is passed over.
    """
    parents: dict[str, list[str]] = {name: [] for name in names}
    for edge in edges:
        if edge.child != edge.parent and edge.parent not in parents[edge.child]:
            parents[edge.child].append(edge.parent)
    kept = without_circles(names, parents)
    area = sum((sizes[name].width + BETWEEN_LAYERS) * tall(sizes[name]) for name in names)
    limit = max([sqrt(area / ASPECT), *(tall(sizes[name]) for name in names)])
    layer_of: dict[str, int] = {}
    used: dict[int, float] = {}
    for name in topological(names, kept):
        layer = max((layer_of[parent] + 1 for parent in kept[name]), default=0)
        while used.get(layer, 0.0) + tall(sizes[name]) > limit and used.get(layer):
            layer += 1
        layer_of[name] = layer
        used[layer] = used.get(layer, 0.0) + tall(sizes[name])
    return pulled(layer_of, kept, sizes, used, limit)


def tall(size: Size) -> float:
    """The height that a box takes up in its layer."""
    return size.height + BETWEEN_BOXES


def without_circles(
    names: Sequence[str], parents: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The references that do not close a circle, found depth first."""
    kept: dict[str, list[str]] = {name: [] for name in names}
    done: set[str] = set()
    for start in names:
        path: list[tuple[str, int]] = [(start, 0)] if start not in done else []
        on_path = {start}
        while path:
            name, at = path.pop()
            if at == len(parents[name]):
                done.add(name)
                on_path.discard(name)
                continue
            path.append((name, at + 1))
            parent = parents[name][at]
            if parent in on_path:
                continue
            kept[name].append(parent)
            if parent not in done:
                path.append((parent, 0))
                on_path.add(parent)
    return kept


def topological(names: Sequence[str], parents: Mapping[str, Sequence[str]]) -> list[str]:
    """Boxes after all that they refer to; those that many refer to come first."""
    children = {name: sum(name in each for each in parents.values()) for name in names}
    left = {name: len(parents[name]) for name in names}
    order: list[str] = []
    ready = [name for name in names if not left[name]]
    while ready:
        ready.sort(key=lambda name: -children[name])
        name = ready.pop(0)
        order.append(name)
        for other in names:
            if name in parents[other]:
                left[other] -= 1
                if not left[other]:
                    ready.append(other)
    return order


def pulled(
    layer_of: dict[str, int],
    parents: Mapping[str, Sequence[str]],
    sizes: Mapping[str, Size],
    used: dict[int, float],
    limit: float,
) -> dict[str, int]:
    """The layers with boxes that refer to nothing moved next to who refers to them."""
    for name in sorted(layer_of, key=lambda each: -layer_of[each]):
        children = [layer_of[other] for other in layer_of if name in parents[other]]
        wanted = min(children, default=0) - 1
        height = tall(sizes[name])
        if not parents[name] and wanted > layer_of[name] and used[wanted] + height <= limit * SLACK:
            used[layer_of[name]] -= height
            used[wanted] += height
            layer_of[name] = wanted
    numbers = {layer: at for at, layer in enumerate(sorted(set(layer_of.values())))}
    return {name: numbers[layer] for name, layer in layer_of.items()}


def thread(
    edge: Edge,
    nodes: Mapping[str, Node],
    layer_of: Mapping[str, int],
    layers: Sequence[list[Node]],
) -> list[Node]:
    """Lead an edge from its left end to its right one, over a lane in each layer between."""
    ends = [
        (layer_of[edge.parent], nodes[edge.parent], edge.parent_offset),
        (layer_of[edge.child], nodes[edge.child], edge.child_offset),
    ]
    ends.sort(key=lambda end: end[0])
    (first, node, offset), (last, end_node, end_offset) = ends
    lanes = []
    for layer in range(first + 1, last):
        lane = Node(Size(0.0, LANE))
        layers[layer].append(lane)
        lanes.append(lane)
        link(node, lane, offset, LANE / 2)
        node, offset = lane, LANE / 2
    link(node, end_node, offset, end_offset)
    return lanes


def link(left: Node, right: Node, left_offset: float, right_offset: float) -> None:
    """Make two nodes neighbours."""
    left.right.append((right, left_offset, right_offset))
    right.left.append((left, right_offset, left_offset))


def order_layers(layers: Sequence[list[Node]]) -> None:
    """Order each layer by where the neighbours of its nodes stand; the best of many sweeps."""
    number(layers)
    best = [list(layer) for layer in layers]
    fewest = crossings(layers)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers[1:] if forwards else list(reversed(layers))[1:]:
            layer.sort(key=lambda node: mean_place(node, forwards=forwards))
            for at, node in enumerate(layer):
                node.place = at
        found = crossings(layers)
        if found < fewest:
            fewest, best = found, [list(layer) for layer in layers]
    for layer, ordered in zip(layers, best, strict=True):
        layer[:] = ordered
    number(layers)


def number(layers: Iterable[Sequence[Node]]) -> None:
    """Tell each node its place in its layer."""
    for layer in layers:
        for at, node in enumerate(layer):
            node.place = at


def mean_place(node: Node, *, forwards: bool) -> float:
    """Where the neighbours on one side stand on average, and how far down these are joined."""
    beside = node.left if forwards else node.right
    if not beside:
        return float(node.place)
    places = (other.place + theirs / (other.size.height + 1) for other, _, theirs in beside)
    return sum(places) / len(beside)


def crossings(layers: Iterable[Sequence[Node]]) -> int:
    """How many lines cross between neighbouring layers."""
    total = 0
    for layer in layers:
        seen: list[tuple[int, float]] = []
        for node in layer:
            for other, _, theirs in sorted(node.right, key=lambda each: each[1]):
                end = (other.place, theirs)
                total += len(seen) - bisect(seen, end)
                insort(seen, end)
    return total


def settle(layers: Sequence[list[Node]]) -> None:
    """Give each node a height near those it is joined to, in the order of its layer."""
    for layer in layers:
        spread(layer, [0.0] * len(layer))
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers if forwards else reversed(layers):
            spread(layer, [wanted_height(node) for node in layer])


def wanted_height(node: Node) -> float:
    """Where a node would have to be for its lines to run straight."""
    beside = [*node.left, *node.right]
    if not beside:
        return node.y
    return sum(other.y + theirs - own for other, own, theirs in beside) / len(beside)


def spread(layer: Sequence[Node], wanted: Sequence[float]) -> None:
    """Put the nodes of a layer as near as can be to where they want to be, none over another.

    Least squares under an order: blocks of nodes that would overlap move as one.
    """
    blocks: list[tuple[float, int]] = []  # where the first of them would be, how many
    starts: list[float] = []
    offset = 0.0
    for node in layer:
        starts.append(offset)
        offset += node.size.height + gap(node)
    for start, want in zip(starts, wanted, strict=True):
        mean, count = want - start, 1
        while blocks and blocks[-1][0] > mean:
            other, size = blocks.pop()
            mean = (other * size + mean * count) / (size + count)
            count += size
        blocks.append((mean, count))
    at = 0
    for mean, count in blocks:
        for node, start in zip(layer[at : at + count], starts[at : at + count], strict=True):
            node.y = mean + start
        at += count


def gap(node: Node) -> float:
    """The room below a node; lanes may run close together."""
    return BETWEEN_BOXES if node.size.width else LANE

"""Where the columns of PostgreSQL's views come from, read from their stored queries.

PostgreSQL keeps a view as a node tree, in which every entry of the select list that
is a plain column names the table and position it was taken from, through joins,
subqueries and common table expressions alike. The tree is text: braces nest its
nodes, and a backslash protects whatever a name could confuse with them.

An expression has no source; nor has a column of a UNION, INTERSECT or EXCEPT.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Target", "ViewRule", "read_rule", "trace_column"]

Target = tuple[int, int]
"""A relation's object id and the position of one of its columns."""

TOKEN: Final = re.compile(r"\\.|[{}]", re.DOTALL)
ENTRY: Final = re.compile(
    r":resno (\d+) .*?:resorigtbl (\d+) :resorigcol (-?\d+) :resjunk (true|false)\}$", re.DOTALL
)
RELATION: Final = re.compile(r" :relid (\d+) ")
ONE_RANGE: Final = re.compile(r"\{FROMEXPR :fromlist \(\{RANGETBLREF :rtindex \d+\}\) ")


@dataclass(frozen=True, slots=True)
class ViewRule:
    """What a view's query says of its columns.

    ``targets`` gives, for a column's position, what it passes on. ``single``: its rows
    are those of one table or view, perhaps fewer, so that keys of that are its own.
    ``relations`` are all that it reads, wherever in the query.
    """

    targets: Mapping[int, Target]
    single: bool
    relations: frozenset[int] = frozenset()


def read_rule(tree: str) -> ViewRule:
    """Read the node tree of a view's ``SELECT`` rule."""
    targets: dict[int, Target] = {}
    single = False
    for start, end in outer_nodes(tree):
        if tree.startswith("{FROMEXPR ", start):
            single = reads_one_relation(tree, start)
        elif tree.startswith("{TARGETENTRY ", start):
            found = ENTRY.search(tree, start, end)
            if found is None or found[4] == "true":
                continue
            table, column = int(found[2]), int(found[3])
            if table and column > 0:
                targets[int(found[1])] = (table, column)
    return ViewRule(targets, single, frozenset(map(int, RELATION.findall(tree))))


def outer_nodes(tree: str) -> Iterator[tuple[int, int]]:
    """Start and end of the nodes right below the outermost query."""
    depth = start = 0
    for token in TOKEN.finditer(tree):
        if token[0] == "{":
            depth += 1
            if depth == 2:
                start = token.start()
        elif token[0] == "}":
            if depth == 2:
                yield start, token.end()
            depth -= 1


def reads_one_relation(tree: str, start: int) -> bool:
    """Whether FROM names one relation, neither a join nor a subquery, and no row is multiplied.

    ``start`` is where the outermost query's FROM begins; subqueries of FROM and WITH
    stand before it, those of WHERE after it.
    """
    header = tree.find(" :hasTargetSRFs ")
    return (
        ONE_RANGE.match(tree, start) is not None
        and tree.count("{QUERY ", 0, start) == 1
        and not tree.startswith(" :hasTargetSRFs true", header)
    )


def trace_column(rules: Mapping[int, ViewRule], target: Target) -> Target | None:
    """Follow a column through views on views to the table it is stored in.

    ``None`` when a view on the way computes it.
    """
    seen = set()
    while target[0] in rules and target not in seen:
        seen.add(target)
        further = rules[target[0]].targets.get(target[1])
        if further is None:
            return None
        target = further
    return target

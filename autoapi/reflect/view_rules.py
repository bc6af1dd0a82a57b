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
    r":resno (\d+) .*?:resorigtbl (\d+) :resorigcol (-?\d+) :resjunk (true|false)\}?$", re.DOTALL
)
ONE_RANGE: Final = re.compile(r" :jointree \{FROMEXPR :fromlist \(\{RANGETBLREF :rtindex \d+\}\) ")


@dataclass(frozen=True, slots=True)
class ViewRule:
    """What a view's query says of its columns.

    ``targets`` gives, for a column's position, what it passes on. ``single``: its rows
    are those of one table, perhaps fewer, so that the table's keys are its own.
    """

    targets: Mapping[int, Target]
    single: bool


def read_rule(tree: str) -> ViewRule:
    """Read the node tree of a view's ``SELECT`` rule."""
    targets: dict[int, Target] = {}
    for entry in target_entries(tree):
        found = ENTRY.search(entry)
        if found is None or found[4] == "true":
            continue
        table, column = int(found[2]), int(found[3])
        if table and column > 0:
            targets[int(found[1])] = (table, column)
    single = (
        tree.count("{QUERY ") == 1
        and " :hasTargetSRFs true" not in tree
        and ONE_RANGE.search(tree) is not None
    )
    return ViewRule(targets, single)


def target_entries(tree: str) -> Iterator[str]:
    """The select list of the outermost query, entry by entry."""
    depth = 0
    opened = start = -1
    for token in TOKEN.finditer(tree):
        if token[0] == "{":
            depth += 1
            # Depth 1 is the query itself; its select list holds nodes of depth 2.
            if depth == 2 and tree.startswith("{TARGETENTRY ", token.start()):
                if opened < 0 and tree[: token.start()].endswith(" :targetList ("):
                    opened = token.start()
                start = token.start() if opened >= 0 else -1
        elif token[0] == "}":
            if depth == 2 and start >= 0:
                yield tree[start : token.end()]
                if tree.startswith(")", token.end()):
                    return
                start = -1
            depth -= 1


def trace_column(rules: Mapping[int, ViewRule], target: Target) -> Target:
    """Follow a column through views on views to the table it is stored in."""
    seen = set()
    while target not in seen:
        seen.add(target)
        rule = rules.get(target[0])
        if rule is None:
            return target
        further = rule.targets.get(target[1])
        if further is None:
            break
        target = further
    return target

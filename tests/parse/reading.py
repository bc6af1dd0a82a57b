"""The readers of each parameter, called as the query string calls them."""

from __future__ import annotations

from autoapi.parse.fields import read_dotted, read_names, read_path
from autoapi.parse.filters import Slots, read_comparison, read_tree
from autoapi.parse.order import read_order
from autoapi.parse.scanner import Scanner
from autoapi.parse.select import read_select
from autoapi.parse.types import Condition, Field, OrderTerm, Path, SelectItem, Value

__all__ = ["comparison", "names", "order", "path", "select", "tree"]


def select(text: str) -> tuple[SelectItem, ...]:
    return Scanner(text, parameter="select parameter").whole(read_select)


def order(text: str) -> tuple[OrderTerm, ...]:
    return Scanner(text, parameter="order").whole(read_order)


def names(text: str) -> tuple[str, ...]:
    return Scanner(text, parameter="columns parameter").whole(read_names)


def path(text: str) -> tuple[Path, Field]:
    return Scanner(text, parameter="tree path").whole(read_path)


def comparison(text: str) -> tuple[Condition, list[Value]]:
    slots = Slots()
    found = Scanner(text, parameter="filter").whole(read_comparison, Field("a"), slots)
    return found, list(slots)


def tree(connective: str, text: str) -> tuple[Condition, list[Value]]:
    slots = Slots()
    scan = Scanner(connective + text, parameter="logic tree", given=text)
    return scan.whole(read_tree, slots), list(slots)


def logic_path(text: str) -> tuple[str, ...]:
    return Scanner(text, parameter="logic path").whole(read_dotted)

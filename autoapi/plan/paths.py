"""The tree of embeds that ``select`` makes, with what the other parameters say of each.

Parameters find their embed by its alias, or by its relation where it has no alias. As long
as the operator allows it (``AUTOAPI_URL_USE_LEGACY_TARGET_NAMES``), the relation finds an
embed with an alias too: the first one, and one that was found stands before the others from
then on. That is PostgREST's way, so the same parameters reach the same embeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autoapi.catalogue import Relationship
from autoapi.errors import not_embedded
from autoapi.parse.types import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Not,
    OrderTerm,
    Path,
    Query,
    SelectEmbed,
    SelectItem,
    Window,
)

__all__ = ["Node", "address", "renamings"]


@dataclass(eq=False)
class Node:
    """The table asked for, or one embed; a builder, gone when the plan is made."""

    items: tuple[SelectItem, ...]
    embed: SelectEmbed | None = None
    nodes: list[Node] = field(default_factory=list)
    filters: list[Condition] = field(default_factory=list)
    order: tuple[OrderTerm, ...] = ()
    window: Window = field(default_factory=lambda: Window(()))
    by_relation: bool = False  # a parameter named the relation although there is an alias
    leads: Relationship | None = None  # found once all parameters have their node

    @property
    def item(self) -> SelectEmbed:
        """What ``select`` says of an embed."""
        if self.embed is None:
            raise AssertionError("the root is no embed")
        return self.embed

    @property
    def relationship(self) -> Relationship:
        """Where an embed leads."""
        if self.leads is None:
            raise AssertionError("the relationship is not found yet")
        return self.leads

    def answers_to(self, name: str, *, legacy: bool) -> bool:
        """Whether a parameter that begins with ``name`` means this embed."""
        embed = self.embed
        if embed is None:
            return False
        return name in (embed.relation, embed.alias) if legacy else name == embed.name


def address(query: Query, *, legacy: bool) -> Node:
    """The tree of a query. Raises PGRST108 (400) for a parameter that reaches no embed."""
    root = make_node(query.select)
    for each in reversed([each for each in query.filters if not is_tree(each)]):
        reach(root, each.path, legacy=legacy).filters.insert(0, each.condition)
    for ordering in reversed(query.orderings):
        reach(root, ordering.path, legacy=legacy).order = ordering.terms
    for window in reversed(query.windows):
        reach(root, window.path, legacy=legacy).window = window
    for each in reversed([each for each in query.filters if is_tree(each)]):
        reach(root, each.path, legacy=legacy).filters.append(each.condition)
    return root


def make_node(items: tuple[SelectItem, ...], embed: SelectEmbed | None = None) -> Node:
    """The node of a select list, and of the embeds in it."""
    inner = (item for item in items if isinstance(item, SelectEmbed))
    return Node(items, embed, [make_node(item.items, item) for item in inner])


def is_tree(each: Filter) -> bool:
    """Whether a filter is an ``and`` or ``or``; those are looked at last."""
    condition = each.condition
    if isinstance(condition, Not):
        condition = condition.part
    return isinstance(condition, AllOf | AnyOf)


def reach(root: Node, path: Path, *, legacy: bool) -> Node:
    """The embed at the end of a path; those on the way come before their siblings now."""
    node = root
    for name in path:
        found = find(node, name, legacy=legacy)
        if found is None or found.embed is None:
            other = find(node, name, legacy=True)
            raise not_embedded(name, other.embed.alias if other and other.embed else None)
        if name == found.embed.relation and found.embed.alias not in (None, name):
            found.by_relation = True
        node.nodes.remove(found)
        node.nodes.insert(0, found)
        node = found
    return node


def find(node: Node, name: str, *, legacy: bool) -> Node | None:
    """The first embed of a node that answers to a name."""
    return next((each for each in node.nodes if each.answers_to(name, legacy=legacy)), None)


def renamings(node: Node) -> Iterator[tuple[str, str]]:
    """The relations that parameters named although they have an alias, each with that."""
    if node.by_relation and node.embed is not None and node.embed.alias:
        yield node.embed.relation, node.embed.alias
    for each in node.nodes:
        yield from renamings(each)

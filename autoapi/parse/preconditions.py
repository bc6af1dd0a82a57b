"""Entity tags: those that ``If-Match`` and ``If-None-Match`` name, and what a row's looks like.

A row's tag is its version, ``"1234"``. The tag of an answer that depends on more than the row
(embeds, a format other than JSON) says more, ``"1234.5f2c"``; a change is made to the row, so
what stands after the dot does not count there. https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from autoapi.errors import bad_entity_tags

__all__ = ["Tag", "names_tag", "read_tags", "versions_of"]

ONE_TAG = re.compile(r'[ \t]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)')


class Tag(NamedTuple):
    """One entity tag; a weak one tells only that two answers mean the same."""

    text: str
    weak: bool = False


def read_tags(header: str, text: str) -> tuple[Tag, ...] | None:
    """The tags of a header; None for ``*``, which means any. Raises AUTO153 (400).

    >>> read_tags("If-Match", '"a", W/"b.c"')
    (Tag(text='a', weak=False), Tag(text='b.c', weak=True))
    """
    if text.strip() == "*":
        return None
    found: list[Tag] = []
    at = 0
    while at < len(text):
        match = ONE_TAG.match(text, at)
        if match is None:
            raise bad_entity_tags(header, text)
        found.append(Tag(match[2], match[1] is not None))
        at = match.end()
    if not found:
        raise bad_entity_tags(header, text)
    return tuple(found)


def names_tag(tags: Sequence[Tag] | None, text: str) -> bool:
    """Whether the tags name this one, weak or not: what ``If-None-Match`` asks."""
    return tags is None or any(tag.text == text for tag in tags)


def versions_of(tags: Sequence[Tag]) -> list[str]:
    """The rows' versions that tags speak of; weak ones speak of none."""
    return [tag.text.partition(".")[0] for tag in tags if not tag.weak]

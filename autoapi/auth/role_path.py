"""Where in a token's claims the role stands: a JSONPath (RFC 9535), or the older notation.

``jsonpath-rfc9535`` reads the first; the older one, ``.path."quoted"[0][?(@ == "x")]``, is
read here and deprecated, as in PostgREST. A path is compiled once, and followed once a token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonpath_rfc9535
from jsonpath_rfc9535.exceptions import JSONPathError

from autoapi.errors import SettingsError

__all__ = ["RolePath", "compile_role_path"]

DEFAULT = "$.role"
STEP = re.compile(r'\.(?:([\w$@]+)|"([^"]*)")|\[([0-9]+)\]')
FILTER = re.compile(r'\[\?\(@\s*(==\^|==|!=|\^==|\*==)\s*"([^"]*)"\)\]\Z')
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "==": lambda item, text: item == text,
    "!=": lambda item, text: item != text,
    "^==": lambda item, text: item.startswith(text),
    "==^": lambda item, text: item.endswith(text),
    "*==": lambda item, text: text in item,
}
NOTHING = object()


@dataclass(frozen=True, slots=True)
class RolePath:
    """A compiled path. ``deprecated``: it is written in the older notation."""

    text: str
    find: Callable[[Mapping[str, Any]], tuple[Any, ...]]  # what it leads to: one value or none
    deprecated: bool = False


def compile_role_path(text: str) -> RolePath:
    """Compile a path. Raises SettingsError for one that is of neither notation."""
    try:
        query = jsonpath_rfc9535.compile(text or DEFAULT)
    except JSONPathError:
        return RolePath(text, compile_older(text), deprecated=True)

    def find(claims: Mapping[str, Any]) -> tuple[Any, ...]:
        found = query.find_one(dict(claims))
        return () if found is None else (found.value,)

    return RolePath(text, find)


def compile_older(text: str) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Compile the older notation. Raises SettingsError."""
    steps: list[str | int] = []
    position = 0
    while (step := STEP.match(text, position)) is not None:
        plain, quoted, index = step.groups()
        steps.append(int(index) if index is not None else plain if plain is not None else quoted)
        position = step.end()
    chosen = FILTER.match(text, position)
    if not text or (chosen is None and position != len(text)):
        raise SettingsError(
            f"AUTOAPI_JWT_ROLE_CLAIM_KEY: failed to parse role-claim-key value ({text})"
        )

    def find(claims: Mapping[str, Any]) -> tuple[Any, ...]:
        value: Any = claims
        for step in steps:
            value = member(value, step)
        if chosen is None:
            return () if value is NOTHING else (value,)
        operator, wanted = chosen.groups()
        items = value if isinstance(value, list) else []
        matches = (
            item for item in items if isinstance(item, str) and COMPARE[operator](item, wanted)
        )
        return tuple(matches)[:1]

    return find


def member(value: Any, step: str | int) -> Any:
    """The member of an object or list that a step names, or NOTHING."""
    if isinstance(step, str):
        return value.get(step, NOTHING) if isinstance(value, Mapping) else NOTHING
    in_range = isinstance(value, list) and step < len(value)
    return value[step] if in_range else NOTHING

"""Media types: how one is read, and what an ``Accept`` header wants most.

PostgREST's reading, leniencies and all: blanks mean nothing, names are told apart without
regard to case, a parameter that cannot be read ends the reading, and a type that is not
one of those known keeps every character it was given with. What is produced for a type is
``formats``; which one a request gets is ``plan/negotiation``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["ANY", "Explanation", "MediaType", "content_type", "read_accept", "read_media_type"]

# Names that are the same whatever parameters follow.
PLAIN: Final = frozenset(
    {
        "application/json",
        "application/geo+json",
        "application/openapi+json",
        "application/x-ndjson",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "text/csv",
        "text/plain",
        "text/xml",
        "*/*",
    }
)
OBJECT: Final = "application/vnd.pgrst.object+json"
ARRAY: Final = "application/vnd.pgrst.array+json"
STRIPPED: Final = ";nulls=stripped"
PLAN: Final = "application/vnd.pgrst.plan"
FORMS: Final[dict[str, Literal["text", "json"]]] = {
    PLAN: "text",
    f"{PLAN}+text": "text",
    f"{PLAN}+json": "json",
}
OPTIONS: Final = ("analyze", "verbose", "settings", "buffers", "wal")

# Text in UTF-8, and said so; every other type is bytes to us.
WITH_CHARSET: Final = (PLAIN - {"application/octet-stream"}) | {
    OBJECT,
    OBJECT + STRIPPED,
    ARRAY + STRIPPED,
}

NAME = re.compile(r"((?:[^\W_]|[.*])+/(?:[^\W_]|[.*+-])+)")
PARAMETER = re.compile(r'\s*;\s*((?:[^\W_]|-)+)\s*=\s*(?:"([^"]*)"|((?:[^\W_]|[|-])+))')
QUALITY = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The plan of a statement instead of its result: of which answer, how, with what."""

    of: MediaType
    form: Literal["text", "json"]
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The media type of such a plan."""
        options = f"; options={'|'.join(self.options)}" if self.options else ""
        return f'{PLAN}+{self.form}; for="{self.of.name}"{options}'


@dataclass(frozen=True, slots=True)
class MediaType:
    """One media type by the name that answers give it; ``explained`` when it is a plan's."""

    name: str
    explained: Explanation | None = None


ANY = MediaType("*/*")


def content_type(media_type: MediaType) -> str:
    """The ``Content-Type`` of an answer: with its charset where we know it to be text."""
    known = media_type.explained is not None or media_type.name in WITH_CHARSET
    return f"{media_type.name}; charset=utf-8" if known else media_type.name


def read_media_type(text: str) -> MediaType:
    """Read one media type.

    >>> read_media_type("Application/JSON; charset=utf-8").name
    'application/json'
    >>> read_media_type("application/vnd.pgrst.plan; options=analyze|wal").name
    'application/vnd.pgrst.plan+text; for="application/json"; options=analyze|wal'
    """
    match = NAME.match(text)
    name = match.group(1).lower() if match else ""
    parameters = read_parameters(text, match.end()) if match else {}
    stripped = STRIPPED if parameters.get("nulls") == "stripped" else ""
    if name in PLAIN:
        return MediaType(name)
    match name.removesuffix("+json"):
        case "application/vnd.pgrst.object":
            return MediaType(OBJECT + stripped)
        case "application/vnd.pgrst.array":
            return MediaType(ARRAY + stripped if stripped else "application/json")
    if name in FORMS:
        return plan_type(FORMS[name], parameters)
    return MediaType(text)


def plan_type(form: Literal["text", "json"], parameters: dict[str, str]) -> MediaType:
    """The type of a plan; options that there are not mean nothing."""
    of = read_media_type(parameters.get("for", "application/json"))
    given = parameters.get("options", "").split("|")
    explained = Explanation(of, form, tuple(each for each in OPTIONS if each in given))
    return MediaType(explained.name, explained)


def read_parameters(text: str, start: int) -> dict[str, str]:
    """What follows a name, up to what cannot be read; of two with one name the last holds."""
    found: dict[str, str] = {}
    while match := PARAMETER.match(text, start):
        name, quoted, plain = match.groups()
        found[name.lower()] = plain if quoted is None else quoted
        start = match.end()
    return found


def read_accept(text: str | None) -> tuple[MediaType, ...]:
    """The media types of an ``Accept`` header, the most wanted first; any where there is none.

    Of equal ``q`` the one with more parameters comes first, then the one with fewer stars,
    then the one named first. A ``q`` of 0 is only the last choice, as in PostgREST.

    >>> [each.name for each in read_accept("text/csv;q=0.5, */*, application/json")]
    ['application/json', '*/*', 'text/csv']
    """
    if text is None:
        return (ANY,)
    ranked: list[tuple[float, int, str]] = []
    for part in text.replace(" ", "").split(",") if text else ():
        name, _, rest = part.partition(";q=")
        match = QUALITY.match(rest)
        quality = float(match.group()) if match else 1.0
        ranked.append((-quality, name.count("*") - name.count(";"), name))
    ranked.sort(key=lambda each: each[:2])
    return tuple(read_media_type(name) for _, _, name in ranked)

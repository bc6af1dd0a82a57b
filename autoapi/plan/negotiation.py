"""Which format a request gets: the first media type of ``Accept`` that can be produced.

A database makes media types of its own, or makes known ones differently, by functions
that return a domain named like one: https://docs.postgrest.org/en/stable/references/api/media_type_handlers.html.
A table's or function's handler of ``*/*`` answers whatever is asked; then its handler of
the type; then a handler of the type for any rows; then ours. What is PostgREST's own,
single objects and stripped nulls, is nobody else's to make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from autoapi.catalogue import Catalogue, Table, TableKey
from autoapi.errors import no_media_type
from autoapi.formats import FIXED, GEOJSON, REPLACEABLE, Format, handled
from autoapi.media_types import ANY, MediaType, read_media_type
from autoapi.parse.types import Query, SelectAll
from autoapi.plan.access import shows_less

__all__ = ["Handlers", "index_handlers", "negotiate", "shows_whole_rows"]

Handlers = Mapping[tuple[TableKey | None, str], Format]
"""What there is beside :data:`FIXED`, by whose rows it takes, None for any, and name."""


def index_handlers(catalogue: Catalogue) -> Handlers:
    """Our own formats for any rows, and the database's, which come before them."""
    found: dict[tuple[TableKey | None, str], Format] = {
        (None, name): each
        for name, each in REPLACEABLE.items()
        if catalogue.dialect == "postgresql" or each is not GEOJSON
    }
    for handler in catalogue.media_handlers:
        name = read_media_type(handler.media_type.lower()).name
        found[handler.target, name] = handled(handler)
    return MappingProxyType(found)


def shows_whole_rows(query: Query, table: Table) -> bool:
    """Whether a query shows rows of a table as they are: all columns, unchanged.

    Columns that are hidden are not shown, and a domain may have a function that shows it.
    """
    if query.select != (SelectAll(),) or shows_less(table):
        return False
    domains = (each.type.representation for each in table.columns)
    return not any(each is not None and each.to_json is not None for each in domains)


def negotiate(
    accept: Iterable[MediaType],
    handlers: Handlers,
    target: TableKey,
    *,
    whole_rows: bool,
    plans: bool,
) -> Format:
    """The format of the first media type that can be produced.

    ``whole_rows``: every column of ``target`` is shown, and nothing else, as its own
    handlers need. ``plans``: plans of statements may be shown. Raises PGRST107 (406).
    """
    accept = tuple(accept)
    own = target if whole_rows else None
    for wanted in accept:
        explained = wanted.explained
        shown = wanted if explained is None else explained.of
        found = FIXED.get(shown.name) or offered(shown.name, handlers, own)
        if found is None or (explained is not None and not plans):
            continue
        if explained is None:
            return found
        return replace(found, media_type=wanted.name, explained=explained)
    raise no_media_type([each.name for each in accept])


def offered(name: str, handlers: Handlers, own: TableKey | None) -> Format | None:
    """What is produced for a name, if anything is."""
    if own is not None:
        found = handlers.get((own, ANY.name)) or handlers.get((own, name))
        if found is not None:
            return found
    return handlers.get((None, name))

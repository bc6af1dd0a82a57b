"""``/invoices/7`` as a page or a document, where an override makes one.

Which form is wanted is read off ``Accept``; the request is then that of ``/invoices/7.pdf``,
whose route answers it. Requests for items of other tables pay for one look into a dict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autoapi.http import Http, Scope
from autoapi.media_types import read_accept
from autoapi.prepare import Address
from autoapi.rules import ItemForms, Rule

__all__ = ["Endings", "endings_of", "in_other_form"]

Endings = Mapping[str, Mapping[str, str]]  # by table: endings of addresses by media type
READS = frozenset({"GET", "HEAD"})


def endings_of(rules: Iterable[Rule]) -> Endings:
    """What overrides make of items, by the names of their tables."""
    found: dict[str, dict[str, str]] = {}
    for rule in rules:
        if isinstance(rule, ItemForms):
            found.setdefault(rule.table.name, {}).update(rule.endings)
    return found


def in_other_form(http: Http, scope: Scope, address: Address, endings: Endings) -> Scope | None:
    """The request of the route that makes the wanted form; None where the table answers."""
    made = endings.get(address.table)
    accept = http.headers.get(b"accept")
    if made is None or accept is None or http.method not in READS:
        return None
    ending = wanted_ending(accept.decode("latin-1"), made)
    if ending is None:
        return None
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return {
        **scope,
        "path": f"{scope['path']}.{ending}",
        "raw_path": raw + f".{ending}".encode(),
    }


def wanted_ending(accept: str, made: Mapping[str, str]) -> str | None:
    """The ending of the first form that is accepted, unless JSON is before.

    >>> browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    >>> made = {"text/html": "html", "application/pdf": "pdf"}
    >>> [wanted_ending(each, made) for each in (browser, "*/*", "application/pdf;q=0.5")]
    ['html', None, 'pdf']
    """
    for each in read_accept(accept):
        if each.name in made:
            return made[each.name]
        if each.name == "*/*" or each.name.partition(";")[0].endswith("json"):
            return None
    return None

"""What of a request's headers a change of a row depends on; only the friendly mount has it."""

from __future__ import annotations

from typing import NamedTuple

from autoapi.errors import bad_entity_tags, precondition_failed, precondition_needed
from autoapi.http import Http
from autoapi.parse.preconditions import read_tags, versions_of
from autoapi.parse.types import PreconditionKind
from autoapi.prepare.snapshot import Address
from autoapi.settings import Settings

__all__ = ["Precondition", "precondition_of"]

CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


class Precondition(NamedTuple):
    """What must hold of the row, and the versions that it may have where they are named."""

    kind: PreconditionKind
    versions: list[str] | None = None


def precondition_of(http: Http, address: Address, settings: Settings) -> Precondition | None:
    """The condition of a change on the friendly mount, None if there is none.

    Raises AUTO151 (412) for a condition on a list, which has no state of its own, AUTO152
    (428) where the operator wants one, AUTO153 (400) for one that cannot be read.
    """
    if address.mount != "friendly" or http.method not in CHANGES:
        return None
    match, none_match = http.header(b"if-match"), http.header(b"if-none-match")
    if none_match is not None:
        if http.method != "PUT" or match is not None or none_match.strip() != "*":
            raise bad_entity_tags("If-None-Match", none_match)
        return Precondition("absent")
    if match is None:
        if settings.if_match_required and address.item is not None:
            raise precondition_needed(http.method)
        return None
    if address.item is None:
        raise precondition_failed("If-Match", hint="A list has no ETag; name the row")
    tags = read_tags("If-Match", match)
    return Precondition("exists") if tags is None else Precondition("match", versions_of(tags))

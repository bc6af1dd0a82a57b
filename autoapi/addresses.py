"""What a path names: a table or item on one of the mounts, a function, the root, or nothing.

A path is looked up in a dict made with the catalogue; only what is not there is taken
apart. What belongs to neither mount is FastAPI's.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from urllib.parse import unquote

from autoapi.prepare import Address
from autoapi.service import Service
from autoapi.settings import Settings

__all__ = ["find_address"]

BATCH = Address("friendly", "", batch=True)
UNKNOWN = Address("strict", "", unknown=True)


def find_address(path: str, service: Service, literal: AbstractSet[str]) -> Address | None:
    """What a path names; None when it is FastAPI's, whose first segments are ``literal``."""
    snapshot = service.snapshot
    if snapshot is not None:
        known = snapshot.collections.get(path)
        if known is not None:
            return known
        head, _, item = path.rpartition("/")
        known = snapshot.collections.get(head)
        if known is not None and known.mount == "friendly" and item:
            return None if is_taken(path, service) else Address("friendly", known.table, item)
    prefix = service.settings.rest_prefix
    if path in (prefix, f"{prefix}/"):
        return root_address(service.settings)
    if path.startswith(prefix + "/"):
        return strict_address(path[len(prefix) + 1 :], frozenset() if prefix else literal)
    return friendly_address(path, service, literal)


def strict_address(rest: str, literal: AbstractSet[str]) -> Address | None:
    """A path below the strict mount's prefix."""
    segments = rest.split("/")
    if segments[0] in literal:
        return None
    if segments[0] == "rpc" and len(segments) == 2:
        return Address("strict", unquote(segments[1]), routine=True)
    return Address("strict", unquote(segments[0])) if len(segments) == 1 else UNKNOWN


def friendly_address(path: str, service: Service, literal: AbstractSet[str]) -> Address | None:
    """A path of the friendly mount: a table, or an item of one."""
    if not path.startswith("/"):  # the asterisk of OPTIONS (RFC 9112, 3.2.4)
        return UNKNOWN
    segments = path.split("/")[1:]
    if path == service.settings.batch_path:
        return BATCH
    if is_taken(path, service) or len(segments) > 2 or not segments[0]:
        return None
    snapshot = service.snapshot
    known = snapshot.collections.get(f"/{segments[0]}") if snapshot else None
    if known is None:
        if segments[0] in literal:
            return None
        known = Address("friendly", unquote(segments[0]))
    item = segments[1] if len(segments) == 2 and segments[1] else None
    return Address("friendly", known.table, item)


def is_taken(path: str, service: Service) -> bool:
    """Whether a route of its own answers a path."""
    if path in service.taken:
        return True
    patterns = service.patterns.get(path.split("/", 2)[1]) if service.patterns else None
    return patterns is not None and any(each.match(path) for each in patterns)


def root_address(settings: Settings) -> Address:
    """The root of the strict mount: its document, or the function set in its place."""
    function = settings.db_root_spec.rpartition(".")[2]
    if function and settings.openapi_mode != "disabled":
        return Address("strict", function, routine=True)
    return Address("strict", "", root=True)

"""``Idempotency-Key``: a POST that is sent again is not done again, and answered the same.

The caller makes up a key; the first request of a key is done, its answer kept in the same
transaction, and given again to every other with the key. Two at once wait for each other.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import blake2b

import msgspec

from autoapi.answering.asking import Asking
from autoapi.answering.ledger import Entry, Ledger, make_ledger
from autoapi.auth import Principal
from autoapi.errors import answer_too_large, bad_idempotency_key, key_used_otherwise
from autoapi.http import Answer, Http
from autoapi.settings import Settings

__all__ = ["answer_once", "is_once"]

LONGEST = 255  # characters of a key
LARGEST = 1_000_000  # bytes of an answer that is kept
# What of a request besides its body must be the same for the answer to be.
DECIDING = (b"accept", b"content-type", b"content-profile", b"prefer")
REPLAYED = (b"idempotent-replayed", b"true")
PASSING = frozenset({"exp", "iat", "nbf", "jti"})  # claims that each token has anew


def is_once(http: Http, settings: Settings) -> bool:
    """Whether a request, on the friendly mount or an action, is to be done once only."""
    on = settings.idempotency_lifetime > 0
    return on and http.method == "POST" and b"idempotency-key" in http.headers


async def answer_once(
    asking: Asking, http: Http, answering: Callable[[Asking], Awaitable[Answer]]
) -> Answer:
    """The answer of the first request with this key.

    Raises AUTO158 (400) for what is no key, AUTO159 (422) for one that another request was
    sent with, AUTO160 (503) where answers cannot be kept, AUTO161 (413) for one too large.
    A request that fails is undone with its key, and may be sent again.
    """
    settings, dialect = asking.service.settings, asking.snapshot.catalogue.dialect
    entry = Entry(scope_of(asking.who, http.path), read_key(http), fingerprint_of(http))
    if not asking.service.has_ledger:
        await make_ledger(asking.service.database, dialect)
        asking.service.has_ledger = True
    async with asking.together(http) as inside:
        ledger = Ledger(inside.transaction(), dialect, inside.role(http))
        known = await ledger.claim(entry, settings.idempotency_lifetime)
        if known is not None:
            request, answer = known
            if request != entry.request:
                raise key_used_otherwise()
            return answer._replace(headers=(*answer.headers, REPLAYED))
        answer = await answering(inside)
        if len(answer.body) > LARGEST:
            raise answer_too_large(LARGEST)
        if answer.status < 400:
            await ledger.keep(entry, answer)
        else:
            await ledger.forget(entry)
    return answer


def read_key(http: Http) -> str:
    """The key, in quotation marks or not. Raises AUTO158 (400)."""
    text = (http.header(b"idempotency-key") or "").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not 0 < len(text) <= LONGEST or not (text.isascii() and text.isprintable()):
        raise bad_idempotency_key(LONGEST)
    return text


def scope_of(who: Principal, path: str) -> str:
    """Whose a key is, and for what: callers know nothing of each other's."""
    claims = {name: value for name, value in who.claims.items() if name not in PASSING}
    identity = claims.get("sub", claims)
    return digest(msgspec.json.encode([who.role, identity, path], order="sorted"))


def fingerprint_of(http: Http) -> str:
    """What tells one request from another."""
    parts = [http.query.encode(), *(http.headers.get(name, b"") for name in DECIDING), http.body]
    return digest(b"".join(b"%d:%s" % (len(part), part) for part in parts))


def digest(content: bytes) -> str:
    """32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()

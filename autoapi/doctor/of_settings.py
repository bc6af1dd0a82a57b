"""What the settings alone tell: secrets, who may come in, what this process may open."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Final

from autoapi.auth import TokenVerifier, fetch_keys
from autoapi.doctor.findings import Finding, advice, fault, fine
from autoapi.errors import SettingsError
from autoapi.production import production_faults
from autoapi.settings import Settings

__all__ = ["CHECKS"]

FEWEST_FILES: Final = 4_096  # connections of clients are files, too


def secrets(settings: Settings) -> Iterator[Finding]:
    """Whether tokens can be verified, by what others do not know."""
    faults = tuple(production_faults(settings))
    judge = fault if settings.environment == "production" else advice
    for told in faults:
        what, _, todo = told.partition(": ")
        yield judge("production", what, todo or what)
    try:
        keys = len(TokenVerifier(settings).keys)
    except SettingsError:
        return  # it is one of those faults
    if not faults:
        yield fine("production", f"secret of our own, no debugging; {keys} keys verify tokens")
    if settings.environment != "production":
        yield advice(
            "environment",
            "ENVIRONMENT is not production, so what is unsafe is served all the same",
            "set ENVIRONMENT=production where others can reach the service",
        )


def key_address(settings: Settings) -> Iterator[Finding]:
    """Whether the address of keys answers."""
    url = settings.jwt_jwks_url
    if not url:
        return
    if not url.startswith("https://"):
        yield advice(
            "keys", "AUTOAPI_JWT_JWKS_URL is not https://", "use TLS, or a trusted network"
        )
    try:
        keys = fetch_keys(url)
    except Exception as error:
        told = f"AUTOAPI_JWT_JWKS_URL cannot be read: {error}"
        yield fault("keys", told, "open it from this machine with curl; it must answer with a JWKS")
        return
    if keys:
        yield fine("keys", f"AUTOAPI_JWT_JWKS_URL publishes {len(keys)} keys that can be used")
    else:
        todo = "have the issuer publish RSA, EC or OKP keys for signatures"
        yield fault("keys", "AUTOAPI_JWT_JWKS_URL publishes no key that can be used", todo)


def callers(settings: Settings) -> Iterator[Finding]:
    """What strangers may do and see."""
    if settings.db_anon_role:
        return  # the database's grants decide, which are looked at there
    if settings.anonymous == "write":
        yield advice(
            "strangers",
            "AUTOAPI_ANONYMOUS=write: anybody may change every row",
            "set it to read or none, or set AUTOAPI_DB_ANON_ROLE and let grants decide",
        )
    else:
        yield fine("strangers", f"without a token callers may: {settings.anonymous}")


def files(_: Settings) -> Iterator[Finding]:
    """Whether this process may open as many connections as come."""
    allowed, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < FEWEST_FILES:
        todo = "raise it: LimitNOFILE= in systemd, --ulimit nofile= in containers, or ulimit -n"
        yield advice("open files", f"at most {allowed}, each client is one", todo)
    else:
        yield fine("open files", "unlimited" if allowed < 0 else f"at most {allowed}")


CHECKS = (
    ("production", secrets),
    ("keys", key_address),
    ("strangers", callers),
    ("open files", files),
)

"""What production does not start with: a secret that others know, debugging, open doors.

``ENVIRONMENT=production`` turns these from advice into a refusal. They are looked at when a
server starts and when settings are read again; commands that serve nobody do not ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autoapi.auth import secrets_of
from autoapi.errors import SettingsError
from autoapi.setting_forms import SHORTEST_SECRET
from autoapi.settings import Settings

__all__ = ["check_production", "production_faults"]

# What documentation, templates and other projects ship; found anywhere in a secret.
SHIPPED: Final = re.compile(
    r"change.?(me|this|it)|replace.?(me|this)|your.{0,24}(secret|key)|(secret|key).?here"
    r"|super.?secret|my.?secret|default|example|placeholder|really(really)+|password|insecure"
    r"|development|0123456789abcdef|abcdefghijkl|12345678",
    re.IGNORECASE,
)
FEWEST_CHARACTERS: Final = 8  # different ones; 32 random hexadecimal digits have 13 or so
WAY: Final = "make one with 'openssl rand -base64 48'"
NAMED: Final = "JWT_SECRET_KEY (AUTOAPI_JWT_SECRET)"


def check_production(settings: Settings) -> None:
    """Refuse to serve in production what is not safe. Raises SettingsError naming all of it."""
    if settings.environment != "production":
        return
    faults = tuple(production_faults(settings))
    if faults:
        listed = "".join(f"\n  - {fault}" for fault in faults)
        raise SettingsError(f"ENVIRONMENT is production, which is not safe with:{listed}")


def production_faults(settings: Settings) -> Iterator[str]:
    """What of the settings is not safe where anybody may come, and what to do about each."""
    if not settings.jwt_secret and not settings.jwt_jwks_url:
        yield f"no secret: set {NAMED} or AUTOAPI_JWT_JWKS_URL; {WAY}"
    try:
        secrets = secrets_of(settings)
    except SettingsError as error:
        yield str(error)
    else:
        for secret in secrets:
            yield from secret_faults(NAMED, secret)
    if settings.secret_key:
        yield from secret_faults("SECRET_KEY", settings.secret_key.encode())
    if settings.debug:
        yield "DEBUG is on: unset it"
    for origin in settings.server_cors_allowed_origins:
        if origin == "null" or "*" in origin:
            yield (
                f"AUTOAPI_SERVER_CORS_ALLOWED_ORIGINS has '{origin}', and origins on that list"
                " are sent credentials: name each origin, or leave it empty for any without them"
            )


def secret_faults(name: str, secret: bytes) -> Iterator[str]:
    """Why a secret is none; it is never shown."""
    text = secret.decode("latin-1")
    if len(secret) < SHORTEST_SECRET:
        yield f"{name} is shorter than {SHORTEST_SECRET} bytes; {WAY}"
    elif SHIPPED.search(text):
        yield f"{name} is one that templates and documentation ship; {WAY}"
    elif len(set(secret)) < FEWEST_CHARACTERS or secret in (secret + secret)[1:-1]:
        yield f"{name} repeats a few characters, which is soon guessed; {WAY}"

"""The forms that some settings must have, each with what is said of one that has not.

Nothing here knows the settings; ``settings`` asks for each, so that what cannot work
stops the start and not a request.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from autoapi.errors import SettingsError

__all__ = [
    "SHORTEST_SECRET",
    "check_audience",
    "check_direct_url",
    "check_header_name",
    "check_proxy_address",
    "check_reuse_of_port",
    "check_schemas",
    "check_secret",
    "check_socket_mode",
    "file_bytes",
    "read_database_url",
]

SHORTEST_SECRET = 32  # bytes: RFC 7518 asks for a key as long as the hash of HS256
READ_ONCE: dict[str, bytes] = {}
NEVER_EXPOSED = ("pg_catalog", "information_schema", "autoapi")  # the last: the event trigger's
ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
)
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def check_socket_mode(name: str, mode: str) -> None:
    """Refuse what is no mode of a socket. Raises SettingsError."""
    if not re.fullmatch(r"0?[0-7]+", mode):
        raise SettingsError(f"Invalid {name}: not an octal")
    if not 0o600 <= int(mode, 8) <= 0o777:
        raise SettingsError(f"Invalid {name}: needs to be between 600 and 777")


def check_audience(audience: str) -> None:
    """Refuse an audience that looks like a URI and is none. Raises SettingsError."""
    if ":" in audience and not ADDRESS.fullmatch(audience):
        raise SettingsError("AUTOAPI_JWT_AUD: jwt-aud should be a string or a valid URI")


def check_proxy_address(address: str) -> None:
    """Refuse what clients cannot reach the service by. Raises SettingsError."""
    if not address:
        return
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    fine = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not fine or parts.query or "@" in parts.netloc or not ADDRESS.fullmatch(address):
        raise SettingsError(
            "AUTOAPI_OPENAPI_SERVER_PROXY_URI: Malformed proxy uri, a correct example:"
            " https://example.com:8443/basePath"
        )


def check_schemas(schemas: tuple[str, ...]) -> None:
    """Refuse to expose nothing, or the system's own. Raises SettingsError."""
    if not schemas:
        raise SettingsError("AUTOAPI_DB_SCHEMAS must name a schema")
    for name in NEVER_EXPOSED:
        if name in schemas:
            raise SettingsError(f"AUTOAPI_DB_SCHEMAS: db-schemas does not allow schema: '{name}'")


def check_secret(secret: bytes) -> None:
    """Refuse a secret that is soon guessed; it is not shown. Raises SettingsError."""
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"JWT_SECRET_KEY: The JWT secret must be at least {SHORTEST_SECRET} characters long"
        )


def check_header_name(name: str) -> None:
    """Refuse what is no header's name. Raises SettingsError."""
    if name and not TOKEN.fullmatch(name):
        raise SettingsError("AUTOAPI_SERVER_TRACE_HEADER must be the name of a header")


def check_reuse_of_port(wanted: bool) -> None:
    """Refuse what this system cannot do. Raises SettingsError."""
    if wanted and not hasattr(socket, "SO_REUSEPORT"):
        raise SettingsError("AUTOAPI_SERVER_REUSEPORT: this system cannot share a port")


def file_bytes(path: str) -> bytes:
    """What a file holds; what can be read only once, such as a pipe, is remembered.

    Raises OSError.
    """
    if Path(path).is_file() or Path(path).is_dir():
        return Path(path).read_bytes()
    if path not in READ_ONCE:
        READ_ONCE[path] = Path(path).read_bytes()
    return READ_ONCE[path]


def check_direct_url(url: str, dialect: str) -> None:
    """Refuse a way past the pooler where there is none. Raises SettingsError."""
    if url and (dialect != "postgresql" or not url.startswith("postgres")):
        raise SettingsError("AUTOAPI_DB_DIRECT_URL must be postgresql://..., as DATABASE_URL")


def read_database_url(text: str, name: str = "DATABASE_URL") -> str:
    """The database's URL from any of libpq's forms, or out of a file (``@path``).

    >>> read_database_url("host=localhost dbname='my db'")
    'postgresql://?dbname=my%20db&host=localhost'

    Raises SettingsError for a file that cannot be read, and for no form at all.
    """
    if text.startswith("@"):
        try:
            text = file_bytes(text[1:]).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}: cannot read {text[1:]}: {error}") from None
    if "://" in text or "=" not in text:
        return text
    try:
        given = parse_dsn(text)
    except ProgrammingError:
        raise SettingsError(f"{name} is neither a URL nor 'keyword=value ...'") from None
    return f"postgresql://?{urlencode(sorted(given.items()), quote_via=quote)}"

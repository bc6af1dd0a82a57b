"""Where a database is and who we are to it: libpq's URLs, variables and password file.

libpq itself (through psycopg2) reads the URL, so that what works there works here.
https://www.postgresql.org/docs/current/libpq-connect.html
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

__all__ = ["Address", "Endpoint", "read_address"]

# libpq's parameter -> the variable that stands in for it.
VARIABLES: dict[str, str] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
SOCKET_FOLDERS = ("/run/postgresql", "/var/run/postgresql", "/tmp")  # noqa: S108 - where servers put it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One host and port; a host that starts with a slash is a folder with a socket."""

    host: str
    port: int

    @property
    def socket(self) -> str | None:
        """The path of a Unix socket; None for TCP."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None


@dataclass(frozen=True, slots=True)
class Address:
    """All of a URL that matters for connecting."""

    endpoints: tuple[Endpoint, ...]
    user: str
    database: str
    password: str | None = None
    options: str = ""
    tls_mode: str = "prefer"
    root_certificate: str = ""
    certificate: str = ""
    key: str = ""
    writable: bool = False  # only a server that takes writes will do


def read_address(url: str, environ: Mapping[str, str] | None = None) -> Address:
    """Read a URL, or libpq's ``host=... dbname=...``, with libpq's variables for the rest.

    Raises ValueError for one that libpq cannot read; the text does not show a password.
    """
    variables = os.environ if environ is None else environ
    try:
        given = parse_dsn(plain_url(url)) if url else {}
    except ProgrammingError:
        raise ValueError("libpq cannot read the database's URL") from None
    for name, variable in VARIABLES.items():
        if name not in given and variables.get(variable):
            given[name] = variables[variable]
    user = given.get("user") or getpass.getuser()
    database = given.get("dbname") or user
    endpoints = tuple(read_endpoints(given))
    password = given.get("password")
    if password is None:
        password = find_password(password_file(given), endpoints[0], database, user)
    return Address(
        endpoints,
        user,
        database,
        password,
        given.get("options", ""),
        given.get("sslmode", "prefer"),
        given.get("sslrootcert", ""),
        given.get("sslcert", ""),
        given.get("sslkey", ""),
        given.get("target_session_attrs", "any") in ("read-write", "primary"),
    )


def plain_url(url: str) -> str:
    """The URL without SQLAlchemy's driver name."""
    scheme, found, rest = url.partition("://")
    return f"postgresql://{rest}" if found and scheme.startswith("postgres") else url


def read_endpoints(given: Mapping[str, str]) -> list[Endpoint]:
    """The hosts to try, in their order; one port for all, or one each."""
    hosts = (given.get("hostaddr") or given.get("host") or "").split(",")
    ports = (given.get("port") or "5432").split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    return [
        Endpoint(host or default_host(int(port or 5432)), int(port or 5432))
        for host, port in zip(hosts, ports, strict=False)
    ]


def default_host(port: int) -> str:
    """The folder where a local server's socket lies, or this machine by TCP."""
    found = (each for each in SOCKET_FOLDERS if Path(Endpoint(each, port).socket or "").exists())
    return next(found, "localhost")


def password_file(given: Mapping[str, str]) -> Path:
    """Where passwords may be kept."""
    return Path(given.get("passfile") or Path.home() / ".pgpass")


def find_password(path: Path, endpoint: Endpoint, database: str, user: str) -> str | None:
    """The password of the first line that fits: ``host:port:database:user:password``.

    A file that others may read is not trusted, as with libpq.
    """
    try:
        if path.stat().st_mode & 0o077:
            return None
        lines = path.read_text().splitlines()
    except OSError:
        return None
    host = "localhost" if endpoint.socket else endpoint.host
    wanted = (host, str(endpoint.port), database, user)
    for line in lines:
        fields = split_line(line)
        if len(fields) == 5 and not line.startswith("#"):
            pairs = zip(fields, wanted, strict=False)
            if all(field in ("*", value) for field, value in pairs):
                return fields[4]
    return None


def split_line(line: str) -> list[str]:
    r"""The fields of a line, in which a backslash protects a colon or another.

    >>> split_line(r"h:1:d:u:a\:b")
    ['h', '1', 'd', 'u', 'a:b']
    """
    fields = [""]
    protected = False
    for character in line:
        if protected or character not in ":\\":
            fields[-1] += character
            protected = False
        elif character == "\\":
            protected = True
        else:
            fields.append("")
    return fields

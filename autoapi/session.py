"""Who asks and on what terms, as what holds for one transaction of the database.

The names are PostgREST's, so that policies and functions written for it work unchanged:
https://docs.postgrest.org/en/stable/references/transactions.html. What depends only on
the role and the shape of the request is worked out once for both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import msgspec

from autoapi.auth import Principal
from autoapi.budgets import budget_of, read_budgets
from autoapi.dialects import quoted_name
from autoapi.errors import unknown_role
from autoapi.execute import Session
from autoapi.http import Http
from autoapi.plan.types import Terms
from autoapi.prepare import Ready, Snapshot
from autoapi.settings import Settings

__all__ = ["Sessions"]

ISOLATION = "default_transaction_isolation"
WITHOUT_EFFECT = Session(rolls_back=True)
MAX_REMEMBERED = 1_000  # pairs of a role and the terms of a shape

KEPT_IN = "autoapi_request_settings"  # the table of SQLite for what PostgreSQL has settings for
SECRET_HEADERS = frozenset({b"authorization", b"cookie", b"x-api-key"})
READS = frozenset({"GET", "HEAD", "OPTIONS"})

ASKED = (
    "request.jwt.claims",
    "request.method",
    "request.path",
    "request.headers",
    "request.cookies",
)


class Fixed(NamedTuple):
    """What of a session does not change from request to request.

    ``names`` are those of all settings; ``first`` and ``last`` the values before and after
    those that do change.
    """

    names: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    isolation: str

    def within(self, seconds: float) -> Fixed:
        """The same where no statement may run longer."""
        milliseconds = str(max(1, int(seconds * 1_000)))
        names = (*self.names, "statement_timeout")
        return self._replace(names=names, last=(*self.last, milliseconds))


class Sessions:
    """Makes the sessions of one catalogue's requests."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.roles = frozenset(snapshot.catalogue.roles)
        self.role_settings = snapshot.catalogue.role_settings
        self.settings = snapshot.settings
        self.roles_are_the_databases = bool(
            snapshot.settings.db_anon_role or not snapshot.catalogue.login_inherits
        )
        self.on_sqlite = snapshot.catalogue.dialect == "sqlite"
        self.are_kept = self.on_sqlite and any(
            table.name == KEPT_IN for table in snapshot.catalogue.tables
        )
        self.budgets = read_budgets(snapshot.settings.budgets)
        self.before = call_before(snapshot.settings)
        self.remembered: dict[tuple[str, Terms], Fixed] = {}

    def session(self, who: Principal, http: Http, ready: Ready) -> Session | None:
        """What holds for a request's transaction; None where nothing need be set.

        A token's role is assumed when the database has a role of that name, or when access
        is the database's affair: an anonymous role is set, or the login does not inherit the
        rights of its roles and so is there only to become them. Whether
        the login may assume it, the database decides: one that it may not is refused, never
        replaced by the login's own rights.
        """
        return self.on_terms(who, http, ready.reply.terms)

    def on_terms(self, who: Principal, http: Http, terms: Terms) -> Session | None:
        """The same for a transaction that no table's request makes."""
        if self.on_sqlite:
            session = self.on_sqlite_terms(who, http, terms)
            seconds = self.seconds(who.role) if self.budgets else 0.0
            return replace(session or Session(), seconds=seconds) if seconds else session
        settings = self.settings
        role = who.role or settings.db_anon_role
        seconds = self.seconds(role) if self.budgets else 0.0
        if role == "none":  # to PostgreSQL the word means: back to the login's own rights
            raise unknown_role(role)
        if not self.roles_are_the_databases and role not in self.roles:
            role = ""
        if not role and not who.claims and not seconds and not self.needed(terms):
            return None
        fixed = self.fixed(role, terms)
        if seconds:
            fixed = fixed.within(seconds)
        return Session(
            fixed.names,
            (*fixed.first, *self.asked(who, http), *fixed.last),
            self.before,
            fixed.isolation,
            terms.rolls_back,
        )

    def on_sqlite_terms(self, who: Principal, http: Http, terms: Terms) -> Session | None:
        """The same on SQLite, where triggers learn who asks from a table, if there is one.

        A table lasts, so no header that is a secret goes there.
        """
        if self.are_kept and http.method not in READS:
            headers, _ = encode_headers(
                [pair for pair in http.all_headers if pair[0] not in SECRET_HEADERS]
            )
            asked = (who.encoded_claims, http.method, http.path, headers)
            return Session(ASKED[: len(asked)], asked, rolls_back=terms.rolls_back)
        return WITHOUT_EFFECT if terms.rolls_back else None

    def seconds(self, role: str) -> float:
        """How long a statement of a role may run; 0 where no budget says so."""
        budget = budget_of(self.budgets, role)
        return 0.0 if budget is None else budget.seconds

    def needed(self, terms: Terms) -> bool:
        """Whether a stranger's request needs a session where no role is assumed.

        The search path alone is none: every name in our SQL is qualified.
        """
        own = terms.isolation or terms.rolls_back or len(terms.settings) > 1
        return bool(own or self.before or self.settings.app_settings)

    def fixed(self, role: str, terms: Terms) -> Fixed:
        """The part that is the same for every request of a role on these terms."""
        found = self.remembered.get((role, terms))
        if found is None:
            found = make_fixed(role, terms, self.role_settings, self.settings)
            if len(self.remembered) >= MAX_REMEMBERED:
                del self.remembered[next(iter(self.remembered))]
            self.remembered[role, terms] = found
        return found

    def asked(self, who: Principal, http: Http) -> tuple[str, ...]:
        """The values that differ from request to request, in the order of ``ASKED``."""
        path = http.path.removeprefix(self.settings.rest_prefix)
        headers, cookies = encode_headers(http.all_headers)
        return (who.encoded_claims, http.method, path, headers, cookies)


def make_fixed(
    role: str, terms: Terms, role_settings: tuple[tuple[str, str, str], ...], settings: Settings
) -> Fixed:
    """Put together what a role and the terms of a shape set."""
    own = {name: value for holder, name, value in role_settings if holder == role}
    isolation = terms.isolation or own.pop(ISOLATION, "")
    own.pop(ISOLATION, None)
    path, *others = terms.settings
    # A role's own search path goes before that of the schema asked for, as in PostgREST; and
    # the login may make settings of a role that the role itself may not.
    first = [path, *own.items(), *((("role", role),) if role else ())]
    last = [*others, *settings.app_settings]
    names = (*(name for name, _ in first), *ASKED, *(name for name, _ in last))
    return Fixed(
        names, tuple(value for _, value in first), tuple(value for _, value in last), isolation
    )


def call_before(settings: Settings) -> str:
    """The statement that calls the operator's function before every request's own."""
    if not settings.db_pre_request:
        return ""
    schema, dot, name = settings.db_pre_request.rpartition(".")
    qualified = f"{quoted_name(schema)}." if dot else ""
    return f"SELECT {qualified}{quoted_name(name)}()"


def encode_headers(headers: list[tuple[bytes, bytes]]) -> tuple[str, str]:
    """The request's headers and its cookies, each as a JSON object of texts.

    >>> encode_headers([(b"accept", b"text/csv"), (b"cookie", b"a=1; b=2")])
    ('{"accept":"text/csv"}', '{"a":"1","b":"2"}')
    """
    found: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for name, value in headers:
        text = value.decode("utf-8", "replace")
        if name == b"cookie":
            cookies |= read_cookies(text)
        else:
            found[name.decode("latin-1")] = text
    return msgspec.json.encode(found).decode(), msgspec.json.encode(cookies).decode()


def read_cookies(text: str) -> dict[str, str]:
    """The names and values of a ``Cookie`` header, taken as they stand."""
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {name: value for name, _, value in pairs if name}

"""Every knob, with its unit and default; a misspelt variable is refused with the nearest name.

To add one: a field here and a row in ``docs/settings.md``. A field ``db_pool`` is read
from ``AUTOAPI_DB_POOL``; those in ``PLAIN_NAMES`` have a name of their own besides.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from dotenv import dotenv_values

from autoapi.budgets import read_budgets
from autoapi.errors import SettingsError, nearest
from autoapi.setting_forms import (
    check_audience,
    check_direct_url,
    check_header_name,
    check_proxy_address,
    check_reuse_of_port,
    check_schemas,
    check_secret,
    check_socket_mode,
    read_database_url,
)

__all__ = ["RELOADABLE", "Settings"]

PREFIX = "AUTOAPI_"

# Field -> the names it is also read from, the first found winning over the prefixed one.
PLAIN_NAMES: dict[str, tuple[str, ...]] = {
    "database_url": ("AUTOAPI_DB_URI", "DATABASE_URL"),
    "jwt_secret": ("JWT_SECRET_KEY",),
    "secret_key": ("SECRET_KEY",),
    "app_name": ("APP_NAME",),
    "app_version": ("APP_VERSION",),
    "environment": ("ENVIRONMENT",),
    "debug": ("DEBUG",),
    "enable_docs": ("ENABLE_DOCS",),
    "enable_metrics": ("ENABLE_METRICS",),
    "port": ("AUTOAPI_SERVER_PORT", "PORT"),
    # PostgREST's older names, without their prefix.
    "db_max_rows": ("AUTOAPI_MAX_ROWS",),
    "db_schemas": ("AUTOAPI_DB_SCHEMA",),
    "db_pre_request": ("AUTOAPI_PRE_REQUEST",),
    "db_root_spec": ("AUTOAPI_ROOT_SPEC",),
    "db_pool_max_idletime": ("AUTOAPI_DB_POOL_TIMEOUT",),
    "jwt_role_claim_key": ("AUTOAPI_ROLE_CLAIM_KEY",),
    "jwt_secret_is_base64": ("AUTOAPI_SECRET_IS_BASE64",),
}
APP_SETTINGS = f"{PREFIX}APP_SETTINGS_"

TransactionEnd = Literal["commit", "commit-allow-override", "rollback", "rollback-allow-override"]

TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
FALSE = frozenset({"false", "no", "off", "0", "f", "n"})
MAY_BE_EMPTY = frozenset(
    {"rest_prefix", "batch_path", "db_extra_search_path", "schema_history"}
)  # where that is a value
# What may change while the service runs; sockets, the pool and the mounts may not.
RELOADABLE = frozenset(
    {
        "admin_role",
        "app_settings",
        "budgets",
        "client_error_verbosity",
        "db_aggregates_enabled",
        "db_anon_role",
        "db_channel",
        "db_channel_enabled",
        "db_config",
        "db_extra_search_path",
        "db_hoisted_tx_settings",
        "db_max_rows",
        "db_plan_enabled",
        "db_pool_automatic_recovery",
        "db_pre_config",
        "db_pre_request",
        "db_prepared_statements",
        "db_root_spec",
        "db_schemas",
        "db_tx_end",
        "jwt_aud",
        "jwt_cache_max_entries",
        "jwt_jwks_url",
        "jwt_role_claim_key",
        "jwt_secret",
        "jwt_secret_is_base64",
        "log_level",
        "log_query",
        "log_slow_query",
        "metrics_token",
        "openapi_mode",
        "openapi_security_active",
        "openapi_server_proxy_uri",
        "server_cors_allowed_origins",
        "server_timing_enabled",
        "server_trace_header",
        "url_use_legacy_target_names",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can set. Times in seconds, sizes in bytes; see ``docs/settings.md``."""

    database_url: str = "sqlite:///autoapi.db"
    db_direct_url: str = ""  # the same database past the pooler, for notifications
    db_schemas: tuple[str, ...] = ("public",)
    db_anon_role: str = ""  # the database role of callers without a token; empty: none
    db_max_rows: int = 0  # longest list; 0: none on the strict mount, 1,000 on the friendly one
    db_pool: int = 10  # most connections
    db_pool_acquisition_timeout: float = 10.0
    db_pool_max_idletime: float = 30.0
    db_pool_max_lifetime: float = 1_800.0
    db_pool_automatic_recovery: bool = True
    db_connect_timeout: float = 5.0
    db_statement_timeout: float = 30.0  # 0 for the database's own
    db_aggregates_enabled: bool = False
    db_plan_enabled: bool = False
    db_prepared_statements: bool = True  # False behind a pooler in transaction mode
    db_extra_search_path: tuple[str, ...] = ("public",)
    db_pre_request: str = ""  # a function called before each statement
    db_pre_config: str = ""  # a function that sets settings
    db_config: bool = True  # whether the database may set settings
    db_root_spec: str = ""  # a function that answers at the root
    db_tx_end: TransactionEnd = "commit"
    db_hoisted_tx_settings: tuple[str, ...] = (
        "statement_timeout",
        "plan_filter.statement_cost_limit",
        "default_transaction_isolation",
    )
    db_channel: str = "pgrst"
    db_channel_enabled: bool = True
    db_schema_poll_interval: float = 1.0  # seconds between looks at the schema; 0: none
    app_settings: tuple[tuple[str, str], ...] = ()  # (name, value) of AUTOAPI_APP_SETTINGS_<NAME>
    jwt_secret: str = ""  # text, a JWK, a JWKS, or @file
    jwt_secret_is_base64: bool = False
    jwt_jwks_url: str = ""
    jwt_aud: str = ""
    jwt_role_claim_key: str = "$.role"
    jwt_cache_max_entries: int = 1_000
    secret_key: str = ""
    admin_role: str = "admin"  # the role of tokens that may use /database-tools
    anonymous: Literal["none", "read", "write"] = "none"
    rest_prefix: str = "/rest/v1"
    budgets: str = ""  # what requests of each role may cost; see ``budgets``
    rules_timeout: float = 10.0  # for a write with rules in Python, in seconds; 0: no limit
    overrides: str = ""  # import path of the package whose modules add rules; empty: none
    batch_path: str = "/batch"  # where several operations are one request; empty: nowhere
    batch_operations: int = 100  # most of them
    idempotency_lifetime: float = 86_400.0  # seconds that answers are kept; 0: none is
    if_match_required: bool = False  # whether a change of an item must name its state
    max_body: int = 10_000_000
    exports: int = 2  # most answers that are streamed at a time, by one process
    request_timeout: float = 60.0  # for the answer of a table, in seconds; 0: no limit
    client_error_verbosity: Literal["verbose", "minimal"] = "verbose"
    openapi_mode: Literal["follow-privileges", "ignore-privileges", "disabled"] = (
        "follow-privileges"
    )
    openapi_security_active: bool = False
    openapi_server_proxy_uri: str = ""
    url_use_legacy_target_names: bool = True
    server_host: str = "127.0.0.1"
    server_reuseport: bool = False
    server_unix_socket: str = ""
    server_unix_socket_mode: str = "660"
    server_cors_allowed_origins: tuple[str, ...] = ()  # empty: any, without credentials
    server_timing_enabled: bool = False
    server_trace_header: str = ""
    admin_server_host: str = ""  # empty: the same as server_host
    admin_server_port: int = 0  # 0: no admin server
    admin_server_unix_socket: str = ""
    admin_server_unix_socket_mode: str = "660"
    app_name: str = "autoapi"
    app_version: str = "1"
    environment: Literal["development", "production"] = "development"
    debug: bool = False
    generated: str = "generated"  # the folder of generated files
    schema_history: str = ".autoapi/history.db"  # a file; empty: in memory; off: none
    compare_url: str = ""  # another database, which schema/compare may read
    advise_ignore: tuple[str, ...] = ()  # rules, or rule:object, that advise is silent about
    migrations: str = "migrations"  # the folder whose versions/ hold the revisions
    migrations_lock_timeout: float = 3.0  # seconds that a statement may wait for a lock
    migrations_scratch_url: str = ""  # an empty database to try them in, for who may make none
    migrations_wait: float = 60.0  # seconds to wait for another migration to end
    enable_docs: bool = True
    enable_metrics: bool = True  # whether /metrics is there
    metrics_token: str = ""  # what a scraper sends as its bearer token
    log_level: Literal["debug", "info", "warn", "warning", "error", "crit"] = "error"
    log_query: bool = False
    traces: bool = False  # whether OpenTelemetry is told of each request
    log_slow_query: float = 1.0  # seconds from which a statement is told; 0: none is
    port: int = 8000

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = None
    ) -> Self:
        """Read the environment, and ``.env`` for what it leaves unset.

        Raises SettingsError for a name that no field has, or a value that does not fit.
        """
        given: dict[str, str] = {}
        if dotenv is not None and dotenv.is_file():
            given |= {name: text or "" for name, text in dotenv_values(dotenv).items()}
        given |= os.environ if environ is None else environ
        settings = cls(**read_fields(cls, given))
        settings.check()
        return settings

    def check(self) -> None:
        """Refuse what cannot work; what is not safe is ``production``'s. Raises SettingsError."""
        if self.rest_prefix and not self.rest_prefix.startswith("/"):
            raise SettingsError("AUTOAPI_REST_PREFIX must start with '/' or be empty")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and value < 0:
                raise SettingsError(f"{PREFIX}{field.name.upper()} must not be below 0")
        check_direct_url(self.db_direct_url, self.dialect)
        if self.exports < 1:
            raise SettingsError("AUTOAPI_EXPORTS must be at least 1")
        if self.db_pool < 1:
            raise SettingsError("AUTOAPI_DB_POOL must be at least 1")
        plain = not (self.jwt_secret_is_base64 or self.jwt_secret.lstrip().startswith(("@", "{")))
        # Production tells it with all else that is not safe.
        if self.jwt_secret and plain and self.environment != "production":
            check_secret(self.jwt_secret.encode())
        if self.jwt_jwks_url and not self.jwt_jwks_url.startswith(("https://", "http://")):
            raise SettingsError("AUTOAPI_JWT_JWKS_URL must start with https:// or http://")
        self.check_forms()

    def check_forms(self) -> None:
        """Refuse values that have not the form they must. Raises SettingsError."""
        if self.admin_server_port and self.admin_server_port == self.port:
            raise SettingsError(
                "AUTOAPI_ADMIN_SERVER_PORT: admin-server-port cannot be the same as server-port"
            )
        budgets = read_budgets(self.budgets)
        if self.dialect == "sqlite" and any(each.cost for each in budgets.values()):
            raise SettingsError(
                "AUTOAPI_BUDGETS: SQLite plans without costs, so none can be bounded"
            )
        check_schemas(self.db_schemas)
        check_audience(self.jwt_aud)
        check_header_name(self.server_trace_header)
        check_proxy_address(self.openapi_server_proxy_uri)
        check_reuse_of_port(self.server_reuseport)
        check_socket_mode("server-unix-socket-mode", self.server_unix_socket_mode)
        check_socket_mode("admin-server-unix-socket-mode", self.admin_server_unix_socket_mode)

    def changed_to(self, other: Self) -> Self:
        """These settings with those of ``other`` that may change while the service runs."""
        names = (field.name for field in fields(self) if field.name in RELOADABLE)
        return replace(self, **{name: getattr(other, name) for name in names})

    def with_texts(self, texts: Mapping[str, str], source: str) -> Self:
        """These settings with some given as texts, by field; an empty one is the default.

        Raises SettingsError, naming the setting after ``source``.
        """
        kinds = get_type_hints(type(self))
        default = type(self)()
        found = {
            name: read_value(f"{source}{name}", kinds[name], text)
            if text or name in MAY_BE_EMPTY
            else getattr(default, name)
            for name, text in texts.items()
        }
        changed = replace(self, **found)
        changed.check()
        return changed

    @property
    def dialect(self) -> Literal["postgresql", "sqlite"]:
        """Which database the URL names. Raises SettingsError for any other."""
        scheme = self.database_url.partition(":")[0]
        if scheme == "sqlite":
            return "sqlite"
        if scheme in ("postgres", "postgresql") or scheme.startswith("postgresql+"):
            return "postgresql"
        raise SettingsError(
            f"DATABASE_URL starts with '{scheme}:'; it must be sqlite:///path or postgresql://..."
        )

    @property
    def times_stages(self) -> bool:
        """Whether the stages of each request are wanted, not of some only."""
        return self.server_timing_enabled or self.log_level in ("info", "debug")

    @property
    def callers_end_transactions(self) -> bool:
        """Whether ``Prefer: tx`` says how a transaction ends."""
        return self.db_tx_end.endswith("-allow-override")

    @property
    def verbose_errors(self) -> bool:
        """Whether errors tell more than their code and message."""
        return self.client_error_verbosity == "verbose"

    @property
    def friendly_cap(self) -> int:
        """The longest list on the friendly mount."""
        return self.db_max_rows or 1_000

    @property
    def strict_cap(self) -> int | None:
        """The longest list on the strict mount."""
        return self.db_max_rows or None


def read_fields(cls: type[Settings], given: Mapping[str, str]) -> dict[str, Any]:
    """Texts by variable to values by field."""
    kinds = get_type_hints(cls)
    known = {PREFIX + field.name.upper(): field.name for field in fields(cls)}
    del known[APP_SETTINGS.removesuffix("_")]
    others = {name for names in PLAIN_NAMES.values() for name in names}
    for name in sorted(given):
        if name.startswith(APP_SETTINGS):
            continue
        if name.startswith(PREFIX) and name not in known and name not in others:
            near = nearest(name, known)
            hint = f"; did you mean {near}?" if near else ""
            raise SettingsError(f"{name} is not a setting{hint}")
    found: dict[str, Any] = {"app_settings": read_app_settings(given)}
    for variable, field in known.items():
        for name in (variable, *PLAIN_NAMES.get(field, ())):
            # An empty variable is as good as none, as in compose files.
            if given.get(name) or (name in given and field in MAY_BE_EMPTY):
                found[field] = read_value(name, kinds[field], given[name])
                break
    if "database_url" in found:
        found["database_url"] = read_database_url(found["database_url"])
    for name in ("db_direct_url", "compare_url"):
        if name in found:
            found[name] = read_database_url(found[name], PREFIX + name.upper())
    return found


def read_app_settings(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What functions of the database read by ``current_setting('app.settings.name')``."""
    return tuple(
        (f"app.settings.{name.removeprefix(APP_SETTINGS).lower()}", text)
        for name, text in sorted(given.items())
        if name.startswith(APP_SETTINGS)
    )


def read_value(name: str, kind: Any, text: str) -> Any:
    """One text as its field's type."""
    if get_origin(kind) is Literal:
        if text.lower() not in get_args(kind):
            raise SettingsError(f"{name} must be one of {', '.join(get_args(kind))}, not '{text}'")
        return text.lower()
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        lower = text.lower()
        if lower not in TRUE | FALSE and not lower.isdigit():
            raise SettingsError(f"{name} must be true or false, not '{text}'")
        return lower in TRUE or (lower.isdigit() and int(lower) > 0)
    return read_number(name, kind, text)


def read_number(name: str, kind: type[int] | type[float], text: str) -> int | float | str:
    """One text as a number, which must be one that can be counted to; other kinds as they are."""
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if isinstance(value, float) and not math.isfinite(value):
        wanted = "a whole number" if kind is int else "a number"
        raise SettingsError(f"{name} must be {wanted}, not '{text}'")
    return value

"""Settings that the database gives: of the login role, or by a function (PostgREST's in-db config).

``ALTER ROLE login SET pgrst.db_schemas = 'api'``, the same ``IN DATABASE`` (which wins),
or ``set_config('pgrst.db_schemas', 'api', true)`` in the function that ``db_pre_config``
names (which yields to both). They win over the environment. What a reload may not change,
such as ports and the pool, is not theirs to set and is passed over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg2
from psycopg2 import sql

from autoapi.settings import Settings

__all__ = ["read_database_settings", "settings_with_database"]

PREFIX = "pgrst."
NAMES = (
    "client_error_verbosity",
    "db_aggregates_enabled",
    "db_anon_role",
    "db_extra_search_path",
    "db_hoisted_tx_settings",
    "db_max_rows",
    "db_plan_enabled",
    "db_pre_config",
    "db_pre_request",
    "db_prepared_statements",
    "db_root_spec",
    "db_schemas",
    "db_tx_end",
    "jwt_aud",
    "jwt_cache_max_entries",
    "jwt_role_claim_key",
    "jwt_secret",
    "jwt_secret_is_base64",
    "openapi_mode",
    "openapi_security_active",
    "openapi_server_proxy_uri",
    "server_cors_allowed_origins",
    "server_timing_enabled",
    "server_trace_header",
    "url_use_legacy_target_names",
)

OF_ROLE = """
    SELECT split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)
    FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS one
    WHERE setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
      AND setdatabase IN
        (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
    ORDER BY setdatabase
"""
BY_FUNCTION = """
    SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name
    WHERE current_setting(name, true) IS NOT NULL
"""


def settings_with_database(settings: Settings) -> Settings:
    """The settings with what the database sets; blocks.

    Raises psycopg2.Error when the database cannot be asked, SettingsError for a value that
    cannot be used.
    """
    if not settings.db_config or settings.dialect != "postgresql":
        return settings
    return settings.with_texts(read_database_settings(settings), PREFIX)


def read_database_settings(settings: Settings) -> Mapping[str, str]:
    """What the database sets, by field. Raises psycopg2.Error."""
    seconds = max(1, math.ceil(settings.db_connect_timeout))
    url = settings.database_url.replace("postgresql+psycopg2://", "postgresql://", 1)
    with closing(psycopg2.connect(url, connect_timeout=seconds)) as connection:
        connection.set_session(readonly=True)
        with connection.cursor() as cursor:
            cursor.execute(OF_ROLE)
            of_role = dict(cursor.fetchall())
            function = of_role.get(f"{PREFIX}db_pre_config") or settings.db_pre_config
            found = call_function(cursor, function) if function else {}
            found |= of_role
    return {name: found[PREFIX + name] for name in NAMES if PREFIX + name in found}


def call_function(cursor: Any, function: str) -> dict[str, str]:
    """What a function sets for the transaction it is called in."""
    parts = function.split(".", 1)
    call = sql.SQL("SELECT FROM {}() AS called").format(sql.Identifier(*parts))
    cursor.execute(call)
    cursor.execute(BY_FUNCTION, ([PREFIX + name for name in NAMES],))
    return dict(cursor.fetchall())

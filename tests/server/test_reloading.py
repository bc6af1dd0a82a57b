"""Settings while the service runs: out of the database, and read again on a signal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from autoapi.auth import make_token
from autoapi.database_settings import read_database_settings, settings_with_database
from autoapi.errors import SettingsError
from autoapi.service import Service
from autoapi.settings import Settings
from tests.conftest import run_sql
from tests.server.process import Serving, serving, until
from tests.service import SECRET, running

OTHER = "another secret that is long enough for all"
LOGIN = "settings_login"


@pytest.fixture
def login_url(postgres_server_url: str, postgres_url: str) -> Iterator[str]:
    """A database with one view, and a login of its own to it."""
    run_sql(postgres_url, "CREATE SCHEMA api; CREATE TABLE api.things (id int);")
    run_sql(postgres_url, "CREATE TABLE public.others (id int); CREATE SCHEMA settings;")
    run_sql(
        postgres_url,
        f"CREATE ROLE {LOGIN} LOGIN; GRANT USAGE ON SCHEMA api, settings TO {LOGIN};"
        f" GRANT SELECT ON api.things, public.others TO {LOGIN};",
    )
    yield postgres_url.replace("postgres@", f"{LOGIN}@")
    run_sql(postgres_url, f"DROP OWNED BY {LOGIN}")
    run_sql(postgres_server_url, f"DROP ROLE {LOGIN}")


def set_for_login(url: str, name: str, value: str, where: str = "") -> None:
    """Make a setting of the login role, in one database if ``where`` says so."""
    superuser = url.replace(f"{LOGIN}@", "postgres@")
    run_sql(superuser, f"ALTER ROLE {LOGIN} {where} SET pgrst.{name} = '{value}'")


def name_of(url: str) -> str:
    """The name of the database."""
    return url.rpartition("/")[2]


def test_the_login_role_sets_and_its_own_database_wins(login_url: str) -> None:
    set_for_login(login_url, "db_schemas", "api, public")
    set_for_login(login_url, "jwt_aud", "for=all")
    set_for_login(login_url, "jwt_aud", "https://here", f"IN DATABASE {name_of(login_url)}")
    set_for_login(login_url, "jwt_role_claim_key", "$.a.role")
    set_for_login(login_url, "db_max_rows", "500")
    set_for_login(login_url, "server_timing_enabled", "true")
    set_for_login(login_url, "client_error_verbosity", "minimal")
    set_for_login(login_url, "db_pool", "99")
    set_for_login(login_url, "server_port", "1")
    set_for_login(login_url, "log_level", "nonsense")
    set_for_login(login_url, "not_existing", "ignored")

    given = Settings(database_url=login_url, db_schemas=("public",), db_pool=3)
    found = settings_with_database(given)

    assert (found.db_schemas, found.jwt_aud) == (("api", "public"), "https://here")
    assert (found.jwt_role_claim_key, found.db_max_rows) == ("$.a.role", 500)
    assert (found.server_timing_enabled, found.client_error_verbosity) == (True, "minimal")
    assert (found.db_pool, found.port, found.log_level) == (3, given.port, given.log_level)


PRE_CONFIG = """
CREATE FUNCTION settings.pre() RETURNS void LANGUAGE sql AS $$
  SELECT set_config('pgrst.db_schemas', 'api', true),
         set_config('pgrst.jwt_secret', 'REALLY=REALLY=REALLY=REALLY=VERY=SAFE', true),
         set_config('pgrst.jwt_aud', 'of the function', true) $$
"""


def test_a_function_sets_what_the_login_role_does_not(login_url: str) -> None:
    run_sql(login_url.replace(f"{LOGIN}@", "postgres@"), PRE_CONFIG)
    set_for_login(login_url, "jwt_aud", "of the role")
    given = Settings(database_url=login_url, db_pre_config="settings.pre")

    assert read_database_settings(given) == {
        "db_schemas": "api",
        "jwt_aud": "of the role",
        "jwt_secret": "REALLY=REALLY=REALLY=REALLY=VERY=SAFE",
    }
    set_for_login(login_url, "db_pre_config", "settings.pre")
    assert read_database_settings(Settings(database_url=login_url))["db_schemas"] == "api"


def test_the_database_sets_nothing_where_that_is_switched_off(login_url: str) -> None:
    set_for_login(login_url, "db_schemas", "api")
    given = Settings(database_url=login_url, db_config=False)

    assert settings_with_database(given) is given


def test_an_empty_value_of_the_database_is_the_default(login_url: str) -> None:
    set_for_login(login_url, "db_schemas", "")
    set_for_login(login_url, "db_extra_search_path", "")
    found = settings_with_database(Settings(database_url=login_url, db_schemas=("api",)))

    assert (found.db_schemas, found.db_extra_search_path) == (("public",), ())


def test_a_value_of_the_database_that_cannot_be_used_is_named(login_url: str) -> None:
    set_for_login(login_url, "db_tx_end", "random")

    with pytest.raises(SettingsError, match=r"^pgrst.db_tx_end must be one of commit"):
        settings_with_database(Settings(database_url=login_url))


def test_a_service_serves_what_the_database_sets(login_url: str) -> None:
    set_for_login(login_url, "db_schemas", "api")
    with running(login_url, anonymous="read") as api:
        assert api.get("/rest/v1/things").status_code == 200
        assert api.get("/rest/v1/others").status_code == 404


@pytest.mark.parametrize("broken", ["db_tx_end", "jwt_secret", "db_pre_config"])
def test_a_service_serves_in_spite_of_what_the_database_sets_wrongly(
    login_url: str, broken: str
) -> None:
    set_for_login(login_url, broken, "nonsense")
    with running(login_url, anonymous="read") as api:
        assert api.get("/rest/v1/others").status_code == 200


def ask(server: Serving, secret: str) -> httpx.Response:
    """A request with a token signed with a secret."""
    with server.client() as client:
        headers = {"Authorization": f"Bearer {make_token(secret, 'postgres', 600)}"}
        return client.get("/rest/v1/others", headers=headers)


def test_a_secret_in_a_file_is_read_again_on_a_signal(tmp_path: Path, login_url: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    superuser = login_url.replace(f"{LOGIN}@", "postgres@")
    with serving(tmp_path, DATABASE_URL=superuser, AUTOAPI_JWT_SECRET=f"@{secret}") as server:
        assert ask(server, SECRET).status_code == 200
        assert ask(server, OTHER).status_code == 401
        secret.write_text(OTHER)
        server.signal(signal.SIGUSR2)
        until(lambda: ask(server, OTHER).status_code == 200)
        assert ask(server, SECRET).status_code == 401  # though it was remembered

        secret.write_text("short")
        server.signal(signal.SIGUSR2)
        until(lambda: server.events("SettingsRefused"))
        assert ask(server, OTHER).status_code == 200


def test_settings_of_the_database_and_of_a_dotenv_are_read_again_on_a_signal(
    tmp_path: Path, login_url: str
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("AUTOAPI_LOG_LEVEL=crit\nAUTOAPI_DB_POOL=2\n")
    with serving(tmp_path, DATABASE_URL=login_url, AUTOAPI_ANONYMOUS="read") as server:
        with server.client() as client:
            assert client.get("/rest/v1/things").status_code == 404
            set_for_login(login_url, "db_schemas", "api")
            dotenv.write_text("AUTOAPI_LOG_LEVEL=info\nAUTOAPI_DB_POOL=3\n")
            server.signal(signal.SIGUSR2)
            until(lambda: client.get("/rest/v1/things").status_code == 200)
            # Schemas and level are put in place one after the other, so one answer is not enough.
            until(lambda: client.get("/rest/v1/things") and server.events("RequestAnswered"))
        changed = server.events("SettingsChanged")
        assert {name for event in changed for name in event["names"]} == {"db_schemas", "log_level"}


def test_a_signal_while_settings_are_read_is_followed_after_it(tmp_path: Path) -> None:
    asked: list[int] = []

    def source() -> Settings:
        asked.append(len(asked))
        return Settings(database_url=f"sqlite:///{tmp_path}/a.db", db_max_rows=len(asked))

    async def signal_twice() -> int | None:
        service = Service(Settings(database_url=f"sqlite:///{tmp_path}/a.db"), source)
        service.begin_reload()
        await asyncio.sleep(0)
        assert asked == [0]
        service.begin_reload()  # the first is still under way
        assert service.reloading.under_way is not None
        await service.reloading.under_way
        rows = service.settings.db_max_rows
        await service.stop()
        return rows

    assert asyncio.run(signal_twice()) == 2
    assert len(asked) == 2

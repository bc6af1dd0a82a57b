"""Settings: read from the environment and ``.env``, and refused when they cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoapi.errors import SettingsError
from autoapi.settings import Settings

LONG = "x" * 32


def read(**environ: str) -> Settings:
    """The settings of an environment."""
    return Settings.from_environment(environ)


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read() == Settings()
    assert Settings().anonymous == "none"
    assert Settings().jwt_secret == ""


def test_every_field_is_read_from_its_variable() -> None:
    settings = read(
        AUTOAPI_DB_POOL="3",
        AUTOAPI_DB_POOL_ACQUISITION_TIMEOUT="0.5",
        AUTOAPI_ANONYMOUS="Read",
        AUTOAPI_DB_AGGREGATES_ENABLED="yes",
        AUTOAPI_REST_PREFIX="/api",
    )

    assert (settings.db_pool, settings.db_pool_acquisition_timeout) == (3, 0.5)
    assert (settings.anonymous, settings.db_aggregates_enabled) == ("read", True)
    assert settings.rest_prefix == "/api"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("AUTOAPI_DB_POL", "AUTOAPI_DB_POOL"),
        ("AUTOAPI_ANONYMUS", "AUTOAPI_ANONYMOUS"),
        ("AUTOAPI_JWT_SECRETS", "AUTOAPI_JWT_SECRET"),
        ("AUTOAPI_DB_MAXROWS", "AUTOAPI_DB_MAX_ROWS"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest_name(name: str, near: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not a setting; did you mean {near}"):
        read(**{name: "1"})


def test_a_variable_like_none_is_refused_without_a_guess() -> None:
    with pytest.raises(SettingsError, match=r"^AUTOAPI_ZZZ is not a setting$"):
        read(AUTOAPI_ZZZ="1")


def test_other_variables_are_nobodys_business() -> None:
    assert read(PATH="/bin", DB_POOL="three", AUTOAPPI_X="1") == Settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AUTOAPI_DB_POOL", "ten", "AUTOAPI_DB_POOL must be a whole number, not 'ten'"),
        ("AUTOAPI_DB_POOL", "1.5", "AUTOAPI_DB_POOL must be a whole number, not '1.5'"),
        ("AUTOAPI_DB_POOL", "0", "AUTOAPI_DB_POOL must be at least 1"),
        ("AUTOAPI_DB_STATEMENT_TIMEOUT", "long", "must be a number, not 'long'"),
        ("AUTOAPI_DB_STATEMENT_TIMEOUT", "-1", "must not be below 0"),
        ("AUTOAPI_DB_CONNECT_TIMEOUT", "nan", "must be a number, not 'nan'"),
        ("AUTOAPI_MAX_BODY", "-1", "must not be below 0"),
        ("AUTOAPI_ANONYMOUS", "all", "must be one of none, read, write, not 'all'"),
        ("AUTOAPI_ENVIRONMENT", "test", "must be one of development, production"),
        ("DEBUG", "perhaps", "DEBUG must be true or false, not 'perhaps'"),
        ("PORT", "http", "PORT must be a whole number, not 'http'"),
        ("AUTOAPI_REST_PREFIX", "api", "AUTOAPI_REST_PREFIX must start with '/'"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL starts with 'mysql:'"),
        ("JWT_SECRET_KEY", "short", "must be at least 32 characters long"),
        ("AUTOAPI_JWT_SECRET", "x" * 31, "must be at least 32 characters long"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})

    assert said in str(caught.value)


def test_a_refused_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        read(AUTOAPI_JWT_SECRET="hunter2")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "on", "1", "2", "t", "y"])
def test_truth_has_several_spellings(text: str) -> None:
    assert read(DEBUG=text).debug is True


@pytest.mark.parametrize("text", ["false", "No", "off", "0", "f", "n"])
def test_so_has_its_opposite(text: str) -> None:
    assert read(ENABLE_DOCS=text).enable_docs is False


def test_an_empty_variable_is_as_good_as_none() -> None:
    names = ("DB_POOL", "LOG_LEVEL", "DB_PREPARED_STATEMENTS", "DB_TX_END", "JWT_ROLE_CLAIM_KEY")

    assert read(**{f"AUTOAPI_{name}": "" for name in names}) == Settings()
    assert read(AUTOAPI_PORT="", PORT="5").port == 5


def test_where_nothing_is_a_value_an_empty_variable_is_it() -> None:
    settings = read(AUTOAPI_REST_PREFIX="", AUTOAPI_DB_EXTRA_SEARCH_PATH="")

    assert (settings.rest_prefix, settings.db_extra_search_path) == ("", ())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SERVER_UNIX_SOCKET_MODE", "800", "Invalid server-unix-socket-mode: not an octal"),
        ("SERVER_UNIX_SOCKET_MODE", "577", "needs to be between 600 and 777"),
        ("ADMIN_SERVER_UNIX_SOCKET_MODE", "1000", "needs to be between 600 and 777"),
        ("JWT_AUD", "foo://%%$$^^.com", "jwt-aud should be a string or a valid URI"),
        ("JWT_AUD", "http://%%localhorst.invalid", "jwt-aud should be a string or a valid URI"),
        ("OPENAPI_SERVER_PROXY_URI", "htp:/@@localhorst.invalid", "Malformed proxy uri"),
        ("OPENAPI_SERVER_PROXY_URI", "https://example.org:0", "Malformed proxy uri"),
        ("OPENAPI_SERVER_PROXY_URI", "https://example.org?a=b", "Malformed proxy uri"),
        ("OPENAPI_SERVER_PROXY_URI", "https://user@example.org", "Malformed proxy uri"),
        ("DB_SCHEMAS", "public, pg_catalog", "does not allow schema: 'pg_catalog'"),
        ("DB_SCHEMAS", "autoapi", "does not allow schema: 'autoapi'"),
        ("DB_SCHEMAS", "information_schema", "does not allow schema: 'information_schema'"),
        ("DB_TX_END", "random", "must be one of commit, commit-allow-override"),
        ("OPENAPI_MODE", "follow-", "must be one of follow-privileges"),
        ("LOG_LEVEL", "never", "must be one of debug, info, warn"),
        ("CLIENT_ERROR_VERBOSITY", "invalid", "must be one of verbose, minimal"),
        ("SERVER_TRACE_HEADER", "X Y", "must be the name of a header"),
        ("ADMIN_SERVER_PORT", "8000", "admin-server-port cannot be the same as server-port"),
        ("DB_URI", "host='", "neither a URL nor"),
        ("DB_URI", "@/no/such/file", "cannot read /no/such/file"),
    ],
)
def test_a_value_of_the_wrong_form_stops_the_start(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{f"AUTOAPI_{name}": value})

    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_AUD", "https://example.org/a?b=c"),
        ("JWT_AUD", "urn:uuid:f81d4fae"),
        ("JWT_AUD", "just a text"),
        ("OPENAPI_SERVER_PROXY_URI", "https://example.com:8443/basePath"),
        ("SERVER_UNIX_SOCKET_MODE", "0777"),
    ],
)
def test_a_value_of_the_right_form_is_taken(name: str, value: str) -> None:
    assert getattr(read(**{f"AUTOAPI_{name}": value}), name.lower()) == value


def test_the_database_may_be_named_in_each_of_libpqs_forms(tmp_path: Path) -> None:
    url = "postgresql://user:pass@host:5433/name"
    path = tmp_path / "url"
    path.write_text(f"{url}\n")

    assert read(AUTOAPI_DB_URI=url).database_url == url
    assert read(AUTOAPI_DB_URI=f"@{path}").database_url == url
    pairs = read(DATABASE_URL="host=localhost port=5433 user=me password='a b' dbname=d")
    assert pairs.database_url == (
        "postgresql://?dbname=d&host=localhost&password=a%20b&port=5433&user=me"
    )
    assert pairs.dialect == "postgresql"
    assert read(DATABASE_URL="postgresql://").dialect == "postgresql"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("public", ("public",)),
        ("api, private ,", ("api", "private")),
        ("a,b,c", ("a", "b", "c")),
    ],
)
def test_a_list_is_split_at_its_commas(text: str, found: tuple[str, ...]) -> None:
    assert read(AUTOAPI_DB_SCHEMAS=text).db_schemas == found


def test_no_schema_at_all_is_refused() -> None:
    with pytest.raises(SettingsError, match="AUTOAPI_DB_SCHEMAS"):
        read(AUTOAPI_DB_SCHEMAS=" , ")


def test_the_prefixed_name_wins_over_the_plain_one() -> None:
    settings = read(AUTOAPI_PORT="1", PORT="2", JWT_SECRET_KEY=LONG, DATABASE_URL="sqlite:///x.db")

    assert (settings.port, settings.jwt_secret) == (1, LONG)
    assert settings.database_url == "sqlite:///x.db"


def test_a_dotenv_fills_in_what_the_environment_leaves_unset(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text('# a comment\nPORT=5\nAUTOAPI_DB_POOL="7"\nAPP_NAME=from file\n')

    settings = Settings.from_environment({"PORT": "6"}, dotenv)

    assert (settings.port, settings.db_pool, settings.app_name) == (6, 7, "from file")


def test_a_misspelt_name_in_a_dotenv_is_refused_too(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("AUTOAPI_DB_POL=7\n")

    with pytest.raises(SettingsError, match="AUTOAPI_DB_POOL"):
        Settings.from_environment({}, dotenv)


def test_a_dotenv_that_is_not_there_is_no_mistake(tmp_path: Path) -> None:
    assert Settings.from_environment({}, tmp_path / ".env") == Settings()


@pytest.mark.parametrize(
    ("url", "dialect"),
    [
        ("sqlite:///x.db", "sqlite"),
        ("postgres://u@h/d", "postgresql"),
        ("postgresql://u@h/d", "postgresql"),
        ("postgresql+psycopg2://u@h/d", "postgresql"),
    ],
)
def test_the_url_tells_the_database(url: str, dialect: str) -> None:
    assert read(DATABASE_URL=url).dialect == dialect


def test_the_longest_list_is_bounded_on_the_friendly_mount_alone_by_default() -> None:
    assert (read().friendly_cap, read().strict_cap) == (1000, None)
    bounded = read(AUTOAPI_DB_MAX_ROWS="50")
    assert (bounded.friendly_cap, bounded.strict_cap) == (50, 50)

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
        ("AUTOAPI_DB_POOL", "", "AUTOAPI_DB_POOL must be a whole number, not ''"),
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


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "on", "1", "t", "y"])
def test_truth_has_several_spellings(text: str) -> None:
    assert read(DEBUG=text).debug is True


@pytest.mark.parametrize("text", ["false", "No", "off", "0", "f", "n", ""])
def test_so_has_its_opposite(text: str) -> None:
    assert read(ENABLE_DOCS=text).enable_docs is False


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

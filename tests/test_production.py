"""What production does not start with, each told by name and none of it shown."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from autoapi.errors import SettingsError
from autoapi.events import Event, SettingsRefused, subscribe
from autoapi.production import check_production, production_faults
from autoapi.service import Service
from autoapi.settings import Settings
from tests.server.process import refused
from tests.shop import make_sqlite

GOOD = "Qm9vazogdGhlIHNlY3JldCBvZiB0aGlzIGZpbGUu4pyT"


def faults(**settings: Any) -> list[str]:
    """What is said of settings that have a good secret unless they say otherwise."""
    given: dict[str, Any] = {"environment": "production", "jwt_secret": GOOD}
    return list(production_faults(Settings(**(given | settings))))


def test_nothing_is_said_of_good_settings() -> None:
    assert faults() == []
    assert faults(jwt_secret="", jwt_jwks_url="https://issuer/keys") == []
    assert faults(server_cors_allowed_origins=("https://shop.example",)) == []
    assert faults(secret_key=GOOD[::-1]) == []


@pytest.mark.parametrize(
    "secret",
    [
        "super-secret-jwt-token-with-at-least-32-characters-long",  # Supabase's own machine
        "reallyreallyreallyreallyverysafe",  # PostgREST's documentation
        "your-secret-key-here-please-make-it-long",
        "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE_ME",
        "my-dev-secret-my-Secret-for-the-tests!!!",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_a_secret_that_others_ship_is_none(secret: str) -> None:
    [told] = faults(jwt_secret=secret)

    assert told.startswith("JWT_SECRET_KEY (AUTOAPI_JWT_SECRET) is one that templates")
    assert secret not in told
    encoded = b64encode(secret.encode()).decode()
    assert faults(jwt_secret=encoded, jwt_secret_is_base64=True) == [told]


@pytest.mark.parametrize("secret", ["x" * 40, "ab" * 20, "Hq7-zP1w" * 5])
def test_a_secret_that_repeats_itself_is_none(secret: str) -> None:
    [told] = faults(jwt_secret=secret)

    assert "repeats a few characters" in told


def test_each_other_fault_is_told_with_what_to_do() -> None:
    assert "no secret: set JWT_SECRET_KEY" in faults(jwt_secret="")[0]
    assert "SECRET_KEY is shorter than 32 bytes" in faults(secret_key="short")[0]
    assert faults(debug=True) == ["DEBUG is on: unset it"]
    assert "has '*', and origins" in faults(server_cors_allowed_origins=("https://a", "*"))[0]
    assert "has 'null', and" in faults(server_cors_allowed_origins=("null",))[0]


def test_only_production_refuses_and_names_all_of_it_at_once() -> None:
    unsafe = Settings(debug=True)
    check_production(unsafe)
    with pytest.raises(SettingsError) as caught:
        check_production(Settings(environment="production", debug=True))

    assert str(caught.value).count("\n  - ") == 2


def test_a_server_does_not_start(tmp_path: Path) -> None:
    given = {"DATABASE_URL": make_sqlite(tmp_path / "shop.db"), "DEBUG": "on"}
    secret = "please-change-me-before-you-go-live-now"

    status, said = refused(tmp_path, ENVIRONMENT="production", JWT_SECRET_KEY=secret, **given)

    assert status == 2
    assert said.startswith("autoapi: ENVIRONMENT is production, which is not safe with:\n  - JWT")
    assert said.endswith("\n  - DEBUG is on: unset it\n")
    assert secret not in said


def test_a_short_secret_is_told_with_all_the_rest(tmp_path: Path) -> None:
    given = {"DATABASE_URL": make_sqlite(tmp_path / "shop.db"), "DEBUG": "1"}
    origins = {"AUTOAPI_SERVER_CORS_ALLOWED_ORIGINS": "*"}
    short = {"ENVIRONMENT": "production", "JWT_SECRET_KEY": "hush-hush"}

    status, said = refused(tmp_path, **given, **origins, **short)

    assert status == 2
    told = [line.split()[1] for line in said.splitlines()[1:]]
    assert told == ["JWT_SECRET_KEY:", "DEBUG", "AUTOAPI_SERVER_CORS_ALLOWED_ORIGINS"]
    assert "hush-hush" not in said


def test_settings_read_again_do_not_bring_it_in(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    good = Settings(
        database_url=url, environment="production", jwt_secret=GOOD, schema_history="off"
    )
    bad = good.with_texts({"server_cors_allowed_origins": "*"}, "")
    heard: list[Event] = []

    async def reload() -> Service:
        service = Service(good, lambda: bad)
        await service.load()
        await service.reloading.read_again()
        await service.stop()
        return service

    stop = subscribe(heard.append)
    service = asyncio.run(reload())
    stop()

    assert service.settings.server_cors_allowed_origins == ()
    assert ["'*'" in each.reason for each in heard if isinstance(each, SettingsRefused)] == [True]

"""The migrated database served with the shipped overrides, and people who sign in to it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

import migrations
from autoapi.changes import OwnRights
from autoapi.execute import open_database
from autoapi.settings import Settings
from overrides import passwords, sign_in_settings, users
from tests.conftest import database_url, run_sql
from tests.service import Api, running

NUMBERS = count()
PASSWORD = "correct horse battery"
TESTING = {"HASHING_COST": "low", "ACCOUNT_FREE": "1000", "ADDRESS_FREE": "100000"}


@dataclass
class Person:
    """A user who has signed in."""

    api: Api
    id: int
    email: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """What a request of theirs carries."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def me(self) -> httpx.Response:
        """Their account, as they ask for it."""
        return self.api.get("/users/me", headers=self.headers)


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a migrated database, to be cloned."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('users')}/users.db"
        migrate(url)
        yield url
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"users_template_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    url = database_url(server, name)
    migrate(url.replace("postgresql://", "postgresql+psycopg2://"))
    yield url
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Bring a database to the newest revision."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        migrations.upgrade(connection)
    engine.dispose()


@contextmanager
def cloned(template: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A database of one's own."""
    if template.startswith("sqlite"):
        path = folder / f"users_{next(NUMBERS)}.db"
        shutil.copy(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"users_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template.rpartition("/")[2]}"')
    yield database_url(server, name)
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def sign_in_set(**settings: str) -> Iterator[None]:
    """Settings of signing in, for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("SIGN_IN_")]:
            patch.delenv(name)
        for name, text in {**TESTING, **settings}.items():
            patch.setenv(f"SIGN_IN_{name}", text)
        forget_settings()
        yield
    forget_settings()


def forget_settings() -> None:
    """Let the settings be read again."""
    for cached in (
        sign_in_settings.sign_in_settings,
        passwords.hashing,
        passwords.hash_of_nobody,
    ):
        cached.cache_clear()


@pytest.fixture(scope="module")
def served(
    template: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The service; strangers may do nothing, and register."""
    folder = tmp_path_factory.mktemp("served")
    with (
        cloned(template, request, folder) as url,
        sign_in_set(REGISTER="true"),
        running(url, anonymous="none", overrides="overrides") as api,
    ):
        yield api


@pytest.fixture
def own_url(template: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of a test's own."""
    with cloned(template, request, tmp_path) as url:
        yield url


def make_user(api: Api, role: str = "viewer", password: str = PASSWORD) -> tuple[int, str]:
    """An account, made as the command line makes administrators, of any role."""
    email = f"{role}{next(NUMBERS)}@example.com"

    async def make() -> int:
        database = open_database(Settings(database_url=api.url))
        try:
            wanted = users.NewUser(email=email, name=f"The {role}", password=password)
            own = OwnRights(lambda: database)
            return await users.add_user(own, wanted, role, "tests")  # type: ignore[arg-type]
        finally:
            await database.close()

    return asyncio.run(make()), email


def log_in(api: Api, email: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in with JSON."""
    return api.post("/users/login", json={"email": email, "password": password})


def person(api: Api, role: str = "viewer") -> Person:
    """Somebody of a role, signed in."""
    number, email = make_user(api, role)
    answer = log_in(api, email)
    assert answer.status_code == 200, answer.text
    return Person(api, number, email, answer.json())


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of an answer that is no success."""
    return answer.status_code, answer.json()["code"]

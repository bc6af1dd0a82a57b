"""On PostgreSQL a user's role is the database's, where it has it, and its policies hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.rows import execute
from tests.service import Api, running
from tests.sign_in.conftest import log_in, person, refusal, sign_in_set

ROLE = "accountant"
pytestmark = pytest.mark.parametrize("template", ["postgres"], indirect=True)


@pytest.fixture
def mapped(own_url: str) -> Iterator[Api]:
    """A service whose database knows one of the roles."""
    execute(
        own_url,
        f"CREATE ROLE {ROLE} NOLOGIN;"
        f" GRANT SELECT, INSERT, UPDATE ON manufacturers TO {ROLE};"
        " ALTER TABLE manufacturers ENABLE ROW LEVEL SECURITY;"
        f" CREATE POLICY own ON manufacturers TO {ROLE} USING"
        " (created_by = current_setting('request.jwt.claims')::json->>'sub')",
    )
    try:
        with sign_in_set(), running(own_url, anonymous="none", overrides="overrides") as api:
            yield api
    finally:
        execute(own_url, f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def test_policies_see_who_signed_in(mapped: Api) -> None:
    somebody, other = person(mapped, ROLE), person(mapped, ROLE)
    viewer = person(mapped, "viewer")
    for each in (somebody, other):
        execute(
            mapped.url,
            "INSERT INTO manufacturers (name, licence_no, created_by)"
            f" VALUES ('of {each.id}', 'L{each.id}', '{each.id}')",
        )

    answer = mapped.get("/manufacturers?select=name", headers=somebody.headers)
    assert answer.json() == [{"name": f"of {somebody.id}"}]
    answer = mapped.get("/manufacturers?select=name", headers=viewer.headers)
    assert len(answer.json()) == 2


def test_grants_hold_beside_the_permissions(mapped: Api) -> None:
    """The role may read orders by our permissions, and has no grant; and the other way round."""
    somebody = person(mapped, ROLE)

    assert refusal(mapped.get("/orders", headers=somebody.headers)) == (403, "42501")
    body = {"name": "M", "licence_no": "L"}
    answer = mapped.post("/manufacturers", json=body, headers=somebody.headers)
    assert refusal(answer) == (403, "AUTO121")


def test_a_role_without_rights_on_users_still_has_an_account(mapped: Api) -> None:
    somebody = person(mapped, ROLE)

    assert somebody.me().json()["email"] == somebody.email
    answer = mapped.patch("/users/me", json={"name": "New"}, headers=somebody.headers)
    assert answer.json()["name"] == "New"
    token = {"refresh_token": somebody.tokens["refresh_token"]}
    assert mapped.post("/users/refresh", json=token).status_code == 200
    assert log_in(mapped, somebody.email).status_code == 200

"""Keys of machines: shown once, sent either way, revoked, and never more than their role."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.rows import execute, query
from tests.service import Api, running
from tests.sign_in.conftest import Person, person, refusal

PATH = "/users/api-keys"


@pytest.fixture(scope="module")
def admin(served: Api) -> Person:
    """An administrator."""
    return person(served, "admin")


def made(admin: Person, role: str = "sales", **more: Any) -> dict[str, Any]:
    """A new key."""
    body = {"name": "till 4", "role": role, **more}
    answer = admin.api.post(PATH, json=body, headers=admin.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(admin: Person, key: dict[str, Any]) -> dict[str, Any]:
    """A key as the list has it."""
    rows = admin.api.get(PATH, headers=admin.headers).json()
    (found,) = (row for row in rows if row["id"] == key["id"])
    return dict(found)


def both_ways(key: str) -> list[dict[str, str]]:
    """The headers that a key may be sent in."""
    return [{"Authorization": f"Bearer {key}"}, {"X-API-Key": key}]


def test_a_key_is_shown_once_and_listed_by_its_beginning(served: Api, admin: Person) -> None:
    key = made(admin)

    assert key["key"].startswith(key["prefix"])
    assert len(key["key"]) > 40
    known = listed(admin, key)
    assert sorted(known) == [
        "created_at",
        "created_by",
        "expires_at",
        "id",
        "last_used_at",
        "name",
        "prefix",
        "revoked_at",
        "role",
    ]
    assert (known["name"], known["role"], known["last_used_at"]) == ("till 4", "sales", None)
    assert known["created_by"] == f"user {admin.id}"
    kept = query(served.url, f"SELECT * FROM api_keys WHERE id = {key['id']}")
    assert key["key"] not in str(kept)


@pytest.mark.parametrize("mount", ["", "/rest/v1"])
def test_it_may_what_its_role_may_either_way(served: Api, admin: Person, mount: str) -> None:
    key = made(admin)
    for headers in both_ways(key["key"]):
        assert served.get(f"{mount}/orders", headers=headers).status_code == 200
        answer = served.post(f"{mount}/payments", json={"ref": "P"}, headers=headers)
        assert refusal(answer) == (403, "AUTO121")
        assert refusal(served.get("/users/me", headers=headers)) == (403, "not_a_user")
        assert refusal(served.get(PATH, headers=headers)) == (403, "admins_only")
    assert listed(admin, key)["last_used_at"] is not None


def test_its_use_is_noted_once_a_minute(served: Api, admin: Person) -> None:
    key = made(admin)
    served.get("/orders", headers=both_ways(key["key"])[0])
    first = listed(admin, key)["last_used_at"]
    served.application.service.verifier.forget()
    served.get("/orders", headers=both_ways(key["key"])[0])

    assert listed(admin, key)["last_used_at"] == first


def test_a_revoked_key_is_nothing(served: Api, admin: Person) -> None:
    key = made(admin)
    headers = both_ways(key["key"])
    assert served.get("/orders", headers=headers[0]).status_code == 200
    answer = served.delete(f"{PATH}/{key['id']}", headers=admin.headers)
    assert (answer.status_code, answer.content) == (204, b"")

    for sent in headers:
        assert refusal(served.get("/orders", headers=sent)) == (401, "PGRST301")
    when = listed(admin, key)["revoked_at"]
    served.delete(f"{PATH}/{key['id']}", headers=admin.headers)
    assert listed(admin, key)["revoked_at"] == when is not None


def test_another_process_knows_of_it_within_a_moment(served: Api, admin: Person) -> None:
    key = made(admin)
    with running(served.url, anonymous="none", overrides="overrides") as other:
        headers = both_ways(key["key"])[1]
        assert other.get("/orders", headers=headers).status_code == 200
        served.delete(f"{PATH}/{key['id']}", headers=admin.headers)
        deadline = time.monotonic() + 20
        while other.get("/orders", headers=headers).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_an_expired_key_is_nothing(served: Api, admin: Person) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    key = made(admin, expires_at=soon)
    assert served.get("/orders", headers=both_ways(key["key"])[0]).status_code == 200
    execute(
        served.url,
        f"UPDATE api_keys SET expires_at = '2020-01-01 00:00:00+00:00' WHERE id = {key['id']}",
    )
    served.application.service.verifier.forget()

    assert served.get("/orders", headers=both_ways(key["key"])[0]).status_code == 401


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "", "role": "sales"}, (400, "AUTO112")),
        ({"name": "k", "role": "root"}, (400, "AUTO112")),
        ({"name": "k", "role": "sales", "key": "ak_mine"}, (400, "AUTO112")),
        ({"name": "k", "role": "sales", "expires_at": "2020-01-01"}, (400, "AUTO112")),
        ({"name": "k", "role": "sales", "expires_at": "2020-01-01T00:00Z"}, (422, "expired_key")),
    ],
)
def test_what_is_no_key_is_not_made(
    served: Api, admin: Person, body: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(served.post(PATH, json=body, headers=admin.headers)) == expected


def test_there_is_no_key_to_revoke(served: Api, admin: Person) -> None:
    answer = served.delete(f"{PATH}/99999", headers=admin.headers)
    assert refusal(answer) == (404, "no_such_key")


def test_a_guess_with_the_right_beginning_is_nothing(served: Api, admin: Person) -> None:
    key = made(admin)
    for guess in (key["prefix"], key["key"][:-1], key["key"] + "x", "ak_", "ak_é", "nothing", "."):
        for headers in both_ways(guess):
            sent = {name: text.encode("utf-8") for name, text in headers.items()}
            answer = served.get("/orders", headers=sent)
            assert answer.status_code == 401, guess


def test_where_both_are_sent_the_bearer_counts(served: Api, admin: Person) -> None:
    key = made(admin, "viewer")
    answer = served.get("/users", headers={**admin.headers, "X-API-Key": key["key"]})

    assert answer.status_code == 200


def test_keys_work_where_no_token_could_be_verified(own_url: str) -> None:
    """The service may have no secret at all; machines still come in."""
    execute(
        own_url,
        "INSERT INTO api_keys (prefix, key_hash, name, role) VALUES ('ak_123456789',"
        " '8bf7e4ef73eda0e9a2e2b0bf9a9ef5e4cd3a5b6f5b1d6e8ed7a1f9a9e5a1c5d2', 'k', 'viewer')",
    )
    with running(own_url, anonymous="none", jwt_secret="", overrides="overrides") as api:
        answer = api.get("/orders", headers={"X-API-Key": "ak_123456789wrong"})
        assert refusal(answer) == (500, "PGRST300")

"""Administrators manage users; nobody else does, by whatever way, and hashes stay in."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from generated import models
from overrides.permissions import RIGHTS
from tests.api.rows import query
from tests.service import Api, running
from tests.sign_in.conftest import PASSWORD, Person, log_in, person, refusal, sign_in_set

BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])
HIDDEN = ("api_keys", "login_failures", "login_sessions", "refresh_tokens")
NEW = {"email": "new@example.com", "name": "New", "role": "admin"}


@pytest.fixture(scope="module")
def admin(served: Api) -> Person:
    """An administrator."""
    return person(served, "admin")


class TestAdministrators:
    @BOTH
    def test_they_list_users_as_all_rows_are_listed(
        self, served: Api, admin: Person, mount: str
    ) -> None:
        somebody = person(served, "sales")
        path = f"{mount}/users?select=email,role&role=eq.sales&id=eq.{somebody.id}"
        answer = served.get(path, headers=admin.headers)

        assert answer.status_code == 200
        assert answer.json() == [{"email": somebody.email, "role": "sales"}]

    def test_they_make_users_who_get_a_password_and_sign_in(
        self, served: Api, admin: Person
    ) -> None:
        body = {"email": "Made@Example.com", "name": "Made", "role": "pharmacist"}
        answer = served.post(
            "/users", json=body, headers={**admin.headers, "Prefer": "return=representation"}
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()
        made = made[0] if isinstance(made, list) else made
        assert (made["email"], made["role"]) == ("made@example.com", "pharmacist")
        assert log_in(served, "made@example.com", "").status_code == 401

        path = f"/users/{made['id']}/password"
        answer = served.post(path, json={}, headers=admin.headers)
        assert answer.status_code == 200
        assert log_in(served, "made@example.com", answer.json()["password"]).status_code == 200
        answer = served.post(path, json={"password": PASSWORD}, headers=admin.headers)
        assert answer.json() == {"password": None}
        assert log_in(served, "made@example.com").status_code == 200

    def test_a_reset_ends_the_sessions_of_the_user(self, served: Api, admin: Person) -> None:
        somebody = person(served)
        served.post(f"/users/{somebody.id}/password", json={}, headers=admin.headers)

        assert refusal(somebody.me()) == (401, "AUTO148")
        assert log_in(served, somebody.email).status_code == 401

    def test_there_is_no_password_for_nobody(self, served: Api, admin: Person) -> None:
        answer = served.post("/users/99999/password", json={}, headers=admin.headers)
        assert refusal(answer) == (404, "no_such_user")
        answer = served.post("/users/0/password", json={}, headers=admin.headers)
        assert refusal(answer) == (400, "AUTO112")

    @BOTH
    def test_all_faults_are_told(self, served: Api, admin: Person, mount: str) -> None:
        body = [{"email": "no", "name": "A"}, {"email": "a@b@example.com", "name": "B"}]
        answer = served.post(f"{mount}/users", json=body, headers=admin.headers)

        assert refusal(answer) == (422, "AUTO125")
        assert [each["row"] for each in answer.json()["details"]] == [0, 1]

    @BOTH
    @pytest.mark.parametrize(
        "field", ["password_changed_at", "last_login_at", "created_by", "created_at", "id"]
    )
    def test_what_is_the_service_s_to_write_is_not_theirs(
        self, served: Api, admin: Person, mount: str, field: str
    ) -> None:
        somebody = person(served)
        value: Any = 7 if field == "id" else "2026-01-01"
        answer = served.patch(
            f"{mount}/users?id=eq.{somebody.id}", json={field: value}, headers=admin.headers
        )
        assert refusal(answer) == (403, "AUTO123")

    def test_nobody_deletes_users(self, served: Api, admin: Person) -> None:
        answer = served.delete(f"/users/{person(served).id}", headers=admin.headers)

        assert refusal(answer) == (403, "AUTO121")

    def test_the_last_one_stays(self, own_url: str) -> None:
        with sign_in_set(), running(own_url, overrides="overrides") as api:
            last = person(api, "admin")
            for change in ({"role": "viewer"}, {"active": False}):
                answer = api.patch(f"/users/{last.id}", json=change, headers=last.headers)
                assert refusal(answer) == (409, "last_admin")
            other = person(api, "admin")
            answer = api.patch(
                "/users?active=is.true", json={"active": False}, headers=last.headers
            )
            assert refusal(answer) == (409, "last_admin")
            answer = api.patch(f"/users/{last.id}", json={"role": "viewer"}, headers=other.headers)
            assert answer.status_code == 200
            assert refusal(
                api.patch(f"/users/{other.id}", json={"role": "viewer"}, headers=other.headers)
            ) == (409, "last_admin")
            row = {"id": other.id, "email": other.email, "name": "N", "role": "viewer"}
            merging = {**other.headers, "Prefer": "resolution=merge-duplicates"}
            for path in ("/rest/v1/users", "/rest/v1/users?on_conflict=email"):
                answer = api.post(path, json=row, headers=merging)
                assert answer.status_code in (403, 409), answer.text
            assert other.me().json()["role"] == "admin"

    def test_of_two_who_demote_each_other_one_remains(self, own_url: str) -> None:
        with sign_in_set(), running(own_url, overrides="overrides") as api:
            for _ in range(2):  # on PostgreSQL each may wait a second for a deadlock
                pair = person(api, "admin"), person(api, "admin")

                def demote(by: Person, whom: Person) -> int:
                    path, change = f"/users/{whom.id}", {"role": "viewer"}
                    return api.patch(path, json=change, headers=by.headers).status_code

                with ThreadPoolExecutor(2) as threads:
                    asked = [
                        threads.submit(demote, pair[0], pair[1]),
                        threads.submit(demote, pair[1], pair[0]),
                    ]
                assert sorted(each.result() for each in asked)[0] == 200
                left = query(own_url, "SELECT count(*) FROM users WHERE role = 'admin' AND active")
                assert left[0][0] >= 1


@BOTH
@pytest.mark.parametrize("role", ["manager", "pharmacist", "sales", "accountant", "viewer"])
class TestOthers:
    def test_they_neither_see_nor_make_nor_change_users(
        self, served: Api, role: str, mount: str
    ) -> None:
        somebody = person(served, role)
        one = f"{mount}/users?id=eq.{somebody.id}"
        upsert = {**somebody.headers, "Prefer": "resolution=merge-duplicates"}
        row = {"id": somebody.id, "email": somebody.email, "name": "A", "role": "admin"}
        attempts = [
            served.get(f"{mount}/users", headers=somebody.headers),
            served.request("HEAD", f"{mount}/users", headers=somebody.headers),
            served.post(f"{mount}/users", json=NEW, headers=somebody.headers),
            served.post(f"{mount}/users", json=row, headers=upsert),
            served.put(one, json=row, headers=somebody.headers),
            served.patch(one, json={"role": "admin"}, headers=somebody.headers),
            served.patch(one, json=[{"role": "admin"}], headers=somebody.headers),
            served.delete(one, headers=somebody.headers),
            served.patch(f"/users/{somebody.id}", json={"role": "admin"}, headers=somebody.headers),
            *(
                served.post("/batch", json=[operation], headers=somebody.headers)
                for operation in (
                    {"method": "GET", "path": f"{mount}/users"},
                    {"method": "PATCH", "path": one, "body": {"role": "admin"}},
                    {"method": "POST", "path": f"{mount}/users", "body": NEW},
                )
            ),
        ]
        assert {answer.status_code for answer in attempts} <= {400, 403}, attempts
        assert somebody.me().json()["role"] == role

    def test_they_set_no_passwords_and_make_no_keys(
        self, served: Api, role: str, mount: str
    ) -> None:
        somebody = person(served, role)
        answers = [
            served.post("/users/1/password", json={}, headers=somebody.headers),
            served.post(
                "/users/api-keys", json={"name": "k", "role": "viewer"}, headers=somebody.headers
            ),
            served.get("/users/api-keys", headers=somebody.headers),
            served.delete("/users/api-keys/1", headers=somebody.headers),
            served.get("/database-tools/schema/inspect", headers=somebody.headers),
        ]
        assert [answer.status_code for answer in answers] == [403] * 5


def test_strangers_do_neither(served: Api) -> None:
    answers = [
        served.get("/users"),
        served.get("/rest/v1/users"),
        served.post("/users", json=NEW),
        served.post("/users/1/password", json={}),
        served.get("/users/api-keys"),
        served.post("/users/logout"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 6


class TestSecrets:
    @BOTH
    def test_hashes_are_in_no_answer_by_any_way(
        self, served: Api, admin: Person, mount: str
    ) -> None:
        users = f"{mount}/users"
        ways = [
            (f"{users}?limit=2", {}),
            (f"{users}?select=*", {}),
            (users, {"Accept": "text/csv"}),
            (f"{users}?id=eq.{admin.id}", {"Accept": "application/vnd.pgrst.object+json"}),
            (f"/users/{admin.id}", {}),
        ]
        for path, headers in ways:
            answer = served.get(path, headers={**admin.headers, **headers})
            assert answer.status_code == 200, answer.text
            assert "password_hash" not in answer.text
            assert "argon2" not in answer.text
            assert "@example.com" in answer.text
        written = served.patch(
            f"{users}?id=eq.{admin.id}",
            json={"name": "A"},
            headers={**admin.headers, "Prefer": "return=representation"},
        )
        assert written.status_code == 200
        assert "argon2" not in written.text

    @BOTH
    @pytest.mark.parametrize(
        "query",
        [
            "select=password_hash",
            "select=h:password_hash",
            "password_hash=like.*argon2*",
            "password_hash=not.is.null",
            "or=(password_hash.is.null,id.eq.1)",
            "order=password_hash",
            "select=password_hash.max()",
            "select=password_hash::text",
            "on_conflict=password_hash",
        ],
    )
    def test_a_hash_can_be_neither_selected_nor_compared(
        self, served: Api, admin: Person, mount: str, query: str
    ) -> None:
        answer = served.get(f"{mount}/users?{query}", headers=admin.headers)

        if query.startswith("on_conflict"):  # means nothing to a read
            assert "argon2" not in answer.text
            return
        assert answer.status_code == 400, answer.text
        assert "argon2" not in answer.text

    @BOTH
    def test_a_hash_cannot_be_written(self, served: Api, admin: Person, mount: str) -> None:
        body = {"email": "h@example.com", "name": "H", "password_hash": "$argon2id$"}
        answer = served.post(f"{mount}/users", json=body, headers=admin.headers)
        assert answer.status_code == 400
        text = "email,name,password_hash\nh@example.com,H,x\n"
        csv = {**admin.headers, "Content-Type": "text/csv"}
        assert served.post(f"{mount}/users", content=text, headers=csv).status_code == 400
        answer = served.patch(
            f"{mount}/users?id=eq.{admin.id}",
            json={"password_hash": "x"},
            headers=admin.headers,
        )
        assert answer.status_code == 400
        assert admin.me().status_code == 200

    def test_an_error_does_not_show_the_row(self, served: Api, admin: Person) -> None:
        somebody = person(served)
        answer = served.patch(f"/users/{somebody.id}", json={"name": None}, headers=admin.headers)
        assert answer.status_code == 400, answer.text
        assert "argon2" not in answer.text
        answer = served.patch(
            f"/users/{somebody.id}", json={"email": admin.email}, headers=admin.headers
        )
        assert answer.status_code == 409
        assert "argon2" not in answer.text

    def test_a_row_cannot_be_made_inside_of_a_user(self, served: Api, admin: Person) -> None:
        child = {"prefix": "ak_mine", "key_hash": "x", "name": "k", "role": "admin"}
        session = {"id": "mine", "started_at": "2026-01-01", "expires_at": "2036-01-01"}
        for nested in ({"api_keys": [child]}, {"login_sessions": [session]}):
            body = {"email": "nested@example.com", "name": "N", **nested}
            answer = served.post("/users", json=body, headers=admin.headers)
            assert answer.status_code == 400, answer.text
        answer = served.get("/users?email=eq.nested@example.com", headers=admin.headers)
        assert answer.json() == []

    @BOTH
    @pytest.mark.parametrize("table", HIDDEN)
    def test_the_bookkeeping_does_not_exist_for_anybody(
        self, served: Api, admin: Person, mount: str, table: str
    ) -> None:
        for headers in (admin.headers, {"Authorization": f"Bearer {served.token}"}):
            answer = served.get(f"{mount}/{table}", headers=headers)
            assert answer.status_code == 404, answer.text
            answer = served.get(f"{mount}/users?select=id,{table}(*)", headers=headers)
            assert answer.status_code == 400, answer.text
            assert served.post(f"{mount}/{table}", json={}, headers=headers).status_code == 404

    def test_no_document_tells_of_them(self, served: Api, admin: Person) -> None:
        headers = {**admin.headers, "Accept": "application/openapi+json"}
        for answer in (served.get("/openapi.json"), served.get("/rest/v1/", headers=headers)):
            assert answer.status_code == 200
            text = answer.text.replace("/users/api-keys", "")
            assert [name for name in (*HIDDEN, "password_hash") if f'"{name}"' in text] == []
            assert [name for name in HIDDEN if f'"/{name}"' in text] == []

    def test_the_routes_are_in_the_document(self, served: Api) -> None:
        document = json.loads(served.get("/openapi.json").text)
        OpenAPIV31SpecValidator(document).validate()
        paths = document["paths"]
        assert {
            "/users/register",
            "/users/login",
            "/users/me",
            "/users/me/password",
            "/users/refresh",
            "/users/logout",
            "/users/api-keys",
            "/users/api-keys/{key_id}",
            "/users/{user_id}/password",
        } <= paths.keys()
        assert set(paths["/users/login"]["post"]["requestBody"]["content"]) == {
            "application/json",
            "application/x-www-form-urlencoded",
        }


def test_all_rules_fit_what_the_migrations_make(served: Api) -> None:
    assert served.application.service.current().broken == ()


def test_every_table_has_its_line_in_the_permissions() -> None:
    listed = [table for tables, _ in RIGHTS for table in tables]
    known = {
        each
        for each in vars(models).values()
        if isinstance(each, type) and issubclass(each, models.Base) and each is not models.Base
    }
    hidden = {each for each in known if each.__tablename__ in HIDDEN}

    assert len(listed) == len(set(listed))
    assert set(listed) == known - hidden


ROWS = {
    "manufacturers": {"name": "M", "licence_no": "L"},
    "locations": {"name": "x"},
    "stock_moves": {"qty": 1},
    "orders": {"no": "O"},
    "payments": {"ref": "P"},
}


@pytest.mark.parametrize(
    ("role", "may_insert"),
    [
        ("admin", {"manufacturers", "locations", "stock_moves", "orders", "payments"}),
        ("manager", {"manufacturers", "locations", "stock_moves", "orders"}),
        ("pharmacist", {"locations", "stock_moves"}),
        ("sales", {"orders"}),
        ("accountant", {"payments"}),
        ("viewer", set()),
    ],
)
def test_each_role_may_write_what_its_line_says(
    served: Api, role: str, may_insert: set[str]
) -> None:
    somebody = person(served, role)
    for table, row in ROWS.items():
        answer = served.post(f"/{table}", json=row, headers=somebody.headers)
        barred = refusal(answer) == (403, "AUTO121") if answer.status_code >= 400 else False
        assert barred == (table not in may_insert), (table, answer.text)
        assert served.get(f"/{table}?limit=1", headers=somebody.headers).status_code == 200

"""Idempotency-Key: what is sent twice is done once, and answered the same."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.api.rows import query
from tests.conftest import run_sql
from tests.docs.examples import ROOT
from tests.service import SECRET, Api, running


def keyed(key: str | None = None, **others: str) -> dict[str, str]:
    """The header, with a key of its own unless one is given."""
    return {"Idempotency-Key": key or str(uuid4()), **others}


def makers(api: Api) -> int:
    """How many makers there are."""
    found: int = query(api.url, "SELECT count(*) FROM makers")[0][0]
    return found


def told(answer: httpx.Response) -> dict[str, str]:
    """The headers, without those that every answer has anew."""
    passing = ("date", "server", "idempotent-replayed")
    return {name: value for name, value in answer.headers.items() if name not in passing}


def test_what_is_sent_again_is_not_done_again_and_answered_the_same(api: Api) -> None:
    headers = keyed()
    first = api.post("/makers", json={"name": "New"}, headers=headers)
    again = api.post("/makers", json={"name": "New"}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (told(again), again.content) == (told(first), first.content)
    assert makers(api) == 4
    quoted = api.post(
        "/makers", json={"name": "New"}, headers=keyed(f'"{headers["Idempotency-Key"]}"')
    )
    assert quoted.headers["idempotent-replayed"] == "true"


def test_a_key_is_for_one_request_at_one_address(api: Api) -> None:
    headers = keyed()
    assert api.post("/makers", json={"name": "New"}, headers=headers).status_code == 201
    for path, body, others in (
        ("/makers", {"name": "Other"}, {}),
        ("/makers?select=id", {"name": "New"}, {}),
        ("/makers", {"name": "New"}, {"Prefer": "return=minimal"}),
    ):
        answer = api.post(path, json=body, headers=headers | others)
        assert (answer.status_code, answer.json()["code"]) == (422, "AUTO159")
    elsewhere = api.post("/tags", json={"label": "New"}, headers=headers)
    assert (elsewhere.status_code, makers(api)) == (201, 4)


def test_two_at_once_have_one_effect_and_one_answer(api: Api) -> None:
    headers = keyed()

    def send(_: int) -> tuple[int, bytes]:
        with httpx.Client(base_url=api.client.base_url, timeout=60) as client:
            answer = client.post("/makers", json={"name": "New"}, headers=headers)
            return answer.status_code, answer.content

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(send, range(12)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert makers(api) == 4


def test_what_failed_is_not_remembered(api: Api) -> None:
    headers = keyed()
    for _ in range(2):
        refused = api.post("/makers", json={"name": "Nilgiri Labs"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "23505")
    assert api.delete("/drugs?maker_id=eq.2").status_code in (200, 409)
    made = api.post("/makers", json={"name": "Another"}, headers=headers)
    assert made.status_code == 201
    assert "idempotent-replayed" not in made.headers


def test_callers_know_nothing_of_each_others_keys(api: Api) -> None:
    headers = keyed()
    numbers = set()
    for subject in ("asha", "bela", None):
        claims = {"role": "admin", "exp": int(time.time()) + 900} | (
            {} if subject is None else {"sub": subject}
        )
        token = jwt.encode(claims, SECRET, "HS256")
        body = {"name": f"By {subject}"}
        mine = headers | {"Authorization": f"Bearer {token}"}
        answer = api.post("/makers?select=id", json=body, headers=mine)
        assert answer.status_code == 201
        numbers.add(answer.json()["id"])
        later = jwt.encode(claims | {"exp": int(time.time()) + 1800}, SECRET, "HS256")
        mine = headers | {"Authorization": f"Bearer {later}"}
        assert api.post("/makers?select=id", json=body, headers=mine).json() == answer.json()
    assert len(numbers) == 3


def test_batches_nested_rows_and_silent_answers_are_done_once(api: Api) -> None:
    operations = [
        {"method": "POST", "path": "/people", "body": {"name": "Dina"}, "id": "p"},
        {"method": "POST", "path": "/orders", "body": {"buyer_id": {"$ref": "p.id"}}},
    ]
    nested = {"buyer_id": 1, "lines": [{"position": 1, "qty": 2}]}
    sent: list[tuple[str, Any, dict[str, str]]] = [
        ("/batch", operations, keyed()),
        ("/orders", nested, keyed()),
        ("/orders", {"buyer_id": 1}, keyed(Prefer="return=minimal")),
        ("/orders", [{"buyer_id": 1}, {"buyer_id": 2}], keyed()),
    ]
    for path, body, headers in sent:
        first, again = (api.post(path, json=body, headers=headers) for _ in range(2))
        assert first.status_code in (200, 201), first.text
        assert (told(again), again.content) == (told(first), first.content)
    assert query(api.url, "SELECT count(*) FROM orders")[0][0] == 3 + 1 + 1 + 1 + 2


def test_keys_are_forgotten_after_their_time(shop_url: str) -> None:
    with running(shop_url, idempotency_lifetime=1) as api:
        headers = keyed()
        first = api.post("/tags", json={"label": "one"}, headers=headers)
        assert first.status_code == 201
        deadline = time.monotonic() + 20
        while True:  # until the key may be used for something else
            other = api.post("/tags", json={"label": "two"}, headers=headers)
            if other.status_code == 201:
                break
            assert other.json()["code"] == "AUTO159"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert "idempotent-replayed" not in other.headers
        while True:  # until another takes out what is past its time
            assert api.post("/tags", json={"label": str(uuid4())}, headers=keyed()).is_success
            table = "autoapi.idempotency_keys"
            if api.dialect == "sqlite":
                table = "autoapi_idempotency_keys"
            kept = query(
                api.url, f"SELECT count(*) FROM {table} WHERE key = '{headers['Idempotency-Key']}'"
            )
            if kept[0][0] == 0:
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_what_is_no_key_is_refused(api: Api) -> None:
    for key in ("", '""', "x" * 256, "a\tb"):
        answer = api.post("/makers", json={"name": "N"}, headers={"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (400, "AUTO158"), key
    assert makers(api) == 3


def test_the_strict_mount_other_methods_and_who_has_it_off_do_not_know_it(
    api: Api, shop_url: str
) -> None:
    headers = keyed()
    for number in range(2):
        made = api.post("/rest/v1/makers", json={"name": f"S{number}"}, headers=headers)
        assert made.status_code == 201
    assert api.patch("/makers/1", json={"name": "X"}, headers=headers).status_code == 200
    with running(shop_url, idempotency_lifetime=0) as other:
        for number in range(2):
            body = {"name": f"O{number}"}
            assert other.post("/makers", json=body, headers=headers).status_code == 201


def test_where_answers_are_kept_is_nobodys_to_see(api: Api) -> None:
    assert api.post("/makers", json={"name": "New"}, headers=keyed()).status_code == 201
    for path in (
        "/idempotency_keys",
        "/autoapi_idempotency_keys",
        "/rest/v1/idempotency_keys",
        "/rest/v1/autoapi_idempotency_keys",
    ):
        assert api.get(path).status_code == 404
    assert api.get(
        "/rest/v1/idempotency_keys", headers={"Accept-Profile": "autoapi"}
    ).status_code in (404, 406)
    assert b"idempotency_keys" not in api.get("/openapi.json").content


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)
def test_roles_that_may_write_a_table_need_no_rights_on_what_is_kept(shop_url: str) -> None:
    run_sql(
        shop_url,
        "DROP ROLE IF EXISTS once_writer; CREATE ROLE once_writer;"
        "GRANT SELECT, INSERT ON makers TO once_writer;"
        "CREATE TABLE seen (who text); GRANT INSERT ON seen TO once_writer;"
        "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO seen VALUES (current_user); RETURN new; END $$;"
        "CREATE TRIGGER seen AFTER INSERT ON makers FOR EACH ROW EXECUTE FUNCTION see()",
    )
    try:
        with running(shop_url, db_anon_role="once_writer") as api:
            headers = keyed()
            body = {"name": "New"}
            first = api.post("/makers?select=name", json=body, headers=headers)
            assert first.status_code == 201, first.text
            again = api.post("/makers?select=name", json=body, headers=headers)
            assert again.headers["idempotent-replayed"] == "true"
            assert query(shop_url, "SELECT who FROM seen") == [("once_writer",)]
            refused = api.post("/tags", json={"label": "x"}, headers=keyed())
            assert refused.status_code in (401, 403)
    finally:
        run_sql(shop_url, "DROP OWNED BY once_writer; DROP ROLE once_writer")


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)
def test_a_login_that_may_not_make_the_table_is_told(shop_url: str) -> None:
    run_sql(
        shop_url,
        "DROP ROLE IF EXISTS plain_login; CREATE ROLE plain_login LOGIN;"
        "GRANT SELECT, INSERT ON makers TO plain_login",
    )
    plain = shop_url.replace("//postgres@", "//plain_login@")
    try:
        with running(plain) as api:
            answer = api.post("/makers", json={"name": "New"}, headers=keyed())
            assert (answer.status_code, answer.json()["code"]) == (503, "AUTO160")
            assert api.post("/makers", json={"name": "New"}).status_code == 201
            page = (ROOT / "docs" / "writing.md").read_text()
            run_sql(shop_url, page.partition("```sql")[2].partition("```")[0])
            run_sql(
                shop_url,
                "GRANT USAGE ON SCHEMA autoapi TO plain_login;"
                "GRANT ALL ON autoapi.idempotency_keys TO plain_login",
            )
            headers = keyed()
            for _ in range(2):
                answer = api.post("/makers", json={"name": "Newer"}, headers=headers)
                assert answer.status_code == 201, answer.text
            assert answer.headers["idempotent-replayed"] == "true"
    finally:
        run_sql(shop_url, "DROP OWNED BY plain_login; DROP ROLE plain_login")

"""Addresses that overrides add, and verbs that they take over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.api.rows import query
from tests.rules import route_rules
from tests.rules.conftest import bearer
from tests.rules.test_hooks import until
from tests.service import Api, running

SALES = bearer("sales", person=1, sub="7")
ADMIN = bearer("admin")


@pytest.fixture
def routed(shop_url: str) -> Iterator[Api]:
    """The shop with addresses of overrides."""
    route_rules.DONE.clear()
    route_rules.GIVEN_UP.clear()
    with running(shop_url, anonymous="read", overrides="tests.rules.route_rules") as service:
        yield service


class TestActions:
    def test_an_action_does_its_work_on_one_row(self, routed: Api) -> None:
        answer = routed.post("/orders/1/pay", json={"amount": 5, "note": "cash"}, headers=SALES)
        assert (answer.status_code, answer.json()) == (
            200,
            {"id": 1, "status": "paid", "note": "cash"},
        )
        assert query(routed.url, "SELECT status FROM orders WHERE id = 1") == [("paid",)]
        until(lambda: route_rules.DONE == ["paid 1"])
        again = routed.post("/orders/1/pay", json={"amount": 5}, headers=SALES)
        assert (again.status_code, again.json()) == (
            409,
            {
                "code": "bad_transition",
                "message": "It is paid",
                "details": {"from": "paid"},
                "hint": None,
            },
        )
        assert routed.post("/orders/3/touch", headers=SALES).status_code == 204

    def test_who_may_not_is_refused(self, routed: Api) -> None:
        body = {"amount": 5}
        stranger = routed.post("/orders/1/pay", json=body)
        assert stranger.status_code == 401
        clerk = routed.post("/orders/1/pay", json=body, headers=bearer("clerk", person=1))
        assert (clerk.status_code, clerk.json()["code"]) == (403, "AUTO121")
        forged = {"Authorization": "Bearer x.y.z"}
        assert routed.post("/orders/1/pay", json=body, headers=forged).status_code == 401

    def test_a_row_out_of_scope_is_not_there(self, routed: Api) -> None:
        for key in ("2", "99"):
            answer = routed.post(f"/orders/{key}/pay", json={"amount": 5}, headers=SALES)
            assert (answer.status_code, answer.json()["code"]) == (404, "AUTO104")
        bad = routed.post("/orders/x/pay", json={"amount": 5}, headers=SALES)
        assert bad.status_code == 400
        assert routed.post("/orders/1,2/pay", json={"amount": 5}, headers=SALES).status_code == 404

    def test_a_body_that_does_not_fit_and_a_rule_that_fails(self, routed: Api) -> None:
        unfit = routed.post("/orders/1/pay", json={"amount": "much"}, headers=SALES)
        assert unfit.status_code in (400, 422)
        failed = routed.post("/orders/1/pay", json={"amount": -1}, headers=SALES)
        assert (failed.status_code, failed.json()["code"]) == (500, "AUTO126")
        assert "42" not in failed.text
        assert query(routed.url, "SELECT status FROM orders WHERE id = 1") == [("open",)]

    def test_of_many_at_once_one_does_it(self, routed: Api) -> None:
        codes: list[int] = []

        def pay() -> None:
            answer = routed.client.post("/orders/1/pay", json={"amount": 5}, headers=SALES)
            codes.append(answer.status_code)

        threads = [threading.Thread(target=pay) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [200] + [409] * 9

    def test_with_a_key_it_is_done_once_and_answered_the_same(self, routed: Api) -> None:
        headers = {**SALES, "Idempotency-Key": "pay-1"}
        body = {"amount": 5, "note": "cash"}

        def pay(_: int) -> tuple[int, dict[str, object]]:
            with httpx.Client(base_url=routed.client.base_url, timeout=60) as client:
                answer = client.post("/orders/1/pay", json=body, headers=headers)
                return answer.status_code, answer.json()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(pay, range(8)))

        assert answers == [(200, {"id": 1, "status": "paid", "note": "cash"})] * 8
        until(lambda: route_rules.DONE == ["paid 1"])
        again = routed.post("/orders/1/pay", json=body, headers=headers)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["content-type"] == "application/json"
        other = routed.post("/orders/1/pay", json={"amount": 6}, headers=headers)
        assert (other.status_code, other.json()["code"]) == (422, "AUTO159")
        elsewhere = routed.post("/orders/3/pay", json=body, headers=headers)
        assert elsewhere.json()["code"] == "bad_transition"  # the key is this address's alone

    def test_what_failed_with_a_key_may_be_sent_again(self, routed: Api) -> None:
        headers = {**SALES, "Idempotency-Key": "pay-2"}
        failed = routed.post("/orders/1/pay", json={"amount": -1}, headers=headers)
        assert (failed.status_code, failed.json()["code"]) == (500, "AUTO126")
        done = routed.post("/orders/1/pay", json={"amount": 5}, headers=headers)
        assert (done.status_code, done.json()["status"]) == (200, "paid")
        stranger = routed.post(
            "/orders/1/pay", json={"amount": 5}, headers={"Idempotency-Key": "pay-2"}
        )
        assert stranger.status_code == 401
        empty = {**SALES, "Idempotency-Key": "touch-3"}
        first, second = (routed.post("/orders/3/touch", headers=empty) for _ in range(2))
        assert (first.status_code, second.status_code, second.content) == (204, 204, b"")
        assert second.headers["idempotent-replayed"] == "true"

    def test_the_document_has_it_typed(self, routed: Api) -> None:
        document = routed.get("/openapi.json").json()
        told = document["paths"]["/orders/{key}/pay"]["post"]
        assert told["summary"] == "Take the money for an order."
        assert told["operationId"] == "orders_pay"
        body = told["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert body.rpartition("/")[2] in document["components"]["schemas"]
        assert {"$ref": "#/components/parameters/idempotency_key"} in told["parameters"]
        assert "A rule forbids it" in told["responses"]["422"]["description"]


class TestRouters:
    def test_a_route_knows_who_asks_and_has_a_transaction(self, routed: Api) -> None:
        answer = routed.get("/people/me", headers=SALES)
        assert answer.json() == {"role": "sales", "id": "7", "people": 3}
        assert routed.get("/people/me").json() == {"role": "", "id": None, "people": 3}
        refused = routed.get("/people/me", headers={"Authorization": "Bearer nonsense"})
        assert refused.status_code == 401

    def test_its_transaction_ends_with_it(self, routed: Api) -> None:
        assert routed.post("/people/2/rename?name=Bo").json() == {"renamed": 1}
        assert query(routed.url, "SELECT name FROM people WHERE id = 2") == [("Bo",)]
        refused = routed.post("/people/2/rename?name=nobody")
        assert (refused.status_code, refused.json()["code"]) == (422, "nobody")
        assert query(routed.url, "SELECT name FROM people WHERE id = 2") == [("Bo",)]

    def test_with_a_key_it_is_done_once_for_each_caller(self, routed: Api) -> None:
        def welcome(caller: dict[str, str], **body: object) -> httpx.Response:
            headers = {**caller, "Idempotency-Key": "welcome-1"}
            return routed.post("/people/welcome", json={"name": "Bo"} | body, headers=headers)

        refused = welcome({})
        first, again = welcome(SALES), welcome(SALES)
        other, stranger, admin = welcome(SALES, name="Cy"), welcome({}), welcome(ADMIN)

        assert (first.status_code, first.json()) == (201, {"name": "Bo", "people": 4})
        assert "idempotent-replayed" not in first.headers
        assert (again.status_code, again.json()) == (201, {"name": "Bo", "people": 4})
        assert again.headers["idempotent-replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (422, "AUTO159")
        for each in (refused, stranger):
            assert (each.status_code, each.json()["code"]) == (401, "no_stranger")
        assert (admin.status_code, admin.json()["people"]) == (201, 5)
        assert query(routed.url, "SELECT count(*) FROM people") == [(5,)]

    def test_what_the_database_gives_up_is_run_again(self, routed: Api) -> None:
        body = {"name": "Bo", "given_up": 2}
        first = routed.post("/people/welcome", json=body, headers=SALES)
        assert (first.status_code, first.json()) == (201, {"name": "Bo", "people": 4})
        assert route_rules.GIVEN_UP == ["4 people"] * 3  # each time from the beginning

        route_rules.GIVEN_UP.clear()
        keyed = {**SALES, "Idempotency-Key": "welcome-2"}
        second = routed.post("/people/welcome", json=body, headers=keyed)
        assert (second.status_code, second.json()) == (201, {"name": "Bo", "people": 5})
        assert route_rules.GIVEN_UP == ["5 people"] * 3

        route_rules.GIVEN_UP.clear()
        never = routed.post("/people/welcome", json=body | {"given_up": 9}, headers=SALES)
        assert (never.status_code, never.json()["code"]) == (503, "40P01")
        assert never.headers["retry-after"] == "1"
        assert len(route_rules.GIVEN_UP) == 4
        assert query(routed.url, "SELECT count(*) FROM people") == [(5,)]

    def test_its_body_is_read_again_with_it(self, routed: Api) -> None:
        photo = b"x" * 300_000  # more than comes at once
        answer = routed.client.post("/people/photo", content=photo, headers=SALES)
        assert (answer.status_code, answer.json()) == (200, {"bytes": 300_000})
        assert len(route_rules.GIVEN_UP) == 2

    @pytest.mark.parametrize("path", ["/people/apart", "/people/held"])
    def test_what_is_not_undone_with_its_transaction_is_done_as_often_as_it_is_asked(
        self, routed: Api, path: str
    ) -> None:
        headers = {**SALES, "Idempotency-Key": "apart-1"}
        answer = routed.post(path, headers=headers)
        assert answer.json()["code"] == "40P01"
        assert len(route_rules.GIVEN_UP) == 1
        for _ in range(2):
            again = routed.post(path, headers=headers)
            assert again.status_code == 200
            assert "idempotent-replayed" not in again.headers
        assert len(route_rules.GIVEN_UP) == 3

    def test_the_document_tells_of_keys_where_they_are_heeded(self, routed: Api) -> None:
        paths = routed.get("/openapi.json").json()["paths"]
        key = {"$ref": "#/components/parameters/idempotency_key"}
        told = {
            path: key in operation.get("parameters", [])
            for path, operations in paths.items()
            if path.startswith("/people/")
            for operation in [operations.get("post")]
            if operation is not None
        }
        assert told == {
            "/people/{person}/rename": True,
            "/people/welcome": True,
            "/people/photo": True,
            "/people/apart": False,
            "/people/held": False,
        }

    def test_the_table_of_its_name_is_served_beside_it(self, routed: Api) -> None:
        assert routed.get("/people/1").json()["name"] == "Asha"
        assert len(routed.get("/people").json()) == 3
        assert len(routed.get("/rest/v1/people").json()) == 3


@pytest.mark.parametrize("mount", ["/rest/v1", ""])
class TestReplacements:
    def test_a_verb_is_answered_by_its_function(self, routed: Api, mount: str) -> None:
        answer = routed.delete(f"{mount}/makers?id=eq.2", headers=ADMIN)
        assert (answer.status_code, answer.json()) == (
            200,
            {"kept": ["Nilgiri Labs"], "by": "admin"},
        )
        assert query(routed.url, "SELECT count(*) FROM makers") == [(3,)]
        refused = routed.delete(f"{mount}/makers?id=eq.2", headers=SALES)
        assert (refused.status_code, refused.json()["code"]) == (403, "AUTO121")
        assert routed.get(f"{mount}/makers", headers=SALES).status_code == 200

    def test_a_read_is_too(self, routed: Api, mount: str) -> None:
        assert routed.get(f"{mount}/drugs").json() == {"path": f"{mount}/drugs"}
        misspelt = routed.get(f"{mount}/drugs?price=between.1")
        assert misspelt.status_code == 400

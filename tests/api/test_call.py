"""Functions, called under ``/rest/v1/rpc``: by which methods, with what effect; SQLite has none."""

from __future__ import annotations

import pytest

from tests.api.rows import query
from tests.service import Api, running

RPC = "/rest/v1/rpc"
SINGULAR = {"Accept": "application/vnd.pgrst.object+json"}


def visitors(calls: Api) -> set[str]:
    return {name for (name,) in query(calls.url, "SELECT visitor FROM api.visits")}


def test_only_a_post_of_a_volatile_function_writes(calls: Api) -> None:
    by_get = calls.get(f"{RPC}/visit?who=by+get")
    stable = calls.post(f"{RPC}/visit_secretly", json={})
    by_post = calls.post(f"{RPC}/visit?select=visitor", json={"who": "by post"})

    for refused in (by_get, stable):
        assert (refused.status_code, refused.json()["code"]) == (405, "25006")
    assert by_post.json() == [{"visitor": "by post"}, {"visitor": "by post"}]
    assert visitors(calls) & {"by get", "sly", "by post"} == {"by post"}


def test_a_function_that_returns_nothing_still_does_its_work(calls: Api) -> None:
    assert calls.post(f"{RPC}/visit_quietly", json={"who": "quiet"}).status_code == 204
    assert "quiet" in visitors(calls)


def test_many_objects_are_one_json_argument(calls: Api) -> None:
    many = {"many": [{"who": "one of many"}, {"who": "other of many"}]}

    assert calls.post(f"{RPC}/visit_all", json=many).json() == 2
    assert {"one of many", "other of many"} <= visitors(calls)


def test_a_result_that_may_not_stand_is_taken_back(calls: Api) -> None:
    strict = {"Prefer": "handling=strict, max-affected=1"}
    singular = calls.post(f"{RPC}/visit", json={"who": "not one"}, headers=SINGULAR)
    bounded = calls.post(f"{RPC}/visit", json={"who": "too many"}, headers=strict)

    assert (singular.status_code, singular.json()["code"]) == (406, "PGRST116")
    assert (bounded.status_code, bounded.json()) == (
        400,
        {
            "code": "PGRST124",
            "details": "The query affects 2 rows",
            "hint": None,
            "message": "Query result exceeds max-affected preference constraint",
        },
    )
    assert not visitors(calls) & {"not one", "too many"}


def test_how_many_rows_may_be_affected_is_asked_of_sets_alone(calls: Api) -> None:
    strict = {"Prefer": "handling=strict, max-affected=5"}
    one = calls.post(f"{RPC}/visit_quietly", json={"who": "unbounded"}, headers=strict)
    many = calls.post(f"{RPC}/visit", json={"who": "few"}, headers=strict)
    lenient = calls.post(
        f"{RPC}/visit", json={"who": "lenient"}, headers={"Prefer": "max-affected=1"}
    )

    assert (one.status_code, one.json()) == (
        400,
        {
            "code": "PGRST128",
            "details": None,
            "hint": None,
            "message": "Function must return SETOF or TABLE when max-affected preference is used"
            " with handling=strict",
        },
    )
    assert "unbounded" not in visitors(calls)
    assert many.headers["preference-applied"] == "handling=strict, max-affected=5"
    assert lenient.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(calls: Api, method: str) -> None:
    reply = calls.request(method, f"{RPC}/add?a=1")

    assert (reply.status_code, reply.json()) == (
        405,
        {
            "code": "PGRST101",
            "details": None,
            "hint": None,
            "message": f"Cannot use the {method} method on RPC",
        },
    )


def test_options_tell_whether_it_may_be_read(calls: Api) -> None:
    def allowed(name: str) -> str:
        return calls.request("OPTIONS", f"{RPC}/{name}").headers["allow"]

    assert allowed("names") == "OPTIONS,GET,HEAD,POST"
    assert allowed("join_up") == "OPTIONS,GET,HEAD,POST"
    # As in PostgREST it is looked for as for a GET without arguments.
    for name in ("visit", "nothing_of_the_kind"):
        reply = calls.request("OPTIONS", f"{RPC}/{name}")
        assert (reply.status_code, reply.json()["code"]) == (404, "PGRST202")


def test_strangers_who_may_read_call_what_only_reads(calls: Api) -> None:
    with running(calls.url, db_schemas=("api",), anonymous="read") as service:
        assert service.post(f"{RPC}/add", json={"a": 1}).json() == 6
        refused = service.post(f"{RPC}/visit", json={"who": "stranger"})

    assert (refused.status_code, refused.json()["code"]) == (401, "PGRST302")
    assert "stranger" not in visitors(calls)


def test_a_function_of_sqlite_is_not_found(shop_url: str) -> None:
    with running(shop_url) as service:
        for reply in (service.get(f"{RPC}/anything?a=1"), service.post(f"{RPC}/anything")):
            assert (reply.status_code, reply.json()["code"]) == (404, "PGRST202")

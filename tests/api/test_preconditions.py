"""ETag, If-None-Match and If-Match: what a caller has need not be sent, and no update is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.conftest import run_sql
from tests.service import Api, running

ALPHA = "/drugs/1"


def tag_of(answer: httpx.Response) -> str:
    """The ETag, which must be there."""
    return answer.headers["etag"]


def test_an_item_has_the_same_strong_tag_whatever_is_selected(api: Api) -> None:
    tags = {
        tag_of(api.get(path))
        for path in (ALPHA, f"{ALPHA}?select=name", f"{ALPHA}?select=id,price::text,x:extra->form")
    }
    assert len(tags) == 1
    assert tags.pop().startswith('"')
    assert tag_of(api.client.head(ALPHA)) == tag_of(api.get(ALPHA))


def test_the_strict_mount_and_lists_have_no_tags(api: Api) -> None:
    for path in ("/rest/v1/drugs?id=eq.1", "/drugs?id=eq.1", "/drugs"):
        assert "etag" not in api.get(path).headers
    assert api.get("/rest/v1/drugs?id=eq.1", headers={"If-None-Match": "*"}).status_code == 200


def test_what_a_caller_has_is_not_sent_again(api: Api) -> None:
    first = api.get(ALPHA)
    for known in (tag_of(first), f'"other", W/{tag_of(first)}', "*"):
        again = api.get(ALPHA, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert tag_of(again) == tag_of(first)
        assert "content-type" not in again.headers
    other = api.get(ALPHA, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.json()) == (200, first.json())


def test_an_answer_with_embeds_changes_its_tag_with_what_is_embedded(api: Api) -> None:
    path = "/orders/1?select=id,lines(qty)"
    before = tag_of(api.get(path))
    plain = tag_of(api.get("/orders/1"))
    assert api.patch("/lines/1,1", json={"qty": 77}).status_code == 200
    assert api.get(path, headers={"If-None-Match": before}).status_code == 200
    assert tag_of(api.get(path)) != before
    assert tag_of(api.get("/orders/1")) == plain
    # The change is made to the order, whose state both tags name.
    changed = api.patch("/orders/1", json={"status": "sent"}, headers={"If-Match": before})
    assert changed.status_code == 200
    stale = api.patch("/orders/1", json={"status": "paid"}, headers={"If-Match": plain})
    assert stale.status_code == 412


def test_other_formats_have_tags_of_their_own(api: Api) -> None:
    plain = tag_of(api.get(ALPHA))
    csv = tag_of(api.get(ALPHA, headers={"Accept": "text/csv"}))
    assert csv != plain
    assert csv.partition(".")[0] == plain.rstrip('"')


def test_a_change_answers_with_the_new_tag_and_makes_the_old_one_stale(api: Api) -> None:
    old = tag_of(api.get(ALPHA))
    changed = api.patch(ALPHA, json={"stock": 5}, headers={"If-Match": old})
    assert changed.status_code == 200
    assert tag_of(changed) == tag_of(api.get(ALPHA)) != old
    stale = api.patch(ALPHA, json={"stock": 6}, headers={"If-Match": old})
    assert (stale.status_code, stale.json()["code"]) == (412, "AUTO151")
    assert api.get(ALPHA).json()["stock"] == 5
    several = f'"x", {tag_of(changed)}'
    put = api.put(ALPHA, json={"name": "A2", "stock": 7}, headers={"If-Match": several})
    assert (put.status_code, put.json()["stock"]) == (200, 7)
    assert api.delete(ALPHA, headers={"If-Match": tag_of(put)}).status_code in (200, 409)


def test_a_row_that_was_made_has_its_tag_at_once(api: Api) -> None:
    made = api.post("/makers", json={"name": "New"})
    where = made.headers["location"]
    assert tag_of(made) == tag_of(api.get(where))
    gone = api.delete(where, headers={"If-Match": tag_of(made)})
    assert (gone.status_code, gone.json()["name"]) == (200, "New")
    assert api.get(where).status_code == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_no_write_is_made_on_a_stale_tag(api: Api, method: str) -> None:
    body = None if method == "DELETE" else {"name": "Changed"}
    before = api.get("/makers/3")
    for tag in ('"1"', '"nonsense"', 'W/"1"', '"99999999999999999999"', '"-1"'):
        for prefer in ("return=representation", "return=minimal"):
            answer = api.request(
                method,
                "/makers/3",
                json=body,
                headers={"If-Match": tag, "Prefer": prefer},
            )
            assert (answer.status_code, answer.json()["code"]) == (412, "AUTO151")
    assert api.get("/makers/3").json() == before.json()


def test_a_row_that_is_not_there_is_missed_or_not_made(api: Api) -> None:
    for method, status in (("PATCH", 404), ("DELETE", 404), ("PUT", 412)):
        for tag in ("*", '"1"'):
            body = None if method == "DELETE" else {"name": "Nobody"}
            answer = api.request(method, "/makers/77", json=body, headers={"If-Match": tag})
            assert answer.status_code == status, (method, tag)
    assert api.get("/makers/77").status_code == 404


def test_a_put_may_ask_to_create_only(api: Api) -> None:
    only = {"If-None-Match": "*"}
    made = api.put("/makers/77", json={"name": "Made"}, headers=only)
    assert (made.status_code, made.json()["name"]) == (201, "Made")
    again = api.put("/makers/77", json={"name": "Again"}, headers=only)
    assert (again.status_code, again.json()["code"]) == (412, "AUTO151")
    assert api.get("/makers/77").json()["name"] == "Made"
    overwritten = api.put("/makers/77", json={"name": "Other"}, headers={"If-Match": "*"})
    assert (overwritten.status_code, overwritten.json()["name"]) == (200, "Other")


def test_a_put_of_another_key_is_refused_for_that(api: Api) -> None:
    for headers in ({"If-Match": tag_of(api.get("/makers/3"))}, {"If-None-Match": "*"}):
        answer = api.put("/makers/3", json={"id": 4, "name": "X"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST115")


def test_conditions_that_cannot_be_kept_are_refused(api: Api) -> None:
    refused = [
        ("PATCH", ALPHA, {"If-Match": "nonsense"}, 400, "AUTO153"),
        ("PATCH", ALPHA, {"If-None-Match": '"1"'}, 400, "AUTO153"),
        ("PUT", "/makers/3", {"If-None-Match": '"1"'}, 400, "AUTO153"),
        ("PATCH", "/drugs?id=eq.1", {"If-Match": '"1"'}, 412, "AUTO151"),
        ("GET", ALPHA, {"If-Match": '"1"'}, 412, "AUTO151"),
        ("GET", ALPHA, {"If-None-Match": "1"}, 400, "AUTO153"),
    ]
    for method, path, headers, status, code in refused:
        body = None if method == "GET" else {"name": "X"}
        answer = api.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, headers)
    assert api.get(ALPHA, headers={"If-Match": "*"}).status_code == 200


def test_of_many_changes_of_one_state_exactly_one_is_made(api: Api) -> None:
    tag = tag_of(api.get(ALPHA))

    def change(number: int) -> int:
        with httpx.Client(base_url=api.client.base_url, timeout=30) as client:
            return client.patch(
                ALPHA, json={"stock": number}, headers={"If-Match": tag}
            ).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(change, range(1, 21)))
    assert sorted(statuses) == [200] + [412] * 19
    assert api.get(ALPHA).json()["stock"] == statuses.index(200) + 1


def test_of_many_who_create_one_row_exactly_one_does(api: Api) -> None:
    def create(number: int) -> int:
        with httpx.Client(base_url=api.client.base_url, timeout=30) as client:
            headers = {"If-None-Match": "*"}
            body = {"name": f"N{number}"}
            return client.put("/makers/88", json=body, headers=headers).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(create, range(20)))
    assert sorted(statuses) == [201] + [412] * 19
    assert api.get("/makers/88").json()["name"] == f"N{statuses.index(201)}"


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)  # SQLite's views have no keys
def test_a_view_has_weak_tags_which_allow_no_change(api: Api) -> None:
    answer = api.get("/cheap_drugs/1")
    assert tag_of(answer).startswith("W/")
    same = api.get("/cheap_drugs/1", headers={"If-None-Match": tag_of(answer)})
    assert same.status_code == 304
    refused = api.patch("/cheap_drugs/1", json={"name": "X"}, headers={"If-Match": tag_of(answer)})
    assert (refused.status_code, refused.json()["code"]) == (412, "AUTO151")


def test_the_operator_may_want_conditions(shop_url: str) -> None:
    with running(shop_url, if_match_required=True) as api:
        for method in ("PATCH", "PUT", "DELETE"):
            answer = api.request(method, ALPHA, json={"name": "X"})
            assert (answer.status_code, answer.json()["code"]) == (428, "AUTO152")
        tag = tag_of(api.get(ALPHA))
        assert api.patch(ALPHA, json={"stock": 1}, headers={"If-Match": tag}).status_code == 200
        created = api.put("/makers/9", json={"name": "X"}, headers={"If-None-Match": "*"})
        assert created.status_code == 201
        assert api.patch("/rest/v1/drugs?id=eq.1", json={"stock": 2}).status_code == 204


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)  # SQLite has no roles
def test_who_may_read_some_columns_only_still_reads_them(shop_url: str) -> None:
    run_sql(
        shop_url,
        "DROP ROLE IF EXISTS narrow_reader; CREATE ROLE narrow_reader;"
        "GRANT SELECT (id, name) ON drugs TO narrow_reader;"
        "GRANT UPDATE (name) ON drugs TO narrow_reader",
    )
    try:
        with running(shop_url, db_anon_role="narrow_reader") as api:
            answer = api.get(f"{ALPHA}?select=id,name")
            assert answer.json() == {"id": 1, "name": "Alpha"}
            assert tag_of(answer).startswith("W/")
            headers = {"Prefer": "return=minimal"}
            assert api.patch(ALPHA, json={"name": "B"}, headers=headers).status_code == 204
    finally:
        run_sql(shop_url, "DROP OWNED BY narrow_reader; DROP ROLE narrow_reader")


def test_a_patch_of_nothing_answers_with_the_row_as_it_is(api: Api) -> None:
    before = api.get(ALPHA)
    shown = api.patch(ALPHA, json={})
    assert (shown.status_code, shown.json()) == (200, before.json())
    assert tag_of(shown) == tag_of(before) == tag_of(api.get(ALPHA))
    short = api.patch(f"{ALPHA}?select=id,makers(name)", json={})
    assert short.json() == api.get(f"{ALPHA}?select=id,makers(name)").json()
    silent = api.patch(ALPHA, json={}, headers={"Prefer": "return=minimal"})
    assert (silent.status_code, silent.content) == (204, b"")


def test_a_patch_of_nothing_still_looks_for_the_row_and_its_state(api: Api) -> None:
    for headers in ({}, {"Prefer": "return=minimal"}, {"If-Match": "*"}):
        missing = api.patch("/drugs/99", json={}, headers=headers)
        assert (missing.status_code, missing.json()["code"]) == (404, "AUTO104")
    tag = tag_of(api.get(ALPHA))
    assert api.patch(ALPHA, json={}, headers={"If-Match": tag}).status_code == 200
    stale = api.patch(ALPHA, json={}, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "AUTO151")


def test_a_patch_of_nothing_on_a_list_touches_no_row(api: Api) -> None:
    for mount in ("", "/rest/v1"):
        full = {"Prefer": "return=representation"}
        shown = api.patch(f"{mount}/drugs?id=eq.1", json={}, headers=full)
        assert (shown.status_code, shown.json()) == (200, [])
        silent = api.patch(f"{mount}/drugs?id=eq.1", json={}, headers={"Prefer": "return=minimal"})
        assert (silent.status_code, silent.headers["content-range"]) == (204, "*/*")

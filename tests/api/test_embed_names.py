"""How parameters find their embed: by its alias, and by its relation as long as that is allowed."""

from __future__ import annotations

import pytest

from tests.service import Api, running

WARNING = (
    '299 PostgRESTv16 "Embedded resource was referenced by relation name even though it has an'
    " alias. This is deprecated and will stop working in a future release. Update {} in query"
    ' string filters, orders or limits."'
)


def test_a_relation_with_an_alias_is_found_by_either_name(shop: Api) -> None:
    select = "select=id,d:drugs(id)&id=eq.1"
    by_relation = shop.get(
        f"/rest/v1/makers?{select}&drugs.order=id.desc&drugs.limit=1&drugs.id=lt.9"
    )
    by_alias = shop.get(f"/rest/v1/makers?{select}&d.order=id.desc&d.limit=1&d.id=lt.9")

    assert by_relation.json() == by_alias.json() == [{"id": 1, "d": [{"id": 2}]}]
    assert by_relation.headers["warning"] == WARNING.format("`drugs` to `d`")
    assert "warning" not in by_alias.headers


def test_every_such_name_is_warned_of(shop: Api) -> None:
    answer = shop.get(
        "/rest/v1/makers?select=id,d:drugs(id,t:tags(label))&id=eq.1&drugs.tags.label=eq.rx"
    )

    assert answer.json()[0]["d"] == [
        {"id": 1, "t": [{"label": "rx"}]},
        {"id": 2, "t": [{"label": "rx"}]},
    ]
    assert answer.headers["warning"] == WARNING.format("`drugs` to `d`, `tags` to `t`")


def test_a_write_that_shows_its_rows_warns_too(shop: Api) -> None:
    answer = shop.patch(
        "/rest/v1/makers?select=id,d:drugs(id)&id=eq.1&drugs.id=eq.2",
        json={"country": "IN"},
        headers={"Prefer": "return=representation"},
    )

    assert answer.json() == [{"id": 1, "d": [{"id": 2}]}]
    assert answer.headers["warning"] == WARNING.format("`drugs` to `d`")


def test_one_relation_embedded_twice_is_told_apart_by_its_aliases(shop: Api) -> None:
    answer = shop.get(
        "/rest/v1/makers?select=id,a:drugs(id),b:drugs(id)&id=eq.1&a.id=eq.1&b.id=eq.2"
    )

    assert answer.json() == [{"id": 1, "a": [{"id": 1}], "b": [{"id": 2}]}]
    assert "warning" not in answer.headers


def test_the_relation_means_the_embed_that_was_found_last(shop: Api) -> None:
    """As in PostgREST: parameters are looked at from the last, filters before orders."""
    answer = shop.get(
        "/rest/v1/makers?select=id,a:drugs(id),b:drugs(id)&id=eq.1&drugs.id=eq.1&b.id=lt.9"
    )

    assert answer.json() == [{"id": 1, "a": [{"id": 1}, {"id": 2}], "b": [{"id": 1}]}]


@pytest.mark.parametrize("parameter", ["tags.label=eq.rx", "tags.order=id", "tags.limit=1"])
def test_the_relation_of_an_alias_is_refused_where_it_is_not_allowed(
    shop_url: str, parameter: str
) -> None:
    with running(shop_url, url_use_legacy_target_names=False) as api:
        answer = api.get(f"/rest/v1/drugs?select=id,labels:tags(label)&{parameter}")
        both = api.get(
            "/rest/v1/drugs?select=id,tags(id),t:tags(id)&id=eq.1&tags.id=eq.1&t.id=eq.2"
        )

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST108",
        "details": "Target names are not allowed in filters if they have an alias",
        "hint": "Change 'tags' to 'labels' in filters, orders or limits.",
        "message": "'tags' is not an embedded resource in this request",
    }
    assert both.json() == [{"id": 1, "tags": [{"id": 1}], "t": [{"id": 2}]}]

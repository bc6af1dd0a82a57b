"""The unmodified ``postgrest`` client from PyPI speaks to the strict mount as to PostgREST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from postgrest import CountMethod, SyncPostgrestClient
from postgrest.exceptions import APIError

from tests.service import Api


@pytest.fixture
def client(shop: Api) -> Iterator[SyncPostgrestClient]:
    """The client over the shop; it is given its own httpx client, as it asks for."""
    base = f"{str(shop.client.base_url).rstrip('/')}/rest/v1"
    with httpx.Client(base_url=base, timeout=30) as session:
        yield SyncPostgrestClient(base, http_client=session)


def test_it_selects_filters_sorts_and_cuts(client: SyncPostgrestClient) -> None:
    found: Any = (
        client.from_("drugs")
        .select("id", "name")
        .gte("price", 2)
        .neq("name", "Gamma")
        .order("id", desc=True)
        .limit(1)
        .execute()
    )

    assert found.data == [{"id": 4, "name": 'alphabet, "quoted"'}]


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (lambda query: query.eq("id", 1), [1]),
        (lambda query: query.in_("name", ["Alpha", 'alphabet, "quoted"']), [1, 4]),
        (lambda query: query.like("name", "Al%"), [1]),
        (lambda query: query.ilike("name", "al%"), [1, 4]),
        (lambda query: query.is_("color", "null"), [3]),
        (lambda query: query.not_.is_("color", "null"), [1, 2, 4]),
        (lambda query: query.or_("id.eq.1,name.eq.Gamma"), [1, 3]),
        (lambda query: query.match({"color": "red", "active": "true"}), [1, 4]),
        (lambda query: query.gt("price", 4).lt("price", 10), [4]),
        (lambda query: query.range(1, 2), [2, 3]),
    ],
)
def test_its_filters_mean_what_they_say(
    client: SyncPostgrestClient, narrow: Any, expected: list[int]
) -> None:
    found: Any = narrow(client.from_("drugs").select("id").order("id")).execute()

    assert [row["id"] for row in found.data] == expected


def test_it_embeds(client: SyncPostgrestClient) -> None:
    found: Any = client.from_("makers").select("name, drugs(name)").eq("id", 2).execute()

    assert found.data == [{"name": "Nilgiri Labs", "drugs": [{"name": "Gamma"}]}]


def test_it_counts(client: SyncPostgrestClient) -> None:
    page: Any = client.from_("drugs").select("id", count=CountMethod.exact).limit(1).execute()
    head: Any = client.from_("drugs").select("id", count=CountMethod.exact, head=True).execute()

    assert (len(page.data), page.count) == (1, 4)
    assert head.count == 4


def test_it_takes_one_row_or_none(client: SyncPostgrestClient) -> None:
    drugs = client.from_("drugs")

    assert drugs.select("id").eq("id", 1).single().execute().data == {"id": 1}
    found: Any = drugs.select("id").eq("id", 1).maybe_single().execute()
    assert found is not None
    assert found.data == {"id": 1}
    assert drugs.select("id").eq("id", 99).maybe_single().execute() is None
    with pytest.raises(APIError) as refused:
        drugs.select("id").single().execute()
    assert refused.value.code == "PGRST116"


def test_it_reads_csv(client: SyncPostgrestClient) -> None:
    found: Any = client.from_("tags").select("id,label").order("id").limit(2).csv().execute()

    assert found.data == "id,label\n1,cold\n2,rx"


def test_it_inserts_updates_and_deletes(client: SyncPostgrestClient) -> None:
    made: Any = client.from_("tags").insert({"label": "new"}).execute()
    identity = made.data[0]["id"]
    assert made.data == [{"id": identity, "label": "new"}]

    many: Any = client.from_("tags").insert([{"label": "a"}, {"label": "b"}]).execute()
    assert [row["label"] for row in many.data] == ["a", "b"]

    changed: Any = client.from_("tags").update({"label": "newer"}).eq("id", identity).execute()
    assert changed.data == [{"id": identity, "label": "newer"}]

    gone: Any = client.from_("tags").delete().eq("id", identity).execute()
    assert gone.data == [{"id": identity, "label": "newer"}]
    assert client.from_("tags").select("id").eq("id", identity).execute().data == []


def test_it_upserts(client: SyncPostgrestClient) -> None:
    by_key: Any = client.from_("tags").upsert({"id": 1, "label": "warm"}).execute()
    by_label: Any = client.from_("tags").upsert({"label": "rx"}, on_conflict="label").execute()
    ignored: Any = (
        client.from_("tags").upsert({"id": 1, "label": "hot"}, ignore_duplicates=True).execute()
    )

    assert by_key.data == [{"id": 1, "label": "warm"}]
    assert by_label.data == [{"id": 2, "label": "rx"}]
    assert ignored.data == []
    found: Any = client.from_("tags").select("label").order("id").execute()
    assert [row["label"] for row in found.data] == ["warm", "rx", "unused"]


def test_it_understands_our_errors(client: SyncPostgrestClient) -> None:
    with pytest.raises(APIError) as refused:
        client.from_("drugs").select("nam").execute()

    assert refused.value.code == "42703"
    assert refused.value.message == "column drugs.nam does not exist"
    assert refused.value.hint == 'Perhaps you meant to reference the column "drugs.name".'

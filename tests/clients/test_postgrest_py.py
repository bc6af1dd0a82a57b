"""The unmodified ``postgrest`` client from PyPI, sync and async, through roles as in production.

What it does over any database is tested in ``tests/api/test_postgrest_client.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from postgrest import AsyncPostgrestClient, CountMethod, ReturnMethod, SyncPostgrestClient
from postgrest.exceptions import APIError

from tests.api.rows import query
from tests.clients.library import ROLES, TOKENS
from tests.service import Api

Clients = Callable[[str], SyncPostgrestClient]


@pytest.fixture
def clients(rows: Api) -> Iterator[Clients]:
    """A client for a role; without one, for callers without a token."""
    base = f"{str(rows.client.base_url).rstrip('/')}/rest/v1"
    with httpx.Client(base_url=base, timeout=30) as session:

        def client(role: str) -> SyncPostgrestClient:
            made = SyncPostgrestClient(base, http_client=session)
            return made.auth(TOKENS[role]) if role else made

        yield client


@pytest.fixture
def books(clients: Clients) -> Any:
    """The books, as the staff sees them, in order."""
    return clients("staff").from_("books")


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (lambda each: each.cs("tags", ["river", "rain"]), [2]),
        (lambda each: each.contains("extra", {"isbn": "111"}), [1]),
        (lambda each: each.contained_by("tags", ["river", "rain"]), [2, 4]),
        (lambda each: each.overlaps("tags", ["cold", "calm"]), [1, 3]),
        (lambda each: each.ov("ages", "[12,13)"), [1, 2]),
        (lambda each: each.range_gt("ages", (1, 13)), [3]),
        (lambda each: each.range_gte("ages", (11, 13)), [2, 3]),
        (lambda each: each.range_lt("ages", (12, 30)), [1]),
        (lambda each: each.range_lte("ages", (12, 19)), [1, 2]),
        (lambda each: each.range_adjacent("ages", (18, 20)), [2]),
        (lambda each: each.fts("words", "quiet"), [1]),
        (lambda each: each.plfts("words", "rivers rain"), [2]),
        (lambda each: each.phfts("words", "quiet rivers"), [1]),
        (lambda each: each.wfts("words", "quiet or ice"), [1, 3]),
        (lambda each: each.like_any_of("title", "Ice%,The%"), [1, 3]),
        (lambda each: each.ilike_all_of("title", "%RIVER%,%rain%"), [2]),
        (lambda each: each.not_.in_("id", [1, 2]), [3, 4]),
        (lambda each: each.is_("lent", None), [3]),
        (lambda each: each.eq("lent", True), [2]),
        (lambda each: each.or_("id.eq.4,and(price.gt.10,price.lt.15)"), [1, 4]),
        (lambda each: each.eq("extra->sizes->>w", 10), [1]),
    ],
)
def test_its_filters_mean_what_they_say(books: Any, narrow: Any, expected: list[int]) -> None:
    found = narrow(books.select("id")).order("id").execute()

    assert [row["id"] for row in found.data] == expected


def test_it_embeds_and_cuts_what_is_embedded(clients: Clients) -> None:
    found: Any = (
        clients("")
        .from_("authors")
        .select("id", "books(id, genres!inner(label))")
        .eq("id", 1)
        .eq("books.genres.label", "travel")
        .order("id", desc=True, foreign_table="books")
        .limit(1, foreign_table="books")
        .execute()
    )

    assert found.data == [{"id": 1, "books": [{"id": 1, "genres": [{"label": "travel"}]}]}]


@pytest.mark.parametrize("method", list(CountMethod))
def test_it_counts_in_every_way(books: Any, method: CountMethod) -> None:
    found = books.select("id", count=method, head=True).execute()

    assert found.count == 4 or method is not CountMethod.exact
    assert found.count > 0


def test_it_writes_with_and_without_an_answer(clients: Clients, rows: Api) -> None:
    genres = clients("staff").from_("genres")

    silent: Any = genres.insert({"id": 7, "label": "x"}, returning=ReturnMethod.minimal).execute()
    counted: Any = genres.update({"label": "y"}, count=CountMethod.exact).eq("id", 7).execute()
    ignored: Any = genres.upsert(
        [{"id": 7, "label": "z"}, {"id": 8, "label": "w"}], ignore_duplicates=True
    ).execute()
    gone: Any = genres.delete(count=CountMethod.exact).gte("id", 7).execute()

    assert silent.data == []
    assert (counted.data, counted.count) == ([{"id": 7, "label": "y"}], 1)
    assert ignored.data == [{"id": 8, "label": "w"}]
    assert gone.count == 2
    assert query(rows.url, "SELECT count(*) FROM genres") == [(3,)]


def test_rows_that_lack_a_column_get_its_default(clients: Clients) -> None:
    given: Any = [{"id": 7, "title": "A"}, {"id": 8, "title": "B", "price": 3}]

    found: Any = clients("staff").from_("books").insert(given, default_to_null=False).execute()

    assert [row["price"] for row in found.data] == [10.0, 3.0]


def test_no_more_rows_are_changed_than_it_says(books: Any, rows: Api) -> None:
    with pytest.raises(APIError) as refusal:
        books.delete().lt("id", 4).max_affected(2).execute()

    assert refusal.value.code == "PGRST124"
    assert refusal.value.details == "The query affects 3 rows"
    assert query(rows.url, "SELECT count(*) FROM books") == [(4,)]


@pytest.mark.parametrize("get", [False, True])
def test_it_calls_functions(clients: Clients, get: bool) -> None:
    client = clients("")

    total: Any = client.rpc("total", {"numbers": [1, 2, 3]}, get=get).execute()  # type: ignore[dict-item]
    long: Any = (
        client.rpc("longer_than", {"shortest": "200"}, get=get, count=CountMethod.exact)
        .select("id", "authors(name)")
        .gt("price", 15)
        .execute()
    )
    head: Any = client.rpc("longer_than", {"shortest": "1"}, CountMethod.exact, head=True).execute()

    assert total.data == 6
    assert (long.data, long.count) == ([{"id": 3, "authors": {"name": "Bo Lind"}}], 1)
    assert head.count == 3


def test_a_function_without_a_result_answers_nothing(clients: Clients, rows: Api) -> None:
    found: Any = clients("staff").rpc("lend", {"book": "1"}).execute()

    assert found.data == []
    assert query(rows.url, "SELECT lent FROM books WHERE id = 1") == [(True,)]


def test_the_token_decides_the_role_and_what_it_sees(clients: Clients) -> None:
    for role in ("anon", "member", "staff"):
        found: Any = clients(role).rpc("whoami", {}).execute()
        assert found.data["role"] == ROLES[role]
        assert found.data["client"].startswith("supabase-py/postgrest-py")
    mine: Any = clients("member").from_("notes").select("body").execute()
    assert mine.data == [{"body": "mine"}]


@pytest.mark.parametrize(
    ("role", "message", "code", "hint"),
    [
        ("", "permission denied for table notes", "42501", None),
        ("expired", "JWT expired", "PGRST303", None),
    ],
)
def test_a_refusal_has_its_code_and_message(
    clients: Clients, role: str, message: str, code: str, hint: str | None
) -> None:
    with pytest.raises(APIError) as refusal:
        clients(role).from_("notes").select("*").execute()

    found = refusal.value
    assert (found.message, found.code, found.hint, found.details) == (message, code, hint, None)


def test_it_changes_the_schema(clients: Clients) -> None:
    found: Any = clients("").schema("archive").from_("books").select("title").order("id").execute()
    assert found.data == [{"title": "Ashes"}, {"title": "Cinders"}]

    with pytest.raises(APIError) as refusal:
        clients("").schema("secret").from_("books").select("title").execute()
    assert refusal.value.message == "Invalid schema: secret"


def test_it_strips_nulls_and_explains(books: Any) -> None:
    stripped = books.select("id", "pages").eq("id", 4).strip_nulls().execute()
    plan = books.select("id").explain(analyze=True, format="text").execute()

    assert stripped.data == [{"id": 4}]
    assert "actual time=" in plan


def test_many_requests_at_once_are_answered_each_its_own(rows: Api) -> None:
    async def ask_all() -> list[Any]:
        base = f"{str(rows.client.base_url).rstrip('/')}/rest/v1"
        async with httpx.AsyncClient(base_url=base, timeout=30) as session:
            client = AsyncPostgrestClient(base, http_client=session)
            asked = (
                client.from_("books").select("id").eq("id", number % 4 + 1).single().execute()
                for number in range(40)
            )
            return list(await asyncio.gather(*asked))

    found = asyncio.run(ask_all())

    assert [each.data["id"] for each in found] == [number % 4 + 1 for number in range(40)]

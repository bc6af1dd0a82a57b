"""``@supabase/supabase-js``, made from an address and a key alone as for any project."""

from __future__ import annotations

import pytest

from tests.clients.answers import answered, refused
from tests.clients.library import ROLES, TOKENS
from tests.clients.node import Client

CLIENT = "supabase_js.mjs"
NO_KEY = ("No suitable key or wrong key type", "None of the keys was able to decode the JWT")


def test_it_sends_its_key_twice_and_names_the_schema(js: Client) -> None:
    read = js.run("project.from('genres').select('label', {count: 'exact'}).eq('id', 1)")
    write = js.run("project.rpc('add', {a: 1, b: 2})")

    assert read.value == answered([{"label": "novel"}], 1)
    assert write.value == answered(3)
    sent = read.requests[0]
    assert (sent["method"], sent["path"]) == ("GET", "/rest/v1/genres?select=label&id=eq.1")
    assert sent["headers"].pop("x-client-info").startswith("supabase-js/")
    assert sent["headers"] == {
        "apikey": TOKENS["anon"],
        "authorization": f"Bearer {TOKENS['anon']}",
        "accept-profile": "public",
        "prefer": "count=exact",
    }
    assert write.requests[0]["headers"]["content-profile"] == "public"


@pytest.mark.parametrize(
    ("client", "role", "subject"),
    [("project", "anon", None), ("member", "member", "ada"), ("staff", "staff", "eve")],
)
def test_the_token_decides_the_role(
    js: Client, client: str, role: str, subject: str | None
) -> None:
    found = js(f"{client}.rpc('whoami', {{}}, {{get: true}})")

    claims = {"role": ROLES[role]} | ({"sub": subject} if subject else {})
    assert found["data"]["role"] == ROLES[role]
    assert found["data"]["claims"] == claims
    assert found["data"]["client"].startswith("supabase-js/")


def test_row_level_security_decides_what_a_user_sees(js: Client) -> None:
    select = "from('notes').select('body').order('id')"

    assert js(f"member.{select}") == answered([{"body": "mine"}])
    assert js(f"staff.{select}") == answered([{"body": "mine"}, {"body": "not hers"}])
    assert js(f"project.{select}") == refused(
        401, "Unauthorized", "42501", "permission denied for table notes"
    )


def test_a_user_writes_what_is_theirs(js: Client) -> None:
    notes = "member.from('notes')"

    made = js(f"{notes}.insert({{body: 'new'}}).select().single()")
    changed = js(f"{notes}.update({{body: 'newer'}}).eq('id', 101).select('body').single()")
    kept = js(f"{notes}.upsert({{id: 1, body: 'still mine'}}).select('id, body, owner')")
    stolen = js(f"{notes}.upsert({{id: 2, body: 'stolen'}})")
    gone = js(f"{notes}.delete().eq('id', 101)")

    assert made == answered({"id": 101, "owner": "ada", "body": "new"}, None, 201, "Created")
    assert changed == answered({"body": "newer"})
    assert kept == answered([{"id": 1, "body": "still mine", "owner": "ada"}])
    assert stolen == refused(
        403,
        "Forbidden",
        "42501",
        'new row violates row-level security policy (USING expression) for table "notes"',
    )
    assert gone == answered(None, None, 204, "No Content")


def test_a_token_that_is_not_ours_is_refused(js: Client) -> None:
    forged = js("make({accessToken: async () => tokens.forged}).from('books').select()")
    expired = js("make({accessToken: async () => tokens.expired}).from('books').select()")

    assert forged == refused(401, "Unauthorized", "PGRST301", *NO_KEY)
    assert expired == refused(401, "Unauthorized", "PGRST303", "JWT expired")


def test_the_schema_is_the_projects_or_the_calls(js: Client) -> None:
    by_project = js("make({db: {schema: 'archive'}}).from('books').select('title').eq('id', 1)")
    by_call = js("project.schema('archive').from('books').select('title').eq('id', 2)")
    function = js("project.schema('archive').rpc('oldest')")

    assert by_project == answered([{"title": "Ashes"}])
    assert by_call == answered([{"title": "Cinders"}])
    assert function == answered([{"id": 1, "title": "Ashes", "burnt": "1871-05-01"}])


def test_it_embeds_and_pages(js: Client) -> None:
    found = js(
        "project.from('authors').select('name, books!inner(title, genres(label))',"
        " {count: 'exact'}).gt('books.price', 9).order('name')"
        ".order('label', {referencedTable: 'books.genres'}).range(0, 0)"
    )

    assert found == answered(
        [
            {
                "name": "Amara Obi",
                "books": [
                    {
                        "title": "The Quiet River",
                        "genres": [{"label": "novel"}, {"label": "travel"}],
                    }
                ],
            }
        ],
        2,
        206,
        "Partial Content",
    )


def test_its_time_limit_ends_a_request(js: Client) -> None:
    found = js("make({db: {timeout: 150}, accessToken: async () => tokens.staff}).rpc('slow')")

    assert (found["status"], found["data"]) == (0, None)
    assert found["error"]["message"] == "AbortError: This operation was aborted"

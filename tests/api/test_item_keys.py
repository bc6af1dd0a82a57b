"""Keys that are texts of any kind: the row that was made is found where its answer says."""

from __future__ import annotations

from tests.api.rows import execute
from tests.service import running

KEYS = ["", ".", "..", '"', "a,b", "a/b", " ", "%2F", "ü?#+&"]


def test_a_row_of_any_text_is_found_at_its_location(shop_url: str) -> None:
    execute(shop_url, "CREATE TABLE words (word text PRIMARY KEY, tone int)")
    with running(shop_url) as api:
        for number, key in enumerate(KEYS):
            made = api.post("/words", json={"word": key, "tone": number})
            assert made.status_code == 201, key
            found = api.get(made.headers["location"])
            assert (found.status_code, found.json()) == (200, {"word": key, "tone": number})
            changed = api.patch(made.headers["location"], json={"tone": -1})
            assert changed.json() == {"word": key, "tone": -1}
        assert len(api.get("/words?tone=eq.-1").json()) == len(KEYS)

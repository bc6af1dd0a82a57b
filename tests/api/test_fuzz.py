"""Requests that nobody wrote: never a 5xx, and every refusal in PostgREST's form."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.raw import Reply, send
from tests.service import Api


def words(text: str) -> st.SearchStrategy[str]:
    """One of the words of a text."""
    return st.sampled_from(text.split())


WORDS = words(
    "id name price stock active maker_id color added seen extra makers drugs tags drug_tags"
    " people badges orders lines notes odd%20name cheap_drugs select order limit offset columns"
    " on_conflict or and not.or not.and eq neq gt like ilike in is not.eq fts cs isdistinct match"
    " * count() sum null true false asc desc nullslast any all 0 1 -1 9223372036854775807 1e9"
    " 2026-01-01 %00 %ff %e2%82 %F0%9F%8E%89 %22 %5C ' ( ) , . : :: -> ->> ! ... { } [ ] = & ? #"
    " %0d%0a a,b (1,2) {1,2} eq.1 is.null in.(1,2) makers(name) !inner !left"
    " boss:people!boss_id(name) extra->>form extra->sizes->0 name::text eq(any).{1,2} ~ ;"
    " match.^a imatch(all).{a,(} like(any). cs.[1] cd.{} ov. fts.a&!b wfts.-a isdistinct.null"
)
PIECES = st.lists(WORDS, max_size=7).map("".join)
PARAMETERS = st.lists(st.tuples(PIECES, PIECES).map("=".join), max_size=4).map("&".join)
PLAUSIBLE = st.lists(
    st.tuples(
        words(
            "select order limit offset or id price seen extra extra->>form maker_id columns"
            " on_conflict makers.name tags.order"
        ),
        words(
            "* id eq.1 in.(1,2) is.null not.eq.2 (id.eq.1,price.gt.2) 1 0 id.desc"
            " name,makers(name) tags(label,drugs(id)) ...makers(maker:name) extra->sizes->>0"
            " eq. in.() gt.x like.*a* ilike.a_%25 eq(any).{1,2} price.sum() id::text"
            " count() seen.asc.nullsfirst makers(name).desc"
        ),
    ).map("=".join),
    max_size=4,
).map("&".join)
TABLES = words("drugs makers tags drug_tags people lines notes odd%20name cheap_drugs nosuch")
TARGETS = st.one_of(
    st.tuples(st.sampled_from(["/", "/rest/v1/"]), TABLES, st.just("?"), PLAUSIBLE),
    st.tuples(st.sampled_from(["/", "/rest/v1/"]), TABLES, st.just("?"), PARAMETERS),
    st.tuples(st.just("/"), TABLES, st.just("/"), PIECES.map(lambda text: text.replace("#", ""))),
    st.tuples(st.just("/"), PIECES.map(lambda text: text.replace("#", ""))),
).map("".join)
HEADERS = st.lists(
    st.tuples(
        words("Prefer Accept Range Accept-Profile Content-Profile Content-Type Authorization"),
        st.sampled_from(
            [
                *("return=representation", "return=minimal", "return=headers-only"),
                *("count=exact", "missing=default", "handling=strict", "max-affected=1"),
                *("resolution=merge-duplicates", "resolution=ignore-duplicates"),
                *("application/json", "text/csv", "application/vnd.pgrst.object+json", "*/*"),
                *(
                    "application/x-www-form-urlencoded",
                    "0-1",
                    "5-",
                    "public",
                    "main",
                    ";q=",
                    "\xb2",
                ),
                *("Bearer a.b.c", "text/csv;q=0", "application/geo+json", "max-affected=\xb2"),
            ]
        ),
    ),
    max_size=4,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["2026-01-01", "open", "1", "x" * 60]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
COLUMNS = words("id name price stock label body note extra added zzz")
ROWS = st.dictionaries(COLUMNS, VALUES, max_size=4)


def encoded(value: object) -> bytes:
    """JSON, lone surrogates and all."""
    return json.dumps(value).encode()


BODIES = st.one_of(
    st.none(),
    st.binary(max_size=40),
    ROWS.map(encoded),
    st.lists(ROWS, max_size=3).map(encoded),
    VALUES.map(encoded),
    PIECES.map(str.encode),
)
METHODS = words("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE")


def check(reply: Reply, method: str) -> None:
    """Served, or refused in the one form."""
    assert reply.status < 500, reply
    if reply.status >= 400 and method != "HEAD":
        assert set(reply.json()) == {"code", "details", "hint", "message"}, reply


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(METHODS, TARGETS, HEADERS, BODIES)
def test_no_request_breaks_anything(
    shop: Api, method: str, target: str, headers: list[tuple[str, str]], body: bytes | None
) -> None:
    check(send(shop, method, target, headers, body), method)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(["POST", "PATCH", "PUT"]), TABLES, ROWS | st.lists(ROWS, max_size=3))
def test_no_row_breaks_anything(shop: Api, method: str, table: str, body: object) -> None:
    """The same body on both mounts."""
    headers = [("Content-Type", "application/json"), ("Prefer", "return=representation")]
    for target in (f"/{table}?id=eq.1", f"/rest/v1/{table}?columns=id,name"):
        check(send(shop, method, target, headers, encoded(body)), method)

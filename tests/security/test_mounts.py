"""Two mounts, one fence: no way of writing an address leads around the rules of a table."""

from __future__ import annotations

import json

import pytest

from tests.api.harmless import JSON
from tests.api.raw import send
from tests.rules.conftest import bearer
from tests.service import Api

SALES = bearer("sales", makers=[1], person=1)  # from whom ``tags`` is concealed
HIDDEN = (b"otc", b"cold")  # what its rows say

CONCEALED = [
    "/tags",
    "/tags/",
    "/tags/1",
    "//tags",
    "/./tags",
    "/x/../tags",
    "/%74ags",
    "/ta%67s/1",
    "/tags%2f1",
    "/tags;v=1",
    "/tags%20",
    "/tags%00",
    "/TAGS",
    "/public.tags",
    '/"tags"',
    "/main.tags",
    "/rest/v1/tags",
    "/rest/v1/%74ags",
    "/rest/v1//tags",
    "/rest/v1/tags/",
    "/rest/v1/tags/1",
    "/rest/v1/../tags",
    "/rest%2fv1/tags",
    "/rest/v1%2ftags",
    "//rest/v1/tags",
    "/REST/V1/tags",
    "/rest/v1/rpc/tags",
    "/rest/v1/rpc/../tags",
    "/rest/v1/public.tags",
    "/health/../tags",
    "/docs/assets/../../tags",
    "/database-tools/schema/test-query/tags",
    "/drugs?select=id,tags(label)",
    "/rest/v1/drugs?select=id,drug_tags(tags(label))",
    "/rest/v1/drug_tags?select=tag_id,...tags(label)",
    "/rest/v1/drug_tags?select=tag_id&tags.label=eq.otc",
    "/rest/v1/drug_tags?select=tag_id&order=tags(label)",
]


def rows_shown(body: bytes) -> list[bytes]:
    """What of the concealed rows stands in an answer, the question itself aside."""
    return [each for each in HIDDEN if each in body.replace(b"label=eq.otc", b"")]


def test_the_rows_are_there_for_who_may_see_them(guarded: Api) -> None:
    found = guarded.get("/tags", headers=bearer("admin")).content

    assert rows_shown(found)


@pytest.mark.parametrize("target", CONCEALED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_address_leads_to_a_table_that_is_concealed(
    guarded: Api, target: str, method: str
) -> None:
    token = ("Authorization", SALES["Authorization"])
    reply = send(guarded, method, target, [token])

    assert rows_shown(reply.body) == []
    if "tags" in target.partition("?")[0] and method == "GET":
        assert reply.status >= 400, reply


@pytest.mark.parametrize("path", ["/tags", "/tags/1", "/rest/v1/tags", "/%74ags", "//tags"])
def test_no_operation_of_a_batch_does(guarded: Api, path: str) -> None:
    token = ("Authorization", SALES["Authorization"])
    for method in ("GET", "DELETE", "PATCH", "POST"):
        body = {"label": "x"} if method in ("PATCH", "POST") else None
        operations = [{"method": method, "path": path, "body": body}]
        reply = send(guarded, "POST", "/batch", [token, JSON], json.dumps(operations).encode())
        assert reply.status >= 400, (method, reply)
        assert rows_shown(reply.body) == []


@pytest.mark.parametrize("profile", ["pg_catalog", "information_schema", "autoapi", "other"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_header_names_a_schema_that_is_not_exposed(
    guarded: Api, profile: str, method: str
) -> None:
    name = "Accept-Profile" if method == "GET" else "Content-Profile"
    reply = send(guarded, method, "/rest/v1/pg_authid", [(name, profile), JSON], b"{}")

    assert reply.status in (401, 404, 406), reply

"""The tools are for administrators; everybody else is told so, in the form of every error."""

from __future__ import annotations

import pytest

from tests.database_tools.conftest import ask
from tests.service import Api, running

TOOLS = (
    "schema/inspect",
    "schema/test-query/drugs",
    "schema/compare",
    "schema/advise",
    "schema/diagram",
)


@pytest.mark.parametrize("path", TOOLS)
def test_without_a_token_a_tool_answers_401(shop: Api, path: str) -> None:
    answer = shop.get(f"/database-tools/{path}")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {
        "code": "PGRST302",
        "details": None,
        "hint": None,
        "message": "Anonymous access is disabled",
    }


@pytest.mark.parametrize("path", TOOLS)
def test_another_role_is_answered_403(shop: Api, path: str) -> None:
    answer = ask(shop, path, role="staff")

    assert answer.status_code == 403
    assert answer.json() == {
        "code": "AUTO111",
        "details": "The token's role is 'staff'",
        "hint": "Send a token whose role is 'admin' (AUTOAPI_ADMIN_ROLE)",
        "message": "The database tools are for administrators",
    }


def test_a_token_that_is_not_genuine_is_answered_401(shop: Api) -> None:
    headers = {"Authorization": "Bearer a.b.c"}
    answer = shop.get("/database-tools/schema/inspect", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST301")


def test_the_role_of_administrators_is_a_setting(shop: Api) -> None:
    with running(shop.url, admin_role="chief") as service:
        assert ask(service, "schema/inspect").status_code == 403
        assert ask(service, "schema/inspect", role="chief").status_code == 200


def test_a_tool_that_does_not_exist_is_answered_404(shop: Api) -> None:
    answer = ask(shop, "schema/inspekt")

    assert (answer.status_code, answer.json()["code"]) == (404, "PGRST125")


def test_a_tool_is_read_by_get_alone(shop: Api) -> None:
    answer = shop.post("/database-tools/schema/inspect")

    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")


def test_the_document_lists_the_tools_with_their_security(shop: Api) -> None:
    document = shop.get("/openapi.json").json()
    operation = document["paths"]["/database-tools/schema/test-query/{table}"]["get"]

    assert operation["operationId"] == "database_tools_test_query"
    assert operation["security"] == [{"bearer": []}]
    assert sorted(operation["responses"]) == ["200", "400", "401", "403", "404", "503", "504"]
    limit = next(each for each in operation["parameters"] if each["name"] == "limit")
    assert limit["schema"]["maximum"] == 100
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    name = answer["$ref"].rpartition("/")[2]
    assert "milliseconds" in document["components"]["schemas"][name]["properties"]
    assert "HTTPValidationError" not in document["components"]["schemas"]

"""Nobody becomes more than a signed token says, by other claims, headers or forged tokens."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from tests.api.raw import send
from tests.rules.conftest import bearer
from tests.service import SECRET, Api

SALES = bearer("sales", makers=[1], person=1)
BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])


def part(value: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged() -> list[str]:
    """Tokens of a sales person who would be admin."""
    admin = {"role": "admin", "makers": [1], "person": 1}
    head, _, signature = SALES["Authorization"].removeprefix("Bearer ").split(".")
    return [
        f"{part({'alg': 'none'})}.{part(admin)}.",
        f"{part({'alg': 'None', 'typ': 'JWT'})}.{part(admin)}.{signature}",
        f"{head}.{part(admin)}.{signature}",
        f"{head}.{part(admin)}.",
        f"{part({'alg': 'HS256', 'jwk': {'k': part('x')}})}.{part(admin)}.{signature}",
        f"{part({'alg': 'HS256', 'jku': 'https://evil.example/keys'})}.{part(admin)}.{signature}",
        f"{part({'alg': 'HS256', 'kid': '../../dev/null'})}.{part(admin)}.{signature}",
        jwt.encode(admin, "another secret that is just as long as ours", "HS256"),
        jwt.encode(admin, "\0" * 32, "HS256"),
    ]


@BOTH
@pytest.mark.parametrize("number", range(9))
def test_a_token_that_we_did_not_sign_is_refused(guarded: Api, mount: str, number: int) -> None:
    headers = {"Authorization": f"Bearer {forged()[number]}"}
    read = guarded.get(f"{mount}/tags", headers=headers)
    written = guarded.delete(f"{mount}/tags?id=eq.1", headers=headers)

    assert (read.status_code, written.status_code) == (401, 401)


@BOTH
@pytest.mark.parametrize(
    "headers",
    [
        {"Role": "admin"},
        {"X-Role": "admin", "X-User-Role": "admin", "X-Hasura-Role": "admin"},
        {"Cookie": "role=admin; token=admin"},
        {"Prefer": "role=admin, tx=rollback"},
        {"X-Forwarded-User": "admin", "Forwarded": "for=127.0.0.1"},
        {"X-API-Key": "admin"},
        {"X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_no_header_makes_anybody_more(guarded: Api, mount: str, headers: dict[str, str]) -> None:
    shown = guarded.get(f"{mount}/drugs?select=*&limit=1", headers={**SALES, **headers})

    assert "color" not in shown.json()[0]
    assert guarded.get(f"{mount}/tags", headers={**SALES, **headers}).status_code >= 400
    body = {"role": "admin", "name": "x"}
    refused = guarded.post(f"{mount}/makers?role=admin", json=body, headers={**SALES, **headers})
    assert refused.status_code in (400, 403)


@BOTH
@pytest.mark.parametrize(
    "claims",
    [
        {"roles": ["admin"], "app_metadata": {"role": "admin"}},
        {"user_role": "admin", "request.jwt.claims": '{"role":"admin"}'},
        {"role ": "admin", "ROLE": "admin", "Role": "admin"},
        {"makers": [1], "person": "1) OR true --"},
    ],
)
def test_no_other_claim_does(guarded: Api, mount: str, claims: dict[str, Any]) -> None:
    headers = bearer("sales", **({"makers": [1], "person": 1} | claims))

    assert guarded.get(f"{mount}/tags", headers=headers).status_code >= 400
    orders = guarded.get(f"{mount}/orders?select=buyer_id", headers=headers)
    assert orders.status_code == 403 or {each["buyer_id"] for each in orders.json()} <= {1}


@pytest.mark.parametrize("role", [["admin"], {"admin": True}, True, 1, "Admin", "admin ", "*", ""])
def test_a_role_is_a_text_and_just_that_text(guarded: Api, role: object) -> None:
    token = jwt.encode({"role": role, "makers": [1], "person": 1}, SECRET, "HS256")
    headers = {"Authorization": f"Bearer {token}"}

    assert guarded.get("/database-tools/schema/inspect", headers=headers).status_code in (401, 403)
    shown = guarded.get("/drugs?limit=1", headers=headers)
    assert shown.status_code >= 400 or "color" not in shown.json()[0]


def test_a_role_does_not_outlive_its_request(guarded: Api) -> None:
    admin = bearer("admin", person=2)
    for _ in range(20):
        assert "color" in guarded.get("/drugs?limit=1", headers=admin).json()[0]
        assert "color" not in guarded.get("/drugs?limit=1", headers=SALES).json()[0]
        assert guarded.get("/tags", headers=SALES).status_code >= 400


@pytest.mark.parametrize("scheme", ["Basic", "bearer  ", "Bearer\t", "Token", "Bearer Bearer"])
def test_a_scheme_is_read_as_it_is_meant(guarded: Api, scheme: str) -> None:
    token = SALES["Authorization"].removeprefix("Bearer ")
    reply = send(guarded, "GET", "/drugs?limit=1", [("Authorization", f"{scheme} {token}")])

    assert reply.status in (200, 401)
    assert b'"color"' not in reply.body

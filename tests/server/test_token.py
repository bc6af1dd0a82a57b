"""``autoapi token``: a token that the service of the same settings takes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.auth.tokens import ask, jwk, jwks, private_key, verifier
from tests.server.process import command, environment
from tests.service import SECRET


def token_command(folder: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit status, output and message of the command."""
    done = subprocess.run(
        command("token", *arguments),
        env=environment(**variables),
        cwd=folder,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode().strip(), done.stderr.decode().strip()


@pytest.mark.parametrize("kind", ["text", "private key"])
def test_the_token_is_one_that_the_service_takes(tmp_path: Path, kind: str) -> None:
    private = jwks(jwk("ES256", private_key("ES256"), private=True, kid="one"))
    secret = SECRET if kind == "text" else private
    status, token, _ = token_command(tmp_path, "admin", AUTOAPI_JWT_SECRET=secret)

    assert status == 0
    assert ask(verifier(jwt_secret=secret), token).role == "admin"


def test_public_keys_cannot_sign_and_the_command_says_so(tmp_path: Path) -> None:
    public = jwks(jwk("ES256", private_key("ES256")))
    status, output, said = token_command(tmp_path, "admin", AUTOAPI_JWT_SECRET=public)

    assert (status, output) == (2, "")
    assert said == (
        "autoapi: AUTOAPI_JWT_SECRET holds public keys only: they verify tokens and cannot sign"
        " them. Have the owner of the private key sign one"
    )


def test_claims_are_carried_as_json_or_texts(tmp_path: Path) -> None:
    given = ("sales", "--claim", "makers=[1, 2]", "--claim", "name=Asha")
    status, token, _ = token_command(tmp_path, *given, AUTOAPI_JWT_SECRET=SECRET)
    assert status == 0
    claims = ask(verifier(jwt_secret=SECRET), token).claims
    assert (claims["makers"], claims["name"], claims["role"]) == ([1, 2], "Asha", "sales")

    for wrong in ("role=admin", "nothing", "=x"):
        status, _, said = token_command(
            tmp_path, "sales", "--claim", wrong, AUTOAPI_JWT_SECRET=SECRET
        )
        assert status == 2
        assert "--claim" in said

"""Token to caller."""

from autoapi.auth.keys import secrets_of
from autoapi.auth.presented import Judge, Presented
from autoapi.auth.principal import ANONYMOUS, Principal
from autoapi.auth.remote_keys import fetch_keys
from autoapi.auth.tokens import TokenVerifier, make_token, signing_key

__all__ = [
    "ANONYMOUS",
    "Judge",
    "Presented",
    "Principal",
    "TokenVerifier",
    "fetch_keys",
    "make_token",
    "secrets_of",
    "signing_key",
]

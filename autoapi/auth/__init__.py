"""Token to caller."""

from autoapi.auth.presented import Judge, Presented
from autoapi.auth.principal import ANONYMOUS, Principal
from autoapi.auth.tokens import TokenVerifier, make_token, signing_key

__all__ = [
    "ANONYMOUS",
    "Judge",
    "Presented",
    "Principal",
    "TokenVerifier",
    "make_token",
    "signing_key",
]

"""Token to caller."""

from autoapi.auth.principal import ANONYMOUS, Principal
from autoapi.auth.tokens import TokenVerifier, make_token, signing_key

__all__ = ["ANONYMOUS", "Principal", "TokenVerifier", "make_token", "signing_key"]

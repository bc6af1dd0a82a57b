"""What only an override's own code is given: the service's rights over its database, and its keys.

The service's login may see what no caller may, such as the hashes of passwords; whoever
answers a request with it decides alone what of that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from autoapi.auth import Judge, Presented, TokenVerifier
from autoapi.execute import Database, Transaction
from autoapi.rules import Authenticator, Rule

__all__ = ["OwnRights", "judge_of"]


class OwnRights:
    """The service, to code that it trusts; no rule of a table holds here."""

    def __init__(
        self, database: Callable[[], Database], verifier: Callable[[], TokenVerifier] | None = None
    ) -> None:
        """Both are asked for at each use, since other settings may replace them."""
        self.database = database
        self.verifier = verifier

    def transaction(self, *, reads_only: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A transaction as the service's login, committed when its block is left.

        An exception that leaves the block undoes it. Raises ApiError as the database does.
        """
        return self.database().transaction(None, reads_only=reads_only)

    def issue_token(self, role: str, seconds: int, claims: Mapping[str, Any]) -> str:
        """A token for ``role``, signed by the first key that can. Raises PGRST300 (500)."""
        return self.keys().issue(role, seconds, claims)

    def forget_tokens(self) -> None:
        """Let every token be judged anew at its next use, by this process at once.

        Others judge each token once a second anyway.
        """
        self.keys().forget()

    def keys(self) -> TokenVerifier:
        """The keys. Raises RuntimeError on the command line, where nobody asks."""
        if self.verifier is None:
            raise RuntimeError("there are no callers here, so no tokens")
        return self.verifier()


def judge_of(rules: Iterable[Rule], own: OwnRights) -> Judge | None:
    """All authenticators as one: a token must please each, another text one of them."""
    functions = [rule.function for rule in rules if isinstance(rule, Authenticator)]

    async def judge(shown: Presented) -> Mapping[str, Any] | None:
        for function in functions:
            found: Mapping[str, Any] | None = await function(shown, own)
            is_decided = found is not None if shown.claims is None else found is None
            if is_decided:
                return found
            shown = replace(shown, claims=found)
        return shown.claims

    return judge if functions else None

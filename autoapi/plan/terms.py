"""The terms of a request's transaction, as far as its shape decides them.

Who asks is not known here: ``session`` adds the role, its settings and the claims.
https://docs.postgrest.org/en/stable/references/transactions.html
"""

from __future__ import annotations

from autoapi.catalogue import Routine
from autoapi.parse.types import Preferences
from autoapi.plan.types import Terms
from autoapi.settings import Settings

__all__ = ["plan_terms", "search_path"]

ISOLATION = "default_transaction_isolation"


def plan_terms(
    namespace: str,
    preferences: Preferences,
    settings: Settings,
    routine: Routine | None = None,
) -> Terms:
    """The terms of a request in a schema, or of a call of ``routine``.

    A function's own settings hold for the whole transaction where the operator lets them
    (``AUTOAPI_DB_HOISTED_TX_SETTINGS``); an isolation level among them becomes its level
    in any case.
    """
    own: list[tuple[str, str]] = [("search_path", search_path(namespace, settings))]
    if preferences.timezone is not None:
        own.append(("timezone", preferences.timezone))
    given = dict(routine.settings) if routine is not None else {}
    isolation = given.pop(ISOLATION, "")
    hoisted = {name: given[name] for name in given if name in settings.db_hoisted_tx_settings}
    return Terms((*own, *hoisted.items()), isolation, rolls_back(preferences, settings))


def search_path(namespace: str, settings: Settings) -> str:
    """The schema asked for, then the operator's extra ones, as SQL writes them.

    >>> search_path("a b", Settings(db_extra_search_path=("public",)))
    '"a b", "public"'
    """
    names = (namespace, *settings.db_extra_search_path)
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def rolls_back(preferences: Preferences, settings: Settings) -> bool:
    """Whether the transaction ends without effect, by the operator's will or the caller's."""
    usual, _, override = settings.db_tx_end.partition("-")
    if override and preferences.transaction is not None:
        return preferences.transaction == "rollback"
    return usual == "rollback"

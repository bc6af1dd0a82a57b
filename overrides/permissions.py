"""Who may do what: the one place to read it.

Roles are those of the table of users and of the claim ``role`` of a token. A role that is not
named may do nothing. Strangers have none; whether they come in at all is the setting
``AUTOAPI_ANONYMOUS``, and here they may read what the business shows.
"""

from __future__ import annotations

from typing import Any, Final

from autoapi import authorize, conceal, hide, readonly
from generated.models import (
    ApiKeys,
    Batches,
    CreditNoteLines,
    CreditNotes,
    CustomerLicences,
    Customers,
    GstRates,
    Inventory,
    InvoiceLines,
    Invoices,
    LineAllocations,
    Locations,
    LoginFailures,
    LoginSessions,
    Manufacturers,
    OrderLines,
    Orders,
    OutstandingInvoices,
    PaymentAllocations,
    Payments,
    Products,
    RefreshTokens,
    Schemes,
    StockBalances,
    StockMoves,
    Users,
)

__all__ = ["ANALYTICS_READERS", "RIGHTS", "STRANGER", "readers_of"]

STRANGER: Final = ""

RIGHTS: Final[tuple[tuple[tuple[type[Any], ...], dict[str, str]], ...]] = (
    (
        (Products, Manufacturers, GstRates, Schemes),
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "read",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Batches, Locations, StockBalances),
        {
            "admin": "all",
            "manager": "read write",
            "pharmacist": "read insert update",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (StockMoves,),  # a ledger: the database itself lets nobody change it
        {
            "admin": "all",
            "manager": "read insert",
            "pharmacist": "read insert",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Customers, CustomerLicences, Orders, OrderLines, LineAllocations),
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "read update",
            "sales": "read insert update",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Invoices, InvoiceLines, CreditNotes, CreditNoteLines, Payments, PaymentAllocations),
        {
            "admin": "all",
            "manager": "read",
            "pharmacist": "read",
            "sales": "read",
            "accountant": "read insert update",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Inventory, OutstandingInvoices),
        {
            "admin": "read",
            "manager": "read",
            "pharmacist": "read",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    ((Users,), {"admin": "read insert update"}),
)
"""Tables, and the rights of each role in them, in the words of ``authorize``."""

ANALYTICS_READERS: Final = frozenset({"admin", "manager", "accountant", "viewer", STRANGER})
"""Who reads the reports under ``/analytics``; strangers where they may read at all."""


def readers_of(table: type[Any]) -> frozenset[str]:
    """The roles that may read a table, for routes that show what is in it."""
    given = next(rights for tables, rights in RIGHTS if table in tables)
    return frozenset(role for role, words in given.items() if {"read", "all"} & set(words.split()))


authorize({table: rights for tables, rights in RIGHTS for table in tables})

conceal(ApiKeys, LoginFailures, LoginSessions, RefreshTokens)
hide(Users.password_hash)
readonly(
    Users.id, Users.password_changed_at, Users.last_login_at, Users.created_at, Users.created_by
)

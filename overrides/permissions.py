"""Who may do what: the one place to read it.

Roles are those of the table of users and of the claim ``role`` of a token. A role that is not
named may do nothing. Strangers have none; whether they come in at all is the setting
``AUTOAPI_ANONYMOUS``, and here they may read what the business shows.
"""

from __future__ import annotations

from typing import Any, Final

from autoapi import Refused, Who, authorize, conceal, hide, readonly
from generated.models import (
    ApiKeys,
    AuditLog,
    Batches,
    CreditNoteLines,
    CreditNotes,
    CustomerLicences,
    Customers,
    DocumentSeries,
    FefoSkips,
    GstRates,
    H1Register,
    Inventory,
    InvoiceLines,
    Invoices,
    LineAllocations,
    Locations,
    LoginFailures,
    LoginSessions,
    LoyaltyAccounts,
    LoyaltyEntries,
    LoyaltyTiers,
    Manufacturers,
    NarcoticsRegister,
    OrderLines,
    Orders,
    OutstandingInvoices,
    PaymentAllocations,
    PaymentReversals,
    Payments,
    Prescriptions,
    Products,
    PurchaseLines,
    Purchases,
    RecallActions,
    Recalls,
    RefreshTokens,
    ReturnLines,
    Returns,
    Schemes,
    SecondApprovals,
    StockBalances,
    StockMoves,
    TransferLines,
    Transfers,
    Users,
)

__all__ = [
    "ANALYTICS_READERS",
    "MAY",
    "OVERRIDERS",
    "RIGHTS",
    "STRANGER",
    "readers_of",
    "require",
]

STRANGER: Final = ""

RIGHTS: Final[tuple[tuple[tuple[type[Any], ...], dict[str, str]], ...]] = (
    (
        (Products, Manufacturers, GstRates, Schemes, LoyaltyTiers),
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
        (Batches, Locations),
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
        (Customers, CustomerLicences),
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
        (Orders, OrderLines),
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "read update",
            "sales": "all",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (LineAllocations,),  # first expired first, and reserved with it
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "all",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Prescriptions,),  # about patients: not for everybody's eyes
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "all",
            "sales": "read insert",
        },
    ),
    (
        (StockBalances, DocumentSeries, FefoSkips),  # kept by the business itself
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
        (Returns, ReturnLines),  # made by actions; what is found of them may be written here
        {
            "admin": "read insert update",
            "manager": "read insert update",
            "pharmacist": "read update",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (LoyaltyAccounts, LoyaltyEntries),
        {
            "admin": "read insert update",
            "manager": "read insert",
            "pharmacist": "read",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Purchases, PurchaseLines, Transfers, TransferLines),
        {
            "admin": "all",
            "manager": "all",
            "pharmacist": "read insert update",
            "sales": "read",
            "accountant": "read",
            "viewer": "read",
            STRANGER: "read",
        },
    ),
    (
        (Recalls, RecallActions),
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
    (  # names of patients: for those who supply, and those who answer for it
        (H1Register, NarcoticsRegister, SecondApprovals),
        {"admin": "all", "manager": "read", "pharmacist": "read"},
    ),
    ((AuditLog,), {"admin": "all"}),  # in which the database lets nobody change anything
    (
        (Inventory, OutstandingInvoices, PaymentReversals),
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

MAY: Final[dict[str, tuple[str, ...]]] = {
    "confirm": ("admin", "manager", "sales"),
    "cancel": ("admin", "manager", "sales"),
    "allocate": ("admin", "manager", "pharmacist", "sales"),
    "skip": ("admin", "manager", "pharmacist"),  # pass over a batch that expires first
    "approve": ("admin", "manager", "pharmacist"),
    "dispatch": ("admin", "manager", "pharmacist"),
    "deliver": ("admin", "manager", "pharmacist", "sales"),
    "return": ("admin", "manager", "pharmacist", "sales"),
    "inspect": ("admin", "manager", "pharmacist"),  # what came back
    "settle": ("admin", "accountant"),  # allocate, clear and bounce payments
    "burn": ("admin", "manager", "sales"),  # points
    "rate": ("admin", "manager"),  # tiers, and write expired points off
}
"""Who may take which step, by action and by the table's own routes alike."""

OVERRIDERS: Final = ("admin", "manager")
"""Who may let an order pass the credit limit, with a reason."""

ANALYTICS_READERS: Final = frozenset({"admin", "manager", "accountant", "viewer", STRANGER})
"""Who reads the reports under ``/analytics``; strangers where they may read at all."""


def readers_of(table: type[Any]) -> frozenset[str]:
    """The roles that may read a table, for routes that show what is in it."""
    given = next(rights for tables, rights in RIGHTS if table in tables)
    return frozenset(role for role, words in given.items() if {"read", "all"} & set(words.split()))


def require(who: Who, roles: tuple[str, ...], what: str) -> None:
    """See that somebody may take a step. Raises ``not_allowed`` (403)."""
    if who.role not in roles:
        raise Refused(
            "not_allowed",
            f"The role '{who.role}' may not {what}",
            {"role": who.role, "allowed": list(roles)},
            status=403,
        )


authorize({table: rights for tables, rights in RIGHTS for table in tables})

conceal(ApiKeys, LoginFailures, LoginSessions, RefreshTokens)
hide(Users.password_hash)
readonly(
    Users.id, Users.password_changed_at, Users.last_login_at, Users.created_at, Users.created_by
)

"""Customers: a GSTIN of the right form says state and PAN, too; licences have a span."""

from __future__ import annotations

from autoapi import Change, before, check
from generated.models import CustomerLicences, Customers
from overrides.check_digits import is_gstin

__all__: list[str] = []


@check(Customers)
def registrations_have_their_form(change: Change[Customers]) -> None:
    for row in change.rows:
        if row.gstin is not None and not is_gstin(row.gstin):
            change.fault(row, Customers.gstin, "is no GSTIN with the right check digit")
        elif row.gstin is not None:
            if change.given(row, Customers.state_code) and row.state_code != row.gstin[:2]:
                change.fault(row, Customers.state_code, "is not the state of the GSTIN")
            if change.given(row, Customers.pan) and row.pan not in (None, row.gstin[2:12]):
                change.fault(row, Customers.pan, "is not the PAN in the GSTIN")
        if row.credit_limit is not None and row.credit_limit < 0:
            change.fault(row, Customers.credit_limit, "must not be negative")
        if row.credit_days is not None and row.credit_days < 0:
            change.fault(row, Customers.credit_days, "must not be negative")


@before(Customers, on="insert update")
def a_gstin_says_state_and_pan(change: Change[Customers]) -> None:
    for row in change.rows:
        if row.gstin is not None and change.given(row, Customers.gstin):
            row.state_code = row.gstin[:2]
            row.pan = row.gstin[2:12]


@check(CustomerLicences)
def licences_have_a_span(change: Change[CustomerLicences]) -> None:
    for row in change.rows:
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            change.fault(row, CustomerLicences.valid_to, "must not be before valid_from")

"""The rows a run makes, in memory: numbered as they are added, handed out in bulk.

``COLUMNS`` names the columns each table is given, in an order in which every table
comes after those it refers to. Values are what both databases read: amounts and
dates as text, flags as 0 and 1.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

Value = str | int | None
Row = tuple[Value, ...]

ACTOR = "demo"

# Every table starts with its id and ends with created_at and created_by.
GIVEN = {
    "manufacturers": "name licence_no",
    "products": "sku gtin name composition dosage_form strength manufacturer_id pack_size uom hsn"
    " schedule is_schedule_c storage default_mrp min_shelf_days active",
    "gst_rates": "hsn product_id rate valid_from valid_to",
    "locations": "code name kind gstin state_code dl_20b dl_21b dl_valid_to",
    "customers": "code name kind gstin pan state_code phone address credit_limit credit_days"
    " price_tier status",
    "customer_licences": "customer_id form number valid_from valid_to document_ref verified_by"
    " verified_at",
    "schemes": "product_id buy free valid_from valid_to",
    "loyalty_tiers": "name net_purchases points_per_100",
    "batches": "product_id batch_no mfg_date expiry_date mrp ptr pts cost price_convention status",
    "recalls": "batch_id class notice_no reason at",
    "transfers": "no from_location_id to_location_id transit_location_id status value invoice_no"
    " eway_no dispatched_at received_at",
    "transfer_lines": "transfer_id batch_id qty_sent qty_received qty_written_off",
    "orders": "no customer_id location_id status version idempotency_key placed_at gross discount"
    " net",
    "order_lines": "order_id product_id qty free_qty unit_price discount_pct scheme_id",
    "line_allocations": "line_id batch_id location_id qty free_qty",
    "invoices": "no order_id customer_id location_id date due_date place_of_supply taxable cgst"
    " sgst igst round_off total irn eway_no",
    "invoice_lines": "invoice_id order_line_id product_id batch_id batch_no expiry_date mrp hsn"
    " qty free_qty unit_price discount rate taxable cgst sgst igst total",
    "credit_notes": "no invoice_id kind date taxable cgst sgst igst total tax_adjusted round_off",
    "credit_note_lines": "credit_note_id invoice_line_id qty taxable cgst sgst igst total",
    "returns": "order_id invoice_id customer_id location_id kind status date reason challan_no"
    " credit_note_id",
    "return_lines": "return_id invoice_line_id batch_id qty free_qty restocked written_off"
    " outcome_reason inspected_by inspected_at",
    "payments": "customer_id date amount mode ref status",
    "payment_allocations": "payment_id invoice_id amount",
    "payment_reversals": "payment_id date amount reason",
    "loyalty_accounts": "customer_id tier_id tier_until balance shortfall",
    "loyalty_entries": "account_id date kind points expires_on lot_id invoice_id credit_note_id"
    " base reason",
    "stock_moves": "at location_id batch_id qty kind ref_table ref_id reason actor idempotency_key",
}
COLUMNS = {
    table: ("id", *names.split(), "created_at", "created_by") for table, names in GIVEN.items()
}


class Journal:
    """Collects rows. Ids start at one and have no gaps."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.last = dict.fromkeys(COLUMNS, 0)

    def add(self, table: str, moment: str, *values: Value) -> int:
        """Add a row made at ``moment`` and give its id."""
        number = self.last[table] = self.last[table] + 1
        self.rows[table].append((number, *values, moment, ACTOR))
        return number

    def drain(self) -> dict[str, list[Row]]:
        """Hand out the rows collected so far, and forget them."""
        ready, self.rows = self.rows, {table: [] for table in COLUMNS}
        return ready


@lru_cache(maxsize=4_096)
def day_text(day: int) -> str:
    """Write a day, counted as ``date.toordinal`` does."""
    return date.fromordinal(day).isoformat()


def moment_text(day: int, second: int) -> str:
    """Write a moment in UTC, as SQLite's own CURRENT_TIMESTAMP is written.

    >>> moment_text(738_000, 3_661)
    '2021-07-29 01:01:01'
    """
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{day_text(day)} {hour:02d}:{minute:02d}:{second:02d}"

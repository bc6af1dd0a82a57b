"""An invoice as one page of HTML that needs nothing else, to read and to print."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from overrides.invoice_documents.contents import InvoiceDocument
from overrides.invoice_documents.layout import Table, facts, hsn_table, line_table, sums

__all__ = ["html_of", "security_policy"]

HERE: Final = Path(__file__).parent


@cache
def stylesheet() -> str:
    """The page's style."""
    return (HERE / "invoice.css").read_text()


@cache
def template() -> Template:
    """The page; whatever is put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("invoice.html.j2")


@cache
def security_policy() -> str:
    """What the page may do: show itself in its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )


def html_of(invoice: InvoiceDocument) -> str:
    """The page."""
    lines, by_hsn = line_table(invoice), hsn_table(invoice)
    return template().render(
        invoice=invoice,
        css=Markup(stylesheet()),  # noqa: S704 - our own file, and its hash is in the policy
        facts=facts(invoice),
        columns=lines.columns,
        rows=paired(lines),
        sums=sums(invoice),
        hsn_columns=by_hsn.columns,
        hsn_rows=paired(by_hsn),
    )


def paired(table: Table) -> list[list[tuple[object, str]]]:
    """Each text with its column."""
    return [list(zip(table.columns, row, strict=True)) for row in table.rows]

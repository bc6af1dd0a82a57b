"""An invoice as PDF, by fpdf2: pure Python, no program or font of the machine.

Its built-in fonts have the letters of Western Europe. Other letters are written as question
marks, unless BUSINESS_INVOICE_FONT names a TrueType font that has them.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from overrides.business_settings import business_settings
from overrides.invoice_documents.contents import InvoiceDocument
from overrides.invoice_documents.layout import Table, facts, hsn_table, line_table, sums

__all__ = ["pdf_of"]

BUILT_IN: Final = "helvetica"
HEADINGS: Final = FontFace(emphasis="BOLD", fill_color=(235, 235, 235))


class Page(FPDF):
    """Pages that are numbered, and letters that their font has."""

    def __init__(self, title: str) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.heading = title
        self.face = BUILT_IN
        path = business_settings().invoice_font
        if path:
            self.face = "own"
            for style in ("", "B"):
                self.add_font(self.face, style, path)
        self.set_title(title)
        self.set_margin(12)
        self.set_auto_page_break(auto=True, margin=15)
        self.alias_nb_pages()

    def footer(self) -> None:
        """What stands below each page."""
        self.set_y(-12)
        self.set_font(self.face, size=7)
        self.cell(0, 5, f"{self.shown(self.heading)}, page {self.page_no()} of {{nb}}", align="R")

    def shown(self, text: str) -> str:
        """A text in letters that the font has."""
        if self.face != BUILT_IN:
            return text
        return text.encode("latin-1", "replace").decode("latin-1")


def pdf_of(invoice: InvoiceDocument) -> bytes:
    """The document, the same bytes each time."""
    page = Page(f"Tax invoice {invoice.no}")
    page.set_creation_date(datetime.combine(invoice.day, time(), UTC))
    page.add_page()
    page.set_font(page.face, "B", 13)
    page.cell(0, 8, page.shown(page.heading), new_x="LMARGIN", new_y="NEXT")
    write_parties(page, invoice)
    write_table(page, line_table(invoice), page.epw)
    write_sums(page, invoice)
    page.set_font(page.face, "B", 8)
    page.cell(0, 8, "Tax by HSN", new_x="LMARGIN", new_y="NEXT")
    write_table(page, hsn_table(invoice), page.epw / 2)
    return bytes(page.output())


def write_parties(page: Page, invoice: InvoiceDocument) -> None:
    """Seller, buyer and facts side by side."""
    told = [
        "\n".join([f"Seller: {invoice.seller.name}", *invoice.seller.lines]),
        "\n".join([f"Buyer: {invoice.buyer.name}", *invoice.buyer.lines]),
        "\n".join(f"{name}: {value}" for name, value in facts(invoice)),
    ]
    page.set_font(page.face, size=8)
    with page.table(first_row_as_headings=False, line_height=4, text_align="LEFT") as table:
        row = table.row()
        for text in told:
            row.cell(page.shown(text))
    page.ln(3)


def write_table(page: Page, table: Table, width: float) -> None:
    """A table whose titles are repeated on each page."""
    page.set_font(page.face, size=7)
    aligned = tuple("LEFT" if column.is_text else "RIGHT" for column in table.columns)
    with page.table(
        width=width,
        align="LEFT",
        col_widths=tuple(column.width for column in table.columns),
        text_align=aligned,
        headings_style=HEADINGS,
        line_height=4,
        borders_layout=TableBordersLayout.ALL,
    ) as written:
        heading = written.row()
        for column in table.columns:
            heading.cell(column.title)
        for texts in table.rows:
            row = written.row()
            for text in texts:
                row.cell(page.shown(text))
    page.ln(3)


def write_sums(page: Page, invoice: InvoiceDocument) -> None:
    """The sums, and the last of them in words."""
    page.set_font(page.face, size=8)
    with page.table(
        width=80,
        align="RIGHT",
        first_row_as_headings=False,
        text_align=("LEFT", "RIGHT"),
        line_height=4.5,
    ) as table:
        for name, value in sums(invoice):
            row = table.row()
            row.cell(name)
            row.cell(value)
    page.ln(2)
    page.set_font(page.face, "B", 8)
    page.multi_cell(0, 5, invoice.total_in_words, new_x="LMARGIN", new_y="NEXT")

"""Invoices to read and print: every line, both regimes of tax, and nothing that runs."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapi.auth import make_token
from overrides.invoice_documents.contents import InvoiceDocument, Line, Party
from overrides.invoice_documents.html import html_of
from overrides.invoice_documents.pdf import pdf_of
from overrides.invoice_documents.words import SMALL, TENS, grouped_amount, in_words
from tests.business_reads.rows import NOTHING, Books, add_up
from tests.service import SECRET

WORDS = {word: at for at, word in enumerate(SMALL)} | {w: 20 + 10 * i for i, w in enumerate(TENS)}
SCALES = {"Hundred": 100, "Thousand": 1_000, "Lakh": 100_000, "Crore": 10_000_000}


class Cells(HTMLParser):
    """The rows of all tables of a page, and every element's name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.names: set[str] = set()
        self.open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag == "tr":
            self.rows.append([])
        self.open = tag in ("td", "th")
        if self.open:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


def shown(books: Books, number: int) -> Cells:
    answer = books.api.get(f"/invoices/{number}.html")
    assert answer.status_code == 200, answer.text
    return Cells(answer.text)


def one_of_each_regime(books: Books) -> list[Any]:
    found = [
        next(each for each in books.invoices.values() if each.igst > 0),
        next(each for each in books.invoices.values() if each.cgst > 0),
    ]
    found.append(next(e for e in books.invoices.values() if any(f.free_qty for f in of(books, e))))
    return found


def of(books: Books, invoice: Any) -> list[Any]:
    return [line for line in books.invoice_lines.values() if line.invoice_id == invoice.id]


def test_every_line_is_shown_with_batch_expiry_mrp_and_tax(books: Books) -> None:
    for invoice in one_of_each_regime(books):
        rows = shown(books, invoice.id).rows
        titles = rows[0]

        taxes = ["IGST"] if invoice.igst > 0 else ["CGST", "SGST"]
        assert [each for each in titles if each.endswith("GST")] == taxes
        for at, line in enumerate(of(books, invoice), start=1):
            row = dict(zip(titles, rows[at], strict=True))
            assert row == {
                "Product": books.products[line.product_id].name,
                "HSN": line.hsn,
                "Batch": line.batch_no,
                "Expiry": f"{line.expiry_date:%m/%Y}",
                "MRP": grouped_amount(line.mrp),
                "Qty": str(line.qty),
                "Free": str(line.free_qty),
                "Price": grouped_amount(line.unit_price),
                "Discount": grouped_amount(line.discount),
                "Taxable": grouped_amount(line.taxable),
                "GST %": row["GST %"],
                **{name: grouped_amount(getattr(line, name.lower())) for name in taxes},
                "Total": grouped_amount(line.total),
            }
            assert Decimal(row["GST %"]) == line.rate


def test_the_sums_and_the_tax_by_heading_add_up(books: Books) -> None:
    for invoice in one_of_each_regime(books):
        lines = of(books, invoice)
        rows = shown(books, invoice.id).rows
        sums = {row[0]: row[1] for row in rows if len(row) == 2}
        assert sums["Total (Rs)"] == grouped_amount(invoice.total)
        assert sums["Taxable value"] == grouped_amount(invoice.taxable)
        assert sums["Round off"] == grouped_amount(invoice.round_off)
        start = max(at for at, row in enumerate(rows) if row[0] == "HSN")
        keys = sorted({(line.hsn, line.rate) for line in lines})
        assert [(row[0], Decimal(row[1])) for row in rows[start + 1 :]] == keys
        for row, key in zip(rows[start + 1 :], keys, strict=True):
            mine = [line for line in lines if (line.hsn, line.rate) == key]
            assert row[2] == grouped_amount(add_up(mine, lambda line: line.taxable))
        assert in_words(invoice.total) in books.api.get(f"/invoices/{invoice.id}.html").text


def test_the_page_runs_nothing_and_fetches_nothing(books: Books) -> None:
    answer = books.api.get("/invoices/1.html")

    policy = answer.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not Cells(answer.text).names & {"script", "link", "img", "iframe", "object", "form"}


def document(**changes: Any) -> InvoiceDocument:
    """An invoice of one line."""
    amounts = {"taxable": Decimal(100), "cgst": Decimal(6), "sgst": Decimal(6), "igst": NOTHING}
    line = Line(
        product="Vyoqoza", hsn="3004", batch_no="B1", expiry="01/2027", mrp=Decimal(20), qty=10,
        free_qty=1, unit_price=Decimal(10), discount=NOTHING, rate=Decimal("12.00"),
        total=Decimal(112), **amounts,
    )  # fmt: skip
    made = InvoiceDocument(
        no="MUM/25-26/000001", order_no="SO-1", day=date(2026, 3, 31), due=date(2026, 4, 30),
        place_of_supply="27 Maharashtra", irn=None, eway_no=None, seller=Party("Us", ()),
        buyer=Party("Them", ("Pune",)), lines=(line,), round_off=NOTHING, total=Decimal(112),
        **amounts,
    )  # fmt: skip
    return replace(made, **changes)


def test_what_is_put_into_the_page_is_escaped() -> None:
    page = html_of(document(buyer=Party("<script>alert('x')</script> & \"Sons\"", ())))

    assert "<script" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;Sons&#34;" in page


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_the_pdf_says_what_the_page_says(books: Books) -> None:
    for invoice in one_of_each_regime(books):
        answer = books.api.get(f"/invoices/{invoice.id}.pdf")

        assert answer.headers["content-type"] == "application/pdf"
        name = invoice.no.replace("/", "-")
        assert answer.headers["content-disposition"] == f'inline; filename="{name}.pdf"'
        text = text_of(answer.content)
        for cell in [cell for row in shown(books, invoice.id).rows for cell in row]:
            assert cell in text
        assert in_words(invoice.total) in text.replace("\n", " ")
        again = books.api.get(f"/invoices/{invoice.id}.pdf")
        assert again.content == answer.content


def test_a_long_invoice_repeats_its_titles_on_each_page() -> None:
    long = document(lines=document().lines * 120)

    reader = pypdf.PdfReader(io.BytesIO(pdf_of(long)))

    assert len(reader.pages) >= 4
    for number, page in enumerate(reader.pages[:-1], start=1):
        text = page.extract_text()
        assert "Batch" in text
        assert f"page {number} of {len(reader.pages)}" in text


def test_letters_that_the_font_has_not_stop_no_invoice() -> None:
    text = text_of(pdf_of(document(buyer=Party("Café सह्याद्री ₹", ()))))

    assert "Café ????" in text
    assert "सह्याद्री ₹" in html_of(document(buyer=Party("सह्याद्री ₹", ())))


def test_print_gives_what_is_accepted(books: Books) -> None:
    def kind(accept: str) -> tuple[int, str]:
        answer = books.api.get("/invoices/1/print", headers={"Accept": accept})
        return answer.status_code, answer.headers["content-type"]

    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert kind(browser) == (200, "text/html; charset=utf-8")
    assert kind("*/*") == (200, "text/html; charset=utf-8")
    assert kind("application/pdf") == (200, "application/pdf")
    assert kind("application/pdf;q=0.9, text/html;q=0.1")[1] == "application/pdf"
    assert kind("image/png")[0] == 406


def test_the_row_itself_is_one_of_them_for_who_accepts_it_more_than_json(books: Books) -> None:
    def asked(accept: str, path: str = "/invoices/1") -> httpx.Response:
        answer = books.api.get(path, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        return answer

    row = asked("*/*").json()
    assert (row["id"], row["no"]) == (1, books.invoices[1].no)
    for accept in ("application/json", "application/json, text/html;q=0.9", "*/*, text/html;q=0.5"):
        assert asked(accept).json() == row
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert asked(browser).text == books.api.get("/invoices/1.html").text
    assert asked("application/pdf").content == books.api.get("/invoices/1.pdf").content
    for answer in (asked("*/*"), asked(browser), asked("application/pdf")):
        assert "accept" in answer.headers["vary"].lower()
    # Lists, other tables and the strict mount know nothing of it.
    assert len(asked(browser, "/invoices?limit=2").json()) == 2
    assert asked(browser, "/orders/1").json()["id"] == 1
    assert asked(browser, "/rest/v1/invoices?id=eq.1").json()[0]["id"] == 1


def test_an_invoice_that_is_not_there_is_missed_in_every_form(books: Books) -> None:
    for accept in ("application/json", "application/pdf", "text/html"):
        answer = books.api.get("/invoices/999999", headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.json().keys() == {"code", "message", "details", "hint"}


@pytest.mark.parametrize("path", ["/invoices/999999.pdf", "/invoices/999999.html"])
def test_there_is_no_document_of_an_invoice_that_is_not_there(books: Books, path: str) -> None:
    answer = books.api.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_invoice")


def test_a_number_that_is_too_large_is_refused(books: Books) -> None:
    answer = books.api.get(f"/invoices/{2**40}.pdf")

    assert (answer.status_code, answer.json()["code"]) == (400, "AUTO112")


def test_who_may_not_read_invoices_may_not_print_them(books: Books) -> None:
    headers = {"Authorization": f"Bearer {make_token(SECRET, 'somebody', 60)}"}

    answer = books.api.get("/invoices/1.pdf", headers=headers)

    assert answer.status_code in (401, 403)


def number_of(words: str) -> int:
    """A number said in words, read back."""
    total = part = 0
    for word in words.replace("-", " ").split():
        if word in WORDS:
            part += WORDS[word]
        elif word == "Hundred":
            part *= 100
        elif word == "Crore":
            total, part = (total + part) * SCALES[word], 0
        else:
            total, part = total + part * SCALES[word], 0
    return total + part


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2))
def test_an_amount_in_words_is_the_amount(amount: Decimal) -> None:
    said = in_words(amount).removeprefix("Rupees ").removesuffix(" Only")
    rupees, _, paise = said.partition(" and ")

    whole, part = divmod(int(amount * 100), 100)
    assert number_of(rupees) == whole
    assert number_of(paise.removesuffix(" Paise")) == part


@settings(deadline=None)
@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_grouped_figures_are_the_amount(amount: Decimal) -> None:
    text = grouped_amount(amount)

    assert Decimal(text.replace(",", "")) == amount
    assert re.fullmatch(r"-?(\d{1,2},)?(\d\d,)*\d{1,3}\.\d\d", text)

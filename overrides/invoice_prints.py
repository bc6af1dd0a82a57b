"""Invoices to read and print: ``/invoices/7.html`` and ``/invoices/7.pdf``.

``/invoices/7`` is the row, as every table has it, and one of these for who accepts it more
than JSON; ``/invoices/7/print`` is always one of them.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response, Security
from fastapi.security import HTTPBearer

from autoapi import InTransaction, Refused, WhoReads, item_forms, route
from generated.models import Invoices
from overrides.invoice_documents.contents import InvoiceDocument, read_invoice
from overrides.invoice_documents.html import html_of, security_policy
from overrides.invoice_documents.pdf import pdf_of
from overrides.negotiation import choose
from overrides.permissions import readers_of

__all__ = ["router"]

HTML, PDF = "text/html", "application/pdf"
BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
READERS: Final = readers_of(Invoices)
ERROR: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
TEXT: Final = {"schema": {"type": "string"}}


def answers(*forms: str) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, for its document."""
    content = {form: TEXT if form == HTML else BYTES for form in forms}
    return {
        200: {"description": "The invoice, to read and print.", "content": content},
        400: {"description": "The number cannot be used.", **ERROR},
        401: {"description": "A token is needed, or the one sent does not hold.", **ERROR},
        403: {"description": "The role may not read invoices.", **ERROR},
        404: {"description": "There is no such invoice.", **ERROR},
        406: {"description": "It is not made in any form that is accepted.", **ERROR},
    }


router = APIRouter(prefix="/invoices", tags=["invoices"], dependencies=[Security(BEARER)])


async def document(
    invoice_id: Annotated[int, Path(ge=1, lt=2**31)], who: WhoReads, database: InTransaction
) -> InvoiceDocument:
    """The invoice of an address. Raises AUTO121 (403), ``no_such_invoice`` (404)."""
    if who.role not in READERS:
        raise Refused("AUTO121", f"The role '{who.role}' may not read invoices", status=403)
    found = await read_invoice(database, invoice_id)
    if found is None:
        raise Refused("no_such_invoice", f"There is no invoice {invoice_id}", status=404)
    return found


Document = Annotated[InvoiceDocument, Depends(document)]


@router.get("/{invoice_id:int}.html", response_class=Response, responses=answers(HTML))
async def invoice_as_html(invoice: Document) -> Response:
    """An invoice as a page that prints well and needs nothing else."""
    headers = {
        "Content-Security-Policy": security_policy(),
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }
    return Response(html_of(invoice), media_type=f"{HTML}; charset=utf-8", headers=headers)


@router.get("/{invoice_id:int}.pdf", response_class=Response, responses=answers(PDF))
async def invoice_as_pdf(invoice: Document) -> Response:
    """An invoice as PDF."""
    name = invoice.no.replace("/", "-")
    headers = {
        "Content-Disposition": f'inline; filename="{name}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }
    body = await asyncio.to_thread(pdf_of, invoice)
    return Response(body, media_type=PDF, headers=headers)


@router.get("/{invoice_id:int}/print", response_class=Response, responses=answers(HTML, PDF))
async def invoice_to_print(request: Request, invoice: Document) -> Response:
    """An invoice as HTML, or as PDF for `Accept: application/pdf`."""
    if choose(request.headers.get("accept", ""), (HTML, PDF)) == PDF:
        return await invoice_as_pdf(invoice)
    return await invoice_as_html(invoice)


item_forms(Invoices, {HTML: "html", PDF: "pdf"})
route(router)

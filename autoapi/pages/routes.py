"""Where the pages, their assets and the document are."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from autoapi.pages.assets import CONTENT_TYPES, find_asset
from autoapi.pages.html import REDOC, SWAGGER, Page

__all__ = ["add_pages"]

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
NO_SNIFFING: Final = {"X-Content-Type-Options": "nosniff"}


def add_pages(app: FastAPI, document: Callable[[], bytes]) -> None:
    """Add ``/docs``, ``/redoc``, what they load, and ``/openapi.json``.

    ``document`` gives the document's bytes, the same object as long as nothing changed;
    it is called in a thread, and what it raises is the answer's error.
    """
    app.add_route("/docs", page_endpoint(SWAGGER, app.title), include_in_schema=False)
    app.add_route("/redoc", page_endpoint(REDOC, app.title), include_in_schema=False)
    app.add_route("/docs/assets/{name}", serve_asset, include_in_schema=False)
    app.add_route("/openapi.json", document_endpoint(document), include_in_schema=False)


def page_endpoint(page: Page, title: str) -> Callable[[Request], Response]:
    """Serve one page."""
    content = page.html(title).encode()
    headers = NO_SNIFFING | {
        "Content-Security-Policy": page.policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": ASK_AGAIN,
    }

    def serve_page(_: Request) -> Response:
        return Response(content, media_type="text/html", headers=headers)

    return serve_page


def serve_asset(request: Request) -> Response:
    """One of the listed files; one asked for by its version may be kept for ever."""
    name = request.path_params["name"]
    if name not in CONTENT_TYPES:
        return PlainTextResponse("There is no such asset\n", 404, NO_SNIFFING)
    asset = find_asset(name)
    kept = request.query_params.get("v") == asset.version
    headers = NO_SNIFFING | {
        "Content-Type": asset.content_type,
        "Cache-Control": FOR_EVER if kept else ASK_AGAIN,
    }
    return Response(asset.content, headers=headers)


def document_endpoint(document: Callable[[], bytes]) -> Callable[[Request], Response]:
    """Serve the document, or tell a client that it has it already."""
    tagged: list[tuple[bytes, str]] = []  # the document last served, and its entity tag

    def serve_document(request: Request) -> Response:
        content = document()
        if not tagged or tagged[0][0] is not content:
            tagged[:] = [(content, f'"{sha256(content).hexdigest()[:32]}"')]
        tag = tagged[0][1]
        headers = NO_SNIFFING | {"ETag": tag, "Cache-Control": ASK_AGAIN}
        if is_known(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    return serve_document


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether ``If-None-Match`` names the tag, weakly or not."""
    given = (part.strip().removeprefix("W/") for part in if_none_match.split(","))
    return any(part in ("*", tag) for part in given)

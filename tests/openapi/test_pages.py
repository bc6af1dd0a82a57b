"""The pages: offline, without inline script, and nothing else served beside them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from autoapi.pages import add_pages
from autoapi.pages.assets import CONTENT_TYPES, FOLDER

DOCUMENT = b'{"openapi":"3.1.0"}'


class Documents:
    """Gives the document that is current; tests change it."""

    def __init__(self) -> None:
        self.current = DOCUMENT

    def __call__(self) -> bytes:
        return self.current


@pytest.fixture
def documents() -> Documents:
    return Documents()


@pytest.fixture
def app(documents: Documents) -> FastAPI:
    made = FastAPI(title="<Shop>", docs_url=None, redoc_url=None, openapi_url=None)
    add_pages(made, documents)
    return made


def get(
    app: FastAPI, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


class Loaded(HTMLParser):
    """What a page loads, and what it says itself in script or style."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.inside = ""
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("src", "href") and value and tag != "a":
                self.addresses.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside in ("script", "style") and data.strip():
            self.inline.append(data)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_loads_only_our_assets_and_all_of_them_exist(app: FastAPI, path: str) -> None:
    answer = get(app, path)
    page = Loaded()
    page.feed(answer.text)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in answer.text
    assert page.addresses
    for address in page.addresses:
        assert re.fullmatch(r"docs/assets/[\w.-]+\?v=[0-9a-f]{12}", address)
        loaded = get(app, "/" + address)
        assert loaded.status_code == 200
        assert "immutable" in loaded.headers["cache-control"]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_has_no_script_or_style_of_its_own(app: FastAPI, path: str) -> None:
    answer = get(app, path)
    page = Loaded()
    page.feed(answer.text)

    assert page.inline == []
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_strict_policy_keeps_everything_else_out(app: FastAPI, path: str) -> None:
    policy = get(app, path).headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


def test_the_title_is_escaped(app: FastAPI) -> None:
    assert "<title>&lt;Shop&gt;: Swagger UI</title>" in get(app, "/docs").text


@pytest.mark.parametrize("name", sorted(CONTENT_TYPES))
def test_every_asset_has_its_type_and_is_not_guessed_at(app: FastAPI, name: str) -> None:
    answer = get(app, f"/docs/assets/{name}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == CONTENT_TYPES[name]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"  # no version was asked for
    assert answer.content == (FOLDER / name).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/docs/assets/README.md",
        "/docs/assets/missing.js",
        "/docs/assets/..%2froutes.py",
        "/docs/assets/../routes.py",
        "/docs/assets/%2e%2e/%2e%2e/settings.py",
        "/docs/assets/..%5croutes.py",
        "/docs/assets/swagger.js%00",
        "/docs/assets//etc/passwd",
        "/docs/assets/",
    ],
)
def test_nothing_but_the_listed_assets_is_served(app: FastAPI, path: str) -> None:
    assert get(app, path).status_code == 404


def test_what_is_vendored_comes_with_its_licence_and_loads_nothing_from_elsewhere() -> None:
    names = {path.name for path in FOLDER.iterdir()}

    assert names == {*CONTENT_TYPES, "README.md"}
    assert {"swagger-ui.LICENSE.txt", "redoc.LICENSE.txt"} <= names
    for name in ("redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css"):
        text = (FOLDER / name).read_text()
        assert "cdn." not in text
        assert "\n//# sourceMappingURL" not in text
        assert "@import" not in text


def test_the_document_is_served_as_it_is(app: FastAPI) -> None:
    answer = get(app, "/openapi.json")

    assert (answer.status_code, answer.content) == (200, DOCUMENT)
    assert answer.headers["content-type"] == "application/json"


def test_a_client_that_has_the_document_is_told_so(app: FastAPI, documents: Documents) -> None:
    tag = get(app, "/openapi.json").headers["etag"]

    again = get(app, "/openapi.json", {"If-None-Match": f'"other", W/{tag}'})
    documents.current = b'{"openapi":"3.1.0","info":{}}'
    changed = get(app, "/openapi.json", {"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (changed.status_code, changed.content) == (200, documents.current)
    assert changed.headers["etag"] != tag


def test_head_is_answered_without_a_body(app: FastAPI) -> None:
    answer = get(app, "/openapi.json", method="HEAD")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(DOCUMENT))


def test_the_pages_are_not_in_fastapis_own_document(app: FastAPI) -> None:
    assert app.openapi()["paths"] == {}

"""The pages' HTML, without a line of script or style in it, and what they may load."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from autoapi.pages.assets import find_asset

__all__ = ["REDOC", "SWAGGER", "Page"]

# Nothing but our own files, and no page of others around ours. ``data:`` are the icons in
# Swagger UI's stylesheet.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'"
)


# ReDoc makes style elements. Those that it fills through the DOM are empty when they are
# judged, the other is always the same: so two hashes do, and inline style stays forbidden.
REDOC_STYLES: Final = (
    " 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    " 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what it loads, in that order, and its content security policy."""

    title: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    policy: str

    def html(self, title: str) -> str:
        """The page; addresses are relative, so that it works under any prefix."""
        styles = "".join(
            f'<link rel="stylesheet" href="{asset_address(name)}">\n' for name in self.styles
        )
        scripts = "".join(
            f'<script src="{asset_address(name)}"></script>\n' for name in self.scripts
        )
        return (
            "<!doctype html>\n"
            '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)}: {self.title}</title>\n"
            f'<link rel="icon" type="image/svg+xml" href="{asset_address("favicon.svg")}">\n'
            f"{styles}</head>\n<body>\n"
            '<div id="page"></div>\n'
            '<noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a>'
            " is what it shows.</noscript>\n"
            f"{scripts}</body>\n</html>\n"
        )


def asset_address(name: str) -> str:
    """Where a page finds an asset, seen from the page; it changes when the file does."""
    return f"docs/assets/{name}?v={find_asset(name).version}"


SWAGGER: Final = Page(
    title="Swagger UI",
    styles=("swagger-ui.css", "page.css"),
    scripts=("swagger-ui-bundle.js", "swagger.js"),
    policy=POLICY,
)

REDOC: Final = Page(
    title="ReDoc",
    styles=("page.css",),
    scripts=("redoc.standalone.js", "redoc.js"),
    policy=POLICY + REDOC_STYLES,
)

"""``/database-tools/schema/diagram``: the tables and their foreign keys, drawn."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from autoapi.database_tools.workbench import Workbench
from autoapi.schema_tools.diagram import Columns, make_diagram
from autoapi.schema_tools.diagram_svg import Theme, content_policy, draw_svg

__all__ = ["add_diagram"]

SVG: Final = "image/svg+xml"
FARTHEST: Final = 20


def add_diagram(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get(
        "/schema/diagram",
        response_class=Response,
        responses={
            200: {"description": "The drawing.", "content": {SVG: {"schema": {"type": "string"}}}},
            404: {"description": "There is no such table."},
        },
        summary="An entity relationship diagram",
    )
    async def diagram(
        tables: Annotated[str, Query(description="Those to begin with, by comma")] = "",
        depth: Annotated[int, Query(ge=0, le=FARTHEST, description="Foreign keys away")] = 1,
        columns: Annotated[Columns | None, Query(description="Default: all, or keys")] = None,
        theme: Annotated[Theme, Query(description="Auto follows whoever looks at it")] = "auto",
    ) -> Response:
        """Tables as boxes, foreign keys as lines with crow's feet; nothing is fetched or run."""
        chosen = [name.strip() for name in tables.split(",") if name.strip()]

        def draw() -> bytes:
            return draw_svg(make_diagram(workbench.inspect(), chosen, depth, columns), theme)

        drawing = await workbench.run("schema/diagram", draw)
        headers = {"Content-Security-Policy": content_policy(), "X-Content-Type-Options": "nosniff"}
        return Response(drawing, media_type=SVG, headers=headers)

"""What all reports share: who may read them, and the parameters that narrow them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Security
from fastapi.security import HTTPBearer
from pydantic import Field

from overrides.permissions import ANALYTICS_READERS
from overrides.reading import CSV_TOO, Parameters, Reading, reading_by
from overrides.spans import Id

__all__ = ["Asks", "Located", "Narrowed", "Only", "router"]

BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)

router = APIRouter(
    prefix="/analytics",
    tags=["analytics"],
    dependencies=[Security(BEARER)],
    responses=CSV_TOO,
)

Asks = Annotated[Reading, Depends(reading_by(ANALYTICS_READERS, "analytics"))]
"""A parameter of a route: the request, of somebody who may read reports."""


@dataclass(frozen=True, slots=True)
class Only:
    """What a report is narrowed down to; all, where nothing is given."""

    location: int | None = None
    customer: int | None = None
    product: int | None = None


class Located(Parameters):
    """Parameters of a report that can be of one place or product."""

    location: Id | None = Field(None, description="Of one location, by its id.")
    product: Id | None = Field(None, description="Of one product, by its id.")

    @property
    def only(self) -> Only:
        """What is meant of all."""
        return Only(self.location, None, self.product)


class Narrowed(Located):
    """Parameters of a report that can be of one customer, too."""

    customer: Id | None = Field(None, description="Of one customer, by its id.")

    @property
    def only(self) -> Only:
        """What is meant of all."""
        return Only(self.location, self.customer, self.product)

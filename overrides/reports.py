"""The reports of ``overrides/analytics``, as routes."""

from __future__ import annotations

from autoapi import route
from overrides.analytics import (
    abc_classes,
    contents,
    expiring,
    expiry_loss,
    fill_rate,
    margin,
    movers,
    receivables,
    returns,
    sales,
    valuation,
)
from overrides.analytics.asking import router

__all__ = ["MODULES", "router"]

MODULES = (
    sales,
    margin,
    returns,
    abc_classes,
    expiring,
    movers,
    valuation,
    receivables,
    fill_rate,
    expiry_loss,
    contents,
)
"""Whoever imports these has their routes on the router."""

route(router)

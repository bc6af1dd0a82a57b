"""Addresses that overrides add: routers of their own, and actions on rows."""

from autoapi.routes.added import add_override_routes
from autoapi.routes.told import BEARER, refusals

__all__ = ["BEARER", "add_override_routes", "refusals"]

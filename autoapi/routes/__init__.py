"""Addresses that overrides add: routers of their own, and actions on rows."""

from autoapi.routes.added import add_override_routes

__all__ = ["add_override_routes"]

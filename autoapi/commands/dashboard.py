"""``autoapi dashboard``: a dashboard of all figures, as Grafana imports it."""

from __future__ import annotations

import msgspec
import typer

from autoapi.dashboard import dashboard as make_dashboard

__all__ = ["dashboard", "dashboard_text"]


def dashboard() -> None:
    """Print a dashboard for Grafana with a panel for each figure of /metrics."""
    typer.echo(dashboard_text(), nl=False)


def dashboard_text() -> str:
    """It as a file's text."""
    return msgspec.json.format(msgspec.json.encode(make_dashboard()), indent=2).decode() + "\n"

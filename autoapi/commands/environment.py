"""Settings as commands read them: the environment and a ``.env`` file beside it."""

from __future__ import annotations

from pathlib import Path

from autoapi.settings import Settings

__all__ = ["settings_here"]


def settings_here() -> Settings:
    """The settings of the environment and of ``.env`` in the working directory."""
    return Settings.from_environment(dotenv=Path(".env"))

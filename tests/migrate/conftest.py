"""An empty folder and an empty database, with commands that use both."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from tests.commands import Command, command_in

REVISION = '''"""{message}."""

from alembic import op
import sqlalchemy as sa

revision = {revision!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; each test runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def autoapi(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command line over the database, in a folder of its own."""
    return command_in(tmp_path, {"DATABASE_URL": url}, monkeypatch, capsys)


def write_revision(
    folder: Path,
    revision: str,
    down: str | tuple[str, ...] | None,
    upgrade: str,
    downgrade: str = "pass",
) -> None:
    """Put a revision's file where it belongs."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    text = REVISION.format(
        message=f"Revision {revision}",
        revision=revision,
        down=down,
        upgrade=indent(upgrade, "    "),
        downgrade=indent(downgrade, "    "),
    )
    (versions / f"{revision}_revision.py").write_text(text)


def write_shop(folder: Path) -> None:
    """Two revisions: products, then their orders."""
    write_revision(
        folder,
        "0001",
        None,
        'op.create_table("products", sa.Column("id", sa.Integer, primary_key=True),'
        ' sa.Column("name", sa.Text, nullable=False))',
        'op.drop_table("products")',
    )
    write_revision(
        folder,
        "0002",
        "0001",
        'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True),'
        ' sa.Column("product_id", sa.Integer, sa.ForeignKey("products.id"), nullable=False))',
        'op.drop_table("orders")',
    )

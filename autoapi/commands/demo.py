"""``autoapi demo``: a database to try, filled and served."""

from __future__ import annotations

import importlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import create_engine, inspect

from autoapi.auth import make_token, signing_key
from autoapi.commands.environment import settings_here
from autoapi.commands.serve import run_server
from autoapi.execute import sqlite_path
from autoapi.settings import Settings

__all__ = ["demo", "fill_database"]

DEMO_FILE = Path("autoapi-demo.db")
SECRET_FILE = Path(".autoapi-demo-secret")
TOKEN_HOURS = 24
Size = Literal["small", "demo", "load"]
MIGRATIONS = "migrations"
OVERRIDES = "overrides"
GENERATOR = "overrides.demo"


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; default: PORT or 8000.")] = 0,
    size: Annotated[Size, typer.Option(help="How much.")] = "demo",
    serve: Annotated[bool, typer.Option(help="Serve it once it is filled.")] = True,
) -> None:
    """Make a database of a pharmaceutical wholesaler, fill it, and serve it.

    Uses DATABASE_URL if set (its database must be empty or already hold the demo), else
    autoapi-demo.db here. Anybody may read; writing needs the token that is printed.
    """
    console = Console()
    settings = demo_settings(settings_here())
    fill_database(settings, size, console)
    if serve:
        address = f"http://{host}:{port or settings.port}"
        token = make_token(signing_key(settings), "admin", TOKEN_HOURS * 3600)
        print_welcome(console, address, token)
        publish(settings)
        run_server(replace(settings, server_host=host, port=port or settings.port), workers=1)


def demo_settings(settings: Settings) -> Settings:
    """The environment's settings with the demo's own where they are unset."""
    url = os.environ.get("DATABASE_URL") or settings.database_url
    if url == Settings().database_url:
        url = f"sqlite:///{DEMO_FILE}"
    anonymous = settings.anonymous if settings.anonymous != "none" else "read"
    secret = settings.jwt_secret or demo_secret()
    return replace(
        settings,
        database_url=url,
        anonymous=anonymous,
        jwt_secret=secret,
        overrides=settings.overrides or OVERRIDES,
    )


def demo_secret() -> str:
    """A secret of this directory's own, so that tokens outlive a restart of the demo."""
    if not SECRET_FILE.exists():
        SECRET_FILE.touch(mode=0o600)
        SECRET_FILE.write_text(secrets.token_urlsafe(48))
    return SECRET_FILE.read_text().strip()


def publish(settings: Settings) -> None:
    """Hand the settings to the server, which reads them from its environment."""
    os.environ |= {
        "DATABASE_URL": settings.database_url,
        "AUTOAPI_ANONYMOUS": settings.anonymous,
        "AUTOAPI_JWT_SECRET": settings.jwt_secret,
        "AUTOAPI_OVERRIDES": settings.overrides,
    }
    # What its business is told: that it is the last day of its year, for one.
    for name, value in importlib.import_module(GENERATOR).ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def fill_database(settings: Settings, size: str, console: Console) -> None:
    """Bring the database to the newest revision and fill it, unless it is filled."""
    engine = create_engine(sqlalchemy_url(settings.database_url))
    upgrade: Any = importlib.import_module(MIGRATIONS).upgrade
    generator: Any = importlib.import_module(GENERATOR)
    with engine.begin() as connection:
        upgrade(connection)
    with engine.begin() as connection:
        if is_filled(connection):
            console.print("The demo database is there already.")
        else:
            run_generator(generator, connection, size, console)
    engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """The URL with the driver that SQLAlchemy should use."""
    scheme, separator, rest = url.partition("://")
    if scheme.startswith("postgres"):
        return f"postgresql+psycopg2{separator}{rest}"
    if scheme == "sqlite":
        sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    return url


def is_filled(connection: Any) -> bool:
    """Whether the generator has been here."""
    if "products" not in inspect(connection).get_table_names():
        return False
    found = connection.exec_driver_sql("SELECT 1 FROM products LIMIT 1").first()
    return found is not None


def run_generator(generator: Any, connection: Any, size: str, console: Console) -> None:
    """Fill the database, with a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("Filling", total=None)

        def advance(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        summary = generator.fill(connection, generator.SIZES[size], advance)
    console.print(table_of(summary.tables))
    console.print(f"{summary.rows:,} rows in {len(summary.tables)} tables.")


def table_of(tables: Iterable[tuple[str, int]]) -> Table:
    """What was made: the rows of each table."""
    shown = Table(show_edge=False, box=None, pad_edge=False)
    shown.add_column("Table")
    shown.add_column("Rows", justify="right")
    for name, rows in tables:
        shown.add_row(name, f"{rows:,}")
    return shown


def print_welcome(console: Console, address: str, token: str) -> None:
    """What can be tried now."""
    console.print(f"\n  API       {address}/products")
    console.print(f"  PostgREST {address}/rest/v1/products")
    console.print(f"  Docs      {address}/docs")
    console.print(f"            {address}/redoc")
    console.print(f"            {address}/openapi.json")
    console.print(f"  Sign in   {address}/users/login, once there are users: docs/sign_in.md")
    console.print(f"  Health    {address}/health\n")
    console.print("  Try it:\n")
    lines = (
        f"curl '{address}/products?select=name,default_mrp&order=default_mrp.desc&limit=3'",
        f"curl '{address}/orders?select=no,status,customer:customers(name),"
        f"order_lines(qty,products(name))&limit=2'",
        f"curl -X PATCH '{address}/products/1' -H 'Authorization: Bearer {token}'"
        " -H 'Content-Type: application/json' -d '{\"active\": false}'",
    )
    for line in lines:
        console.print(f"    {line}", soft_wrap=True, highlight=False, markup=False)
    console.print()

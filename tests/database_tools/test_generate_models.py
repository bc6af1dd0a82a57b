"""The models of the database over HTTP."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, select

from tests.api.rows import execute
from tests.database_tools.conftest import ask
from tests.generate.databases import files_of, load
from tests.service import Api


def test_the_models_are_those_of_the_command_and_they_run(shop: Api, tmp_path: Path) -> None:
    answer = ask(shop, "schema/generate-models")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/x-python; charset=utf-8"
    assert answer.text == files_of(shop.url)["models.py"]
    (tmp_path / "models.py").write_text(answer.text)
    module = load(tmp_path / "models.py", "models_over_http")
    engine = create_engine(shop.url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.connect() as connection:
        names = connection.scalars(select(module.Makers.name)).all()
    engine.dispose()
    served = ask(shop, "../makers?select=name").json()
    assert sorted(names) == sorted(maker["name"] for maker in served)
    assert len(names) > 1


def test_they_are_of_the_database_as_it_is_now(shop: Api) -> None:
    execute(shop.url, "ALTER TABLE makers RENAME COLUMN country TO land")

    text = ask(shop, "schema/generate-models").text

    assert "land: Mapped[str | None] = mapped_column(Text)" in text
    assert "country" not in text

"""The transaction handle on both databases: what it commits, what it undoes, who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from autoapi.compile import Statement
from autoapi.errors import ApiError
from autoapi.execute import Database, Session, open_database
from autoapi.settings import Settings
from tests.shop import make_sqlite


class Base(DeclarativeBase):
    """Models of the shop, as the generator would write them."""


class Maker(Base):
    __tablename__ = "makers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    country: Mapped[str | None]


class Line(Base):
    __tablename__ = "lines"
    order_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    qty: Mapped[int]


NAMES = select(Maker.name).order_by(Maker.id)
SHOP = ["Sahyadri Lifecare", "Nilgiri Labs", "Fjord Pharma"]
Work = Callable[[Database], Awaitable[None]]


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncIterator[Database]:
    """The database, closed at the end."""
    given: dict[str, Any] = {"db_pool": 3} | settings
    database = open_database(Settings(database_url=url, **given))
    try:
        yield database
    finally:
        await database.close()


def work_on(url: str, work: Work, **settings: Any) -> None:
    """Do some work on the database, to the end."""

    async def whole() -> None:
        async with asyncio.timeout(60), opened(url, **settings) as database:
            await work(database)

    asyncio.run(whole())


async def names(database: Database) -> list[str]:
    """What the makers are called now, as another transaction sees it."""
    async with database.transaction(reads_only=True) as transaction:
        return [row.name for row in await transaction.fetch(NAMES)]


def test_what_a_block_did_is_there_when_it_is_left_and_not_before(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            added = await transaction.fetch(
                insert(Maker).values(id=9, name="New").returning(Maker.id, Maker.name)
            )
            changed = await transaction.execute(
                update(Maker).where(Maker.id.in_([1, 2])).values(country="NP")
            )
            assert [row._asdict() for row in added] == [{"id": 9, "name": "New"}]
            assert changed == 2
            assert await names(database) == SHOP
        assert await names(database) == [*SHOP, "New"]

    work_on(shop_url, work)


def test_an_exception_that_leaves_the_block_undoes_all_of_it(shop_url: str) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
                raise ZeroDivisionError
        assert await names(database) == SHOP

    work_on(shop_url, work)


def test_a_savepoint_undoes_its_own_block_alone(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(insert(Maker).values(id=9, name="Kept"))
            with pytest.raises(ApiError) as caught:
                async with transaction.savepoint():
                    await transaction.execute(insert(Maker).values(id=10, name="Lost"))
                    async with transaction.savepoint():
                        await transaction.execute(insert(Maker).values(id=11, name="Lost too"))
                    await transaction.execute(insert(Maker).values(id=12, name="Kept"))
            assert (caught.value.code, caught.value.status) == ("23505", 409)
            async with transaction.savepoint():
                await transaction.execute(insert(Maker).values(id=13, name="Kept as well"))
        assert await names(database) == [*SHOP, "Kept", "Kept as well"]

    work_on(shop_url, work)


def test_a_failed_statement_fails_the_transaction_whoever_catches_it(shop_url: str) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
                with pytest.raises(ApiError):
                    await transaction.execute(insert(Maker).values(id=9, name="Again"))
                with pytest.raises(ApiError) as again:
                    await transaction.fetch(NAMES)
                assert again.value.code == "23505"
        assert caught.value.code == "23505"
        assert await names(database) == SHOP

    work_on(shop_url, work)


def test_a_transaction_cannot_be_used_when_its_block_was_left(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            pass
        with pytest.raises(RuntimeError, match="its block was left"):
            await transaction.fetch(NAMES)

    work_on(shop_url, work)


def test_a_deferred_constraint_is_refused_at_the_end_and_nothing_stays(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(
                text(
                    "CREATE TABLE parts (id integer PRIMARY KEY, whole_id integer"
                    " REFERENCES parts (id) DEFERRABLE INITIALLY DEFERRED)"
                )
            )
        for session in (None, Session(rolls_back=True)):
            if session is not None and "sqlite" in shop_url:
                continue  # it can only tell when it commits
            with pytest.raises(ApiError) as caught:
                async with database.transaction(session) as transaction:
                    await transaction.execute(text("INSERT INTO parts VALUES (1, 2)"))
            assert (caught.value.code, caught.value.status) == ("23503", 409)
        async with database.transaction() as transaction:
            await transaction.execute(text("INSERT INTO parts VALUES (1, 2)"))
            await transaction.execute(text("INSERT INTO parts VALUES (2, NULL)"))
        async with database.transaction(reads_only=True) as transaction:
            assert await transaction.fetch(text("SELECT count(*) FROM parts")) == [(2,)]

    work_on(shop_url, work)


def test_a_session_that_rolls_back_leaves_nothing(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction(Session(rolls_back=True)) as transaction:
            await transaction.execute(insert(Maker).values(id=9, name="New"))
            assert len(await transaction.fetch(NAMES)) == 4
        assert await names(database) == SHOP

    work_on(shop_url, work)


def test_a_transaction_that_only_reads_cannot_write(shop_url: str) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction(reads_only=True) as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
        assert (caught.value.code, caught.value.status) == ("25006", 405)

    work_on(shop_url, work)


def test_a_transaction_that_only_reads_sees_one_state(shop_url: str) -> None:
    async def work(database: Database) -> None:
        session = Session(isolation="repeatable read")
        async with database.transaction(session, reads_only=True) as reader:
            before = await reader.fetch(select(func.count()).select_from(Maker))
            async with database.transaction() as writer:
                await writer.execute(insert(Maker).values(id=9, name="New"))
            assert await reader.fetch(select(func.count()).select_from(Maker)) == before

    work_on(shop_url, work)


def test_a_statement_of_the_engine_runs_inside_and_its_check_may_refuse(shop_url: str) -> None:
    counted = Statement("SELECT CAST('[]' AS text), count(*) FROM makers", (), ("body", "rows"))
    if "sqlite" not in shop_url:
        counted = Statement("SELECT '[]'::text, count(*) FROM public.makers", (), ("body", "rows"))

    def refuse(_: Any) -> None:
        raise ApiError("PGRST124", 400, "too many")

    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
                found = await transaction.run(counted, [])
                assert (found.body, found.rows) == (b"[]", 4)
                with pytest.raises(ApiError):
                    await transaction.run(counted, [], refuse)
        assert caught.value.code == "PGRST124"
        assert await names(database) == SHOP

    work_on(shop_url, work)


def test_who_is_cancelled_in_the_middle_undoes_and_gives_back(shop_url: str) -> None:
    slow = "SELECT pg_sleep(600)"
    if "sqlite" in shop_url:
        slow = (
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
            " SELECT count(*) FROM n"
        )

    async def work(database: Database) -> None:
        for sql in (slow, None):
            started = asyncio.Event()

            async def client(sql: str | None = sql, started: asyncio.Event = started) -> None:
                async with database.transaction() as transaction:
                    await transaction.execute(insert(Maker).values(id=9, name="New"))
                    started.set()
                    if sql is None:
                        await asyncio.Event().wait()
                    await transaction.fetch(text(sql or ""))

            task = asyncio.create_task(client())
            await started.wait()
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # Its lock is gone: the same key can be written, on the only connection there is.
            async with database.transaction(Session(rolls_back=True)) as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
            assert await names(database) == SHOP

    work_on(shop_url, work, db_pool=1)


def test_a_statement_that_takes_too_long_is_stopped(shop_url: str) -> None:
    slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
                await transaction.fetch(text(slow))
        assert caught.value.code == "57014"
        assert await names(database) == SHOP

    work_on(shop_url, work, db_statement_timeout=0.2)


def test_who_waits_too_long_for_a_turn_is_told(shop_url: str) -> None:
    async def begin(database: Database) -> None:
        async with database.transaction():
            pass

    async def work(database: Database) -> None:
        async with database.transaction() as first:
            await first.execute(insert(Maker).values(id=9, name="New"))
            with pytest.raises(ApiError) as caught:
                await asyncio.create_task(begin(database))
            assert (caught.value.code, caught.value.status) == ("PGRST003", 504)
        assert await names(database) == [*SHOP, "New"]

    work_on(shop_url, work, db_pool=1, db_pool_acquisition_timeout=0.1)


def test_many_transactions_at_once_lose_no_update(shop_url: str) -> None:
    line = (Line.order_id == 1, Line.position == 1)

    async def work(database: Database) -> None:
        async def add_one() -> None:
            async with database.transaction() as transaction:
                found = await transaction.fetch(select(Line.qty).where(*line).with_for_update())
                await asyncio.sleep(0)
                await transaction.execute(update(Line).where(*line).values(qty=found[0].qty + 1))

        await asyncio.gather(*(add_one() for _ in range(20)))
        async with database.transaction(reads_only=True) as transaction:
            assert await transaction.fetch(select(Line.qty).where(*line)) == [(25,)]

    work_on(shop_url, work)


def test_statements_of_several_tasks_go_one_after_the_other(shop_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await asyncio.gather(
                *(
                    transaction.execute(insert(Maker).values(id=10 + n, name=f"M{n}"))
                    for n in range(10)
                )
            )
        assert len(await names(database)) == 13

    work_on(shop_url, work)


def test_a_plain_write_waits_for_an_open_transaction_and_is_not_part_of_it(tmp_path: Any) -> None:
    from tests.shop import make_sqlite

    url = make_sqlite(tmp_path / "shop.db")
    plain = Statement(
        "",
        (),
        ("body", "rows"),
        writes=True,
        write=Statement("INSERT INTO makers (id, name) VALUES (50, 'Plain') RETURNING id", (), ()),
    )

    async def work(database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as transaction:
                await transaction.execute(insert(Maker).values(id=9, name="New"))
                waiting = asyncio.create_task(database.run(plain, []))
                await asyncio.sleep(0.02)
                assert not waiting.done()
                raise ZeroDivisionError
        assert (await waiting).rows == 1
        assert await names(database) == [*SHOP, "Plain"]

    work_on(url, work)


def test_on_sqlite_a_write_within_a_write_fails_at_once_and_another_waits_its_turn(
    tmp_path: Path,
) -> None:
    async def rename(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(update(Maker).where(Maker.id == 1).values(country="IN"))

    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(insert(Maker).values(id=9, name="New"))
            with pytest.raises(RuntimeError, match="one writer at a time"):
                await rename(database)
            assert await names(database) == SHOP  # which reads
            other = asyncio.create_task(rename(database))
            await asyncio.sleep(0)
        await other
        await rename(database)
        assert await names(database) == [*SHOP, "New"]

    work_on(make_sqlite(tmp_path / "shop.db"), work)

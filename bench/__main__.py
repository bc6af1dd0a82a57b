"""``python -m bench``: set the stage, check the answers, measure, report."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from bench.answers import Disagreement, check_answers, is_ready, request_of
from bench.cases import CASES, Case
from bench.contenders import CONTENDERS, Contender
from bench.contenders.servers import Place, Running, StartFailed, running
from bench.database import add_tables, new_database, prepare_database, server_version
from bench.load import LoadFailed
from bench.measure import Measurement, measure_rounds
from bench.options import Options, read_options
from bench.report import figure_table, verdict_table, write_results
from bench.statements import statements_for, write_statements
from bench.verdicts import Verdict, verdicts
from tests.postgres_server import free_port, postgres_server

# A vacuum in the middle of a measurement would be counted as somebody's work.
POSTGRES_SETTINGS = ("autovacuum=off", "shared_buffers=256MB", "max_wal_size=4GB")

console = Console()


@contextmanager
def database_server(options: Options) -> Iterator[str]:
    """The URL of the PostgreSQL named, or of one started for this run."""
    if options.database_url:
        yield options.database_url
        return
    with postgres_server(POSTGRES_SETTINGS) as server:
        yield server.url


def chosen_contenders(options: Options) -> Iterator[Contender]:
    """Those asked for that can run here; says who cannot."""
    for contender in CONTENDERS:
        if contender.name in options.contenders:
            reason = contender.missing()
            if reason:
                console.print(f"{contender.name} is left out: {reason}")
            else:
                yield contender


@contextmanager
def servers_for(server: str, options: Options, cases: Sequence[Case]) -> Iterator[list[Running]]:
    """Everyone's process, over databases made for this run."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="autoapi-bench-")))
        url = stack.enter_context(new_database(server))
        prepare_database(url, quick=options.quick)
        statements = folder / "statements.json"
        write_statements(statements, statements_for(url, CASES))
        entered = [(contender, url) for contender in chosen_contenders(options)]
        if options.tables:
            grown = stack.enter_context(new_database(server, template=url))
            add_tables(grown, options.tables)
            entered += [
                (replace(contender, name=f"{contender.name}+{options.tables}"), grown)
                for contender, _ in entered
                if contender.name == "autoapi"
            ]
        started = []
        for contender, database in entered:
            console.print(f"starting {contender.name}: {contender.title}")
            own = folder / contender.name
            own.mkdir()
            place = Place(free_port(), database, own, statements, options.connections)
            started.append(stack.enter_context(start(contender, place)))
        check_answers(started, cases)
        yield started


@contextmanager
def start(contender: Contender, place: Place) -> Iterator[Running]:
    """A contender's process, ready for the first case."""
    request = request_of(contender, CASES[0])
    assert request is not None
    with running(contender, place, lambda: is_ready(place.port, request)) as server:
        yield server


def measured(
    servers: Sequence[Running], cases: Sequence[Case], options: Options
) -> list[Measurement]:
    """All measurements, with a line about what is going on."""
    kept = []
    with console.status("warming up") as status:
        for each in measure_rounds(servers, cases, seconds=options.seconds, rounds=options.rounds):
            told = f"round {each.round} of {options.rounds}, {each.case} of {each.contender}"
            status.update(told)
            if each.round:
                kept.append(each)
                if not console.is_terminal:
                    console.print(f"{told}: {each.server_cpu:,.1f} us")
    return kept


def run(options: Options) -> list[Verdict]:
    """One whole run; gives the verdicts."""
    cases = [case for case in CASES if case.name in options.cases]
    with database_server(options) as server, servers_for(server, options, cases) as servers:
        postgres = server_version(server)
        measurements = measured(servers, cases, options)
    found = list(verdicts(measurements, cases))
    names = [each.contender.name for each in servers]
    console.print(figure_table(measurements, cases, names))
    if found:
        console.print(verdict_table(found))
    kept = {**asdict(options), "database_url": bool(options.database_url)}
    console.print(f"written to {write_results(kept, postgres, measurements, found)}")
    return found


def main() -> None:
    # What was started must be stopped, also when we are.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = read_options()
    try:
        found = run(options)
    except (StartFailed, Disagreement, LoadFailed) as error:
        console.print(str(error), markup=False)
        sys.exit(2)
    if options.check and not all(each.met for each in found):
        sys.exit(1)


if __name__ == "__main__":
    main()

"""One measurement: load on one contender in one case, and the CPU it took.

CPU is read off the kernel around the load: of the server with its children, and of the
PostgreSQL processes that serve its database.

wrk does not say how many requests were under way when it stopped. For writes the rows
that are there afterwards are counted instead, once everything is idle. For reads the
CPU is read at once, so that at most a few requests' worth is not accounted for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.answers import request_of
from bench.cases import Case
from bench.contenders import driver
from bench.contenders.servers import Running
from bench.cpu import Usage, process_tree, settle, spent, usage
from bench.database import backends, count_inserted, empty_inserted
from bench.load import Load, run_load

__all__ = ["Measurement", "measure", "measure_rounds"]

SEED = 1
WARM_UP = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure of each kind. Latencies are milliseconds, CPU is microseconds a request.

    ``postgres_cpu`` is None where PostgreSQL does not run on this machine.
    """

    contender: str
    case: str
    round: int
    requests_per_second: float
    p50: float
    p99: float
    server_cpu: float
    postgres_cpu: float | None


def measure_rounds(
    servers: Sequence[Running], cases: Sequence[Case], *, seconds: float, rounds: int
) -> Iterator[Measurement]:
    """Measure everyone in everything, round by round; round 0 only warms up.

    Within a case the contenders take turns, each round in another order, so that what
    slows the machine for a while slows all of them.
    """
    order = Random(SEED)
    turns = list(servers)
    for number in range(rounds + 1):
        for case in cases:
            order.shuffle(turns)
            for server in turns:
                if request_of(server.contender, case) is not None:
                    lasting = seconds if number else min(seconds, WARM_UP)
                    yield measure(server, case, number, lasting)


def measure(server: Running, case: Case, number: int, seconds: float) -> Measurement:
    """Load one contender for a while in round ``number``. Raises LoadFailed."""
    url = server.place.database_url
    if case.writes:
        empty_inserted(url)
    settle(lambda: server_usage(server))
    before, before_postgres = server_usage(server), postgres_usage(url)
    load = run(server, case, seconds)
    if case.writes:
        settle(lambda: server_usage(server) | postgres_usage(url))
    after, after_postgres = server_usage(server), postgres_usage(url)
    served = load.requests
    if case.writes:
        served = max(1, count_inserted(url) // case.rows)
    return Measurement(
        server.contender.name,
        case.name,
        number,
        load.requests / load.seconds,
        load.p50,
        load.p99,
        spent(before, after) / served / 1e3,
        spent(before_postgres, after_postgres) / served / 1e3 if after_postgres else None,
    )


def run(server: Running, case: Case, seconds: float) -> Load:
    """The load itself."""
    request = request_of(server.contender, case)
    assert request is not None
    if server.contender.addresses == "none":
        return driver.call(server, case.name, seconds)
    place = server.place
    return run_load(request, place.port, seconds, place.pool, place.folder)


def server_usage(server: Running) -> Usage:
    """What the server and its children have used."""
    return usage(process_tree(server.process.pid))


def postgres_usage(url: str) -> Usage:
    """What the backends of a database have used; nothing when they run elsewhere."""
    return usage(number for number in backends(url) if is_postgres(number))


def is_postgres(process: int) -> bool:
    """Whether a process of this machine is PostgreSQL's; its server may be another machine's."""
    try:
        return Path(f"/proc/{process}/comm").read_text().startswith("postgres")
    except OSError:
        return False

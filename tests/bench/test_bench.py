"""The benchmark's own parts: what it sends, what it makes of figures, and that it runs."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import start
from bench.answers import check_answers, digest
from bench.cases import CASES, Request
from bench.client import Tally, request_bytes
from bench.contenders import CONTENDERS
from bench.contenders.fastify import missing
from bench.contenders.servers import Place
from bench.cpu import process_tree, spent, usage
from bench.database import prepare_database
from bench.load import LoadFailed, lua_script, lua_text, read_load
from bench.measure import Measurement, measure
from bench.options import read_options
from bench.report import figure_table, verdict_table
from bench.statements import statements_for, write_statements
from bench.verdicts import Figures, medians, ratios, verdicts
from tests.postgres_server import free_port

KEY, BULK = CASES[0], CASES[-1]


def measurement(contender: str, server_cpu: float, number: int = 1) -> Measurement:
    return Measurement(contender, "key", number, 1e6 / server_cpu, 1.0, 2.0, server_cpu, 50.0)


def printed(table: object) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("text", ["plain", "a]b", "a]]b", "]=]", "ends in ]", '{"a":[[1]]}'])
def test_a_lua_literal_says_the_text_unescaped(text: str) -> None:
    literal = lua_text(text)
    opening = literal[: literal.index("[", 1) + 1]
    closing = opening.replace("[", "]")

    assert literal.endswith(closing)
    inside = literal[len(opening) : -len(closing)]
    assert inside == text
    assert closing not in inside + closing[:-1]


def test_every_script_is_lua_that_sends_the_requests(tmp_path: Path) -> None:
    script = lua_script(BULK.table)

    assert BULK.table.body in script
    assert "[ [[Prefer]] ] = [[return=minimal]]" in script
    compiler = shutil.which("luajit") or shutil.which("luac")
    if compiler:
        (tmp_path / "load.lua").write_text(script)
        option = "-bl" if compiler.endswith("luajit") else "-p"
        subprocess.run([compiler, option, tmp_path / "load.lua"], check=True, capture_output=True)


def test_the_keys_asked_for_vary() -> None:
    assert len(set(KEY.table.targets)) == len(KEY.table.targets) > 100


def test_a_request_is_written_out_for_the_bundled_client() -> None:
    request = {"method": "POST", "headers": [("Prefer", "return=minimal")], "body": "{}"}

    assert request_bytes(request, "/items") == (
        b"POST /items HTTP/1.1\r\nHost: 127.0.0.1\r\nPrefer: return=minimal\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )


def test_percentiles_are_milliseconds() -> None:
    tally = Tally()
    tally.latencies = [number / 1000 for number in range(1, 101)]

    assert (tally.percentile(0.5), tally.percentile(0.99)) == (51.0, 100.0)


def test_the_load_client_is_read_by_its_one_line() -> None:
    line = 'bench-result {"requests":10,"seconds":1.0,"p50":1.5,"p99":2.5,"errors":1}'

    assert read_load(f"Running 1s test\n{line}\nRequests/sec: 10").errors == 1
    with pytest.raises(LoadFailed, match="no result"):
        read_load("Running 1s test")


def test_medians_are_taken_for_each_figure_by_itself() -> None:
    found = medians([measurement("bare", 50), measurement("bare", 100), measurement("bare", 80)])

    assert found["bare", "key"] == Figures(12_500.0, 1.0, 2.0, 80, 50.0)


def test_ratios_are_taken_round_by_round() -> None:
    slow_then_fast = [
        *(measurement("bare", 100, 1), measurement("autoapi", 120, 1)),
        *(measurement("bare", 50, 2), measurement("autoapi", 70, 2)),
    ]

    assert ratios(slow_then_fast, "key", "autoapi", "bare") == (1.2, 1.4)
    assert ratios(slow_then_fast, "key", "autoapi", "fastify") == ()


def test_the_verdicts_hold_autoapi_against_bare_node_and_many_tables() -> None:
    costs = {"bare": 80.0, "autoapi": 110.0, "fastify": 100.0, "autoapi+1000": 115.0}
    measured = [measurement(name, cost) for name, cost in costs.items()]

    found = {(each.contender, each.against): each.met for each in verdicts(measured, CASES)}

    assert found == {
        ("autoapi", "bare"): False,
        ("autoapi", "fastify"): False,
        ("autoapi+1000", "autoapi"): True,
    }


def test_the_tables_show_figures_ratios_and_verdicts() -> None:
    measured = [measurement("bare", 80), measurement("autoapi", 100)]

    figures = printed(figure_table(measured, CASES, ["bare", "autoapi"]))
    assert "1.25" in figures
    assert "12,500" in figures
    assert "met" in printed(verdict_table(verdicts(measured, CASES)))


def test_answers_are_compared_by_the_rows_they_show() -> None:
    autoapi = [{"id": 1, "order_lines": [{"id": 3, "products": {"id": 9}}, {"id": 2}]}]
    written = [{"id": 1, "lines": [{"id": 2}, {"id": 3, "product": {"id": 9}}]}]

    assert digest(autoapi) == digest(written)
    assert digest(autoapi) != digest([{"id": 1, "lines": [{"id": 2}, {"id": 3}]}])


def test_cpu_of_a_process_grows_as_it_works() -> None:
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as busy:
        before = usage(process_tree(busy.pid))
        while spent(before, usage(process_tree(busy.pid))) < 20_000_000:
            pass
        busy.kill()


def test_options_name_what_is_known() -> None:
    assert read_options(["--cases", "bulk,key"]).cases == ("key", "bulk")
    with pytest.raises(SystemExit):
        read_options(["--cases", "kye"])


def test_node_is_missed_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert missing() == "node and npm not found"


def test_one_short_round_of_the_bare_contender(postgres_url: str, tmp_path: Path) -> None:
    prepare_database(postgres_url, quick=True)
    statements = tmp_path / "statements.json"
    write_statements(statements, statements_for(postgres_url, CASES))
    assert set(json.loads(statements.read_text())) == {case.name for case in CASES if not case.own}
    place = Place(free_port(), postgres_url, tmp_path, statements, pool=4)

    with start(CONTENDERS[0], place) as server:
        check_answers([server], CASES)
        found = measure(server, KEY, 1, seconds=0.5)

    assert found.requests_per_second > 10
    assert found.server_cpu > 0


def test_the_bundled_client_stands_in_for_wrk(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_database(postgres_url, quick=True)
    statements = tmp_path / "statements.json"
    write_statements(statements, statements_for(postgres_url, CASES))
    place = Place(free_port(), postgres_url, tmp_path, statements, pool=2)
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with start(CONTENDERS[0], place) as server:
        found = measure(server, BULK, 1, seconds=0.3)
        wrong = replace(KEY, table=Request(targets=("/rest/v1/products?id=eq.wrong",)))
        with pytest.raises(LoadFailed, match="failed"):
            measure(server, wrong, 1, seconds=0.1)

    assert found.requests_per_second > 1

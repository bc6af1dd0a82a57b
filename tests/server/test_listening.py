"""Where the service listens: addresses, special ones, shared ports, sockets; the admin server."""

from __future__ import annotations

import os
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from autoapi.errors import SettingsError
from autoapi.listeners import address_of, open_address, opened_listeners
from autoapi.settings import Settings
from tests.conftest import run_sql
from tests.postgres_server import free_port
from tests.server.process import refused, serving
from tests.service import SECRET
from tests.shop import make_sqlite


@pytest.fixture(scope="module")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the shop in a file, to read."""
    return make_sqlite(tmp_path_factory.mktemp("shop") / "shop.db")


def reachable(port: int) -> set[str]:
    """The addresses of this machine that answer on a port."""
    found = set()
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, port), 2).close()
            found.add(host)
        except OSError:
            pass
    return found


@pytest.mark.parametrize(
    ("host", "answers"),
    [
        ("127.0.0.1", {"127.0.0.1"}),
        ("::1", {"::1"}),
        ("*", {"127.0.0.1", "::1"}),
        ("*4", {"127.0.0.1"}),
        ("!4", {"127.0.0.1"}),
        ("*6", {"127.0.0.1", "::1"}),
        ("!6", {"::1"}),
    ],
)
def test_an_address_stands_for_one_kind_or_both(host: str, answers: set[str]) -> None:
    listener = open_address(host, 0)
    try:
        assert reachable(listener.getsockname()[1]) == answers
    finally:
        listener.close()


def test_a_port_is_shared_only_where_that_is_wanted() -> None:
    first = open_address("127.0.0.1", 0, reuse=True)
    try:
        port = first.getsockname()[1]
        open_address("127.0.0.1", port, reuse=True).close()
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1 port {port}: "):
            open_address("127.0.0.1", port)
    finally:
        first.close()


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_that_is_not_ours_stops_the_start(host: str) -> None:
    with pytest.raises(SettingsError, match="cannot listen on"):
        open_address(host, 0)


def test_a_socket_has_its_mode_and_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    for mode in ("660", "777"):
        settings = Settings(server_unix_socket=str(path), server_unix_socket_mode=mode)
        with opened_listeners(settings) as (listener,):
            assert address_of(listener) == str(path)
            assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
        assert not path.exists()


def test_a_socket_left_behind_is_replaced_and_another_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with opened_listeners(Settings(server_unix_socket=str(path))):
        pass
    path.write_text("mine")

    with (
        pytest.raises(SettingsError, match="cannot listen at"),
        opened_listeners(Settings(server_unix_socket=str(path))),
    ):
        pass
    assert path.read_text() == "mine"


def test_a_whole_service_on_sockets(tmp_path: Path, shop_file: str) -> None:
    api, admin = tmp_path / "api.sock", tmp_path / "admin.sock"
    with serving(
        tmp_path,
        DATABASE_URL=shop_file,
        AUTOAPI_ANONYMOUS="read",
        AUTOAPI_SERVER_UNIX_SOCKET=str(api),
        AUTOAPI_ADMIN_SERVER_UNIX_SOCKET=str(admin),
        AUTOAPI_ADMIN_SERVER_UNIX_SOCKET_MODE="600",
    ) as server:
        assert stat.S_IMODE(admin.stat().st_mode) == 0o600
        with server.client() as client, server.client("admin") as watcher:
            assert client.get("/rest/v1/makers?select=id&id=eq.1").json() == [{"id": 1}]
            assert watcher.get("/ready").status_code == 200
            assert watcher.get("/rest/v1/makers").status_code == 404
            os.remove(api)
            assert watcher.get("/live").status_code == 500
            assert watcher.get("/ready").status_code == 500
    assert not admin.exists()


def test_the_admin_server_tells_how_it_is(tmp_path: Path, shop_file: str) -> None:
    port = free_port()
    with (
        serving(
            tmp_path,
            DATABASE_URL=shop_file,
            AUTOAPI_JWT_SECRET=SECRET,
            AUTOAPI_SERVER_HOST="!4",
            AUTOAPI_ADMIN_SERVER_PORT=str(port),
        ) as server,
        server.client() as client,
        server.client("admin") as watcher,
    ):
        assert client.get("/live").status_code != 200
        for path in ("/live", "/ready"):
            answer = watcher.get(path)
            assert (answer.status_code, answer.content) == (200, b"")
        assert watcher.get("/").status_code == 404
        assert watcher.get("/config").status_code == 404
        assert {table["name"] for table in watcher.get("/schema_cache").json()["tables"]} > {
            "makers"
        }
        client.get("/rest/v1/makers", headers={"Authorization": "Bearer a.b.c"})
        metrics = watcher.get("/metrics")
        assert metrics.headers["content-type"] == "text/plain; charset=utf-8"
        lines = metrics.text.splitlines()
        assert 'pgrst_schema_cache_loads_total{status="SUCCESS"} 1.0' in lines
        assert 'pgrst_schema_cache_loads_total{status="FAIL"} 0.0' in lines
        assert "pgrst_jwt_cache_requests_total 1.0" in lines
        assert "pgrst_jwt_cache_hits_total 0.0" in lines
        assert "# TYPE pgrst_schema_cache_query_time_seconds gauge" in lines
        assert client.get("/health").headers["server"].startswith("autoapi/")


def test_two_servers_share_a_port_where_that_is_wanted(tmp_path: Path, shop_file: str) -> None:
    given = {
        "DATABASE_URL": shop_file,
        "PORT": str(free_port()),
        "AUTOAPI_SERVER_REUSEPORT": "true",
    }
    with serving(tmp_path, **given), serving(tmp_path, **given):
        status, said = refused(tmp_path, **(given | {"AUTOAPI_SERVER_REUSEPORT": "false"}))

    assert (status, said.splitlines()[-1]) == (
        2,
        f"autoapi: cannot listen on 127.0.0.1 port {given['PORT']}: Address already in use",
    )


def test_several_processes_serve_one_port(tmp_path: Path, shop_file: str) -> None:
    with serving(
        tmp_path, "--workers", "2", DATABASE_URL=shop_file, AUTOAPI_ANONYMOUS="read"
    ) as server:
        for _ in range(8):
            with server.client() as client:
                assert client.get("/rest/v1/makers?id=eq.1").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AUTOAPI_JWT_SECRET", '{"keys": []}', "none of its keys can verify a token"),
        ("AUTOAPI_JWT_SECRET", "@/no/such/file", "cannot read /no/such/file"),
        ("AUTOAPI_JWT_ROLE_CLAIM_KEY", "role.other", "failed to parse role-claim-key value"),
        ("AUTOAPI_SERVER_HOST", "203.0.113.7", "cannot listen on 203.0.113.7"),
    ],
)
def test_what_cannot_work_stops_the_start_in_one_line(
    tmp_path: Path, shop_file: str, name: str, value: str, said: str
) -> None:
    status, output = refused(tmp_path, **{"DATABASE_URL": shop_file, name: value})

    assert (status, len(output.splitlines())) == (2, 1)
    assert output.startswith("autoapi: ")
    assert said in output


def test_several_processes_are_not_started_for_what_cannot_be_made(
    tmp_path: Path, shop_file: str
) -> None:
    given = {"DATABASE_URL": shop_file, "AUTOAPI_OVERRIDES": "no_such_rules"}

    status, output = refused(tmp_path, "--workers", "2", **given)

    assert status == 2
    assert output.splitlines()[-1] == (
        "autoapi: AUTOAPI_OVERRIDES: no_such_rules: ModuleNotFoundError:"
        " No module named 'no_such_rules'"
    )
    assert "Traceback" not in output


def test_a_request_under_way_at_a_stop_is_finished(tmp_path: Path, postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE VIEW napping AS SELECT 1 AS id, pg_sleep(2)::text AS nap")
    with (
        ThreadPoolExecutor(1) as threads,
        serving(tmp_path, DATABASE_URL=postgres_url, AUTOAPI_ANONYMOUS="read") as server,
    ):
        address = server.address("api")
        waiting = threads.submit(httpx.get, f"http://{address}/rest/v1/napping", timeout=20)
        time.sleep(0.7)
        server.process.terminate()
        assert waiting.result(20).status_code == 200
        assert server.process.wait(15) == 0

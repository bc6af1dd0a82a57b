"""Logins: each way of showing a password, encryption, and servers that are not what they seem."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoapi.wire import ConnectionLost, LoginError, ServerError, Step, connect, read_address
from tests.postgres_server import PostgresServer, postgres_server

RULES = """
local all postgres trust
local all all scram-sha-256
host all postgres 127.0.0.1/32 trust
host all by_scram 127.0.0.1/32 scram-sha-256
host all by_md5 127.0.0.1/32 md5
host all by_word 127.0.0.1/32 password
hostssl all by_tls 127.0.0.1/32 scram-sha-256
"""
USERS = """
SET password_encryption = 'scram-sha-256';
CREATE ROLE by_scram LOGIN PASSWORD 'sésame, ouvre-toi';
CREATE ROLE by_word LOGIN PASSWORD 'p';
CREATE ROLE by_tls LOGIN PASSWORD 'p';
CREATE ROLE nobody_else LOGIN PASSWORD 'p';
SET password_encryption = 'md5';
CREATE ROLE by_md5 LOGIN PASSWORD 'p';
"""


def ask(url: str) -> bytes | None:
    """Who the server takes us for."""

    async def work() -> bytes | None:
        connection = await connect(read_address(url, {}), {"application_name": "test"})
        try:
            return (await connection.run([Step("SELECT current_user", (), True)]))[0][0][0]
        finally:
            await connection.close()

    return asyncio.run(work())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1, signed by itself; its key lies beside it."""
    folder = tmp_path_factory.mktemp("tls")
    folder.chmod(0o755)
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")]
    subprocess.run([*command.split(), *extra, *files], check=True, capture_output=True)
    return folder / "server.crt"


@pytest.fixture(scope="module")
def server(certificate: Path) -> Iterator[PostgresServer]:
    """A server that asks each user in another way, and encrypts."""
    with postgres_server() as found:
        run_script(found, USERS)
        data = found.folder / "data"
        for name in ("server.crt", "server.key"):
            text = certificate.with_name(name).read_text()
            write(found, data / name, text)
        write(found, data / "pg_hba.conf", RULES)
        run_script(found, "ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf()")
        found.stop()
        found.start()
        yield found


def run_script(server: PostgresServer, script: str) -> None:
    """Run statements one after another."""

    async def work() -> None:
        connection = await connect(read_address(server.url, {}), {})
        for statement in script.split(";"):
            if statement.strip():
                await connection.run([Step(statement)])
        await connection.close()

    asyncio.run(work())


def write(server: PostgresServer, path: Path, text: str) -> None:
    """Write a file as the server's user, for its eyes alone."""
    subprocess.run(
        ["sh", "-c", f"umask 077; rm -f {path}; cat > {path}"],
        input=text.encode(),
        check=True,
        **server.identity,  # type: ignore[call-overload]
    )


@pytest.mark.parametrize(
    ("user", "password"),
    [("by_scram", "s%C3%A9same,%20ouvre-toi"), ("by_md5", "p"), ("by_word", "p"), ("by_tls", "p")],
)
def test_a_user_logs_in_by_the_way_the_server_asks_for(
    server: PostgresServer, user: str, password: str
) -> None:
    place = f"127.0.0.1:{server.port}/postgres"

    assert ask(f"postgresql://{user}:{password}@{place}") == user.encode()
    with pytest.raises(ServerError) as caught:
        ask(f"postgresql://{user}:wrong@{place}")
    assert caught.value.sqlstate == "28P01"
    with pytest.raises(LoginError, match="asks for a password"):
        ask(f"postgresql://{user}@{place}")


def test_a_socket_of_the_machine_is_an_address_too(server: PostgresServer) -> None:
    place = f"?host={server.folder}&port={server.port}"

    assert ask(f"postgresql://nobody_else:p@/postgres{place}") == b"nobody_else"


@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_a_connection_is_encrypted_where_the_server_can(server: PostgresServer, mode: str) -> None:
    assert ask(f"postgresql://by_tls:p@127.0.0.1:{server.port}/postgres?sslmode={mode}")


def test_without_encryption_a_server_that_wants_it_refuses(server: PostgresServer) -> None:
    with pytest.raises(ServerError) as caught:
        ask(f"postgresql://by_tls:p@127.0.0.1:{server.port}/postgres?sslmode=disable")

    assert caught.value.sqlstate == "28000"


def test_a_server_is_who_its_certificate_says(server: PostgresServer, certificate: Path) -> None:
    place = f"postgresql://by_tls:p@127.0.0.1:{server.port}/postgres?sslmode="

    assert ask(f"{place}verify-full&sslrootcert={certificate}") == b"by_tls"
    assert ask(f"{place}verify-ca&sslrootcert={certificate}") == b"by_tls"
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(f"{place}verify-full")


def test_a_server_that_does_not_encrypt_will_not_do_where_it_must(
    postgres_server_url: str,
) -> None:
    with pytest.raises(LoginError, match="does not encrypt"):
        ask(f"{postgres_server_url}?sslmode=require")
    assert ask(f"{postgres_server_url}?sslmode=prefer") == b"postgres"


def test_the_next_server_of_the_address_is_tried(server: PostgresServer) -> None:
    places = f"127.0.0.1:1,127.0.0.1:{server.port}"

    assert ask(f"postgresql://by_word:p@{places}/postgres?target_session_attrs=read-write")
    with pytest.raises(OSError, match="Connect"):
        ask("postgresql://by_word:p@127.0.0.1:1,127.0.0.1:2/postgres")


def test_a_database_that_does_not_exist_is_told(server: PostgresServer) -> None:
    with pytest.raises(ServerError) as caught:
        ask(f"postgresql://postgres@127.0.0.1:{server.port}/nosuch")

    assert caught.value.sqlstate == "3D000"


@pytest.mark.parametrize(
    "says",
    [
        b"R\0\0\0\x0c\0\0\0\x07\0\0\0\0",  # a login of a kind we do not know
        b"R\0\0\0\x17\0\0\0\x0aOTHER-MECHANISM\0\0\0\0",
        b"",  # hangs up
    ],
)
def test_a_server_that_asks_for_what_we_cannot_give_is_refused(says: bytes) -> None:
    async def work() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1000)
            writer.write(says)
            writer.close()

        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        url = f"postgresql://u:p@127.0.0.1:{port}/d?sslmode=disable"
        async with asyncio.timeout(5):
            with pytest.raises((LoginError, ConnectionLost)):
                await connect(read_address(url, {}), {})
        listening.close()

    asyncio.run(work())

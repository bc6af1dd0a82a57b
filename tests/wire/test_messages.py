"""The bytes of messages, and the addresses they go to."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoapi.wire import Address, read_address
from autoapi.wire.address import Endpoint
from autoapi.wire.messages import bind_message, parse_message, startup_message


def test_a_startup_names_the_protocol_and_the_parameters() -> None:
    assert startup_message({"user": "a"}) == b"\0\0\0\x10\0\x03\0\0user\0a\0\0"


def test_a_statement_is_prepared_under_its_name() -> None:
    assert parse_message(b"n", "SELECT 1") == b"P\0\0\0\x11n\0SELECT 1\0\0\0"


def test_values_travel_as_text_and_null_as_nothing() -> None:
    given = bind_message(b"n", ["ö", b"{}", 12, None, ["a", 'b"\\', None]])

    assert given == (
        b"B\0\0\0\x3b\0n\0\0\0\0\x05"
        b"\0\0\0\x02\xc3\xb6"
        b"\0\0\0\x02{}"
        b"\0\0\0\x0212"
        b"\xff\xff\xff\xff"
        b'\0\0\0\x12{"a","b\\"\\\\",NULL}'
        b"\0\x01\0\x01"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://u:p%40@h:1/d?sslmode=disable",
            Address((Endpoint("h", 1),), "u", "d", "p@", tls_mode="disable"),
        ),
        ("postgres://u@h/d", Address((Endpoint("h", 5432),), "u", "d")),
        ("postgresql+psycopg2://u@h/d", Address((Endpoint("h", 5432),), "u", "d")),
        ("host=h port=2 user=u", Address((Endpoint("h", 2),), "u", "u")),
        (
            "postgresql://u@a:1,b:2/d?target_session_attrs=read-write",
            Address((Endpoint("a", 1), Endpoint("b", 2)), "u", "d", writable=True),
        ),
        (
            "postgresql://u@/d?host=/tmp/x&port=3",
            Address((Endpoint("/tmp/x", 3),), "u", "d"),
        ),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(url: str, expected: Address) -> None:
    assert read_address(url, {"PGPASSFILE": "/nowhere"}) == expected


def test_variables_stand_in_for_what_the_url_lacks() -> None:
    variables = {
        "PGHOST": "h",
        "PGPORT": "6",
        "PGUSER": "u",
        "PGDATABASE": "d",
        "PGPASSWORD": "p",
        "PGSSLMODE": "require",
    }

    assert read_address("postgresql://", variables) == Address(
        (Endpoint("h", 6),), "u", "d", "p", tls_mode="require"
    )
    assert read_address("postgresql://other@h2/e", variables).user == "other"


def test_a_url_that_cannot_be_read_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="cannot read") as caught:
        read_address("postgresql://u:secret@h:port/d?nonsense=1", {})

    assert "secret" not in str(caught.value)


def test_a_password_is_found_in_libpqs_file(tmp_path: Path) -> None:
    file = tmp_path / "pgpass"
    file.write_text("# a comment\nother:*:*:*:wrong\nh:5432:*:u:pass\\:word\n")
    file.chmod(0o600)

    def password(url: str) -> str | None:
        return read_address(url, {"PGPASSFILE": str(file)}).password

    assert password("postgresql://u@h/d") == "pass:word"
    assert password("postgresql://u:own@h/d") == "own"
    assert password("postgresql://somebody@h/d") is None
    file.chmod(0o644)
    assert password("postgresql://u@h/d") is None

"""Keys by address: read once, read again as they rotate, kept while the address is down."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from autoapi.auth import TokenVerifier, remote_keys
from autoapi.auth.remote_keys import fetch_keys
from autoapi.errors import ApiError, SettingsError
from autoapi.events import Event, KeysUnavailable, subscribe
from autoapi.settings import Settings
from tests.auth.tokens import jwk, jwks, private_key, sign
from tests.service import SECRET


@dataclass
class Publisher:
    """An address that publishes keys, and what it was asked."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    pause: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    asked: int = 0


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A server on a port of its own."""
    state = Publisher()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            time.sleep(state.pause)
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/keys"
    yield state
    server.shutdown()
    server.server_close()


def publish(publisher: Publisher, *numbers: int) -> None:
    """Publish the keys of these numbers, each under its number as name."""
    keys = (jwk("ES256", private_key("ES256", each), kid=str(each)) for each in numbers)
    publisher.body = jwks(*keys).encode()


def token(number: int, **headers: Any) -> bytes:
    """The header of a token signed with a key."""
    names = {"kid": str(number), **headers}
    signed = sign({"role": f"r{number}"}, private_key("ES256", number), "ES256", **names)
    return b"Bearer " + signed.encode()


def by_address(publisher: Publisher, **settings: Any) -> TokenVerifier:
    """A verifier of what is published."""
    return TokenVerifier(Settings(jwt_jwks_url=publisher.url, **settings))


def test_the_keys_are_read_once_and_rotate_without_a_restart(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        publish(publisher, 1)
        verifies = by_address(publisher)
        for _ in range(3):
            assert (await verifies.verify(token(1))).role == "r1"
        assert publisher.asked == 1

        publish(publisher, 2, 3)
        with pytest.raises(ApiError, match="No suitable key"):
            await verifies.verify(token(2))  # only just now read: not again so soon
        assert publisher.asked == 1
        monkeypatch.setattr(remote_keys, "FLOOR", 0.0)
        assert (await verifies.verify(token(2))).role == "r2"
        assert publisher.asked == 2
        assert verifies.recall(token(1)) is None  # forgotten with its key

    asyncio.run(steps())


def test_garbage_has_the_address_asked_no_more_often_than_the_floor(publisher: Publisher) -> None:
    async def steps() -> None:
        publish(publisher, 1)
        verifies = by_address(publisher)
        for number in range(20):
            with pytest.raises(ApiError):
                await verifies.verify(token(1, kid=f"unknown {number}"))
        assert publisher.asked == 1

    asyncio.run(steps())


def test_many_at_once_wait_for_one_reading(publisher: Publisher) -> None:
    async def steps() -> None:
        publish(publisher, 1)
        publisher.pause = 0.2
        verifies = by_address(publisher)
        found = await asyncio.gather(*(verifies.verify(token(1)) for _ in range(20)))
        assert {who.role for who in found} == {"r1"}
        assert publisher.asked == 1

    asyncio.run(steps())


def test_a_slow_address_does_not_hold_up_the_others(publisher: Publisher) -> None:
    async def steps() -> None:
        publish(publisher, 1)
        publisher.pause = 1.0
        verifies = by_address(publisher)
        waiting = asyncio.create_task(verifies.verify(token(1)))
        started = time.perf_counter()
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert time.perf_counter() - started < 0.8
        assert not waiting.done()
        assert (await waiting).role == "r1"

    asyncio.run(steps())


def test_the_last_good_keys_stay_while_the_address_is_down(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_keys, "FLOOR", 0.0)
    monkeypatch.setattr(remote_keys, "FRESH", 0.0)

    async def steps() -> None:
        publish(publisher, 1)
        verifies = by_address(publisher)
        await verifies.verify(token(1))
        broken = ((500, b""), (200, b"<html>"), (200, b'{"keys": 1}'), (200, b"[]"), (200, b"\xff"))
        for status, body in broken:
            publisher.status, publisher.body = status, body
            assert verifies.remote is not None
            await verifies.remote.renewed()
            assert (await verifies.verify(token(1))).role == "r1"
        await verifies.stop()

    told: list[Event] = []
    stop = subscribe(told.append)
    asyncio.run(steps())
    stop()
    reasons = [event.reason for event in told if isinstance(event, KeysUnavailable)]
    for part in ("status 500", "malformed", "no list 'keys'", "Expected `object`", "invalid"):
        assert any(part in reason for reason in reasons), reasons


def test_before_the_address_has_answered_a_token_is_to_be_sent_again(publisher: Publisher) -> None:
    async def steps() -> None:
        publisher.status = 500
        with pytest.raises(ApiError) as caught:
            await by_address(publisher).verify(token(1))
        assert (caught.value.status, caught.value.code) == (503, "AUTO110")
        assert dict(caught.value.headers)["Retry-After"] == "10"

    asyncio.run(steps())


def test_the_secret_of_the_settings_serves_beside_the_address(publisher: Publisher) -> None:
    async def steps() -> None:
        publish(publisher, 1)
        verifies = by_address(publisher, jwt_secret=SECRET)
        own = b"Bearer " + sign({"role": "own"}).encode()
        assert (await verifies.verify(own)).role == "own"
        assert (await verifies.verify(token(1))).role == "r1"

    asyncio.run(steps())


def test_what_is_published_is_read_with_care(publisher: Publisher) -> None:
    good = jwk("ES256", private_key("ES256", 1))
    secret = {"kty": "oct", "k": "c2VjcmV0IHRoYXQgZXZlcnlib2R5IGtub3dz"}
    broken = good | {"x": "AA"}
    publisher.body = jwks(secret, broken, good, *[good] * 200).encode()

    found = fetch_keys(publisher.url)
    assert {key.type for key in found} == {"EC"}
    assert len(found) <= remote_keys.MOST_KEYS


def test_a_set_that_is_too_large_is_not_read(publisher: Publisher) -> None:
    publisher.body = json.dumps({"keys": [], "x": "y" * remote_keys.LARGEST_SET}).encode()

    with pytest.raises(ValueError, match="larger than"):
        fetch_keys(publisher.url)


def test_no_other_address_is_followed(publisher: Publisher) -> None:
    publisher.status, publisher.headers = 302, {"Location": "file:///etc/passwd"}

    with pytest.raises(OSError, match="302"):
        fetch_keys(publisher.url)
    assert publisher.asked == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "keys"])
def test_an_address_of_another_kind_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="must start with https:// or http://"):
        Settings.from_environment({"AUTOAPI_JWT_JWKS_URL": url})

"""The sockets that the service listens on: by address, by PostgREST's special ones, by path.

Opened before the server starts and handed to it, so that all its processes share them
and what is taken already stops the start.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from autoapi.errors import SettingsError
from autoapi.settings import Settings

__all__ = ["address_of", "opened_listeners"]

BACKLOG = 2_048
ANY_4, ANY_6 = (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")  # noqa: S104 - as asked for
# Special address -> what is tried, in order. The first of version 6 takes version 4 too,
# unless that is what must not be.
SPECIAL = {
    "*": (ANY_6, ANY_4),
    "*4": (ANY_4, ANY_6),
    "!4": (ANY_4,),
    "*6": (ANY_6, ANY_4),
    "!6": (ANY_6,),
}


@contextmanager
def opened_listeners(settings: Settings) -> Iterator[list[socket.socket]]:
    """The API's socket, and the admin server's if there is to be one; closed afterwards.

    Raises SettingsError for an address that is taken, not ours, or unknown.
    """
    admin_host = settings.admin_server_host or settings.server_host
    with ExitStack() as stack:
        opened = []
        if settings.server_unix_socket:
            opened.append(
                open_path(stack, settings.server_unix_socket, settings.server_unix_socket_mode)
            )
        else:
            reuse = settings.server_reuseport
            opened.append(open_address(settings.server_host, settings.port, reuse=reuse))
            stack.callback(opened[-1].close)
        if settings.admin_server_unix_socket:
            path, mode = settings.admin_server_unix_socket, settings.admin_server_unix_socket_mode
            opened.append(open_path(stack, path, mode))
        elif settings.admin_server_port:
            opened.append(open_address(admin_host, settings.admin_server_port))
            stack.callback(opened[-1].close)
        yield opened


def open_address(host: str, port: int, *, reuse: bool = False) -> socket.socket:
    """A socket that listens on a host and port; 0 is any free port. Raises SettingsError."""
    problem: OSError | None = None
    for family, address in candidates(host, port):
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if reuse:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                alone = int(host == "!6" or host not in SPECIAL)
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, alone)
            listener.bind((address, port))
            listener.listen(BACKLOG)
            listener.set_inheritable(True)
        except OSError as error:
            listener.close()
            problem = error
            continue
        return listener
    reason = problem.strerror if problem is not None else "no such address"
    raise SettingsError(f"cannot listen on {host} port {port}: {reason}") from None


def candidates(host: str, port: int) -> tuple[tuple[int, str], ...]:
    """The addresses that a host stands for, each with its family. Raises SettingsError."""
    if host in SPECIAL:
        return SPECIAL[host]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot listen on {host}: {error}") from None
    return tuple((family, str(address[0])) for family, _, _, _, address in found)


def open_path(stack: ExitStack, path: str, mode: str) -> socket.socket:
    """A socket that listens at a path, gone with the stack. Raises SettingsError.

    One that was left there by an earlier run is replaced; any other file is not.
    """
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            Path(path).unlink()
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stack.callback(listener.close)
    try:
        listener.bind(path)
        stack.callback(Path(path).unlink, missing_ok=True)
        os.chmod(path, int(mode, 8))
        listener.listen(BACKLOG)
    except OSError as error:
        raise SettingsError(f"cannot listen at {path}: {error.strerror or error}") from None
    listener.set_inheritable(True)
    return listener


def address_of(listener: socket.socket) -> str:
    """A socket's address as it is written: ``127.0.0.1:80``, ``[::1]:80`` or a path."""
    name = listener.getsockname()
    if isinstance(name, str):
        return name
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

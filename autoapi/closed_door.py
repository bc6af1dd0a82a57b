"""A listening socket to which nobody new can connect, while who has begun to is let in.

When a listening socket is closed, the system resets every connection that it has accepted and
we have not: its caller may have sent a request already, and never knows whether it was read.
However fast those in line are taken in, somebody may come in between. So the first packet of
a new connection (SYN) is dropped first, by a filter of the kernel's: its sender tries again a
second later, and is refused then or comes to the next server. Linux only; elsewhere, and where
the system has no such filters, the little gap is left.
https://www.kernel.org/doc/html/latest/networking/filter.html
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

__all__ = ["SETTLE", "shut_door"]

SETTLE: Final = 0.1  # seconds in which a connection that has begun is made, across a network
ATTACH_FILTER: Final = 26  # SO_ATTACH_FILTER, which Python does not name
ACCEPT_ALL = 0xFFFFFFFF
# A classic BPF program over a packet from its TCP header on: code, jumps if true and false, k.
PROGRAM: Final = (
    (0x30, 0, 0, 13),  # load the byte of the flags
    (0x45, 0, 1, 0x02),  # is SYN among them?
    (0x06, 0, 0, 0),  # then drop it
    (0x06, 0, 0, ACCEPT_ALL),
)
INSTRUCTION = struct.Struct("=HBBI")
HEADED = struct.Struct("@HP")  # how many instructions, and where they are


def shut_door(listener: socket.socket) -> bool:
    """Let no new connection begin; whether that could be done."""
    if sys.platform != "linux" or listener.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    program = b"".join(INSTRUCTION.pack(*each) for each in PROGRAM)
    kept = ctypes.create_string_buffer(program, len(program))
    with suppress(OSError):
        head = HEADED.pack(len(PROGRAM), ctypes.addressof(kept))
        listener.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, head)
        return True
    return False

"""The login: what the server asks for, and what it is answered.

https://www.postgresql.org/docs/current/sasl-authentication.html. SCRAM is scramp's.
"""

from __future__ import annotations

import hashlib
from struct import Struct
from typing import Any

from scramp import ScramClient, ScramException

from autoapi.wire.errors import LoginError
from autoapi.wire.messages import password_message, sasl_first_message

__all__ = ["Login"]

REQUEST = Struct("!i").unpack_from
MECHANISMS = ("SCRAM-SHA-256",)


class Login:
    """Answers one login; a builder, of no use after it."""

    def __init__(self, user: str, password: str | None) -> None:
        self.user = user
        self.given = password
        self.scram: Any = None
        self.proven = False  # the server has shown that it knows the password too

    @property
    def password(self) -> str:
        """The password. Raises LoginError when there is none."""
        if self.given is None:
            raise LoginError("the database asks for a password, and none is given")
        return self.given

    def answer(self, content: bytes) -> bytes:
        """The answer to one request; empty where none is due.

        Raises LoginError for a request that cannot be met, ScramException for a server that
        does not know the password.
        """
        (request,) = REQUEST(content, 0)
        given = content[4:]
        match request:
            case 0:  # all is well
                if self.scram is not None and not self.proven:
                    raise LoginError("the database did not prove that it knows the password")
                return b""
            case 3:  # the password as it is
                return password_message(self.password.encode() + b"\0")
            case 5:  # hashed with MD5
                return password_message(md5_answer(self.user, self.password, given))
            case 10:  # SASL, by one of the mechanisms named
                return self.begin_scram(given)
            case 11:  # its second word
                self.scram.set_server_first(given.decode())
                return password_message(self.scram.get_client_final().encode())
            case 12:  # its last
                self.finish_scram(given.decode())
                return b""
            case _:
                raise LoginError(f"the database asks for a login of kind {request}")

    def begin_scram(self, offered: bytes) -> bytes:
        """Choose a mechanism that the server offers, and say the first word."""
        names = [name.decode() for name in offered.split(b"\0") if name]
        common = [name for name in names if name in MECHANISMS]
        if not common:
            raise LoginError(f"the database offers only {', '.join(names)}")
        self.scram = ScramClient(common, self.user, self.password)
        return sasl_first_message(common[0], self.scram.get_client_first().encode())

    def finish_scram(self, last: str) -> None:
        """Hold the server to its proof. Raises LoginError when it is wrong."""
        try:
            self.scram.set_server_final(last)
        except ScramException as error:
            raise LoginError("the database's proof of the password is wrong") from error
        self.proven = True


def md5_answer(user: str, password: str, salt: bytes) -> bytes:
    """The hash that servers of old ask for.

    >>> md5_answer("u", "p", b"salt")[:3]
    b'md5'
    """
    inner = hashlib.md5(f"{password}{user}".encode(), usedforsecurity=False).hexdigest()
    outer = hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest()
    return f"md5{outer}".encode() + b"\0"

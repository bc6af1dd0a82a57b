"""TLS as libpq's ``sslmode`` means it.

https://www.postgresql.org/docs/current/libpq-ssl.html
"""

from __future__ import annotations

import ssl
from pathlib import Path

from autoapi.wire.address import Address

__all__ = ["REQUIRED", "tls_context"]

REQUIRED = frozenset({"require", "verify-ca", "verify-full"})
FOLDER = ".postgresql"


def tls_context(address: Address) -> ssl.SSLContext | None:
    """How to encrypt; None for not at all.

    ``prefer`` and ``require`` encrypt without asking who answers, unless a root certificate
    is given; ``verify-ca`` and ``verify-full`` ask. Raises ValueError for a mode that does
    not exist, OSError for a certificate that cannot be read.
    """
    if address.tls_mode == "disable":
        return None
    if address.tls_mode not in REQUIRED | {"allow", "prefer"}:
        raise ValueError(f"sslmode '{address.tls_mode}' does not exist")
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.check_hostname = address.tls_mode == "verify-full"
    root = address.root_certificate or found("root.crt")
    if address.tls_mode.startswith("verify") or (root and address.tls_mode == "require"):
        if root and root != "system":
            context.load_verify_locations(root)
    else:
        context.verify_mode = ssl.CERT_NONE
    certificate = address.certificate or found("postgresql.crt")
    if certificate:
        context.load_cert_chain(certificate, address.key or found("postgresql.key") or None)
    return context


def found(name: str) -> str:
    """A file in libpq's folder of the user's home, if it is there."""
    path = Path.home() / FOLDER / name
    return str(path) if path.is_file() else ""

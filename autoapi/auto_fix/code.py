"""Statements as the Python of a revision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from autoapi.migrate import without_parameters

__all__ = ["concurrent_code", "statements_code"]

INDENT: Final = "    "
BODIES: Final = "SET LOCAL check_function_bodies = off"


def statements_code(statements: Iterable[str]) -> str:
    """Calls of ``op.execute``, one a line, indented for a function's body; ``pass`` for none.

    >>> statements_code(["DROP INDEX a"])
    'op.execute("DROP INDEX a")'
    """
    calls = [f"op.execute({literal(without_parameters(text))})" for text in statements]
    return f"\n{INDENT}".join(calls) or "pass"


def literal(text: str) -> str:
    """A text as Python, over several lines where it has them."""
    escaped = text.replace("\\", "\\\\")
    if "\n" not in text:
        quoted = escaped.replace('"', '\\"')
        return f'"{quoted}"'
    body = escaped.replace('"""', '\\"\\"\\"')
    tail = f'{body[:-1]}\\"' if body.endswith('"') else body
    return f'"""{tail}"""'


def concurrent_code(statements: Iterable[str], lock_timeout: float) -> str:
    """Statements that cannot run in a transaction; they wait for old ones to end, and no
    reader or writer waits for them, so their waiting is not limited."""
    inside = [
        "SET lock_timeout = 0",
        *statements,
        f"SET lock_timeout = {lock_timeout * 1000:.0f}",
    ]
    code = statements_code(inside).replace(f"\n{INDENT}", f"\n{INDENT * 2}")
    return f"with op.get_context().autocommit_block():\n{INDENT * 2}{code}"

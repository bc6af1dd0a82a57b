"""The history for those who read it."""

from __future__ import annotations

from collections.abc import Iterator

from autoapi.history.types import Change, History
from autoapi.reflect import Command
from autoapi.schema_tools.compare_text import entry_lines

__all__ = ["history_text"]

MOST_COMMANDS = 10


def history_text(history: History) -> str:
    """The changes in lines, the newest first."""
    if history.recorded_since is None:
        return f"Nothing of {history.database} is recorded in {history.kept}."
    head = f"{history.database}, recorded since {history.recorded_since} in {history.kept}"
    if not history.changes:
        return f"{head}: no change."
    return "\n".join([head, *(line for each in history.changes for line in change_lines(each))])


def change_lines(change: Change) -> Iterator[str]:
    """One change."""
    plural = "s" if change.count > 1 else ""
    yield ""
    yield f"#{change.number}  {change.at}  {change.count} difference{plural}, {noticed(change)}"
    for command in change.by[:MOST_COMMANDS]:
        yield f"    {command_text(command)}"
    if len(change.by) > MOST_COMMANDS:
        yield f"    and {len(change.by) - MOST_COMMANDS} more commands"
    for entry in change.differences:
        yield from (f"  {line}" for line in entry_lines(entry))
    if change.count > len(change.differences):
        yield f"  and {change.count - len(change.differences)} more"


def noticed(change: Change) -> str:
    """How it came to be seen."""
    if change.cause == "start":
        return f"while the service was not there, since {change.since}"
    return f"noticed by {change.cause}, since {change.since}"


def command_text(command: Command) -> str:
    """Who did what, from where."""
    who = command.login if command.role is None else f"{command.login} as {command.role}"
    places = ", ".join(each for each in (command.application, command.address) if each)
    where = f" ({places})" if places else ""
    return f"{command.at} {who}{where}: {command.command} {command.object or ''}".rstrip()

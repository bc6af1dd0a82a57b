"""A comparison as readable text, and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from difflib import unified_diff
from typing import Any, Final

from autoapi.schema_tools.compare import Entry, PropertyChange
from autoapi.schema_tools.describing import shown
from autoapi.schema_tools.severity import SEVERITIES, Severity

__all__ = ["comparison_document", "comparison_text", "entry_lines"]

HEADS: Final[dict[Severity, str]] = {
    "breaking": "breaks clients",
    "uncertain": "may change what clients get",
    "additive": "adds to the API",
    "none": "no effect on the API",
}
SIGNS: Final = {"added": "+", "removed": "-", "renamed": "~", "changed": "~"}


def comparison_document(entries: Sequence[Entry], reference: str) -> dict[str, Any]:
    """The comparison as what JSON is made of; ``reference`` says what the database is beside."""
    counts = Counter(entry.severity for entry in entries)
    return {
        "reference": reference,
        "same": not entries,
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "differences": [asdict(entry) for entry in entries],
    }


def comparison_text(entries: Sequence[Entry], reference: str) -> str:
    """The comparison in lines, the worst first.

    "+" is new in the database, "-" is gone from it, "~" is there and not as it was.
    """
    if not entries:
        return f"Nothing differs from {reference}."
    counts = Counter(entry.severity for entry in entries)
    told = ", ".join(f"{counts[each]} {each}" for each in SEVERITIES if counts[each])
    plural = "s" if len(entries) > 1 else ""
    lines = [f"{len(entries)} difference{plural} from {reference} (by effect: {told})"]
    for severity in SEVERITIES:
        group = [entry for entry in entries if entry.severity == severity]
        if group:
            lines += ["", f"{HEADS[severity]}:"]
            lines += [f"  {line}" for entry in group for line in entry_lines(entry)]
    return "\n".join(lines)


def entry_lines(entry: Entry) -> Iterator[str]:
    """One difference, its first line with the name."""
    name = ".".join(entry.path) or "the database"
    match entry.change:
        case "renamed":
            about = f" was {entry.was}? ({entry.about})"
        case "changed":
            about = ""
        case _:
            about = f": {entry.about}" if entry.about else ""
    yield f"{SIGNS[entry.change]} {entry.kind} {name}{about} [{entry.reason}]"
    if entry.near:
        yield f"    there is {entry.near}"
    for change in entry.properties:
        yield from (f"    {line}" for line in property_lines(change))


def property_lines(change: PropertyChange) -> Iterator[str]:
    """One property; texts of several lines as the lines that differ."""
    before, after = shown(change.before), shown(change.after)
    if "\n" not in before + after:
        yield f"{change.name}: {before} -> {after}"
        return
    yield f"{change.name}:"
    lines = unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    yield from (f"  {line}" for line in lines if not line.startswith(("---", "+++", "@@")))

"""What could be mended: each step with what it does, its risk, and whether it can be chosen.

Nothing is changed here. The plan's fingerprint is that of all that it says and of the
database that it was made for, so that what is applied is what was seen.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from autoapi.auto_fix.revisions import Draft, draft_revision
from autoapi.errors import ApiError
from autoapi.inspection import TableSize, Thing, Usage, thing_fingerprint
from autoapi.migrate import (
    Status,
    live_thing,
    migrate_up,
    read_status,
    scratch_database,
    without_bookkeeping,
)
from autoapi.openapi import Information
from autoapi.reflect import inspect_database, read_usage, reflect
from autoapi.schema_tools.advice import Exposure, Finding
from autoapi.schema_tools.advise import advise
from autoapi.settings import Settings

__all__ = ["ALIGN", "Plan", "Step", "generated_files", "make_plan"]

Kind = Literal["align", "index", "validate", "generate"]
Risk = Literal["none", "low", "high"]

GENERATE: Final = "autoapi.generate"  # imported when it is used: it takes half a second
ALIGN: Final = "align"
KEPT: Final = "catalogue.json"  # where this is, the folder is of generated files
LARGE: Final = 16_777_216  # bytes of a table whose writers an index is not to keep waiting
FROM_ADVICE: Final[Mapping[str, Kind]] = {
    "missing_foreign_key_index": "index",
    "unvalidated_constraint": "validate",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to mend.

    ``why_not`` says why it cannot be chosen; empty where it can. ``needs`` are steps that
    must be chosen along. ``separate``: outside a transaction, beside the traffic.
    """

    id: str
    kind: Kind
    title: str
    risk: Risk
    what_may_happen: str
    details: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    why_not: str = ""
    separate: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps in the order in which they would be done."""

    fingerprint: str
    recorded: Literal["revision", "database"]  # where: in a new revision, or in a table alone
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan is made of."""

    live: Thing
    usage: Usage
    findings: tuple[Finding, ...]
    status: Status | None  # None: the database has no migrations
    draft: Draft | None  # what the migrations do not make, if they were asked
    undrafted: str  # why they could not be asked
    stale: tuple[str, ...] = field(default=())


def make_plan(settings: Settings, scratch_url: str = "") -> Plan:
    """Look at the database, its migrations and its generated files; takes seconds, and blocks."""
    where = (settings.database_url, settings.db_schemas, settings.db_connect_timeout)
    live, usage = inspect_database(*where), read_usage(*where)
    exposure = Exposure(settings.db_anon_role, settings.anonymous)
    found = advise(live, usage, exposure, ignored=settings.advise_ignore)
    findings = tuple(each for each in found if each.rule in FROM_ADVICE)
    status = status_of(settings)
    draft, undrafted = draft_of(settings, status, scratch_url)
    stale = tuple(stale_lines(settings, live))
    facts = Facts(live, usage, findings, status, draft, undrafted, stale)
    steps = tuple(steps_of(facts, settings))
    told = msgspec.json.encode((thing_fingerprint(live), status, draft, steps))
    fingerprint = hashlib.sha256(told).hexdigest()[:32]
    return Plan(fingerprint, "revision" if status else "database", steps)


def status_of(settings: Settings) -> Status | None:
    """Where the database is among its migrations; None where there are none."""
    try:
        return read_status(settings)
    except ApiError as error:
        if error.code == "AUTO130":
            return None
        raise


def draft_of(
    settings: Settings, status: Status | None, scratch_url: str
) -> tuple[Draft | None, str]:
    """What the migrations do not make, or why that cannot be said."""
    if status is None:
        return None, ""
    if status.pending or len(status.heads) > 1:
        return None, "Revisions are pending: 'autoapi migrate up' comes first"
    try:
        with scratch_database(settings, scratch_url) as scratch:
            migrate_up(scratch)
            return draft_revision(scratch, settings, live_thing(scratch), live_thing(settings)), ""
    except ApiError as error:
        return None, f"{error.message}. {error.hint or ''}".strip()


def stale_lines(settings: Settings, live: Thing) -> Iterator[str]:
    """How the generated files differ from what would be written; nothing where there are none."""
    folder = Path(settings.generated)
    if (folder / KEPT).is_file():
        making: Any = importlib.import_module(GENERATE)
        yield from making.differences_from(folder, generated_files(settings, live))


def generated_files(settings: Settings, live: Thing) -> Mapping[str, str]:
    """What ``autoapi generate`` would write."""
    making: Any = importlib.import_module(GENERATE)
    catalogue = reflect(
        settings.database_url,
        settings.db_schemas,
        settings.db_connect_timeout,
        settings.db_extra_search_path,
    )
    information = Information(
        title=settings.app_name,
        version=settings.app_version,
        description="",
        rest_prefix=settings.rest_prefix,
        anonymous=settings.anonymous,
    )
    files: Mapping[str, str] = making.generate_files(
        making.Source(catalogue, without_bookkeeping(live), information)
    )
    return files


def steps_of(facts: Facts, settings: Settings) -> Iterator[Step]:
    """The steps, in the order in which they are done."""
    aligned = align_step(facts, settings)
    yield from aligned
    blocked = facts.undrafted if facts.status else ""
    needs: tuple[str, ...] = ()
    for step in aligned:
        needs = (step.id,)
        blocked = blocked or (step.why_not and "The migrations must be brought in line first")
    for finding in facts.findings:
        yield step_for(finding, facts, needs, blocked)
    if facts.stale:
        yield Step(
            "generate",
            "generate",
            f"Write the files in '{settings.generated}' anew",
            "none",
            "Files that were changed by hand are never written over.",
            facts.stale,
        )


def align_step(facts: Facts, settings: Settings) -> list[Step]:
    """The step that writes into a revision what was changed past the migrations."""
    draft = facts.draft
    if draft is None or not draft.differences:
        return []
    why_not = ""
    by_hand = "write it by 'autoapi migrate new --autogenerate' and read it"
    if draft.drops:
        why_not = f"It would drop data elsewhere ({', '.join(draft.drops)}): {by_hand}"
    elif draft.unsaid:
        why_not = f"Some of it cannot be written ({', '.join(draft.unsaid)}): {by_hand}"
    return [
        Step(
            ALIGN,
            "align",
            f"Write what was changed past the migrations into a revision in"
            f" '{settings.migrations}'",
            "none",
            "This database is only marked: it is so already. Others get it by 'migrate up'.",
            draft.differences,
            why_not=why_not,
        )
    ]


def step_for(finding: Finding, facts: Facts, needs: tuple[str, ...], blocked: str) -> Step:
    """What mends one finding."""
    kind = FROM_ADVICE[finding.rule]
    statements = finding.sql
    risk: Risk = "low"
    separate = False
    if kind == "index":
        size = size_of(finding.object, facts.usage.tables)
        separate = size is None or size > LARGE
        can_be_separate = any("CONCURRENTLY" in text for text in statements)
        if separate and can_be_separate:
            told = "It is built beside the traffic, which takes longer and keeps nobody waiting."
        else:
            statements = tuple(text.replace(" CONCURRENTLY", "", 1) for text in statements)
            told = "Who writes to the table waits until the index is built; readers do not."
            risk = "high" if size is not None and size > LARGE else "low"
            separate = False
    else:
        told = "The table is read once, beside the traffic; where a row breaks it nothing changes."
    return Step(
        finding.id,
        kind,
        finding.message,
        risk,
        told,
        (finding.why,),
        statements,
        needs,
        blocked,
        separate,
    )


def size_of(name: str, sizes: Iterable[TableSize]) -> int | None:
    """The bytes of the table that ``schema.table.key`` is part of; None where nobody knows."""
    return next(
        (each.size for each in sizes if name.startswith(f"{each.schema}.{each.table}.")), None
    )

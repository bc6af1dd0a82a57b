"""Doing what was chosen of a plan, in its order, if it is still the plan that was seen.

A database with migrations is changed by a new revision, which records it; one without is
changed in one transaction, recorded in the table of migrations.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autoapi.auto_fix.code import concurrent_code, statements_code
from autoapi.auto_fix.plan import ALIGN, GENERATE, Plan, Step, generated_files, make_plan
from autoapi.auto_fix.revisions import write_revision_like
from autoapi.errors import (
    ApiError,
    alignment_failed,
    no_such_step,
    plan_changed,
    step_not_possible,
)
from autoapi.inspection import Thing
from autoapi.migrate import (
    mark_applied,
    migrate_up,
    new_revision,
    read_status,
    run_recorded,
)
from autoapi.reflect import inspect_database
from autoapi.schema_tools.statements import index_made
from autoapi.settings import Settings

__all__ = ["Done", "apply_steps"]

ONE_AT_A_TIME: Final = threading.Lock()  # who comes second finds another plan


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was done, and the files that were written for it."""

    id: str
    files: tuple[str, ...] = ()


def apply_steps(
    settings: Settings, chosen: Sequence[str], fingerprint: str = "", scratch_url: str = ""
) -> tuple[Done, ...]:
    """Do the chosen steps.

    Args:
        chosen: the ids of steps.
        fingerprint: that of the plan they were seen in; empty: whatever the plan is now.

    Raises AUTO141 where the plan is another by now, AUTO142 for a step that is not in it,
    AUTO143 for one that cannot be done; nothing is changed then. What a step raises leaves
    those before it done, and itself undone.
    """
    with ONE_AT_A_TIME:
        return apply_now(settings, chosen, fingerprint, scratch_url)


def apply_now(
    settings: Settings, chosen: Sequence[str], fingerprint: str, scratch_url: str
) -> tuple[Done, ...]:
    """The same, with nobody else applying in this process."""
    plan = make_plan(settings, scratch_url)
    if fingerprint and fingerprint != plan.fingerprint:
        raise plan_changed(plan.fingerprint)
    steps = check_choice(plan, chosen)
    done: list[Done] = []
    if any(step.id == ALIGN for step in steps):
        done.append(align_migrations(settings, scratch_url))
    changes = [step for step in steps if step.statements]
    if plan.recorded == "revision":
        done += by_revisions(settings, changes)
    else:
        done += directly(settings, changes)
    if any(step.kind == "generate" for step in steps):
        done.append(generate_anew(settings))
    return tuple(done)


def check_choice(plan: Plan, chosen: Sequence[str]) -> list[Step]:
    """The steps that were chosen, in the order of the plan, all of them possible."""
    known = {step.id: step for step in plan.steps}
    for name in chosen:
        if name not in known:
            raise no_such_step(name, known)
        step = known[name]
        if step.why_not:
            raise step_not_possible(name, step.why_not)
        missing = [each for each in step.needs if each not in chosen]
        if missing:
            raise step_not_possible(name, f"'{missing[0]}' must be chosen along")
    return [step for step in plan.steps if step.id in set(chosen)]


def align_migrations(settings: Settings, scratch_url: str) -> Done:
    """Write and try the revision, then mark it as applied; it goes again where that fails."""
    message = "changes made past the migrations"
    written = write_revision_like(settings, message, scratch_url=scratch_url)
    try:
        if written.fails or written.left:
            raise alignment_failed(written.fails or "; ".join(written.left))
        mark_applied(settings, written.revision, force=True)  # it was compared just now
    except BaseException:
        written.path.unlink(missing_ok=True)
        raise
    return Done(ALIGN, (str(written.path),))


def by_revisions(settings: Settings, steps: Sequence[Step]) -> list[Done]:
    """One revision for what can share a transaction, then one for each that cannot."""
    together = [step for step in steps if not step.separate]
    groups = [together] if together else []
    groups += [[step] for step in steps if step.separate]
    done: list[Done] = []
    for group in groups:
        path = write_fix(settings, group)
        try:
            migrate_up(settings)
        except BaseException:
            with suppress(ApiError):
                if path.name.partition("_")[0] not in read_status(settings).current:
                    path.unlink(missing_ok=True)
            clear_away(settings, group)
            raise
        done += [Done(step.id, (str(path),)) for step in group]
    return done


def clear_away(settings: Settings, steps: Sequence[Step]) -> None:
    """Drop the invalid index that remains where building it beside the traffic broke off."""
    if steps[0].separate:
        with suppress(ApiError):
            run_recorded(settings, dropping(steps, settings), (), in_transaction=False)


def dropping(steps: Sequence[Step], settings: Settings) -> list[str]:
    """What drops the indexes that some steps make, if they are there."""
    statements = [text for step in steps for text in step.statements]
    names = [name for text in statements if (name := index_made(text, settings.dialect))]
    return [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in names]


def write_fix(settings: Settings, steps: Sequence[Step]) -> Path:
    """The revision of some steps."""
    statements = [text for step in steps for text in step.statements]
    undo = [name for text in statements if (name := index_made(text, settings.dialect))]
    if steps[0].separate:
        # What a broken attempt left behind is invalid, and in the way.
        code = concurrent_code(
            [*dropping(steps, settings), *statements], settings.migrations_lock_timeout
        )
    else:
        code = statements_code(statements)
    back = statements_code(f"DROP INDEX {name}" for name in undo)
    message = (
        "index " + undo[0].rpartition(".")[2] if len(statements) == len(undo) == 1 else "fixes"
    )
    return new_revision(Path(settings.migrations), message, bodies=(code, back))


def directly(settings: Settings, steps: Sequence[Step]) -> list[Done]:
    """Change a database that has no migrations."""
    together = [step for step in steps if not step.separate]
    groups = [together] if together else []
    groups += [[step] for step in steps if step.separate]
    for group in groups:
        statements = [text for step in group for text in step.statements]
        names = [step.id for step in group]
        try:
            run_recorded(settings, statements, names, in_transaction=not group[0].separate)
        except ApiError:
            clear_away(settings, group)
            raise
    return [Done(step.id) for step in steps]


def generate_anew(settings: Settings) -> Done:
    """Write the generated files as the database is after all other steps."""
    making: Any = importlib.import_module(GENERATE)
    folder = Path(settings.generated)
    tree: Thing = inspect_database(
        settings.database_url, settings.db_schemas, settings.db_connect_timeout
    )
    changed = making.write_files(folder, generated_files(settings, tree))
    return Done("generate", tuple(str(folder / name) for name in changed))

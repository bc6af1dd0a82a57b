"""What keeps a migration from being made, found or applied."""

from __future__ import annotations

from collections.abc import Iterable

from autoapi.errors.base import ApiError, nearest

__all__ = [
    "alignment_failed",
    "another_migration_runs",
    "database_not_reached",
    "faulty_revisions",
    "lock_not_given",
    "migration_failed",
    "no_revisions",
    "no_scratch_database",
    "no_such_step",
    "nothing_to_write",
    "plan_changed",
    "revision_not_written",
    "several_heads",
    "stamp_differs",
    "step_not_possible",
    "unknown_database_revision",
    "unknown_revision",
]


def no_revisions(folder: str) -> ApiError:
    """There is no folder of migrations, or nothing in it."""
    return ApiError(
        "AUTO130",
        404,
        f"There are no migrations in '{folder}'",
        hint="Begin with 'autoapi migrate new \"message\"', or set AUTOAPI_MIGRATIONS",
    )


def unknown_revision(revision: str, known: Iterable[str]) -> ApiError:
    """A revision that no file has."""
    near = nearest(revision, known)
    hint = f"Did you mean '{near}'?" if near else "'autoapi migrate status' lists them"
    return ApiError("AUTO131", 404, f"There is no revision '{revision}'", hint=hint)


def several_heads(heads: Iterable[str]) -> ApiError:
    """Two files follow the same one, so that there is no single newest."""
    return ApiError(
        "AUTO132",
        409,
        f"Several revisions are the newest: {', '.join(sorted(heads))}",
        hint="Join them with 'autoapi migrate new \"join\" --merge', or let one follow the other",
    )


def another_migration_runs(seconds: float) -> ApiError:
    """Somebody else is migrating this database, and went on for as long as we wait."""
    return ApiError(
        "AUTO133",
        409,
        f"Another migration of this database has been running for {seconds:g} seconds",
        hint="Try again when it has ended",
    )


def lock_not_given(seconds: float, attempts: int) -> ApiError:
    """A statement waited for a lock for longer than the service may be kept waiting behind it."""
    return ApiError(
        "AUTO134",
        409,
        f"A lock was not given within {seconds:g} seconds, {attempts} times; nothing was changed",
        hint="Find who holds it in pg_stat_activity, or raise AUTOAPI_MIGRATIONS_LOCK_TIMEOUT",
    )


def migration_failed(where: str, reason: str, hint: str | None = None) -> ApiError:
    """A revision broke off; what it had done is rolled back."""
    return ApiError("AUTO135", 409, f"{where} failed: {reason}", hint=hint)


def unknown_database_revision(revision: str) -> ApiError:
    """The database is at a revision that no file here has."""
    return ApiError(
        "AUTO136",
        409,
        f"The database is at revision '{revision}', which no file here has",
        hint="Another version of the migrations has been applied: fetch that one",
    )


def no_scratch_database(reason: str) -> ApiError:
    """The database that the migrations are tried in cannot be made."""
    return ApiError(
        "AUTO137",
        409,
        f"No temporary database can be made: {reason}",
        hint="Give the login CREATEDB, or name an empty database in AUTOAPI_MIGRATIONS_SCRATCH_URL",
    )


def faulty_revisions(reason: str, hint: str | None = None) -> ApiError:
    """The files of the revisions cannot be read, or do not fit together."""
    return ApiError("AUTO138", 409, f"The migrations cannot be read: {reason}", hint=hint)


def stamp_differs(revision: str, lines: Iterable[str]) -> ApiError:
    """The database is not as the revision would make it."""
    return ApiError(
        "AUTO139",
        409,
        f"The database is not as revision '{revision}' makes it",
        details="\n".join(lines),
        hint="Apply it with 'autoapi migrate up', or mark it all the same with --force",
    )


def database_not_reached(reason: str) -> ApiError:
    """A command could not connect."""
    return ApiError("PGRST000", 503, "Database connection error.", details=reason)


def nothing_to_write() -> ApiError:
    """A revision was to be written of differences, and there are none."""
    return ApiError("AUTO140", 409, "The migrations make just what there is")


def plan_changed(fingerprint: str) -> ApiError:
    """The plan that was seen is no longer that of the database."""
    return ApiError(
        "AUTO141",
        409,
        "The plan is another by now; nothing was changed",
        details=f"Its fingerprint is {fingerprint}",
        hint="Look at it again, then choose",
    )


def no_such_step(name: str, known: Iterable[str]) -> ApiError:
    """A step that the plan does not have."""
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else "The plan lists its steps"
    return ApiError("AUTO142", 404, f"The plan has no step '{name}'", hint=hint)


def step_not_possible(name: str, reason: str) -> ApiError:
    """A step that cannot be done, or not by itself."""
    return ApiError("AUTO143", 409, f"Step '{name}' cannot be done", details=reason)


def alignment_failed(reason: str) -> ApiError:
    """The revision that was to bring the migrations in line does not do so."""
    return ApiError(
        "AUTO144",
        409,
        "The revision was tried and does not make what there is; it is not kept",
        details=reason,
        hint="Write it by 'autoapi migrate new --autogenerate', and mend it by hand",
    )


def revision_not_written(folder: str, reason: str) -> ApiError:
    """The folder of migrations cannot be written to."""
    return ApiError(
        "AUTO146",
        409,
        f"A revision cannot be written into '{folder}'",
        details=reason,
        hint="AUTOAPI_MIGRATIONS names the folder; on a server without one use the command",
    )

"""Whether a database is what its migrations make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from autoapi.errors import stamp_differs
from autoapi.inspection import Added, Changed, Difference, Property, Removed, differences
from autoapi.migrate.connections import is_there
from autoapi.migrate.running import stamp
from autoapi.migrate.scratch import live_thing, migrated_thing
from autoapi.migrate.status import Status, read_status
from autoapi.settings import Settings

__all__ = ["Check", "check_migrations", "describe", "mark_applied"]

LONGEST: Final = 100  # characters of a property that are told


@dataclass(frozen=True, slots=True)
class Check:
    """What stands between a database and its migrations."""

    status: Status
    drift: tuple[Difference, ...]  # from what the applied revisions make to what there is

    @property
    def passes(self) -> bool:
        """Whether nothing does."""
        return not (self.status.pending or self.drift or len(self.status.heads) > 1)


def check_migrations(settings: Settings, scratch_url: str = "") -> Check:
    """Compare a database with what its applied revisions make in a scratch database.

    All that a tree holds is compared, so also what Alembic does not see: checks, labels of
    enums, policies, grants, functions. Raises AUTO130 to AUTO138.
    """
    status = read_status(settings)
    if not is_there(settings):
        return Check(status, ())
    made = migrated_thing(settings, status.current, scratch_url)
    return Check(status, tuple(differences(made, live_thing(settings))))


def mark_applied(
    settings: Settings, revision: str = "head", *, force: bool = False, scratch_url: str = ""
) -> tuple[str, ...]:
    """Mark a revision as applied to a database that is so already.

    Raises AUTO139 where the database is not as the revision makes it, unless ``force``.
    """
    if not force:
        made = migrated_thing(settings, (revision,), scratch_url)
        found = tuple(differences(made, live_thing(settings)))
        if found:
            raise stamp_differs(revision, map(describe, found))
    return stamp(settings, revision)


def describe(difference: Difference) -> str:
    """A difference as a line: ``+ column public.orders.note``, ``- ...``, ``~ ...: what``."""
    kind = difference.path[-1][0] if difference.path else "database"
    name = ".".join(part for _, part in difference.path)
    match difference:
        case Added():
            return f"+ {kind} {name}"
        case Removed():
            return f"- {kind} {name}"
        case Changed(properties=properties):
            changes = (f"{name} {short(was)} -> {short(now)}" for name, was, now in properties)
            return f"~ {kind} {name}: {', '.join(changes)}"


def short(value: Property) -> str:
    """A property on one line of bounded length."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."

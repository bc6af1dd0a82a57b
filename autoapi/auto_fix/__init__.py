"""Mending what can be mended without losing anything: first a plan, then what was chosen of it.

``plan`` looks and proposes, ``applying`` does what was seen and asked for, ``revisions``
writes what changed in the database into a revision of Alembic's. Nothing drops data.
"""

from autoapi.auto_fix.applying import Done, apply_steps
from autoapi.auto_fix.plan import Plan, Step, make_plan
from autoapi.auto_fix.revisions import Written, write_revision_like

__all__ = [
    "Done",
    "Plan",
    "Step",
    "Written",
    "apply_steps",
    "make_plan",
    "write_revision_like",
]

<%
    def quoted(value):
        if isinstance(value, tuple):
            return f"({', '.join(map(quoted, value))})"
        return "None" if value is None else f'"{value}"'

    says_nothing = not (upgrades or downgrades)
%>\
"""${message}."""

from __future__ import annotations

% if says_nothing or "sa." in f"{upgrades}{downgrades}":
import sqlalchemy as sa
% endif
from alembic import op
% if imports:
${imports}
% endif

revision = ${quoted(up_revision)}
down_revision = ${quoted(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}

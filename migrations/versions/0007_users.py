"""Who may sign in: users, their sessions, the keys of machines, and failed attempts.

Nothing here is a secret as it stands: passwords are kept as argon2 hashes, refresh tokens
and keys as SHA-256 of what was random to begin with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.columns import (
    check,
    choice,
    count,
    create_table,
    created,
    drop_tables,
    flag,
    key,
    moment,
    reference,
    text,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLES = ["admin", "manager", "pharmacist", "sales", "accountant", "viewer"]


def upgrade() -> None:
    create_users()
    create_sessions()
    create_api_keys()
    create_login_failures()


def downgrade() -> None:
    drop_tables(
        "login_failures",
        "api_keys",
        "refresh_tokens",
        "login_sessions",
        "users",
        kinds=["user_role"],
    )


def create_users() -> None:
    create_table(
        "users",
        key(),
        text("email", 254, unique=True, comment="In lower case; what one signs in with"),
        text("name", 160),
        choice("role", "user_role", ROLES, default="viewer"),
        flag("active", default=True, comment="No: can neither sign in nor go on"),
        text("password_hash", 255, nullable=True, comment="Empty until a password is set"),
        moment("password_changed_at", nullable=True),
        moment("last_login_at", nullable=True),
        *created(),
        check("email_in_lower_case", "email = lower(email)"),
        check("email_has_an_at", "email LIKE '%_@_%'"),
        comment="People who may sign in, each with one role",
    )


def create_sessions() -> None:
    create_table(
        "login_sessions",
        text_key(),
        reference("user_id", "users"),
        moment("started_at"),
        moment("expires_at", comment="Unless it is refreshed before"),
        moment("revoked_at", nullable=True),
        text("revoked_because", 40, nullable=True),
        text("address", 64, comment="Where it was begun from"),
        comment="One for each time somebody signed in; the family of its refresh tokens",
    )
    create_table(
        "refresh_tokens",
        key(big=True),
        sa.Column(
            "session_id",
            sa.String(36),
            sa.ForeignKey("login_sessions.id", ondelete="RESTRICT"),
            nullable=False,
            info={"indexed": True},
        ),
        text("token_hash", 64, unique=True),
        moment("expires_at"),
        moment("used_at", nullable=True, comment="Used once; a second use ends the session"),
        comment="What a session is refreshed with, each good for one time",
    )


def text_key() -> sa.Column[str]:
    """An id that nobody else has had and nobody will have."""
    return sa.Column("id", sa.String(36), primary_key=True)


def create_api_keys() -> None:
    create_table(
        "api_keys",
        key(),
        text("prefix", 16, unique=True, comment="How it begins; what it is listed and found by"),
        text("key_hash", 64),
        text("name", 160, comment="The machine that has it"),
        role_of_key(),
        moment("last_used_at", nullable=True, comment="To a minute"),
        moment("expires_at", nullable=True),
        moment("revoked_at", nullable=True),
        *created(),
        comment="Keys of machines",
    )


def role_of_key() -> sa.Column[str]:
    """A role of the type that users have, which is there already."""
    there = postgresql.ENUM(*ROLES, name="user_role", create_type=False)
    kind = sa.Enum(*ROLES, name="api_key_role", create_constraint=True)
    return sa.Column("role", kind.with_variant(there, "postgresql"), nullable=False)


def create_login_failures() -> None:
    create_table(
        "login_failures",
        sa.Column("subject", sa.String(64), primary_key=True, comment="Hash of e-mail or address"),
        count("failures", default=0),
        moment("last_at"),
        comment="Attempts to sign in that failed of late, to slow the next ones",
    )
    op.create_index("ix_login_failures_last_at", "login_failures", ["last_at"])

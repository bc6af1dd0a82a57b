"""Rules on who may read and write what, on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from autoapi.inspection import Thing
from autoapi.schema_tools.advice import Found, Place, Severity, Subject

__all__ = [
    "function_search_path",
    "no_row_security_possible",
    "open_to_strangers",
    "policy_always_true",
    "policy_without_row_security",
    "row_security_off",
    "row_security_without_policy",
    "setting_read_for_each_row",
    "view_passes_row_security",
]

WRITES: Final = frozenset({"INSERT", "UPDATE", "DELETE", "TRUNCATE"})
TRUSTED: Final = re.compile(r"admin|service|super|owner|migrat", re.IGNORECASE)
# A setting is the same for all rows, but outside a subquery it is asked for each.
SETTING: Final = re.compile(r"\bcurrent_setting\(", re.IGNORECASE)
SELECTED: Final = re.compile(r"SELECT\s+[^;]*?\bcurrent_setting\(", re.IGNORECASE)


def others(thing: Thing) -> dict[str, frozenset[str]]:
    """Privileges by role, of those who are not plainly meant to have them all."""
    return {
        grant.name: frozenset(grant.texts("privileges"))
        for grant in thing.each("grant")
        if not TRUSTED.search(grant.name)
    }


def reached(subject: Subject, thing: Thing) -> tuple[str, Severity] | None:
    """Who reaches a table through a grant, in words, and how bad that is without policies."""
    grants = others(thing)
    if not grants:
        return None
    stranger = subject.exposure.stranger_role
    open_to = [name for name in ("PUBLIC", stranger) if name and name in grants]
    told = f"{', '.join(sorted(grants))} may {', '.join(sorted(set().union(*grants.values())))}"
    return told, "error" if open_to else "warning"


def open_to_strangers(subject: Subject) -> Iterator[Found]:
    """Callers without a token may write, and no role of the database stops them."""
    if subject.exposure.strangers_may == "write" and not subject.exposure.stranger_role:
        yield Found(
            "AUTOAPI_ANONYMOUS",
            "Callers without a token may change every table",
            advice="Set AUTOAPI_ANONYMOUS to read or none, or AUTOAPI_DB_ANON_ROLE to a role whose"
            " grants say what strangers may do.",
        )


def row_security_off(subject: Subject) -> Iterator[Found]:
    """Tables granted to others, who see and change every row.

    Where no table has row level security, reading is left to grants, and only strangers told of.
    """
    uses_it = any(place.table.get("row_security") != "off" for place in subject.tables())
    for place in subject.tables():
        who = reached(subject, place.table)
        if place.table.get("row_security") != "off" or who is None:
            continue
        writes = any(privileges & WRITES for privileges in others(place.table).values())
        if not (uses_it or writes or who[1] == "error"):
            continue
        if next(place.table.each("policy"), None):
            continue  # told by policy_without_row_security
        yield Found(
            place.name,
            f"{place.name} has no row level security: {who[0]}, on every row",
            (subject.writer.enable_row_security(place.sql),),
            "From then on nobody but the owner sees a row until there is a policy for it.",
            who[1],
        )


def policy_without_row_security(subject: Subject) -> Iterator[Found]:
    """Policies that hold for nobody, since the table's switch is off."""
    for place in subject.tables():
        policies = [policy.name for policy in place.table.each("policy")]
        if policies and place.table.get("row_security") == "off":
            yield Found(
                place.name,
                f"{place.name} has policies ({', '.join(policies)}) and row level security is off",
                (subject.writer.enable_row_security(place.sql),),
            )


def row_security_without_policy(subject: Subject) -> Iterator[Found]:
    """Tables that were closed to everybody and granted to somebody."""
    for place in subject.tables():
        on = place.table.get("row_security") in ("on", "forced")
        if on and not next(place.table.each("policy"), None) and others(place.table):
            yield Found(
                place.name,
                f"{place.name} has row level security and no policy:"
                f" {', '.join(sorted(others(place.table)))} see nothing",
                advice="Add a policy, or revoke the grants if that is meant.",
            )


def policy_always_true(subject: Subject) -> Iterator[Found]:
    """Policies that let everybody change every row. Reading everything is often meant."""
    for place in subject.tables():
        for policy in place.table.each("policy"):
            roles = policy.texts("roles")
            conditions = {policy.get("using"), policy.get("with_check")} - {None}
            writes = policy.get("command") != "SELECT" and policy.get("permissive")
            if not writes or not conditions or conditions - {"true"}:
                continue
            if roles and all(TRUSTED.search(role) for role in roles):
                continue
            yield Found(
                place.of(policy),
                f"Policy {policy.name} lets {', '.join(roles) or 'everybody'} do"
                f" {policy.get('command')} on every row of {place.name}",
                advice="Say in USING and WITH CHECK whose rows they are.",
            )


def setting_read_for_each_row(subject: Subject) -> Iterator[Found]:
    """Policies that ask for the caller's claims once a row instead of once."""
    for place in subject.tables():
        for policy in place.table.each("policy"):
            for name in ("using", "with_check"):
                text = str(policy.get(name) or "")
                if SETTING.search(text) and not SELECTED.search(text):
                    yield Found(
                        f"{place.of(policy)}.{name}",
                        f"Policy {policy.name} of {place.name} calls current_setting for each row",
                        advice="Write (SELECT current_setting(...)): it is then asked once.",
                    )


def no_row_security_possible(subject: Subject) -> Iterator[Found]:
    """Materialized views and foreign tables granted to others: no policy can narrow them."""
    for place in subject.places("materialized view", "foreign table"):
        who = reached(subject, place.table)
        if who is not None:
            yield Found(
                place.name,
                f"{place.name} is a {place.kind}, which has no row level security: {who[0]}",
                advice="Move it to a schema that is not exposed, with a view over it.",
                severity=who[1],
            )


def view_passes_row_security(subject: Subject) -> Iterator[Found]:
    """Views that read with their owner's rights what policies keep from their readers."""
    guarded = [
        each for each in subject.tables() if each.table.get("row_security") in ("on", "forced")
    ]
    for place in subject.places("view"):
        on = {option.casefold() for option in place.table.texts("options")}
        if on & {"security_invoker=true", "security_invoker=on", "security_invoker=1"}:
            continue
        found = [each for each in guarded if reads(place, each)]
        if found and others(place.table):
            names = ", ".join(each.name for each in found)
            yield Found(
                place.name,
                f"{place.name} reads {names} with its owner's rights, past row level security",
                (f"ALTER VIEW {place.sql} SET (security_invoker = true)",),
                "Its readers then need grants on those tables themselves.",
            )


def reads(view: Place, table: Place) -> bool:
    """Whether a view's definition names a table; PostgreSQL writes it with its schema."""
    definition = str(view.table.get("definition"))
    return re.search(rf"(?<![\w\"]){re.escape(table.sql)}(?![\w\"])", definition) is not None


def function_search_path(subject: Subject) -> Iterator[Found]:
    """Functions with their owner's rights that find tables where the caller lets them look."""
    writer = subject.writer
    for schema in subject.database.each("schema"):
        for function in schema.each("function"):
            settings = function.texts("settings")
            fixed = any(each.lower().startswith("search_path=") for each in settings)
            if function.get("security") != "definer" or fixed:
                continue
            kind = "PROCEDURE" if function.get("kind") == "procedure" else "FUNCTION"
            name, _, arguments = function.name.partition("(")
            called = f"{writer.within(schema.name, name)}({arguments}"
            path = f"pg_catalog, {writer.name(schema.name)}, pg_temp"
            yield Found(
                f"{schema.name}.{function.name}",
                f"{schema.name}.{function.name} runs with its owner's rights and the caller's"
                " search_path",
                (f"ALTER {kind} {called} SET search_path = {path}",),
                "Add the other schemas that it uses.",
            )

"""A linter for databases: every rule, one row each, and what they find.

To add a rule: a function from ``Subject`` to what it finds in the ``rules_*`` file of its
subject, a row here, and its row in ``docs/advice.md``. What it cannot be sure of it says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from autoapi.errors import SettingsError, nearest
from autoapi.inspection import Thing, Usage
from autoapi.schema_tools import rules_access, rules_indexes, rules_keys, rules_sqlite, rules_types
from autoapi.schema_tools.advice import Exposure, Finding, Found, Rule, Severity, Subject

__all__ = ["RULES", "SEVERITIES", "advise", "check_ignored"]

POSTGRES: Final = ("postgresql",)
SQLITE: Final = ("sqlite",)
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")

RULES: Final = (
    Rule(
        "open_to_strangers",
        "error",
        "certain",
        "Whoever finds the address can delete what is there.",
        rules_access.open_to_strangers,
    ),
    Rule(
        "row_security_off",
        "warning",
        "likely",
        "Who has the grant sees and changes every row, whoever the row belongs to.",
        rules_access.row_security_off,
        POSTGRES,
    ),
    Rule(
        "policy_without_row_security",
        "error",
        "certain",
        "Policies hold only where row level security is switched on for the table.",
        rules_access.policy_without_row_security,
        POSTGRES,
    ),
    Rule(
        "policy_always_true",
        "warning",
        "likely",
        "A permissive policy that is always true undoes all others of its command.",
        rules_access.policy_always_true,
        POSTGRES,
    ),
    Rule(
        "row_security_without_policy",
        "info",
        "certain",
        "Without a policy nobody but the owner sees a row: lists come back empty, with no error.",
        rules_access.row_security_without_policy,
        POSTGRES,
    ),
    Rule(
        "view_passes_row_security",
        "error",
        "likely",
        "A view without security_invoker reads with its owner's rights, and policies spare owners.",
        rules_access.view_passes_row_security,
        POSTGRES,
    ),
    Rule(
        "no_row_security_possible",
        "warning",
        "certain",
        "Policies cannot be put on it, so whoever has the grant reads all of it.",
        rules_access.no_row_security_possible,
        POSTGRES,
    ),
    Rule(
        "function_search_path",
        "error",
        "certain",
        "The caller can put a table or function of the same name in front, which the function then"
        " uses with its owner's rights.",
        rules_access.function_search_path,
        POSTGRES,
    ),
    Rule(
        "setting_read_for_each_row",
        "info",
        "certain",
        "A function in a policy is called for every row; in a subquery it is called once.",
        rules_access.setting_read_for_each_row,
        POSTGRES,
    ),
    Rule(
        "secret_column",
        "warning",
        "guess",
        "Its name is that of a secret, and every caller who may read the table may read it.",
        rules_types.secret_column,
    ),
    Rule(
        "table_without_key",
        "warning",
        "certain",
        "Its rows have no address: no /table/key, no PUT, no upsert, no replication of changes.",
        rules_keys.table_without_key,
    ),
    Rule(
        "missing_foreign_key_index",
        "warning",
        "certain",
        "To embed, to filter by it, and to delete or change what is referred to, the whole table"
        " is read.",
        rules_keys.missing_foreign_key_index,
    ),
    Rule(
        "foreign_key_type",
        "warning",
        "certain",
        "Each comparison converts, and one type ends before the other does.",
        rules_keys.foreign_key_type,
    ),
    Rule(
        "nullable_unique",
        "info",
        "likely",
        "Nulls are not equal to each other, so the key does not hold for rows that have one.",
        rules_keys.nullable_unique,
    ),
    Rule(
        "unvalidated_constraint",
        "warning",
        "certain",
        "Rows from before may break it, and the planner does not rely on it.",
        rules_keys.unvalidated_constraint,
        POSTGRES,
    ),
    Rule(
        "invalid_index",
        "warning",
        "certain",
        "Every write keeps it up and no read uses it.",
        rules_indexes.invalid_index,
        POSTGRES,
    ),
    Rule(
        "duplicate_index",
        "warning",
        "certain",
        "Every write keeps both up; reads need one.",
        rules_indexes.duplicate_index,
    ),
    Rule(
        "redundant_index",
        "info",
        "likely",
        "The longer index finds rows by its first columns as well.",
        rules_indexes.redundant_index,
    ),
    Rule(
        "unused_index",
        "info",
        "likely",
        "Every write keeps it up and nothing has read it.",
        rules_indexes.unused_index,
        POSTGRES,
    ),
    Rule(
        "sequence_near_end",
        "warning",
        "certain",
        "When it has given its last number, every insert fails.",
        rules_types.sequence_near_end,
        POSTGRES,
    ),
    Rule(
        "money_in_float",
        "warning",
        "likely",
        "0.1 + 0.2 is not 0.3 in binary: sums of amounts drift by cents.",
        rules_types.money_in_float,
    ),
    Rule(
        "money_type",
        "info",
        "certain",
        "A database restored under another lc_monetary reads other amounts.",
        rules_types.money_type,
        POSTGRES,
    ),
    Rule(
        "timestamp_without_zone",
        "warning",
        "likely",
        "Clients in other zones read another moment, and one hour a year comes twice.",
        rules_types.timestamp_without_zone,
        POSTGRES,
    ),
    Rule(
        "json_as_text",
        "info",
        "likely",
        "jsonb is parsed once, can be indexed and compared; json is the text itself.",
        rules_types.json_as_text,
        POSTGRES,
    ),
    Rule(
        "fixed_length_text",
        "info",
        "certain",
        "The blanks come back in every answer, and LIKE and regular expressions see them.",
        rules_types.fixed_length_text,
        POSTGRES,
    ),
    Rule(
        "arbitrary_length",
        "info",
        "guess",
        "It saves nothing, and one day a longer value is refused.",
        rules_types.arbitrary_length,
        POSTGRES,
    ),
    Rule(
        "broken_reference",
        "error",
        "certain",
        "Embeds find nothing, and any change of such a row is refused.",
        rules_keys.broken_reference,
        SQLITE,
    ),
    Rule(
        "broken_foreign_key",
        "error",
        "certain",
        "Every write to the table fails while foreign keys are enforced, as the service does.",
        rules_keys.broken_foreign_key,
        SQLITE,
    ),
    Rule(
        "table_not_strict",
        "info",
        "guess",
        "Types are only preferred in it: a wrong value is found by who reads it, not by who wrote.",
        rules_sqlite.table_not_strict,
        SQLITE,
    ),
    Rule(
        "untyped_column",
        "info",
        "certain",
        "The API cannot say what the column holds, and compares numbers and texts as they came.",
        rules_sqlite.untyped_column,
        SQLITE,
    ),
    Rule(
        "without_rowid_for_nothing",
        "info",
        "certain",
        "A key that is the rowid is found in one search; WITHOUT ROWID is for other keys.",
        rules_sqlite.without_rowid_for_nothing,
        SQLITE,
    ),
)


def advise(
    database: Thing,
    usage: Usage,
    exposure: Exposure,
    *,
    ignored: Iterable[str] = (),
    level: Severity = "info",
) -> tuple[Finding, ...]:
    """Everything the rules find, the worst first, then by rule and object.

    ``ignored``: rules, or ``rule:object``; ``*`` stands for anything. ``level``: the mildest
    that is told.
    """
    subject = Subject(database, usage, exposure)
    silent = tuple(ignored)
    told = SEVERITIES[: SEVERITIES.index(level) + 1]
    findings = (
        finding(rule, found)
        for rule in RULES
        if database.get("dialect") in rule.dialects
        for found in rule.find(subject)
    )
    kept = (
        each
        for each in findings
        if each.severity in told and not any(silences(pattern, each) for pattern in silent)
    )
    return tuple(sorted(kept, key=lambda each: (SEVERITIES.index(each.severity), each.id)))


def finding(rule: Rule, found: Found) -> Finding:
    """What a rule found, as callers get it."""
    return Finding(
        f"{rule.name}:{found.object}",
        rule.name,
        found.severity or rule.severity,
        rule.certainty,
        found.object,
        found.message,
        rule.why,
        found.sql,
        found.advice,
    )


def silences(pattern: str, found: Finding) -> bool:
    """Whether a finding is not to be told."""
    return pattern == found.id or any(fnmatchcase(each, pattern) for each in (found.rule, found.id))


def check_ignored(ignored: Iterable[str]) -> None:
    """Refuse to silence what no rule is called. Raises SettingsError with the nearest."""
    names = [rule.name for rule in RULES]
    for pattern in ignored:
        given = pattern.partition(":")[0]
        if not any(fnmatchcase(name, given) for name in names):
            near = nearest(given, names)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SettingsError(f"AUTOAPI_ADVISE_IGNORE: there is no rule '{given}'{hint}")

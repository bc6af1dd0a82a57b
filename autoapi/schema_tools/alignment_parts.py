"""Everything but tables as PostgreSQL statements: types, keys, indexes, policies, grants."""

from __future__ import annotations

from typing import Final

from autoapi.inspection import Thing
from autoapi.schema_tools.alignment_words import Words, flag

__all__ = ["create_part", "drop_part", "grants_of", "sequence_options"]

Path = tuple[tuple[str, str], ...]

CONSTRAINTS: Final = frozenset({"primary key", "unique", "check", "exclusion", "foreign key"})
ENABLED: Final = {"disabled": "DISABLE", "replica": "ENABLE REPLICA", "always": "ENABLE ALWAYS"}
WITH_OPTION: Final = " WITH GRANT OPTION"


def create_part(path: Path, thing: Thing, words: Words) -> list[str] | None:
    """What makes a thing; None where that cannot be said."""
    kind, name = path[-1]
    if kind in CONSTRAINTS:
        made = f"ADD CONSTRAINT {words.name(name)} {constraint(thing, words)}"
        return [f"{words.constrained(path)} {made}"]
    if kind == "index":
        return [str(thing.get("definition"))]
    if kind == "policy":
        return [policy(words.table(path), thing, words)]
    if kind in ("trigger", "rule"):
        return trigger(words.table(path), thing, words)
    if kind == "function":
        return function(path, thing, words)
    if kind == "grant":
        return grant(path, thing, words)
    if kind == "default privilege":
        granted = (default_grant(path, each, words) for each in thing.each("grant"))
        return [text for texts in granted for text in texts]
    if kind == "cast":
        return cast(thing, words)
    return create_type(path, thing, words)


def create_type(path: Path, thing: Thing, words: Words) -> list[str] | None:
    """Schemas, extensions, types and sequences."""
    kind, name = path[-1]
    subject = words.subject(path)
    comment = thing.get("comment")
    told = [f"COMMENT ON {subject} IS {words.text(str(comment))}"] if comment else []
    match kind:
        case "schema":
            return [f"CREATE SCHEMA IF NOT EXISTS {words.name(name)}", *told]
        case "extension":
            schema = thing.get("schema")
            within = flag(schema, f"SCHEMA {words.name(str(schema))}")
            return [f"CREATE EXTENSION IF NOT EXISTS {words.name(name)}{within}"]
        case "enum":
            labels = ", ".join(map(words.text, thing.texts("labels")))
            return [f"CREATE {subject} AS ENUM ({labels})", *told]
        case "domain":
            default = thing.get("default")
            checks = "".join(
                f" CONSTRAINT {words.name(each.name)} CHECK ({each.get('expression')})"
                for each in thing.each("check")
            )
            end = flag(default, f"DEFAULT {default}") + flag(not thing.get("nullable"), "NOT NULL")
            return [f"CREATE {subject} AS {thing.get('type')}{end}{checks}", *told]
        case "composite":
            return [f"CREATE {subject} AS ({', '.join(thing.texts('fields'))})", *told]
        case "range":
            multirange = thing.get("multirange")
            called = words.within(path[0][1], str(multirange))
            more = flag(multirange, f", MULTIRANGE_TYPE_NAME = {called}")
            return [f"CREATE {subject} AS RANGE (SUBTYPE = {thing.get('subtype')}{more})", *told]
        case "sequence":
            return [f"CREATE {subject} {sequence_options(thing)}"]
    return None


def sequence_options(thing: Thing) -> str:
    """How a sequence counts."""
    cycle = "CYCLE" if thing.get("cycle") else "NO CYCLE"
    return (
        f"AS {thing.get('type')} INCREMENT {thing.get('increment')} MINVALUE {thing.get('minimum')}"
        f" MAXVALUE {thing.get('maximum')} START {thing.get('start')} {cycle}"
    )


def constraint(thing: Thing, words: Words) -> str:
    """A constraint after its name."""
    definition = thing.get("definition")
    if definition:
        return str(definition)
    columns = words.names(thing.texts("columns"))
    late = flag(thing.get("validated") is False, "NOT VALID")
    match thing.kind:
        case "primary key":
            return f"PRIMARY KEY ({columns})"
        case "unique":
            return f"UNIQUE ({columns})"
        case "check":
            return f"CHECK ({thing.get('expression')}){late}"
    referred = words.dotted(str(thing.get("referred_table")))
    when = str(thing.get("deferrable") or "").upper()
    match_kind = thing.get("match")
    return (
        f"FOREIGN KEY ({columns}) REFERENCES {referred}"
        f" ({words.names(thing.texts('referred_columns'))})"
        + flag(match_kind, f"MATCH {str(match_kind).upper()}")
        + f" ON UPDATE {thing.get('on_update')} ON DELETE {thing.get('on_delete')}"
        + flag(when, f"DEFERRABLE {when}")
        + late
    )


def function(path: Path, thing: Thing, words: Words) -> list[str] | None:
    """A function by its definition; PostgreSQL lets everybody call a new one."""
    if not thing.get("definition") or thing.get("kind") == "aggregate":
        return None
    made = [str(thing.get("definition")).strip()]
    if thing.part("grant", "PUBLIC") is None:
        made.append(f"REVOKE ALL ON {words.subject(path, thing)} FROM PUBLIC")
    if thing.get("comment"):
        told = words.text(str(thing.get("comment")))
        made.append(f"COMMENT ON {words.subject(path, thing)} IS {told}")
    return made


def policy(table: str, thing: Thing, words: Words) -> str:
    """A policy."""
    kind = "PERMISSIVE" if thing.get("permissive") else "RESTRICTIVE"
    roles = ", ".join(map(words.role, thing.texts("roles"))) or "PUBLIC"
    using, check = thing.get("using"), thing.get("with_check")
    return (
        f"CREATE POLICY {words.name(thing.name)} ON {table} AS {kind}"
        f" FOR {thing.get('command')} TO {roles}"
        + flag(using, f"USING ({using})")
        + flag(check, f"WITH CHECK ({check})")
    )


def trigger(table: str, thing: Thing, words: Words) -> list[str]:
    """A trigger or rule by its definition, and its switch."""
    made = [str(thing.get("definition")).rstrip(";")]
    word = ENABLED.get(str(thing.get("enabled")))
    if word:
        made.append(f"ALTER TABLE {table} {word} {thing.kind.upper()} {words.name(thing.name)}")
    return made


def grant(path: Path, thing: Thing, words: Words) -> list[str] | None:
    """Privileges on what the path leads to without its last step."""
    owner = path[:-1]
    if not owner:
        return None
    if owner[-1][0] == "default privilege":
        return default_grant(owner, thing, words)
    if owner[-1][0] == "column":
        on, columns = f"TABLE {words.table(owner)}", f" ({words.name(owner[-1][1])})"
        return privileges_of(on, thing, words, columns)
    if owner[-1][0] == "table":
        return privileges_of(f"TABLE {words.table(owner)}", thing, words)
    if owner[-1][0] == "function":
        called = words.routine(owner[-2][1], owner[-1][1])
        return privileges_of(f"ROUTINE {called}", thing, words)
    return privileges_of(words.subject(owner), thing, words)


def grants_of(subject: str, thing: Thing, words: Words, columns: str = "") -> list[str]:
    """All privileges that are part of a thing."""
    granted = (privileges_of(subject, each, words, columns) for each in thing.each("grant"))
    return [text for texts in granted for text in texts]


def privileges_of(subject: str, thing: Thing, words: Words, columns: str = "") -> list[str]:
    """What grants a role its privileges: those that it may pass on apart from the others."""
    given = thing.texts("privileges")
    passed_on = [each.removesuffix(WITH_OPTION) for each in given if each.endswith(WITH_OPTION)]
    kept = [each for each in given if not each.endswith(WITH_OPTION)]
    groups = (("", kept), (WITH_OPTION, passed_on))
    return [
        f"GRANT {', '.join(each + columns for each in names)} ON {subject}"
        f" TO {words.role(thing.name)}{option}"
        for option, names in groups
        if names
    ]


def default_grant(path: Path, granted: Thing, words: Words) -> list[str]:
    """What a role gets on all that is made later; the path leads to the default privilege."""
    objects, _, maker = path[-1][1].partition(" by ")
    head = default_head(path, maker, words)
    return [f"{head} {given}" for given in privileges_of(objects.upper(), granted, words)]


def default_head(path: Path, maker: str, words: Words) -> str:
    """Whose objects it is about, and where."""
    within = f" IN SCHEMA {words.name(path[0][1])}" if len(path) > 1 else ""
    return f"ALTER DEFAULT PRIVILEGES{flag(maker, f'FOR ROLE {words.role(maker)}')}{within}"


def cast(thing: Thing, words: Words) -> list[str] | None:
    """A cast by a function of one argument; one without a function cannot be said."""
    function = thing.get("function")
    if not function:
        return None
    source = thing.name.partition(" as ")[0]
    context = str(thing.get("context")).upper()
    when = flag(context != "EXPLICIT", f"AS {context}")
    made = f"CREATE CAST {cast_types(thing.name)} WITH FUNCTION"
    return [f"{made} {words.dotted(str(function))}({source}){when}"]


def cast_types(name: str) -> str:
    """The two types of a cast; the tree writes them as SQL."""
    source, _, target = name.partition(" as ")
    return f"({source} AS {target})"


def drop_part(path: Path, thing: Thing, words: Words) -> list[str]:
    """What drops a thing, but nothing that depends on it; nothing where that is not said."""
    kind, name = path[-1]
    if kind in CONSTRAINTS:
        return [f"{words.constrained(path)} DROP CONSTRAINT {words.name(name)}"]
    if kind == "column":
        return [f"ALTER TABLE {words.table(path)} DROP COLUMN {words.name(name)}"]
    if kind == "index":
        return [f"DROP INDEX {words.within(path[0][1], name)}"]
    if kind in ("policy", "trigger", "rule"):
        return [f"DROP {kind.upper()} {words.name(name)} ON {words.table(path)}"]
    if kind == "grant":
        return [revoked(text) for text in grant(path, thing, words) or ()]
    if kind == "default privilege":
        return []
    if kind == "cast":
        return [f"DROP CAST {cast_types(name)}"]
    return [f"DROP {words.subject(path, thing)}"]


def revoked(text: str) -> str:
    """The REVOKE of a GRANT."""
    before, _, body = text.removesuffix(WITH_OPTION).partition("GRANT ")
    head, _, role = body.rpartition(" TO ")
    return f"{before}REVOKE {head} FROM {role}"

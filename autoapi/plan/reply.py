"""How the result will be answered, decided together with the plan."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from autoapi.catalogue import Table
from autoapi.errors import bad_preferences
from autoapi.formats import CSV, ITEM, JSON, PLAIN_CSV, Format
from autoapi.parse.types import Preferences, Representation, SelectAll, Shape, Window
from autoapi.plan.negotiation import negotiate, shows_whole_rows
from autoapi.plan.preconditions import plan_tag
from autoapi.plan.read import Schema, output_names
from autoapi.plan.types import Call, Operation, Read, Reply, Update

__all__ = ["check_preferences", "plan_call_reply", "plan_reply", "returned"]

KINDS = {"GET": "read", "HEAD": "read", "POST": "insert", "PATCH": "update", "DELETE": "delete"}


def returned(shape: Shape) -> Representation:
    """What a write answers with: the row on the friendly mount, nothing on the strict one."""
    return shape.preferences.returns or (
        "representation" if shape.mount == "friendly" else "minimal"
    )


def plan_format(shape: Shape, table: Table, schema: Schema) -> Format:
    """The format asked for; one object where the address or a friendly body means one row.

    Raises PGRST107 (406) when nothing that is asked for can be produced.
    """
    wanted = negotiate(
        shape.accept,
        schema.handlers,
        table.stored_key,
        whole_rows=shows_whole_rows(shape.query, table),
        plans=schema.plans,
    )
    friendly = shape.mount == "friendly"
    if wanted is JSON and (shape.item or (friendly and one_given(shape))):
        return ITEM
    return PLAIN_CSV if wanted is CSV and friendly else wanted


def one_given(shape: Shape) -> bool:
    """Whether a POST makes one row."""
    return shape.method == "POST" and shape.body_single


def plan_reply(
    shape: Shape, table: Table, operation: Operation, cap: int | None, schema: Schema
) -> Reply:
    """Everything about the answer that does not depend on rows. Raises PGRST107 (406)."""
    format_ = plan_format(shape, table, schema)
    window = next((each for each in shape.query.windows if not each.path), Window(()))
    shown = operation if isinstance(operation, Read) else operation.shown
    upsert = shape.method == "POST" and shape.preferences.resolution == "merge-duplicates"
    returns = returned(shape)
    kind = "put" if shape.method == "PUT" else "upsert" if upsert else KINDS[shape.method]
    wants_location = kind in ("insert", "upsert") and (
        returns == "headers-only" or shape.mount == "friendly"
    )
    return Reply(
        kind=kind,  # type: ignore[arg-type]
        mount=shape.mount,
        format=format_,
        returns=returns,
        count=shape.preferences.count,
        head=shape.method == "HEAD",
        item=bool(shape.item),
        max_affected=(
            shape.preferences.max_affected if shape.preferences.handling == "strict" else None
        ),
        checked=is_checked(shape, format_, table) or is_keyed(operation, format_),
        location=location_names(table, shape) if wants_location else (),
        limit=window.limit,
        offset=window.offset,
        cap=cap,
        applied=", ".join(applied_preferences(shape, has_key=has_key(table, shape))),
        profile=plan_profile(shape, table.schema, schema),
        names=output_names(shown) if shown else (),
        table=table.name,
        address=f"/{quote(table.name)}".encode(),
        renamings=shown.renamings if shown else (),
        tag=plan_tag(shape, table, shown, format_) if kind != "delete" else None,
        creates=shape.precondition == "absent",
    )


def plan_profile(shape: Shape, used: str, schema: Schema) -> str | None:
    """What ``Content-Profile`` says: the schema, where it was named or there are several."""
    return shape.schema or (used if len(schema.catalogue.schemas) > 1 else None)


def plan_call_reply(call: Call, shape: Shape, format_: Format, schema: Schema) -> Reply:
    """How a call is answered."""
    window = next((each for each in shape.query.windows if not each.path), Window(()))
    routine, preferences = call.routine, shape.preferences
    limit = preferences.max_affected if preferences.handling == "strict" else None
    nothing = routine.returns.name == "void" and not routine.returns_set
    return Reply(
        kind="call",
        mount="strict",
        format=format_,
        returns="minimal" if nothing else "representation",
        count=preferences.count,
        head=shape.method == "HEAD",
        max_affected=limit,
        checked=(
            call.writes
            and format_.explained is None
            and (format_.shape == "object" or limit is not None)
        ),
        limit=window.limit,
        offset=window.offset,
        cap=call.shown.cap,
        applied=", ".join(applied_preferences(shape, has_key=False, calls=True)),
        profile=plan_profile(shape, routine.schema, schema),
        names=output_names(call.shown),
        table=routine.name,
        renamings=call.shown.renamings,
    )


def location_names(table: Table, shape: Shape) -> tuple[str, ...]:
    """The key's columns in the order that ``Location`` names them.

    PostgREST reads back all columns in the table's order, or the selected ones by name.
    """
    if shape.mount == "friendly":
        return table.primary_key
    if any(isinstance(item, SelectAll) for item in shape.query.select):
        return tuple(each.name for each in table.columns if each.name in table.primary_key)
    return tuple(sorted(table.primary_key))


def is_checked(shape: Shape, format_: Format, table: Table) -> bool:
    """Whether a write's result may still be refused, so that it must not be committed before.

    One row asked for may turn out to be several or none. On the friendly mount it cannot
    where the address is a key or the body is one object.
    """
    if shape.method in ("GET", "HEAD") or format_.explained is not None:
        return False
    if shape.method == "PUT" and shape.mount == "strict":
        return True
    if table.guard is not None and table.guard.fenced and shape.method != "DELETE":
        return True
    limited = shape.preferences.max_affected is not None and shape.preferences.handling == "strict"
    one_by_nature = shape.mount == "friendly" and (shape.item or one_given(shape))
    return limited or (format_.shape == "object" and not one_by_nature)


def is_keyed(operation: Operation, format_: Format) -> bool:
    """Whether each row of a body must have found its own."""
    keyed = isinstance(operation, Update) and bool(operation.keyed)
    return keyed and format_.explained is None


def check_preferences(given: Preferences) -> None:
    """Refuse preferences that do not exist, where the caller wants to know.

    Raises PGRST122 (400).
    """
    if given.invalid and given.handling == "strict":
        raise bad_preferences(given.invalid)


def has_key(table: Table, shape: Shape) -> bool:
    """Whether there is anything to tell duplicates by."""
    return bool(table.primary_key) or shape.query.on_conflict is not None


def applied_preferences(shape: Shape, *, has_key: bool, calls: bool = False) -> Iterator[str]:
    """What ``Preference-Applied`` lists, in PostgREST's order."""
    given, method = shape.preferences, "CALL" if calls else shape.method
    if given.resolution and method == "POST" and has_key:
        yield f"resolution={given.resolution}"
    if given.missing and method in ("POST", "PATCH"):
        yield f"missing={given.missing}"
    if given.returns and method in ("POST", "PUT", "PATCH", "DELETE"):
        yield f"return={given.returns}"
    if given.count:
        yield f"count={given.count}"
    if given.transaction:
        yield f"tx={given.transaction}"
    if given.handling:
        yield f"handling={given.handling}"
    if given.timezone is not None:
        yield f"timezone={given.timezone}"
    bounded = given.handling == "strict" and method in ("PATCH", "DELETE", "CALL")
    if given.max_affected is not None and bounded:
        yield f"max-affected={given.max_affected}"

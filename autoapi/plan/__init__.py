"""Request and catalogue to plan: names resolved, access decided, no I/O.

``access`` is the one file to audit; ``relationships`` finds what an embed means;
``conditions``, ``read`` and ``write`` resolve names; ``reply`` decides the answer's form.
"""

from __future__ import annotations

from autoapi.catalogue import Table
from autoapi.errors import unknown_schema, unknown_table
from autoapi.parse.types import Shape
from autoapi.plan.access import check_barred, is_served
from autoapi.plan.call import check_max_affected, plan_arguments, plan_call
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.relationships import find_relationship
from autoapi.plan.reply import check_preferences, plan_call_reply, plan_reply
from autoapi.plan.routines import find_routine
from autoapi.plan.types import Operation, Plan, Read
from autoapi.plan.write import plan_delete, plan_insert, plan_put, plan_update

__all__ = [
    "Schema",
    "check_max_affected",
    "check_preferences",
    "find_namespace",
    "find_relationship",
    "find_routine",
    "find_table",
    "make_plan",
    "plan_arguments",
    "plan_call",
    "plan_call_reply",
]


def find_namespace(schema: Schema, profile: str | None) -> str:
    """The schema that a profile header names, the default one if None.

    Raises PGRST106 (406) for one that is not exposed.
    """
    exposed = schema.catalogue.schemas
    if profile is None or (profile == "public" and schema.catalogue.dialect == "sqlite"):
        return exposed[0]  # clients written for PostgREST send "public" unless told otherwise
    if profile not in exposed:
        raise unknown_schema(profile, exposed)
    return profile


def find_table(schema: Schema, name: str, profile: str | None) -> Table:
    """The table or view that callers know by ``name`` in a schema, the default one if None.

    Raises PGRST106 (406) for a schema that is not exposed, PGRST205 (404) for an unknown table.
    """
    wanted = find_namespace(schema, profile)
    table = schema.catalogue.by_key.get((wanted, name))
    if table is None or not is_served(table):
        known = schema.table_names.get(wanted)
        raise unknown_table(wanted, name, known.nearest(name) if known else None)
    return table


def make_plan(shape: Shape, table: Table, schema: Schema, cap: int | None, body_slot: int) -> Plan:
    """Plan a request on ``table``; ``cap`` is the most rows a list may have.

    Raises what ``plan_read`` and the writes raise; every one is a 4xx.
    """
    operation: Operation
    match shape.method:
        case "POST":
            operation = plan_insert(table, shape, schema, body_slot)
        case "PUT":
            operation = plan_put(table, shape, schema, body_slot)
        case "PATCH":
            operation = plan_update(table, shape, schema, body_slot)
        case "DELETE":
            operation = plan_delete(table, shape, schema, body_slot)
        case _:
            check_barred(table, "read")
            operation = plan_read(table, shape.query, schema, cap)
    writes = not isinstance(operation, Read)
    if writes:  # PostgREST looks at the format first when it reads, last when it writes
        check_preferences(shape.preferences)
    reply = plan_reply(shape, table, operation, cap, schema)
    if not writes:
        check_preferences(shape.preferences)
    return Plan(operation, reply)

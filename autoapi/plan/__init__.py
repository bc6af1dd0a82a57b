"""Request and catalogue to plan: names resolved, access decided, no I/O.

``access`` is the one file to audit; ``relationships`` finds what an embed means;
``conditions``, ``read`` and ``write`` resolve names; ``reply`` decides the answer's form.
"""

from __future__ import annotations

from autoapi.catalogue import Table
from autoapi.errors import unknown_schema, unknown_table
from autoapi.parse.types import Shape
from autoapi.plan.access import is_served
from autoapi.plan.call import check_max_affected, plan_arguments, plan_call
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.reply import plan_call_reply, plan_reply
from autoapi.plan.routines import find_routine
from autoapi.plan.types import Operation, Plan
from autoapi.plan.write import plan_delete, plan_insert, plan_put, plan_update

__all__ = [
    "Schema",
    "check_max_affected",
    "find_routine",
    "find_table",
    "make_plan",
    "plan_arguments",
    "plan_call",
    "plan_call_reply",
]


def find_table(schema: Schema, name: str, profile: str | None) -> Table:
    """The table or view that callers know by ``name`` in a schema, the default one if None.

    Raises PGRST106 (406) for a schema that is not exposed, PGRST205 (404) for an unknown table.
    """
    exposed = schema.catalogue.schemas
    if profile == "public" and schema.catalogue.dialect == "sqlite":
        profile = None  # clients written for PostgREST send it unless told otherwise
    if profile is not None and profile not in exposed:
        raise unknown_schema(profile, exposed)
    wanted = profile or exposed[0]
    table = schema.catalogue.by_key.get((wanted, name))
    if table is None or not is_served(table):
        tables = schema.catalogue.tables
        known = (each.name for each in tables if each.schema == wanted and is_served(each))
        raise unknown_table(wanted, name, known)
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
            operation = plan_delete(table, shape, schema)
        case _:
            operation = plan_read(table, shape.query, schema, cap)
    several = len(schema.catalogue.schemas) > 1
    reply = plan_reply(shape, table, operation, cap, table.schema if several else None)
    return Plan(operation, reply)

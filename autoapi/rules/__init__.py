"""What overrides attach to tables, and what that makes of a catalogue for one caller.

Overrides declare (``declare``), ``loading`` collects, ``checking`` holds each against the
live schema, and ``views`` derives the catalogue that a role sees: hidden columns are not in
it, and tables carry a guard that says which rows exist and what is computed. Plan and
compile know only that catalogue, so that a rule holds on every way to a table.
"""

from autoapi.rules.caller import Caller
from autoapi.rules.checking import Broken, check_rules, key_of
from autoapi.rules.declare import (
    action,
    after,
    authenticator,
    authorize,
    before,
    check,
    computed,
    conceal,
    default,
    expose,
    hide,
    item_forms,
    readonly,
    rename,
    replace,
    route,
    scope,
    searched,
)
from autoapi.rules.declared import (
    Action,
    Authenticator,
    Hook,
    ItemForms,
    RenameTable,
    Replace,
    Route,
    Rule,
    TableRef,
)
from autoapi.rules.loading import load_rules
from autoapi.rules.views import View, Viewer

__all__ = [
    "Action",
    "Authenticator",
    "Broken",
    "Caller",
    "Hook",
    "ItemForms",
    "RenameTable",
    "Replace",
    "Route",
    "Rule",
    "TableRef",
    "View",
    "Viewer",
    "action",
    "after",
    "authenticator",
    "authorize",
    "before",
    "check",
    "check_rules",
    "computed",
    "conceal",
    "default",
    "expose",
    "hide",
    "item_forms",
    "key_of",
    "load_rules",
    "readonly",
    "rename",
    "replace",
    "route",
    "scope",
    "searched",
]

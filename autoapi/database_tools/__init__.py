"""The tools of operators over HTTP, at ``/database-tools``, for one role alone.

Each is thin: the work is in ``schema_tools``, ``reflect`` and ``generate``, which the
commands use too. To add one: a file here with an ``add_...`` function, and its line in
``ADDED``.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from autoapi.database_tools.advise import add_advise
from autoapi.database_tools.auto_fix import add_auto_fix
from autoapi.database_tools.compare import add_compare
from autoapi.database_tools.diagram import add_diagram
from autoapi.database_tools.generate_models import add_generate_models
from autoapi.database_tools.history import add_history
from autoapi.database_tools.inspect import add_inspect
from autoapi.database_tools.routes import administrator, tools_router
from autoapi.database_tools.test_query import add_test_query
from autoapi.database_tools.workbench import Answering, Workbench
from autoapi.service import Service

__all__ = ["add_database_tools", "administrator"]

ADDED: Final = (
    add_advise,
    add_auto_fix,
    add_generate_models,
    add_diagram,
    add_inspect,
    add_compare,
    add_history,
    add_test_query,
)


def add_database_tools(app: FastAPI, service: Service, answer: Answering) -> None:
    """Register every tool; ``answer`` is the path of a request on a table."""
    router = tools_router(service)
    workbench = Workbench(service, answer)
    for add in ADDED:
        add(router, workbench)
    app.include_router(router)

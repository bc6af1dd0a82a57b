"""Imports go one way. ``MAY_IMPORT`` is the architecture; this file holds us to it."""

from __future__ import annotations

import ast
from pathlib import Path

ENGINE = Path(__file__).parent.parent / "autoapi"

# Each room and what it may import, lowest first. A name may appear on the right only
# after it has appeared on the left, so a cycle cannot be written.
MAY_IMPORT: dict[str, str] = {
    "errors": "",
    "events": "",
    "media_types": "",
    "operators": "",
    "budgets": "errors",
    "setting_forms": "errors",
    "settings": "errors budgets setting_forms",
    "catalogue": "errors",
    "formats": "catalogue media_types",
    "timing": "",
    "traffic": "",
    "http": "errors timing",
    "outgoing": "http",
    "forwarded": "http",
    "log": "events",
    "dialects": "errors operators catalogue media_types",
    "rules": "errors catalogue dialects",
    "inspection": "",
    "reflect": "catalogue inspection",
    "migrate": "errors setting_forms settings inspection reflect",
    "references": "errors settings inspection reflect migrate",
    "parse": "errors operators media_types",
    "wire": "",
    "auth": "errors events setting_forms settings",
    "production": "errors setting_forms settings auth",
    "plan": "errors operators settings catalogue formats media_types parse",
    "schema_tools": "errors inspection plan",
    "history": "errors events settings inspection reflect schema_tools",
    "compile": "errors operators catalogue dialects formats media_types parse plan",
    "execute": "errors events settings wire catalogue dialects compile",
    "entity_tags": "errors http parse plan execute",
    "respond": "errors formats http plan execute entity_tags",
    "answer_settings": "errors execute http",
    "cors": "http settings",
    "literal": "events settings cors http",
    "openapi": "errors operators catalogue formats plan",
    "generate": "errors inspection catalogue openapi",
    "auto_fix": "errors setting_forms settings inspection reflect migrate schema_tools openapi",
    "openapi2": "catalogue dialects plan compile",
    "pages": "",
    "prepare": "errors budgets operators settings catalogue dialects rules formats http media_types"
    " openapi2 parse plan compile execute respond",
    "changes": "errors events catalogue dialects rules http auth plan compile execute prepare"
    " respond",
    "watch": "events settings dialects wire execute",
    "session": "errors budgets settings dialects http auth execute plan prepare",
    "database_settings": "settings",
    "slow_queries": "events settings compile execute",
    "freshness": "settings prepare watch",
    "reloading": "errors events settings auth production database_settings",
    "service": "errors events settings traffic catalogue rules reflect auth execute openapi"
    " history prepare changes session slow_queries freshness reloading",
    "metrics": "traffic execute service",
    "sharing": "traffic metrics service",
    "dashboard": "metrics",
    "observing": "errors events settings timing traffic http log prepare service",
    "tracing": "settings http observing prepare service",
    "condition": "errors settings reflect schema_tools migrate references service",
    "addresses": "settings prepare service",
    "answering": "errors events settings http auth catalogue dialects parse plan execute prepare"
    " respond answer_settings session changes service addresses",
    "routes": "errors auth catalogue compile execute http parse plan rules changes prepare service"
    " answering",
    "database_tools": "errors events settings inspection catalogue reflect schema_tools"
    " history references http auth plan prepare service auto_fix routes",
    "health": "errors condition metrics sharing database_tools service",
    "admin": "errors settings catalogue http condition metrics sharing service",
    "listeners": "errors settings",
    "closed_door": "",
    "server": "closed_door",
    "workers": "closed_door events server",
    "attendance": "errors http",
    "other_forms": "http media_types rules prepare",
    "streaming": "errors events http",
    "app": "errors events settings addresses admin answer_settings answering auth timing cors"
    " literal execute health database_tools routes http observing sharing pages plan prepare"
    " changes respond service attendance streaming other_forms outgoing forwarded",
    "entry": "app log settings production",
    "doctor": "errors settings production database_settings inspection catalogue reflect rules"
    " schema_tools auth execute watch migrate references",
    "commands": "errors events settings sharing production listeners server workers log catalogue"
    " inspection rules changes reflect auth execute watch service app entry doctor dashboard"
    " migrate references schema_tools openapi history generate auto_fix",
    "__init__": "rules changes execute auth",
}


def imports(path: Path) -> set[str]:
    """Rooms a file imports, wherever the import stands: TYPE_CHECKING and lazy imports count."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{path}:{node.lineno}: write imports in full, 'from autoapi...'")
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.split(".")[0] in ("overrides", "generated", "migrations"):
                raise AssertionError(f"{path}: the engine never imports {name}")
            if name.startswith("autoapi."):
                found.add(name.split(".")[1])
    return found


def test_every_room_is_listed_and_lists_only_lower_rooms() -> None:
    seen: set[str] = set()
    for room, allowed in MAY_IMPORT.items():
        assert set(allowed.split()) <= seen, f"{room} may import a room above it"
        seen.add(room)


def test_files_import_only_what_their_room_may() -> None:
    for path in sorted(ENGINE.rglob("*.py")):
        room = path.relative_to(ENGINE).parts[0].removesuffix(".py")
        assert room in MAY_IMPORT, f"{path}: give the new room a line in MAY_IMPORT"
        extra = imports(path) - {room} - set(MAY_IMPORT[room].split())
        assert not extra, f"{path} imports {', '.join(sorted(extra))}"


def test_the_middle_does_no_input_or_output() -> None:
    forbidden = {"asyncio", "asyncpg", "http", "os", "pathlib", "psycopg2", "socket", "sqlite3"}
    for room in ("parse", "plan", "compile", "dialects", "catalogue"):
        for path in sorted((ENGINE / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                roots = {name.split(".")[0] for name in names}
                assert not roots & forbidden, f"{path} imports {roots & forbidden}"


def test_files_and_functions_stay_small() -> None:
    for path in sorted(ENGINE.rglob("*.py")):
        text = path.read_text()
        assert text.count("\n") <= 500, f"{path} has more than 500 lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno
                assert lines <= 60, f"{path}:{node.lineno} {node.name} has {lines} lines"


def test_every_module_has_a_docstring() -> None:
    for path in sorted(ENGINE.rglob("*.py")):
        assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"

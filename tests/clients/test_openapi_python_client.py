"""``openapi-python-client`` makes a client of the document that imports and talks to us."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.awkward import MADE, python_generator, run_tool
from tests.service import Api

pytestmark = pytest.mark.timeout(300)
CSV_BODY = "Unsupported content type text/csv"  # it has no CSV, and says so of each body
SVG_ANSWER = "Unsupported content_type image/svg+xml"  # nor can it read the diagram

USE = """
import importlib, json, pkgutil, sys
import made_client
from made_client import AuthenticatedClient, Client
from made_client.api.class_ import create_class, delete_class, list_class
from made_client.api.order_items import read_order_items_item
from made_client.api.people import read_people_item, update_people_item
from made_client.models import ClassInsert, OrderItemsSize, PeopleUpdate

modules = [each.name for each in pkgutil.walk_packages(made_client.__path__, "made_client.")]
for name in modules:
    importlib.import_module(name)
client = AuthenticatedClient(sys.argv[1], sys.argv[2])
item = read_order_items_item.sync(1, 1, client=client)
made = create_class.sync(client=client, body=ClassInsert(import_="five", field_2nd=5, a_b="x"))
listed = list_class.sync(client=client, id="lt.3", order="id.desc")
changed = update_people_item.sync(2, client=client, body=PeopleUpdate(name="Robert"))
missing = read_people_item.sync_detailed(99, client=client)
removed = delete_class.sync_detailed(client=client, import_="eq.five")
print(json.dumps({
    "modules": len(modules),
    "item": [item.size is OrderItemsSize.ITS, item.cost, item.tags, item.line_no],
    "made": made.to_dict(),
    "listed": [each.import_ for each in listed],
    "day": listed[1].from_.isoformat(),
    "changed": changed.name,
    "missing": [missing.status_code, missing.parsed.code, missing.parsed.message],
    "removed": removed.status_code,
}))
"""


@pytest.fixture(scope="module")
def made_client(odd_service: Api) -> Path:
    """The client's package, and what its maker said in ``said.txt`` beside it."""
    programs = python_generator()
    (MADE / "generator.json").write_text(json.dumps({"post_hooks": []}))
    said = run_tool(
        *(str(programs / "openapi-python-client"), "generate", "--meta", "none", "--overwrite"),
        *("--path", str(MADE / "openapi.json"), "--output-path", str(MADE / "made_client")),
        *("--config", str(MADE / "generator.json")),
        warnings=True,
    )
    (MADE / "said.txt").write_text(said)
    return programs


def test_it_leaves_nothing_out_but_csv(made_client: Path, odd_service: Api) -> None:
    said = (MADE / "said.txt").read_text()
    operations = {
        operation["operationId"]
        for path in odd_service.get("/openapi.json").json()["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    }
    written = {path.stem for path in (MADE / "made_client" / "api").rglob("*.py")}

    assert operations <= written
    assert said.count("WARNING") == said.count(CSV_BODY) + said.count(SVG_ANSWER) > 1


def test_the_client_reads_writes_and_tells_errors(made_client: Path, odd_service: Api) -> None:
    base = str(odd_service.client.base_url).rstrip("/")
    python = str(made_client / "python")
    code = f"import sys; sys.path.insert(0, {str(MADE)!r})\n{USE}"
    found: Any = json.loads(run_tool(python, "-W", "error", "-c", code, base, odd_service.token))

    assert found.pop("modules") > 100
    assert found.pop("made")["2nd"] == 5
    assert found == {
        "item": [True, 9.5, ["a", "b c"], 1],
        "listed": ["two", "one"],
        "day": "2024-02-29",
        "changed": "Robert",
        "missing": [404, "AUTO104", "'people' has no row '99'"],
        "removed": 200,
    }

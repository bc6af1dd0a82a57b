"""The service as a case asks it: in this process, each set of settings once, its SQL noted.

Requests are put as ASGI messages, byte for byte as the case writes them, since a client
would change what it takes for a mistake. The SQL is that of the statements which the
service hands to the database.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, get_type_hints

from autoapi.app import Application
from autoapi.compile import Statement
from autoapi.settings import Settings, read_value
from tests.cases.layout import Case, Reply
from tests.cases.tokens import SECRET, signed, with_keys
from tests.markdown import rows_apart

__all__ = ["Services"]

# Headers that say nothing of the case; ``Shows`` brings one back.
USUAL = frozenset({"content-length", "content-location", "date", "proxy-status", "server", "vary"})
UNCOUNTED = re.compile(r"(\*|\d+-\d+)/\*")
LANGUAGES = {"application/json": "json", "text/csv": "csv", "text/plain": "text", "text/xml": "xml"}
VARYING = (
    (re.compile(r"dur=[0-9.]+"), "dur=0"),
    (re.compile(r"cost=[0-9.]+ rows=\d+ width=\d+"), "cost=0 rows=0 width=0"),
)

# What stands in every statement, by the short name that ``README.md`` explains.
SHORT = (
    (
        re.compile(
            r"CASE typeof\((?P<x>[^()]+)\) WHEN 'real' THEN CASE WHEN \((?P=x) = CAST\(CAST\((?P=x)"
            r" AS TEXT\) AS NUMERIC\)\) THEN (?P=x) ELSE json\(real_json\((?P=x)\)\) END"
            r" WHEN 'blob' THEN '\\x' \|\| lower\(hex\((?P=x)\)\) ELSE (?P=x) END"
        ),
        r"shown(\g<x>)",
    ),
    (
        re.compile(
            r"nullif\(current_setting\('response\.headers', true\), ''\) AS \"headers\","
            r" nullif\(current_setting\('response\.status', true\), ''\) AS \"status\""
        ),
        "answer_settings()",
    ),
    (re.compile(r" +$", re.MULTILINE), ""),
)

Message = dict[str, Any]


@dataclass
class Answered:
    """What came back, and the statements that made it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    statements: list[str]

    def header(self, name: str) -> str:
        """One header's value, empty if there is none."""
        return next((value for each, value in self.headers if each == name), "")


@dataclass
class Services:
    """Services over one database, by their settings, in one event loop."""

    url: str
    dialect: str
    runner: asyncio.Runner
    started: dict[str, Application] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)

    def ask(self, case: Case, request: str) -> tuple[Reply, str]:
        """The answer to a request, as it is written down, and its SQL."""
        application = self.service(case.directives.get("Settings", ""))
        self.statements.clear()
        answered = self.runner.run(self.call(application, request))
        return written(answered, case), shortened(";\n\n".join(answered.statements))

    def service(self, given: str) -> Application:
        """The service with these settings, started when it is first needed."""
        found = self.started.get(given)
        if found is None:
            found = Application(Settings(**self.settings(given)))
            self.note_statements(found)
            self.runner.run(found.service.start())
            self.started[given] = found
        return found

    def settings(self, given: str) -> dict[str, Any]:
        """The settings of a case: ``name=value; name=value`` over what all cases have."""
        usual: dict[str, Any] = {
            "database_url": self.url,
            "db_anon_role": "pharmacy_guest",
            "db_pool": 2,
            "jwt_secret": SECRET,
            "rest_prefix": "",
            "schema_history": "off",
        }
        kinds = get_type_hints(Settings)
        for part in filter(None, (part.strip() for part in given.split(";"))):
            name, _, text = part.partition("=")
            if name == "app_settings":
                usual[name] = (tuple(text.split("=", 1)),)
            else:
                usual[name] = read_value(name, kinds[name], with_keys(text))
        return usual

    def note_statements(self, application: Application) -> None:
        """Let the service's database note each statement before it runs it."""
        database: Any = application.service.database
        run, stream = database.run, database.stream

        async def noting(statement: Statement, *arguments: Any) -> Any:
            texts = [statement.sql] if statement.sql else []
            if statement.write is not None:
                texts.insert(len(texts) if statement.show_first else 0, statement.write.sql)
            self.statements.extend(texts)
            return await run(statement, *arguments)

        def noting_lines(statement: Statement, *arguments: Any) -> Any:
            self.statements.append(statement.sql)
            return stream(statement, *arguments)

        database.run, database.stream = noting, noting_lines

    async def call(self, application: Application, request: str) -> Answered:
        """Put one request to the application."""
        scope, body = scope_of(request)
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await application(scope, receive, send)
        start, *rest = sent
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]
        ]
        content = b"".join(message.get("body", b"") for message in rest)
        return Answered(start["status"], headers, content, list(self.statements))

    def stop(self) -> None:
        """Stop every service."""
        for application in self.started.values():
            self.runner.run(application.service.stop())
        self.started.clear()


def scope_of(request: str) -> tuple[Message, bytes]:
    """A request as an ASGI scope, and its body."""
    head, _, body = request.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, address = first.partition(" ")
    path, _, query = address.partition("?")
    headers = [(b"host", b"pharmacy.example")]
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower().encode(), signed(value.strip()).encode()))
    content = body.encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("pharmacy.example", 80),
    }
    return scope, content


def written(answered: Answered, case: Case) -> Reply:
    """An answer as a case writes it down."""
    kind, _, parameters = answered.header("content-type").partition(";")
    language = LANGUAGES.get(kind, "json" if kind.endswith("+json") else "text")
    shown = {name.strip().lower() for name in case.directives.get("Shows", "").split(",")}
    lines = [f"{answered.status} {phrase(answered.status)}".rstrip()]
    for name, value in answered.headers:
        plain = name == "content-type" and LANGUAGES.get(kind) and parameters == " charset=utf-8"
        hidden = name in USUAL or plain or (name == "content-range" and UNCOUNTED.fullmatch(value))
        if name in shown or not hidden:
            lines.append(f"{name.title()}: {value}")
    text = answered.body.decode("utf-8", "backslashreplace")
    if language == "json" and text:
        text = (
            part_of(text, case.directives["Part"])
            if "Part" in case.directives
            else rows_apart(text)
        )
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
        lines = [pattern.sub(instead, line) for line in lines]
    if not answered.body:
        language = "text"
    head = "\n".join(lines)
    return Reply(language, (f"{head}\n\n{text}" if text else head).rstrip("\n"))


def shortened(sql: str) -> str:
    """SQL as a case writes it down."""
    for pattern, instead in SHORT:
        sql = pattern.sub(instead, sql)
    return sql.strip("\n")


def phrase(status: int) -> str:
    """What a status is called, if it has a name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def part_of(text: str, pointer: str) -> str:
    """What a JSON pointer points at, laid out over lines."""
    value = json.loads(text)
    for step in pointer.removeprefix("/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return json.dumps(value, indent=2, ensure_ascii=False)

"""What may be done at each address of a table, on either mount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from autoapi.openapi.filters import key_filter
from autoapi.openapi.names import operation_id
from autoapi.openapi.parameters import (
    Purpose,
    collection_parameters,
    item_parameters,
    profile_parameter,
    references,
    select_reference,
)
from autoapi.openapi.responses import error_references
from autoapi.openapi.subjects import Json, Subject, refer

__all__ = ["Operations"]

READ_ERRORS: Final = error_references("400", "401", "403", "404", "406", "503")
LIST_ERRORS: Final = error_references("400", "401", "403", "404", "406", "416", "503")
WRITE_ERRORS: Final = error_references(
    "400", "401", "403", "404", "406", "409", "413", "415", "503"
)
DELETE_ERRORS: Final = error_references("400", "401", "403", "404", "406", "409", "503")
READING: Final = frozenset({"list", "read item", "strict list", "strict count"})
DONE: Final = refer("responses", "Done")

EVERY_ROW: Final = (
    "At least one filter is needed. To mean every row, filter on something always true,"
    " such as a key that is `not.is.null`."
)
NESTED: Final = (
    "A row may hold the rows of its relations, named as `select` names them; all are made in"
    " one transaction."
)
MANY: Final = (
    " A list of rows, each with its key, needs none: each row gets its own values, all or none."
)
WITHOUT_TOKEN: Final[tuple[Json, ...]] = ({"bearer": []}, {})


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one table.

    ``filters`` are references to its parameters, ``schemas`` all that are exposed;
    ``open_to_read``: a token is optional for reading alone; ``note`` is said on every
    operation of the strict mount.
    """

    subject: Subject
    filters: Sequence[Json]
    schemas: Sequence[str]
    open_to_read: bool = False
    note: str = ""

    def friendly(self) -> Json:
        """At ``/{table}``."""
        table = self.subject.table
        rows = self.response("List")
        shown: Json = {"200": rows, "204": DONE}
        found: Json = {"get": self.list_rows("list", "list", rows, "")}
        if table.insertable:
            written = self.response("Written")
            answers: Json = {"200": written, "201": written, "204": DONE}
            found["post"] = self.change(
                "create",
                "create",
                answers,
                NESTED,
                body="Insert",
                extra=references("idempotency_key"),
            )
        if table.updatable:
            body = "Changes" if self.subject.key else "Update"
            found["patch"] = self.change("update", "update", shown, EVERY_ROW + MANY, body=body)
        if table.deletable:
            found["delete"] = self.change("delete", "delete", shown, EVERY_ROW)
        return found

    def strict(self) -> Json:
        """At ``/rest/v1/{table}``: PostgREST's grammar and defaults."""
        table = self.subject.table
        rows, counted = self.response("List"), refer("responses", "Counted")
        shown: Json = {"200": rows, "204": DONE}
        profile = profile_parameter(self.subject, self.schemas, writes=True)
        found: Json = {
            "get": self.list_rows("strict list", "list", rows, self.note),
            "head": self.list_rows("strict count", "count", counted, self.note),
        }
        if table.insertable:
            created = self.response("Created")
            answers: Json = {"200": created, "201": created}
            found["post"] = self.change(
                "strict create", "create", answers, self.note, body="Insert", extra=profile
            )
        if self.subject.replaceable:
            found["put"] = self.strict_replace({"201": rows, **shown}, profile)
        if table.updatable:
            found["patch"] = self.change(
                "strict update", "update", shown, self.note, body="Update", extra=profile
            )
        if table.deletable:
            found["delete"] = self.change(
                "strict delete", "delete", shown, self.note, extra=profile
            )
        return found

    def item(self) -> Json:
        """At ``/{table}/{key}``; the key's parameters stand once for all operations."""
        table, select = self.subject.table, select_reference(self.subject)
        row = self.response("Item")
        shown: Json = {"200": row, "204": DONE}
        found: Json = {
            "parameters": item_parameters(self.subject),
            "get": self.operation(
                "read item",
                f"Read one of {table.name}",
                [select, *references("if_none_match")],
                {"200": row, "304": refer("responses", "NotModified"), **READ_ERRORS},
            ),
        }
        if self.subject.replaceable:
            found["put"] = self.item_change("replace", {"201": row, **shown}, "Replace")
        if table.updatable:
            found["patch"] = self.item_change("update", shown, "Update")
        if table.deletable:
            found["delete"] = self.item_change("delete", shown, None)
        return found

    def list_rows(self, name: str, purpose: Purpose, answer: Json, note: str) -> Json:
        """GET or HEAD on a table."""
        extra = profile_parameter(self.subject, self.schemas, writes=False)
        strict = name.startswith("strict")
        parameters = collection_parameters(self.subject, purpose, self.filters)
        if self.subject.table.searched and not strict:
            parameters += references("search")
        answers: Json = {"200": answer, "206": answer, **LIST_ERRORS}
        summary = f"{purpose.capitalize()} {self.subject.table.name}"
        return self.operation(
            name, summary, [*(extra if strict else ()), *parameters], answers, note
        )

    def change(
        self,
        name: str,
        purpose: Purpose,
        answers: Json,
        note: str = "",
        *,
        body: str | None = None,
        extra: Sequence[Json] = (),
    ) -> Json:
        """POST, PATCH or DELETE on a table."""
        verb = "Add to" if purpose == "create" else purpose.capitalize()
        parameters = [*extra, *collection_parameters(self.subject, purpose, self.filters)]
        errors = DELETE_ERRORS if body is None else WRITE_ERRORS
        summary = f"{verb} {self.subject.table.name}"
        return self.operation(name, summary, parameters, answers | errors, note, body)

    def strict_replace(self, answers: Json, extra: Sequence[Json]) -> Json:
        """PUT on the strict mount: the key is in the query, and in the body again."""
        keys = [key_filter(column) for column in self.subject.key]
        others = references("columns", "prefer_replace")
        # An argument of a client cannot be both.
        both = any(column.name == "select" for column in self.subject.key)
        chosen = [] if both else [select_reference(self.subject)]
        parameters = [*extra, *keys, *chosen, *others]
        summary = f"Replace one of {self.subject.table.name}"
        note = "The body holds the key too." + (f"\n\n{self.note}" if self.note else "")
        return self.operation(
            "strict replace", summary, parameters, answers | WRITE_ERRORS, note, "Insert"
        )

    def item_change(self, verb: str, answers: Json, body: str | None) -> Json:
        """PUT, PATCH or DELETE on one row."""
        conditions = ("if_match", "if_none_match_any") if verb == "replace" else ("if_match",)
        parameters = [
            select_reference(self.subject),
            *references(f"prefer_{verb}", *conditions),
        ]
        summary = f"{verb.capitalize()} one of {self.subject.table.name}"
        errors = (DELETE_ERRORS if body is None else WRITE_ERRORS) | error_references("412")
        return self.operation(f"{verb} item", summary, parameters, answers | errors, body=body)

    def response(self, suffix: str) -> Json:
        """A reference to one of the table's own answers."""
        return refer("responses", self.subject.name + suffix)

    def operation(
        self,
        name: str,
        summary: str,
        parameters: Sequence[Json],
        answers: Json,
        note: str = "",
        body: str | None = None,
    ) -> Json:
        """An operation object."""
        made: Json = {
            "operationId": operation_id(self.subject.slug, name),
            "tags": [self.subject.tag],
            "summary": f"{summary} (strict)" if name.startswith("strict") else summary,
        }
        if note:
            made["description"] = note
        made["parameters"] = list(parameters)
        if body is not None:
            made["requestBody"] = refer("requestBodies", self.subject.name + body)
        made["responses"] = answers
        if self.open_to_read and name in READING:
            made["security"] = list(WITHOUT_TOKEN)
        return made

"""The ETag of an answer that is one row, and whether the caller has that answer already."""

from __future__ import annotations

from hashlib import blake2b

from autoapi.errors import precondition_failed
from autoapi.execute import Result
from autoapi.http import Http
from autoapi.parse.preconditions import Tag, names_tag, read_tags, versions_of
from autoapi.plan.types import Reply

__all__ = ["entity_tag", "is_known", "tag_header"]


def entity_tag(result: Result, reply: Reply) -> Tag | None:
    """The tag of the answer; None where there is nothing to tell it by, as in a HEAD.

    Only the version of a row is strong: what an answer says may be the same again.
    """
    version = result.version
    if version is not None and reply.tag == "row":
        return Tag(version)
    if not result.body:
        return None
    said = blake2b(result.body, digest_size=8).hexdigest()
    if version is not None and reply.tag == "whole":
        return Tag(f"{version}.{said}")
    return Tag(said, weak=True)


def tag_header(tag: Tag) -> tuple[bytes, bytes]:
    """The header that tells it."""
    return b"etag", f'{"W/" if tag.weak else ""}"{tag.text}"'.encode()


def is_known(tag: Tag, http: Http) -> bool:
    """Whether the caller has this very answer, by ``If-None-Match``.

    Raises AUTO151 (412) when ``If-Match`` asks for another state of the row.
    """
    match = http.header(b"if-match")
    if match is not None:
        tags = read_tags("If-Match", match)
        if tags is not None and (tag.weak or versions_of([tag])[0] not in versions_of(tags)):
            raise precondition_failed("If-Match")
    none_match = http.header(b"if-none-match")
    return none_match is not None and names_tag(read_tags("If-None-Match", none_match), tag.text)

"""The ETag of an answer that is one row, and whether the caller has that answer already."""

from __future__ import annotations

from hashlib import blake2b

from autoapi.errors import precondition_failed
from autoapi.execute import Result
from autoapi.http import Http
from autoapi.parse.preconditions import Tag, names_tag, read_tags, versions_of
from autoapi.plan.types import Reply

__all__ = ["entity_tag", "is_known"]


def entity_tag(result: Result, reply: Reply) -> bytes | None:
    """The tag as the header has it; None where there is nothing to tell it by, as in a HEAD.

    Only the version of a row is strong: what an answer says may be the same again.
    """
    version = result.version
    if version is not None and reply.tag == "row":
        return b'"%b"' % version
    if not result.body:
        return None
    said = blake2b(result.body, digest_size=8).hexdigest().encode()
    if version is not None and reply.tag == "whole":
        return b'"%b.%b"' % (version, said)
    return b'W/"%b"' % said


def is_known(header: bytes, http: Http) -> bool:
    """Whether the caller has this very answer, by ``If-None-Match``.

    Raises AUTO151 (412) when ``If-Match`` asks for another state of the row.
    """
    match, none_match = http.header(b"if-match"), http.header(b"if-none-match")
    if match is None and none_match is None:
        return False
    (tag,) = read_tags("ETag", header.decode()) or (Tag(""),)
    if match is not None:
        tags = read_tags("If-Match", match)
        if tags is not None and (tag.weak or versions_of([tag])[0] not in versions_of(tags)):
            raise precondition_failed("If-Match")
    return none_match is not None and names_tag(read_tags("If-None-Match", none_match), tag.text)

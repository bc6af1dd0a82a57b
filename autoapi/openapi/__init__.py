"""The catalogue as an OpenAPI 3.1 document: every table's addresses, typed. No I/O.

``document`` is the whole; ``subjects`` what is documented of a table and under which
names; ``schemas``, ``parameters``, ``responses`` and ``operations`` its parts. What is
used twice is a component and referred to, so that 1,000 tables stay readable in time.
"""

from autoapi.openapi.document import Information, build_document, documented

__all__ = ["Information", "build_document", "documented"]

"""Code and documents made from the database: ``generated/``.

``models`` (SQLAlchemy, by sqlacodegen) and ``schemas`` (pydantic, by
datamodel-code-generator) are Python, ``typescript`` is for supabase-js; ``package`` has
all files of one database, ``files`` puts them in their place. Nothing here reads a
database. To add a file: write it in ``package.generate_files``.
"""

from autoapi.generate.files import differences_from, write_files
from autoapi.generate.package import Source, generate_files, models_text

__all__ = ["Source", "differences_from", "generate_files", "models_text", "write_files"]

"""The revisions, one subject a file; Alembic finds them by their file names."""

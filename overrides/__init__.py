"""What this business adds to its tables: one file per subject, loaded by ``AUTOAPI_OVERRIDES``."""

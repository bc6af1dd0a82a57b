"""Which process tests what, where pytest-xdist runs several with ``--dist loadfile``.

A file is tested by one process. The files that read the full demo go to the same one, which
fills it once. The marks of ``--dist loadgroup`` would say it shorter, but have no effect with
pytest-xdist 3.8 and pytest 9.2: each test then goes to any process, without a warning.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

READ_THE_DEMO = ("tests/demo/test_served.py", "tests/docs/test_examples.py")


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """By file, and the files that share the demo as one."""

    def _split_scope(self, nodeid: str) -> str:
        """The name of what is tested in one process: a file's path, or ``the demo``."""
        path: str = super()._split_scope(nodeid)
        return "the demo" if path in READ_THE_DEMO else path

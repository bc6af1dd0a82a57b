"""Count the cases by page of PostgREST's documentation: how many pass, how many do not.

Beside them stand the lines of ``docs/compatibility.md`` that give a reason for a
difference. Run with ``python -m tests.cases.pages``.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.markdown import ROOT

__all__ = ["main", "reasons"]


class Counting:
    """A plugin of pytest that counts outcomes by the case's page."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        self.others: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Count one run of a case; what fails before it runs counts as well."""
        page = dict(report.user_properties).get("page")
        if page is None or (report.when != "call" and report.passed):
            return
        (self.passed if report.passed else self.others)[page] += 1


def reasons() -> Counter[str]:
    """The reasoned differences by page: the list items below its heading."""
    found: Counter[str] = Counter()
    page = ""
    for line in (ROOT / "docs/compatibility.md").read_text().splitlines():
        heading = re.fullmatch(r"## ([^\s:]+).*", line)
        if heading:
            page = heading[1]
        elif line.startswith("- "):
            found[page] += 1
    return found


def main() -> int:
    """Run the cases and print one line a page."""
    counting = Counting()
    status = pytest.main(["-q", "--no-header", str(Path(__file__).parent)], plugins=[counting])
    differences = reasons()
    pages = sorted({*counting.passed, *counting.others, *differences})
    print(f"{'page':<32}{'passing':>8}{'not':>6}{'differences':>13}")
    for page in pages:
        counts = (counting.passed[page], counting.others[page], differences[page])
        print(f"{page:<32}{counts[0]:>8}{counts[1]:>6}{counts[2]:>13}")
    sums = (each.total() for each in (counting.passed, counting.others, differences))
    print("{:<32}{:>8}{:>6}{:>13}".format("all", *sums))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())

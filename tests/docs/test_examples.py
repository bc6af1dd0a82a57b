"""The examples of the documentation, asked of the demo database over HTTP."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from tests.docs.examples import ROOT, Example, accept, examples
from tests.service import Api

PAGES = ("docs/api.md", "docs/analytics.md")


@pytest.mark.parametrize("example", [each for page in PAGES for each in examples(page)], ids=str)
def test_a_documented_request_gives_the_documented_answer(
    demo_api: Api, example: Example, request: pytest.FixtureRequest
) -> None:
    answer = demo_api.get(example.path)

    if request.config.getoption("--accept"):
        if demo_api.dialect == "sqlite":
            accept(example, answer.json())
        return
    assert answer.json() == json.loads(example.answer)


def test_the_curl_lines_of_the_readme_work(demo_api: Api) -> None:
    text = (ROOT / "README.md").read_text()
    lines = re.findall(r"^curl .*$", text, re.MULTILINE)
    assert len(lines) >= 3

    for line in lines:
        words = shlex.split(line)
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        url = next(word for word in words if "localhost:8000" in word or "127.0.0.1:8000" in word)
        headers = dict(
            words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H"
        )
        if "Authorization" in headers:
            headers["Authorization"] = f"Bearer {demo_api.token}"
        body = words[words.index("-d") + 1] if "-d" in words else None
        path = url.split(":8000", 1)[1]

        answer = demo_api.request(method, path, headers=headers, content=body)

        assert answer.status_code in (200, 201), f"{line}: {answer.text}"

"""The settings of the business are documented, each with its default."""

from __future__ import annotations

import re

import msgspec

from overrides.business_settings import BusinessSettings
from tests.docs.examples import ROOT


def test_every_setting_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "business.md").read_text()
    told = set(re.findall(r"`BUSINESS_([A-Z_]+)`", text))
    assert told == {field.name.upper() for field in msgspec.structs.fields(BusinessSettings)}

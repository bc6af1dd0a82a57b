"""Overrides of the shop: drugs are searched by name, and by a colour that few may see."""

from __future__ import annotations

from autoapi import hide, searched
from tests.rules.shop_rules import Drugs

hide(Drugs.color, but=["admin"])
searched(Drugs.name, Drugs.color)

"""Invented names. Nobody here exists: no maker, no shop, no brand is a real one.

Brands are two syllables of our own; streets, families and houses are put together
from lists. Towns are real, telephone numbers begin with five zeros, which none do.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def words(text: str) -> tuple[str, ...]:
    """Take a text apart at its spaces."""
    return tuple(text.split())


FRONTS = words(
    "Vyoq Zhen Qurb Ulmo Xavi Yeph Obri Wexa Izul Khyo Ghav Jhul Drev Ojam Plux Thwi Brix "
    "Fyol Skev Nuzh Ahvo Enqu Hyrb Louz Myeq Ryth Cwen Uvib Sphe Trez Quao Zybr Vemu Oxli "
    "Yarq Wubi Ikhe Gluv Jyto Dwem"
)
BACKS = words(
    "oza ent ivo ulq arb exi omu yth ola ezh iqua ubra ovex isp anqu orme yvo uzel abri eth "
    "ikko oja umph evra ixo alqe obu yrm une azho"
)

SERIES = ("", "Plus", "Forte", "DS", "XR", "Neo", "Max", "Duo", "LA", "SR", "Gold")

HOUSES = words(
    "Sahyadri Narmada Aravalli Konkan Godavari Malwa Deccan Satpura Vindhya Sabarmati "
    "Nilgiri Tungabhadra Kaveri Mandovi Girnar Panchganga Bhima Tapti Chilika Palani"
)
TRADES = ("Lifecare", "Remedies", "Biologicals", "Formulations", "Laboratories", "Healthworks")

FAMILIES = words(
    "Adhvani Bhosrekar Chitlangi Dhanvale Ekbotkar Fadnikar Gokhlani Hirvani Inamkar "
    "Jhaverkar Kulvani Lokhani Mahadkar Navlekar Ojhani Palsokar Rangvani Sawalkar Tamhani "
    "Upadhkar Vaidyani Wagholkar Yadnikar Zaverani Borsekar Chandvani"
)
SHOPS = {
    "retailer": ("Medicals", "Chemists", "Medical Stores", "Pharmacy"),
    "hospital": ("Hospital", "Nursing Home", "Multispeciality Hospital"),
    "stockist": ("Distributors", "Agencies", "Medi Traders"),
    "doctor": ("Clinic",),
    "patient": ("",),
}
STREETS = ("Station Road", "Mill Lane", "Temple Street", "Ring Road", "Market Yard", "Lake View")

TOWNS = {  # by GST state code: name and the first digits of its postal codes
    "27": (("Mumbai", "400"), ("Pune", "411"), ("Nashik", "422"), ("Nagpur", "440")),
    "24": (("Ahmedabad", "380"), ("Surat", "395"), ("Vadodara", "390"), ("Rajkot", "360")),
    "29": (("Belagavi", "590"), ("Hubballi", "580")),
    "23": (("Indore", "452"), ("Ujjain", "456")),
}


def brand_name(number: int) -> str:
    """Give the brand of a number; numbers below 1,200 all differ.

    >>> brand_name(0), brand_name(1), brand_name(1_200)
    ('Vyoqoza', 'Zhenent', 'Vyoqoza Plus')
    """
    series, place = divmod(number, len(FRONTS) * len(BACKS))
    # Walks the diagonal, so that neighbours share neither syllable.
    turn = place // len(FRONTS)
    brand = FRONTS[place % len(FRONTS)] + BACKS[(place + turn) % len(BACKS)]
    return brand if series == 0 else f"{brand} {SERIES[series % len(SERIES)]}"


def maker_name(number: int) -> str:
    """Give the name of a maker; all differ."""
    place, trade = divmod(number, len(TRADES))
    series, house = divmod(place, len(HOUSES))
    suffix = "" if series == 0 else f" Unit {series + 1}"
    return f"{HOUSES[house]} {TRADES[trade]}{suffix}"


def customer_name(number: int, kind: str) -> str:
    """Give a customer's name; two may share one, as they do."""
    family = FAMILIES[number * 7 % len(FAMILIES)]
    shop = SHOPS[kind][number % len(SHOPS[kind])]
    if kind == "doctor":
        return f"Dr {family} {shop}"
    return f"{family} {shop}" if shop else f"{family[0]}. {family}"


def pick(rng: Random, items: Sequence[Item]) -> Item:
    """Draw one of ``items``.

    By ``random()`` alone, whose sequence Python promises to keep between versions;
    ``choice`` has no such promise.
    """
    return items[int(rng.random() * len(items))]

"""Which function is found, in a catalogue made by hand."""

from __future__ import annotations

import pytest

from autoapi.catalogue import Catalogue, DataType, Parameter, Routine
from autoapi.errors import ApiError
from autoapi.plan.routines import Routines, find_routine, index_routines
from tests.catalogues import INTEGER, TEXT

KEY = ("s", "f")
PLAIN_JSON = DataType("json", "json", "json")


def routine(*parameters: Parameter, name: str = "f", **more: bool) -> Routine:
    return Routine("s", name, parameters, INTEGER, **more)  # type: ignore[arg-type]


def indexed(*routines: Routine) -> Routines:
    return index_routines(Catalogue("postgresql", "17", ("s",), (), routines=routines))


A, B = Parameter("a", INTEGER), Parameter("b", TEXT, has_default=True)
WHOLE = Parameter("", PLAIN_JSON)


@pytest.mark.parametrize(
    ("given", "content_type", "expected"),
    [
        ((), None, ()),
        (("a",), None, (A, B)),
        (("a", "b"), "application/json", (A, B)),
        (("b",), "application/json", (WHOLE,)),
        ((), "application/json", ()),
        ((), "text/csv", ()),
    ],
)
def test_the_one_is_found_that_takes_what_is_given(
    given: tuple[str, ...], content_type: str | None, expected: tuple[Parameter, ...]
) -> None:
    routines = indexed(routine(), routine(A, B), routine(WHOLE))

    assert find_routine(routines, KEY, given, content_type).parameters == expected


@pytest.mark.parametrize(
    ("given", "content_type"),
    [(("b",), None), (("b",), "text/csv"), ((), "text/plain"), (("a", "b", "c"), None)],
)
def test_none_is_found_that_would_lack_or_refuse_an_argument(
    given: tuple[str, ...], content_type: str | None
) -> None:
    with pytest.raises(ApiError) as refused:
        find_routine(indexed(routine(), routine(A, B), routine(WHOLE)), KEY, given, content_type)

    assert refused.value.code == "PGRST202"


def test_parameters_that_come_out_are_not_given() -> None:
    out = routine(A, Parameter("made", INTEGER, mode="out"), Parameter("t", TEXT, mode="table"))

    assert find_routine(indexed(out), KEY, ("a",), None) is out


def test_what_cannot_be_called_is_not_known_by_name_either() -> None:
    hidden = [
        routine(name="close_to_it", is_procedure=True),
        routine(Parameter("", INTEGER), name="close_to_id"),
        routine(Parameter("", TEXT), Parameter("", TEXT), name="close_to_is"),
    ]

    with pytest.raises(ApiError) as refused:
        find_routine(indexed(*hidden), ("s", "close_to_if"), (), None)

    assert refused.value.hint is None

"""What classes, attributes and files are called."""

from __future__ import annotations

from autoapi.generate.names import attribute_names


def test_a_column_keeps_its_name_where_python_can_write_it() -> None:
    names = ["id", "größe", "_private", "Mixed", "match", "type"]

    assert attribute_names(names) == {name: name for name in names}


def test_a_word_that_is_taken_gets_an_underscore() -> None:
    assert attribute_names(["class", "metadata", "text", "list", "None"]) == {
        "class": "class_",
        "metadata": "metadata_",
        "text": "text_",
        "list": "list_",
        "None": "None_",
    }


def test_a_name_that_python_cannot_write_is_its_slug() -> None:
    assert attribute_names(["unit price", "2nd", "a.b", "名前", " ", "__dunder", "ﬁne"]) == {
        "unit price": "unit_price",
        "2nd": "column_2nd",
        "a.b": "a_b",
        "名前": "名前",
        " ": "column_2",  # 名前 has no slug either
        "__dunder": "dunder",
        "ﬁne": "fine",
    }


def test_no_two_columns_share_an_attribute() -> None:
    names = ["a b", "a_b", "a-b", "class", "class_", "Class "]
    given = attribute_names(names)

    assert len(set(given.values())) == len(names)
    assert given["a_b"] == "a_b"

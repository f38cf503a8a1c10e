"""Addresses in one form each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.rules import normalise_email, normalise_phone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada@One.Example", "ada@one.example"),
        ("  ada@one.example\u200b ", "ada@one.example"),
        ("o'brien+x@sub.one.example", "o'brien+x@sub.one.example"),
        ("ada@bücher.example", "ada@bücher.example"),
    ],
)
def test_emails_in_one_form(text: str, expected: str) -> None:
    assert normalise_email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@one.example",
        "ada@",
        "ada@one",
        "a b@one.example",
        "ada@one..example",
        ".ada@one.example",
        "ada@-one.example",
        "ada@one.example, bob@one.example",
        "Ada <ada@one.example>",
        "ada@127.0.0.1",
        "ada\n@one.example",
        "x" * 65 + "@one.example",
        "a@" + "b" * 250 + ".example",
    ],
)
def test_what_is_no_email(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        normalise_email(text)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(202) 555-0143", "US", "+12025550143"),
        ("+44 20 7946 0958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
    ],
)
def test_phones_in_one_form(text: str, region: str, expected: str) -> None:
    assert normalise_phone(text, region) == expected


@pytest.mark.parametrize("text", ["", "12", "call me", "+999999999999999999", "555-0143"])
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        normalise_phone(text, "US")


@given(st.text())
def test_normalising_is_stable_and_refuses_in_words(text: str) -> None:
    for normalise in (normalise_email, lambda value: normalise_phone(value, "US")):
        try:
            once = normalise(text)
        except ValueError:
            continue
        assert normalise(once) == once

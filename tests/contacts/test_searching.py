"""Names are found by the beginnings of their words, whichever way the rows are read, and whatever is typed."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from contacts.models import Account, Contact
from contacts.searching import search_names

NAMES = (
    "Marta Lindqvist",
    "Jo O’Brien-Smith",
    "Rémi Brûlé",
    "मार्टा कुमार",
    "Support (booking.com)",
    "A/B <b>Testing</b> & Sons",
    "1e5 3.14",
    "",
)
#: All by index, or each row looked at: as when few or very many are found.
WAYS = {"by index": 2_000, "row by row": 0}


def found(text: str, few: int) -> set[str]:
    everybody = Contact.objects.all()
    rows = search_names(everybody, text, fields=("name", "account__name"), among=everybody, few=few)
    return set(rows.values_list("name", flat=True))


@pytest.fixture
def people(db: None) -> None:
    Contact.objects.bulk_create(Contact(name=name) for name in NAMES)


@pytest.mark.parametrize("few", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ma", "Marta Lindqvist"),
        ("LINDQ", "Marta Lindqvist"),
        ("lindqvist, marta", "Marta Lindqvist"),
        ("o'brien", "Jo O’Brien-Smith"),
        ("smith jo", "Jo O’Brien-Smith"),
        ("rém", "Rémi Brûlé"),
        ("मार्ट", "मार्टा कुमार"),
        ("com", "Support (booking.com)"),
        ("booking.c", "Support (booking.com)"),
        ("a/b", "A/B <b>Testing</b> & Sons"),
        ("test sons", "A/B <b>Testing</b> & Sons"),
        ("3.1", "1e5 3.14"),
    ],
)
def test_the_beginnings_of_words_find_a_name(people: None, text: str, name: str, few: int) -> None:
    assert found(text, few) == {name}


@pytest.mark.parametrize("few", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("text", ["arta", "marta jo", "?!", "' & :* | \\", "martaa", "\0", " "])
def test_anything_else_finds_nobody(people: None, text: str, few: int) -> None:
    assert found(text, few) == set()


class TestWhateverIsTyped(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100))
    def test_both_ways_agree_and_a_name_finds_itself(self, text: str) -> None:
        Contact.objects.bulk_create(Contact(name=name) for name in {*NAMES, text})
        by_index, by_row = (found(text, few) for few in WAYS.values())
        assert by_index == by_row
        if any(char.isascii() and char.isalnum() for char in text):
            assert text in by_index


@pytest.mark.parametrize(("model", "index"), [(Contact, "contact_words"), (Account, "account_words")])
def test_the_index_answers_what_is_asked(db: None, model: type[Contact | Account], index: str) -> None:
    """The expression of the index and of the search must stay the same, or every row is read again."""
    rows = search_names(model.objects.all(), "som 1", fields=("name",), among=model.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows.order_by().explain()

"""Birthdays come from files and from sources, go into exports, and follow a contact through merges."""

from __future__ import annotations

import io
from datetime import date

import pytest

from contacts import exports
from contacts.exporting import columns
from contacts.importing.cells import SafeWriter
from contacts.importing.parsers import Ways, birthday
from contacts.imports import CONTACTS
from contacts.models import Contact
from contacts.rules import read_birthday, read_traits
from contacts.services.identities import identify
from contacts.services.merging import merge, undo_merge
from contacts.services.merging.looking import preview
from contacts.states import MergeKey
from retention.imports import CUSTOMERS
from tests.contacts.files import NOW, bring, counts
from tests.contacts.identity.people import LATER, person
from tests.factories import make_user


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1990-12-31", date(1990, 12, 31)),
        ("1990-12-31T00:00:00.000Z", date(1990, 12, 31)),
        ("12-31", date(2000, 12, 31)),
        ("--02-29", date(2000, 2, 29)),
        (" 1992-02-29 ", date(1992, 2, 29)),
    ],
)
def test_a_birthday_is_read_with_its_year_or_without(text: str, day: date) -> None:
    assert read_birthday(text) == day
    assert read_traits({"birthday": text}, "US").birthday == day


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("31.12.1990", "“31.12.1990”: this is no birthday. Write it as 1990-12-31, or without the year as 12-31."),
        ("1990-02-30", "“1990-02-30”: there is no such day."),
        ("0990-02-03", "“0990-02-03”: the year 990 cannot be meant."),
        ("13-01", "“13-01”: there is no such day."),
    ],
)
def test_what_is_no_birthday_is_refused_with_the_remedy(text: str, says: str) -> None:
    with pytest.raises(ValueError, match="1990-12-31") as caught:
        birthday(Ways())(text)
    assert str(caught.value).startswith(says)
    said = read_traits({"birthday": text, "name": "Ada"}, "US")
    assert (said.birthday, said.name, said.ignored) == (None, "Ada", ("birthday",))


def test_a_date_format_is_for_birthdays_too() -> None:
    assert birthday(Ways(date_format="%d.%m.%Y"))("03.05.1990") == date(1990, 5, 3)
    assert birthday(Ways(date_format="%d.%m.%Y"))("05-03") == date(2000, 5, 3)


@pytest.mark.django_db
def test_files_bring_birthdays_name_the_bad_line_and_export_them_unchanged() -> None:
    text = "external_id,email,birthday\n1,a@one.example,1990-05-03\n2,b@one.example,30.02.1990\n3,c@one.example,\n"
    report = bring(CONTACTS, text)
    assert counts(report) == (2, 0, 0, 1)
    sentence = "“30.02.1990”: this is no birthday. Write it as 1990-12-31, or without the year as 12-31."
    assert report.refusals == [(3, f"Column birthday: {sentence}")]
    assert list(Contact.objects.order_by("external_id").values_list("birthday", flat=True)) == [date(1990, 5, 3), None]
    # A file without the column changes nothing.
    assert counts(bring(CONTACTS, "external_id,locale\n1,de-DE\n")) == (0, 1, 0, 0)
    assert Contact.objects.get(external_id="1").birthday == date(1990, 5, 3)
    file = io.StringIO()
    writer = SafeWriter(file, columns(CONTACTS))
    for row in exports.contacts():
        writer.write(row)
    assert "1990-05-03" in file.getvalue()
    assert counts(bring(CONTACTS, file.getvalue())) == (0, 0, 2, 0)
    assert counts(bring(CONTACTS, "external_id,birthday\n1,\n")) == (0, 1, 0, 0)
    assert Contact.objects.get(external_id="1").birthday is None


@pytest.mark.django_db
def test_a_customers_file_and_a_source_bring_them_and_what_is_known_stays() -> None:
    assert counts(bring(CUSTOMERS, "external_id,email,birthday\nk1,k@one.example,05-03\n")) == (1, 0, 0, 0)
    ada = Contact.objects.get()
    assert ada.birthday == date(2000, 5, 3)
    # Two rows about one person: the last one that says something counts.
    rows = "k2,k@one.example,12-24\nk3,k@one.example,05-04\nk1,k@one.example,\n"
    bring(CUSTOMERS, f"external_id,email,birthday\n{rows}")
    ada.refresh_from_db()
    assert ada.birthday == date(2000, 5, 4)
    for user_id, traits in (
        ("k1", {"birthday": "1990-01-01"}),
        ("u2", {"email": "new@one.example", "birthday": "1991-02-03"}),
    ):
        identify(user_id=user_id, anonymous_id="", traits=traits, at=NOW, now=NOW)
    ada.refresh_from_db()
    assert ada.birthday == date(2000, 5, 4)
    assert Contact.objects.exclude(pk=ada.pk).get().birthday == date(1991, 2, 3)


@pytest.mark.django_db
def test_a_merge_takes_the_birthday_over_and_its_undo_gives_it_back() -> None:
    user = make_user("SDR manager")
    one, other = person("Ada"), person("Ada L.", birthday=date(1990, 5, 3))
    assert "birthday" in preview(survivor=one, merged=other).takes
    made = merge(survivor=one, merged=other, key=MergeKey.PERSON, reason="Same person", by=user, at=LATER)
    assert made.survivor.birthday == date(1990, 5, 3)
    undo_merge(merge=made, by=user, at=LATER, reason="Two sisters")
    one.refresh_from_db()
    assert one.birthday is None

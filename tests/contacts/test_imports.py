"""Importing accounts, contacts and opt-outs, and everything that can be wrong with a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import exports, services
from contacts.exporting import columns
from contacts.importing.cells import SafeWriter
from contacts.importing.describe import Importer
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.importing.reading import Table
from contacts.imports import ACCOUNTS, CONTACTS, OPTOUTS
from contacts.models import Account, ConsentRecord, Contact, Suppression
from contacts.permission import permissions_of
from staff.models import AuditEntry, User
from tests.contacts.files import NOW, bring, counts, table
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_accounts_are_created_updated_and_left_alone() -> None:
    owner = make_user(name="Ada Lovelace")
    text = table(
        {"external_id": "1", "name": "One", "owner": "ADA lovelace", "strategic": "yes", "size": "9"},
        {"external_id": "2", "name": "", "owner": "nobody", "strategic": "", "size": "8"},
    )
    report = bring(ACCOUNTS, text)
    assert counts(report) == (2, 0, 0, 0)
    assert report.ignored_columns == ["size"]
    assert report.notes == ["rows without an owner we know: 1"]
    assert report.summary().startswith("created 2 updated 0 unchanged 0 refused 0; ignored columns: size")
    assert list(Account.objects.order_by("id").values_list("external_id", "name", "owner", "strategic")) == [
        ("1", "One", owner.pk, True),
        ("2", "2", None, False),
    ]
    assert counts(bring(ACCOUNTS, text)) == (0, 0, 2, 0)
    assert counts(bring(ACCOUNTS, table({"external_id": "1", "industry": "Music"}))) == (0, 1, 0, 0)
    changed = Account.objects.get(external_id="1")
    assert (changed.industry, changed.owner, changed.strategic) == ("Music", owner, True)
    assert counts(bring(ACCOUNTS, table({"external_id": "1", "industry": "", "name": ""}))) == (0, 1, 0, 0)
    changed.refresh_from_db()
    assert (changed.industry, changed.name) == ("", "One")
    assert AuditEntry.objects.filter(action="contacts.import").count() == 4


def test_a_wrong_time_zone_of_an_account_is_refused_with_its_line_and_the_remedy() -> None:
    report = bring(ACCOUNTS, "external_id,timezone\n1,europe/berlin\n2,Berlin\n3,\n")
    assert report.refusals == [(3, "Column timezone: “Berlin” is not a time zone. Write it like Europe/Berlin.")]
    assert list(Account.objects.order_by("id").values_list("timezone", flat=True)) == ["Europe/Berlin", ""]


def test_a_file_of_keys_alone_makes_accounts() -> None:
    assert counts(bring(ACCOUNTS, "external_id\nx\n")) == (1, 0, 0, 0)
    assert counts(bring(ACCOUNTS, "external_id\nx\n")) == (0, 0, 1, 0)


def test_owners_are_created_once_and_cannot_sign_in() -> None:
    make_user(name="x")
    User.objects.create(username="mo-frase", email="other@ours.example", name="Another")
    text = table(
        *({"external_id": str(n), "owner": o} for n, o in enumerate(["Mo Frase", "MO FRASE", "b@ours.example"]))
    )
    assert bring(ACCOUNTS, text, create_owners=True).notes == ["owners created: 2"]
    made = User.objects.get(name="Mo Frase")
    assert (made.username, made.is_active, made.has_usable_password()) == ("mo-frase-2", False, False)
    assert User.objects.get(email="b@ours.example").accounts.count() == 1
    assert made.accounts.count() == 2
    assert counts(bring(ACCOUNTS, text, create_owners=True)) == (0, 0, 3, 0)


def test_a_name_two_people_have_is_nobody() -> None:
    make_user(name="Kim Lee")
    make_user(name="Kim Lee")
    report = bring(ACCOUNTS, table({"external_id": "1", "owner": "Kim Lee"}), create_owners=True)
    assert report.notes == ["rows without an owner we know: 1"]


CONTACT = {
    "external_id": "c1",
    "name": "Ada",
    "email": "Ada@One.Example",
    "phone": "(202) 555-0143",
    "timezone": "Europe/Berlin",
    "locale": "de",
    "account": "one",
    "preferred_channel": "sms",
    "consent_email": "yes",
    "consent_sms": "no",
    "consent_source": "",
}


def test_a_contact_with_everything() -> None:
    services.create_account(external_id="a1", name=" One ")
    assert counts(bring(CONTACTS, table(CONTACT))) == (1, 0, 0, 0)
    contact = Contact.objects.get(external_id="c1")
    assert (contact.name, contact.timezone, contact.locale, contact.preferred_channel) == (
        "Ada",
        "Europe/Berlin",
        "de",
        "sms",
    )
    assert contact.account is not None
    found = permissions_of([contact.pk])[contact.pk]
    assert (found["email"].address, found["email"].consent) == ("ada@one.example", "yes")
    assert (found["sms"].address, found["sms"].consent) == ("+12025550143", "no")
    assert set(ConsentRecord.objects.values_list("source", "recorded_at")) == {("test.csv", NOW)}
    assert counts(bring(CONTACTS, table(CONTACT))) == (0, 0, 1, 0)


def test_empty_cells_clear_plain_fields_but_not_name_addresses_and_consent() -> None:
    bring(CONTACTS, table(CONTACT | {"account": ""}))
    empty = dict.fromkeys(CONTACT, "") | {"external_id": "c1"}
    assert counts(bring(CONTACTS, table(empty))) == (0, 1, 0, 0)
    contact = Contact.objects.get()
    assert (contact.name, contact.timezone, contact.locale, contact.preferred_channel) == ("Ada", "", "", "")
    assert contact.addresses.filter(is_primary=True).count() == 2
    assert ConsentRecord.objects.count() == 2


def test_a_suppression_stays_whatever_consent_says() -> None:
    bring(CONTACTS, table(CONTACT))
    contact = Contact.objects.get()
    services.suppress(channel="all", reason="opted_out", at=NOW, contact=contact)
    bring(CONTACTS, table(CONTACT | {"consent_email": "no"}))
    bring(CONTACTS, table(CONTACT))
    found = permissions_of([contact.pk])[contact.pk]["email"]
    assert (found.consent, found.suppressed_by) == ("yes", ("opted_out",))


def test_contacts_are_found_by_a_former_address_and_take_one_external_id() -> None:
    contact = services.create_contact(name="", email="old@one.example")
    services.set_address(contact=contact, kind="email", value="new@one.example")
    assert counts(bring(CONTACTS, "email,name\nold@one.example,Ada\n")) == (0, 1, 0, 0)
    assert contact.addresses.get(is_primary=True).value == "old@one.example"
    text = "external_id,email\nx,old@one.example\ny,old@one.example\n"
    assert counts(bring(CONTACTS, text)) == (1, 1, 0, 0)
    contact.refresh_from_db()
    assert contact.external_id == "x"
    assert counts(bring(CONTACTS, text)) == (0, 0, 2, 0)


@pytest.mark.parametrize(
    "text",
    [
        "external_id,email\nx,a@one.example\nx,b@one.example\n",
        "external_id,email\nx,a@one.example\n,a@one.example\n",
        "external_id,email\n,a@one.example\nx,a@one.example\n",
        "email\na@one.example\nA@one.example\n",
    ],
)
def test_the_same_contact_twice_in_a_file_counts_once(text: str) -> None:
    report = bring(CONTACTS, text)
    assert counts(report) == (1, 0, 0, 1)
    assert [line for line, _ in report.refusals] == [3]
    assert "line 2" in report.refusals[0][1]
    assert counts(bring(CONTACTS, text)) == (0, 0, 1, 1)


def test_opt_outs_hold_for_those_we_know_and_those_we_do_not() -> None:
    contact = services.create_contact(name="Ada", email="ada@one.example", phone="+12025550143")
    text = (
        "email,phone,channel,reason,at,source\nADA@one.example,,,,2026-01-01,form\n,202-555-0143,sms,legal,,\n"
        "new@one.example,,email,complaint,,\nada@one.example,,,,2026-02-02,again\n"
    )
    assert counts(bring(OPTOUTS, text)) == (3, 0, 1, 0)
    found = permissions_of([contact.pk])[contact.pk]
    assert found["email"].suppressed_by == ("opted_out",)
    assert found["sms"].suppressed_by == ("opted_out", "legal")
    assert counts(bring(OPTOUTS, text)) == (0, 0, 4, 0)
    bring(CONTACTS, "email\nnew@one.example\n")
    later = Contact.objects.get(addresses__value="new@one.example")
    assert permissions_of([later.pk])[later.pk]["email"].suppressed_by == ("complaint",)


def test_a_lifted_opt_out_comes_back_unless_it_is_the_very_same_one() -> None:
    text = "email,at\na@one.example,2026-01-01\n"
    bring(OPTOUTS, text)
    services.lift_suppression(suppression=Suppression.objects.get(), reason="Asked again", by=make_user(), at=NOW)
    assert counts(bring(OPTOUTS, text)) == (0, 0, 1, 0)
    assert counts(bring(OPTOUTS, "email\na@one.example\n")) == (1, 0, 0, 0)


def test_unknown_reasons_and_rows_about_nobody_are_refused() -> None:
    report = bring(OPTOUTS, "email,reason\na@one.example,mood\n,\n ,legal\nbad,legal\n")
    assert counts(report) == (0, 0, 0, 3)
    assert [line for line, _ in report.refusals] == [2, 4, 5]
    assert "opted_out, explicit_no" in report.refusals[0][1]


# Bad input: each item of the list is refused by line and in words, and the rest is imported.


def test_every_bad_row_is_named_and_the_others_come_in() -> None:
    text = "\n".join(
        [
            "external_id,name,strategic",
            "1,One,yes",
            "2,Two,perhaps",
            ",Three,no",
            "4,Four",
            "1,Again,no",
            '5,"Five',
            "6,=HYPERLINK(1),no",
            "7,<script>alert(1)</script>,no",
        ]
    )
    sink = io.StringIO()
    report = bring(ACCOUNTS, text, refused_to=sink)
    assert counts(report) == (3, 0, 0, 5)
    assert [line for line, _ in report.refusals] == [3, 4, 5, 6, 7]
    assert set(Account.objects.values_list("name", flat=True)) == {"One", "=HYPERLINK(1)", "<script>alert(1)</script>"}
    written = list(csv.DictReader(io.StringIO(sink.getvalue())))
    assert [row["line"] for row in written] == ["3", "4", "5", "6", "7"]
    assert written[0]["name"] == "Two"
    assert "perhaps" in written[0]["problem"]
    assert all(row["problem"].endswith(".") for row in written)


def test_nothing_unless_all_and_a_dry_run_write_nothing_and_count_the_same() -> None:
    text = "external_id,strategic,owner\n1,yes,Mo\n2,perhaps,Mo\n"
    strict = bring(ACCOUNTS, text, strict=True, create_owners=True)
    assert strict.nothing_written
    dry = bring(ACCOUNTS, text, dry_run=True, create_owners=True)
    assert not Account.objects.exists()
    assert not User.objects.filter(name="Mo").exists()
    assert not AuditEntry.objects.exists()
    real = bring(ACCOUNTS, text, create_owners=True)
    assert counts(strict) == counts(dry) == counts(real) == (1, 0, 0, 1)
    assert (dry.refusals, dry.notes) == (real.refusals, real.notes)
    assert Account.objects.get().owner == User.objects.get(name="Mo")


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("name\nx\n", {}, "no column for external_id"),
        ("external_id;name\n1;x\n", {}, "--delimiter"),
        (
            "id,name\n1,x\n",
            {"mapping": {"external_id": "key"}},
            "no column “key” for external_id",
        ),
        ("", {}, "empty"),
        (b"external_id\n\xff\n", {}, "byte number 1 is 0xFF"),
    ],
)
def test_files_refused_as_a_whole(text: str | bytes, options: dict[str, Any], says: str) -> None:
    with pytest.raises(FileRefused) as refused:
        bring(ACCOUNTS, text, **options)
    assert says in str(refused.value)


def test_a_bad_byte_far_down_takes_everything_back() -> None:
    with pytest.raises(FileRefused, match="Line 4002 "):
        bring(ACCOUNTS, b"external_id\n" + b"".join(b"%d\n" % n for n in range(4000)) + b"\xe9\n")
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "options",
    [
        {"mapping": {"colour": "name"}},
        {"constants": {"colour": "red"}},
        {"constants": {"strategic": "perhaps"}},
        {"constants": {"name": "x"}, "mapping": {"name": "name"}},
        {"stage_map": {"a": "new"}},
        {"delimiter": ",,"},
        {"delimiter": '"'},
        {"create_accounts": True},
    ],
)
def test_arguments_that_fit_no_file(options: dict[str, Any]) -> None:
    with pytest.raises(WrongArguments, match=r"\."):
        bring(ACCOUNTS, "external_id,name\n1,x\n", **options)


def test_mapping_constants_and_delimiter() -> None:
    text = "id;Name of it;name\n1;One;Other\n"
    report = bring(
        ACCOUNTS,
        text,
        delimiter=";",
        mapping={"external_id": "id", "name": "Name of it"},
        constants={"industry": "Music"},
    )
    assert report.ignored_columns == ["name"]
    assert list(Account.objects.values_list("external_id", "name", "industry")) == [("1", "One", "Music")]


EXPORTS = [(ACCOUNTS, exports.accounts), (CONTACTS, exports.contacts), (OPTOUTS, exports.optouts)]


@pytest.mark.parametrize(("importer", "rows"), EXPORTS)
def test_an_export_imports_unchanged(importer: Importer, rows: Callable[[], Iterable[Sequence[object]]]) -> None:
    services.create_account(external_id="=a", name="-One", owner=make_user(), strategic=True, timezone="Asia/Tokyo")
    bring(CONTACTS, table(CONTACT | {"account": "=a", "name": "@Ada", "external_id": "'+1"}))
    bring(OPTOUTS, "email,source\n=x@one.example,=form\n")
    sink = io.StringIO()
    writer = SafeWriter(sink, columns(importer))
    for row in rows():
        writer.write(row)
    assert counts(bring(importer, sink.getvalue())) == (0, 0, 1, 0)


def test_the_number_of_queries_does_not_grow_with_the_rows() -> None:
    def queries(rows: int) -> int:
        text = "external_id,email,account,consent_email\n" + "".join(
            f"{rows}-{n},{rows}-{n}@one.example,a{n},yes\n" for n in range(rows)
        )
        with CaptureQueriesContext(connection) as captured:
            bring(CONTACTS, text, create_accounts=True)
        return len(captured)

    assert queries(2) == queries(300)


cells = st.text(st.sampled_from("ab1,;\"'\n\r =-+@<\x00é2026yes"), max_size=40)


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | cells
calm = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def taken_back() -> Iterator[None]:
    """Each example begins with what the test began with."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@calm
@given(st.sampled_from([ACCOUNTS, CONTACTS, OPTOUTS]), st.lists(anything, max_size=12))
def test_whatever_is_in_a_file_every_row_is_counted_and_a_second_time_changes_nothing(
    importer: Importer, lines: list[str]
) -> None:
    text = ",".join(one.name for one in importer.fields) + "\n" + "\n".join(lines)
    with taken_back():
        try:
            first = bring(importer, text)
        except FileRefused:
            return
        second = bring(importer, text)
    assert first.rows == second.rows == len(list(Table(io.BytesIO(text.encode())).rows()))
    assert counts(second)[:2] == (0, 0)
    assert first.refused == second.refused


people: st.SearchStrategy[dict[str, str]] = st.builds(
    dict,
    external_id=st.sampled_from(["", "x", "y", "z"]),
    email=st.sampled_from(["", "a@one.example", "b@one.example", "c@one.example"]),
    phone=st.sampled_from(["", "+12025550143", "+12025550144"]),
    name=st.sampled_from(["", "Ada", "Bob"]),
    consent_email=st.sampled_from(["", "yes", "no"]),
)


def contradicts_itself(files: list[list[dict[str, str]]]) -> bool:
    """Whether an address belongs to one person in one row and to another, or to nobody by name, in the next."""
    owners: dict[str, set[str]] = {}
    for row in (row for rows in files for row in rows):
        owners.setdefault(row["email"], set()).add(row["external_id"])
    return any(len(of_address) > 1 for address, of_address in owners.items() if address)


@calm
@given(st.lists(st.lists(people, min_size=1, max_size=6), min_size=1, max_size=2))
def test_contacts_come_to_rest_whoever_shares_what(files: list[list[dict[str, str]]]) -> None:
    """A second reading changes nothing. Where files give one address to several people, the third one does not."""
    with taken_back():
        for rows in files:
            first = bring(CONTACTS, table(*rows))
            assert first.rows == sum(any(row.values()) for row in rows)
            if contradicts_itself(files):
                bring(CONTACTS, table(*rows))
            assert counts(bring(CONTACTS, table(*rows)))[:2] == (0, 0)


def test_after_a_large_file_the_planner_knows_what_is_there() -> None:
    bring(ACCOUNTS, table(*({"external_id": str(number), "name": f"Account {number}"} for number in range(150))))
    with connection.cursor() as cursor:
        # By its name alone it could be the copy that the tests keep aside in a schema of its own.
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'public.contacts_account'::regclass")
        assert cursor.fetchone()[0] >= 150

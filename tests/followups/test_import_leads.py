"""Leads and touches from files: the person behind each lead, what follows a changed address, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import services
from contacts.exporting import columns
from contacts.importing.cells import SafeWriter
from contacts.importing.describe import Importer, Report
from contacts.importing.errors import WrongArguments
from contacts.models import Contact, Touch
from contacts.permission import permissions_of
from followups import exports
from followups.imports import LEADS, TOUCHES
from followups.models import Lead, LeadTouch
from tests.contacts.files import NOW, bring, counts, table
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def lead(external_id: str) -> Lead:
    return Lead.objects.get(external_id=external_id)


def primary(found: Lead, kind: str = "email") -> str:
    return found.contact.addresses.get(kind=kind, is_primary=True).value


def current(*rows: tuple[str, str]) -> Report:
    return bring(LEADS, "external_id,email\n" + "".join(f"{key},{email}@one.example\n" for key, email in rows))


def test_a_lead_with_everything_and_a_second_time_unchanged() -> None:
    owner = make_user(name="Mo Frase")
    account = services.create_account(external_id="a1", name="One")
    text = table(
        {
            "external_id": "1",
            "name": "Ada",
            "email": "ada@one.example",
            "account": "ONE",
            "consent_email": "yes",
            "owner": "mo frase",
            "stage": "Engaging",
            "value": "1054",
            "currency": "eur",
            "next_step": "Call",
            "next_step_on": "3/1/2026",
            "last_touch_at": "2/1/2026",
            "future_fit": "yes",
            "strategic": "",
            "product": "x",
        }
    )
    options = {"date_format": "%m/%d/%Y", "stage_map": {"Engaging": "qualified"}}
    report = bring(LEADS, text, **options)
    assert counts(report) == (1, 0, 0, 0)
    assert report.ignored_columns == ["product"]
    made = lead("1")
    assert (made.owner, made.account, made.contact.account) == (owner, account, account)
    assert (made.stage, made.value, made.currency) == ("qualified", Decimal("1054.00"), "EUR")
    assert (made.next_step_on, made.last_touch_at) == (date(2026, 3, 1), datetime(2026, 2, 1, tzinfo=UTC))
    assert (made.future_fit, made.strategic) == (True, False)
    assert permissions_of([made.contact_id])[made.contact_id]["email"].consent == "yes"
    assert counts(bring(LEADS, text, **options)) == (0, 0, 1, 0)


def test_tags_are_written_over_and_an_empty_cell_takes_them_away() -> None:
    bring(LEADS, "external_id,tags\n1,fair; Press\n2,fair\n")
    assert (lead("1").tags, lead("2").tags) == (["fair", "Press"], ["fair"])
    assert counts(bring(LEADS, "external_id,tags\n1,fair|Press\n2,\n")) == (0, 1, 1, 0)
    assert (lead("1").tags, lead("2").tags) == (["fair", "Press"], [])
    bring(LEADS, "external_id,stage\n1,won\n")
    assert lead("1").tags == ["fair", "Press"]


def test_unknown_owners_and_accounts_are_left_empty_and_counted() -> None:
    report = bring(LEADS, "external_id,owner,account\n1,Nobody,Nowhere\n2,,\n")
    assert set(report.notes) == {
        "rows without an owner we know: 1",
        "rows with no owner: 1",
        "rows with an account we do not know: 1",
        "rows with no account: 1",
    }
    assert (lead("1").owner, lead("1").account) == (None, None)
    report = bring(
        LEADS,
        "external_id,owner,account\n1,Nobody,Nowhere\n2,nobody,NOWHERE\n",
        create_owners=True,
        create_accounts=True,
    )
    assert counts(report) == (0, 2, 0, 0)
    assert lead("1").owner == lead("2").owner is not None
    assert lead("1").account == lead("2").account is not None


def test_an_empty_stage_leaves_it_and_an_unknown_one_is_refused() -> None:
    bring(LEADS, "external_id,stage\n1,proposal\n2,\n")
    assert counts(bring(LEADS, "external_id,stage\n1,\n2,\n")) == (0, 0, 2, 0)
    assert (lead("1").stage, lead("2").stage) == ("proposal", "new")
    report = bring(LEADS, "external_id,stage\n1,Engaging\n")
    assert "new, qualified, proposal" in report.refusals[0][1]
    with pytest.raises(WrongArguments, match="stage map"):
        bring(LEADS, "external_id,stage\n1,x\n", stage_map={"x": "somewhere"})


def test_leads_with_one_address_share_one_contact_and_others_get_their_own() -> None:
    text = "external_id,email,phone\n1,a@one.example,\n2,A@one.example,\n3,,202-555-0143\n4,,+12025550143\n5,,\n6,,\n"
    assert counts(bring(LEADS, text)) == (6, 0, 0, 0)
    assert lead("1").contact == lead("2").contact
    assert lead("3").contact == lead("4").contact
    assert Contact.objects.count() == 4
    assert counts(bring(LEADS, text)) == (0, 0, 6, 0)


def test_a_lead_finds_a_contact_by_its_former_address() -> None:
    contact = services.create_contact(name="Ada", email="old@one.example")
    services.set_address(contact=contact, kind="email", value="new@one.example")
    current(("1", "old"))
    assert lead("1").contact == contact


def test_a_new_address_of_the_only_lead_moves_its_contact() -> None:
    current(("1", "a"))
    before = lead("1").contact
    assert counts(current(("1", "b"))) == (0, 1, 0, 0)
    assert lead("1").contact == before
    assert primary(lead("1")) == "b@one.example"
    assert before.addresses.get(is_primary=False).value == "a@one.example"
    assert counts(current(("1", "b"))) == (0, 0, 1, 0)


def test_a_new_address_of_one_of_several_leads_gets_a_contact_that_inherits_the_refusals() -> None:
    current(("1", "a"), ("2", "a"))
    shared = lead("1").contact
    services.suppress(channel="email", reason="explicit_no", at=NOW, contact=shared)
    services.suppress(channel="all", reason="opted_out", at=NOW, address=("email", "a@one.example"))
    services.suppress(channel="email", reason="hard_bounce", at=NOW, address=("email", "a@one.example"))
    assert counts(current(("1", "b"), ("2", "a"))) == (0, 1, 1, 0)
    moved = lead("1").contact
    assert moved != shared == lead("2").contact
    assert permissions_of([moved.pk])[moved.pk]["email"].suppressed_by == ("opted_out", "explicit_no")
    assert counts(current(("1", "b"), ("2", "a"))) == (0, 0, 2, 0)


def test_swapped_addresses_swap_contacts() -> None:
    current(("1", "a"), ("2", "b"))
    first, second = lead("1").contact, lead("2").contact
    assert counts(current(("1", "b"), ("2", "a"))) == (0, 2, 0, 0)
    assert (lead("1").contact, lead("2").contact) == (second, first)
    assert counts(current(("1", "b"), ("2", "a"))) == (0, 0, 2, 0)


def test_the_stricter_consent_of_two_rows_about_one_person_counts() -> None:
    bring(LEADS, "external_id,email,consent_email\n1,a@one.example,no\n2,a@one.example,yes\n")
    contact = lead("1").contact
    assert permissions_of([contact.pk])[contact.pk]["email"].consent == "no"


emails = st.sampled_from(["", "a@one.example", "b@one.example", "c@one.example"])
phones = st.sampled_from(["", "+12025550143"])
files = st.lists(
    st.dictionaries(
        st.sampled_from("1234"),
        st.tuples(emails, phones),
        min_size=1,
    ),
    min_size=2,
    max_size=3,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files, st.integers(0, 3))
def test_no_import_lowers_a_refusal_and_every_file_comes_to_rest(
    changes: list[dict[str, tuple[str, str]]], refused: int
) -> None:
    with transaction.atomic():
        stopped: set[str] = set()
        for step, rows in enumerate(changes):
            text = table(
                *({"external_id": key, "email": email, "phone": phone} for key, (email, phone) in rows.items())
            )
            assert counts(bring(LEADS, text))[3] == 0
            assert counts(bring(LEADS, text)) == (0, 0, len(rows), 0)
            if step == 0:
                chosen = Lead.objects.order_by("external_id")[refused % len(rows)]
                services.suppress(channel="email", reason="explicit_no", at=NOW, contact=chosen.contact)
            held = {
                found.external_id
                for found in Lead.objects.all()
                if "explicit_no" in permissions_of([found.contact_id])[found.contact_id]["email"].suppressed_by
            }
            assert stopped <= held
            stopped = held
        transaction.set_rollback(True)


TOUCH = {
    "lead": "1",
    "at": "2026-02-01T10:00:00Z",
    "direction": "out",
    "channel": "email",
    "kind": "quote",
    "summary": "Two lines\nof words",
    "returns_on": "",
}


def test_touches_come_in_once() -> None:
    current(("1", "a"))
    text = table(TOUCH, TOUCH, TOUCH | {"kind": "", "direction": "IN"}, TOUCH | {"lead": "9"}, TOUCH | {"at": ""})
    report = bring(TOUCHES, text)
    assert counts(report) == (2, 0, 1, 2)
    assert [line for line, _ in report.refusals] == [8, 10]
    assert "There is no lead “9”" in report.refusals[0][1]
    assert set(LeadTouch.objects.values_list("lead__external_id", "touch__direction", "touch__kind")) == {
        ("1", "out", "quote"),
        ("1", "in", "message"),
    }
    assert counts(bring(TOUCHES, text)) == (0, 0, 3, 2)


def test_a_touch_recorded_by_hand_is_not_doubled_by_a_file() -> None:
    current(("1", "a"))
    touch = services.record_touch(
        contact=lead("1").contact,
        at=datetime(2026, 2, 1, 10, tzinfo=UTC),
        direction="out",
        kind="quote",
        channel="email",
        summary="x",
    )
    LeadTouch.objects.create(touch=touch, lead=lead("1"))
    assert counts(bring(TOUCHES, table(TOUCH | {"summary": "x"}))) == (0, 0, 1, 0)
    assert Touch.objects.count() == 1


@pytest.mark.parametrize(("importer", "rows"), [(LEADS, exports.leads), (TOUCHES, exports.touches)])
def test_an_export_imports_unchanged(importer: Importer, rows: Callable[[], Iterable[Sequence[object]]]) -> None:
    bring(
        LEADS,
        "external_id,name,email,phone,account,owner,stage,value,last_touch_at,next_step,future_fit,consent_email,tags\n"
        "=1,@Ada,a@one.example,2025550143,One,Mo,proposal,-0.00,2026-02-01T10:00:00.123456Z,-call,yes,yes,=a|b\n",
        create_owners=True,
        create_accounts=True,
    )
    bring(TOUCHES, table(TOUCH | {"lead": "'=1", "summary": "=1\n+2"}))
    sink = io.StringIO()
    writer = SafeWriter(sink, columns(importer))
    for row in rows():
        writer.write(row)
    assert sink.getvalue().count("=1") >= 1
    assert counts(bring(importer, sink.getvalue())) == (0, 0, 1, 0)

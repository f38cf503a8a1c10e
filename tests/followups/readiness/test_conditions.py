"""What holds new sequences back, and that nothing else does (000, “Not ready if”, 1 to 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from contacts.models import ImportFile
from followups import services
from followups.models import CadenceVersion, Decision, Lead, Outcome, Sequence
from followups.states import VersionStatus
from outreach.models import Draft, ProviderNotice
from tests.factories import make_user
from tests.followups.making import NOW, ago, draft_of, drafts_of, make_contact, make_lead, owner_of, send, swept

pytestmark = pytest.mark.django_db

HERE = "http://localhost:8000"
WAITS = ("missed_next_step", "unanswered_quote", "quiet_proposal", "stalled_conversation", "no_reply")


def gaps() -> list[str]:
    return [gap.code for gap in services.why_not_start(NOW)]


def notice(received_at: Any, status: str = "waiting", provider: str = "generic") -> ProviderNotice:
    return ProviderNotice.objects.create(
        provider=provider,
        kind="tracking",
        external_id=f"n{ProviderNotice.objects.count()}",
        body=b"{}",
        received_at=received_at,
        status=status,
        done_at=None if status == "waiting" else received_at,
    )


def sent_long_ago(provider: str) -> None:
    """A message that left by this provider eight days ago."""
    make_lead()
    swept()
    draft = Draft.objects.latest("pk")
    send(draft, at=ago(8))
    Draft.objects.filter(pk=draft.pk).update(provider=provider)


def test_a_fresh_installation_with_a_folder_is_ready() -> None:
    assert gaps() == []
    assert {one.state for one in services.conditions(NOW)} == {"ok"}


def test_not_ready_1_without_a_published_threshold() -> None:
    CadenceVersion.objects.update(status=VersionStatus.RETIRED)
    assert gaps() == ["threshold"]
    CadenceVersion.objects.update(status=VersionStatus.PUBLISHED, **{f"wait_{one}": 0 for one in WAITS})
    assert gaps() == ["threshold"]
    CadenceVersion.objects.update(wait_no_reply=1)
    assert gaps() == []


def test_not_ready_2_while_nobody_reads_what_came_in() -> None:
    notice(ago(hours=2), status="done")
    recent = notice(ago(minutes=59))
    assert gaps() == []
    ProviderNotice.objects.filter(pk=recent.pk).update(received_at=ago(minutes=61))
    (gap,) = services.why_not_start(NOW)
    assert gap.code == "opt_outs"
    assert "Start the worker" in gap.sentence
    assert gap.url == "/readiness/#opt_outs"


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ({"EMAIL_URL": "smtp://mail.ours.example:25"}, ["bounces"]),
        ({"EMAIL_URL": "smtp://mail.ours.example:25", "IMAP_URL": "imaps://u:p@ours.example/INBOX"}, []),
        ({"EMAIL_URL": "smtp://mail.ours.example:25", "WEBHOOK_SECRET": ["a:b"]}, []),
        ({"EMAIL_URL": "postmark://token@"}, ["bounces"]),
        ({"EMAIL_URL": "postmark://token@", "WEBHOOK_SECRET": ["a:b"]}, []),
        ({"EMAIL_URL": "mailgun://key@ours.example", "WEBHOOK_SECRET": ["a:b"]}, ["bounces"]),
        ({"EMAIL_URL": "mailgun://key@ours.example", "MAILGUN_WEBHOOK_SIGNING_KEY": "k"}, []),
        ({"EMAIL_URL": "nothing://x"}, ["bounces"]),
        ({"EMAIL_URL": "postmark://token@", "WEBHOOK_SECRET": ["a:b"], "PUBLIC_URL": HERE}, ["opt_outs"]),
        ({"EMAIL_URL": "smtp://localhost:25", "WEBHOOK_SECRET": ["a:b"], "PUBLIC_URL": HERE}, []),
    ],
)  # fmt: skip
def test_not_ready_2_without_a_feed_of_bounces_and_opt_outs(
    settings: Settings, settled: dict[str, Any], expected: list[str]
) -> None:
    for name, value in {"PUBLIC_URL": "https://ours.example", **settled}.items():
        setattr(settings, name, value)
    assert gaps() == expected


def test_not_ready_2_where_a_provider_is_silent_for_a_week(settings: Settings) -> None:
    sent_long_ago("postmark")
    settings.EMAIL_URL, settings.WEBHOOK_SECRET = "postmark://token@", ["a:b"]
    settings.PUBLIC_URL = "https://ours.example"
    assert gaps() == ["bounces"]
    settings.EMAIL_URL = "smtp://mail.ours.example:25"
    # A mail server reports only what came back: silence may be good news.
    assert [one.state for one in services.conditions(NOW)] == ["ok", "ok", "look", "ok"]
    settings.EMAIL_URL = "postmark://token@"
    notice(ago(3), status="done", provider="postmark")
    assert gaps() == []


def test_not_ready_3_where_stage_and_disposition_contradict_each_other() -> None:
    lead = make_lead()
    services.close_out(lead=lead, disposition="lost", reason="", by=make_user("SDR manager"), now=ago(13))
    assert gaps() == []
    Lead.objects.filter(pk=lead.pk).update(disposition_at=ago(15))
    assert gaps() == ["taxonomy"]
    assert list(services.contradicting(Lead.objects.all(), NOW)) == [lead]
    Lead.objects.filter(pk=lead.pk).update(stage="lost")
    assert gaps() == []
    Lead.objects.filter(pk=lead.pk).update(stage="won")
    assert gaps() == ["taxonomy"]


def test_a_single_slip_among_many_is_worth_a_look_and_holds_nothing_back() -> None:
    lead = make_lead()
    Lead.objects.bulk_create(Lead(external_id=f"many{i}", contact=lead.contact, stage="lost") for i in range(100))
    services.close_out(lead=lead, disposition="won", reason="", by=make_user("SDR manager"), now=ago(20))
    assert gaps() == []
    assert services.conditions(NOW)[3].state == "look"


def test_not_ready_3_where_an_outcome_came_to_stand_for_something_else() -> None:
    lead = make_lead()
    services.close_out(lead=lead, disposition="no_response", reason="", by=owner_of(lead), now=ago(1))
    outcome = Outcome.objects.get(key="no-response")
    Lead.objects.filter(pk=lead.pk).update(outcome=outcome)
    assert gaps() == []
    Outcome.objects.filter(pk=outcome.pk).update(disposition="nurture")
    assert gaps() == ["taxonomy"]
    Outcome.objects.filter(pk=outcome.pk).update(disposition="no_response", active=False)
    assert gaps() == ["taxonomy"]
    assert "No response" in services.why_not_start(NOW)[0].sentence


def test_new_sequences_wait_and_begin_with_the_next_sweep_once_it_is_mended(settings: Settings) -> None:
    under_way, fresh = make_lead(), make_lead()
    swept(lead_ids=[under_way.pk])
    assert drafts_of(under_way) == ["awaiting_review"]
    folder = settings.EMAIL_URL
    settings.EMAIL_URL = "smtp://mail.ours.example:25"
    services.add_note(lead=under_way, text="They moved offices.", by=owner_of(under_way), now=NOW)

    rows = swept()

    assert rows[fresh.external_id].decision.kind.value == "continue"
    assert Decision.objects.filter(lead=fresh, decision="continue").count() == 1
    assert not Sequence.objects.filter(lead=fresh).exists()
    assert drafts_of(fresh) == []
    assert Sequence.objects.get(lead=under_way).status == "open"
    assert "awaiting_review" in drafts_of(under_way)
    assert not any(row.changed for row in swept().values())

    settings.EMAIL_URL = folder
    assert swept()[fresh.external_id].changed
    assert drafts_of(fresh) == ["awaiting_review"]
    assert Decision.objects.filter(lead=fresh).count() == 1


def test_what_is_under_way_goes_to_its_next_step(settings: Settings) -> None:
    lead = make_lead(next_step="Call", next_step_on=ago(2).date())
    swept()
    send(draft_of(lead), at=NOW)
    settings.EMAIL_URL = "smtp://mail.ours.example:25"
    swept(NOW + timedelta(days=8))
    assert len(drafts_of(lead)) == 2


def test_asking_takes_two_queries_and_a_sweep_asks_once() -> None:
    for _ in range(3):
        make_lead()
    with CaptureQueriesContext(connection) as counted:
        services.why_not_start(NOW)
    assert len(counted) == 2
    with CaptureQueriesContext(connection) as counted:
        swept()
    assert sum("outreach_providernotice" in query["sql"] and "unnest" in query["sql"] for query in counted) == 1


def test_pages_say_why_nothing_was_started_and_what_to_do(client: Client, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.ours.example:25"
    lead = make_lead()
    swept()
    client.force_login(owner_of(lead))
    for address in ("/leads/", f"/leads/{lead.pk}/"):
        page = client.get(address).content.decode()
        assert "Not started: Mail leaves by a mail server" in page
        assert 'href="/readiness/#bounces"' in page
    page = client.get("/readiness/").content.decode()
    assert 'id="bounces"' in page
    assert "Nothing new begins" in page
    settings.EMAIL_URL = "outbox"
    swept()
    for address in ("/leads/", f"/leads/{lead.pk}/"):
        assert "Not started" not in client.get(address).content.decode()
    assert "Leads that fall silent are followed up" in client.get("/readiness/").content.decode()


def test_the_page_tells_what_is_known_of_leads_and_names_those_that_contradict_themselves(client: Client) -> None:
    lead, _ = make_lead(), make_lead(owner=None, contact=make_contact(consent=None))
    services.close_out(lead=lead, disposition="lost", reason="", by=make_user("SDR manager"), now=ago(20))
    ImportFile.objects.create(
        kind="leads",
        file="x.csv",
        original_name="x.csv",
        uploaded_by=owner_of(lead),
        status="done",
        report={"refusals": [[3, "“hot” is not a stage here. The stages are new."]]},
    )
    owners, consent, stages = services.known_about_leads()
    assert owners.measured == "50% of 2 open leads have an owner."
    assert consent.measured.startswith("Of 50% of the people")
    assert "“hot” is not a stage here" in stages.measured
    client.force_login(owner_of(lead))
    with time_machine.travel(NOW, tick=False):
        assert f'href="/leads/{lead.pk}/"' in client.get("/readiness/").content.decode()


def test_the_page_takes_as_many_queries_for_many_leads_as_for_few(client: Client) -> None:
    client.force_login(make_user("SDR manager"))
    client.get("/readiness/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get("/readiness/")
        counts.append(len(counted))
        for _lead in range(3):
            services.close_out(lead=make_lead(), disposition="won", reason="", by=make_user(), now=ago(20))
    assert counts[0] == counts[1]

"""The library: what is on the shelf, what it was used for and with what answer, and who may change it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from followups import services
from followups.models import Asset, Lead
from outreach.models import Reply
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.followups.making import NOW, ago, day, draft_of, make_lead, make_touch, owner_of, send, swept

pytestmark = pytest.mark.django_db

FORM = {"title": "A guide", "link": "https://ours.example/g", "industries": "retail, banks", "tags": "guide"}


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager")


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def make_asset(**fields: Any) -> Asset:
    given = {"title": "A guide", "link": "https://ours.example/g", "published_at": ago(2), "stages": ["qualified"]}
    return services.create_asset(**{**given, **fields})


def given_material(at: Any = NOW, **fields: Any) -> Lead:
    """A lead that got the asset in a message."""
    lead = make_lead(stage="qualified", quote_sent_on=None, last_touch_at=ago(20), **fields)
    swept(lead_ids=[lead.pk])
    send(draft_of(lead), at=at)
    return lead


def titles(client: Client, **query: str) -> list[str]:
    rows = client.get("/material/", query).context["rows"]
    return [asset.title for asset, *_ in rows]


# --- what was spent -------------------------------------------------------------------------------------------------


def test_what_was_spent_says_what_when_and_what_came_back() -> None:
    make_asset()
    lead = given_material(at=ago(1))
    (spent,) = services.spent_on(lead)
    assert (spent.kind, spent.key, spent.sent_at) == (
        "Something new for them",
        f"asset:{Asset.objects.get().pk}",
        ago(1),
    )
    assert "A guide" in spent.what
    assert (spent.answer, spent.answered_at) == ("", None)
    make_touch(lead, at=ago(hours=2), direction="in", kind="auto_reply")
    assert services.spent_on(lead)[0].answer == ""
    touch = make_touch(lead, at=ago(hours=1), direction="in")
    assert (services.spent_on(lead)[0].answer, services.spent_on(lead)[0].answered_at) == ("They wrote", ago(hours=1))
    Reply.objects.create(
        contact=lead.contact, channel="email", at=NOW, label="explicit_no", confidence=1, status="open", touch=touch
    )
    assert services.spent_on(lead)[0].answer == "No, thank you"


def test_what_waits_only_holds_its_reason_and_what_was_given_up_holds_none() -> None:
    lead = make_lead()
    swept()
    (held,) = services.spent_on(lead)
    assert (held.kind, held.sent_at) == ("The quote is unanswered", None)
    services.pause(lead=lead, until=None, reason="", by=owner_of(lead), now=NOW)
    assert services.spent_on(lead) == []


def test_an_answer_belongs_to_the_last_message_before_it() -> None:
    make_asset()
    lead = given_material(at=ago(12))
    services.add_note(lead=lead, text="They grow.", by=owner_of(lead), now=ago(6))
    swept()
    send(draft_of(lead), at=ago(3))
    make_touch(lead, at=ago(1), direction="in")
    assert [(one.kind, bool(one.answer)) for one in services.spent_on(lead)] == [
        ("A note by the owner", True),
        ("Something new for them", False),
    ]


def test_how_often_an_asset_was_used_and_answered() -> None:
    asset, other = make_asset(), make_asset(title="Other", stages=["negotiation"])
    first, _ = given_material(at=ago(1)), given_material(at=ago(1))
    touch = make_touch(first, at=NOW, direction="in")
    Reply.objects.create(
        contact=first.contact, channel="email", at=NOW, label="opt_out", confidence=1, status="open", touch=touch
    )
    assert services.how_used([asset.pk, other.pk]) == {asset.pk: services.Used(sent=2, answered=1, refused=1)}


# --- the shelf ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "Give it a title"),
        ({"title": "x" * 201}, "at most 200"),
        ({"link": "javascript:alert(1)"}, "whole address"),
        ({"link": "ours.example/g"}, "whole address"),
        ({"stages": []}, "at least one industry or stage"),
        ({"stages": ["sleeping"]}, "“sleeping” is not a stage"),
        ({"tags": ["x" * 61]}, "Shorten it to 60"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(services.Refused, match=words):
        make_asset(**fields)


def test_a_correction_makes_it_no_newer_and_is_on_record(manager: User) -> None:
    asset = make_asset(published_at=ago(30))
    changed = services.change_asset(
        asset=asset, title="Better", link=asset.link, industries=["retail"], stages=[], tags=["a", "a "],
        valid_until=None, by=manager,
    )  # fmt: skip
    assert (changed.title, changed.industries, changed.stages, changed.tags) == ("Better", ["retail"], [], ["a"])
    assert changed.published_at == ago(30)
    entry = AuditEntry.objects.get(action="followups.change_asset")
    assert entry.detail == {"fields": ["industries", "stages", "tags", "title"]}


def test_off_the_shelf_it_is_no_reason_from_that_moment_on(manager: User) -> None:
    asset = make_asset()
    lead = make_lead(stage="qualified", quote_sent_on=None, last_touch_at=ago(12))
    assert swept(dry_run=True)[lead.external_id].decision.reasons == ("new_material",)
    services.retire_asset(asset=asset, by=manager, now=NOW)
    assert swept(dry_run=True)[lead.external_id].decision.reasons == ("no_useful_reason",)
    with pytest.raises(services.Refused, match="off the shelf already"):
        services.retire_asset(asset=asset, by=manager, now=NOW)


# --- pages ----------------------------------------------------------------------------------------------------------


def test_the_list_finds_by_title_tag_and_industry_and_marks_what_expired(client: Client, manager: User) -> None:
    make_asset(title="Shops", industries=["Retail"], tags=["case"])
    make_asset(title="Banks", valid_until=day(30))
    signed_in(client, manager)
    assert titles(client) == ["Shops"]
    assert titles(client, shelf="expired") == ["Banks"]
    assert b"Off the shelf" in client.get("/material/", {"shelf": "expired"}).content
    assert titles(client, shelf="all") == ["Banks", "Shops"]
    for words in ("shop", "CASE", "retail"):
        assert titles(client, shelf="all", q=words) == ["Shops"]
    assert titles(client, shelf="all", q="none") == []
    assert titles(client, stage="won") == []


def test_pages_of_the_list_follow_each_other_and_take_the_same_queries(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(client, manager)
    make_asset(title="One")
    client.get("/material/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get("/material/")
        counts.append(len(counted))
        for number in range(5):
            make_asset(title=f"More {number}")
    assert counts[0] == counts[1]
    monkeypatch.setattr("followups.material_views.PAGE", 4)
    seen, address = [], "/material/"
    while address:
        context = client.get(address).context
        seen += [asset.pk for asset, *_ in context["rows"]]
        address = f"/material/{context['next_url']}" if context["next_url"] else ""
    assert sorted(seen) == sorted(Asset.objects.values_list("pk", flat=True))
    assert titles(client, after="nonsense") == titles(client)


def test_a_manager_adds_corrects_and_takes_away(client: Client, manager: User) -> None:
    signed_in(client, manager)
    client.post("/material/new/", {**FORM, "stages": ["proposal"], "valid_until": "2099-01-31"})
    asset = Asset.objects.get()
    assert (asset.industries, asset.stages, asset.tags) == (["retail", "banks"], ["proposal"], ["guide"])
    # The one form of a day that a browser takes from us.
    assert 'value="2099-01-31"' in client.get(f"/material/{asset.pk}/").content.decode()
    client.post(f"/material/{asset.pk}/change/", {**FORM, "title": "Another"})
    asset.refresh_from_db()
    assert (asset.title, asset.stages, asset.valid_until) == ("Another", [], None)
    client.post(f"/material/{asset.pk}/retire/")
    asset.refresh_from_db()
    assert asset.valid_until is not None
    answer = client.post("/material/new/", {**FORM, "industries": "", "link": "nowhere"})
    assert answer.status_code == 422
    assert "whole address" in answer.context["problem"]


def test_an_owner_reads_and_a_concierge_does_not(client: Client) -> None:
    asset = make_asset()
    signed_in(client, make_user("Account owner"))
    assert client.get("/material/").status_code == client.get(f"/material/{asset.pk}/").status_code == 200
    assert client.get("/material/new/").status_code == 403
    assert client.post(f"/material/{asset.pk}/change/", FORM).status_code == 403
    assert client.post(f"/material/{asset.pk}/retire/").status_code == 403
    signed_in(client, make_user("Concierge"))
    assert client.get("/material/").status_code == 403


def test_the_page_of_an_asset_names_only_leads_that_may_be_seen(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = make_asset()
    mine = make_user("Account owner", team=make_team())
    theirs = given_material(at=ago(1), owner=make_user("Account owner", team=make_team()))
    ours = [given_material(at=ago(1), owner=mine) for _ in range(2)]
    signed_in(client, mine)
    context = client.get(f"/material/{asset.pk}/").context
    assert {lead.pk for lead, _ in context["uses"]} == {lead.pk for lead in ours}
    assert context["used"].sent == 3
    monkeypatch.setattr("followups.material_views.USES", 2)
    signed_in(client, manager)
    context = client.get(f"/material/{asset.pk}/").context
    rest = client.get(f"/material/{asset.pk}/{context['next_url']}").context
    assert {lead.pk for lead, _ in [*context["uses"], *rest["uses"]]} == {theirs.pk, *(lead.pk for lead in ours)}

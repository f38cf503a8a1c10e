"""The list of playbooks and the page of one: who is in, what holds it back, pausing, resuming, scaling."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from retention import tasks
from retention.models import GuardrailReading, Playbook, PlaybookPause
from retention.pages import outcomes
from retention.services import playbooks
from retention.states import EnrolmentEnd, EnrolmentStatus, StepOutcome
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, make_customer
from tests.retention.pages import HTMX, named, queries
from tests.retention.playbook_pages.making import begun, came, enrol, in_force, kept
from tests.retention.playbooks.making import approved, drafted, put_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("Retention manager", name="Ada Ruiz")
    client.force_login(user)
    return user


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def breach(playbook: Playbook) -> None:
    """Complaints stop it, as the guardrails leave it behind."""
    GuardrailReading.objects.create(
        playbook=playbook, guardrail="complaints", at=NOW, count=4, total=900, value=0.0044, low=0.0017, high=0.0114,
        limit=0.001, breached=True, sentence="4 of 900 messages were reported as spam: 0.44%.",
    )  # fmt: skip
    playbooks.pause_playbook(
        playbook=playbook, reason="Spam complaints: 4 of 900.", by=None, now=NOW, guardrail="complaints"
    )


# --- the list -----------------------------------------------------------------------------------------------------


def test_each_playbook_says_who_is_in_it_and_what_to_do_next(client: Client, manager: User) -> None:
    running, stopped = in_force(name="rebook", priority=80), in_force(name="nudge")
    for status in (EnrolmentStatus.ACTIVE, EnrolmentStatus.WAITING, EnrolmentStatus.HELD_OUT):
        enrol(running, make_customer(), status)
    breach(stopped.playbook)
    rows = {row.playbook.name: row for row in client.get("/playbooks/").context["rows"]}
    assert (rows["rebook"].active, rows["rebook"].waiting, rows["rebook"].held_out) == (1, 1, 1)
    assert rows["rebook"].next.url == f"/playbooks/{running.playbook_id}/?who=waiting#who"
    assert rows["nudge"].state == "paused"
    assert rows["nudge"].next.url == f"/playbooks/{stopped.playbook_id}/#guardrails"
    text = words_of(client, "/playbooks/")
    assert "Too many: spam complaints" in text
    assert text.index("Rebook") < text.index("Nudge"), "the highest priority first"


@pytest.mark.trial
def test_tabs_narrow_the_list(client: Client, manager: User) -> None:
    running, stopped = in_force(name="rebook"), in_force(name="nudge")
    playbooks.pause_playbook(playbook=stopped.playbook, reason="Easter.", by=manager, now=NOW)
    enrol(running, make_customer(), EnrolmentStatus.WAITING)
    for tab, names in {"running": {"rebook"}, "paused": {"nudge"}, "waiting": {"rebook"}}.items():
        found = {row.playbook.name for row in client.get(f"/playbooks/?show={tab}").context["rows"]}
        assert found & {"rebook", "nudge"} == names, tab


def test_the_list_takes_as_many_queries_for_many(client: Client, manager: User) -> None:
    enrol(in_force(), make_customer())
    queries(client, "/playbooks/")
    before = queries(client, "/playbooks/")
    for _ in range(3):
        version = in_force()
        enrol(version, make_customer(), EnrolmentStatus.WAITING)
        kept(begun(version, [make_customer()]))
        breach(version.playbook)
    assert queries(client, "/playbooks/") == before


def test_an_owner_sees_the_list_and_changes_nothing(client: Client) -> None:
    version = in_force()
    client.force_login(make_user("Account owner"))
    assert "New playbook" not in words_of(client, "/playbooks/")
    for address in (f"/playbooks/{version.playbook_id}/pause/", "/playbooks/new/"):
        assert client.post(address, {"reason": "No.", "title": "x", "name": "x"}).status_code == 403
    assert not PlaybookPause.objects.exists()


@pytest.mark.trial
def test_a_new_playbook_is_a_draft_to_fill_in(client: Client, manager: User) -> None:
    answer = client.post("/playbooks/new/", {"title": "Try it", "name": "try-it"})
    version = Playbook.objects.get(name="try-it").versions.get()
    assert answer["Location"] == f"/playbooks/versions/{version.pk}/"
    taken = client.post("/playbooks/new/", {"title": "Again", "name": "try-it"})
    assert taken.status_code == 422
    assert "There is a playbook “try-it” already" in taken.content.decode()


# --- one playbook -------------------------------------------------------------------------------------------------


def test_the_page_names_who_is_where_and_why_they_wait(client: Client, manager: User) -> None:
    version = in_force()
    came(enrol(version, named("Marta Lind")))
    enrol(version, named("Bo Falk"), EnrolmentStatus.WAITING, waits_for="Waits for call minutes: 14 others go first.")
    address = f"/playbooks/{version.playbook_id}/"
    text = words_of(client, address)
    assert "Marta Lind" in text
    assert "Bo Falk" not in text
    assert "1. Book again: left out" in text
    assert "1: They came since it began." in text, "what was left out says why"
    waiting = words_of(client, f"{address}?who=waiting")
    assert "Waits for call minutes: 14 others go first." in waiting
    step = version.steps.get(position=1).pk
    assert "Marta Lind" in words_of(client, f"{address}?who=active&at={step}")
    assert "Marta Lind" not in words_of(client, f"{address}?who=active&at=0")


def test_names_of_other_teams_stay_hidden_and_are_counted(client: Client) -> None:
    team = make_team()
    version = in_force()
    enrol(version, named("Mine Lind", owner=make_user("Account owner", team=team)))
    enrol(version, named("Theirs Falk", owner=make_user("Account owner", team=make_team())))
    client.force_login(make_user("Account owner", team=team))
    page = client.get(f"/playbooks/{version.playbook_id}/")
    assert [one.name for one in page.context["members"]] == ["Mine Lind"]
    assert page.context["told"].inside["active"] == 2


def test_people_come_page_by_page_and_nobody_twice(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from retention.pages import members as module

    version = in_force()
    enrolments = [enrol(version, make_customer(), rank=rank) for rank in (5, 9, 5, 1, 9)]
    seen: list[int] = []
    after = ""
    while True:
        page = module.members(version.playbook, user=manager, status="active", after=after, size=2)
        seen += [one.enrolment.pk for one in page.rows]
        after = page.following
        if not after:
            break
    assert seen == [one.pk for one in sorted(enrolments, key=lambda one: (-one.rank, one.pk))]
    assert module.members(version.playbook, user=manager, status="active", after="nan_1").rows


def test_the_page_takes_as_many_queries_for_many(client: Client, manager: User) -> None:
    version = in_force()
    came(enrol(version, make_customer()))
    queries(client, f"/playbooks/{version.playbook_id}/")
    before = queries(client, f"/playbooks/{version.playbook_id}/")
    for _ in range(4):
        came(enrol(version, make_customer()))
    assert queries(client, f"/playbooks/{version.playbook_id}/") == before


def test_very_many_steps_are_counted_once_in_an_hour_and_the_page_says_when(
    client: Client, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "AT_ONCE", 2)
    version = in_force()
    address = f"/playbooks/{version.playbook_id}/"

    def left_out() -> tuple[int, bool]:
        page = client.get(address)
        return page.context["told"].steps[0].came.skipped, "counted once in an hour" in page.content.decode()

    came(enrol(version, make_customer()))
    assert left_out() == (1, False)
    came(enrol(version, make_customer()))
    assert left_out() == (2, True)
    came(enrol(version, make_customer()))
    assert left_out() == (2, True), "the third is counted with the next round"
    tasks.count_what_came_of_steps()
    assert left_out() == (3, True)
    assert "1: They came" not in (text := words_of(client, address))
    assert "3: They came since it began." in text


@pytest.mark.trial
def test_what_ended_says_why(client: Client, manager: User) -> None:
    version = in_force()
    enrol(
        version, named("Marta Lind"), EnrolmentStatus.ENDED, end=EnrolmentEnd.GOAL, end_note="A booking", ended_at=NOW
    )
    assert "Goal met. A booking" in words_of(client, f"/playbooks/{version.playbook_id}/?who=ended")


def test_a_playbook_is_paused_with_a_reason_and_goes_on_with_one(client: Client, manager: User) -> None:
    version = in_force()
    address = f"/playbooks/{version.playbook_id}/"
    assert client.post(f"{address}pause/", {"reason": " "}).status_code == 422
    client.post(f"{address}pause/", {"reason": "Easter."})
    pause = PlaybookPause.objects.get()
    assert (pause.reason, pause.paused_by) == ("Easter.", manager)
    assert "Paused by Ada Ruiz" in words_of(client, address)
    part = client.post(f"{address}resume/", {"reason": "Easter is over."}, headers=HTMX)
    assert part.content.decode().strip().startswith('<div class="stack-l"')
    pause.refresh_from_db()
    assert (pause.resume_reason, pause.resumed_by) == ("Easter is over.", manager)


def test_a_stale_pause_answers_with_the_fresh_state(client: Client, manager: User) -> None:
    version = in_force()
    playbooks.pause_playbook(playbook=version.playbook, reason="Easter.", by=None, now=NOW)
    answer = client.post(f"/playbooks/{version.playbook_id}/pause/", {"reason": "Me too."})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "stands still already" in text
    assert "Let it go on" in text


def test_after_a_guardrail_a_person_lets_it_go_on(client: Client, manager: User) -> None:
    version = in_force()
    breach(version.playbook)
    text = words_of(client, f"/playbooks/{version.playbook_id}/")
    assert "Stopped by a guardrail: spam complaints" in text
    assert "4 of 900 messages were reported as spam" in text
    client.post(f"/playbooks/{version.playbook_id}/resume/", {"reason": "One campaign of a partner caused it."})
    assert PlaybookPause.objects.get().resumed_by == manager


def test_scaling_stays_closed_and_says_why(client: Client, manager: User) -> None:
    version = in_force()
    address = f"/playbooks/{version.playbook_id}/"
    page = client.get(address).content.decode()
    assert re.search(r"<button[^>]*disabled[^>]*>For everybody", page)
    assert "Nobody has been assigned to its experiment yet." in page
    answer = client.post(f"{address}scale/", {"reason": "I want it."})
    assert answer.status_code == 422
    assert Playbook.objects.get(pk=version.playbook_id).stage == "pilot"


@pytest.mark.trial
def test_a_shadow_step_is_counted_beside_what_was_sent(client: Client, manager: User) -> None:
    version = in_force()
    came(enrol(version, make_customer()), outcome=StepOutcome.SHADOWED, why="", text={"body": "Hello."})
    first = client.get(f"/playbooks/{version.playbook_id}/").context["told"].steps[0]
    assert (first.came.shadowed, first.came.reached, first.came.on_the_way) == (1, 0, 0)


def test_a_playbook_that_never_began_leads_to_its_draft_and_nowhere_else(client: Client, manager: User) -> None:
    draft = drafted()
    page = client.get(f"/playbooks/{draft.playbook_id}/").content.decode()
    assert re.search(rf'href="/playbooks/versions/{draft.pk}/">\s*Finish the draft', page)
    for absent in ("What came of each step", "Who is in it", 'class="actions"'):
        assert absent not in page
    approved()
    put_in_force(draft)
    page = client.get(f"/playbooks/{draft.playbook_id}/").content.decode()
    assert "Finish the draft" not in page
    assert "What came of each step" in page

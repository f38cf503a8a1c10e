"""A version to read and a draft to edit, without JavaScript: rows of steps, problems at their fields, publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.datastructures import MultiValueDict

from retention.forms.playbook_drafts import rearranged
from retention.models import Playbook, PlaybookVersion
from retention.services import playbooks
from staff.models import User
from tests.factories import make_user
from tests.retention.making import NOW
from tests.retention.pages import queries
from tests.retention.playbook_pages.making import in_force
from tests.retention.playbooks.making import approved, drafted

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


def form_of(client: Client, version: PlaybookVersion, **changed: Any) -> dict[str, Any]:
    """What a browser would send back of the page, without a script, with these fields changed."""
    page = client.get(f"/playbooks/versions/{version.pk}/").content.decode()
    page = page[page.index('name="seen"') - 100 :]
    sent: MultiValueDict[str, str] = MultiValueDict()
    for tag in re.findall(r"<input[^>]*>", page):
        found = dict(re.findall(r'(name|type|value)="([^"]*)"', tag))
        if "name" not in found or found["name"] == "csrfmiddlewaretoken":
            continue
        if found.get("type") in ("checkbox", "radio"):
            if re.search(r"\schecked\b", tag):
                sent.appendlist(found["name"], found.get("value", "on"))
        else:
            sent.appendlist(found["name"], found.get("value", ""))
    for name, choices in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', page, re.S):
        sent[name] = re.findall(r'<option value="([^"]*)" selected', choices)[0]
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', page, re.S):
        if name != "reason":
            sent[name] = text
    return {**dict(sent.lists()), "do": "save", **changed}


def test_a_draft_saved_as_it_is_stays_as_it_is(client: Client, manager: User) -> None:
    version = drafted()
    before = playbooks.export_playbook(version)
    answer = client.post(f"/playbooks/versions/{version.pk}/", form_of(client, version))
    assert answer.status_code == 302, answer.content.decode()
    after = playbooks.export_playbook(version).partition("\n[experiment]")[0]
    assert after == before.partition("\n[experiment]")[0]


def test_steps_are_added_moved_and_taken_out_without_a_script(client: Client, manager: User) -> None:
    version = drafted()
    address = f"/playbooks/versions/{version.pk}/"
    sent = form_of(client, version)
    page = client.post(address, {**sent, "do": "add", "goal": "Changed on the way"})
    text = page.content.decode()
    assert page.status_code == 200
    assert len(page.context["forms"].steps) == 3
    assert 'value="Changed on the way"' in text, "nothing that was typed is lost"
    assert version.steps.count() == 2, "nothing is saved by it"
    moved = client.post(address, {**sent, "do": "up-2"}).context["forms"].steps
    assert [form.initial["name"] for form in moved] == ["A tip", "Book again"]
    left = client.post(address, {**sent, "do": "remove-1"}).context["forms"].steps
    assert [form.initial["name"] for form in left] == ["A tip"]


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("add", ["a", "b", ""]), ("remove-1", ["b"]), ("remove-9", ["a", "b"]), ("up-2", ["b", "a"]),
        ("up-1", ["a", "b"]), ("remove-x", ["a", "b"]), ("remove-²", ["a", "b"]), ("nonsense", ["a", "b"]),
    ],
)  # fmt: skip
def test_what_a_button_does_to_the_rows(action: str, names: list[str]) -> None:
    steps = [{"name": "a", "latest_hours": "8"}, {"name": "b", "latest_hours": "60"}]
    assert [one["name"] for one in rearranged(steps, action)] == names


def test_a_problem_stands_at_its_field(client: Client, manager: User) -> None:
    version = drafted()
    address = f"/playbooks/versions/{version.pk}/"
    sent = form_of(client, version)
    page = client.post(address, {**sent, "score_from": "80", "score_to": "20", "step-1-latest_hours": "30"})
    forms = page.context["forms"]
    assert page.status_code == 422
    assert "The scores cross" in str(forms.rules["score_to"].errors)
    assert forms.steps[1]["latest_hours"].errors, "the window of the second step is closed"
    assert version.steps.get(position=2).latest_hours == 60
    odd = client.post(address, {**sent, "milestones": "fifty", "reasons_any": "no_such_reason"})
    assert "whole numbers" in str(odd.context["forms"].rules["milestones"].errors)
    unknown = client.post(address, {**sent, "reasons_any": "no_such_reason"})
    assert "No score gives the reason" in str(unknown.context["forms"].rules["reasons_any"].errors)


def test_what_is_missing_links_to_its_field_before_publishing(client: Client, manager: User) -> None:
    version = playbooks.create_playbook(name="empty", title="Empty", by=manager)
    page = client.get(f"/playbooks/versions/{version.pk}/").content.decode()
    assert "Before it can be published" in page
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page or anchor == "content", anchor
    answer = client.post(f"/playbooks/versions/{version.pk}/publish/", {"reason": "Now."})
    assert answer.status_code == 422
    assert "It was not published." in answer.content.decode()


@pytest.mark.trial
def test_the_page_says_what_the_experiment_can_show(client: Client, manager: User) -> None:
    version = in_force()
    draft = playbooks.draft_version(of=version, by=manager)
    page = client.get(f"/playbooks/versions/{draft.pk}/").content.decode()
    assert "What its experiment can show" in page
    assert "Nobody fits now" in page or "fits now" in page or "fit now" in page


def test_somebody_elses_change_is_not_overwritten(client: Client, manager: User) -> None:
    version = drafted()
    mine = form_of(client, version, goal="Mine")
    playbooks.edit_version(version=version, changes={"goal": "Theirs"}, by=None)
    answer = client.post(f"/playbooks/versions/{version.pk}/", mine)
    assert answer.status_code == 422
    assert "Somebody else changed" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode(), "what was typed is still there"
    version.refresh_from_db()
    assert version.goal == "Theirs"


def test_a_published_version_is_read_only(client: Client, manager: User) -> None:
    version = in_force()
    page = client.get(f"/playbooks/versions/{version.pk}/").content.decode()
    assert 'name="goal"' not in page
    assert "A booking" in page
    answer = client.post(f"/playbooks/versions/{version.pk}/", {"do": "save", "goal": "Other"}, follow=True)
    assert "stays as it is" in answer.content.decode()
    version.refresh_from_db()
    assert version.goal == "A booking"


def test_publishing_retiring_and_cloning(client: Client, manager: User) -> None:
    approved()
    version = drafted()
    client.post(f"/playbooks/versions/{version.pk}/publish/", {"reason": "It is ready."})
    version.refresh_from_db()
    assert (version.status, version.published_by) == ("published", manager)
    assert client.post(f"/playbooks/versions/{version.pk}/retire/", {"reason": ""}).status_code == 422
    client.post(f"/playbooks/versions/{version.pk}/clone/", {"title": "Twin", "name": "twin"})
    assert Playbook.objects.get(name="twin").versions.get().steps.count() == 2
    client.post(f"/playbooks/versions/{version.pk}/retire/", {"reason": "It did not help."})
    version.refresh_from_db()
    assert version.status == "retired"
    client.post(f"/playbooks/{version.playbook_id}/versions/", {"of": str(version.pk)})
    assert version.playbook.versions.count() == 2


@pytest.mark.trial
def test_who_only_looks_reads_a_draft(client: Client) -> None:
    version = drafted()
    client.force_login(make_user("Account owner"))
    page = client.get(f"/playbooks/versions/{version.pk}/").content.decode()
    assert 'name="goal"' not in page
    assert client.post(f"/playbooks/versions/{version.pk}/", {"do": "save"}).status_code == 403


def test_the_editor_takes_as_many_queries_for_many_steps(client: Client, manager: User) -> None:
    version = drafted()
    queries(client, f"/playbooks/versions/{version.pk}/")
    before = queries(client, f"/playbooks/versions/{version.pk}/")
    more = [{"name": f"Tip {day}", "purpose": "education", "channel": "email", "angle": "tried",
             "earliest_hours": 24 * day, "latest_hours": 24 * day + 20} for day in range(4, 12, 2)]  # fmt: skip
    playbooks.edit_version(version=version, steps=more, by=None)
    assert queries(client, f"/playbooks/versions/{version.pk}/") == before

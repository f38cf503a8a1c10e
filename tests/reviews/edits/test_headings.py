"""What stands above the text, by channel: whoever approves it saw it, and changing the text does not take it away."""

from __future__ import annotations

import re

import pytest

from contacts.states import WRITTEN_CHANNELS, Channel
from outreach.models import Draft
from outreach.rendering import fingerprint
from outreach.services import Refused
from reviews import services
from reviews.models import EditDraft
from staff.models import User
from tests.outreach.world import NOW, make_contact, make_draft
from tests.reviews.pages import form_of, shown, signed_in, text_of, url
from tests.reviews.world import make_owner

pytestmark = pytest.mark.django_db
TITLE = "Your bicycle is ready"
HEADINGS = [(Channel.EMAIL, "Subject"), (Channel.PUSH, "Title"), (Channel.IN_APP, "Title")]


@pytest.fixture
def owner() -> User:
    return make_owner()


def titled(owner: User, channel: str) -> Draft:
    """A message with this title, whatever its wording says."""
    draft = make_draft(make_contact(), owner, channel=channel)
    mark = fingerprint(draft.channel, draft.address, TITLE, draft.body)
    Draft.objects.filter(pk=draft.pk).update(subject=TITLE, fingerprint=mark)
    draft.refresh_from_db()
    return draft


def as_sent(page: str, draft: Draft) -> dict[str, str]:
    """The edit form as a browser sends it when nobody changed a thing."""
    found = re.search(r'<input type="text" name="subject" value="([^"]*)"', page)
    return {"fingerprint": draft.fingerprint, "body": draft.body} | ({"subject": found[1]} if found else {})


@pytest.mark.parametrize(("channel", "heading"), HEADINGS)
def test_it_is_on_the_page_and_in_the_form_by_its_name(owner: User, channel: str, heading: str) -> None:
    page = signed_in(owner).get(url("item", titled(owner, channel))).content.decode()
    assert re.search(rf'<h2 class="message-subject">\s*{TITLE}\s*</h2>', page)
    assert re.search(rf'<label for="edit_subject">\s*{heading}\s', page)
    assert f'name="subject" value="{TITLE}"' in page


@pytest.mark.parametrize(("channel", "heading"), HEADINGS)
def test_one_that_is_missing_is_missed_by_its_name(owner: User, channel: str, heading: str) -> None:
    draft = titled(owner, channel)
    services.edit(draft_id=draft.pk, fingerprint=draft.fingerprint, subject="", body=draft.body, by=owner, now=NOW)
    page = text_of(signed_in(owner).get(url("item", draft)))
    assert f"No {heading.lower()}" in page
    assert f"The {heading.lower()} is missing." in page
    draft.refresh_from_db()
    with pytest.raises(Refused, match=f"The {heading.lower()} has 301 characters"):
        services.edit(
            draft_id=draft.pk, fingerprint=draft.fingerprint, subject="x" * 301, body=draft.body, by=owner, now=NOW
        )


@pytest.mark.parametrize("channel", WRITTEN_CHANNELS)
def test_changing_the_text_leaves_it_as_it_is(owner: User, channel: str) -> None:
    draft = titled(owner, channel)
    client = signed_in(owner)
    fields = as_sent(client.get(url("item", draft)).content.decode(), draft)
    assert client.post(url("edit", draft), fields | {"body": f"{draft.body} And more."}).status_code == 302
    draft.refresh_from_db()
    assert draft.body.endswith("And more.")
    assert draft.subject == TITLE
    assert draft.fingerprint == fingerprint(draft.channel, draft.address, TITLE, draft.body)
    decision = draft.review_decisions.get()
    assert (decision.subject_before, decision.subject_after) == (TITLE, TITLE)


@pytest.mark.parametrize("channel", WRITTEN_CHANNELS)
def test_it_is_changed_where_it_is_shown_and_nowhere_else(owner: User, channel: str) -> None:
    draft = titled(owner, channel)
    client = signed_in(owner)
    client.post(url("edit", draft), form_of(draft, subject="Ready on Friday", body=f"{draft.body} And more."))
    draft.refresh_from_db()
    assert draft.subject == (TITLE if channel == Channel.SMS else "Ready on Friday")
    page = client.get(url("item", draft)).content.decode()
    assert ("Ready on Friday" in page) == (channel != Channel.SMS)


@pytest.mark.parametrize("channel", WRITTEN_CHANNELS)
def test_keeping_what_nobody_changed_keeps_nothing(owner: User, channel: str) -> None:
    """A page asks for it by itself; something that is kept stands in the way of an approval."""
    draft = titled(owner, channel)
    client = signed_in(owner)
    fields = as_sent(client.get(url("item", draft)).content.decode(), draft)
    assert client.post(url("keep_edit", draft), fields).status_code == 200
    assert not EditDraft.objects.exists()
    client.post(url("keep_edit", draft), fields | {"body": "Half a sen"})
    assert EditDraft.objects.get().subject == TITLE


@pytest.mark.parametrize("channel", WRITTEN_CHANNELS)
def test_the_queue_can_be_narrowed_to_its_channel(owner: User, channel: str) -> None:
    drafts = {one: titled(owner, one) for one in WRITTEN_CHANNELS}
    page = signed_in(owner).get(f"/reviews/?channel={channel}")
    assert shown(page) == [drafts[Channel(channel)].pk]
    assert f'<option value="{channel}" selected>{Channel(channel).label}</option>' in page.content.decode()

"""From the decisions of reviewers to suggestions, and what a person does with them."""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import Any

import pytest

from outreach.models import Composition, Draft, TemplateVersion
from outreach.services import NotPermitted, Refused
from outreach.states import TemplateStatus
from reviews import learning, services
from reviews.models import ReviewDecision, Suggestion
from reviews.states import ReviewAction, SuggestionKind, SuggestionStatus
from staff.models import AuditEntry, Notification, User
from tests.factories import make_team, make_user
from tests.reviews.pages import signed_in, text_of
from tests.reviews.world import NOW, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def decide(owner: User, action: str, *, times: int = 1, **fields: Any) -> ReviewDecision:
    """Decisions about one message of a wording, as twenty reviewers of twenty messages would leave them behind.

    The rule counts messages, so each has to be one of its own: they are copies of the row of the first.
    """
    first = make_item(owner)
    drafts = [first]
    for number in range(1, times):
        copied = copy(first)
        copied.pk, copied._state = None, copy(first._state)
        copied._state.adding, copied.unsubscribe_token = True, f"{first.pk}-{number}"
        drafts.append(copied)
    Draft.objects.bulk_create(drafts[1:])
    seen = {"subject_before": first.subject, "body_before": first.body, "words_before": 40, "words_changed": 0,
            "body_after": first.body, "decided_at": NOW}  # fmt: skip
    decisions = ReviewDecision.objects.bulk_create(
        ReviewDecision(
            draft=draft, action=action, decided_by=owner, fingerprint_seen=draft.fingerprint,
            subject_after=draft.subject, **{**seen, **fields},
        )
        for draft in drafts
    )  # fmt: skip
    return decisions[-1]


def doubted(owner: User) -> tuple[ReviewDecision, Suggestion]:
    """A wording of which nearly every message was changed before it was approved."""
    last = decide(owner, ReviewAction.EDIT_APPROVE, times=24, words_changed=10)
    assert services.look_for_suggestions(now=LATER) == 1
    return last, Suggestion.objects.get()


def figures(decision: ReviewDecision) -> tuple[int, int, int, int]:
    version = decision.draft.template_version
    assert version is not None
    [one] = [row for row in learning.by_wording(now=LATER) if row.template_id == version.template_id]
    return one.unchanged, one.edited, one.refused, one.for_the_person


def test_the_last_word_about_each_message_counts() -> None:
    owner = make_owner()
    decide(owner, ReviewAction.APPROVE, times=3)
    decide(owner, ReviewAction.EDIT_APPROVE, times=2, words_changed=4)
    decide(owner, ReviewAction.SUPPRESS, scope="sequence", reason="Wrong tone")
    decide(owner, ReviewAction.SUPPRESS, scope="contact", reason="They said no")
    last = decide(owner, ReviewAction.CLOSE_OUT)
    assert figures(last) == (3, 2, 1, 2)
    # An approval that was taken back is none, and neither is what lies too far back.
    undone = decide(owner, ReviewAction.APPROVE)
    ReviewDecision.objects.create(
        draft=undone.draft, action=ReviewAction.UNDO, decided_by=owner, decided_at=NOW, fingerprint_seen="a"
    )
    assert figures(last) == (3, 2, 1, 2)
    step = learning.by_cadence_step(now=LATER)
    assert sum(one.judged for one in step) >= 3
    assert learning.by_playbook_step(now=LATER) == []
    assert learning.by_score(now=LATER) == []
    assert learning.by_wording(now=LATER + learning.WINDOW) == []


def test_a_suggestion_is_made_once_told_once_and_goes_when_nothing_speaks_for_it() -> None:
    manager, owner = make_manager(), make_owner()
    _, suggestion = doubted(owner)
    assert suggestion.kind == SuggestionKind.CHANGE_WORDING
    assert "24 of 24 approved messages were changed first, mostly 25% of the words" in suggestion.sentence
    assert services.look_for_suggestions(now=LATER) == 0
    told = Notification.objects.filter(kind="suggestion")
    assert list(told.values_list("user_id", "url")) == [(manager.pk, "/suggestions/")]
    services.look_for_suggestions(now=LATER + learning.WINDOW)
    assert not Suggestion.objects.exists()


def test_accepting_begins_a_draft_version_without_what_was_filled_in_and_changes_nothing_else() -> None:
    manager, owner = make_manager(), make_owner(name="Olivia Owens")
    last, suggestion = doubted(owner)
    before = list(TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).values_list("pk", flat=True))
    with pytest.raises(NotPermitted):
        services.accept_suggestion(suggestion_id=suggestion.pk, by=owner, now=LATER)
    accepted, version = services.accept_suggestion(suggestion_id=suggestion.pk, by=manager, now=LATER)
    assert version is not None
    assert (accepted.status, version.status) == (SuggestionStatus.ACCEPTED, TemplateStatus.DRAFT)
    assert version.template_id == accepted.template_id
    assert "{first_name" in version.body
    assert "Marta" in last.body_after
    assert "Marta" not in version.body
    assert "Olivia" not in version.body
    assert list(TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).values_list("pk", flat=True)) == before
    assert AuditEntry.objects.filter(action="reviews.settle_suggestion", actor=manager).exists()
    with pytest.raises(Refused, match="settled this suggestion before"):
        services.accept_suggestion(suggestion_id=suggestion.pk, by=manager, now=LATER)


@pytest.mark.parametrize("why", ["taken back", "by a model", "old", "of an earlier wording"])
def test_the_suggested_wording_rests_on_what_the_figures_count(why: str) -> None:
    """Though what is left out was decided last and is more."""
    owner = make_owner()
    decide(owner, ReviewAction.EDIT_APPROVE, times=24, words_changed=10, body_after="This counts")
    at = NOW - learning.WINDOW if why == "old" else NOW
    last = decide(
        owner, ReviewAction.EDIT_APPROVE, times=30, words_changed=10, body_after="This does not", decided_at=at
    )
    drafts = Draft.objects.filter(review_decisions__body_after=last.body_after)
    version = last.draft.template_version
    assert version is not None
    if why == "taken back":
        ReviewDecision.objects.bulk_create(
            ReviewDecision(draft=one, action=ReviewAction.UNDO, decided_by=owner, decided_at=NOW, fingerprint_seen="a")
            for one in drafts
        )
    elif why == "by a model":
        Composition.objects.bulk_create(
            Composition(draft=one, status="used", requested_at=NOW, finished_at=NOW) for one in drafts
        )
    elif why == "of an earlier wording":
        earlier = TemplateVersion.objects.create(
            template=version.template, number=900, status=TemplateStatus.RETIRED, subject=version.subject,
            body=version.body, approved_at=NOW,
        )  # fmt: skip
        drafts.update(template_version=earlier)
    services.look_for_suggestions(now=LATER)
    suggestion = Suggestion.objects.get(kind=SuggestionKind.CHANGE_WORDING)
    assert (suggestion.template_id, "This counts" in suggestion.text) == (version.template_id, True)


def test_what_was_dismissed_stays_so_until_its_decisions_are_old() -> None:
    manager, owner = make_manager(), make_owner()
    _, suggestion = doubted(owner)
    with pytest.raises(Refused, match="why"):
        services.dismiss_suggestion(suggestion_id=suggestion.pk, reason=" ", by=manager, now=LATER)
    services.dismiss_suggestion(suggestion_id=suggestion.pk, reason="It is spring.", by=manager, now=LATER)
    assert services.look_for_suggestions(now=LATER + timedelta(days=1)) == 0
    assert Suggestion.objects.get().reason == "It is spring."


def test_the_page_shows_the_evidence_and_settles() -> None:
    manager, owner = make_manager(), make_owner()
    client = signed_in(manager)
    assert "No suggestions" in text_of(client.get("/suggestions/"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reviews.views.suggestions.timezone.now", lambda: LATER)
        _, suggestion = doubted(owner)
        shown = text_of(client.get("/suggestions/"))
        assert suggestion.sentence in shown
        assert "lies between 86 to 100% (95%)" in shown
        assert signed_in(owner).post(f"/suggestions/{suggestion.pk}/accept/").status_code == 403
        answer = client.post(f"/suggestions/{suggestion.pk}/dismiss/", {"reason": ""})
        assert (answer.status_code, "Say in a few words why" in text_of(answer)) == (409, True)
        assert client.post(f"/suggestions/{suggestion.pk}/dismiss/", {"reason": "Enough"}).status_code == 302
        assert "Dismissed by" in text_of(client.get("/suggestions/"))


def test_the_retention_manager_settles_and_the_concierge_does_not_look() -> None:
    make_team(manager=make_user("Retention manager"))
    assert signed_in(make_user("Retention manager")).get("/suggestions/").status_code == 200
    assert signed_in(make_user("Concierge")).get("/suggestions/").status_code == 403

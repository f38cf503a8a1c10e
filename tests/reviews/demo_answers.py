"""What the sample world shows of sending: what is stopped, what is held, and what came back."""

from __future__ import annotations

from datetime import UTC, datetime

from outreach.models import DeliveryEvent, Draft, Pause, Reply, SendingStop, TemplateVersion, TopicRefusal
from outreach.services import against_approval
from outreach.states import Severity
from reviews.demo import World
from reviews.demo.days import Days
from staff.models import User


class WhatCameBack:
    """Looked at in the one world that all tests of the sample world share."""

    now = datetime(2026, 3, 4, 15, tzinfo=UTC)

    def test_what_may_not_leave_is_stopped_with_its_words_marked(self, world: World) -> None:
        owner = User.objects.get(username="owner")
        marked = {}
        for one in world.told:
            draft = Draft.objects.filter(attempt__lead=one.lead, owner=owner, status="awaiting_review").first()
            if draft is not None and one.story.then in ("cheaper edit", "reproachful edit", "fourth nudge"):
                finding = draft.findings.get(fingerprint=draft.fingerprint, severity=Severity.BLOCK)
                marked[one.story.then] = [draft.body[span["start"] : span["end"]] for span in finding.spans]
                assert draft.writer == "person"
                if one.story.then == "fourth nudge":
                    wrote = [piece for piece in draft.evidence if "news about" in piece["detail"]]
                    assert len(wrote) == 3
        assert marked == {
            "cheaper edit": ["990 EUR"],
            "reproachful edit": ["tried to reach you several times", "you keep ignoring me"],
            "fourth nudge": ["I am just checking in"],
        }
        (version,) = TemplateVersion.objects.filter(status="draft").select_related("template__brand")
        against = " ".join(against_approval(version=version, now=self.now))
        assert "postal address" in against
        assert "unsubscribe" in against

    def test_what_came_back_is_sorted_and_acted_on(self, world: World) -> None:
        replies = Reply.objects.select_related("owner")
        assert {(one.label, one.status) for one in replies} == {
            ("answer", "open"), ("question", "open"), ("explicit_no", "held"), ("opt_out", "held"),
            ("out_of_office", "settled"), ("auto_reply", "settled"), ("wrong_person", "held"),
        }  # fmt: skip
        held = replies.get(label="opt_out")
        assert (held.owner.username if held.owner else "", bool(held.spans)) == ("owner", True)
        assert replies.get(label="out_of_office").returns_on == Days(self.now).ahead(9)
        assert replies.filter(contact=None).count() == 1
        news = DeliveryEvent.objects.values_list("kind", "machine")
        assert {("delivered", False), ("opened", False), ("opened", True), ("bounced", False)} == set(news)
        assert not SendingStop.objects.exists()
        assert Pause.objects.get().until > self.now
        assert TopicRefusal.objects.get().contact == replies.get(label="answer").contact

    def test_what_is_approved_and_held_says_until_when(self, world: World) -> None:
        waits = dict(
            Draft.objects.filter(status="approved").exclude(held_by="").values_list("held_by", "status_reason")
        )
        assert set(waits) == {"quiet_hours", "pause"}
        assert all(waits.values())

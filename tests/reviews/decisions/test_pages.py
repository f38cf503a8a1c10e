"""Who sees which decisions, and the file they may take along."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import decisions as reading
from reviews import services
from reviews.models import ReviewDecision
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.reviews.pages import queries, signed_in, text_of
from tests.reviews.world import NOW, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db


def approved(owner: User, **who: Any) -> ReviewDecision:
    draft = make_item(owner, **who)
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)


def edited(owner: User, sentence: str = "See you soon.") -> ReviewDecision:
    draft = make_item(owner)
    body = draft.body.replace("\n\n", f"\n\n{sentence} ", 1)
    return services.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=owner, now=NOW
    )


def rows_of(response: Any) -> list[dict[str, str]]:
    assert response.streaming
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def shown(user: User, query: str = "") -> set[int]:
    return {int(row["id"]) for row in rows_of(signed_in(user).get(f"/decisions/export.csv{query}"))}


def test_each_sees_the_decisions_about_what_they_may_see() -> None:
    team = make_team(manager=make_user("Account owner"))
    owner, colleague, stranger = make_owner(team), make_owner(team), make_owner(make_team())
    mine, theirs, foreign = approved(owner), approved(colleague), approved(stranger)
    assert team.manager is not None
    assert shown(owner) == shown(team.manager) == {mine.pk, theirs.pk}
    assert shown(stranger) == {foreign.pk}
    assert shown(make_manager()) == {mine.pk, theirs.pk, foreign.pk}
    client = signed_in(owner)
    assert client.get(f"/decisions/{mine.pk}/").status_code == 200
    assert client.get(f"/decisions/{foreign.pk}/").status_code == 404
    assert client.get(f"/decisions/people/{colleague.pk}/").status_code == 200
    assert client.get(f"/decisions/people/{stranger.pk}/").status_code == 404
    for path in ("", f"{mine.pk}/", f"people/{owner.pk}/", "export.csv"):
        assert signed_in(make_user("Concierge")).get(f"/decisions/{path}").status_code == 403


def test_somebody_who_decided_about_my_message_has_a_history_for_me() -> None:
    owner, manager = make_owner(make_team()), make_manager()
    client = signed_in(owner)
    assert client.get(f"/decisions/people/{manager.pk}/").status_code == 404
    draft = make_item(owner)
    services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=manager, now=NOW)
    assert client.get(f"/decisions/people/{manager.pk}/").status_code == 200


def test_filters_live_in_the_address_and_nonsense_harms_nobody() -> None:
    owner = make_owner(make_team())
    one, two = approved(owner), edited(owner)
    assert shown(owner, "?action=edit") == {two.pk}
    assert shown(owner, f"?draft={one.draft_id}") == {one.pk}
    assert shown(owner, f"?by={owner.pk}&first=2026-05-20&last=2026-05-20") == {one.pk, two.pk}
    assert shown(owner, "?last=2026-05-19") == set()
    version = one.draft.template_version
    assert version is not None
    assert one.pk in shown(owner, f"?template={version.template_id}")
    client = signed_in(owner)
    many = "&".join(f"x{number}={number}" for number in range(300))
    for query in ("?by=0", "?by=x", "?draft=99999999999999999999", "?first=2026-13-45", "?last=9999-12-31", "?after=1_",
                  "?after=99999999999999999_1", "?first=2026-05-20&last=2026-05-19", f"?{many}"):  # fmt: skip
        assert client.get(f"/decisions/export.csv{query}").status_code in (200, 302), query
    assert client.get(f"/decisions/?{many}&by=x&draft=99999999999999999999&after=1_").status_code == 200


def test_pages_follow_one_another_without_gaps_and_cost_the_same() -> None:
    owner = make_owner(make_team())
    draft = approved(owner).draft
    client = signed_in(owner)
    few = [queries(client, name) for name in ("/decisions/", f"/decisions/people/{owner.pk}/")]
    ReviewDecision.objects.bulk_create(
        ReviewDecision(draft=draft, action="edit", decided_by=owner, decided_at=NOW - timedelta(minutes=number // 3))
        for number in range(120)
    )
    assert [queries(client, name) for name in ("/decisions/", f"/decisions/people/{owner.pk}/")] == few
    found, after = [], None
    while True:
        rows, after = reading.page(reading.decisions_for(owner), after)
        found += [row.pk for row in rows]
        if after is None:
            break
        assert reading.place(str(after)) == after
    assert found == list(ReviewDecision.objects.order_by("-decided_at", "-id").values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as captured:
        assert len("".join(reading.as_file(reading.decisions_for(owner))).splitlines()) >= 122
    assert len(captured) <= 3


def test_the_file_runs_no_formula_and_is_on_the_audit_log() -> None:
    owner = make_owner(make_team(), name="=HYPERLINK(1)")
    decision = edited(owner, "@SUM(1+1)*cmd|' /C calc'!A0 is what they asked.")
    ReviewDecision.objects.create(
        draft=decision.draft, action="suppress", decided_by=owner, decided_at=NOW, reason="\t=1+1", scope="sequence"
    )
    response = signed_in(owner).get("/decisions/export.csv?action=")
    rows = rows_of(response)
    assert response["Content-Disposition"].startswith("attachment")
    assert [row["reason"] for row in rows] == ["'\t=1+1", ""]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@", "\t", "-"))]
    assert rows[1]["words_changed"] == str(decision.words_changed)
    assert AuditEntry.objects.filter(action="reviews.export_decisions", actor=owner).count() == 1


def test_a_decision_shows_what_was_seen_and_changed() -> None:
    owner = make_owner(make_team())
    decision = edited(owner)
    assert (decision.words_changed, decision.words_before is not None) == (3, True)
    page = signed_in(owner).get(f"/decisions/{decision.pk}/")
    assert b"<ins>See you soon. " in page.content
    assert "3 of " in text_of(page)
    assert approved(owner).words_changed == 0
    person = text_of(signed_in(owner).get(f"/decisions/people/{owner.pk}/"))
    assert "Approved as the template says" in person

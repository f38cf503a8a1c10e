"""What reviewers made of each wording and step, for `reviews.rules.learning`. One query for each kind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, LiteralString

from django.db import connection
from psycopg import sql

from followups.states import StepKind
from reviews.models import ReviewDecision
from reviews.rules.learning import ByScore, Learned

WINDOW = timedelta(days=90)
#: Groups on the page, those with the most decisions first.
MOST_GROUPS = 200
#: The reasons for a review that come from the setting of a step, and from nothing else.
FROM_THE_STEP = ["policy", "playbook"]

# The last word about each message counts: an approval that was taken back is none, and neither is an edit alone. What
# a language model wrote is no measure of a template's words.
_LAST: LiteralString = """
    WITH final AS (
        SELECT DISTINCT ON (one.draft_id) one.id, one.draft_id, one.action, one.scope, one.reason, one.words_changed,
               LEAST(1.0, one.words_changed::float / GREATEST(one.words_before, 1)) AS share
          FROM reviews_reviewdecision one
         WHERE one.decided_at > %(since)s AND one.decided_at <= %(now)s
           AND one.action IN ('approve', 'edit_approve', 'suppress', 'close_out', 'undo')
         ORDER BY one.draft_id, one.id DESC
    ), told AS (
        SELECT final.*, draft.template_version_id, draft.review_reasons,
               final.action IN ('approve', 'edit_approve') AS approved,
               final.action = 'suppress' AND final.scope = 'sequence' AS refused
          FROM final JOIN outreach_draft draft ON draft.id = final.draft_id
         WHERE final.action <> 'undo'
           AND (final.words_changed IS NOT NULL OR final.action IN ('suppress', 'close_out'))
           AND NOT EXISTS (SELECT 1 FROM outreach_composition text
                            WHERE text.draft_id = draft.id AND text.status = 'used')
    )
"""
_FIGURES: LiteralString = """
    COUNT(*) FILTER (WHERE approved AND words_changed = 0), COUNT(*) FILTER (WHERE approved AND words_changed > 0),
    COUNT(*) FILTER (WHERE refused), COUNT(*) FILTER (WHERE NOT approved AND NOT refused),
    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY share) FILTER (WHERE approved AND words_changed > 0),
    (ARRAY_AGG(reason ORDER BY told.id DESC) FILTER (WHERE refused AND reason <> ''))[1:5],
    COUNT(*) FILTER (WHERE (approved OR refused) AND review_reasons <> '{}' AND review_reasons <@ %(step)s::varchar[])
"""


def by_wording(*, now: datetime) -> list[Learned]:
    """What became of the messages of each template in `WINDOW`."""
    rows = _rows(
        """{last} SELECT template.id, template.name, NULL, 0, {figures}
               FROM told JOIN outreach_templateversion version ON version.id = told.template_version_id
               JOIN outreach_template template ON template.id = version.template_id
              GROUP BY template.id, template.name ORDER BY COUNT(*) DESC, template.id LIMIT %(most)s""",
        now,
    )
    return [_learned(f"template:{row[0]}", row[1], row, template_id=row[0]) for row in rows]


def edited_texts(*, template_id: int, most: int, now: datetime) -> list[ReviewDecision]:
    """The latest approvals of changed texts that `by_wording` counts, as far as they were made of the wording in use.

    Newest first, with their messages and versions. Two queries.
    """
    rows = _rows(
        """{last} SELECT told.id
               FROM told JOIN outreach_templateversion version ON version.id = told.template_version_id
              WHERE version.template_id = %(template)s AND version.status = 'approved'
                AND approved AND words_changed > 0
              ORDER BY told.id DESC LIMIT %(most)s""",
        now,
        template=template_id,
        most=most,
    )
    decisions = ReviewDecision.objects.filter(pk__in=[pk for (pk,) in rows])
    return list(decisions.select_related("draft__template_version").order_by("-id"))


def by_cadence_step(*, now: datetime) -> list[Learned]:
    """What became of each message of each cadence, in all its versions."""
    rows = _rows(
        """{last}, unread AS (
               SELECT version.cadence_id, attempt.kind, attempt.position, COUNT(*) AS many
                 FROM outreach_policyapproval policy
                 JOIN followups_attempt attempt ON attempt.draft_id = policy.draft_id
                 JOIN followups_sequence sequence ON sequence.id = attempt.sequence_id
                 JOIN followups_cadenceversion version ON version.id = sequence.cadence_version_id
                WHERE policy.approved_at > %(since)s AND policy.approved_at <= %(now)s GROUP BY 1, 2, 3)
             SELECT cadence.id, cadence.name, attempt.kind || ':' || attempt.position, COALESCE(MAX(unread.many), 0),
                    {figures}
               FROM told JOIN followups_attempt attempt ON attempt.draft_id = told.draft_id
               JOIN followups_sequence sequence ON sequence.id = attempt.sequence_id
               JOIN followups_cadenceversion version ON version.id = sequence.cadence_version_id
               JOIN followups_cadence cadence ON cadence.id = version.cadence_id
               LEFT JOIN unread ON unread.cadence_id = cadence.id AND unread.kind = attempt.kind
                               AND unread.position = attempt.position
              GROUP BY cadence.id, cadence.name, attempt.kind, attempt.position
              ORDER BY COUNT(*) DESC, cadence.id, attempt.position LIMIT %(most)s""",
        now,
    )
    return [_learned(f"cadence:{row[0]}:{row[2]}", _cadence_step(row[1], row[2]), row) for row in rows]


def by_playbook_step(*, now: datetime) -> list[Learned]:
    """What became of each step of each playbook, in all its versions."""
    rows = _rows(
        """{last}, unread AS (
               SELECT version.playbook_id, step.position, COUNT(*) AS many
                 FROM outreach_policyapproval policy JOIN retention_steprun run ON run.draft_id = policy.draft_id
                 JOIN retention_playbookstep step ON step.id = run.step_id
                 JOIN retention_playbookversion version ON version.id = step.version_id
                WHERE policy.approved_at > %(since)s AND policy.approved_at <= %(now)s GROUP BY 1, 2)
             SELECT playbook.id, playbook.title, step.position::text, COALESCE(MAX(unread.many), 0),
                    {figures}
               FROM told JOIN retention_steprun run ON run.draft_id = told.draft_id
               JOIN retention_playbookstep step ON step.id = run.step_id
               JOIN retention_playbookversion version ON version.id = step.version_id
               JOIN retention_playbook playbook ON playbook.id = version.playbook_id
               LEFT JOIN unread ON unread.playbook_id = playbook.id AND unread.position = step.position
              GROUP BY playbook.id, playbook.title, step.position
              ORDER BY COUNT(*) DESC, playbook.id, step.position LIMIT %(most)s""",
        now,
    )
    return [_learned(f"playbook:{row[0]}:{row[2]}", f"{row[1]}, step {row[2]}", row) for row in rows]


def by_score(*, now: datetime) -> list[ByScore]:
    """What was refused of each playbook's messages on either side of the middle score of those it wrote to."""
    rows = _rows(
        """{last}, scored AS (
               SELECT version.playbook_id, (enrolment.why->>'total')::int AS score, told.refused
                 FROM told JOIN retention_steprun run ON run.draft_id = told.draft_id
                 JOIN retention_enrolment enrolment ON enrolment.id = run.enrolment_id
                 JOIN retention_playbookversion version ON version.id = enrolment.version_id
                WHERE (told.approved OR told.refused) AND version.trigger = 'risk' AND enrolment.why ? 'total'),
             middle AS (SELECT playbook_id, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY score) AS score
                          FROM scored GROUP BY playbook_id)
             SELECT playbook.id, playbook.title, middle.score,
                    COUNT(*) FILTER (WHERE refused AND scored.score < middle.score),
                    COUNT(*) FILTER (WHERE scored.score < middle.score),
                    COUNT(*) FILTER (WHERE refused AND scored.score >= middle.score),
                    COUNT(*) FILTER (WHERE scored.score >= middle.score)
               FROM scored JOIN middle USING (playbook_id) JOIN retention_playbook playbook ON playbook.id = playbook_id
              GROUP BY playbook.id, playbook.title, middle.score ORDER BY playbook.id LIMIT %(most)s""",
        now,
    )
    return [
        ByScore(
            group=f"playbook:{row[0]}", name=row[1], score=row[2], refused_below=row[3], below=row[4],
            refused_above=row[5], above=row[6],
        )
        for row in rows
    ]  # fmt: skip


def _rows(query: LiteralString, now: datetime, **more: int) -> list[tuple[Any, ...]]:
    """The rows of a query in which ``{last}`` stands for the last words and ``{figures}`` for what is counted."""
    given: dict[str, Any] = {"since": now - WINDOW, "now": now, "step": FROM_THE_STEP, "most": MOST_GROUPS, **more}
    with connection.cursor() as cursor:
        composed = sql.SQL(query).format(last=sql.SQL(_LAST), figures=sql.SQL(_FIGURES))
        cursor.execute(composed, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _learned(group: str, name: str, row: tuple[Any, ...], template_id: int | None = None) -> Learned:
    unread, unchanged, edited, refused, for_the_person, share, reasons, only_asked = row[3:]
    return Learned(
        group=group, name=name, unchanged=unchanged, edited=edited, refused=refused, for_the_person=for_the_person,
        share=share, reasons=tuple(reasons or ()), only_asked=only_asked, unread=unread, template_id=template_id,
    )  # fmt: skip


def _cadence_step(cadence: str, step: str) -> str:
    kind, _, position = step.partition(":")
    return f"{cadence}, {StepKind(kind).label.lower()} {position}"

"""Everything that decides whether messages may leave, read from the database at once, for one or for many.

Composer, queue, approval and delivery ask here, and `outreach.rules.may_send` answers. However many messages are asked
about, it is one statement: what concerns one person is gathered beside the message, what concerns all (stops, caps,
hours) comes with the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from contacts.permission import UNKNOWN, id_array
from contacts.states import ADDRESS_KIND_OF_CHANNEL, Channel, Direction, IdentityKind, SuppressionReason, TouchKind
from outreach.rendering import fingerprint as fingerprint_of
from outreach.rules import Cap, Departed, Hours, Rival, SendFacts, StopFact, SuppressionFact, Whereabouts
from outreach.states import LEFT, DraftKind, Flow
from outreach.zones import whereabouts

#: They do not write these themselves.
NO_ANSWER = (TouchKind.OUT_OF_OFFICE, TouchKind.AUTO_REPLY)
_NOWHERE = Whereabouts()

_OF_DRAFTS = """
    SELECT d.id, d.contact_id, d.kind, d.flow, d.channel, d.address, d.subject, d.body, d.status, d.fingerprint,
           d.approved_fingerprint, d.due_at, d.not_before, d.undo_until, d.decided_at,
           d.decided_by_id IS NULL AS by_policy, d.reason_kind, d.priority, coalesce(d.confirms_id, 0) AS confirms,
           coalesce(d.topic_id, t.topic_id) AS topic_id
      FROM outreach_draft d
      LEFT JOIN outreach_templateversion v ON v.id = d.template_version_id
      LEFT JOIN outreach_template t ON t.id = v.template_id
     WHERE d.id = ANY(%(ids)s::bigint[])
"""
# A message that nobody has written yet, as if it were approved at this moment and went to their present address.
_OF_CONTACTS = """
    SELECT 0::bigint AS id, c.id AS contact_id, %(kind)s::text AS kind, %(flow)s::text AS flow,
           %(channel)s::text AS channel, NULL AS address, '' AS subject, '' AS body, 'approved' AS status,
           '' AS fingerprint, '' AS approved_fingerprint, %(now)s::timestamptz AS due_at,
           NULL::timestamptz AS not_before, NULL::timestamptz AS undo_until, %(now)s::timestamptz AS decided_at,
           false AS by_policy, '' AS reason_kind, 0 AS priority, 0::bigint AS confirms, NULL::bigint AS topic_id
      FROM contacts_contact c
     WHERE c.id = ANY(%(ids)s::bigint[])
"""
# What belongs to one person is asked for in the list of columns: so the planner has next to nothing to order, and one
# message is judged as quickly as its few index look-ups take.
_FACTS = """
WITH asked AS MATERIALIZED ({asked})
SELECT a.id, a.contact_id, a.kind, a.flow, a.channel, a.address, a.subject, a.body, a.status, a.fingerprint,
       a.approved_fingerprint, a.due_at, a.not_before, a.undo_until, a.decided_at, a.by_policy, a.reason_kind,
       a.priority, a.confirms, c.timezone, c.locale, account.timezone,
       (SELECT k.status FROM contacts_consentrecord k
         WHERE k.contact_id = a.contact_id AND k.channel = a.channel
         ORDER BY k.recorded_at DESC, k.id DESC LIMIT 1),
       (SELECT json_agg(json_build_array(s.channel, s.reason, extract(epoch FROM s.at), s.suppression_id)
                        ORDER BY s.key)::text
          FROM contacts_active_suppression s WHERE s.contact_id = a.contact_id),
       (SELECT d.value FROM contacts_address d
         WHERE d.contact_id = a.contact_id AND d.kind = 'email' AND d.is_primary),
       (SELECT d.value FROM contacts_address d
         WHERE d.contact_id = a.contact_id AND d.kind = 'phone' AND d.is_primary),
       CASE a.channel
            WHEN 'push' THEN EXISTS (SELECT FROM outreach_pushsubscription p
                                      WHERE p.contact_id = a.contact_id AND p.ended_at IS NULL)
            WHEN 'in_app' THEN EXISTS (SELECT FROM contacts_identity i
                                        WHERE i.contact_id = a.contact_id AND i.kind = %(user)s)
       END,
       (SELECT max(t.at) FROM contacts_touch t
         WHERE t.contact_id = a.contact_id AND t.direction = %(incoming)s AND t.kind <> ALL(%(no_answer)s)),
       CASE WHEN a.topic_id IS NOT NULL THEN
            (SELECT o.name FROM outreach_topicrefusal r JOIN outreach_topic o ON o.id = r.topic_id
              WHERE r.contact_id = a.contact_id AND r.topic_id = a.topic_id AND r.withdrawn_at IS NULL LIMIT 1)
       END,
       (SELECT max(p.until) FROM outreach_pause p
         WHERE p.contact_id = a.contact_id AND p.ended_at IS NULL AND p.until > %(now)s),
       (SELECT json_agg(json_build_array(s.scope, extract(epoch FROM s.stopped_at)) ORDER BY s.stopped_at)::text
          FROM outreach_sendingstop s WHERE s.lifted_at IS NULL),
       (SELECT json_agg(json_build_array(k.channel, k.most, k.days) ORDER BY k.channel, k.days)::text
          FROM outreach_contactcap k),
       CASE a.channel WHEN 'call' THEN
       (SELECT json_agg(json_build_array(extract(epoch FROM t.at), t.channel) ORDER BY t.id)::text
          FROM contacts_touch t
         WHERE t.contact_id = a.contact_id AND t.direction = %(outgoing)s AND t.kind = %(called)s AND t.channel = 'call'
           AND t.at > %(now)s - (SELECT coalesce(max(k.days), 0) * interval '1 day' FROM outreach_contactcap k))
       ELSE
       (SELECT json_agg(json_build_array(extract(epoch FROM coalesce(m.sent_at, m.claimed_at)), m.channel)
                        ORDER BY m.id)::text
          FROM outreach_draft m
         WHERE m.contact_id = a.contact_id AND m.claimed_at IS NOT NULL AND m.status = ANY(%(left)s)
           AND m.kind <> %(confirmation)s AND m.id <> a.id
           AND coalesce(m.sent_at, m.claimed_at)
               > %(now)s - (SELECT coalesce(max(k.days), 0) * interval '1 day' FROM outreach_contactcap k))
       END,
       (SELECT json_agg(json_build_array(m.id, m.channel, m.flow, m.reason_kind, m.priority,
                                         extract(epoch FROM m.decided_at), extract(epoch FROM m.not_before), m.held_by)
                        ORDER BY m.id)::text
          FROM outreach_draft m
         WHERE m.contact_id = a.contact_id AND m.status = 'approved' AND m.kind <> %(confirmation)s AND m.id <> a.id
           AND (m.not_before IS NULL
                OR m.not_before <= greatest(a.not_before, a.due_at, %(now)s) + interval '1 day')),
       rules.opens, rules.closes, rules.on_weekends, rules.on_holidays
  FROM asked a
  JOIN contacts_contact c ON c.id = a.contact_id
  LEFT JOIN contacts_account account ON account.id = c.account_id
  LEFT JOIN outreach_channelrules rules ON rules.channel = a.channel
"""


def facts_for(
    *,
    draft_ids: Iterable[int] | None = None,
    contact_ids: Iterable[int] = (),
    channel: str = Channel.EMAIL,
    flow: str = Flow.CADENCE,
    now: datetime,
) -> dict[int, SendFacts]:
    """What decides about each of these drafts, by its id; one query, however many they are.

    With ``contact_ids`` instead: about a message on ``channel`` that ``flow`` might write to them, by the contact's id.
    Who does not exist is left out.
    """
    drafts = draft_ids is not None
    values: dict[str, Any] = {
        "ids": id_array(dict.fromkeys(draft_ids if draft_ids is not None else contact_ids)),
        "now": now,
        "kind": DraftKind.FOLLOW_UP.value,
        "flow": str(flow),
        "channel": str(channel),
        "user": IdentityKind.USER.value,
        "incoming": Direction.IN.value,
        "outgoing": Direction.OUT.value,
        "called": TouchKind.CALL.value,
        "no_answer": [kind.value for kind in NO_ANSWER],
        "left": sorted(status.value for status in LEFT),
        "confirmation": DraftKind.CONFIRMATION.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(asked=_OF_DRAFTS if drafts else _OF_CONTACTS), values)
        rows = cursor.fetchall()
    return {row[0 if drafts else 1]: _facts(row, now) for row in rows}


def _facts(row: tuple[Any, ...], now: datetime) -> SendFacts:
    (
        draft_id, contact_id, kind, flow, channel, address, subject, body, status, fingerprint, approved_fingerprint,
        due_at, not_before, undo_until, decided_at, by_policy, reason_kind, priority, confirms, zone, locale,
        account_zone, consent, suppressions, mail, phone, reachable, replied_at, topic, paused_until, stops, caps,
        departed, rivals, opens, closes, on_weekends, on_holidays,
    ) = row  # fmt: skip
    current = (channel if reachable else "") if reachable is not None else _of_channel(channel, mail, phone)
    calls = channel == Channel.CALL
    hours = Hours() if opens is None else Hours(opens, closes, on_weekends, on_holidays)
    held = tuple(SuppressionFact(one[0], one[1], _at(one[2]), one[3]) for one in _list(suppressions))
    if address is None:
        address, fingerprint = current, _UNWRITTEN
        approved_fingerprint = text_fingerprint = _UNWRITTEN
    else:
        text_fingerprint = fingerprint_of(channel, address, subject, body)
    return SendFacts(
        draft_id=draft_id,
        contact_id=contact_id,
        kind=kind,
        flow=flow,
        channel=channel,
        address=address,
        status=status,
        fingerprint=fingerprint,
        approved_fingerprint=approved_fingerprint,
        text_fingerprint=text_fingerprint,
        now=now,
        due_at=due_at,
        not_before=not_before,
        undo_until=undo_until,
        decided_at=decided_at,
        by_policy=by_policy,
        reason_kind=reason_kind,
        priority=priority,
        confirms=confirms,
        consent=consent or UNKNOWN,
        suppressions=held,
        current_address=current,
        hard_bounced=any(
            one.reason == SuppressionReason.HARD_BOUNCE and one.channel in (channel, "all") for one in held
        ),
        replied_at=replied_at,
        refused_topic=topic or "",
        paused_until=paused_until,
        stops=tuple(StopFact(scope, _at(since)) for scope, since in _list(stops)),
        # A call is no message: it waits for none, and counts for what is said of calls alone.
        caps=tuple(cap for cap in (Cap(*one) for one in _list(caps)) if not calls or cap.channel == channel),
        departed=tuple(Departed(_at(at), by) for at, by in _list(departed)),
        rivals=() if calls else tuple(_rival(*one) for one in _list(rivals)),
        hours=hours,
        # Where any hour will do, nobody need know where they are. Who calls wants to know the time there all the same.
        whereabouts=_NOWHERE
        if hours.always and not calls
        else whereabouts(timezone=zone, phone=phone or "", account_timezone=account_zone or "", locale=locale),
    )


#: Stands for a text that is not written yet.
_UNWRITTEN = "unwritten"


def _of_channel(channel: str, mail: str | None, phone: str | None) -> str:
    kind = ADDRESS_KIND_OF_CHANNEL.get(channel)
    return (mail if kind == "email" else phone if kind == "phone" else "") or ""


def _rival(
    draft_id: int, channel: str, flow: str, reason_kind: str, priority: int, decided: Any, due: Any, held_by: str
) -> Rival:
    return Rival(
        draft_id=draft_id,
        channel=channel,
        flow=flow,
        reason_kind=reason_kind,
        priority=priority,
        decided_at=None if decided is None else _at(decided),
        not_before=None if due is None else _at(due),
        held_by=held_by,
    )


def _list(text: str | None) -> Any:
    return json.loads(text) if text and text != "[]" else ()


def _at(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)

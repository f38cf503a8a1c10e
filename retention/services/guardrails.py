"""Guardrails: what must not get worse is looked at daily and after every complaint, and a breach stops the playbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F, Max, Q
from django.template.loader import render_to_string

from contacts.permission import id_array
from retention.models import Experiment, GuardrailReading, Playbook, PlaybookPause, PlaybookVersion
from retention.rules import guardrails as rules
from retention.rules.experiments.samples import Sums
from retention.rules.guardrails import Found
from retention.services.experiments.measuring import LATER_DAYS
from retention.services.playbooks.pausing import pause_playbook
from retention.services.refusals import Refused
from retention.services.withdrawing import withdraw_of_playbook
from retention.states import Arm, ExperimentStatus, Guardrail
from staff.models import User
from staff.services import notify
from staff.states import NotificationKind

#: Messages of so many days are what a rate is of.
MESSAGES_OF = timedelta(days=28)
#: An opt-out so long after the last message is still about it.
OPT_OUT_WITHIN = timedelta(days=14)
#: News is looked for among complaints of so many days, and the latest so many suppressions.
NEWS_OF = timedelta(days=7)
LATEST_SUPPRESSIONS = 500
#: Of a decline that a person has weighed nothing is asked again for so long, unless it got worse.
WEIGHED_FOR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Checked:
    """Playbooks looked at, and the ids of those that were paused because of it."""

    playbooks: int = 0
    paused: tuple[int, ...] = ()


def check_guardrails(*, now: datetime) -> Checked:
    """The daily look at every guardrail of every playbook that is in force or wrote to somebody lately.

    A reading of each is kept. The first breach pauses the playbook, takes back what waits, and tells its owner.
    """
    concerned = Playbook.objects.filter(
        Q(versions__status="published") | Q(enrolments__started_at__gt=now - MESSAGES_OF)
    )
    return _check(list(concerned.distinct().order_by("pk").values_list("pk", flat=True)), now, with_worth=True)


def watch_guardrails(*, now: datetime) -> Checked:
    """Look at complaints and opt-outs of playbooks that had one since their last reading, and that do not stand still.

    One query where nothing came. Every sweep calls it first, so that a breach stops that very sweep's steps.
    """
    given: dict[str, Any] = {
        "now": now,
        "since": now - NEWS_OF,
        "within": OPT_OUT_WITHIN,
        "latest": LATEST_SUPPRESSIONS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, given)
        ids = [pk for (pk,) in cursor.fetchall()]
    return _check(ids, now, with_worth=False) if ids else Checked()


def _check(ids: list[int], now: datetime, *, with_worth: bool) -> Checked:
    rates = _rates(ids, now)
    paused = [pk for pk in ids if _check_one(pk, rates.get(pk, _NO_MESSAGES), now, with_worth=with_worth)]
    return Checked(len(ids), tuple(paused))


@transaction.atomic
def _check_one(playbook_id: int, rates: Mapping[str, int], now: datetime, *, with_worth: bool) -> bool:
    """Keep what the guardrails of one playbook show; whether that paused it."""
    playbook = Playbook.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=playbook_id)
    version = _version_of(playbook)
    if version is None:
        return False
    found = [
        rules.of_rate(
            Guardrail.COMPLAINTS, count=rates["complaints"], total=rates["messages"],
            limit=float(version.max_complaint_rate),
        ),
        rules.of_rate(
            Guardrail.UNSUBSCRIBES, count=rates["opt_outs"], total=rates["messages"],
            limit=float(version.max_unsubscribe_rate),
        ),
    ]  # fmt: skip
    if with_worth:
        found += _worth(playbook, version, now)
    GuardrailReading.objects.bulk_create(
        GuardrailReading(
            playbook=playbook, guardrail=one.guardrail, at=now, count=one.count, total=one.total, value=one.value,
            low=one.low, high=one.high, limit=one.limit, breached=one.breached, sentence=one.sentence,
        )
        for one in found
    )  # fmt: skip
    breach = next((one for one in found if one.breached), None)
    if breach is None or playbook.pauses.filter(resumed_at__isnull=True).exists():
        return False
    _stop(playbook, breach, now)
    return True


def _stop(playbook: Playbook, breach: Found, now: datetime) -> None:
    label = Guardrail(breach.guardrail).label
    why = f"{playbook.title} was paused: {label.lower()}. Nothing was sent."
    taken = withdraw_of_playbook(playbook.pk, why, now)
    try:
        pause_playbook(
            playbook=playbook, reason=f"{label}: {breach.sentence}", by=None, now=now, guardrail=breach.guardrail
        )
    except Refused:  # Somebody paused it a moment ago, which is what is wanted.
        return
    notify(
        user_ids=[user.pk for user in _to_tell(playbook)],
        kind=NotificationKind.PLAYBOOK_PAUSED,
        key=f"paused:{playbook.pk}:{now:%Y-%m-%dT%H:%M:%S}",
        title=f"The playbook {playbook.title} was paused: {label.lower()}",
        url="/playbooks/",
        now=now,
    )
    # The mail leaves after the transaction, so that a mail server that is down takes no pause back.
    transaction.on_commit(lambda: tell(playbook, breach.sentence, taken), robust=True)


def tell(playbook: Playbook, sentence: str, taken: int) -> int:
    """Mail that a guardrail stopped a playbook: to its owner, or to all who may let it go on where it has none.

    Returns how many mails were handed over. Nobody is told whose account is closed or has no address.
    """
    told = 0
    for user in _to_tell(playbook):
        body = render_to_string(
            "retention/mail/guardrail.txt",
            {
                "user": user,
                "playbook": playbook,
                "sentence": sentence,
                "taken": taken,
                "link": f"{settings.PUBLIC_URL}/playbooks/",
            },
        )
        told += send_mail(f"Paused: {playbook.title}", body, None, [user.email])
    return told


def _to_tell(playbook: Playbook) -> list[User]:
    owner = playbook.owner
    if owner is not None and owner.is_active and owner.email:
        return [owner]
    may = Q(is_superuser=True) | Q(
        groups__permissions__codename="pause_playbooks", groups__permissions__content_type__app_label="retention"
    )
    return list(User.objects.filter(may, is_active=True).exclude(email="").distinct().order_by("pk"))


def _version_of(playbook: Playbook) -> PlaybookVersion | None:
    """The one in force, or else the latest that was: its limits hold."""
    versions = PlaybookVersion.objects.filter(playbook=playbook).exclude(status="draft")
    return versions.order_by(F("status").asc(), "-number").first()


# --- messages


_NO_MESSAGES: Mapping[str, int] = {"messages": 0, "complaints": 0, "opt_outs": 0}


def _rates(ids: Iterable[int], now: datetime) -> dict[int, dict[str, int]]:
    """Delivered messages of the last weeks by playbook, and what came of them since a person last let it go on."""
    given: dict[str, Any] = {"ids": id_array(ids), "now": now, "since": now - MESSAGES_OF, "within": OPT_OUT_WITHIN}
    with connection.cursor() as cursor:
        cursor.execute(_RATES, given)
        return {
            playbook: {"messages": messages, "complaints": complaints, "opt_outs": opt_outs}
            for playbook, messages, complaints, opt_outs in cursor.fetchall()
        }


_RATES = """
WITH resumed AS (
    SELECT playbook_id, max(resumed_at) AS at FROM retention_playbookpause GROUP BY 1
), sent AS MATERIALIZED (
    SELECT n.playbook_id, d.id, d.contact_id, d.sent_at, coalesce(z.at, '-infinity') AS counts_from
      FROM outreach_draft d
      JOIN retention_steprun r ON r.draft_id = d.id
      JOIN retention_enrolment n ON n.id = r.enrolment_id AND n.playbook_id = ANY(%(ids)s::bigint[])
      LEFT JOIN resumed z ON z.playbook_id = n.playbook_id
     WHERE d.status = 'sent' AND d.sent_at > %(since)s AND d.sent_at <= %(now)s
       AND NOT EXISTS (SELECT 1 FROM outreach_deliveryevent v
                        WHERE v.draft_id = d.id AND v.kind IN ('bounced', 'refused') AND NOT v.machine)
)
SELECT playbook_id, count(*),
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM outreach_deliveryevent v WHERE v.draft_id = s.id AND v.kind = 'complained'
              AND NOT v.machine AND v.at <= %(now)s AND v.at > s.counts_from)),
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM contacts_suppression x
            WHERE x.contact_id = s.contact_id AND x.reason = 'opted_out' AND x.at >= s.sent_at AND x.at <= %(now)s
              AND x.at < s.sent_at + %(within)s AND x.at > s.counts_from
              AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift l WHERE l.suppression_id = x.id)
              -- It is about the last message they got before it, whoever wrote that.
              AND NOT EXISTS (SELECT 1 FROM outreach_draft o WHERE o.contact_id = s.contact_id AND o.id <> s.id
                                 AND o.status = 'sent' AND o.flow <> 'service'
                                 AND o.sent_at > s.sent_at AND o.sent_at <= x.at)))
  FROM sent s GROUP BY playbook_id
"""
_NEWS = """
SELECT DISTINCT n.playbook_id
  FROM (SELECT v.draft_id, v.at, v.noted_at FROM outreach_deliveryevent v
         WHERE v.kind = 'complained' AND NOT v.machine AND v.at > %(since)s
         UNION ALL
        SELECT d.id, x.at, x.created_at
          FROM (SELECT contact_id, reason, at, created_at FROM contacts_suppression ORDER BY id DESC
                 LIMIT %(latest)s) AS x
          JOIN outreach_draft d ON d.contact_id = x.contact_id AND d.status = 'sent'
                               AND d.sent_at <= x.at AND x.at < d.sent_at + %(within)s
         WHERE x.reason = 'opted_out') AS news
  JOIN retention_steprun r ON r.draft_id = news.draft_id
  JOIN retention_enrolment n ON n.id = r.enrolment_id
  LEFT JOIN LATERAL (SELECT max(g.at) AS at FROM retention_guardrailreading g
                      WHERE g.playbook_id = n.playbook_id) AS last ON true
 WHERE news.at <= %(now)s
   AND (last.at IS NULL OR news.at > last.at OR (news.noted_at > last.at AND news.noted_at <= %(now)s))
   AND NOT EXISTS (SELECT 1 FROM retention_playbookpause p
                    WHERE p.playbook_id = n.playbook_id AND p.resumed_at IS NULL)
 ORDER BY 1
"""


# --- what customers are worth


def _worth(playbook: Playbook, version: PlaybookVersion, now: datetime) -> list[Found]:
    limits = {Guardrail.VALUE: version.max_value_decline, Guardrail.REVENUE: version.max_revenue_decline}
    experiment = (
        Experiment.objects.filter(version__playbook=playbook, staggered=False)
        .exclude(status=ExperimentStatus.DRAFT)
        .order_by("-locked_at")
        .first()
    )
    if experiment is None:
        return [rules.without_holdout(one, limit=float(limit)) for one, limit in limits.items()]
    sums = _sums(experiment, now)
    return [
        rules.of_decline(
            one,
            treated=sums[one, Arm.TREATED],
            holdout=sums[one, Arm.HOLDOUT],
            limit=float(limit),
            weighed=_weighed(playbook, one, now),
        )
        for one, limit in limits.items()
    ]


def _weighed(playbook: Playbook, guardrail: Guardrail, now: datetime) -> float | None:
    """The decline that a person knew when they let it go on after this guardrail had stopped it; None: none lately."""
    pauses = PlaybookPause.objects.filter(playbook=playbook, guardrail=guardrail, resumed_at__gt=now - WEIGHED_FOR)
    resumed = pauses.aggregate(last=Max("resumed_at"))["last"]
    if resumed is None:
        return None
    seen = GuardrailReading.objects.filter(playbook=playbook, guardrail=guardrail, at__lte=resumed)
    return seen.order_by("-at", "-id").values_list("value", flat=True).first()


def _sums(experiment: Experiment, now: datetime) -> dict[tuple[Guardrail, Arm], Sums]:
    """Both comparisons in one statement. Money of the commonest currency; whoever left is worth nothing."""
    given: dict[str, Any] = {
        "experiment": experiment.pk,
        "now": now,
        "month": now.date().replace(day=1),
        "value_after": timedelta(days=LATER_DAYS),
        "revenue_after": timedelta(days=experiment.window_days + LATER_DAYS),
    }
    found = {(one, arm): Sums() for one in (Guardrail.VALUE, Guardrail.REVENUE) for arm in Arm}
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED, given)
        for guardrail, arm, n, *sums in cursor.fetchall():
            found[Guardrail(guardrail), Arm(arm)] = Sums(n, *(float(one or 0) for one in sums))
    return found


_ADDED = "sum(y), sum(y * y), sum(x), sum(x * x), sum(x * y)"
_COMPARED = f"""
WITH everybody AS MATERIALIZED (
    SELECT a.arm, a.customer_id, a.assigned_at, a.later_revenue, a.pre_value, a.converted_at, c.currency
      FROM retention_assignment a JOIN retention_customer c ON c.id = a.customer_id
     WHERE a.experiment_id = %(experiment)s AND a.assigned_at <= %(now)s
), ours AS (
    SELECT * FROM everybody WHERE currency = (SELECT mode() WITHIN GROUP (ORDER BY currency) FROM everybody)
), valued AS (
    -- What they were worth in the month they began, and what they are worth in the latest month.
    SELECT o.arm, coalesce(after.clv, 0)::float8 AS y, coalesce(before.clv, 0)::float8 AS x
      FROM ours o
      JOIN retention_customervalue before ON before.customer_id = o.customer_id
                                         AND before.month = date_trunc('month', o.assigned_at AT TIME ZONE 'UTC')::date
      LEFT JOIN retention_customervalue after ON after.customer_id = o.customer_id
                                         AND after.month = (SELECT max(month) FROM retention_customervalue
                                                             WHERE month <= %(month)s)
     WHERE o.assigned_at + %(value_after)s <= (SELECT max(month) FROM retention_customervalue
                                                WHERE month <= %(month)s)::timestamp AT TIME ZONE 'UTC'
), later AS (
    SELECT o.arm, o.later_revenue::float8 AS y, o.pre_value::float8 AS x
      FROM ours o WHERE o.assigned_at + %(revenue_after)s <= %(now)s
)
SELECT 'value', arm, count(*), {_ADDED} FROM valued GROUP BY arm
 UNION ALL
SELECT 'revenue', arm, count(*), {_ADDED} FROM later GROUP BY arm
"""  # noqa: S608  parts of our own

"""Whether the ground is there that following up stands on. Each condition is computed; nobody can tick one.

Not ready means that no new sequence begins: where nobody said when silence starts, where nobody would hear that
somebody opted out or that an address is dead, and where leads contradict themselves. What is under way goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse

from contacts.models import ImportFile
from contacts.states import ImportStatus
from followups.models import CadenceVersion, Lead
from followups.services.cadences import DEFAULT
from followups.states import CLOSED_STAGES, Disposition, Trigger, VersionStatus
from outreach import ways_out
from outreach.inbound.providers import MAIL_PROVIDERS
from outreach.inbound.reading import IMAP
from outreach.states import NoticeKind

#: What came in is read within seconds. After this long nobody is reading.
LONGEST_UNREAD = timedelta(hours=1)
#: A provider that reports every message has said something by then.
HEARD_WITHIN = timedelta(days=7)
#: The CRM gets this long to agree with what somebody decided here.
AGREE_WITHIN = timedelta(days=14)
#: Up to this share of all leads may contradict themselves: that is somebody's slip, and no other taxonomy.
TOLERATED = 0.01
_NO_LEADS = "There are no open leads yet."
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  compared with, never bound to

# Leads that say two things at once. The sweep itself mends a closed lead with an open sequence, so that is not one.
CONTRADICTIONS = """
SELECT l.id FROM followups_lead l
 WHERE l.disposition_at < %s
   AND ((l.disposition = 'won' AND l.stage <> 'won') OR (l.disposition = 'lost' AND l.stage <> 'lost'))
UNION
SELECT l.id FROM followups_lead l JOIN followups_outcome o ON o.id = l.outcome_id
 WHERE o.disposition <> l.disposition
"""
_FACTS = f"""
SELECT (SELECT min(received_at) FROM outreach_providernotice WHERE status = 'waiting'),
       %s AND EXISTS (SELECT 1 FROM outreach_draft
                       WHERE status = 'sent' AND channel = 'email' AND sent_at < %s
                         AND provider NOT IN ('', 'folder')),
       EXISTS (SELECT 1 FROM outreach_providernotice WHERE provider = ANY(%s)),
       (SELECT count(*) FROM ({CONTRADICTIONS}) c),
       (SELECT count(*) FROM followups_lead),
       ARRAY(SELECT d FROM unnest(%s::text[]) d
              WHERE NOT EXISTS (SELECT 1 FROM followups_outcome o WHERE o.disposition = d AND o.active)
                AND EXISTS (SELECT 1 FROM followups_lead l WHERE l.disposition = d))
"""  # noqa: S608  only our own text is put together


_OPEN_LEADS = """
SELECT count(*), count(owner_id),
       count(*) FILTER (WHERE EXISTS (SELECT 1 FROM contacts_consentrecord r WHERE r.contact_id = l.contact_id))
  FROM followups_lead l WHERE l.stage <> ALL(%(closed)s)
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps new sequences from beginning. ``url`` is where it says what to do."""

    code: str
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: what holds, what was measured, and the remedy where one is needed.

    ``state`` is ``ok``, ``gap`` (holds new sequences back), ``look`` (worth a look) or ``info``.
    """

    code: str
    title: str
    state: str
    measured: str
    fix: str = ""
    url: str = ""
    url_label: str = ""


@dataclass(frozen=True, slots=True)
class _Facts:
    unread_since: datetime | None
    sent_long_ago: bool
    heard: bool
    contradictions: int
    leads: int
    without_outcome: list[str]


def why_not_start(now: datetime) -> list[Gap]:
    """What keeps new sequences from beginning, the most basic first; empty when nothing does. Two queries."""
    return [
        Gap(one.code, f"{one.measured} {one.fix}", f"{reverse('followups:readiness')}#{one.code}")
        for one in conditions(now)
        if one.state == "gap"
    ]


def conditions(now: datetime) -> list[Condition]:
    """The conditions that can hold new sequences back, each as it stands at `now`."""
    facts = _facts(now)
    return [_threshold(), _opt_outs(facts, now), _bounces(facts), _taxonomy(facts)]


def known_about_leads() -> list[Condition]:
    """What open leads lack of which no rule makes a condition, and what the last import turned away."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_LEADS, {"closed": list(CLOSED_STAGES)})
        leads, owned, asked = cursor.fetchone()
    leads_url = reverse("followups:leads")
    found = [
        Condition(
            "owners",
            "Leads have an owner",
            "info",
            f"{_share(owned, leads)} of {_counted(leads, 'open lead', 'open leads')} have an owner."
            if leads
            else _NO_LEADS,
            "The others go to intake." if owned < leads else "",
            f"{leads_url}?whose=unassigned",
            "Leads of nobody",
        ),
        Condition(
            "consent",
            "Consent is known",
            "info",
            f"Of {_share(asked, leads)} of the people behind them it is known whether they allow messages."
            if leads
            else _NO_LEADS,
            "Nobody else is written to: unknown is no." if asked < leads else "",
            f"{leads_url}?reason=consent_unclear",
            "Leads with unclear consent",
        ),
    ]
    refused = _stages_refused()
    if refused is not None:
        measured = f"The latest import of leads turned rows away for their stage. {refused}"
        found.append(
            Condition("stages", "Stages of the last import", "look", measured, "Import it again with a stage map.")
        )
    return found


def contradicting(leads: QuerySet[Lead], now: datetime) -> QuerySet[Lead]:
    """Those of `leads` that say two things about themselves."""
    return leads.filter(pk__in=RawSQL(CONTRADICTIONS, [now - AGREE_WITHIN]))  # noqa: S611  only our own text


class NewSequences:
    """Whether new sequences may begin, found out at the first question and kept: one sweep asks for every lead."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._gaps: list[Gap] | None = None

    def may_begin(self) -> bool:
        if self._gaps is None:
            self._gaps = why_not_start(self._now)
        return not self._gaps


def _facts(now: datetime) -> _Facts:
    with connection.cursor() as cursor:
        heard, agree = now - HEARD_WITHIN, now - AGREE_WITHIN
        # Nothing comes back from a folder, so that nobody has to look through everything that went there.
        leaves = not ways_out.is_folder(settings.EMAIL_URL)
        cursor.execute(_FACTS, [leaves, heard, [*MAIL_PROVIDERS, IMAP, "generic"], agree, Disposition.values])
        return _Facts(*cursor.fetchone())


def _threshold() -> Condition:
    """Somebody said after how many days without an answer a lead counts as silent, and when to stop."""
    code, title = "threshold", "When a lead counts as silent"
    where = {"url": reverse("admin:followups_cadence_changelist"), "url_label": "Cadences"}
    published = CadenceVersion.objects.filter(status=VersionStatus.PUBLISHED).select_related("cadence")
    versions = {version.cadence.name: version for version in published.order_by("cadence__name")}
    if DEFAULT not in versions:
        measured = "No cadence is published for leads in general."
        return Condition(code, title, "gap", measured, f"Publish a version of “{DEFAULT}”.", **where)
    for name, version in versions.items():
        if not any(getattr(version, f"wait_{trigger.value}") for trigger in Trigger):
            measured = f"In the cadence “{name}” every wait is 0 days, so that a lead is silent at once."
            fix = "Say after how many days without an answer it begins, and publish that."
            return Condition(code, title, "gap", measured, fix, **where)
    rules = versions[DEFAULT]
    waits = [getattr(rules, f"wait_{trigger.value}") for trigger in Trigger]
    measured = (
        f"{_counted(len(versions), 'cadence is', 'cadences are')} published. In general a lead is silent after "
        f"{min(waits)} to {max(waits)} days, and is left alone after "
        f"{_counted(rules.max_attempts, 'message', 'messages')} or {rules.max_days} days."
    )
    return Condition(code, title, "ok", measured, **where)


def _opt_outs(facts: _Facts, now: datetime) -> Condition:
    """Whoever says stop is heard: the link in each message can be reached, and what came in is read."""
    code, title = "opt_outs", "Opt-outs arrive"
    if facts.unread_since is not None and facts.unread_since < now - LONGEST_UNREAD:
        measured = (
            f"What providers and mailboxes sent has not been read since {facts.unread_since:%d %B %Y, %H:%M} UTC."
        )
        fix = "Start the worker, or ask whoever runs Rekindle to: a stop may be among it."
        return Condition(
            code, title, "gap", measured, fix, reverse("admin:outreach_providernotice_changelist"), "Notices"
        )
    if _leaves_for_real() and urlsplit(settings.PUBLIC_URL).hostname in _THIS_MACHINE:
        measured = (
            f"The opt-out link in each message leads to {settings.PUBLIC_URL}, which only this machine can reach."
        )
        return Condition(code, title, "gap", measured, "Set PUBLIC_URL to the address that your contacts reach.")
    measured = f"Each message has a link to {settings.PUBLIC_URL}, and nothing that came in has waited for an hour."
    return Condition(code, title, "ok", measured, url=reverse("outreach:sending"), url_label="Sending")


def _bounces(facts: _Facts) -> Condition:
    """It is heard of when nobody has an address (any more)."""
    code, title = "bounces", "Bounces arrive"
    problem = ways_out.problem_with_email(settings.EMAIL_URL)
    if problem:
        return Condition(code, title, "gap", "How mail leaves cannot be read from the settings.", problem)
    kind = ways_out.email_way(settings.EMAIL_URL).kind
    if kind == ways_out.FOLDER:
        return Condition(code, title, "ok", "Mail goes to a folder on this machine, from which nothing can come back.")
    if kind == ways_out.SMTP:
        if not (settings.IMAP_URL or settings.WEBHOOK_SECRET):
            measured = "Mail leaves by a mail server, and nothing tells Rekindle which messages came back."
            fix = "Set IMAP_URL to the mailbox that reports go to, or WEBHOOK_SECRET for a program that passes them on."
            return Condition(code, title, "gap", measured, fix)
        if facts.sent_long_ago and not facts.heard:
            measured = "Mail has left for more than 7 days, and no report and no answer was ever read."
            return Condition(
                code, title, "look", measured, "Send a message to an address that does not exist, and see."
            )
    elif not (settings.IMAP_URL or MAIL_PROVIDERS[kind].is_connected(NoticeKind.TRACKING)):
        measured = f"Mail leaves by {kind}, and its reports are not let in: their secret is not set."
        fix = f"Set the secret for {kind}, and give it the address /hooks/email/{kind}/tracking/."
        return Condition(code, title, "gap", measured, fix)
    elif facts.sent_long_ago and not facts.heard:
        measured = f"Mail has left for more than 7 days, and {kind} never reported anything, not even a delivery."
        fix = f"Look at the webhooks of your account there: they must call /hooks/email/{kind}/tracking/."
        return Condition(code, title, "gap", measured, fix)
    return Condition(code, title, "ok", "What becomes of messages is reported to Rekindle.")


def _taxonomy(facts: _Facts) -> Condition:
    """Stage, disposition and outcome of a lead say the same thing."""
    code, title = "taxonomy", "Leads say one thing about themselves"
    if facts.without_outcome:
        missing = ", ".join(f"“{Disposition(one).label}”" for one in facts.without_outcome)
        measured = f"Leads ended as {missing}, and no active outcome stands for that."
        fix = "Take an outcome for it back into use, or add one."
        where = reverse("admin:app_list", args=["followups"])
        return Condition(code, title, "gap", measured, fix, where, "Outcomes")
    if not facts.contradictions:
        agreeing = f"Stage, disposition and outcome agree for all {facts.leads:,} leads."
        measured = agreeing if facts.leads else "There are no leads yet, so none contradicts itself."
        return Condition(code, title, "ok", measured)
    measured = (
        f"{_counted(facts.contradictions, 'lead says', 'leads say')} two things at once: won or lost here and "
        f"otherwise in its stage for {AGREE_WITHIN.days} days, or an outcome that stands for something else by now."
    )
    fix = "Correct the stage where the lead comes from and import it again, or open the lead again."
    state = "gap" if facts.contradictions > facts.leads * TOLERATED else "look"
    return Condition(code, title, state, measured, fix)


def _stages_refused() -> str | None:
    """What the latest import said of the first row it refused for its stage; None where it refused none."""
    latest = ImportFile.objects.filter(kind="leads", status=ImportStatus.DONE).order_by("-pk").first()
    refusals = latest.report.get("refusals", []) if latest is not None else []
    return next((sentence for _, sentence in refusals if "is not a stage here" in sentence), None)


def _leaves_for_real() -> bool:
    """Whether mail can reach somebody. A mail server on this machine may be one that only shows what it gets."""
    if ways_out.is_folder(settings.EMAIL_URL):
        return False
    parts = urlsplit(settings.EMAIL_URL)
    return not (parts.scheme in ways_out.MAIL_SERVERS and parts.hostname in _THIS_MACHINE)


def _share(part: int, whole: int) -> str:
    """A share in whole percent, rounded down: all means all."""
    return f"{part * 100 // whole if whole else 100}%"


def _counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"

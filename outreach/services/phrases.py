"""What managers add to the gates: phrases to look for, and hosts that messages may link to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from outreach.gates import GATE_NAMES, OwnPhrase, Phrasebook
from outreach.gates.links import SHORTENERS, ascii_host, links_in
from outreach.gates.phrasebook import TAKES_PHRASES, compiled, why_not_phrase
from outreach.gates.phrases import find, fold
from outreach.models import GatePhrase, LinkHost, TemplateVersion
from outreach.rendering import LINK_LIMIT
from outreach.rules.writing import HouseRules
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import Severity, TemplateStatus
from staff.models import User
from staff.services import record

LONGEST_PHRASE = 200
LONGEST_NOTE = 300
#: A phrase that so many of the approved wordings hold would stop nearly everything. Fewer wordings say nothing.
TOO_COMMON = 0.5
FEWEST_WORDINGS = 4

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def house_rules() -> HouseRules:
    """The phrases in use and the allowed hosts, in two queries. Our own and those of BOOKING_URL and PAYMENT_URL are
    among them: whoever set these up wants people to go there.
    """
    rows = GatePhrase.objects.filter(active=True, gate__in=list(TAKES_PHRASES)).order_by("gate", "phrase")
    phrases = tuple(OwnPhrase(row.gate, row.phrase, row.severity, row.note) for row in rows)
    own = [host_of(url) for url in (settings.PUBLIC_URL, settings.BOOKING_URL, settings.PAYMENT_URL) if url]
    hosts = LinkHost.objects.values_list("host", flat=True)
    known = tuple(dict.fromkeys(host for host in (*own, *hosts) if host))
    return HouseRules(Phrasebook(phrases) if phrases else None, known)


@transaction.atomic
def add_phrase(*, gate: str, phrase: str, severity: str, by: User, note: str = "") -> GatePhrase:
    """Look for a phrase from now on. One that was retired is taken up again, with what is said now.

    Raises NotPermitted, or Refused with the remedy: an unknown gate, nothing to look for, or what would match
    everything.
    """
    _require(by, "outreach.add_gatephrase")
    words = why_not_add(gate=gate, phrase=phrase, severity=severity, note=note)
    if words is not None:
        raise Refused(words)
    row, _ = GatePhrase.objects.update_or_create(
        gate=gate,
        phrase=" ".join(phrase.split()),
        defaults={"severity": severity, "note": note.strip(), "active": True, "added_by": by},
    )
    record(
        action="outreach.add_phrase", actor=by, on=row, summary=f"Phrase added to “{GATE_NAMES[gate]}”",
        detail={"gate": gate, "severity": severity},
    )  # fmt: skip
    return row


@transaction.atomic
def change_phrase(*, phrase_id: int, severity: str, note: str, by: User) -> GatePhrase:
    """Change how far a phrase reaches, or why it is looked for. Its words stay: other words are another phrase."""
    _require(by, "outreach.change_gatephrase")
    row = GatePhrase.objects.get(pk=phrase_id)
    if severity not in Severity.values:
        raise Refused(f"There is no “{severity}”. Choose one of: {', '.join(Severity.values)}.")
    before = row.severity
    row.severity, row.note = severity, note.strip()[:LONGEST_NOTE]
    row.save(update_fields=["severity", "note"])
    record(
        action="outreach.change_phrase", actor=by, on=row, summary="Phrase changed",
        detail={"gate": row.gate, "before": before, "after": severity},
    )  # fmt: skip
    return row


@transaction.atomic
def retire_phrase(*, phrase_id: int, by: User) -> bool:
    """Look for a phrase no longer. The row stays, so that earlier findings can be understood. False: it was retired."""
    _require(by, "outreach.change_gatephrase")
    if not GatePhrase.objects.filter(pk=phrase_id, active=True).update(active=False):
        return False
    record(action="outreach.retire_phrase", actor=by, on=GatePhrase(pk=phrase_id), summary="Phrase retired")
    return True


@transaction.atomic
def add_link_host(*, host: str, by: User, note: str = "") -> LinkHost:
    """Allow links to a host and what is below it. A whole link is cut to its host. Raises NotPermitted or Refused."""
    _require(by, "outreach.add_linkhost")
    plain = host_of(host)
    words = why_not_host(plain)
    if words is not None:
        raise Refused(words)
    row, is_new = LinkHost.objects.get_or_create(host=plain, defaults={"note": note[:LONGEST_NOTE], "added_by": by})
    if is_new:
        record(action="outreach.add_link_host", actor=by, on=row, summary=f"Links to {plain} allowed")
    return row


@transaction.atomic
def remove_link_host(*, host_id: int, by: User) -> bool:
    """Links to this host stop a message again. False when it was removed already."""
    _require(by, "outreach.change_linkhost")
    row = LinkHost.objects.filter(pk=host_id).first()
    if row is None:
        return False
    record(action="outreach.remove_link_host", actor=by, on=row, summary=f"Links to {row.host} no longer allowed")
    row.delete()
    return True


def why_not_add(*, gate: str, phrase: str, severity: str, note: str = "") -> str | None:
    """Why this phrase cannot be added, with the remedy; None when it can."""
    if gate not in TAKES_PHRASES:
        names = ", ".join(f"{one} ({GATE_NAMES[one]})" for one in TAKES_PHRASES)
        return f"There is no gate “{gate[:40]}” that takes phrases. Choose one of: {names}."
    if severity not in Severity.values:
        return f"There is no “{severity[:40]}”. Choose one of: {', '.join(Severity.values)}."
    if len(phrase.strip()) > LONGEST_PHRASE:
        return f"The phrase has {len(phrase.strip())} characters. Shorten it to {LONGEST_PHRASE}."
    if len(note.strip()) > LONGEST_NOTE:
        return f"The note has {len(note.strip())} characters. Shorten it to {LONGEST_NOTE}."
    return why_not_phrase(phrase) or _too_common(phrase)


def _too_common(phrase: str) -> str | None:
    """Refuse what stands in most of the approved wording: it would stop nearly every message."""
    texts = [
        f"{subject}\n{body}"
        for subject, body in TemplateVersion.objects.filter(status=TemplateStatus.APPROVED).values_list(
            "subject", "body"
        )
    ]
    table = compiled([phrase])
    number = sum(bool(find(table, text)) for text in texts)
    if len(texts) < FEWEST_WORDINGS or number <= len(texts) * TOO_COMMON:
        return None
    return (
        f"“{' '.join(phrase.split())}” stands in {number} of {len(texts)} approved texts, so it would match nearly"
        " everything. Write more of the phrase."
    )


def host_of(text: str) -> str:
    """The host of what somebody entered: a host, or a link that has one."""
    words = fold(text.strip()).text
    if "://" not in words:
        words = f"https://{words.lstrip('/')}"
    try:
        return ascii_host(urlsplit(words).hostname or "")
    except ValueError:
        return ""


def why_not_host(host: str) -> str | None:
    """Why links to this host cannot be allowed, with the remedy; None when they can."""
    if not host:
        return "There is no host. Write it like this: docs.example.com."
    if not _HOST.fullmatch(host):
        return f"“{host[:100]}” is no host that everybody reaches by its name. Write it like this: docs.example.com."
    if host in SHORTENERS:
        return f"{host} hides where its links lead. Allow the host that they lead to."
    return None


def why_not_link(name: str, url: str) -> str | None:
    """Why a setting cannot be a link in messages, with the remedy; None when it can, or is not set.

    It must be one that stays whole in a message, and that the gate for links lets pass.
    """
    if not url:
        return None
    example = "Write it like this: https://book.example.com/classes"
    if any(char.isspace() or not char.isprintable() for char in url) or len(url) > LINK_LIMIT:
        return f"{name} has blanks in it, or more than {LINK_LIMIT} characters. {example}"
    try:
        host = urlsplit(url).hostname if urlsplit(url).scheme == "https" else ""
    except ValueError:
        host = ""
    if not host:
        return f"{name} must begin with https://, since people pay and book there. {example}"
    links = links_in(url)
    if len(links) != 1 or links[0].trick or "{" in url or "}" in url:
        return f"{name} is no plain link: messages with it would be stopped. {example}"
    if words := why_not_host(host_of(url)):
        return f"{name}: {words}"
    return None


def _require(by: User, permission: str) -> None:
    if not by.is_active or not by.has_perm(permission):
        raise NotPermitted("You may not change what the gates look for. Ask a manager.")

"""What people and the mail server do in these tests, through the services that serve them in earnest."""

from __future__ import annotations

from datetime import datetime

from followups import services
from followups.models import CadenceVersion, Lead
from followups.services import clone_cadence, publish_version, published_version
from outreach import services as outreach
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, Reply
from outreach.rendering import UNSUBSCRIBE_TOKEN
from tests.followups.making import NOW, ago, draft_of, owner_of, send, swept

#: A value above the threshold of the shipped cadence.
HIGH = 25_000
FOOTER = f"You can stop these e-mails here: {UNSUBSCRIBE_TOKEN}"


def hears(draft: Draft, text: str, *, at: datetime) -> Reply:
    """They answer this message."""
    message = IncomingMessage("email", draft.address, ("answers@ours.example",), text, at, subject="Re: your message")
    return outreach.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=at)


def sweep_one(lead: Lead, now: datetime = NOW) -> services.Swept:
    return swept(now=now, lead_ids=[lead.pk])[lead.external_id]


def say_nothing_twice(lead: Lead) -> None:
    """Two messages of ours, each with a reason of its own, and no answer: the attempts of the shipped cadence."""
    services.add_note(lead=lead, text="They move into the new office in June.", by=owner_of(lead), now=ago(40))
    services.add_note(lead=lead, text="Their new head of sales began on Monday.", by=owner_of(lead), now=ago(30))
    for days in (21, 14):
        sweep_one(lead, ago(days))
        send(draft_of(lead), at=ago(days))


def nobody_has_to_look() -> CadenceVersion:
    """A published cadence that leaves every step to itself as far as a cadence may."""
    version = clone_cadence(base=published_version(), name="unwatched", changes={}, by=None)
    version.steps.update(review_policy="never")
    version.segment_tags = ["unwatched"]
    version.save(update_fields=["segment_tags"])
    return publish_version(version=version, by=None, now=ago(100))


def unwatched(lead: Lead) -> Lead:
    """The lead, followed up by that cadence."""
    Lead.objects.filter(pk=lead.pk).update(tags=["unwatched"])
    lead.refresh_from_db()
    return lead


def rewrite(draft: Draft, *sentences: str) -> Draft:
    """The owner changes the text to these sentences. Greeting, signature and the way out stay as they should."""
    assert draft.owner is not None
    greeting = "Hello Marta,"
    body = "\n\n".join([greeting, " ".join(sentences), draft.owner.name, FOOTER])
    return outreach.edit(
        draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=draft.owner, now=NOW
    )


def gates_of(draft: Draft, severity: str | None = None) -> set[str]:
    """The gates that object to the text as it is."""
    found = draft.findings.filter(fingerprint=draft.fingerprint)
    return set((found.filter(severity=severity) if severity else found).values_list("gate", flat=True))

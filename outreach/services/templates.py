"""Approved language: what comes with Rekindle, and what managers write and approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from outreach import rules
from outreach.brands import default_brand, problems
from outreach.gates import Finding
from outreach.models import Template, TemplateVersion
from outreach.rendering import placeholders
from outreach.rules import DraftRequest, Wording
from outreach.services.refusals import BlockedByGates, NotPermitted, Refused
from outreach.shipped import CLOSE_LOOP, PLACEHOLDERS, ShippedTemplate
from outreach.states import DraftKind, Severity, TemplateStatus
from staff.models import User
from staff.services import record

#: The id under which it is noted what a brand lacks. It is no gate of its own: the gates judge texts.
SENDER = "sender"
#: Values that a new wording is tried with before it may be approved.
SAMPLE_VALUES = {
    "first_name": "Marta",
    "sender_name": "Jonas Weber",
    "account_name": "Northlight Studio",
    "next_step": "walk through the plan with your team",
    "next_step_on": "3 May",
    "question": "Does it work with our calendar?",
    "quote_on": "3 May",
    "proposal_on": "3 May",
    "engagement": "opened our proposal",
    "material_title": "Opening hours that fill themselves",
    "material_link": "https://example.com/opening-hours",
    "note": "we talked about the second room",
    "plan": "Monthly",
    "last_activity": "3 May 2026",
    "quiet_days": "34",
    "visits_before": "52",
    "value_summary": "52 times since May 2025",
    "milestone": "50",
    "offer": "15.00 EUR",
    "booking_link": "https://example.com/book",
    "payment_link": "https://example.com/pay",
}
#: What the example gives for wording that is for any reason.
ANY_REASON = "any"
_ADDRESS = {"email": "marta@northlight.example", "sms": "+441174960123", "push": "push", "in_app": "in_app"}


@transaction.atomic
def install_shipped_templates(*, shipped: list[ShippedTemplate], now: datetime) -> int:
    """Put the language that comes with Rekindle into the database, approved. Returns how many versions are new.

    Running it again changes nothing. Where a shipped text is a new one, it becomes a new version, approved only while
    the one in use came with Rekindle too: what a manager approved stays in use.
    """
    return install(Template, TemplateVersion, shipped, now)


def install(template_model: Any, version_model: Any, shipped: list[ShippedTemplate], now: datetime) -> int:
    """`install_shipped_templates` for the models given, so that a migration can use the ones of its own time."""
    added = 0
    for one in shipped:
        template, _ = template_model.objects.get_or_create(
            key=one.key,
            defaults={
                "name": one.name,
                "channel": one.channel,
                "angle": one.angle,
                "reason_kind": one.reason_kind,
                "language": one.language,
                "tags": list(one.tags),
                "shipped": True,
            },
        )
        versions = version_model.objects.filter(template=template)
        if not template.shipped or versions.filter(subject=one.subject, body=one.body, approved_by=None).exists():
            continue
        in_use = versions.filter(status=TemplateStatus.APPROVED).first()
        theirs = in_use is not None and in_use.approved_by_id is not None
        if in_use is not None and not theirs:
            versions.filter(pk=in_use.pk).update(status=TemplateStatus.RETIRED)
        version_model.objects.create(
            template=template,
            number=_next_number(versions),
            subject=one.subject,
            body=one.body,
            status=TemplateStatus.DRAFT if theirs else TemplateStatus.APPROVED,
            approved_at=None if theirs else now,
        )
        added += 1
    return added


@transaction.atomic
def new_template_version(*, template_id: int, by: User) -> TemplateVersion:
    """A new draft version with the wording of the latest one. Raises NotPermitted."""
    if not by.has_perm("outreach.add_templateversion"):
        raise NotPermitted("You may not change wording. Ask a manager.")
    template = Template.objects.select_for_update().get(pk=template_id)
    latest = template.versions.order_by("-number").first()
    version = TemplateVersion.objects.create(
        template=template,
        number=_next_number(template.versions.all()),
        subject=latest.subject if latest else "",
        body=latest.body if latest else "",
    )
    record(action="outreach.new_template_version", actor=by, on=version, summary=f"Version {version.number} begun")
    return version


@transaction.atomic
def approve_template_version(*, version_id: int, by: User, now: datetime) -> TemplateVersion:
    """Put a draft version into use and retire the one before. It is tried on an example first.

    Raises NotPermitted, BlockedByGates with what stands against the example, such as a missing way to stop or a brand
    without a postal address, or Refused for another hindrance.
    """
    if not by.has_perm("outreach.approve_templates"):
        raise NotPermitted("You may not approve wording. Ask a manager.")
    version = TemplateVersion.objects.select_related("template").get(pk=version_id)
    template = Template.objects.select_for_update().get(pk=version.template_id)
    unfit = _unfit(template, version)
    if unfit:
        raise Refused(" ".join(unfit))
    findings = try_out(template=template, version=version, now=now).findings
    if any(one.severity == Severity.BLOCK for one in findings):
        raise BlockedByGates(findings)
    # The row before the new one: at no moment are two approved (a unique constraint says so too).
    TemplateVersion.objects.filter(template=template, status=TemplateStatus.APPROVED).update(
        status=TemplateStatus.RETIRED
    )
    changed = TemplateVersion.objects.filter(pk=version_id, status=TemplateStatus.DRAFT).update(
        status=TemplateStatus.APPROVED, approved_at=now, approved_by=by
    )
    if not changed:
        raise Refused("Only a draft can be approved. Begin a new version to change the wording.")
    record(action="outreach.approve_template", actor=by, on=version, summary=f"Version {version.number} approved")
    return TemplateVersion.objects.get(pk=version_id)


def against_approval(*, version: TemplateVersion, now: datetime) -> list[str]:
    """Everything that keeps this wording from being approved, a sentence each; nothing when it may be."""
    template = version.template
    findings = try_out(template=template, version=version, now=now).findings
    blocking = [one.message for one in findings if one.severity == Severity.BLOCK]
    return [*_unfit(template, version), *blocking]


def try_out(*, template: Template, version: TemplateVersion, now: datetime) -> rules.WrittenText:
    """The wording with example values, what the gates say about it, and what its brand lacks to send it at all."""
    closing = template.angle == CLOSE_LOOP
    request = DraftRequest(
        contact_id=0,
        channel=template.channel,
        address=_ADDRESS.get(template.channel, ""),
        kind=DraftKind.CLOSE_LOOP if closing else DraftKind.FOLLOW_UP,
        angle=template.angle,
        due_at=now,
        # The wording of a playbook goes with any reason, and always has one when it is sent.
        reason_kind=template.reason_kind or ("" if closing else ANY_REASON),
        reason_text="" if closing else "An example of a useful reason.",
        values=SAMPLE_VALUES,
        evidence=tuple({"detail": value} for value in SAMPLE_VALUES.values()),
        consent="yes",
        sender_name=SAMPLE_VALUES["sender_name"],
        recipient_first_name=SAMPLE_VALUES["first_name"],
    )
    wording = Wording(
        version.pk, template.key, template.channel, template.angle, template.reason_kind, template.language,
        version.subject, version.body,
    )  # fmt: skip
    written = rules.write(wording=wording, request=request)
    brand = template.brand or default_brand()
    lacking = (Finding(SENDER, Severity.BLOCK, one) for one in problems(brand, channel=template.channel))
    return replace(written, findings=(*written.findings, *lacking))


def _unfit(template: Template, version: TemplateVersion) -> list[str]:
    """What can be said of the wording without an example of it."""
    found = []
    unknown = placeholders(f"{version.subject}\n{version.body}") - set(PLACEHOLDERS)
    if unknown:
        found.append(
            f"There is no value for {', '.join(sorted(unknown))}. The values are {', '.join(sorted(PLACEHOLDERS))}."
        )
    if template.channel == "email" and not version.subject.strip():
        found.append("An e-mail needs a subject. Write one.")
    return found


def _next_number(versions: Any) -> int:
    return int(versions.aggregate(latest=Max("number"))["latest"] or 0) + 1

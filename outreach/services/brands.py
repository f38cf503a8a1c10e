"""Brands and topics as managers write them. Reading who a message is from is `outreach.brands`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from outreach.brands import SenderIdentity, brand_of, brand_of_template, problems
from outreach.models import Brand, TemplateVersion, Topic
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import TemplateStatus
from staff.models import User
from staff.services import record

__all__ = ["SenderIdentity", "brand_of", "brand_of_template", "objection_to", "problems", "save_brand", "save_topic"]

_BRAND = ("key", "name", "from_name", "from_email", "postal_address", "sms_sender", "is_default")
_TOPIC = ("key", "name", "description", "position", "active")


@transaction.atomic
def save_brand(*, brand: Brand, by: User) -> Brand:
    """Keep a new or changed brand. One that becomes the default takes the place of the one before.

    Raises NotPermitted; and Refused where wording in use would lose its sender or postal address, or the default brand
    would be none.
    """
    _permit(by, "brand", new=brand.pk is None)
    if objection := objection_to(brand):
        raise Refused(objection)
    before = Brand.objects.select_for_update().filter(pk=brand.pk).first()
    if brand.is_default:
        Brand.objects.filter(is_default=True).exclude(pk=brand.pk).update(is_default=False)
    brand.save()
    _record("outreach.save_brand", brand, _BRAND, before, by)
    return brand


@transaction.atomic
def save_topic(*, topic: Topic, by: User) -> Topic:
    """Keep a new or changed topic. Raises NotPermitted."""
    _permit(by, "topic", new=topic.pk is None)
    before = Topic.objects.select_for_update().filter(pk=topic.pk).first()
    topic.save()
    _record("outreach.save_topic", topic, _TOPIC, before, by)
    return topic


def objection_to(brand: Brand) -> str:
    """Why the brand cannot be kept as it is now written, in words; nothing when it can.

    Wording was approved because its brand lacked nothing, so nothing may be taken from the brand afterwards.
    """
    if not brand.is_default and Brand.objects.filter(pk=brand.pk, is_default=True).exists():
        return "There must be a default brand. Make another one the default; this one then is it no longer."
    theirs = Q(template__brand__isnull=True) if brand.is_default else Q(pk__in=[])
    if brand.pk is not None:
        theirs |= Q(template__brand=brand.pk)
    in_use = TemplateVersion.objects.filter(theirs, status=TemplateStatus.APPROVED)
    for channel in sorted(set(in_use.order_by().values_list("template__channel", flat=True))):
        if found := problems(brand, channel=channel):
            return f"Wording in use would lose what it was approved with. {' '.join(found)}"
    return ""


def _permit(by: User, what: str, *, new: bool) -> None:
    if not by.has_perm(f"outreach.{'add' if new else 'change'}_{what}"):
        raise NotPermitted("You may not change this. Ask a manager.")


def _record(action: str, row: Any, names: tuple[str, ...], before: Any, by: User) -> None:
    changed = [name for name in names if before is None or getattr(before, name) != getattr(row, name)]
    if changed:
        # The names of what changed, not their contents: an address is a person's.
        summary = "Set" if before is None else "Changed"
        record(action=action, actor=by, on=row, summary=summary, detail={"changed": changed})

"""Who the messages are from; and a wording that nobody may approve."""

from __future__ import annotations

from outreach import services as outreach
from outreach.models import Brand, Template
from outreach.services.brands import save_brand
from reviews.demo.reading import read
from staff.models import User


def make_wording(by: User) -> None:
    """The brands, and the draft of a new wording for a brand without a postal address."""
    rows = read("wording.toml")
    default = Brand.objects.get(is_default=True)
    for name, value in rows["default_brand"].items():
        setattr(default, name, value)
    save_brand(brand=default, by=by)
    brand = save_brand(brand=Brand(**rows["brand"]), by=by)
    # The admin's forms keep a template and the words of a draft version as they stand; only approval is a decision.
    template = Template.objects.create(brand=brand, **rows["template"])
    version = outreach.new_template_version(template_id=template.pk, by=by)
    version.subject, version.body = rows["version"]["subject"], rows["version"]["body"].strip()
    version.save(update_fields=["subject", "body"])

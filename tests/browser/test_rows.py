"""What lies in a row that is a link as a whole, and what shows only once something is ticked, can be pressed."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from followups import services
from followups.models import Lead
from tests.browser.eyes import PHONE, WIDE, Eyes, too_wide
from tests.factories import make_user
from tests.followups.making import make_contact, make_lead

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_a_lead_in_nurture_is_closed_in_its_row_and_an_unowned_one_is_ticked(eyes: Eyes) -> None:
    owner = make_user("Account owner", name="Runa Vale")
    now = timezone.now()
    lead = make_lead(owner=owner, contact=make_contact(name="Nora Quill"))
    services.close_out(lead=lead, disposition="nurture", reason="Next year", by=owner, now=now)
    unowned = make_lead(owner=None, contact=make_contact(name="Una Fenn"))
    list(services.sweep(now=now, lead_ids=[unowned.pk]))

    page = eyes.page(owner.username)
    page.goto("/leads/nurture/")
    row = page.get_by_role("row").filter(has_text="Nora Quill")
    row.locator("summary").click()
    assert too_wide(page) == ""
    row.get_by_label("Why does it end?").fill("They moved abroad.")
    row.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("row").filter(has_text="Nora Quill")).to_have_count(0)
    assert Lead.objects.get(pk=lead.pk).disposition_reason.startswith("They moved abroad")

    page.goto("/intake/?q=Una")
    together = page.get_by_role("button", name="Give by the rules")
    expect(together).to_be_hidden()
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        page.get_by_role("checkbox").check()
        expect(together).to_be_in_viewport()
        assert too_wide(page) == ""
        page.get_by_role("checkbox").uncheck()
        expect(together).to_be_hidden()

"""The run over a quarter, on a small CRM that is made up. `crm_run` does the same with the files of a real one."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from pytest_django import Settings

from followups.models import Lead
from tests.followups.making import ago, make_lead, swept
from tests.followups.trials.pipeline import Pipeline
from tests.followups.trials.quarter import Quarter
from tests.followups.trials.telling import failings, report

FIRST, LAST, RUN_ON = date(2017, 10, 1), date(2017, 12, 10), date(2018, 2, 20)
ACCOUNTS = {"Alder Works": "retail", "Birchfield": "medical", "Cedar Point": "software", "Dunmore": "finance"}
PRODUCTS = {"Plan One": "550", "Plan Two": "26768"}
SELLERS = {"Ada Quill": "Central", "Ben Marsh": "Central", "Cleo Hart": "West"}
DEALS = 90


@pytest.fixture
def crm(tmp_path: Path) -> Path:
    """Deals of which a third is lost, a third won and a third never closed; every tenth is a mere prospect."""
    random = Random(11)
    folder = tmp_path / "crm"
    folder.mkdir()
    deals = []
    for number in range(DEALS):
        engaged = date(2017, 8, 15) + timedelta(days=number)
        closed = engaged + timedelta(days=random.randint(3, 120))
        stage = "Prospecting" if number % 10 == 9 else ("Won", "Lost", "Engaging")[number % 3]
        account = random.choice([*ACCOUNTS, ""])
        deals.append(
            {
                "opportunity_id": f"D{number:03}",
                "sales_agent": list(SELLERS)[number % len(SELLERS) if number % 4 else 0],
                "product": random.choice(["Plan One", "PlanTwo"]),
                "account": account,
                "deal_stage": stage,
                "engage_date": "" if stage == "Prospecting" else f"{engaged:%m/%d/%Y}",
                "close_date": f"{closed:%m/%d/%Y}" if stage in ("Won", "Lost") else "",
                "close_value": "1054" if stage == "Won" else "",
                "contact_email": f"d{number:03}@{account.split()[0].lower() if account else 'nobody'}.example",
            }
        )
    write(folder / "pipeline_with_contacts.csv", deals)
    write(folder / "accounts.csv", [{"account": name, "sector": sector} for name, sector in ACCOUNTS.items()])
    write(folder / "products.csv", [{"product": name, "sales_price": price} for name, price in PRODUCTS.items()])
    write(folder / "sales_teams.csv", [{"sales_agent": name, "regional_office": at} for name, at in SELLERS.items()])
    return folder


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_deal_is_open_until_the_day_it_closed_and_unknown_before_it_began(crm: Path) -> None:
    deal = next(one for one in Pipeline(crm).deals if one.stage == "Lost")
    assert deal.engaged_on is not None
    assert deal.closed_on is not None
    before, eve = deal.engaged_on - timedelta(days=1), deal.closed_on - timedelta(days=1)
    assert not deal.is_known_on(before)
    assert deal.as_of(eve, consent="yes")["deal_stage"] == "Engaging"
    assert deal.as_of(deal.closed_on, consent="yes")["deal_stage"] == "Lost"


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["won", "lost"])
def test_a_deal_that_closes_before_anything_was_written_still_gets_its_end(stage: str) -> None:
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(10))
    swept()
    assert not lead.attempts.exists()
    Lead.objects.filter(pk=lead.pk).update(stage=stage)
    assert swept() == {}
    lead.refresh_from_db()
    assert (lead.disposition, lead.closings.count()) == (stage, 1)
    assert swept() == {}
    assert lead.closings.count() == 1


@pytest.mark.trial
@pytest.mark.django_db
def test_no_silent_lead_is_left_without_an_end(crm: Path, tmp_path: Path, settings: Settings) -> None:
    settings.EMAIL_URL = str(tmp_path / "outbox")
    quarter = Quarter(crm, tmp_path, FIRST, LAST)
    quarter.run()
    told = quarter.run_on(RUN_ON)
    assert not failings(told), "\n".join(report(told))
    # Enough happened for that to mean something.
    assert told.simulated > 10
    assert told.silent > 20
    assert told.did["approved"] > 20
    assert told.did["answers"] >= 2
    assert told.ends["no_response"] > 10
    assert len(told.curve) == (LAST - FIRST).days + 1

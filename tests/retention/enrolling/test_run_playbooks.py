"""`manage.py run_playbooks`: rows, the line at the end, and its exit codes."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from retention.models import Enrolment
from retention.services.enrolling.sweeping import SWEEP_LOCK
from tests.retention.enrolling.rows import at_risk, playbook

pytestmark = pytest.mark.django_db

AS_OF = "2026-05-13T12:00:00+00:00"


def run(**options: Any) -> str:
    out = StringIO()
    call_command("run_playbooks", as_of=AS_OF, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_rows_and_summary_and_again_nothing(tmp_path: Path) -> None:
    playbook()
    customer, low = at_risk(), at_risk(total=5)
    target = tmp_path / "rows.csv"
    said = run(csv=str(target))
    assert said.strip() == (
        "2 customers looked at: 1 let in, 0 held out, 0 wait, 0 ended, 1 fit no playbook. Steps: drafted 1."
    )
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["customer", "playbook", "status", "step", "outcome", "why"]
    found = {(row["customer"], row["status"]): row for row in rows}
    assert found[customer.external_id, "step"] | {"why": ""} == {
        "customer": customer.external_id, "playbook": "try-v1", "status": "step", "step": "1", "outcome": "drafted",
        "why": "",
    }  # fmt: skip
    assert found[low.external_id, "refused"]["why"] == "Try: Their risk is low."
    assert run().strip().endswith("No step was due.")
    assert Enrolment.objects.count() == 1


def test_a_dry_run_says_so_and_writes_nothing() -> None:
    playbook()
    at_risk()
    assert run(dry_run=True).strip().endswith("Nothing was written: this was a dry run.")
    assert not Enrolment.objects.exists()


def test_only_the_customers_that_are_named() -> None:
    playbook()
    first, _second = at_risk(), at_risk()
    run(customer=[first.external_id])
    assert list(Enrolment.objects.values_list("customer_id", flat=True)) == [first.pk]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"as_of": "yesterday"}, 2, "takes an ISO date"),
        ({"as_of": f"{timezone.now() + timedelta(days=30):%Y-%m-%d}"}, 2, "has not come yet"),
        ({"customer": ["nobody"]}, 1, "There is no customer nobody"),
        ({"csv": "/nowhere/at/all.csv"}, 2, "No such file"),
    ],
)
def test_exit_codes(options: dict[str, Any], code: int, words: str) -> None:
    with pytest.raises(CommandError, match=words) as refused:
        call_command("run_playbooks", stdout=StringIO(), stderr=StringIO(), **{"as_of": AS_OF, **options})
    assert refused.value.returncode == code


def test_another_sweep_under_way_is_a_refusal() -> None:
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [SWEEP_LOCK])
        with pytest.raises(CommandError, match="Another sweep is under way") as refused:
            run()
        assert refused.value.returncode == 1
    finally:
        other.close()

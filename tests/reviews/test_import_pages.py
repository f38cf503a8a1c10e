"""The import pages, from upload to result, through the same steps as a person and a worker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from contacts.models import ImportFile
from followups.models import Lead
from reviews import tasks
from reviews.imports import services
from reviews.imports.kinds import IMPORTERS, guess
from staff.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
FILE = "Opportunity ID,Sales agent,deal_stage,engage_date,product\n=1,Mo,Engaging,12/31/2017,x\n2,Mo,Odd,1/2/2017,y\n"
CHOSEN = {
    "map_external_id": "Opportunity ID",
    "map_owner": "Sales agent",
    "map_stage": "deal_stage",
    "map_last_touch_at": "engage_date",
    "date_format": "%m/%d/%Y",
    "stage_map": "Engaging=qualified",
    "constants": "currency=eur",
    "create_owners": "on",
}


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    # No worker runs beside the tests: what was handed to one is called by the test.
    monkeypatch.setattr(tasks.check_import, "delay", lambda import_id: None)
    monkeypatch.setattr(tasks.run_import, "delay", lambda import_id: None)


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager")


@pytest.fixture
def page(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def uploaded(page: Client, text: str = FILE, kind: str = "leads") -> ImportFile:
    answer = page.post(reverse("imports:start"), {"kind": kind, "file": SimpleUploadedFile("deals.csv", text.encode())})
    assert answer.status_code == 302
    return ImportFile.objects.latest("id")


def test_a_file_travels_from_upload_to_result(page: Client) -> None:
    import_file = uploaded(page)
    shown = page.get(reverse("imports:columns", args=[import_file.pk])).content.decode()
    assert '<option value="Opportunity ID" selected>' in shown
    assert '<option value="engage_date" selected>' in shown
    detail = reverse("imports:detail", args=[import_file.pk])
    assert page.post(reverse("imports:columns", args=[import_file.pk]), CHOSEN)["Location"] == detail
    assert "Nothing is written" in page.get(detail).content.decode()

    tasks.check_import(import_file.pk)
    shown = page.get(detail).content.decode()
    assert "Line 3" in shown
    assert "Columns left out: product" in shown
    assert not Lead.objects.exists()
    refused = page.get(reverse("imports:refused", args=[import_file.pk]))
    assert b"Odd" in refused.getvalue()

    page.post(reverse("imports:confirm", args=[import_file.pk]))
    assert 'hx-trigger="load delay:1s"' in page.get(detail, headers={"HX-Request": "true"}).content.decode()
    tasks.run_import(import_file.pk)
    tasks.run_import(import_file.pk)
    import_file.refresh_from_db()
    assert (import_file.status, import_file.rows_done) == ("done", 2)
    lead = Lead.objects.get()
    assert (lead.external_id, lead.stage, lead.currency, str(lead.owner)) == ("=1", "qualified", "EUR", "Mo")
    assert "was imported" in page.get(detail).content.decode()
    assert page.post(reverse("imports:confirm", args=[import_file.pk]), follow=True).status_code == 200
    assert Lead.objects.count() == 1


def test_pasted_lines_are_a_file_too(page: Client) -> None:
    page.post(reverse("imports:start"), {"kind": "leads", "text": "external_id\n1\n"})
    assert ImportFile.objects.get().original_name == "pasted.csv"


@pytest.mark.parametrize("data", [{"kind": "leads"}, {"kind": "secrets", "text": "a\n1\n"}])
def test_an_upload_without_a_file_or_of_no_kind_is_refused_in_words(page: Client, data: dict[str, str]) -> None:
    answer = page.post(reverse("imports:start"), data)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode() or "errorlist" in answer.content.decode()


def test_too_large_a_file_is_refused(page: Client, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 10
    answer = page.post(reverse("imports:start"), {"kind": "leads", "text": FILE})
    assert "larger than" in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_a_file_that_cannot_be_read_says_why(page: Client) -> None:
    import_file = uploaded(page, "a,a\n1,2\n")
    answer = page.get(reverse("imports:columns", args=[import_file.pk]))
    assert answer.status_code == 422
    assert "Two columns are called" in answer.content.decode()


@pytest.mark.parametrize(
    "change",
    [{"map_external_id": ""}, {"stage_map": "Engaging=somewhere"}, {"constants": "colour=red"}, {"constants": "x"}],
)
def test_choices_that_make_no_sense_are_named(page: Client, change: dict[str, str]) -> None:
    import_file = uploaded(page)
    answer = page.post(reverse("imports:columns", args=[import_file.pk]), CHOSEN | change)
    assert answer.status_code == 422
    import_file.refresh_from_db()
    assert import_file.status == "uploaded"


def test_a_refused_file_can_be_tried_again_with_other_choices_or_put_away(page: Client) -> None:
    import_file = uploaded(page, "external_id\n1\n")
    services.choose(import_file=import_file, options={"mapping": {"name": "gone"}}, by=import_file.uploaded_by)
    tasks.check_import(import_file.pk)
    shown = page.get(reverse("imports:detail", args=[import_file.pk])).content.decode()
    assert "There is no column “gone”" in shown
    path = import_file.file.path
    page.post(reverse("imports:discard", args=[import_file.pk]))
    import_file.refresh_from_db()
    assert import_file.status == "discarded"
    assert path


def test_lost_work_can_be_asked_for_again_and_is_done_once(page: Client) -> None:
    import_file = uploaded(page, "external_id\n1\n")
    services.choose(import_file=import_file, options={}, by=import_file.uploaded_by)
    detail = reverse("imports:detail", args=[import_file.pk])
    assert "Try again" not in page.get(detail).content.decode()
    ImportFile.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert "Try again" in page.get(detail).content.decode()
    assert page.post(reverse("imports:again", args=[import_file.pk])).status_code == 302
    tasks.check_import(import_file.pk)
    tasks.check_import(import_file.pk)
    import_file.refresh_from_db()
    assert import_file.status == "previewed"


def test_others_do_not_see_it_and_those_without_the_permission_see_nothing(page: Client) -> None:
    import_file = uploaded(page)
    for user, expected in ((make_user("SDR manager"), 404), (make_user("Account owner"), 403)):
        client = Client()
        client.force_login(user)
        for name in ("detail", "columns", "refused"):
            assert client.get(reverse(f"imports:{name}", args=[import_file.pk])).status_code == expected
        for name in ("confirm", "again", "discard"):
            assert client.post(reverse(f"imports:{name}", args=[import_file.pk])).status_code == expected
    client = Client()
    client.force_login(make_user(is_superuser=True))
    assert client.get(reverse("imports:columns", args=[import_file.pk])).status_code == 200


def test_guesses_use_a_column_once() -> None:
    found = guess(IMPORTERS["leads"], ["Opportunity ID", "E-Mail", "Sales Agent", "Amount", "sector"])
    assert found == {
        "external_id": "Opportunity ID",
        "email": "E-Mail",
        "owner": "Sales Agent",
        "value": "Amount",
    }

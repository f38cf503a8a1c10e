"""What Celery wakes the workbench up for. Tasks carry ids only, and each is harmless when it runs twice."""

from __future__ import annotations

from celery import shared_task

from reviews.imports import services


@shared_task
def check_import(import_file_id: int) -> None:
    """Try an uploaded file and show what it would do."""
    services.check(import_file_id)


@shared_task
def run_import(import_file_id: int) -> None:
    """Import an uploaded file that was confirmed."""
    services.run(import_file_id)

"""The life of an uploaded file: uploaded, checked by a dry run, imported. Each step is a conditional update."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone

from contacts.importing.describe import Options, Report
from contacts.importing.errors import FileRefused, WrongArguments
from contacts.importing.reading import Table
from contacts.importing.run import Progress, WholeFile, import_stream
from contacts.importing.staging import hold_imports
from contacts.models import ImportFile
from contacts.states import IMPORT_TRANSITIONS, ImportStatus
from reviews.imports.kinds import IMPORTERS
from staff.models import User
from staff.services import record

#: An import of which nothing was heard for this long may be asked for again. Asking twice is harmless.
QUIET = timedelta(minutes=2)


class ImportNotPossible(Exception):  # noqa: N818
    """The step does not fit where the file stands. ``sentence`` says so."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def upload(*, kind: str, name: str, content: File[Any], by: User) -> ImportFile:
    """Keep a file to be imported. Raises ImportNotPossible for a kind there is no importer for, or too large a file."""
    if kind not in IMPORTERS:
        raise ImportNotPossible(f"Files of {kind} cannot be imported. The kinds are {', '.join(IMPORTERS)}.")
    if content.size > settings.IMPORT_MAX_BYTES:
        raise ImportNotPossible(
            f"The file is larger than {settings.IMPORT_MAX_BYTES // 1_000_000} MB. Split it, "
            "or import it with the command on the server."
        )
    made = ImportFile.objects.create(kind=kind, file=content, original_name=Path(name).name[:255], uploaded_by=by)
    record(action="contacts.upload_import", actor=by, on=made, detail={"kind": kind, "bytes": content.size})
    return made


def header(import_file: ImportFile) -> tuple[str, list[str]]:
    """The delimiter of a file, as its first line shows it, and the names of its columns. Raises FileRefused."""
    with import_file.file.open("rb") as stream:
        first = stream.readline(100_000)
        delimiter = max((",", ";", "\t", "|"), key=lambda one: first.count(one.encode()))
        stream.seek(0)
        columns = Table(binary(stream), delimiter).columns
    return delimiter, [name for name in columns if name]


def binary(opened: File[Any]) -> BinaryIO:
    """The bytes of an opened file."""
    return cast(BinaryIO, opened.file)


@transaction.atomic
def choose(*, import_file: ImportFile, options: dict[str, Any], by: User) -> None:
    """Take the choices for a file and have it checked. Raises ImportNotPossible when it is being worked on already."""
    fresh = {"error": "", "report": {}, "rows_done": 0, "started_at": timezone.now()}
    _move(import_file, ImportStatus.CHECKING, options=options, **fresh)
    record(action="contacts.check_import", actor=by, on=import_file)


@transaction.atomic
def confirm(*, import_file: ImportFile, by: User) -> None:
    """Import a file as previewed. Raises ImportNotPossible when somebody did, or it has not been checked."""
    _move(import_file, ImportStatus.RUNNING, error="", rows_done=0, started_at=timezone.now())
    record(action="contacts.confirm_import", actor=by, on=import_file)


@transaction.atomic
def discard(*, import_file: ImportFile, by: User) -> None:
    """Put a file away without importing it, and delete it."""
    _move(import_file, ImportStatus.DISCARDED, finished_at=timezone.now())
    record(action="contacts.discard_import", actor=by, on=import_file)
    transaction.on_commit(lambda: _delete_files(import_file))


def may_be_lost(import_file: ImportFile, now: datetime) -> bool:
    """Whether work on a file began so long ago, without an end, that asking again makes sense."""
    busy = import_file.status in (ImportStatus.CHECKING, ImportStatus.RUNNING)
    return busy and import_file.started_at is not None and now - import_file.started_at > QUIET


def check(import_file_id: int) -> None:
    """Try a file and take everything back. A file that is not waiting to be checked is left alone."""
    import_file = ImportFile.objects.filter(pk=import_file_id, status=ImportStatus.CHECKING).first()
    if import_file is None:
        return
    try:
        report = _import(import_file, dry_run=True)
    except (FileRefused, WrongArguments) as problem:
        _finish(import_file, ImportStatus.CHECKING, ImportStatus.FAILED, error=str(problem))
        return
    _finish(import_file, ImportStatus.CHECKING, ImportStatus.PREVIEWED, report=_told(report), rows_total=report.rows)


def run(import_file_id: int) -> None:
    """Import a file that was confirmed. It is imported if and only if it is shown as done: both are one transaction.

    Run twice, the second waits for the first and finds nothing to do. Killed, it imported nothing and may run again.
    """
    try:
        with transaction.atomic():
            hold_imports()
            import_file = ImportFile.objects.filter(pk=import_file_id, status=ImportStatus.RUNNING).first()
            if import_file is None:
                return
            report = _import(import_file, dry_run=False)
            _finish(
                import_file,
                ImportStatus.RUNNING,
                ImportStatus.DONE,
                report=_told(report),
                rows_total=report.rows,
                rows_done=report.rows,
            )
            transaction.on_commit(lambda: import_file.file.storage.delete(str(import_file.file.name)))
    except (FileRefused, WrongArguments) as problem:
        ImportFile.objects.filter(pk=import_file_id, status=ImportStatus.RUNNING).update(
            status=ImportStatus.FAILED, error=str(problem), finished_at=timezone.now()
        )


def refused_path(import_file: ImportFile) -> Path:
    """Where the refused lines of a file lie."""
    return Path(f"{import_file.file.path}.refused.csv")


def options_of(import_file: ImportFile, *, dry_run: bool) -> Options:
    chosen = import_file.options
    return Options(
        now=timezone.now(),
        source=import_file.original_name,
        mapping=chosen.get("mapping", {}),
        constants=chosen.get("constants", {}),
        stage_map=chosen.get("stage_map", {}),
        date_format=chosen.get("date_format", ""),
        delimiter=chosen.get("delimiter", ","),
        region=settings.DEFAULT_PHONE_REGION,
        create_owners=chosen.get("create_owners", False),
        create_accounts=chosen.get("create_accounts", False),
        dry_run=dry_run,
        by=import_file.uploaded_by,
    )


def _import(import_file: ImportFile, *, dry_run: bool) -> Report:
    with import_file.file.open("rb") as stream, WholeFile(refused_path(import_file)) as refused:
        # What was read is written through a connection of its own: that of the import shows nothing until its end.
        beside = connection.copy()
        try:
            return import_stream(
                IMPORTERS[import_file.kind],
                binary(stream),
                options_of(import_file, dry_run=dry_run),
                refused=refused,
                progress=_progress(beside, import_file.pk),
            )
        finally:
            beside.close()


def _progress(beside: Any, import_file_id: int) -> Progress:
    def tick(_bytes: int, rows: int) -> None:
        if rows and rows % 5000 == 0:
            with beside.cursor() as cursor:
                cursor.execute("UPDATE contacts_importfile SET rows_done = %s WHERE id = %s", [rows, import_file_id])

    return tick


def _told(report: Report) -> dict[str, Any]:
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "ignored_columns": report.ignored_columns,
        "notes": report.notes,
        "refusals": report.refusals,
        "sample": report.sample,
    }


def _move(import_file: ImportFile, target: ImportStatus, **changes: Any) -> None:
    before = [status for status, after in IMPORT_TRANSITIONS.items() if target in after]
    if not ImportFile.objects.filter(pk=import_file.pk, status__in=before).update(status=target, **changes):
        raise ImportNotPossible("The file is no longer where it was on your page. This is where it stands now.")


def _finish(import_file: ImportFile, before: ImportStatus, after: ImportStatus, **changes: Any) -> None:
    ImportFile.objects.filter(pk=import_file.pk, status=before).update(
        status=after, finished_at=timezone.now(), **changes
    )


def _delete_files(import_file: ImportFile) -> None:
    refused_path(import_file).unlink(missing_ok=True)
    import_file.file.storage.delete(str(import_file.file.name))

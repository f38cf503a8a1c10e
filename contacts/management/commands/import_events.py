"""`manage.py import_events`: events from a CSV file."""

from contacts.event_imports import EVENTS
from contacts.importing.commands import ImportCommand


class Command(ImportCommand):
    importer = EVENTS

"""`manage.py import_touches`: touches from a CSV file."""

from contacts.importing.commands import ImportCommand
from followups.imports import TOUCHES


class Command(ImportCommand):
    importer = TOUCHES

"""`manage.py import_leads`: leads from a CSV file."""

from contacts.importing.commands import ImportCommand
from followups.imports import LEADS


class Command(ImportCommand):
    importer = LEADS

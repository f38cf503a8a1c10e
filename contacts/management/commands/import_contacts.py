"""`manage.py import_contacts`: contacts from a CSV file."""

from contacts.importing.commands import ImportCommand
from contacts.imports import CONTACTS


class Command(ImportCommand):
    importer = CONTACTS

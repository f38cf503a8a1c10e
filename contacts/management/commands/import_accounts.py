"""`manage.py import_accounts`: accounts from a CSV file."""

from contacts.importing.commands import ImportCommand
from contacts.imports import ACCOUNTS


class Command(ImportCommand):
    importer = ACCOUNTS

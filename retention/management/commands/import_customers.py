"""`manage.py import_customers`: customers from a CSV file."""

from contacts.importing.commands import ImportCommand
from retention.imports import CUSTOMERS


class Command(ImportCommand):
    importer = CUSTOMERS

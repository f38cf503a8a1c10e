"""`manage.py import_optouts`: optouts from a CSV file."""

from contacts.importing.commands import ImportCommand
from contacts.imports import OPTOUTS


class Command(ImportCommand):
    importer = OPTOUTS

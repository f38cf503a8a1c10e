"""Decisions are kept as they were made."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only


class Migration(migrations.Migration):
    dependencies = [("followups", "0003_initial"), ("staff", "0002_append_only_and_roles")]

    operations = [migrations.RunSQL(*append_only("followups_decision"))]

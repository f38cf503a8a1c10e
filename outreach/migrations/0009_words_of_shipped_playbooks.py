"""The words of the playbooks that come with Rekindle, approved: a playbook is begun by publishing it, not by this."""

from datetime import UTC, datetime

from django.db import migrations


def install(apps, schema_editor):
    from outreach.services.templates import install as install_into
    from outreach.shipped import load_for_playbooks

    install_into(
        apps.get_model("outreach", "Template"),
        apps.get_model("outreach", "TemplateVersion"),
        load_for_playbooks(),
        datetime.now(UTC),
    )


class Migration(migrations.Migration):
    dependencies = [("outreach", "0008_calls")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

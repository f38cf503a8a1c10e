"""The approved language that comes with Rekindle, so that a new installation can write its first message."""

from datetime import UTC, datetime

from django.db import migrations


def install(apps, schema_editor):
    from outreach.services.templates import install as install_into
    from outreach.shipped import load

    install_into(
        apps.get_model("outreach", "Template"), apps.get_model("outreach", "TemplateVersion"), load(), datetime.now(UTC)
    )


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_pairs_and_choices")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

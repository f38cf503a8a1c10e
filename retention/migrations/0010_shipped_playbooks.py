"""The playbooks that come with Rekindle, each as a draft, so that nothing begins by itself (docs/playbooks.md)."""

from django.db import migrations


def ship(apps, schema_editor):
    from retention.services.playbooks.files import load_shipped
    from retention.shipped import texts

    load_shipped(apps, texts())


def take_back(apps, schema_editor):
    """Only what nobody has touched since: a playbook with more than its first draft stays."""
    playbooks = apps.get_model("retention", "Playbook").objects.filter(shipped=True)
    versions = apps.get_model("retention", "PlaybookVersion").objects
    begun = versions.exclude(number=1, status="draft").values("playbook")
    untouched = versions.filter(playbook__in=playbooks.exclude(pk__in=begun))
    ids = list(untouched.values_list("playbook", flat=True))
    untouched.delete()
    apps.get_model("retention", "Playbook").objects.filter(pk__in=ids).delete()


class Migration(migrations.Migration):
    dependencies = [("retention", "0009_what_is_locked"), ("outreach", "0009_words_of_shipped_playbooks")]

    operations = [migrations.RunPython(ship, take_back)]

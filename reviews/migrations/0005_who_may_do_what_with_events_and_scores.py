"""What each role may do with events, identities and scores."""

from django.db import migrations

RETENTION_ROWS = ["scorecomponent", "scoresignal", "scoreband"]
MORE = {
    "Account owner": ["retention.view_customer", "retention.override_scores"],
    "Concierge": ["retention.view_customer", "retention.override_scores"],
    "SDR manager": [
        "retention.view_customer",
        "retention.see_every_customer",
        "retention.view_scoremodel",
        "retention.view_scoreversion",
        "contacts.merge_contacts",
        "contacts.repair_events",
    ],
    "Retention manager": [
        "retention.see_every_customer",
        "retention.override_scores",
        "retention.publish_scores",
        *(f"retention.{verb}_scoremodel" for verb in ("view", "add", "change")),
        *(f"retention.{verb}_scoreversion" for verb in ("view", "add", "change")),
        *(f"retention.{verb}_{row}" for row in RETENTION_ROWS for verb in ("view", "add", "change", "delete")),
        "contacts.map_events",
        *(f"contacts.{verb}_eventname" for verb in ("view", "change")),
        "contacts.merge_contacts",
        "contacts.repair_events",
        *(f"contacts.{verb}_eventsource" for verb in ("view", "add", "change")),
    ],
}
APPS = ["contacts", "retention"]


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    for label in APPS:
        create_permissions(installed.get_app_config(label), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in MORE.items():
        group.objects.get(name=role).permissions.add(*(by_name[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0004_what_else_a_reviewer_does"),
        ("contacts", "0011_an_index_for_what_is_rare"),
        ("retention", "0006_shipped_models"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

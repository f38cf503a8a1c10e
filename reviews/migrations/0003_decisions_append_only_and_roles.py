"""Review decisions are kept as they were made; and what each role may do, said in one place above all apps."""

from importlib import import_module

from django.db import migrations

append_only = import_module("staff.migrations.0002_append_only_and_roles").append_only

VIEW_WORK = [
    "contacts.view_account",
    "contacts.view_contact",
    "contacts.view_touch",
    "followups.view_lead",
    "outreach.view_draft",
]
PERMISSIONS = {
    "Account owner": [*VIEW_WORK, "followups.change_lead", "reviews.review_drafts"],
    "SDR manager": [
        *VIEW_WORK,
        "followups.change_lead",
        "followups.see_every_lead",
        "reviews.review_drafts",
        "reviews.review_every_team",
        "contacts.import_files",
        "followups.view_cadence",
        "followups.add_cadence",
        "followups.change_cadence",
        "followups.view_cadenceversion",
        "followups.add_cadenceversion",
        "followups.change_cadenceversion",
        "followups.view_cadencestep",
        "followups.add_cadencestep",
        "followups.change_cadencestep",
        "followups.delete_cadencestep",
        "followups.publish_cadences",
        "followups.view_asset",
        "followups.add_asset",
        "followups.change_asset",
        "outreach.view_template",
        "outreach.add_template",
        "outreach.change_template",
        "outreach.view_templateversion",
        "outreach.add_templateversion",
        "outreach.change_templateversion",
        "outreach.approve_templates",
        "staff.view_auditentry",
    ],
    "Concierge": [*VIEW_WORK],
    "Retention manager": [*VIEW_WORK, "retention.view_customer", "retention.change_customer", "contacts.import_files"],
}
APPS = ["staff", "contacts", "outreach", "retention", "followups", "reviews"]


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    for label in APPS:
        create_permissions(installed.get_app_config(label), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in PERMISSIONS.items():
        group.objects.get(name=role).permissions.set([by_name[name] for name in names])


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0002_initial"),
        ("followups", "0004_decisions_append_only"),
        ("retention", "0002_initial"),
        ("outreach", "0002_initial"),
        ("contacts", "0003_suppressions_view_and_append_only"),
        ("staff", "0002_append_only_and_roles"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(*append_only("reviews_reviewdecision")),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]

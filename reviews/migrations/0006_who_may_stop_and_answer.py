"""What each role may do with sending, replies, wording and keys."""

from django.db import migrations

WORDING = ["gatephrase", "linkhost", "brand", "topic"]
CONTROL = [
    "outreach.stop_sending",
    "outreach.control_sending",
    "outreach.view_reply",
    "outreach.answer_replies",
    "outreach.view_providernotice",
    "outreach.change_providernotice",
    *(f"outreach.{verb}_{row}" for row in WORDING for verb in ("view", "add", "change")),
]
MORE = {
    "Account owner": ["outreach.stop_sending", "outreach.view_reply", "outreach.answer_replies"],
    "Concierge": ["outreach.stop_sending", "outreach.view_reply"],
    "SDR manager": CONTROL,
    "Retention manager": [
        *CONTROL,
        *(f"outreach.{verb}_productkey" for verb in ("view", "add", "change")),
    ],
}


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    create_permissions(installed.get_app_config("outreach"), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in MORE.items():
        group.objects.get(name=role).permissions.add(*(by_name[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0005_who_may_do_what_with_events_and_scores"),
        ("outreach", "0007_what_holds_from_the_start"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

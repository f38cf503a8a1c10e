"""What each role may do with playbooks, experiments and calls."""

from django.db import migrations

SEE = ["retention.view_playbook", "retention.view_enrolment"]
CALLS = ["outreach.view_call", "outreach.make_calls"]
EVERYTHING = [
    *SEE,
    *(
        f"retention.{verb}_{row}"
        for row in ("playbook", "playbookversion", "experiment", "playbooktrial", "workcapacity", "capacityrules")
        for verb in ("view", "add", "change")
    ),
    *(f"retention.{verb}_playbookstep" for verb in ("view", "add", "change", "delete")),
    *(f"retention.view_{row}" for row in ("assignment", "experimentreading", "guardrailreading", "steprun")),
    "retention.change_enrolments",
    "retention.publish_playbooks",
    "retention.pause_playbooks",
    "retention.scale_playbooks",
    "retention.decide_experiments",
    "outreach.view_call",
]
MORE = {
    "Account owner": [*SEE, *CALLS, "retention.change_enrolments"],
    "Concierge": [*SEE, *CALLS],
    "SDR manager": [*SEE, "outreach.view_call"],
    "Retention manager": EVERYTHING,
}


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    for app in ("retention", "outreach"):
        create_permissions(installed.get_app_config(app), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in MORE.items():
        group.objects.get(name=role).permissions.add(*(by_name[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0008_what_an_owner_does_from_the_queue"),
        ("retention", "0009_what_is_locked"),
        ("outreach", "0008_calls"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

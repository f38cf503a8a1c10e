"""Who reads decisions, who settles what they suggest, and who says when other people are away."""

from django.db import migrations

MORE = {
    "Account owner": ["reviews.view_reviewdecision"],
    "SDR manager": [
        "reviews.view_reviewdecision",
        "reviews.view_suggestion",
        "reviews.settle_suggestions",
        "staff.plan_absences",
    ],
    "Retention manager": [
        "reviews.view_reviewdecision",
        "reviews.view_suggestion",
        "reviews.settle_suggestions",
        "staff.plan_absences",
    ],
}


def grant(apps, schema_editor):
    # Permissions are usually made after all migrations; roles need them now.
    from django.apps import apps as installed
    from django.contrib.auth.management import create_permissions

    for app in ("reviews", "staff"):
        create_permissions(installed.get_app_config(app), verbosity=0)
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    by_name = {f"{p.content_type.app_label}.{p.codename}": p for p in permission.objects.select_related("content_type")}
    for role, names in MORE.items():
        group.objects.get(name=role).permissions.add(*(by_name[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [("reviews", "0010_the_workbench")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]

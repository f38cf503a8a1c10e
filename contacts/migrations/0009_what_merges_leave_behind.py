"""Consent that is not known any more, records that a merge made, and ids that belong together."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0008_only_one_event_store'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='consentrecord',
            name='consent_status',
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='merge',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.merge'),
        ),
        migrations.AddField(
            model_name='identity',
            name='same_as',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contacts.identity'),
        ),
        migrations.AddField(
            model_name='merge',
            name='undone_reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='suppression',
            name='merge',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.merge'),
        ),
        migrations.AlterField(
            model_name='consentrecord',
            name='status',
            field=models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unknown', 'Not known any more')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='identity',
            index=models.Index(condition=models.Q(('same_as__isnull', False)), fields=['same_as'], name='identity_same_as'),
        ),
        migrations.AddConstraint(
            model_name='consentrecord',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['yes', 'no', 'unknown'])), name='consent_status'),
        ),
    ]

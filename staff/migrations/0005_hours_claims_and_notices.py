"""Business hours and holidays, who has what open, and what people are told."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import staff.models.people
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0004_absences'),
    ]

    operations = [
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('message', 'Message'), ('call', 'Call'), ('intake', 'Intake case')], max_length=8)),
                ('row_id', models.BigIntegerField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to=settings.AUTH_USER_MODEL)),
                ('since', models.DateTimeField()),
                ('seen', models.DateTimeField(help_text='The page was last open at this moment')),
            ],
            options={
                'indexes': [models.Index(fields=['seen'], name='claim_by_age')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'row_id'), name='claim_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['message', 'call', 'intake'])), name='claim_kind')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='staff.team')),
                ('on', models.DateField()),
                ('name', models.CharField(max_length=100)),
            ],
            options={
                'ordering': ['on', 'id'],
                'constraints': [models.UniqueConstraint(fields=('team', 'on'), name='holiday_once', nulls_distinct=False)],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(choices=[('assigned', 'Something was given to you'), ('handed_over', 'You stand in for somebody'), ('warned', 'Something is close to its deadline'), ('breached', 'Something in your team passed its deadline'), ('held_reply', 'Somebody may have said stop'), ('maybe_sent', 'A message may have left or not'), ('undelivered', 'A message could not be delivered'), ('playbook_paused', 'A playbook was paused'), ('suggestion', 'A suggestion from what reviewers changed'), ('reminder', 'Something you put off is due')], max_length=20)),
                ('key', models.CharField(max_length=100)),
                ('title', models.CharField(max_length=200)),
                ('url', models.CharField(help_text='A path on this site', max_length=300)),
                ('at', models.DateTimeField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('slacked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['user', '-id'], name='notification_of_user'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['user'], name='notification_unread'), models.Index(condition=models.Q(('mailed_at__isnull', True)), fields=['user', 'id'], name='notification_to_mail'), models.Index(condition=models.Q(('slacked_at__isnull', True)), fields=['user', 'id'], name='notification_to_slack')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='notification_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['assigned', 'handed_over', 'warned', 'breached', 'held_reply', 'maybe_sent', 'undelivered', 'playbook_paused', 'suggestion', 'reminder'])), name='notification_kind')],
            },
        ),
        migrations.CreateModel(
            name='NotificationChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_choices', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(choices=[('assigned', 'Something was given to you'), ('handed_over', 'You stand in for somebody'), ('warned', 'Something is close to its deadline'), ('breached', 'Something in your team passed its deadline'), ('held_reply', 'Somebody may have said stop'), ('maybe_sent', 'A message may have left or not'), ('undelivered', 'A message could not be delivered'), ('playbook_paused', 'A playbook was paused'), ('suggestion', 'A suggestion from what reviewers changed'), ('reminder', 'Something you put off is due')], max_length=20)),
                ('mail', models.CharField(choices=[('never', 'Never'), ('digest', 'In the daily digest'), ('at_once', 'At once')], max_length=8)),
                ('slack', models.CharField(choices=[('never', 'Never'), ('digest', 'In the daily digest'), ('at_once', 'At once')], max_length=8)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='notification_choice_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['assigned', 'handed_over', 'warned', 'breached', 'held_reply', 'maybe_sent', 'undelivered', 'playbook_paused', 'suggestion', 'reminder'])), name='notification_choice_kind'), models.CheckConstraint(condition=models.Q(('mail__in', ['never', 'digest', 'at_once'])), name='notification_choice_mail'), models.CheckConstraint(condition=models.Q(('slack__in', ['never', 'digest', 'at_once'])), name='notification_choice_slack')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Preferences',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='preferences', to=settings.AUTH_USER_MODEL)),
                ('digest_at', models.TimeField(default=datetime.time(8, 0))),
                ('digest_sent_on', models.DateField(blank=True, help_text='The day of the last digest, there', null=True)),
                ('last_home_at', models.DateTimeField(blank=True, help_text='When the start page was last opened', null=True)),
                ('calendar_digest', models.CharField(blank=True, editable=False, max_length=64)),
            ],
            options={
                'verbose_name_plural': 'preferences',
                'constraints': [models.UniqueConstraint(condition=models.Q(('calendar_digest', ''), _negated=True), fields=('calendar_digest',), name='calendar_digest_once')],
                'indexes': [],
            },
        ),
        migrations.AlterModelOptions(
            name='absence',
            options={'ordering': ['-first_on', 'id'], 'permissions': [('plan_absences', 'Can say when other people are away')]},
        ),
        migrations.AddField(
            model_name='absence',
            name='substitute',
            field=models.ForeignKey(blank=True, help_text='Who decides meanwhile. Empty: as the team says', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='standing_in', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='team',
            name='closes',
            field=models.TimeField(default=datetime.time(17, 0)),
        ),
        migrations.AddField(
            model_name='team',
            name='four_eyes_from',
            field=models.DecimalField(decimal_places=2, default=0, help_text='From this value on, whoever changes a price cannot approve it', max_digits=14),
        ),
        migrations.AddField(
            model_name='team',
            name='hand_over',
            field=models.CharField(choices=[('manager', "The team's manager"), ('team', 'Colleagues in turn, the least loaded first'), ('nobody', 'It waits')], default='manager', help_text='Who gets the work of somebody absent who named nobody', max_length=10),
        ),
        migrations.AddField(
            model_name='team',
            name='intake_hours',
            field=models.PositiveSmallIntegerField(default=16, help_text='An intake case is answered within so many business hours'),
        ),
        migrations.AddField(
            model_name='team',
            name='opens',
            field=models.TimeField(default=datetime.time(9, 0)),
        ),
        migrations.AddField(
            model_name='team',
            name='review_hours',
            field=models.PositiveSmallIntegerField(default=8, help_text='A message is decided within so many business hours'),
        ),
        migrations.AddField(
            model_name='team',
            name='timezone',
            field=models.CharField(default='UTC', help_text='For instance Europe/Paris', max_length=60),
        ),
        migrations.AddField(
            model_name='team',
            name='work_days',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=staff.models.people.monday_to_friday, size=None),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('substitute__isnull', True), models.Q(('substitute', models.F('user')), _negated=True), _connector='OR'), name='absence_substitute_is_another'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='team_opens_before_it_closes'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('hand_over__in', ['manager', 'team', 'nobody'])), name='team_hand_over'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('work_days__contained_by', [0, 1, 2, 3, 4, 5, 6]), models.Q(('work_days', []), _negated=True)), name='team_work_days'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('intake_hours__gte', 1), ('review_hours__gte', 1)), name='team_deadlines'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('four_eyes_from__gte', 0)), name='team_four_eyes'),
        ),
    ]

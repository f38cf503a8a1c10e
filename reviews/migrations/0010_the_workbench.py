"""What people keep while they work, what is late, what changed hands, and what decisions suggest."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0014_birthdays'),
        ('followups', '0014_decisions_that_end'),
        ('outreach', '0010_the_order_of_the_queue'),
        ('reviews', '0009_who_may_do_what_with_playbooks'),
        ('staff', '0005_hours_claims_and_notices'),
        ('staff', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='EditDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='edit_drafts', to='outreach.draft')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fingerprint', models.CharField(max_length=64)),
                ('base_subject', models.CharField(blank=True, max_length=300)),
                ('base_body', models.TextField(blank=True)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('body', models.TextField(blank=True)),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['saved_at'], name='edit_draft_by_age')],
                'constraints': [models.UniqueConstraint(fields=('draft', 'user'), name='edit_draft_once')],
            },
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='outreach.draft')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='outreach.call')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='escalations', to='followups.intakecase')),
                ('step', models.CharField(choices=[('warned', 'Its person was warned'), ('escalated', 'The manager was told')], max_length=10)),
                ('deadline', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('told', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('call__isnull', True), ('case__isnull', True), ('draft__isnull', False)), models.Q(('call__isnull', False), ('case__isnull', True), ('draft__isnull', True)), models.Q(('call__isnull', True), ('case__isnull', False), ('draft__isnull', True)), _connector='OR'), name='escalation_is_of_one'), models.CheckConstraint(condition=models.Q(('step__in', ['warned', 'escalated'])), name='escalation_step'), models.UniqueConstraint(fields=('draft', 'step'), name='escalation_of_draft_once'), models.UniqueConstraint(fields=('call', 'step'), name='escalation_of_call_once'), models.UniqueConstraint(fields=('case', 'step'), name='escalation_of_case_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('absence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='hand_overs', to='staff.absence')),
                ('draft', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='outreach.draft')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='hand_overs', to='outreach.call')),
                ('of_user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to_user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('went_back', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['of_user'], name='hand_over_to_return')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('call__isnull', True), ('draft__isnull', False)), models.Q(('call__isnull', False), ('draft__isnull', True)), _connector='OR'), name='hand_over_is_of_one'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('draft',), name='hand_over_of_draft_once'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('call',), name='hand_over_of_call_once')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='contacts.contact')),
                ('draft', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notes', to='outreach.draft')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notes', to='outreach.call')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
                ('text', models.TextField()),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['contact', '-id'], name='note_of_contact')],
                'constraints': [],
            },
        ),
        migrations.CreateModel(
            name='Opened',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opened', to='outreach.draft')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fingerprint', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('draft', 'user', 'fingerprint'), name='opened_once')],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to='staff.team')),
                ('page', models.CharField(choices=[('messages', 'Messages'), ('calls', 'Calls'), ('intake', 'Intake'), ('leads', 'Leads'), ('customers', 'Customers')], max_length=10)),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=2000)),
            ],
            options={
                'ordering': ['name', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('team__isnull', False), ('user__isnull', True)), models.Q(('team__isnull', True), ('user__isnull', False)), _connector='OR'), name='saved_view_is_of_one'), models.CheckConstraint(condition=models.Q(('page__in', ['messages', 'calls', 'intake', 'leads', 'customers'])), name='saved_view_page'), models.UniqueConstraint(fields=('user', 'team', 'page', 'name'), name='saved_view_once', nulls_distinct=False)],
                'indexes': [],
            },
        ),
        migrations.CreateModel(
            name='Suggestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('change_wording', 'Change the wording'), ('retire_wording', 'Take the wording out of use'), ('ask_less', 'Ask for a review less often'), ('ask_more', 'Ask for a review more often'), ('raise_threshold', 'Write only at a higher score')], max_length=20)),
                ('key', models.CharField(max_length=120)),
                ('about', models.CharField(max_length=200)),
                ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='suggestions', to='outreach.template')),
                ('sentence', models.CharField(max_length=500)),
                ('evidence', models.JSONField(default=dict)),
                ('text', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('dismissed', 'Dismissed')], default='open', max_length=10)),
                ('made_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('settle_suggestions', 'Can accept and dismiss suggestions')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['change_wording', 'retire_wording', 'ask_less', 'ask_more', 'raise_threshold'])), name='suggestion_kind'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'accepted', 'dismissed'])), name='suggestion_status'), models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('settled_by__isnull', True), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='suggestion_settled_pair'), models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('key',), name='suggestion_one_open')],
                'indexes': [],
            },
        ),
        migrations.RemoveConstraint(
            model_name='reviewdecision',
            name='review_action',
        ),
        migrations.AddField(
            model_name='reviewdecision',
            name='to_user',
            field=models.ForeignKey(blank=True, help_text='For reassign: who has it from then on', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewdecision',
            name='until',
            field=models.DateTimeField(blank=True, help_text='For snooze: when it comes back', null=True),
        ),
        migrations.AddField(
            model_name='reviewdecision',
            name='words_before',
            field=models.PositiveIntegerField(blank=True, help_text='Words of the text that was seen', null=True),
        ),
        migrations.AddField(
            model_name='reviewdecision',
            name='words_changed',
            field=models.PositiveIntegerField(blank=True, help_text='Words taken out or put in between what the template said and this text', null=True),
        ),
        migrations.AlterField(
            model_name='reviewdecision',
            name='action',
            field=models.CharField(choices=[('approve', 'Approved'), ('edit_approve', 'Edited and approved'), ('edit', 'Edited'), ('suppress', 'Suppressed'), ('close_out', 'Closed out'), ('pause', 'Paused'), ('remind', 'Put aside until a reminder'), ('take_over', 'Taken over by hand'), ('resolve_sent', 'Settled: it was sent'), ('resolve_not_sent', 'Settled: it was not sent'), ('send_again', 'Settled: it was not sent, so it is sent again'), ('review_again', 'Taken up again'), ('undo', 'Approval taken back'), ('snooze', 'Snoozed'), ('wake', 'Snooze ended'), ('reassign', 'Given to a colleague')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='reviewdecision',
            index=models.Index(fields=['decided_by', '-id'], name='review_decision_person'),
        ),
        migrations.AddIndex(
            model_name='reviewdecision',
            index=models.Index(fields=['-decided_at', '-id'], name='review_decision_time'),
        ),
        migrations.AddConstraint(
            model_name='reviewdecision',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['approve', 'edit_approve', 'edit', 'suppress', 'close_out', 'pause', 'remind', 'take_over', 'resolve_sent', 'resolve_not_sent', 'send_again', 'review_again', 'undo', 'snooze', 'wake', 'reassign'])), name='review_action'),
        ),
    ]

"""The event store as scores need it, ids and merges. Events so far are carried over by the next migration."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0005_words_of_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE contacts_event RENAME CONSTRAINT contacts_event_pkey TO contacts_oldevent_pkey",
            "ALTER TABLE contacts_event RENAME CONSTRAINT contacts_oldevent_pkey TO contacts_event_pkey",
        ),
        migrations.RemoveIndex(model_name='event', name='event_contact_at'),
        migrations.RenameModel('Event', 'OldEvent'),
        migrations.AlterField(
            model_name='oldevent',
            name='contact',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='old_events', to='contacts.contact'),
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('due_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('code', models.CharField(max_length=30)),
                ('reason', models.CharField(max_length=500)),
                ('body', models.JSONField()),
                ('first_body', models.JSONField(blank=True, null=True)),
                ('status', models.CharField(choices=[('open', 'Refused'), ('replayed', 'Repaired and taken in'), ('discarded', 'Discarded')], default='open', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('repair_events', 'Can repair, replay and discard refused events')],
            },
        ),
        migrations.CreateModel(
            name='EventBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('call', models.CharField(max_length=10)),
                ('body', models.BinaryField()),
                ('messages', models.PositiveIntegerField(default=1)),
                ('left_out', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), blank=True, default=list, size=None)),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'event batches',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='EventName',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=100, unique=True)),
                ('title', models.CharField(help_text='The name as it first came', max_length=100)),
                ('kind', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('mapped_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['key'],
                'permissions': [('map_events', 'Can say what an event name counts as')],
            },
        ),
        migrations.CreateModel(
            name='EventSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('key_digest', models.CharField(max_length=64, unique=True)),
                ('key_ends_with', models.CharField(max_length=4)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_event_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('customer', 'Customer id'), ('user', 'User id'), ('anonymous', 'Anonymous id')], max_length=12)),
                ('value', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'identities',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(choices=[('person', 'Somebody of us said so'), ('alias', 'A source said so (alias)'), ('identify', 'A source named both ids (identify)'), ('customer', 'The same customer id')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('moved', models.JSONField(default=dict)),
                ('merged_at', models.DateTimeField()),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-id'],
                'permissions': [('merge_contacts', 'Can merge contacts and undo that')],
            },
        ),
        migrations.CreateModel(
            name='SuspectedDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('name_domain', 'Like names, same company'), ('phone', 'Same phone number'), ('email', 'Same e-mail address')], max_length=15)),
                ('likeness', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('open', 'Suspected'), ('dismissed', 'Not the same person'), ('merged', 'Merged')], default='open', max_length=10)),
                ('found_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-likeness', 'id'],
            },
        ),
        migrations.AddField(
            model_name='contact',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.contact'),
        ),
        migrations.AddIndex(
            model_name='arrival',
            index=models.Index(fields=['due_at'], name='arrival_due'),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='eventname',
            name='mapped_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='eventsource',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='eventsource',
            name='revoked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='eventbatch',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.eventsource'),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.eventsource'),
        ),
        migrations.AddField(
            model_name='identity',
            name='contact',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='identities', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='merge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merged_as', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='merge',
            name='merged_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='merge',
            name='survivor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='merge',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspectedduplicate',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspectedduplicate',
            name='first',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact'),
        ),
        migrations.AddField(
            model_name='suspectedduplicate',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact'),
        ),
        migrations.AddConstraint(
            model_name='eventname',
            constraint=models.CheckConstraint(condition=models.Q(('kind__isnull', True), ('kind__in', [0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42, 43, 44, 50, 51, 52, 53, 54, 55]), _connector='OR'), name='event_name_kind'),
        ),
        migrations.AddConstraint(
            model_name='eventname',
            constraint=models.CheckConstraint(condition=models.Q(('mapped_by__isnull', True), ('mapped_at__isnull', False), _connector='OR'), name='event_name_mapped_pair'),
        ),
        migrations.AddConstraint(
            model_name='eventsource',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_by__isnull', True), ('revoked_at__isnull', False), _connector='OR'), name='source_revoked_pair'),
        ),
        migrations.AddIndex(
            model_name='deadletter',
            index=models.Index(fields=['status', '-id'], name='dead_letter_by_status'),
        ),
        migrations.AddConstraint(
            model_name='deadletter',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'replayed', 'discarded'])), name='dead_letter_status'),
        ),
        migrations.AddConstraint(
            model_name='deadletter',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'open'), ('decided_at__isnull', False), _connector='OR'), name='dead_letter_decided_at'),
        ),
        migrations.AddConstraint(
            model_name='deadletter',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), ('decided_at__isnull', False), _connector='OR'), name='dead_letter_decided_pair'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['customer', 'user', 'anonymous'])), name='identity_kind'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='identity_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='identity',
            constraint=models.UniqueConstraint(fields=('kind', 'value'), name='identity_once'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('key__in', ['person', 'alias', 'identify', 'customer'])), name='merge_key'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('survivor', models.F('merged')), _negated=True), name='merge_of_two'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.CheckConstraint(condition=models.Q(('undone_by__isnull', True), ('undone_at__isnull', False), _connector='OR'), name='merge_undone_pair'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('merged',), name='merged_into_one_contact'),
        ),
        migrations.AddIndex(
            model_name='suspectedduplicate',
            index=models.Index(fields=['status', '-likeness', 'id'], name='duplicate_by_status'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['name_domain', 'phone', 'email'])), name='duplicate_reason'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'dismissed', 'merged'])), name='duplicate_status'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='duplicate_in_order'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('likeness__lte', 100)), name='duplicate_likeness'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'open'), ('decided_at__isnull', False), _connector='OR'), name='duplicate_decided_at'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), ('decided_at__isnull', False), _connector='OR'), name='duplicate_decided_pair'),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.UniqueConstraint(fields=('first', 'second'), name='duplicate_once'),
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='contacts.contact')),
                ('identity', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.identity')),
                ('name', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.eventname')),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contacts.eventsource')),
                ('kind', models.PositiveSmallIntegerField(default=0)),
                ('value', models.SmallIntegerField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('message_id', models.UUIDField(blank=True, null=True)),
                ('machine', models.BooleanField(default=False)),
                ('flag', models.CharField(blank=True, choices=[('too_old', 'Dated before 1990'), ('future', 'Dated more than a year ahead')], default='', max_length=10)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('reference', models.CharField(blank=True, default='', max_length=200)),
                ('properties', models.JSONField(blank=True, default=dict)),
            ],
            options={'ordering': ['occurred_at', 'id']},
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['contact', 'occurred_at'], include=('kind', 'value', 'identity'), name='event_of_contact'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('kind__in', (42, 43))), fields=['contact', 'occurred_at'], include=('kind', 'value', 'identity', 'reference'), name='event_ticket'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('contact__isnull', True)), fields=['identity'], name='event_of_unknown'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('kind', 0)), fields=['name'], name='event_without_effect'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['occurred_at'], name='event_by_time'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', [0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42, 43, 44, 50, 51, 52, 53, 54, 55])), name='event_kind'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('flag', ''), ('flag__in', ['too_old', 'future']), _connector='OR'), name='event_flag'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 0), models.Q(('flag', ''), ('machine', False)), _connector='OR'), name='event_counts'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('message_id',), name='event_message_once'),
        ),
    ]

"""What is put off is read in the order of the queue by an index of its own."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0014_birthdays'),
        ('outreach', '0011_words_of_messages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False), ('status', 'awaiting_review')), fields=['owner', 'rank_at', 'id'], name='draft_queue_snoozed'),
        ),
    ]

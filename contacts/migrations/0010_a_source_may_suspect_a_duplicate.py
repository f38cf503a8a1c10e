"""A source may name two contacts as one where that is not certain enough to merge them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0009_what_merges_leave_behind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='suspectedduplicate',
            name='duplicate_reason',
        ),
        migrations.AlterField(
            model_name='suspectedduplicate',
            name='reason',
            field=models.CharField(choices=[('name_domain', 'Like names, same company'), ('phone', 'Same phone number'), ('email', 'Same e-mail address'), ('source', 'A source takes them for one')], max_length=15),
        ),
        migrations.AddConstraint(
            model_name='suspectedduplicate',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['name_domain', 'phone', 'email', 'source'])), name='duplicate_reason'),
        ),
    ]

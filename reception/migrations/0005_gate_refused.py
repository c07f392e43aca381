from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reception', '0004_repair_class'),
    ]

    operations = [
        migrations.AlterField(
            model_name='gatelog',
            name='outcome',
            field=models.CharField(choices=[('opened', 'Opened'), ('unknown', 'No such pass'), ('used', 'Already used'), ('expired', 'Expired'), ('revoked', 'Revoked'), ('refused', 'May not leave yet')], max_length=8),
        ),
        migrations.RemoveConstraint(
            model_name='gatelog',
            name='reception_gatelog_outcome_known',
        ),
        migrations.AddConstraint(
            model_name='gatelog',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['expired', 'opened', 'refused', 'revoked', 'unknown', 'used'])), name='reception_gatelog_outcome_known'),
        ),
    ]

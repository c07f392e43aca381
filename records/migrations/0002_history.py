import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_history'),
        ('accounts', '__first__'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('records', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DatedRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('key', models.CharField(max_length=40)),
                ('value', models.JSONField()),
                ('valid_from', models.DateField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('branch', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.branch')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='records.datedrule')),
                ('set_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datedrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "records_datedruleevent" ("branch_id", "created_at", "id", "key", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_by_id", "valid_from", "value") VALUES (OLD."branch_id", OLD."created_at", OLD."id", OLD."key", OLD."note", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."set_by_id", OLD."valid_from", OLD."value"); RETURN NULL;', hash='94ca8d84b2360d18f7f2c48fed388ff8fb515743', operation='UPDATE', pgid='pgtrigger_update_update_62a83', table='records_datedrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='datedrule',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "records_datedruleevent" ("branch_id", "created_at", "id", "key", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "set_by_id", "valid_from", "value") VALUES (OLD."branch_id", OLD."created_at", OLD."id", OLD."key", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."set_by_id", OLD."valid_from", OLD."value"); RETURN NULL;', hash='69a7884fca8bc1fdb4569d5bf3c5a34d767280e7', operation='DELETE', pgid='pgtrigger_delete_delete_7a54d', table='records_datedrule', when='AFTER')),
        ),
    ]

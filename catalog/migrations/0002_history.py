import django.db.models.deletion
import django.db.models.functions.datetime
import dms.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_history'),
        ('catalog', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='LabourRateEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('price', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('tax_rate', dms.fields.RateField(decimal_places=4, max_digits=5)),
                ('valid_from', models.DateField()),
                ('branch', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.branch')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='catalog.labourrate')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PartPriceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('price', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('cost', dms.fields.MoneyField(decimal_places=2, default=0, max_digits=12)),
                ('tax_rate', dms.fields.RateField(decimal_places=4, max_digits=5)),
                ('valid_from', models.DateField()),
                ('branch', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.branch')),
                ('part', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.part')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='catalog.partprice')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='labourrate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "catalog_labourrateevent" ("branch_id", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "tax_rate", "valid_from") VALUES (OLD."branch_id", OLD."created_at", OLD."id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."price", OLD."tax_rate", OLD."valid_from"); RETURN NULL;', hash='90bac1b853bcbdd11a106edc873a3a3657414bcb', operation='UPDATE', pgid='pgtrigger_update_update_579ba', table='catalog_labourrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='labourrate',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "catalog_labourrateevent" ("branch_id", "created_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "tax_rate", "valid_from") VALUES (OLD."branch_id", OLD."created_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price", OLD."tax_rate", OLD."valid_from"); RETURN NULL;', hash='d81e16a5d58239533b255f2750819151a97437dd', operation='DELETE', pgid='pgtrigger_delete_delete_85ccf', table='catalog_labourrate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partprice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "catalog_partpriceevent" ("branch_id", "cost", "created_at", "id", "part_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "tax_rate", "valid_from") VALUES (OLD."branch_id", OLD."cost", OLD."created_at", OLD."id", OLD."part_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."price", OLD."tax_rate", OLD."valid_from"); RETURN NULL;', hash='abf188cb4306a43451ae65aaa1920d1fe19f8b7e', operation='UPDATE', pgid='pgtrigger_update_update_8def4', table='catalog_partprice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='partprice',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "catalog_partpriceevent" ("branch_id", "cost", "created_at", "id", "part_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price", "tax_rate", "valid_from") VALUES (OLD."branch_id", OLD."cost", OLD."created_at", OLD."id", OLD."part_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price", OLD."tax_rate", OLD."valid_from"); RETURN NULL;', hash='775dd1822ad9af29f0049a30cc4a558c41ecf38b', operation='DELETE', pgid='pgtrigger_delete_delete_0385f', table='catalog_partprice', when='AFTER')),
        ),
    ]

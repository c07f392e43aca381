import django.db.models.deletion
import django.db.models.functions.datetime
import dms.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '__first__'),
        ('customers', '0002_history'),
        ('delivery', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('reception', '0001_initial'),
        ('records', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceivableEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('payer', models.CharField(choices=[('customer', 'Customer'), ('manufacturer', 'Manufacturer warranty'), ('insurer', 'Insurer'), ('internal', 'Internal'), ('package', 'Package'), ('goodwill', 'Goodwill')], max_length=12)),
                ('net', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('tax', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('gross', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('state', models.CharField(choices=[('open', 'Open'), ('paid', 'Paid'), ('on_account', 'On account'), ('cancelled', 'Cancelled')], default='open', max_length=10)),
                ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='customers.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='delivery.receivable')),
                ('settlement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='delivery.settlement')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SettlementEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('number', models.CharField(max_length=30)),
                ('kind', models.CharField(choices=[('normal', 'Settlement'), ('reversal', 'Reversal')], default='normal', max_length=8)),
                ('state', models.CharField(choices=[('issued', 'Issued'), ('reversed', 'Reversed')], default='issued', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('net', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('tax', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('gross', dms.fields.MoneyField(decimal_places=2, max_digits=12)),
                ('issued_at', models.DateTimeField()),
                ('issued_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='reception.workorder')),
                ('paper', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='records.issuedpaper')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='delivery.settlement')),
                ('reverses', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='delivery.settlement')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receivable',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "delivery_receivableevent" ("created_at", "customer_id", "gross", "id", "net", "payer", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settlement_id", "state", "tax") VALUES (OLD."created_at", OLD."customer_id", OLD."gross", OLD."id", OLD."net", OLD."payer", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."settlement_id", OLD."state", OLD."tax"); RETURN NULL;', hash='79cf4eabbf2ddd6ff1a0e83cf224c741b885f262', operation='UPDATE', pgid='pgtrigger_update_update_1ce69', table='delivery_receivable', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receivable',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "delivery_receivableevent" ("created_at", "customer_id", "gross", "id", "net", "payer", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "settlement_id", "state", "tax") VALUES (OLD."created_at", OLD."customer_id", OLD."gross", OLD."id", OLD."net", OLD."payer", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."settlement_id", OLD."state", OLD."tax"); RETURN NULL;', hash='c600f5ce1503e464d2ed581ef469dc893753fb66', operation='DELETE', pgid='pgtrigger_delete_delete_19e29', table='delivery_receivable', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "delivery_settlementevent" ("created_at", "gross", "id", "issued_at", "issued_by_id", "kind", "net", "number", "order_id", "paper_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reverses_id", "state", "tax") VALUES (OLD."created_at", OLD."gross", OLD."id", OLD."issued_at", OLD."issued_by_id", OLD."kind", OLD."net", OLD."number", OLD."order_id", OLD."paper_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."reason", OLD."reverses_id", OLD."state", OLD."tax"); RETURN NULL;', hash='0e65c8f5348f6f14a7bdc7afea4e3789a41c4964', operation='UPDATE', pgid='pgtrigger_update_update_f031d', table='delivery_settlement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "delivery_settlementevent" ("created_at", "gross", "id", "issued_at", "issued_by_id", "kind", "net", "number", "order_id", "paper_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reverses_id", "state", "tax") VALUES (OLD."created_at", OLD."gross", OLD."id", OLD."issued_at", OLD."issued_by_id", OLD."kind", OLD."net", OLD."number", OLD."order_id", OLD."paper_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."reverses_id", OLD."state", OLD."tax"); RETURN NULL;', hash='bb312f078105c8b51b3f2249caf3640b91cadcf9', operation='DELETE', pgid='pgtrigger_delete_delete_2cd0b', table='delivery_settlement', when='AFTER')),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
import dms.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_history'),
        ('catalog', '0002_history'),
        ('customers', '0001_initial'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('kind', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], default='person', max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('pinyin', models.CharField(blank=True, editable=False, max_length=400)),
                ('pinyin_initials', models.CharField(blank=True, editable=False, max_length=120)),
                ('phone', models.CharField(blank=True, help_text='E.164, as +8613912345678', max_length=16)),
                ('phone_tail', models.CharField(blank=True, editable=False, max_length=4)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('language', models.CharField(choices=[('zh-hans', '中文'), ('en', 'English')], default='zh-hans', max_length=10)),
                ('note', models.TextField(blank=True)),
                ('branch', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.branch')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='customers.customer')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='VehicleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('plate', models.CharField(blank=True, max_length=20)),
                ('plate_kind', models.CharField(choices=[('blue', 'Blue plate'), ('nev', 'New-energy plate'), ('large', 'Yellow plate'), ('other', 'Other plate')], default='blue', max_length=5)),
                ('vin', models.CharField(blank=True, max_length=20)),
                ('vin_tail', models.CharField(blank=True, editable=False, max_length=6)),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('colour', models.CharField(blank=True, max_length=30)),
                ('incomplete', models.BooleanField(default=False)),
                ('warranty_start_on', models.DateField(blank=True, null=True)),
                ('last_visit_on', models.DateField(blank=True, null=True)),
                ('last_odometer', models.PositiveIntegerField(blank=True, null=True)),
                ('km_per_day', dms.fields.QuantityField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ('next_due_on', models.DateField(blank=True, null=True)),
                ('next_due_km', models.PositiveIntegerField(blank=True, null=True)),
                ('branch', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.branch')),
                ('model', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='catalog.vehiclemodel')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='customers.vehicle')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_customerevent" ("branch_id", "created_at", "email", "id", "kind", "language", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "phone_tail", "pinyin", "pinyin_initials", "version") VALUES (OLD."branch_id", OLD."created_at", OLD."email", OLD."id", OLD."kind", OLD."language", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."phone", OLD."phone_tail", OLD."pinyin", OLD."pinyin_initials", OLD."version"); RETURN NULL;', hash='3d4daa10287862804be0e3ccd3286534416b76bd', operation='UPDATE', pgid='pgtrigger_update_update_ca86d', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_customerevent" ("branch_id", "created_at", "email", "id", "kind", "language", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "phone_tail", "pinyin", "pinyin_initials", "version") VALUES (OLD."branch_id", OLD."created_at", OLD."email", OLD."id", OLD."kind", OLD."language", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."phone_tail", OLD."pinyin", OLD."pinyin_initials", OLD."version"); RETURN NULL;', hash='d65522beb45864e94c172e92a1ac9747aec2fdc5', operation='DELETE', pgid='pgtrigger_delete_delete_939ca', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vehicle',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."branch_id" IS DISTINCT FROM (NEW."branch_id") OR OLD."colour" IS DISTINCT FROM (NEW."colour") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."incomplete" IS DISTINCT FROM (NEW."incomplete") OR OLD."model_id" IS DISTINCT FROM (NEW."model_id") OR OLD."plate" IS DISTINCT FROM (NEW."plate") OR OLD."plate_kind" IS DISTINCT FROM (NEW."plate_kind") OR OLD."version" IS DISTINCT FROM (NEW."version") OR OLD."vin" IS DISTINCT FROM (NEW."vin") OR OLD."vin_tail" IS DISTINCT FROM (NEW."vin_tail") OR OLD."warranty_start_on" IS DISTINCT FROM (NEW."warranty_start_on") OR OLD."year" IS DISTINCT FROM (NEW."year"))', func='INSERT INTO "customers_vehicleevent" ("branch_id", "colour", "created_at", "id", "incomplete", "km_per_day", "last_odometer", "last_visit_on", "model_id", "next_due_km", "next_due_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate", "plate_kind", "version", "vin", "vin_tail", "warranty_start_on", "year") VALUES (OLD."branch_id", OLD."colour", OLD."created_at", OLD."id", OLD."incomplete", OLD."km_per_day", OLD."last_odometer", OLD."last_visit_on", OLD."model_id", OLD."next_due_km", OLD."next_due_on", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."plate", OLD."plate_kind", OLD."version", OLD."vin", OLD."vin_tail", OLD."warranty_start_on", OLD."year"); RETURN NULL;', hash='d541fe358cd61701466cf3d5fe37ae60c9f94209', operation='UPDATE', pgid='pgtrigger_update_update_ab7f6', table='customers_vehicle', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='vehicle',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_vehicleevent" ("branch_id", "colour", "created_at", "id", "incomplete", "km_per_day", "last_odometer", "last_visit_on", "model_id", "next_due_km", "next_due_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate", "plate_kind", "version", "vin", "vin_tail", "warranty_start_on", "year") VALUES (OLD."branch_id", OLD."colour", OLD."created_at", OLD."id", OLD."incomplete", OLD."km_per_day", OLD."last_odometer", OLD."last_visit_on", OLD."model_id", OLD."next_due_km", OLD."next_due_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plate", OLD."plate_kind", OLD."version", OLD."vin", OLD."vin_tail", OLD."warranty_start_on", OLD."year"); RETURN NULL;', hash='6eeed71026520670da9863653378329e28f2abf7', operation='DELETE', pgid='pgtrigger_delete_delete_120c2', table='customers_vehicle', when='AFTER')),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
import dms.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_history'),
        ('accounts', '__first__'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('reception', '0002_history'),
        ('workshop', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClockingEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('started_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('pause_reason', models.CharField(blank=True, choices=[('break', 'Break'), ('parts', 'Waiting for parts'), ('approval', 'Waiting for approval'), ('help', 'Helping at another car'), ('shift', 'End of shift'), ('other', 'Something else')], max_length=10)),
                ('job', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='workshop.job')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='workshop.clocking')),
                ('technician', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HoldEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reason', models.CharField(choices=[('approval', "Customer's approval"), ('parts', 'Parts'), ('sublet', 'Work given outside'), ('tool', 'Tool or bay'), ('insurer', 'Insurer'), ('customer', 'Customer'), ('other', 'Something else')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('began_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='workshop.job')),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='reception.workorder')),
                ('owner', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='workshop.hold')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='JobEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('assigned', 'Dispatched'), ('running', 'Running'), ('paused', 'Paused'), ('done', 'Finished')], default='queued', max_length=8)),
                ('standard_hours', dms.fields.QuantityField(decimal_places=2, max_digits=10)),
                ('sold_hours', dms.fields.QuantityField(decimal_places=2, max_digits=10)),
                ('return_cause', models.CharField(blank=True, max_length=300)),
                ('bay', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.bay')),
                ('line', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='reception.line')),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='reception.workorder')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='workshop.job')),
                ('technician', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clocking',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "workshop_clockingevent" ("created_at", "id", "job_id", "pause_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "stopped_at", "technician_id") VALUES (OLD."created_at", OLD."id", OLD."job_id", OLD."pause_reason", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."started_at", OLD."stopped_at", OLD."technician_id"); RETURN NULL;', hash='6b41084fe5ba1e193a8bd2497e438c039544122e', operation='UPDATE', pgid='pgtrigger_update_update_6756b', table='workshop_clocking', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='clocking',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "workshop_clockingevent" ("created_at", "id", "job_id", "pause_reason", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "stopped_at", "technician_id") VALUES (OLD."created_at", OLD."id", OLD."job_id", OLD."pause_reason", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."started_at", OLD."stopped_at", OLD."technician_id"); RETURN NULL;', hash='f9dc22b3c83c83c1967d790db36f78713d2a51e6', operation='DELETE', pgid='pgtrigger_delete_delete_35872', table='workshop_clocking', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "workshop_holdevent" ("began_at", "began_by_id", "created_at", "ended_at", "ended_by_id", "id", "job_id", "note", "order_id", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."began_at", OLD."began_by_id", OLD."created_at", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."job_id", OLD."note", OLD."order_id", OLD."owner_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."reason"); RETURN NULL;', hash='cdcf5eee377738100deb22e4fdd7ffc6f0277d82', operation='UPDATE', pgid='pgtrigger_update_update_c8bf3', table='workshop_hold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hold',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "workshop_holdevent" ("began_at", "began_by_id", "created_at", "ended_at", "ended_by_id", "id", "job_id", "note", "order_id", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason") VALUES (OLD."began_at", OLD."began_by_id", OLD."created_at", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."job_id", OLD."note", OLD."order_id", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason"); RETURN NULL;', hash='980c50ed6bd42f13779c1ee10b6348e82617fbe6', operation='DELETE', pgid='pgtrigger_delete_delete_b5497', table='workshop_hold', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='job',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "workshop_jobevent" ("bay_id", "created_at", "id", "line_id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "return_cause", "sold_hours", "standard_hours", "state", "technician_id", "version") VALUES (OLD."bay_id", OLD."created_at", OLD."id", OLD."line_id", OLD."order_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."return_cause", OLD."sold_hours", OLD."standard_hours", OLD."state", OLD."technician_id", OLD."version"); RETURN NULL;', hash='1d3af8e0903f574d8793ddb1736eade94c3e032f', operation='UPDATE', pgid='pgtrigger_update_update_c1c68', table='workshop_job', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='job',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "workshop_jobevent" ("bay_id", "created_at", "id", "line_id", "order_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "return_cause", "sold_hours", "standard_hours", "state", "technician_id", "version") VALUES (OLD."bay_id", OLD."created_at", OLD."id", OLD."line_id", OLD."order_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."return_cause", OLD."sold_hours", OLD."standard_hours", OLD."state", OLD."technician_id", OLD."version"); RETURN NULL;', hash='ec79e458d4faf5c64c66b48df2ac956aa24aca83', operation='DELETE', pgid='pgtrigger_delete_delete_671cc', table='workshop_job', when='AFTER')),
        ),
    ]

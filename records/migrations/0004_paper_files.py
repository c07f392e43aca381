import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

KINDS = [
    ("check_in", "Check-in sheet"), ("key_tag", "Key tag"), ("estimate", "Estimate sheet"), ("work_order", "Repair order"),
    ("job_sheet", "Job sheet"), ("inspection", "Inspection sheet"), ("certificate", "Completion certificate"),
    ("settlement", "Settlement slip"), ("old_parts", "Old-parts receipt"), ("gate_pass", "Gate pass"),
]
COUNTERS = [
    ("WT", "Repair order"), ("JS", "Settlement slip"), ("CM", "Gate pass"), ("JC", "Check-in sheet"), ("YS", "Key tag"),
    ("GJ", "Estimate sheet"), ("PG", "Job sheet"), ("JY", "Inspection sheet"), ("HG", "Completion certificate"),
    ("JX", "Old-parts receipt"),
]
STATES = [("waiting", "Waiting"), ("making", "Being made"), ("made", "Made"), ("failed", "Not made")]
TROUBLES = [
    ("library", "This machine cannot make PDF files (a library is missing). Print this page from the browser."),
    ("time", "Making the PDF took too long and was stopped. Print this page from the browser."),
    ("memory", "Making the PDF needed too much memory and was stopped. Print this page from the browser."),
    ("broken", "The PDF could not be made. Print this page from the browser, and tell your administrator."),
]


def known(model, field, values):
    return migrations.AddConstraint(
        model, models.CheckConstraint(
            condition=models.Q(**{f"{field}__in": sorted(values)}), name=f"records_{model}_{field}_known"
        )
    )


class Migration(migrations.Migration):
    """A file is a row before it is made, and may hold several papers. Made files are drawn anew from the papers."""

    dependencies = [("accounts", "0005_apitoken"), ("records", "0003_failed_guess")]

    operations = [
        migrations.DeleteModel("PaperFile"),
        migrations.RemoveConstraint("counter", "records_counter_kind_known"),
        migrations.RemoveConstraint("issuedpaper", "records_issuedpaper_kind_known"),
        migrations.AlterField("counter", "kind", models.CharField(choices=COUNTERS, max_length=4)),
        migrations.AlterField("issuedpaper", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.AlterField("issuedpaper", "subject_key", models.CharField(max_length=40)),
        known("counter", "kind", [value for value, _label in COUNTERS]),
        known("issuedpaper", "kind", [value for value, _label in KINDS]),
        migrations.AddIndex(
            "issuedpaper", models.Index(fields=["subject_key", "kind", "-id"], name="records_paper_of_subject")
        ),
        migrations.CreateModel(
            name="PaperFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("name", models.CharField(max_length=250, unique=True)),
                ("x", models.SmallIntegerField(default=0)),
                ("y", models.SmallIntegerField(default=0)),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=7)),
                ("trouble", models.CharField(blank=True, choices=TROUBLES, max_length=7)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("pdf", models.BinaryField(null=True)),
                ("branch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.branch")),
                ("paper", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="files", to="records.issuedpaper")),
            ],
            options={
                "indexes": [models.Index(condition=~models.Q(state="made"), fields=["-id"], name="records_paperfile_open")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(state__in=["failed", "made", "making", "waiting"]), name="records_paperfile_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(state="failed", trouble__in=["broken", "library", "memory", "time"])
                        | (~models.Q(state="failed") & models.Q(trouble="")),
                        name="records_paperfile_trouble",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(pdf__isnull=False, state="made") | (~models.Q(state="made") & models.Q(pdf__isnull=True)),
                        name="records_paperfile_made",
                    ),
                ],
            },
        ),
    ]

"""Choices of the house's records."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PaperKind(models.TextChoices):
    """Papers that are issued; the value stands in their number's prefix table."""

    CHECK_IN = "check_in", _("Check-in sheet")
    KEY_TAG = "key_tag", _("Key tag")
    ESTIMATE = "estimate", _("Estimate sheet")
    WORK_ORDER = "work_order", _("Repair order")
    JOB_SHEET = "job_sheet", _("Job sheet")
    INSPECTION = "inspection", _("Inspection sheet")
    CERTIFICATE = "certificate", _("Completion certificate")
    SETTLEMENT = "settlement", _("Settlement slip")
    PAYER_SLIP = "payer_slip", _("Slip of one payer")
    CREDIT_STATEMENT = "credit_statement", _("Statement of open credit")
    OLD_PARTS = "old_parts", _("Old-parts receipt")
    GATE_PASS = "gate_pass", _("Gate pass")
    PART_LABEL = "part_label", _("Part label")
    BAG_LABEL = "bag_label", _("Old-part bag label")


class CounterKind(models.TextChoices):
    """What is numbered, per branch and month."""

    WORK_ORDER = "WT", _("Repair order")
    SETTLEMENT = "JS", _("Settlement slip")
    GATE_PASS = "CM", _("Gate pass")
    CHECK_IN = "JC", _("Check-in sheet")
    KEY_TAG = "YS", _("Key tag")
    ESTIMATE = "GJ", _("Estimate sheet")
    JOB_SHEET = "PG", _("Job sheet")
    INSPECTION = "JY", _("Inspection sheet")
    CERTIFICATE = "HG", _("Completion certificate")
    OLD_PARTS = "JX", _("Old-parts receipt")
    PART_LABEL = "PQ", _("Part label")
    BAG_LABEL = "JD", _("Old-part bag label")
    SUPPLIER_ORDER = "CG", _("Order to a supplier")
    DAY_CLOSE = "RJ", _("Day close")
    PACKAGE = "TC", _("Service package")
    MAKER_CLAIM = "SP", _("Claim to the maker")
    DEPOSIT = "DJ", _("Deposit")
    CREDIT_STATEMENT = "DZ", _("Statement of open credit")


class FileState(models.TextChoices):
    """A file to print, on its way through the worker."""

    WAITING = "waiting", _("Waiting")
    MAKING = "making", _("Being made")
    MADE = "made", _("Made")
    FAILED = "failed", _("Not made")


class FileTrouble(models.TextChoices):
    """Why a file was not made, as the sentence above the printable page."""

    LIBRARY = (
        "library",
        _("This machine cannot make PDF files (a library is missing). Print this page from the browser."),
    )
    TIME = "time", _("Making the PDF took too long and was stopped. Print this page from the browser.")
    MEMORY = "memory", _("Making the PDF needed too much memory and was stopped. Print this page from the browser.")
    BROKEN = "broken", _("The PDF could not be made. Print this page from the browser, and tell your administrator.")


class PhotoKind(models.TextChoices):
    """Why a photo was taken."""

    ARRIVAL = "arrival", _("At arrival")
    FINDING = "finding", _("Finding")
    DELIVERY = "delivery", _("At delivery")
    INTACT = "intact", _("Before strip-down")
    STRIPPED = "stripped", _("After strip-down")


class How(models.TextChoices):
    """How a column of a saved list is compared."""

    IS = "is", _("is")
    HAS = "has", _("contains")
    FROM = "from", pgettext_lazy("compare", "from")
    TO = "to", pgettext_lazy("compare", "up to")
    DAYS = "days", _("in the last days")
    EMPTY = "empty", _("is empty")
    FILLED = "filled", _("is filled in")


class Rhythm(models.TextChoices):
    """When a saved list is mailed to its owner."""

    NONE = "", _("Not by mail")
    DAY = "day", _("Every day")
    WEEK = "week", _("Every Monday")
    MONTH = "month", _("On the first of the month")


class MailState(models.TextChoices):
    """A list on its way to its owner's mailbox."""

    PLANNED = "planned", _("Planned")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    UNKNOWN = "unknown", _("Unknown whether sent")

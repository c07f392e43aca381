"""Who does how much of a job that several do."""

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import Membership
from dms.fields import Row
from dms.history import tracked
from workshop.models.work import Job


@tracked()
class JobShare(Row):
    """Somebody's part of a job in whole percent; together they are the whole job. No rows: who has the job does all."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="shares")
    technician = models.ForeignKey(Membership, models.PROTECT, related_name="job_shares")
    percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "technician"], name="jobshare_technician_once"),
            models.CheckConstraint(condition=Q(percent__gte=1, percent__lte=99), name="jobshare_percent_part"),
        ]
        triggers = [
            # At the end of the transaction: shares come and go one by one, and only all of them are a whole.
            pgtrigger.Trigger(
                name="jobshare_whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM workshop_jobshare s
                        WHERE s.job_id IN (COALESCE(OLD.job_id, NEW.job_id), COALESCE(NEW.job_id, OLD.job_id))
                        GROUP BY s.job_id HAVING sum(s.percent) <> 100
                    ) THEN
                        RAISE EXCEPTION 'the shares of a job are not 100 percent' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]

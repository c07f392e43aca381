"""The nightly look through a branch: who is due, who stays away. Set-based, and right when it runs twice or late.

Each sweep is one transaction of three steps: lock the cars that seem to qualify, in the order of their ids; decide
again and insert; mend what has changed. The first two are two statements on purpose: the second sees what a visit
committed while the first waited for it, so no reminder is made for a service that was just done.
"""

from datetime import date, timedelta

from accounts.models import Branch
from dms.clock import now
from reception.states import OPEN_STATES
from records.selectors import rule
from retention.services.looking import held_cars, written

#: Open forecasts of rules that (still) are of the car's model or brand.
_APPLIES = """
    customers_dueforecast f
    JOIN customers_vehicle v ON v.id = f.vehicle_id
    JOIN catalog_vehiclemodel m ON m.id = v.model_id
    JOIN catalog_maintenancerule r ON r.id = f.rule_id AND (r.model_id = m.id OR r.brand_id = m.brand_id)
"""
_DUE = f"""
    SELECT f.vehicle_id, f.rule_id, f.cycle, f.due_on
    FROM {_APPLIES}
    WHERE v.branch_id = %(branch)s AND f.closed_at IS NULL AND f.due_on <= %(until)s
      AND NOT EXISTS (
          SELECT 1 FROM retention_reminder n
          WHERE n.vehicle_id = f.vehicle_id AND n.rule_id = f.rule_id AND n.cycle = f.cycle
      )
"""  # noqa: S608  # constants
_REMIND = f"""
    INSERT INTO retention_reminder (vehicle_id, rule_id, cycle, due_on, state)
    SELECT d.vehicle_id, d.rule_id, d.cycle, d.due_on, 'open' FROM ({_DUE}) d
    WHERE d.vehicle_id = ANY(%(cars)s) ORDER BY d.vehicle_id, d.rule_id
    ON CONFLICT (vehicle_id, rule_id, cycle) DO NOTHING
"""  # noqa: S608  # constants
#: An open reminder keeps the date of its forecast.
_FOLLOW = """
    UPDATE retention_reminder SET due_on = n.new_on FROM (
        SELECT o.id, f.due_on AS new_on FROM retention_reminder o
        JOIN customers_vehicle v ON v.id = o.vehicle_id AND v.branch_id = %(branch)s
        JOIN customers_dueforecast f
          ON f.vehicle_id = o.vehicle_id AND f.rule_id = o.rule_id AND f.cycle = o.cycle
        WHERE o.state = 'open' AND f.due_on <> o.due_on ORDER BY o.id FOR UPDATE OF o
    ) n WHERE retention_reminder.id = n.id
"""
#: A corrected model takes its old rules away; a service done before we kept reminders closed its forecast alone.
_MOOT = f"""
    UPDATE retention_reminder SET state = 'closed', closed_at = %(at)s, closed_why = 'moot' WHERE id IN (
        SELECT o.id FROM retention_reminder o
        JOIN customers_vehicle c ON c.id = o.vehicle_id AND c.branch_id = %(branch)s
        WHERE o.state = 'open' AND NOT EXISTS (
            SELECT 1 FROM {_APPLIES}
            WHERE f.vehicle_id = o.vehicle_id AND f.rule_id = o.rule_id AND f.cycle = o.cycle AND f.closed_at IS NULL
        ) ORDER BY o.id FOR UPDATE OF o
    )
"""  # noqa: S608  # constants

#: fixed: the day N months after the last visit has come (31 Jan + 1 month is the last of February), and a car that was
#: never here cannot stay away; N is the model's, else the brand's, else the branch's. predicted: the grace has passed
#: since its own due date, and since its last visit.
#: The kinds are VALUES and not LATERAL: PostgreSQL would memoize what never repeats, 9 of 10 seconds at 300,000 cars.
_AWAY = """
    SELECT v.id AS vehicle_id, k.kind, v.last_visit_on, CASE k.kind WHEN 'predicted' THEN v.next_due_on END AS due_on,
        CASE k.kind WHEN 'fixed' THEN COALESCE(m.lapse_months, b.lapse_months, %(months)s) ELSE %(grace)s END
            AS allowed,
        CASE WHEN k.kind = 'predicted' THEN NULL WHEN m.lapse_months IS NOT NULL THEN 'model'
            WHEN b.lapse_months IS NOT NULL THEN 'brand' ELSE 'branch' END AS allowed_by
    FROM customers_vehicle v
    LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
    LEFT JOIN catalog_brand b ON b.id = m.brand_id
    CROSS JOIN (VALUES ('fixed'), ('predicted')) AS k (kind)
    WHERE v.branch_id = %(branch)s
      AND CASE k.kind
          WHEN 'fixed' THEN v.last_visit_on
              + make_interval(months => COALESCE(m.lapse_months, b.lapse_months, %(months)s)) <= %(today)s
          ELSE v.next_due_on + %(grace)s <= %(today)s
              AND (v.last_visit_on IS NULL OR v.last_visit_on + %(grace)s <= %(today)s)
      END
"""
#: Whose customer said that the car is sold or scrapped has not lapsed, unless it was seen since.
_LAPSED = f"""
    {_AWAY}
      AND NOT EXISTS (
          SELECT 1 FROM reception_workorder w WHERE w.vehicle_id = v.id AND w.state = ANY(%(in_shop)s)
      )
      AND NOT EXISTS (
          SELECT 1 FROM retention_lapsecase c
          WHERE c.vehicle_id = v.id AND c.kind = k.kind AND c.state = 'open'
      )
      AND NOT EXISTS (
          SELECT 1 FROM retention_lapsecase c WHERE c.vehicle_id = v.id AND c.because = 'sold'
            AND (v.last_visit_on IS NULL OR c.opened_on >= v.last_visit_on)
      )
"""  # noqa: S608  # constants
#: The months or the forecast say by now that the car does not stay away.
_NO_LONGER = f"""
    UPDATE retention_lapsecase SET state = 'moot', returned_at = %(at)s WHERE id IN (
        SELECT c.id FROM retention_lapsecase c JOIN customers_vehicle b ON b.id = c.vehicle_id
        LEFT JOIN ({_AWAY}) a ON a.vehicle_id = c.vehicle_id AND a.kind = c.kind
        WHERE b.branch_id = %(branch)s AND c.state = 'open' AND a.vehicle_id IS NULL ORDER BY c.id FOR UPDATE OF c
    )
"""  # noqa: S608  # constants
#: The case belongs to who received the car last, while that person works here; else to whoever calls.
_OPEN = f"""
    INSERT INTO retention_lapsecase (vehicle_id, kind, opened_on, last_visit_on, due_on, allowed, allowed_by, owner_id,
        state)
    SELECT l.vehicle_id, l.kind, %(today)s, l.last_visit_on, l.due_on, l.allowed, l.allowed_by, p.user_id, 'open'
    FROM ({_LAPSED}) l
    LEFT JOIN LATERAL (
        SELECT w.advisor_id FROM reception_workorder w WHERE w.vehicle_id = l.vehicle_id
        ORDER BY w.arrived_at DESC, w.id DESC LIMIT 1
    ) o ON true
    LEFT JOIN (
        SELECT a.user_id FROM accounts_membership a JOIN accounts_user u ON u.id = a.user_id
        WHERE a.branch_id = %(branch)s AND a.active AND u.is_active
    ) p ON p.user_id = o.advisor_id
    WHERE l.vehicle_id = ANY(%(cars)s) ORDER BY l.vehicle_id, l.kind
    ON CONFLICT (vehicle_id, kind) WHERE state = 'open' DO NOTHING
"""  # noqa: S608  # constants


def remind(branch: Branch, today: date) -> int:
    """New reminders for services due within the rule `reminder.lead_days`."""
    lead = int(rule(branch, "reminder.lead_days", today))
    values = {"branch": branch.pk, "until": today + timedelta(days=lead), "at": now()}
    made = written(_REMIND, values | {"cars": held_cars(_DUE, values)})
    written(_FOLLOW, values)
    written(_MOOT, values)
    return made


def open_lapses(branch: Branch, today: date) -> int:
    """New cases of lapse of both kinds; a car that is in the shop does not lapse. Cases that are none any more end."""
    values = {
        "branch": branch.pk,
        "today": today,
        "months": int(rule(branch, "lapse.months", today)),
        "grace": int(rule(branch, "lapse.grace_days", today)),
        "in_shop": list(OPEN_STATES),
        "at": now(),
    }
    written(_NO_LONGER, values)
    return written(_OPEN, values | {"cars": held_cars(_LAPSED, values)})

"""The rule of the forecasts, written once and in SQL: a night's block of cars and the one car of a visit go through it.

**Sound readings.** The newest twelve of a car count. One that both its neighbours contradict, while they agree with
each other, is a slip (a digit, two digits swapped, miles, a zero more) and is left out. The newest has no later
neighbour: it is left out when it lies below the two before it, or so far above them that no car drives it. A reading
lower than the one before, which later ones confirm, is another odometer: from there it counts anew.

**Pace.** The median of the km a day between every two sound readings of one odometer that lie at least a week and a
quarter of the car's history apart (Theil and Sen: up to a quarter of wrong readings move it little; long spans even out
holidays and seasons). The band goes from the tenth to the ninetieth percentile of the same slopes, and is at least so
wide as so few readings allow. Without two such readings: the model's, the brand's, the branch's (`GroupPace`), 40.

**Due.** min(base + months, day on which base + interval km is reached from the newest sound reading). Where the reading
of the base and the newest contradict each other, the km since the base are pace × days and not their difference.
"""

#: Newest readings of a car that count.
NEWEST = 12
#: Two readings tell a pace from so many days on.
LEAST_DAYS = 7
#: No car drives more km a day for long; none is forecast with less than `LEAST` or more than `MOST`.
IMPOSSIBLE = 600
LEAST, MOST = 5, 400
#: Where nobody has a pace yet.
ASSUMED, ASSUMED_LOW, ASSUMED_HIGH = 40, 20, 80
#: The band is at least this fraction of the pace to each side: of one gap between readings, and of any number.
WIDTH_OF_ONE, WIDTH_OF_ANY = 0.5, 0.1
#: No forecast looks farther: a car that stands still is due by date, or not at all.
FARTHEST_DAYS = 3650
#: Goes into the mark of a sweep: another number, and the next night forecasts every car anew.
VERSION = 1


def paces(readings: str) -> str:
    """CTEs `seen` (a car's first and newest sound reading) and `own` (its pace and band), from a FROM item.

    `readings` has the columns vehicle_id, id, read_at, km. Days are 86,400 s; a pace is numeric(10, 2) km a day.
    """
    return f"""
    read AS (
        SELECT vehicle_id, id, read_at, km, date_part('epoch', read_at) / 86400 AS day,
            row_number() OVER back AS nth, lag(km) OVER back AS next_km, lead(km) OVER back AS km_1,
            lead(km, 2) OVER back AS km_2, lead(read_at) OVER back AS at_1, lead(read_at, 2) OVER back AS at_2
        FROM {readings} WINDOW back AS (PARTITION BY vehicle_id ORDER BY read_at DESC, id DESC)
    ),
    sound AS (
        SELECT vehicle_id, id, read_at, km, day, lead(km) OVER back > km AS another FROM read
        WHERE nth <= {NEWEST} AND CASE
            WHEN km_1 IS NULL THEN true
            WHEN nth > 1 THEN km_1 > next_km OR km BETWEEN km_1 AND next_km
            ELSE NOT COALESCE(km < km_1 AND km < km_2, false) AND NOT (
                km - km_1 > {IMPOSSIBLE} * greatest(1, day - date_part('epoch', at_1) / 86400)
                AND (km_2 IS NULL OR km - km_2 > {IMPOSSIBLE} * greatest(1, day - date_part('epoch', at_2) / 86400))
            ) END
        WINDOW back AS (PARTITION BY vehicle_id ORDER BY read_at DESC, id DESC)
    ),
    placed AS (
        SELECT vehicle_id, read_at, km, day, row_number() OVER back AS nth,
            max(day) OVER car - min(day) OVER car AS span,
            count(*) FILTER (WHERE another) OVER (back ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS odometer
        FROM sound WINDOW back AS (PARTITION BY vehicle_id ORDER BY read_at DESC, id DESC),
            car AS (PARTITION BY vehicle_id)
    ),
    newest AS (
        SELECT vehicle_id, max(km) FILTER (WHERE nth = 1) AS last_km, max(read_at) AS last_at, count(*) AS sound,
            CASE WHEN max(odometer) > 0 THEN min(read_at) FILTER (WHERE odometer = 0) END AS since_at
        FROM placed GROUP BY vehicle_id
    ),
    seen AS (
        SELECT newest.*, read.km AS first_km, read.read_at AS first_at
        FROM newest JOIN read USING (vehicle_id) WHERE read.km_1 IS NULL
    ),
    slopes AS (
        SELECT a.vehicle_id, (a.km - b.km) / (a.day - b.day) AS slope
        FROM placed a JOIN placed b ON b.vehicle_id = a.vehicle_id AND b.odometer = a.odometer
            AND a.day - b.day >= greatest({LEAST_DAYS}, a.span / 4)
    ),
    medians AS (
        SELECT vehicle_id, percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY slope) AS at
        FROM slopes WHERE slope BETWEEN 0 AND {IMPOSSIBLE} GROUP BY vehicle_id
    ),
    own AS (
        SELECT vehicle_id, {_held("at[2]")} AS pace, {_held(f"least(at[1], at[2] * (1 - {_WIDTH}))")} AS low,
            {_held(f"greatest(at[3], at[2] * (1 + {_WIDTH}))")} AS high
        FROM medians JOIN newest USING (vehicle_id)
    )"""  # noqa: S608  # constants


_WIDTH = f"greatest({WIDTH_OF_ANY}, {WIDTH_OF_ONE} / sqrt(greatest(1, sound - 1)))"


def _held(pace: str) -> str:
    return f"round(greatest({LEAST}, least({MOST}, {pace}))::numeric, 2)"


def _choice(column: str, house: int) -> str:
    own = {"km_per_day": "pace", "pace_low": "low", "pace_high": "high"}[column]
    return f"COALESCE(o.{own}, gm.{column}, gb.{column}, gh.{column}, {house})"


#: The cars with their pace: their own, else the nearest average. `%(cars)s` ids, `%(zone)s` of the branch.
PACED = f"""
    paced AS (
        SELECT v.id AS vehicle_id, v.model_id, m.brand_id, v.warranty_start_on, s.first_km,
            s.last_km AS seen_km,
            (s.first_at AT TIME ZONE %(zone)s)::date AS first_on, (s.last_at AT TIME ZONE %(zone)s)::date AS seen_on,
            (s.since_at AT TIME ZONE %(zone)s)::date AS since_on, o.pace AS own,
            {_choice("km_per_day", ASSUMED)} AS pace, {_choice("pace_low", ASSUMED_LOW)} AS low,
            {_choice("pace_high", ASSUMED_HIGH)} AS high,
            CASE WHEN o.pace IS NOT NULL THEN 'own' ELSE COALESCE(gm.basis, gb.basis, gh.basis, 'house') END AS basis
        FROM customers_vehicle v
        LEFT JOIN catalog_vehiclemodel m ON m.id = v.model_id
        LEFT JOIN seen s ON s.vehicle_id = v.id
        LEFT JOIN own o ON o.vehicle_id = v.id
        LEFT JOIN customers_grouppace gm
            ON gm.branch_id = v.branch_id AND gm.basis = 'model' AND gm.subject_id = v.model_id
        LEFT JOIN customers_grouppace gb
            ON gb.branch_id = v.branch_id AND gb.basis = 'brand' AND gb.subject_id = m.brand_id
        LEFT JOIN customers_grouppace gh ON gh.branch_id = v.branch_id AND gh.basis = 'branch'
        WHERE v.id = ANY(%(cars)s)
    )"""  # noqa: S608
#: What the intervals of each rule are counted from: the service done here; for the first cycle the sale, unless the
#: first reading shows that services were done elsewhere, then that reading. No sale and no reading: no forecast.
STARTS = """
    starts AS (
        SELECT p.*, r.id AS rule_id, r.interval_km, r.interval_months, COALESCE(f.cycle, 1) AS cycle,
            CASE WHEN f.cycle > 1 THEN f.base_on WHEN sold.here THEN p.warranty_start_on ELSE p.first_on END AS base_on,
            CASE WHEN f.cycle > 1 THEN f.base_km WHEN sold.here THEN 0 ELSE p.first_km END AS base_km
        FROM paced p
        JOIN catalog_maintenancerule r ON r.model_id = p.model_id OR r.brand_id = p.brand_id
        LEFT JOIN customers_dueforecast f
            ON f.vehicle_id = p.vehicle_id AND f.rule_id = r.id AND f.closed_at IS NULL
        CROSS JOIN LATERAL (SELECT p.warranty_start_on IS NOT NULL AND (
            p.first_km IS NULL OR p.first_km <= COALESCE(NULLIF(r.interval_km, 0), p.first_km) * 1.5) AS here) AS sold
    )"""


def _days(pace: str) -> str:
    return f"last_on + least({FARTHEST_DAYS}, ceil(left_km / {pace}))::int"


#: When each start falls due, and the band: early at the high pace, late at the low one. `apart`: the reading of the
#: base and the newest cannot both be of one odometer and right, so the km since the base are counted by the pace.
DUES = f"""
    based AS (
        SELECT *, COALESCE(seen_on, base_on) AS last_on, COALESCE(seen_km, base_km) AS last_km FROM starts
        WHERE base_on IS NOT NULL
    ),
    told AS (
        SELECT *, (base_on + make_interval(months => NULLIF(interval_months, 0)))::date AS month_on,
            COALESCE(since_on > base_on, false) OR base_km > last_km
                OR last_km - base_km > {IMPOSSIBLE} * greatest(1, last_on - base_on) AS apart
        FROM based
    ),
    counted AS (
        SELECT *, CASE WHEN interval_km > 0 THEN greatest(0, CASE
            WHEN apart THEN interval_km - round(pace * (last_on - base_on))
            ELSE base_km + interval_km - last_km END)::int END AS left_km
        FROM told
    ),
    dues AS (
        SELECT vehicle_id, rule_id, cycle, base_on, base_km, pace, low, high, basis, last_on, last_km,
            CASE WHEN apart THEN last_km + left_km WHEN interval_km > 0 THEN base_km + interval_km END AS due_km,
            least(month_on, {_days("pace")}) AS due_on, least(month_on, {_days("high")}) AS early_on,
            least(month_on, {_days("low")}) AS late_on
        FROM counted
    )"""  # noqa: S608
#: Everything from the readings of `%(cars)s` to the dues of their rules.
READINGS = (
    "(SELECT vehicle_id, id, read_at, km FROM customers_odometerreading WHERE vehicle_id = ANY(%(cars)s)) AS taken"
)
WHOLE = f"{paces(READINGS)}, {PACED}, {STARTS}, {DUES}"
#: Write what is new or says something else, and keep the nearest on the car; how many rows of each.
WRITE = f"""
    WITH {WHOLE},
    kept AS (
        INSERT INTO customers_dueforecast AS f (vehicle_id, rule_id, cycle, base_on, base_km, due_on, due_km,
            predicted_km, km_per_day, pace_low, pace_high, due_early_on, due_late_on, basis)
        SELECT vehicle_id, rule_id, cycle, base_on, base_km, due_on, due_km,
            last_km + floor(greatest(0, due_on - last_on) * pace), pace, low, high, early_on, late_on, basis
        FROM dues ORDER BY vehicle_id, rule_id
        ON CONFLICT (vehicle_id, rule_id, cycle) DO UPDATE SET (base_on, base_km, due_on, due_km, predicted_km,
            km_per_day, pace_low, pace_high, due_early_on, due_late_on, basis) = (excluded.base_on, excluded.base_km,
            excluded.due_on, excluded.due_km, excluded.predicted_km, excluded.km_per_day, excluded.pace_low,
            excluded.pace_high, excluded.due_early_on, excluded.due_late_on, excluded.basis)
        WHERE f.closed_at IS NULL AND (f.base_on, f.base_km, f.due_on, f.due_km, f.predicted_km, f.km_per_day,
            f.pace_low, f.pace_high, f.due_early_on, f.due_late_on, f.basis) IS DISTINCT FROM (excluded.base_on,
            excluded.base_km, excluded.due_on, excluded.due_km, excluded.predicted_km, excluded.km_per_day,
            excluded.pace_low, excluded.pace_high, excluded.due_early_on, excluded.due_late_on, excluded.basis)
        RETURNING 1
    ),
    nearest AS (
        SELECT DISTINCT ON (vehicle_id) vehicle_id, due_on, due_km FROM dues ORDER BY vehicle_id, due_on, rule_id
    ),
    carried AS (
        UPDATE customers_vehicle v SET km_per_day = n.own, next_due_on = n.due_on, next_due_km = n.due_km
        FROM (
            SELECT paced.vehicle_id, paced.own, nearest.due_on, nearest.due_km
            FROM paced LEFT JOIN nearest USING (vehicle_id)
        ) AS n
        WHERE v.id = n.vehicle_id AND v.id = ANY(%(cars)s)
            AND (v.km_per_day, v.next_due_on, v.next_due_km) IS DISTINCT FROM (n.own, n.due_on, n.due_km)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM carried)
"""  # noqa: S608

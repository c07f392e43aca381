"""The statements of `bulk`, each for the cars of one batch.

`car` counts all benchmark cars from 0, `visit` all their visits from 0. A car has been sold `sold_on`, drives `pace` km
a day, and its odometer on a date is 50 + pace × days; so readings rise with time by construction.
"""

#: Cars of the batch with what follows from their number.
_CARS = """
    cars AS (
        SELECT car, car - %(start)s AS at,
               date '2018-01-01' + make_interval(years => car %% 6, days => car * 37 %% 360) AS sold_on,
               5 + car * 13 %% 116 AS pace,
               car %% cardinality(%(models)s::bigint[]) + 1 AS kind,
               3 * car + (car + 2) / 3 AS first_visit,
               3 + (car %% 3 = 0)::int AS visits
        FROM generate_series(%(start)s, %(end)s - 1) AS car
    )"""

#: Their visits: date, kilometres and instant of arrival (08:30 to 16:00 in China).
_VISITS = """
    visits AS (
        SELECT *, 50 + pace * (greatest(visit_on, sold_on::date + 1) - sold_on::date) AS km,
               (visit_on + interval '30 minutes' + make_interval(mins => visit * 17 %% 450)) AT TIME ZONE 'UTC' AS
                   at_utc
        FROM (
            SELECT cars.*, visit,
                   visit * %(stride)s %% %(month_count)s + 1 AS month,
                   (%(months)s::date[])[visit * %(stride)s %% %(month_count)s + 1] + visit * 5 %% 28 AS visit_on
            FROM cars CROSS JOIN LATERAL generate_series(first_visit, first_visit + visits - 1) AS visit
        ) AS dated
    )"""
CUSTOMERS = f"""
    WITH {_CARS}, called AS (SELECT *, car * 101 %% cardinality(%(names)s::text[]) + 1 AS name FROM cars)
    INSERT INTO customers_customer (id, created_at, version, branch_id, kind, name, pinyin, pinyin_initials, phone,
        phone_tail, email, language, note, wecom_id)
    SELECT %(customer_id)s + at, sold_on, 1, %(branch)s, 'person', (%(names)s::text[])[name],
        (%(pinyin)s::text[])[name],
        (%(initials)s::text[])[name],
        '+86' || (%(mobile)s::text[])[car %% cardinality(%(mobile)s::text[]) + 1] || '000' || tail,
        right(tail, 4), '', 'zh-hans', '', ''
    FROM (SELECT *, lpad((car / cardinality(%(mobile)s::text[]) %% 100000)::text, 5, '0') AS tail FROM called) AS
        reached
"""  # noqa: S608 - constants of this file

VEHICLES = f"""
    WITH {_CARS}, {_VISITS},
    last AS (SELECT car, max(visit_on) AS visit_on, max(km) AS km FROM visits GROUP BY car),
    dues AS (
        SELECT cars.*, last.visit_on, last.km, (%(rule_km)s::int[])[kind] AS rule_km,
            least((last.visit_on + make_interval(months => (%(rule_months)s::int[])[kind]))::date,
                  last.visit_on + ceil((%(rule_km)s::int[])[kind]::numeric / pace)::int) AS due_on
        FROM cars JOIN last USING (car)
    ),
    forecast AS (
        INSERT INTO customers_dueforecast (vehicle_id, rule_id, cycle, base_on, base_km, due_on, due_km, predicted_km,
            km_per_day, basis)
        SELECT %(vehicle_id)s + at, (%(rules)s::bigint[])[kind], visits, visit_on, km, due_on, km + rule_km,
            km + pace * (due_on - visit_on), pace, 'own'
        FROM dues
    )
    INSERT INTO customers_vehicle (id, created_at, version, branch_id, plate, plate_kind, vin, vin_tail, model_id, year,
        colour, incomplete, warranty_start_on, last_visit_on, last_odometer, km_per_day, next_due_on, next_due_km)
    SELECT %(vehicle_id)s + at, sold_on, 1, %(branch)s, (%(plates)s::text[])[at + 1], (%(kinds)s::text[])[at + 1], vin,
        right(vin, 6), (%(models)s::bigint[])[kind], extract(year FROM sold_on), '白色', false, sold_on, visit_on,
            km, pace,
        due_on, km + rule_km
    FROM (SELECT *, (%(vins)s::text[])[at + 1] AS vin FROM dues) AS named
"""  # noqa: S608

OWNERSHIPS = f"""
    WITH {_CARS}
    INSERT INTO customers_ownership (created_at, vehicle_id, customer_id, kind, from_on)
    SELECT sold_on, %(vehicle_id)s + at, %(customer_id)s + at, 'owner', sold_on FROM cars
"""  # noqa: S608

READINGS = f"""
    WITH {_CARS}, {_VISITS}
    INSERT INTO customers_odometerreading (created_at, vehicle_id, km, read_at, source, reason, subject_key, by_id)
    SELECT at_utc, %(vehicle_id)s + at, km, at_utc, 'reception', '', 'order:' || %(order_id)s + visit - %(first_order)s,
        (%(advisors)s::bigint[])[visit %% cardinality(%(advisors)s::bigint[]) + 1]
    FROM visits
"""  # noqa: S608

#: Two operations and three parts a visit; money as `dms.money.line_money` computes it where prices include the tax.
#: `<first>` and `<count>` are the visits wanted.
_SOLD = """
    work AS (
        SELECT row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS many, id, code, name, name_en,
            standard_hours
        FROM catalog_labouroperation
    ),
    goods AS (
        SELECT row_number() OVER (ORDER BY part.id) - 1 AS n, count(*) OVER () AS many, part.id, part.code, part.name,
            part.name_en, part.unit, price.price, price.cost
        FROM catalog_part AS part JOIN LATERAL (
            SELECT price, cost FROM catalog_partprice AS price
            WHERE price.part_id = part.id AND price.branch_id = %(branch)s ORDER BY valid_from DESC LIMIT 1
        ) AS price ON true
    ),
    places AS (
        SELECT visit, place FROM generate_series(<first>, <first> + <count> - 1) AS visit,
            generate_series(0, %(lines)s - 1) AS place
    ),
    sold AS (
        SELECT visit, place, 'labour' AS kind, work.id AS operation, NULL::bigint AS part, code, name, name_en, 'h'
            AS unit,
            standard_hours AS quantity, standard_hours AS hours, %(rate)s::numeric AS price, 0::numeric AS cost
        FROM places JOIN work ON work.n = (visit * 7 + place * 3) %% work.many WHERE place < 2
        UNION ALL
        SELECT visit, place, 'part', NULL, goods.id, code, name, name_en, unit, 1 + (visit + place) %% 2, 0, price, cost
        FROM places JOIN goods ON goods.n = (visit * 5 + place * 11) %% goods.many WHERE place >= 2
    ),
    priced AS (
        SELECT *, round(quantity * price, 2) AS gross,
            round(round(quantity * price, 2) * %(tax_rate)s / (1 + %(tax_rate)s), 2) AS tax
        FROM sold
    )"""

#: Proofs of a released order: minutes after the arrival, and who.
_PROOFS = (
    ("kit", 8, "advisor"), ("authorised", 20, "advisor"), ("offered_to_workshop", 22, "advisor"),
    ("accepted", 30, "%(supervisor)s"), ("quality", 120, "%(inspector)s"), ("washed", 145, "%(technician)s"),
    ("internal", 155, "advisor"), ("walked", 165, "advisor"), ("settled", 170, "%(cashier)s"),
    ("released", 180, "%(gate)s"),
)  # fmt: skip
_COLUMNS = ", ".join(f"{stem}_at, {stem}_by_id" for stem, _minutes, _who in _PROOFS)
_VALUES = ", ".join(f"at_utc + interval '{minutes} minutes', {who}" for _stem, minutes, who in _PROOFS)

#: What a visit sells comes round after `cycle` visits, so the amounts of one round are those of all.
_AMOUNTS = _SOLD.replace("<first>", "0").replace("<count>", "%(cycle)s")

ORDERS = f"""
    WITH {_CARS}, {_VISITS}, {_AMOUNTS},
    amounts AS (SELECT visit AS turn, sum(gross) AS amount FROM priced GROUP BY visit),
    served AS (
        SELECT *, (%(advisors)s::bigint[])[visit %% cardinality(%(advisors)s::bigint[]) + 1] AS advisor,
            (%(numbers)s::int[])[month] + visit / %(month_count)s + 1 AS number, %(customer_id)s + at AS customer
        FROM visits JOIN amounts ON turn = visit %% %(cycle)s
    )
    INSERT INTO reception_workorder (id, created_at, version, branch_id, number, state, visit_type, repair_class,
        vehicle_id, owner_id, bringer_id, payer_id, contact_id, advisor_id, arrived_at, odometer_in, old_parts, wash,
        waits, pay_method, first_promised_at, promised_at, authorised_amount, status_code, closing_note, {_COLUMNS})
    SELECT %(order_id)s + visit - %(first_order)s, at_utc, 12, %(branch)s,
        'WT-' || %(code)s || '-' || to_char(visit_on, 'YYYYMM') || '-' || lpad(number::text, 5, '0'), 'released',
        'maintenance', 'first', %(vehicle_id)s + at, customer, customer, customer, customer, advisor, at_utc, km,
        'waive', true,
        visit %% 2 = 0, 'scan', at_utc + interval '150 minutes', at_utc + interval '150 minutes', amount,
        '0' || lpad(upper(to_hex(visit)), 7, '0'), '', {_VALUES}
    FROM served
"""  # noqa: S608

LINES = f"""
    WITH {_SOLD}
    INSERT INTO reception_line (version, order_id, kind, state, operation_id, part_id, code, name, name_en, unit,
        quantity,
        standard_hours, unit_price, unit_cost, discount, tax_rate, net, tax, gross, payer, coverage, price_version,
        approved_version, extra, finding)
    SELECT 3, %(order_id)s + visit - %(first_order)s, kind, 'done', operation, part, code, name, name_en, unit,
        quantity,
        hours, price, cost, 0, %(tax_rate)s, gross - tax, tax, gross, 'customer', 'none', 1, 1, false, ''
    FROM priced ORDER BY visit, place
""".replace("<first>", "%(first_order)s").replace("<count>", "%(orders)s")  # noqa: S608

STATEMENTS = (CUSTOMERS, VEHICLES, OWNERSHIPS, READINGS, ORDERS, LINES)

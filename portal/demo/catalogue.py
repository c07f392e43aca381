"""The demo's price list in the database: brands, models, rules, operations, parts, prices of three years."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Branch, Skill
from catalog.models import (
    Brand,
    LabourOperation,
    LabourRate,
    MaintenancePart,
    MaintenanceRule,
    Part,
    PartPrice,
    VehicleModel,
)
from dms.money import quantise
from portal.demo import brands
from portal.demo.goods import OPERATIONS, Good, goods

#: Repair of vehicles is taxed at 13 % in mainland China, labour and parts alike; the prices include it.
TAX = Decimal("0.1300")
#: CNY an hour with tax, and what part prices were of today's, by how many days ago they began to hold.
LABOUR_RATES = ((1400, Decimal(340)), (700, Decimal(360)), (200, Decimal(380)))
PART_LEVELS = ((1400, Decimal("0.94")), (540, Decimal("0.97")), (150, Decimal(1)))
#: What a part costs of its price; with tax, as the price.
COST = Decimal("0.62")


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs the customer and the house, CNY with tax."""

    price: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Task:
    """A maintenance rule with what it takes: operations and (part, quantity)."""

    rule: MaintenanceRule
    work: list[LabourOperation]
    parts: list[tuple[Part, Decimal]]


@dataclass(slots=True)
class Catalogue:
    """Everything of the price list, ready for writing histories."""

    brands: dict[str, Brand] = field(default_factory=dict)
    #: In the order of `brands.CARS`.
    models: list[VehicleModel] = field(default_factory=list)
    work: dict[str, LabourOperation] = field(default_factory=dict)
    #: By (kind, key of the brand or "").
    parts: dict[tuple[str, str], Part] = field(default_factory=dict)
    goods: dict[int, Good] = field(default_factory=dict)
    rates: list[tuple[date, Decimal]] = field(default_factory=list)
    prices: dict[int, list[tuple[date, Price]]] = field(default_factory=dict)
    #: Tasks of a model, by its id.
    tasks: dict[int, list[Task]] = field(default_factory=dict)

    def part(self, kind: str, brand: str) -> Part:
        """The part of that kind for that brand, or the one that fits all."""
        return self.parts.get((kind, brand)) or self.parts[kind, ""]

    def rate_on(self, day: date) -> Decimal:
        """CNY a labour hour on that date."""
        return next(price for since, price in reversed(self.rates) if since <= day)

    def price_on(self, part: Part, day: date) -> Price:
        """Price and cost of one unit on that date."""
        return next(price for since, price in reversed(self.prices[part.pk]) if since <= day)


def make(branch: Branch, today: date) -> Catalogue:
    """Write the price list; prices begin before the histories do."""
    made = Catalogue()
    _operations(made)
    _parts(made, branch, today)
    _brands(made)
    made.rates = [(today - timedelta(days=ago), price) for ago, price in LABOUR_RATES]
    LabourRate.objects.bulk_create(
        LabourRate(branch=branch, price=price, tax_rate=TAX, valid_from=since) for since, price in made.rates
    )
    return made


def _operations(made: Catalogue) -> None:
    skills = {skill.key: skill for skill in Skill.objects.all()}
    rows = LabourOperation.objects.bulk_create(
        LabourOperation(
            code=code, name=name, name_en=name_en, kind=kind, standard_hours=Decimal(hours), skill=skills[skill],
            guarantee=guarantee,
        )
        for code, name, name_en, kind, hours, skill, guarantee in OPERATIONS
    )  # fmt: skip
    made.work = {row.code: row for row in rows}


def _parts(made: Catalogue, branch: Branch, today: date) -> None:
    known = goods()
    rows = Part.objects.bulk_create(
        Part(code=g.code, name=g.name, name_en=g.name_en, unit=g.unit, origin=g.origin, brand_name=g.maker)
        for g in known
    )
    for good, part in zip(known, rows, strict=True):
        made.parts[good.kind, good.brand] = part
        made.goods[part.pk] = good
        made.prices[part.pk] = [
            (today - timedelta(days=ago), _price(Decimal(good.price), level)) for ago, level in PART_LEVELS
        ]
    PartPrice.objects.bulk_create(
        PartPrice(branch=branch, part_id=part, price=p.price, cost=p.cost, tax_rate=TAX, valid_from=since)
        for part, prices in made.prices.items()
        for since, p in prices
    )


def _price(today: Decimal, level: Decimal) -> Price:
    """Whole yuan, as a price list has them; fen only below ten."""
    price = quantise((today * level).quantize(Decimal(1)) if today >= 10 else today * level)
    return Price(price, quantise(price * COST))


def _brands(made: Catalogue) -> None:
    for key, name, name_en, lapse in brands.BRANDS:
        made.brands[key] = Brand.objects.create(name=name, name_en=name_en, lapse_months=lapse)
    made.models = VehicleModel.objects.bulk_create(
        VehicleModel(brand=made.brands[car.brand], name=car.name, name_en=car.name_en, energy=car.energy)
        for car in brands.CARS
    )
    for key, rules in brands.BRAND_RULES.items():
        tasks = _rules(made, key, rules, brand=made.brands[key])
        made.tasks |= {model.pk: tasks for car, model in zip(brands.CARS, made.models, strict=True) if car.brand == key}
    for car, model in zip(brands.CARS, made.models, strict=True):
        if car.brand not in brands.BRAND_RULES:
            made.tasks[model.pk] = _rules(made, car.brand, brands.rules_of(car), model=model)


def _rules(
    made: Catalogue, key: str, rules: tuple[brands.Rule, ...], brand: Brand | None = None,
    model: VehicleModel | None = None,
) -> list[Task]:  # fmt: skip
    rows = MaintenanceRule.objects.bulk_create(
        MaintenanceRule(
            brand=brand, model=model, name=rule.name, name_en=rule.name_en, interval_km=rule.km,
            interval_months=rule.months, position=position,
        )
        for position, rule in enumerate(rules)
    )  # fmt: skip
    tasks = [
        Task(
            row,
            [made.work[code] for code in rule.work],
            [(made.part(kind, key), Decimal(quantity)) for kind, quantity in rule.parts],
        )
        for row, rule in zip(rows, rules, strict=True)
    ]
    through = MaintenanceRule.operations.through
    through.objects.bulk_create(
        through(maintenancerule_id=task.rule.pk, labouroperation_id=work.pk) for task in tasks for work in task.work
    )
    MaintenancePart.objects.bulk_create(
        MaintenancePart(rule=task.rule, part=part, quantity=quantity) for task in tasks for part, quantity in task.parts
    )
    return tasks

"""Reads of the house's records."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise

from accounts.models import Branch
from accounts.policies import Actor
from dms.clock import branch_day
from dms.gather import gather
from records.kinds import KINDS, SHEET_LABELS, STAGE_LABELS, TOGETHER, may_print, may_read
from records.models import DatedRule, IssuedPaper, PaperFile, PaperPrint, Photo
from records.pieces import Piece, url_of
from records.rules import RULES
from records.setting import Rule
from records.states import FileState, PaperKind


def rule(branch: Branch, key: str, on: date) -> Any:
    """The value of a rule in a branch on a date: the branch's own before the house's, the latest before earlier ones.

    Raises KeyError for a key that does not exist.
    """
    default = RULES[key].default
    row = (
        DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True), key=key, valid_from__lte=on)
        .order_by(F("branch").asc(nulls_last=True), "-valid_from")
        .first()
    )
    return row.value if row else default


def rules_now(branch: Branch, keys: list[str]) -> dict[str, Any]:
    """What these rules say in a branch today. One query. Raises KeyError for a key that does not exist."""
    today = branch_day(branch)
    rows = (
        DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True), key__in=keys, valid_from__lte=today)
        .order_by("key", F("branch").asc(nulls_last=True), "-valid_from")
        .distinct("key")
    )
    return {key: RULES[key].default for key in keys} | {row.key: row.value for row in rows}


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The values of some rules in a branch with their dates: answers as `rule`, for any day, without a query."""

    rows: dict[str, list[DatedRule]]

    def on(self, key: str, day: date) -> Any:
        """The value that holds on that day. Raises KeyError for a rule that was not asked for."""
        holding = [row for row in self.rows[key] if row.valid_from <= day]
        own = [row for row in holding if row.branch_id] or holding
        return own[-1].value if own else RULES[key].default


def rule_rows(branch: Branch, keys: Iterable[str]) -> QuerySet[DatedRule]:
    """The rows of these rules, for who asks for them together with other lists (`gather`)."""
    mine = DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True), key__in=list(keys))
    return mine.order_by("valid_from", "id")


def book_of(keys: Iterable[str], found: Iterable[DatedRule]) -> RuleBook:
    """These rules through time, from their rows. No query."""
    rows: dict[str, list[DatedRule]] = {key: [] for key in keys}
    for row in found:
        rows[row.key].append(row)
    return RuleBook(rows)


def rule_book(branch: Branch, keys: Iterable[str]) -> RuleBook:
    """These rules through time. One query."""
    named = list(keys)
    return book_of(named, rule_rows(branch, named))


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule as it stands in a branch: the value of today with its row (None: the default), and the rows to come."""

    key: str
    rule: Rule
    value: Any
    row: DatedRule | None
    coming: list[DatedRule]


def _standing(key: str, rows: Iterable[DatedRule], today: date) -> Standing:
    """From the rows of one key, the oldest first: what `rule` answers today, and what it will answer."""
    own, house = [row for row in rows if row.branch_id], [row for row in rows if not row.branch_id]
    now = next((row for row in [*reversed(own), *reversed(house)] if row.valid_from <= today), None)
    # The house's coming values never hold in a branch that has its own one by then.
    reach = own[0].valid_from if own else date.max
    coming = [row for row in own if row.valid_from > today]
    coming += [row for row in house if today < row.valid_from < reach]
    coming.sort(key=lambda row: row.valid_from)
    return Standing(key, RULES[key], now.value if now else RULES[key].default, now, coming)


def rules_standing(branch: Branch, today: date) -> list[Standing]:
    """Every rule as it stands in a branch. One query."""
    by_key: dict[str, list[DatedRule]] = defaultdict(list)
    for row in _rows(branch):
        by_key[row.key].append(row)
    return [_standing(key, by_key[key], today) for key in RULES]


def rule_standing(branch: Branch, key: str, today: date) -> tuple[Standing, list[DatedRule]]:
    """One rule as it stands, and all its values here, the latest first. One query. Raises KeyError."""
    rows = list(_rows(branch).filter(key=key))
    return _standing(key, rows, today), rows[::-1]


def _rows(branch: Branch) -> QuerySet[DatedRule]:
    """The branch's values and the house's, the oldest first."""
    mine = DatedRule.objects.filter(Q(branch=branch) | Q(branch__isnull=True))
    return mine.select_related("set_by").order_by("valid_from", "id")


def papers_of(branch: Branch, subject_key: str) -> list[IssuedPaper]:
    """The papers issued about a subject, newest first. One query."""
    return list(IssuedPaper.objects.filter(branch=branch, subject_key=subject_key).order_by("-issued_at", "-id"))


def _readable(actor: Actor, subject_key: str) -> QuerySet[IssuedPaper]:
    kinds = [kind for kind in KINDS if may_read(actor, kind)]
    rows = IssuedPaper.objects.filter(branch=actor.branch, subject_key=subject_key, kind__in=kinds)
    return rows.defer("content").order_by("-issued_at", "-id")


def papers_for(actor: Actor, subject_key: str) -> list[IssuedPaper]:
    """Those that this person may read, newest first, without their contents. One query; none for who reads no kind."""
    return list(_readable(actor, subject_key))


def standing(papers: Iterable[IssuedPaper], kinds: Iterable[str]) -> list[IssuedPaper]:
    """Of these papers the newest of each kind, in the order of the kinds. No query."""
    newest: dict[str, IssuedPaper] = {}
    for paper in papers:
        if paper.kind not in newest or newest[paper.kind].pk < paper.pk:
            newest[paper.kind] = paper
    return [newest[kind] for kind in kinds if kind in newest]


@dataclass(frozen=True, slots=True)
class Together:
    """What one click prints: a stage of `records.kinds.TOGETHER` and its papers."""

    stage: str
    label: str | Promise
    papers: list[IssuedPaper]


def togethers(actor: Actor, papers: list[IssuedPaper]) -> list[Together]:
    """What this person can print together of the papers of one order. No query."""
    found = []
    for stage, kinds in TOGETHER.items():
        mine = [paper for paper in standing(papers, kinds) if may_print(actor, paper.kind)]
        if len(mine) > 1:
            found.append(Together(stage, STAGE_LABELS[stage], mine))
    return found


def sheet_of(paper: IssuedPaper, rules: dict[str, Any]) -> str:
    """The sheet on which the branch prints papers of this kind."""
    kind = PaperKind(paper.kind)
    chosen = str(rules.get(f"paper.sheet.{kind}", KINDS[kind].sheets[0]))
    return chosen if chosen in KINDS[kind].sheets else KINDS[kind].sheets[0]


def paper_rules(branch: Branch) -> dict[str, Any]:
    """Sheets, copies and offsets as they hold in the branch today. One query."""
    return rules_now(branch, [key for key in RULES if key.startswith("paper.")])


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper in the panel of its subject: the sheet of the branch, the other sheets, whether it may be handed out."""

    paper: IssuedPaper
    sheet: str
    others: list[tuple[str, str | Promise]]
    may_print: bool

    @property
    def url(self) -> str:
        """The address of its file."""
        return url_of(Piece(self.paper.pk, self.sheet).name)


@dataclass(frozen=True, slots=True)
class Panel:
    """The papers of a subject: those that stand, those that were replaced, and what one click prints."""

    rows: list[Shown]
    former: list[Shown]
    togethers: list[Together]


def panel_of(actor: Actor, subject_key: str) -> Panel:
    """What the person may read of a subject's papers. At most two queries, one when there are none."""
    return _panel(actor, papers_for(actor, subject_key))


def panel_and_photos(actor: Actor, subject_key: str, *more: str) -> tuple[Panel, list[Photo]]:
    """The panel, and the photos of this subject and of `more`. At most two queries, one when there are no papers."""
    photos = Photo.objects.filter(branch=actor.branch, subject_key__in=[subject_key, *more]).order_by("id")
    found = gather(_readable(actor, subject_key), photos)
    return _panel(actor, found[0]), found[1]


def _panel(actor: Actor, papers: list[IssuedPaper]) -> Panel:
    rules = paper_rules(actor.branch) if papers else {}
    shown = []
    for paper in papers:
        sheet, kind = sheet_of(paper, rules), PaperKind(paper.kind)
        others = [(other, SHEET_LABELS[other]) for other in KINDS[kind].sheets if other != sheet]
        shown.append(Shown(paper, sheet, others, may_print(actor, kind)))
    newest = {paper.pk for paper in standing(papers, KINDS)}
    return Panel(
        [row for row in shown if row.paper.pk in newest],
        [row for row in shown if row.paper.pk not in newest],
        togethers(actor, papers),
    )


def copies_printed(papers: Iterable[IssuedPaper]) -> dict[int, list[PaperPrint]]:
    """By paper: its copies in their order. One query."""
    found: dict[int, list[PaperPrint]] = defaultdict(list)
    for row in PaperPrint.objects.filter(paper__in=list(papers)).order_by("copy"):
        found[row.paper_id].append(row)
    return found


def file_named(name: str) -> PaperFile | None:
    """How far a file is, without the file itself. One query."""
    return PaperFile.objects.filter(name=name).defer("pdf").first()


def photos_of(branch: Branch, *subject_keys: str) -> list[Photo]:
    """The photos of these subjects, in the order in which they were taken. One query."""
    return list(Photo.objects.filter(branch=branch, subject_key__in=subject_keys).order_by("id"))


def papers_waiting() -> dict[str, float]:
    """How many files to print are not made yet, at all branches. One query."""
    return {"": float(PaperFile.objects.filter(state__in=[FileState.WAITING, FileState.MAKING]).count())}

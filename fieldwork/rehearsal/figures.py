"""Figures: the counts the reference study published, and those we had to decide ourselves."""

from functools import cache
from importlib.resources import files
from typing import TypeAlias

import msgspec
from msgspec import Struct

Counts: TypeAlias = dict[str, int]
Strata: TypeAlias = dict[str, Counts]  # cohort → grouping → families
Cells: TypeAlias = dict[str, dict[str, tuple[int, ...]]]  # cohort → grouping → one count a column
EVIDENCE = ("good", "reasonable", "limited", "inadequate", "other")
PerWave: TypeAlias = dict[str, tuple[int, int, int]]


def as_printed(name: str) -> str:
    """T1 and T2 are written as the field writes them."""
    return "_".join(part.upper() if part in {"t1", "t2"} else part for part in name.split("_"))


class Fact(Struct, frozen=True, rename=as_printed):
    """Something read from the shipped figures."""


class Published(Fact, frozen=True):
    families_t1: int
    families_t2: int
    families_by_cohort_and_grouping: Strata
    children_t1: int
    families_with_child_t1: int
    children_t2: int
    families_with_child_t2: int
    t2_within_weeks_20_39_pct: int
    t2_within_weeks_24_32_pct: int
    case_file_permission: Counts
    case_file_refused: Strata
    shared_understanding_pct: dict[str, PerWave]
    goal_match_t1: Counts
    progress_explained: Counts
    goal_achieved_t2: Counts
    future_scaling: Counts
    life_since_contact_t2_pct: Counts
    latest_reason_pct: Counts
    case_file_elements: dict[str, Cells]
    assessment_evidence: Cells
    follow_up: Counts
    after_short_plans: Counts


class Decided(Fact, frozen=True):
    """A count nobody published, with the reason for ours beside it."""

    note: str
    counts: Counts


class SeenAgain(Fact, frozen=True):
    note: str
    by_cohort_and_grouping: Strata


class Outside(Fact, frozen=True):
    note: str
    before: Counts
    after: Counts


class Sites(Fact, frozen=True):
    note: str
    families: dict[str, tuple[int, int]]
    researchers: Counts
    told_how: dict[str, str]


class Children(Fact, frozen=True):
    note: str
    t1: Counts
    t2: Counts


class Understanding(Fact, frozen=True):
    note: str
    counts: dict[str, PerWave]


class NotAsked(Fact, frozen=True):
    note: str
    count: int


class Reasons(Fact, frozen=True):
    note: str
    counts: Strata


class Measure(Fact, frozen=True):
    answered: int
    one_missing: int
    mean: float
    sd: float


class Measures(Fact, frozen=True):
    note: str
    mastery: dict[str, Measure]
    network: dict[str, Measure]
    sdq_families: Counts


class Others(Fact, frozen=True):
    note: str
    counts: dict[str, tuple[int, int]]
    excluded_because: Counts
    approaching_closed: Counts


class Ours(Fact, frozen=True):
    families_t2: SeenAgain
    t2_standing: Decided
    t2_outside: Outside
    t2_lost: Decided
    sites: Sites
    children: Children
    refusals: Decided
    shared_understanding: Understanding
    goal_not_asked_t2: NotAsked
    future_change: Decided
    life_since_contact_t2: Decided
    latest_reason: Reasons
    measures: Measures
    second_readings: Decided
    records: Decided
    others: Others


class Figures(Fact, frozen=True):
    source: str
    rounding: str
    case_file_note: str
    published: Published
    ours: Ours


@cache
def read() -> Figures:
    """The shipped figures, read once."""
    source = files("fieldwork.study").joinpath("reference", "figures.json")
    return msgspec.json.decode(source.read_bytes(), type=Figures)

"""Figures: the counts the reference study published, and those we had to decide ourselves."""

from functools import cache
from importlib.resources import files
from typing import TypeAlias

import msgspec
from msgspec import Struct

Counts: TypeAlias = dict[str, int]
Strata: TypeAlias = dict[str, Counts]  # cohort → grouping → families
Cells: TypeAlias = dict[str, dict[str, tuple[int, ...]]]  # cohort → grouping → one count a column
PerWave: TypeAlias = dict[str, tuple[int, int, int]]

EVIDENCE = ("good", "reasonable", "limited", "inadequate", "other")


class Published(Struct, frozen=True):
    families_T1: int
    families_T2: int
    families_by_cohort_and_grouping: Strata
    children_T1: int
    families_with_child_T1: int
    children_T2: int
    families_with_child_T2: int
    T2_within_weeks_20_39_pct: int
    T2_within_weeks_24_32_pct: int
    case_file_permission: Counts
    case_file_refused: Strata
    shared_understanding_pct: dict[str, PerWave]
    goal_match_T1: Counts
    progress_explained: Counts
    goal_achieved_T2: Counts
    future_scaling: Counts
    life_since_contact_T2_pct: Counts
    latest_reason_pct: Counts
    case_file_elements: dict[str, Cells]
    assessment_evidence: Cells


class Decided(Struct, frozen=True):
    """A count nobody published, with the reason for ours beside it."""

    note: str
    counts: Counts


class SeenAgain(Struct, frozen=True):
    note: str
    by_cohort_and_grouping: Strata


class Outside(Struct, frozen=True):
    note: str
    before: Counts
    after: Counts


class Sites(Struct, frozen=True):
    note: str
    families: dict[str, tuple[int, int]]
    researchers: Counts
    told_how: dict[str, str]


class Children(Struct, frozen=True):
    note: str
    T1: Counts
    T2: Counts


class Understanding(Struct, frozen=True):
    note: str
    counts: dict[str, PerWave]


class NotAsked(Struct, frozen=True):
    note: str
    count: int


class Reasons(Struct, frozen=True):
    note: str
    counts: Strata


class Measure(Struct, frozen=True):
    answered: int
    one_missing: int
    mean: float
    sd: float


class Measures(Struct, frozen=True):
    note: str
    mastery: dict[str, Measure]
    network: dict[str, Measure]
    sdq_families: Counts


class Others(Struct, frozen=True):
    note: str
    counts: dict[str, tuple[int, int]]
    excluded_because: Counts
    approaching_closed: Counts


class Ours(Struct, frozen=True):
    families_T2: SeenAgain
    T2_standing: Decided
    T2_outside: Outside
    T2_lost: Decided
    sites: Sites
    children: Children
    refusals: Decided
    shared_understanding: Understanding
    goal_not_asked_T2: NotAsked
    future_change: Decided
    life_since_contact_T2: Decided
    latest_reason: Reasons
    measures: Measures
    others: Others


class Figures(Struct, frozen=True):
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

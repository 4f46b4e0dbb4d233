"""The plan: every family of the reference study invented anew, so that the published counts come out of it."""

from random import Random

from msgspec import Struct, structs

from fieldwork.rehearsal import (
    allowed,
    approaches,
    days,
    enrolment,
    figures,
    firsts,
    interviews,
    invention,
    readings,
    records,
    returns,
)
from fieldwork.rehearsal.enrolment import Referral
from fieldwork.rehearsal.interviews import Said
from fieldwork.rehearsal.meetings import Meeting
from fieldwork.rehearsal.returns import Return
from fieldwork.rehearsal.stories import Person, Plan, Reading, Site, Story, Visit

SEED = 2017


class Fieldwork(Struct, frozen=True):
    """When every family was met, in their order, and what each refused."""

    referrals: list[Referral]
    first: list[Meeting]
    second: list[Return]
    refused: dict[str, set[int]]


class Homes(Struct, frozen=True):
    """Who lives in every family, in their order, and the visits to them."""

    case_numbers: list[str]
    persons: list[tuple[Person, ...]]
    first: list[Visit]
    second: dict[int, Visit]


def plan(seed: int = SEED) -> Plan:
    """The whole study; the same seed gives the same study."""
    rng = Random(seed)  # noqa: S311 - it invents families and guards nothing
    everything = figures.read()
    places = enrolment.sites(everything.ours.sites)
    field = _meet(rng, places, everything)
    desk = invention.Desk(rng)
    homes = _people(rng, desk, field, everything)
    said = interviews.answer(rng, field.referrals, homes.persons, homes.first, homes.second, everything)
    files = readings.read_all(
        rng,
        field.referrals,
        [visit.on for visit in homes.first],
        {n: visit.on for n, visit in homes.second.items()},
        everything.published,
        field.refused["case_file"],
    )
    # Dealt by chance of its own, so that the rest of the study stays what it was.
    known = records.of_all(
        Random(f"records {seed}"),  # noqa: S311 - it invents families and guards nothing
        [visit.on for visit in homes.first],
        field.refused["follow_records"],
        everything,
    )
    families = tuple(
        structs.replace(_story(rng, n, field, homes, said, files.get(n, ())), record=known.get(n))
        for n in range(len(field.referrals))
    )
    return Plan(places, families, approaches.others(rng, desk, places, everything.ours, after=len(families)))


def _meet(rng: Random, places: tuple[Site, ...], everything: figures.Figures) -> Fieldwork:
    """Both waves, in diaries that are full once and for all."""
    diary = days.Diary(rng)
    referrals = enrolment.families(rng, everything.ours, places)
    first = firsts.first_wave(diary, referrals)
    starts = [meeting.at for meeting in first]
    standing = returns.standings(rng, referrals, starts, everything.ours)
    refused = allowed.refusals(rng, referrals, standing, everything)
    second = returns.second_wave(diary, referrals, starts, standing, everything.ours, refused["contact_again"])
    return Fieldwork(referrals, first, second, refused)


def _people(rng: Random, desk: invention.Desk, field: Fieldwork, everything: figures.Figures) -> Homes:
    """The people of every family, old enough for the interviews that were held with them."""
    at_first, at_second = interviews.children(rng, field.second, everything.ours.children)
    homes = Homes([], [], [], {})
    for n, (referral, meeting, back) in enumerate(zip(field.referrals, field.first, field.second, strict=True)):
        site, referred_on = referral.site.code, referral.referred_on
        count = at_first.get(n, 0)
        persons = desk.household(site, meeting.at.date(), born_by=referred_on, interviewed=count)
        seen = interviews.seen_children(rng, persons, count, meeting)
        homes.case_numbers.append(desk.case_number(site, referred_on))
        homes.persons.append(persons)
        homes.first.append(interviews.first_visit(meeting, seen))
        again = interviews.second_visit(meeting.at, back, seen[: at_second.get(n, 0)])
        if again:
            homes.second[n] = again
    return homes


def _story(
    rng: Random, n: int, field: Fieldwork, homes: Homes, said: Said, files: tuple[()] | tuple[Reading, Reading]
) -> Story:
    referral, first, second, visit = field.referrals[n], field.first[n], field.second[n], homes.first[n]
    return Story(
        number=n + 1,
        site=referral.site.code,
        cohort=referral.cohort,
        grouping=referral.site.grouping,
        case_number=homes.case_numbers[n],
        referred_on=referral.referred_on,
        told_on=referral.told_on,
        told_how=referral.site.told_how,
        agreed_on=referral.agreed_on,
        contact_from=referral.contact_from,
        reasons=referral.reasons,
        researcher=referral.researcher,
        persons=homes.persons[n],
        permissions=allowed.decide(rng, n, homes.persons[n], visit.children_seen, field.refused, visit.on),
        attempts=first.attempts + second.attempts,
        appointments=first.appointments + second.appointments,
        t1=visit,
        t2=homes.second.get(n),
        loss=second.loss,
        answers_t1=said.first[n],
        answers_t2=said.second.get(n),
        goal=said.goals[n],
        readings=files,
    )

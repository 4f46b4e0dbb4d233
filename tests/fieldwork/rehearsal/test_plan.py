"""The plan comes out at the published counts, and at days and hours at which it could have happened."""

import json
import re
import tomllib
from collections import Counter
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from fieldwork.rehearsal.plan import plan
from scheduler import appointments, outcomes

FIGURES = json.loads(files("fieldwork.study").joinpath("reference", "figures.json").read_text("utf-8"))
PUBLISHED, OURS = FIGURES["published"], FIGURES["ours"]
ELEMENTS = PUBLISHED["case_file_elements"]
MIDDLE = datetime.combine(date(2016, 3, 14), time(9))


@pytest.fixture(scope="module")
def study():
    return plan()


@pytest.fixture(scope="module")
def families(study):
    return study.families


@pytest.fixture(scope="module")
def seen_again(families):
    return [family for family in families if family.t2]


def strata(families):
    counts = Counter((family.cohort, family.grouping) for family in families)
    return {c: {g: counts[c, g] for g in ("new", "2y", "2y+")} for c in ("1", "2")}


def percent(count, base):
    return (200 * count + base) // (2 * base)


def age(born, on):
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def test_the_same_seed_gives_the_same_study_and_another_seed_another(study):
    assert plan() == study
    assert plan(2018) != study


def test_families_by_cohort_and_grouping(families):
    assert len(families) == PUBLISHED["families_T1"]
    assert strata(families) == PUBLISHED["families_by_cohort_and_grouping"]


def test_second_interviews_by_cohort_and_grouping_never_exceed_the_first(families, seen_again):
    assert len(seen_again) == PUBLISHED["families_T2"]
    assert strata(seen_again) == OURS["families_T2"]["by_cohort_and_grouping"]
    assert all(
        count <= strata(families)[cohort][grouping]
        for cohort, row in strata(seen_again).items()
        for grouping, count in row.items()
    )


def test_sites_are_uneven_and_keep_to_their_grouping(study, families):
    sites = Counter((family.site, family.cohort) for family in families)

    assert {site: [sites[site, "1"], sites[site, "2"]] for site in OURS["sites"]["families"]} == OURS["sites"][
        "families"
    ]
    assert {site.code: len(site.researchers) for site in study.sites} == OURS["sites"]["researchers"]
    assert len({researcher for site in study.sites for researcher in site.researchers}) == 12
    assert all(family.site[0] == {"new": "n", "2y": "y", "2y+": "p"}[family.grouping] for family in families)
    assert all(
        family.researcher in site.researchers for site in study.sites for family in families if family.site == site.code
    )


def test_the_second_interviews_stand_in_the_window_as_published(seen_again):
    standing = Counter(family.t2.standing for family in seen_again)
    weeks = [(family.t2.on - family.t1.on).days // 7 for family in seen_again]

    within, aimed = sum(20 <= week <= 39 for week in weeks), sum(24 <= week <= 32 for week in weeks)

    assert standing == OURS["T2_standing"]["counts"]
    assert (within, aimed) == (165, 118)
    assert percent(within, len(weeks)) == PUBLISHED["T2_within_weeks_20_39_pct"]
    assert percent(aimed, len(weeks)) == PUBLISHED["T2_within_weeks_24_32_pct"]
    assert [family.t2.weeks for family in seen_again] == weeks


def test_a_second_interview_has_a_reason_exactly_when_it_is_outside_the_window(seen_again):
    outside = {"before": Counter(), "after": Counter()}
    for family in seen_again:
        days = (family.t2.on - family.t1.on).days
        assert family.t2.days == days
        assert family.t2.standing == standing_of(days)
        assert (family.t2.reason_outside is not None) == (not 140 <= days <= 279)
        if family.t2.reason_outside:
            outside[family.t2.standing][family.t2.reason_outside] += 1

    assert outside == {side: OURS["T2_outside"][side] for side in outside}


def standing_of(days):
    ends = {"before": 139, "early": 167, "aim": 230, "late": 279}
    return next((standing for standing, end in ends.items() if days <= end), "after")


def test_families_not_seen_again_were_lost_for_a_reason(families):
    lost = Counter(family.loss.reason for family in families if family.loss)

    assert lost == OURS["T2_lost"]["counts"]
    assert all((family.t2 is None) == (family.loss is not None) for family in families)


def test_children_interviewed_at_both_waves(families):
    first = [len(family.t1.children_seen) for family in families if family.t1.children_seen]
    second = [family for family in families if family.t2 and family.t2.children_seen]

    assert (sum(first), len(first)) == (PUBLISHED["children_T1"], PUBLISHED["families_with_child_T1"])
    assert sum(len(family.t2.children_seen) for family in second) == PUBLISHED["children_T2"]
    assert len(second) == PUBLISHED["families_with_child_T2"]
    assert all(set(family.t2.children_seen) <= set(family.t1.children_seen) for family in second)


def test_only_children_of_six_to_seventeen_are_interviewed_and_only_with_both_permissions(families):
    for family in families:
        people = {person.key: person for person in family.persons}
        for visit in filter(None, (family.t1, family.t2)):
            for key in visit.children_seen:
                assert people[key].role in {"child", "young_person"}
                assert 6 <= age(people[key].born, visit.on) <= 17
                assert family.permissions[key]["child_interview"]
                assert family.permissions[key]["assent"]


def test_households_are_plausible(study):
    for story in (*study.families, *(other for other in study.others if other.persons)):
        on = story.t1.on if hasattr(story, "t1") else story.contact_from
        parents = [person for person in story.persons if person.role == "parent"]
        children = [person for person in story.persons if person.role != "parent"]
        assert 1 <= len(parents) <= 2
        assert 1 <= len(children) <= 4
        assert all(0 <= age(child.born, on) <= 17 and child.born <= story.referred_on for child in children)
        assert all(age(parent.born, child.born) >= 16 for parent in parents for child in children)
        assert all((child.role == "young_person") == (age(child.born, on) >= 11) for child in children)
        assert all((b.born - a.born).days > 300 for a, b in pairwise(children))


def test_case_file_refusals_fall_exactly_where_they_were_published(families):
    refused = [family for family in families if not family.permissions["parent1"]["case_file"]]

    assert strata(refused) == PUBLISHED["case_file_refused"]
    assert len(refused) == PUBLISHED["case_file_permission"]["refused"]
    assert len(families) - len(refused) == PUBLISHED["case_file_permission"]["granted"]


def test_other_permissions_are_refused_as_often_as_decided_and_never_stop_a_second_interview(families, seen_again):
    decisions = [family.permissions["parent1"] for family in families]
    refused = {p: sum(not decision[p] for decision in decisions) for p in OURS["refusals"]["counts"]}

    assert all(decision["take_part"] for decision in decisions)
    assert refused == OURS["refusals"]["counts"]
    assert all(family.permissions["parent1"]["contact_again"] for family in seen_again)
    silent = [family for family in families if not family.permissions["parent1"]["contact_again"]]
    assert all(attempt.wave == "T1" for family in silent for attempt in family.attempts)


@pytest.mark.parametrize("wave", ["T1", "T2"])
def test_table_3_rounds_to_the_printed_percentages(families, wave):
    answers = [family.answers_t1 if wave == "T1" else family.answers_t2 for family in families]
    sheets = [answer.understanding for answer in answers if answer]
    assert len(sheets) == PUBLISHED[f"families_{wave}"]

    for item, printed in PUBLISHED["shared_understanding_pct"].items():
        codes = Counter(sheet[item] for sheet in sheets)
        counts = [codes[5] + codes[4], codes[3], codes[2] + codes[1]]
        expected = printed[wave] if sum(printed[wave]) <= 101 else [*printed[wave][:2], 100 - sum(printed[wave][:2])]
        assert [percent(count, len(sheets)) for count in counts] == expected


def test_goals_match_and_progress_was_explained_as_published(families):
    assert Counter(family.goal.goal_match for family in families) == PUBLISHED["goal_match_T1"]
    assert Counter(family.goal.progress_explained for family in families) == PUBLISHED["progress_explained"]
    assert all(family.goal.goal_t1 for family in families)


def test_goals_achieved_add_up_with_those_not_asked_counted_as_no_second_interview(families, seen_again):
    achieved = Counter(family.goal.goal_achieved or "no_T2" for family in families)
    unasked = [family for family in seen_again if family.goal.goal_achieved is None]

    assert achieved == PUBLISHED["goal_achieved_T2"]
    assert len(unasked) == OURS["goal_not_asked_T2"]["count"]
    assert all(family.t2.mode == "telephone" for family in unasked)


def test_the_future_was_scaled_as_published(families, seen_again):
    firsts = [family.answers_t1.future for family in families if isinstance(family.answers_t1.future, int)]
    seconds = [family.answers_t2.future for family in seen_again if isinstance(family.answers_t2.future, int)]
    printed = PUBLISHED["future_scaling"]

    assert halves(firsts) == (printed["T1_1_to_5"], printed["T1_6_to_10"])
    assert halves(seconds) == (printed["T2_1_to_5"], printed["T2_6_to_10"])
    assert (len(firsts), len(seconds)) == (printed["T1_answered"], printed["T2_answered"])


def halves(places):
    return sum(1 <= place <= 5 for place in places), sum(6 <= place <= 10 for place in places)


def test_fewer_concerns_are_a_higher_place_on_the_scale(seen_again):
    pairs = [(family.answers_t1.future, family.answers_t2.future) for family in seen_again]
    both = [(first, second) for first, second in pairs if isinstance(first, int) and isinstance(second, int)]
    signs = Counter((second > first) - (second < first) for first, second in both)

    shares = [percent(signs[sign], len(both)) for sign in (1, 0, -1)]

    assert shares == [
        PUBLISHED["future_scaling"][f"{kind}_pct"] for kind in ("fewer_concerns", "same", "more_concerns")
    ]


def test_life_since_contact_and_latest_reasons_round_to_the_printed_percentages(families, seen_again):
    lives = Counter(family.answers_t2.life for family in seen_again)
    reasons = Counter(family.reasons[0] for family in families)

    assert {life: percent(n, len(seen_again)) for life, n in lives.items()} == PUBLISHED["life_since_contact_T2_pct"]
    assert {reason: percent(reasons[reason], len(families)) for reason in PUBLISHED["latest_reason_pct"]} == PUBLISHED[
        "latest_reason_pct"
    ]


@pytest.mark.parametrize(
    ("measure", "turned", "ends"), [("mastery", {1, 2, 3, 5, 7}, (1, 4)), ("network", set(), (0, 5))]
)
@pytest.mark.parametrize("wave", ["T1", "T2"])
def test_measures_are_answered_as_often_and_about_as_high_as_published(families, measure, turned, ends, wave):
    answers = [family.answers_t1 if wave == "T1" else family.answers_t2 for family in families]
    sheets = [getattr(answer, measure) for answer in answers if answer and getattr(answer, measure)]
    expected = OURS["measures"][measure][wave]
    complete = [list(sheet.values()) for sheet in sheets if all(isinstance(value, int) for value in sheet.values())]

    totals = [sum(sum(ends) - v if n in turned else v for n, v in enumerate(values, 1)) for values in complete]

    assert (len(sheets), len(sheets) - len(complete)) == (expected["answered"], expected["one_missing"])
    assert all(ends[0] <= value <= ends[1] for values in complete for value in values)
    assert abs(sum(totals) / len(totals) - expected["mean"]) < 1


def test_strengths_and_difficulties_are_about_children_of_two_to_ten(families):
    for wave, count in OURS["measures"]["sdq_families"].items():
        rounds = [(f, f.t1, f.answers_t1) if wave == "T1" else (f, f.t2, f.answers_t2) for f in families]
        filled = [(f, visit, answers) for f, visit, answers in rounds if answers and answers.strengths]
        assert len(filled) == count
        for family, visit, answers in filled:
            born = {person.key: person.born for person in family.persons}
            for form in answers.strengths:
                years = age(born[form.about], visit.on)
                assert 2 <= years <= 10
                assert form.form == ("p2-4" if years <= 3 else "p4-17")
                assert len(form.items) == 25
                assert set(form.items.values()) <= {0, 1, 2}


@pytest.mark.parametrize("element", list(ELEMENTS))
def test_case_file_elements_are_present_at_either_reading_as_published(families, element):
    found = Counter()
    for family in families:
        present = any(reading.elements[element] for reading in family.readings)
        found[family.cohort, family.grouping, ("yes" if present else "no") if family.readings else "missing"] += 1

    assert {
        c: {g: [found[c, g, column] for column in ("yes", "no", "missing")] for g in row}
        for c, row in ELEMENTS[element].items()
    } == ELEMENTS[element]


def test_evidence_of_the_later_reading_is_as_published(families):
    columns = ("good", "reasonable", "limited", "inadequate", "other", "missing")
    found = Counter(
        (f.cohort, f.grouping, f.readings[1].assessment_evidence if f.readings else "missing") for f in families
    )

    assert {
        c: {g: [found[c, g, column] for column in columns] for g in row}
        for c, row in PUBLISHED["assessment_evidence"].items()
    } == PUBLISHED["assessment_evidence"]


def test_a_file_is_read_twice_or_never_and_on_days_after_the_first_interview(families):
    for family in families:
        assert len(family.readings) == (2 if family.permissions["parent1"]["case_file"] else 0)
        for reading, wave in zip(family.readings, ("T1", "T2"), strict=False):
            assert reading.wave == wave
            assert reading.grade in {"excellent", "good", "reasonable", "poor", "minimal"}
        if family.readings:
            first, second = family.readings
            assert 10 <= (first.on - family.t1.on).days <= 40
            assert date(2016, 2, 1) <= second.on <= date(2016, 8, 20)
            assert first.on < second.on
            assert family.t2 is None or second.on > family.t2.on


def test_cohorts_were_referred_and_first_seen_in_their_months(families):
    for family in families:
        months = (3, 4, 5) if family.cohort == "1" else (8, 9, 10)
        assert family.referred_on.year == 2015
        assert family.referred_on.month in months
        assert date(2015, 6, 1) <= family.t1.on <= date(2015, 10, 31)
        assert (family.t1.on - family.referred_on).days >= 10
        assert family.t2 is None or date(2015, 10, 1) <= family.t2.on <= date(2016, 7, 31)


def test_a_family_is_told_first_and_agrees_or_does_not_object(families):
    for family in families:
        assert family.told_how == OURS["sites"]["told_how"][family.site]
        assert (family.agreed_on is not None) == (family.told_how == "agreeing")
        assert family.referred_on < family.told_on <= (family.agreed_on or family.told_on) < family.contact_from
        assert family.agreed_on or family.contact_from - family.told_on > timedelta(days=14)
        assert family.contact_from <= family.attempts[0].at.date()


def meetings_of(family):
    visits = [visit for visit in (family.t1, family.t2) if visit]
    return [(m.on, m.starts) for m in (*family.appointments, *visits)]


def test_no_researcher_is_in_two_places(families):
    taken = {}
    for family in families:
        for on, starts in meetings_of(family):
            taken.setdefault(family.researcher, []).append(datetime.combine(on, starts))

    for starts in taken.values():
        starts.sort()
        assert all(b - a >= timedelta(minutes=90) for a, b in pairwise(starts))


def test_meetings_are_on_weekdays_at_plausible_hours(families):
    closed = {date(2015, 8, 31), date(2015, 12, 25), date(2016, 1, 1), date(2016, 3, 25), date(2016, 3, 28)}
    for family in families:
        for on, starts in meetings_of(family):
            assert on.weekday() < 5
            assert on not in closed
            assert time(9) <= starts <= time(16, 30)
            assert starts.minute in {0, 30}


def test_a_share_of_the_appointments_came_to_nothing_in_every_way(families):
    broken = Counter(a.outcome for family in families for a in family.appointments)
    more_than_one = [f for f in families if sum(a.wave == "T1" for a in f.appointments)]

    assert set(broken) == {"cancelled_by_family", "nobody_home", "moved"}
    assert 60 <= len(more_than_one) <= 130
    assert all(
        sum(a.wave == "T2" for a in f.appointments) >= 2
        for f in families
        if f.loss and f.loss.reason == "broken_appointments"
    )


def test_each_appointment_was_booked_in_a_conversation_and_each_story_runs_forward(families):
    for family in families:
        made = {attempt.at for attempt in family.attempts if attempt.outcome == "appointment_made"}
        moments = [attempt.at for attempt in family.attempts]
        assert moments == sorted(moments)
        for visit in filter(None, (family.t1, family.t2)):
            before = [a for a in family.appointments if a.wave == visit.wave]
            booked = [a.booked_at for a in (*before, visit)]
            assert set(booked) <= made
            assert all(m.booked_at < datetime.combine(m.on, m.starts) for m in (*before, visit))
            assert all(a.booked_at < a.known_at <= later for a, later in zip(before, booked[1:], strict=True))
        assert not family.loss or moments[-1].date() <= family.loss.on


def test_a_call_back_is_promised_only_where_the_next_try_keeps_it(study):
    for story in (*study.families, *study.others):
        for attempt, following in pairwise(story.attempts):
            assert (attempt.call_back is not None) == (attempt.outcome == "call_back")
            assert attempt.call_back is None or attempt.call_back == following.at


def test_no_appointment_was_made_outside_the_window_without_a_reason(families):
    for family in families:
        for appointment in family.appointments:
            if appointment.wave == "T2":
                assert 140 <= (appointment.on - family.t1.on).days <= 279


def test_the_fourteenth_of_march_is_the_middle_of_fieldwork(families):
    today = MIDDLE.date()
    done = [f for f in families if f.t2 and f.t2.on < today]
    booked = [f for f in families if f.t2 and f.t2.booked_at < MIDDLE and f.t2.on >= today]
    settled = {f.number for f in done} | {f.number for f in families if f.loss and f.loss.on < today}
    open_now = [f for f in families if f.number not in settled and 140 <= (today - f.t1.on).days <= 279]
    closing = [f for f in open_now if 279 - (today - f.t1.on).days <= 14]

    assert 90 <= len(done) <= 150
    assert len(booked) >= 8
    assert len(open_now) >= 50
    assert len(closing) >= 3


def test_the_others_are_marked_as_invented_and_never_interviewed(study, families):
    counts = Counter((other.outcome, other.cohort) for other in study.others)
    counted = {o: [counts[o, "1"], counts[o, "2"]] for o in OURS["others"]["counts"]}

    assert counted == OURS["others"]["counts"]
    assert all(other.invented for other in study.others)
    assert [s.number for s in (*families, *study.others)] == list(range(1, len(families) + len(study.others) + 1))


def test_the_others_have_people_only_where_they_were_told_and_did_not_object(study):
    excluded = Counter(other.excluded_because for other in study.others if other.outcome == "excluded")

    assert excluded == OURS["others"]["excluded_because"]
    for other in study.others:
        assert bool(other.persons) == (other.outcome not in {"excluded", "objected"})
        assert (other.told_on is None) == (other.outcome == "excluded")
        assert (other.objected_on is not None) == (other.outcome == "objected")
        assert other.referred_on < other.closed_on
        assert all(other.contact_from <= a.at.date() <= other.closed_on for a in other.attempts)


def test_a_dozen_await_their_first_interview_in_march_and_are_closed_by_august(study):
    waiting = [other for other in study.others if other.outcome == "approaching"]

    assert len(waiting) == 12
    assert Counter(other.closed_because for other in waiting) == OURS["others"]["approaching_closed"]
    for other in waiting:
        assert MIDDLE.date() < other.closed_on < date(2016, 8, 1)
        assert any(attempt.at < MIDDLE for attempt in other.attempts)
    assert all(other.closed_on < MIDDLE.date() for other in study.others if other not in waiting)


def test_every_code_is_one_the_rooms_and_the_protocol_know(study, families):
    protocol = tomllib.loads(files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8"))
    stories = (*families, *study.others)
    reasons = protocol["reasons"]

    assert {site.code: site.grouping for site in study.sites} == {s["code"]: s["grouping"] for s in protocol["sites"]}
    assert {attempt.outcome for story in stories for attempt in story.attempts} <= set(outcomes.OUTCOMES)
    assert {attempt.channel for story in stories for attempt in story.attempts} <= set(outcomes.CHANNELS)
    assert {a.outcome for family in families for a in family.appointments} <= set(appointments.State)
    assert {story.told_how for story in stories} - {None} == set(protocol["telling"]["ways"])
    assert {f.t2.reason_outside for f in families if f.t2} - {None} <= set(reasons["outside"])
    assert {f.loss.reason for f in families if f.loss} <= set(reasons["lost"])
    assert {other.closed_because for other in study.others} <= set(reasons["lost"])
    assert {other.excluded_because for other in study.others} - {None} <= set(reasons["excluded"])


def test_case_numbers_are_unique_within_a_site(study):
    numbers = [(story.site, story.case_number) for story in (*study.families, *study.others)]

    assert len(set(numbers)) == len(numbers)


def test_everybody_is_plainly_invented(study):
    people = [person for story in (*study.families, *study.others) for person in story.persons]
    phones = [person.phone for person in people if person.phone]

    assert all(re.fullmatch(r"07700 900\d{3}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)
    assert all(person.email is None or person.email.endswith("@example.test") for person in people)
    assert all(re.fullmatch(r"ZZ\d{1,2} \d[A-Z]{2}", person.postcode) for person in people)
    assert len({(person.first_name, person.last_name) for person in people}) == len(people)


@pytest.mark.parametrize("seed", range(12))
def test_the_counts_hang_on_no_lucky_seed(seed):
    families = plan(seed).families

    assert strata(families) == PUBLISHED["families_by_cohort_and_grouping"]
    assert sum(family.t2 is not None for family in families) == PUBLISHED["families_T2"]
    assert Counter(family.goal.goal_match for family in families) == PUBLISHED["goal_match_T1"]
    assert sum(len(family.t1.children_seen) for family in families) == PUBLISHED["children_T1"]

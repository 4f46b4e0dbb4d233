"""What the rooms hold after the rehearsal is what was published, counted straight from the tables."""

import json
from collections import Counter
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from fieldwork.base import database
from fieldwork.reports import agreement, records

pytestmark = pytest.mark.xdist_group("the rehearsal")
FIGURES = json.loads(files("fieldwork.study").joinpath("reference", "figures.json").read_text("utf-8"))
PUBLISHED, OURS = FIGURES["published"], FIGURES["ours"]
ELEMENTS = PUBLISHED["case_file_elements"]
EVIDENCE = ("good", "reasonable", "limited", "inadequate", "other", "missing")
MIDDLE = datetime(2016, 3, 14, 9, tzinfo=ZoneInfo("Europe/London"))
HELD = "state in ('done', 'partly_done')"
LATEST = """
    select distinct on (family_id, person_id, purpose) family_id, purpose, decision
    from consent.permission order by family_id, person_id, purpose, no desc
"""
READINGS = """
    select cohort, grouping, r.family_id is not null as permitted, r.answers from people.family f
    join study.site on site.no = f.site_id join cases.visit v using (family_id)
    left join (
      select r.family_id, jsonb_object_agg(r.wave, answers) as answers from cases.reading r
      join questionnaires.administration a
        on a.family_id = r.family_id and administration_id = coalesce(third_id, first_id)
      where r.questionnaire = 'case_file' and r.state = 'settled' group by r.family_id
    ) r using (family_id)
    where v.wave = 'T1' and v.held_on is not null
"""


async def counted(conn, query, *args):
    """The rows of a query that ends in a count, as a counter by what stands before it."""
    rows = [tuple(row) for row in await conn.fetch(query, *args)]
    return Counter({row[0] if len(row) == 2 else row[:-1]: row[-1] for row in rows})


def nested(counts):
    return {c: {g: counts[c, g] for g in ("new", "2y", "2y+")} for c in ("1", "2")}


async def held(conn, wave):
    return await counted(
        conn,
        f"""
        select cohort, grouping, count(*) from cases.visit join people.family using (family_id)
        join study.site on site.no = family.site_id where wave = $1 and {HELD} group by 1, 2
        """,
        wave,
    )


async def answers(conn, questionnaire, wave):
    rows = await conn.fetch(
        """
        select family_id, answers from questionnaires.administration a
        where questionnaire = $1 and wave = $2 and state <> 'open' and not exists (
          select from cases.reading r where r.family_id = a.family_id
            and administration_id in (r.second_id, case when r.third_id is not null then r.first_id end))
        """,
        questionnaire,
        wave,
    )
    return {row["family_id"]: row["answers"] for row in rows}


def said(value):
    """A missing answer is counted by its reason."""
    return value["missing"] if isinstance(value, dict) else value


async def test_interviews_by_cohort_and_grouping(finished):
    first, second = await held(finished, "T1"), await held(finished, "T2")

    assert (first.total(), second.total()) == (PUBLISHED["families_T1"], PUBLISHED["families_T2"])
    assert nested(first) == PUBLISHED["families_by_cohort_and_grouping"]
    assert nested(second) == OURS["families_T2"]["by_cohort_and_grouping"]


async def test_second_interviews_stand_in_the_window_and_each_outside_has_its_reason(finished):
    standing = await counted(
        finished, f"select standing, count(*) from cases.visit where wave = 'T2' and {HELD} group by 1"
    )
    reasons = await counted(
        finished,
        f"select standing, outside_because, count(*) from cases.visit where wave = 'T2' and {HELD} group by 1, 2",
    )

    assert standing == OURS["T2_standing"]["counts"]
    assert (standing["early"] + standing["aim"] + standing["late"], standing["aim"]) == (165, 118)
    assert {
        side: {because: count for (where, because), count in reasons.items() if where == side}
        for side in ("before", "after")
    } == {side: OURS["T2_outside"][side] for side in ("before", "after")}
    assert all((because is not None) == (where in {"before", "after"}) for where, because in reasons)


async def test_the_windows_were_reckoned_by_the_room(finished):
    weeks = await finished.fetch(
        """
        select (second.held_on - first.held_on) / 7 as weeks, second.standing from cases.visit first
        join cases.visit second using (family_id)
        where first.wave = 'T1' and second.wave = 'T2' and second.held_on is not null
        """
    )

    assert sum(20 <= row["weeks"] <= 39 for row in weeks) == 165
    assert sum(24 <= row["weeks"] <= 32 for row in weeks) == 118
    assert all((row["standing"] == "aim") == (24 <= row["weeks"] <= 32) for row in weeks)


async def test_families_not_seen_again_were_lost_for_a_reason(finished):
    lost = await counted(
        finished,
        """
        select second.lost_because, count(*) from cases.visit first join cases.visit second using (family_id)
        where first.wave = 'T1' and second.wave = 'T2' and second.held_on is null group by 1
        """,
    )
    open_ones = await finished.fetchval("select count(*) from cases.visit where state in ('awaited', 'booked')")

    assert lost == OURS["T2_lost"]["counts"]
    assert open_ones == 0


@pytest.mark.parametrize("wave", ["T1", "T2"])
async def test_children_interviewed(finished, wave):
    seen = await finished.fetchrow(
        """
        select count(*) as children, count(distinct family_id) as families
        from cases.part join people.person using (family_id, person_id)
        where wave = $1 and state = 'seen' and role = 'child'
        """,
        wave,
    )
    talks = await finished.fetchval(
        "select count(*) from questionnaires.administration where questionnaire = 'talk_child' and wave = $1", wave
    )

    assert tuple(seen) == (PUBLISHED[f"children_{wave}"], PUBLISHED[f"families_with_child_{wave}"])
    assert talks == seen["children"]


async def test_permissions_are_given_and_refused_as_published(finished):
    decided = await counted(
        finished, f"select purpose, decision, count(distinct family_id) from ({LATEST}) latest group by 1, 2"
    )
    refused = await counted(
        finished,
        f"""
        select cohort, grouping, count(*) from ({LATEST}) latest join people.family using (family_id)
        join study.site on site.no = site_id where purpose = 'case_file' and decision = 'refused' group by 1, 2
        """,
    )

    assert decided["case_file", "given"] == PUBLISHED["case_file_permission"]["granted"]
    assert decided["case_file", "refused"] == PUBLISHED["case_file_permission"]["refused"]
    assert nested(refused) == PUBLISHED["case_file_refused"]
    assert {purpose: decided[purpose, "refused"] for purpose in OURS["refusals"]["counts"]} == OURS["refusals"][
        "counts"
    ]


async def test_goals_were_coded_as_published(finished):
    coded = await answers(finished, "goal_coding", "T1")
    looked_back = await answers(finished, "goal_t2", "T2")
    achieved = Counter(said(sheet["goal_achieved"]) for sheet in looked_back.values())
    explained = Counter(said(sheet["progress_explained"]) for sheet in coded.values())
    nothing = PUBLISHED["goal_achieved_T2"]["nothing_mentioned_or_missing"]

    assert Counter(sheet["goal_match"] for sheet in coded.values()) == PUBLISHED["goal_match_T1"]
    assert {(code if code != "not_asked" else "missing"): count for code, count in explained.items()} == PUBLISHED[
        "progress_explained"
    ]
    assert achieved.pop("not_asked") == OURS["goal_not_asked_T2"]["count"]
    assert achieved.pop("nothing_mentioned") == nothing
    assert all(PUBLISHED["goal_achieved_T2"][code] == count for code, count in achieved.items())
    assert PUBLISHED["families_T1"] - achieved.total() - nothing == PUBLISHED["goal_achieved_T2"]["no_T2"]


@pytest.mark.parametrize("wave", ["T1", "T2"])
async def test_shared_understanding(finished, wave):
    sheets = (await answers(finished, "su5", wave)).values()

    for number, (item, counts) in enumerate(OURS["shared_understanding"]["counts"].items(), 1):
        codes = Counter(sheet[f"su{number}"] for sheet in sheets)
        agree, disagree = codes["agree"] + codes["strongly_agree"], codes["disagree"] + codes["strongly_disagree"]
        assert [agree, codes["not_sure"], disagree] == counts[wave], item


async def test_the_future_was_scaled_as_published(finished):
    scaled = {}
    for wave in ("T1", "T2"):
        sheets = await answers(finished, "future", wave)
        scaled[wave] = {family: s["famscale"] for family, s in sheets.items() if not isinstance(s["famscale"], dict)}
        places = list(scaled[wave].values())
        printed = PUBLISHED["future_scaling"]
        assert len(places) == printed[f"{wave}_answered"]
        assert sum(place <= 5 for place in places) == printed[f"{wave}_1_to_5"]

    change = Counter(
        (then > first) - (then < first) for family, then in scaled["T2"].items() if (first := scaled["T1"].get(family))
    )
    assert change == {1: 115, 0: 46, -1: 22}


async def test_life_since_contact(finished):
    lives = Counter(sheet["life_since"] for sheet in (await answers(finished, "views_link", "T2")).values())

    assert lives == OURS["life_since_contact_T2"]["counts"]


@pytest.mark.parametrize("element", list(ELEMENTS))
async def test_case_file_elements_are_present_at_either_reading(finished, element):
    found = Counter()
    for row in await finished.fetch(READINGS):
        read = row["answers"] or {}
        present = "yes" if any(sheet[element] == "yes" for sheet in read.values()) else "no"
        found[row["cohort"], row["grouping"], present if row["permitted"] else "missing"] += 1

    assert {
        c: {g: [found[c, g, column] for column in ("yes", "no", "missing")] for g in row}
        for c, row in ELEMENTS[element].items()
    } == ELEMENTS[element]


async def test_the_evidence_is_that_of_the_later_reading(finished):
    found = Counter(
        (
            row["cohort"],
            row["grouping"],
            row["answers"]["T2"]["assessment_evidence"] if row["permitted"] else "missing",
        )
        for row in await finished.fetch(READINGS)
    )

    assert {
        c: {g: [found[c, g, column] for column in EVIDENCE] for g in row}
        for c, row in PUBLISHED["assessment_evidence"].items()
    } == PUBLISHED["assessment_evidence"]


async def test_every_permitted_file_was_read_twice_by_the_familys_researcher(finished):
    readings = await counted(
        finished,
        """
        select wave, count(*) from questionnaires.administration a join cases.case c using (family_id)
        join staff.account on account.no = c.researcher_no
        where questionnaire = 'case_file' and respondent_id = account.id and subject_id = a.family_id group by 1
        """,
    )

    assert readings == {"T1": 262, "T2": 262}


@pytest.mark.parametrize("wave", ["T1", "T2"])
async def test_measures_were_keyed_in_from_paper_and_scored(finished, wave):
    keyed = await finished.fetch(
        "select questionnaire, mode, scores, family_id from questionnaires.administration where wave = $1", wave
    )
    measures = OURS["measures"]
    scored = {code: [row["scores"] for row in keyed if row["questionnaire"] == code] for code in ("pms", "lsns6")}
    network = measures["network"][wave]

    assert len(scored["pms"]) == measures["mastery"][wave]["answered"]
    assert all("pms_total" in scores for scores in scored["pms"])
    assert len(scored["lsns6"]) == network["answered"]
    assert (
        sum(scores["lsns_total"] is not None for scores in scored["lsns6"])
        == network["answered"] - network["one_missing"]
    )
    assert len({row["family_id"] for row in keyed if row["questionnaire"] == "sdq"}) == measures["sdq_families"][wave]
    assert {row["mode"] for row in keyed if row["questionnaire"] in ("pms", "lsns6", "sdq")} == {"paper"}


async def test_younger_children_have_their_own_form(finished):
    forms = await counted(
        finished, "select version, count(*) from questionnaires.administration where questionnaire = 'sdq' group by 1"
    )
    asked = await counted(
        finished,
        "select wave, version, count(*) from study.asking where questionnaire = 'sdq' group by 1, 2",
    )

    assert set(forms) == {"p2-4", "p4-17"}
    assert set(asked) == {(wave, form) for wave in ("T1", "T2") for form in forms}


async def test_nothing_that_was_begun_was_left_open(finished):
    states = await counted(finished, "select state, count(*) from questionnaires.administration group by 1")
    conflicts = await finished.fetchval("select count(*) from questionnaires.answer where state <> 'stored'")

    read = await counted(finished, "select state, count(*) from cases.reading group by 1")

    assert set(states) == {"completed", "locked"}
    assert conflicts == 0
    assert set(read) == {"settled", "first"}
    assert read["first"] == 2 * 8 + 10, "what was refused is never read"


async def test_what_was_read_twice_was_read_blind_and_decided_by_a_third(finished):
    rows = await finished.fetch("select * from cases.reading where twice and first_id is not null")
    locked = await finished.fetchval("select count(*) from questionnaires.administration where state = 'locked'")

    assert len(rows) > 40
    assert all(len({row["first_by"], row["second_by"], row["third_by"]}) == 3 for row in rows)
    assert 0 < sum(row["third_id"] is not None for row in rows) < len(rows)
    assert locked == 2 * len(rows)


async def test_the_latest_reason_stands_first(finished):
    reasons = await counted(
        finished,
        """
        select cohort, reasons[1], count(*) from people.referral join people.family using (family_id)
        join cases.visit using (family_id) where wave = 'T1' and held_on is not null group by 1, 2
        """,
    )

    assert {c: {r: n for (of, r), n in reasons.items() if of == c} for c in ("1", "2")} == OURS["latest_reason"][
        "counts"
    ]


async def test_the_others_are_in_no_published_count_and_end_closed(finished):
    others = OURS["others"]["counts"]
    closed = await counted(
        finished, "select closed_because, count(*) from cases.case where state = 'closed' group by 1"
    )
    taking_part = await finished.fetchval("select count(*) from cases.case where state = 'taking_part'")
    excluded = await counted(
        finished, "select excluded_because, count(*) from people.referral where not eligible group by 1"
    )
    asked = await finished.fetchval(
        """
        select count(*) from cases.case c where state = 'closed'
          and exists (select from questionnaires.administration a where a.family_id = c.family_id)
        """
    )

    assert closed.total() == sum(map(sum, others.values()))
    assert (closed["excluded"], closed["objected"]) == (sum(others["excluded"]), sum(others["objected"]))
    assert taking_part == PUBLISHED["families_T1"]
    assert excluded == OURS["others"]["excluded_because"]
    assert asked == 0


async def test_the_tally_kept_by_the_writes_equals_the_visits(finished):
    kept = await counted(finished, "select site_no, cohort, wave, state, families from cases.tally where families <> 0")
    visits = await counted(
        finished,
        """
        select v.site_id, cohort, wave, state, count(*) from cases.visit v join people.family using (family_id)
        group by 1, 2, 3, 4
        """,
    )

    assert kept == visits


async def test_nobody_who_objected_can_be_named(finished):
    known = await finished.fetchval(
        """
        select count(*) from people.referral r where objected_on is not null and (
          exists (select from people.identity i where i.family_id = r.family_id and i.person_id <> i.family_id)
          or exists (select from people.key k where k.family_id = r.family_id and k.person_id <> k.family_id)
          or exists (select from people.lookup l where l.family_id = r.family_id))
        """
    )

    assert known == 0
    assert await finished.fetchval("select count(*) from people.referral where objected_on is not null") == 27


async def test_names_came_on_a_second_list_once_the_family_had_been_told_and_could_object(finished):
    named = await finished.fetch(
        """
        select r.told_on, r.told_how, r.agreed_on, arrived.on, first.on as known_on from people.referral r
        join (
          select family_id, min(at)::date as on from trail.event where thing like 'people.person %' group by 1
        ) arrived using (family_id)
        join (
          select family_id, min(at)::date as on from trail.event where thing like 'people.family %' group by 1
        ) first using (family_id)
        """
    )

    assert len(named) == 390 - 27 - 38
    assert all(row["known_on"] < row["on"] for row in named)
    assert all(
        row["on"] >= row["agreed_on"] if row["told_how"] == "agreeing" else (row["on"] - row["told_on"]).days >= 14
        for row in named
    )


async def test_who_did_it_is_somebody_of_the_site(finished):
    strangers = await finished.fetchval(
        """
        select count(*) from trail.event e where actor not in (
          select 'staff:' || account_no from staff.site_grant g where g.site_no = e.site_id)
        """
    )

    assert strangers == 0


WHEN = {
    "trail.event": "at",
    "trail.note": "at",
    "consent.permission": "greatest(at, decided_on)",
    "scheduler.attempt": "at",
    "questionnaires.answer": "greatest(at, device_at)",
    "questionnaires.administration": "greatest(completed_at, held_on)",
    "cases.visit": "held_on",
    "cases.part": "seen_on",
    "people.family": "referred_on",
    "people.referral": "greatest(told_on, agreed_on, objected_on)",
}


@pytest.mark.parametrize("table", list(WHEN))
async def test_in_the_middle_nothing_later_has_happened(middle, table):
    latest = await middle.fetchval(f"select max({WHEN[table]})::timestamptz from {table}")

    assert latest <= MIDDLE


async def test_in_the_middle_appointments_of_later_days_are_booked_and_live(middle):
    appointments = await middle.fetch("select state, lower(during) as starts_at from scheduler.appointment")
    booked = [row["starts_at"] for row in appointments if row["state"] == "booked"]
    visits = await middle.fetchval("select count(*) from cases.visit where state = 'booked'")

    assert len(booked) == visits >= 8
    assert all(row["starts_at"] < MIDDLE for row in appointments if row["state"] in ("kept", "nobody_home"))
    assert min(booked) >= MIDDLE


async def test_in_the_middle_first_interviews_are_over_and_a_dozen_families_are_still_approached(middle):
    first, second = await held(middle, "T1"), await held(middle, "T2")
    approached = await middle.fetchval("select count(*) from cases.case where state = 'approached'")

    assert first.total() == PUBLISHED["families_T1"]
    assert 90 <= second.total() <= 150
    assert approached == sum(OURS["others"]["counts"]["approaching"])


async def test_what_became_of_the_families_is_what_was_published(finished):
    found = await records.records(finished, await database.all_sites(finished))
    published = PUBLISHED["follow_up"]

    assert found.told == published["not_re_referred"] + published["re_referred_and_known"]
    assert {name: getattr(found, name, None) for name in published if hasattr(found, name)} == {
        name: count for name, count in published.items() if hasattr(found, name)
    }
    assert {name: found.led_to[name] for name in published if name in found.led_to} == {
        name: count for name, count in published.items() if name in found.led_to
    }
    assert found.re_referred == published["re_referred_and_known"]
    assert found.after_short_plans == PUBLISHED["after_short_plans"]
    assert found.plan_weeks == {"to_15": 29} | {
        name.removeprefix("weeks_"): count
        for name, count in OURS["records"]["counts"].items()
        if name.startswith("weeks_")
    }


async def test_kappa_of_the_second_readings_is_that_of_another_reckoning(finished):
    """One minus what they disagree in over what chance would, the distance of grades being the weight (Cohen 1968)."""
    found = (await agreement.agreed(finished, await database.all_sites(finished))).rows
    grades = {"overall": ("minimal", "poor", "reasonable", "good", "excellent"), "scaling": ("no", "yes")}

    for item, order in grades.items():
        rows = await finished.fetch(
            """
            select a.answers ->> $1 as one, b.answers ->> $1 as other from cases.reading r
            join questionnaires.administration a on a.family_id = r.family_id and a.administration_id = r.first_id
            join questionnaires.administration b on b.family_id = r.family_id and b.administration_id = r.second_id
            where r.questionnaire = 'case_file'
            """,
            item,
        )
        pairs = [(order.index(row["one"]), order.index(row["other"])) for row in rows]
        observed = sum(abs(one - other) for one, other in pairs) / len(pairs)
        by_chance = sum(abs(one - other) for one, _ in pairs for _, other in pairs) / len(pairs) ** 2
        [row] = [each for each in found if (each.questionnaire, each.item) == ("case_file", item)]
        assert row.pairs == len(pairs)
        assert row.kappa == pytest.approx(1 - observed / by_chance, abs=0.00005)

"""Acts: what one person does at one moment, through the same rooms as the screens."""

from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from consent import permissions
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from fieldwork.cases import allocations, bookings, cases, closings, contact, intake, readings, visits
from fieldwork.cases.closings import Closing, How
from fieldwork.cases.parts import Part
from fieldwork.cases.visits import Held
from fieldwork.rehearsal import sheets, team
from fieldwork.rehearsal.lists import Handover
from fieldwork.rehearsal.sheets import Sheet
from fieldwork.rehearsal.stage import Family, Stage
from fieldwork.rehearsal.stories import Answers, Appointment, Attempt, Reading, Record, Story, Visit
from fieldwork.study.closing import Done, Item
from questionnaires import administrations, openings
from questionnaires.definitions import About
from questionnaires.openings import Opening
from questionnaires.saving import Save
from scheduler import appointments
from scheduler.appointments import Place, Slot, State
from scheduler.attempts import Tried

ZONE = ZoneInfo("Europe/London")
TELEPHONE = "telephone"
MINUTES = {TELEPHONE: 45}
AT_HOME = 90
FIRST, SECOND = "T1", "T2"
ABOUT_ALL = (About.FAMILY, About.FILE, About.RECORDS)
CLOSING_SINCE = date(2016, 3, 1)  # so that the screens have some to show; those before were kept on paper


def local(day: date | datetime, at: time | None = None) -> datetime:
    """A moment of the stories, on the wall clock of the study."""
    moment = day if isinstance(day, datetime) else datetime.combine(day, at or time())
    return moment.replace(tzinfo=ZONE)


def minutes(mode: str) -> int:
    return MINUTES.get(mode, AT_HOME)


async def take(stage: Stage, handover: Handover) -> None:
    site = stage.sites[handover.site]
    await intake.take(stage.conn, stage.ring, site, handover.content, stage.protocol, today=handover.on)
    if handover.named:
        await stage.meet(site, handover.families)


async def allocate(stage: Stage, handover: Handover) -> None:
    """Each family whose names have come gets its researcher."""
    for email in sorted({story.researcher for story in handover.families if story.researcher is not None}):
        given = [stage.families[s.number].family_id for s in handover.families if s.researcher == email]
        await allocations.allocate(stage.conn, given, stage.staff[email].no)


async def attempt(stage: Stage, number: int, tried: Attempt) -> None:
    call_back_at = local(tried.call_back) if tried.call_back else None
    await contact.log(
        stage.conn,
        stage.families[number].family_id,
        tried.wave,
        Tried(tried.channel, tried.outcome, call_back_at),
        limits=stage.protocol.attempts,
        now=stage.now,
        today=tried.at.date(),
    )


async def book(stage: Stage, story: Story, meeting: Appointment | Visit) -> None:
    """A time is agreed with the first parent."""
    family = stage.families[story.number]
    mode = meeting.mode if isinstance(meeting, Visit) else ""
    place = Place.TELEPHONE if mode == TELEPHONE else Place.HOME
    slot = Slot(stage.staff[story.researcher].no, local(meeting.on, meeting.starts), minutes(mode), place)
    await visits.book(
        stage.conn,
        family.family_id,
        meeting.wave,
        ids.new_id(),
        person_id=family.persons[sheets.FIRST_PARENT],
        slot=slot,
    )


async def break_off(stage: Stage, number: int, broken: Appointment) -> None:
    """An appointment came to nothing; one that is moved keeps the visit booked, its new time follows at once."""
    family_id = stage.families[number].family_id
    live = await appointments.live(stage.conn, family_id, broken.wave)
    if live is None:
        raise LookupError(f"Family {number} has no appointment to break.")
    if broken.outcome == State.MOVED:
        await appointments.end(stage.conn, family_id, live.appointment_id, state=State.MOVED)
        return
    how, today = State(broken.outcome), broken.known_at.date()
    await bookings.unbook(stage.conn, family_id, live.appointment_id, how=how, today=today)


async def interview(stage: Stage, story: Story, met: Visit, answers: Answers) -> None:
    """What was decided, what was asked, who was seen."""
    family = stage.families[story.number]
    if met.wave == FIRST:
        decided = list(_decided(story, family))
        await permissions.record(stage.conn, family.family_id, family.site_id, decided)
    for sheet in sheets.of_interview(story, met, answers):
        await fill(stage, story, met.wave, met.on, sheet)
    mode = Place.TELEPHONE if met.mode == TELEPHONE else Place.HOME
    held = Held(met.on, mode, tuple(_parts(story, met, family)), met.reason_outside)
    visit = await visits.hold(stage.conn, family.family_id, met.wave, held, stage.protocol, today=met.on)
    if met.on >= CLOSING_SINCE:
        await _close(stage, visit, number=story.number)


async def _close(stage: Stage, visit: visits.Visit, *, number: int) -> None:
    """The list at the end; every seventh family's voucher is still to be handed over."""
    asked = stage.protocol.closing_list
    await closings.ask(stage.conn, visit, asked)
    said = {code: Done.NO if code == Item.DISTRESS else Done.YES for code in asked.asked}
    if number % 7 == 0:
        closing = Closing(said | {Item.VOUCHER.value: Done.LATER}, next_how=How.PHONE)
    else:
        closing = Closing(said, f"GV-{1000 + number}", asked.voucher_values[0], next_how=How.PHONE)
    await closings.keep(stage.conn, visit.family_id, visit.wave, closing, asked)


def _decided(story: Story, family: Family) -> Iterator[Answer]:
    """Parents sign for themselves and for a child's interview; a child says for itself whether it wants to."""
    for key, purposes in story.permissions.items():
        person_id = family.persons[key]
        grown = key.startswith("parent")
        for name, agreed in purposes.items():
            own = grown or name == Purpose.ASSENT
            giver = person_id if own else family.persons[sheets.FIRST_PARENT]
            decision = Decision.GIVEN if agreed else Decision.REFUSED
            how = "spoken" if name == Purpose.ASSENT else "signed"
            yield Answer(person_id, Purpose(name), decision, giver, how, story.t1.on)


def _parts(story: Story, met: Visit, family: Family) -> Iterator[Part]:
    for key, person_id in family.persons.items():
        state = _part(story, met, key)
        if state is not None:
            yield Part(person_id, state, met.on if state == "seen" else None)


def _part(story: Story, met: Visit, key: str) -> str | None:
    """What came of one person's part; None where it was never meant to be."""
    if key == sheets.FIRST_PARENT or key in met.children_seen:
        return "seen"
    if met.wave == SECOND:
        return "refused" if key in story.t1.children_seen and met.mode != TELEPHONE else None
    decided = story.permissions.get(key)
    if decided is None:
        return None
    if key.startswith("parent"):
        return "seen"
    return "refused" if False in decided.values() else "outstanding"


def leaves_something(story: Story) -> bool:
    """A child with its parent's permission was not at home at T1."""
    return any(_part(story, story.t1, person.key) == "outstanding" for person in story.persons)


async def go_on(stage: Stage, story: Story) -> None:
    """The child who was not at home could not be seen later either; the second interview is the next step."""
    family_id = stage.families[story.number].family_id
    visit = await visits.find(stage.conn, family_id, SECOND)
    if visit.state == "awaited":
        await cases.progress(stage.conn, family_id, next_step=f"Book {SECOND}", on=visit.aim_from)


async def code(stage: Stage, story: Story) -> None:
    await fill(stage, story, FIRST, stage.now.date(), sheets.of_coding(story.goal))


async def read(stage: Stage, story: Story, reading: Reading) -> None:
    await fill(stage, story, reading.wave, reading.on, sheets.of_reading(reading))


async def look_up(stage: Stage, story: Story, record: Record) -> None:
    await fill(stage, story, SECOND, record.on, sheets.of_record(record))


async def read_again(stage: Stage, story: Story, wave: str, sheet: Sheet) -> None:
    """By somebody else who has not seen the first, where it fell to be read twice. Nobody did so in the study."""
    await _if_wanted(stage, story, wave, sheets.with_slips(sheet, story.number, wave), "second", team.READER)


async def decide(stage: Stage, story: Story, wave: str, sheet: Sheet) -> None:
    """A third finds what the first has found, so that what was published stands."""
    await _if_wanted(stage, story, wave, sheet, "third", team.COORDINATOR)


async def _if_wanted(stage: Stage, story: Story, wave: str, sheet: Sheet, state: str, by: str) -> None:
    reading = await readings.find(stage.conn, stage.families[story.number].family_id, wave, sheet.code)
    if reading.state == state:
        await fill(stage, story, wave, stage.now.date(), sheet, by=by)


async def fill(stage: Stage, story: Story, wave: str, on: date, sheet: Sheet, *, by: str = "") -> None:
    """One questionnaire from its first answer to its last."""
    family = stage.families[story.number]
    is_read = sheet.respondent == sheets.RESEARCHER
    respondent_id = stage.staff[by or story.researcher].id if is_read else family.persons[sheet.respondent]
    subject_id = family.family_id if sheet.about in ABOUT_ALL else family.persons[sheet.subject]
    opening = Opening(wave, sheet.code, sheet.version, respondent_id, sheet.about, subject_id, sheet.mode, on)
    conn, family_id = stage.conn, family.family_id
    if is_read:
        begun = await readings.begin(conn, family_id, opening)
    else:
        begun = await openings.begin(conn, family_id, family.site_id, opening)
    left = {item: value for item, value in sheet.values.items() if item not in begun.answers}
    saves = [Save(ids.new_id(), item, value, at=stage.now) for item, value in left.items()]
    for receipt in await administrations.save(conn, family_id, begun.administration_id, saves):
        if receipt.state != "stored":
            raise ValueError(f"{sheet.code} of family {story.number}: {receipt.sentence or receipt.state}")
    await readings.complete(conn, family_id, begun.administration_id, now=stage.now)


async def lose(stage: Stage, number: int, wave: str, because: str) -> None:
    """The visit will not take place; a refusal on the telephone has said so already."""
    await visits.lose_open(stage.conn, stage.families[number].family_id, because=because, wave=wave)


async def close(stage: Stage, number: int, because: str) -> None:
    """A family that was approached and never interviewed."""
    await lose(stage, number, FIRST, because)
    await cases.close(stage.conn, stage.families[number].family_id, because=because)

"""How long a page of 150 questions with 60 conditions takes, on the server and in Chromium, beside yardsticks."""

import asyncio
from statistics import median
from time import perf_counter

import click
import pytest
from cast import Study
from playwright.async_api import Browser

from fieldwork.staff.rights import Role
from fieldwork.web import asking, drawing, live, opened, pages
from tests.fieldwork.web.sheets import Asked, ask, sheet
from tests.journeys.test_asking import opened as opened_in_browser

QUESTIONS, CONDITIONS, ROUNDS = 150, 60, 31
# One question is answered back and forth; beside it, everything on the page is looked at anew.
IN_BROWSER = """async (rounds) => {
  const base = document.querySelector("script[src$='interview.js']").src;
  const { Standing } = await import(base.replace("interview.js", "standing.js"));
  const fields = await import(base.replace("interview.js", "fields.js"));
  const form = document.querySelector("[data-interview]");
  const standing = new Standing(form, fields.read);
  standing.attach(form);
  standing.all();
  const item = form.querySelector("[data-item=q0]");
  const times = { one: [], everything: [] };
  for (let round = 0; round < rounds; round += 1) {
    item.querySelector("input").value = String(round);
    let began = performance.now();
    for (let again = 0; again < 20; again += 1) {
      item.querySelector("input").value = String(round + again);
      standing.changed(item);
    }
    times.one.push((performance.now() - began) / 20);
    began = performance.now();
    for (let again = 0; again < 20; again += 1) standing.all();
    times.everything.push((performance.now() - began) / 20);
  }
  const middle = (list) => list.sort((one, other) => one - other)[Math.floor(list.length / 2)];
  return { one: middle(times.one), everything: middle(times.everything), watched: standing.watchers.get("q0").size };
}"""


def form() -> str:
    """Every fifth question is a number; two of five apply only with certain numbers before them."""
    items = []
    for at in range(QUESTIONS):
        asked = at - at % 5
        when = f", relevant = \"${{q{asked}}} > {at % 7} or selected(${{q{asked + 1}}}, 'b')\"" if at % 5 > 2 else ""
        if at % 5 == 0:
            items.append(f'{{ type = "integer", name = "q{at}", label = "Question {at}" }}')
        else:
            items.append(
                f'{{ type = "select_one", name = "q{at}", label = "Question {at} after ${{q{asked}}}", choices = ['
                '{ name = "a", label = "A" }, { name = "b", label = "B" }, { name = "c", label = "C" }]' + when + " }"
            )
    return sheet(", ".join(items))


async def _asked(study: Study) -> Asked:
    text = form()
    assert (text.count("relevant ="), text.count("type =")) == (CONDITIONS, QUESTIONS)
    return await ask(study, text)


@pytest.mark.large
async def test_a_page_on_the_server(study: Study, capsys):
    asked = await _asked(study)
    researcher = await study.signed_in(Role.RESEARCHER)
    held = await asked.held()
    held.answers.update({f"q{at}": at % 9 for at in range(0, QUESTIONS, 5)})
    async with study.acting() as conn:
        found = await opened.find(conn, held, now=study.clock.now())
    here = asking.sitting(found, "first")
    acts = {
        "an empty page, asked for": lambda: researcher.client.get("/nothing-here"),
        "the section's page, asked for": lambda: researcher.client.get(f"{asked.path}/first"),
        "an empty page, drawn": lambda: pages.environment().get_template("families/finished.html").render(EMPTY),
        "the questions as fields": lambda: asking.fields(here),
        "what the script gets": lambda: live.data(here, asking.fields(here)),
        "where the answers lead": found.standing,
    }

    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, act in acts.items():
            began = perf_counter()
            done = act()
            if asyncio.iscoroutine(done):
                await done
            times[name].append(perf_counter() - began)

    with capsys.disabled():
        whole, drawn = (median(times[name]) for name in ("an empty page, asked for", "an empty page, drawn"))
        click.echo(f"\n{QUESTIONS} questions, {CONDITIONS} conditions, median of {ROUNDS} rounds:")
        for name, taken in times.items():
            yardstick = whole if "asked for" in name else drawn
            click.echo(f"{median(taken) * 1000:8.2f} ms  {name}: {median(taken) / yardstick:.1f} times an empty page")
    assert len(drawing.fields(here.section, drawing.Known(found, here.standing, {}, {}))) == QUESTIONS


EMPTY = {
    "csrf": "", "study_title": "", "clock_banner": "", "nav": [], "viewer": None, "notice": "", "complaints": {},
}  # fmt: skip


@pytest.mark.large
async def test_one_answer_in_chromium(live: Study, chromium: Browser, capsys):
    asked = await _asked(live)
    context = await chromium.new_context()
    page = await opened_in_browser(context, live, asked, "first")

    found = await page.evaluate(IN_BROWSER, ROUNDS)

    with capsys.disabled():
        click.echo(f"\n{found['one']:8.3f} ms  one answer changed, {found['watched']} things look at it")
        click.echo(
            f"{found['everything']:8.3f} ms  everything; one answer takes {found['one'] / found['everything']:.3f}"
        )
    await context.close()

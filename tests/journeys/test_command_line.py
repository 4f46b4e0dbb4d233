"""The finished reference study over the command line: what a stranger types, and what comes back."""

import csv
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browser import Browser, Page
from cast import row, written

HOUSE = Path(__file__).parent.parent.parent
FIGURES = json.loads((HOUSE / "fieldwork/study/reference/figures.json").read_text())
PATIENCE = 180
pytestmark = pytest.mark.xdist_group("the demo")


class Demo:
    def __init__(self, ready: dict, folder: Path) -> None:
        self.ready, self.folder = ready, folder

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        known = {**os.environ, **self.ready["env"], **environment}
        command = [sys.executable, "-m", "fieldwork", *arguments]
        return subprocess.run(command, cwd=HOUSE, env=known, input=stdin, capture_output=True, text=True, check=False)

    def says(self, *arguments: str, **more: str) -> object:
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def free_port() -> int:
    """A port nobody listens on now, so that two runs of the tests do not meet."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The demo as it stands on 31 August 2016, started as a stranger starts it."""
    with tempfile.TemporaryDirectory(prefix="fw", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        ready = folder / "ready.json"
        ports = ["--staff-port", str(free_port()), "--family-port", str(free_port())]
        command = [sys.executable, "-m", "fieldwork", "demo", "--data", name, "--as-of", "2016-08-31", *ports]
        with (folder / "log").open("w") as log:
            started = subprocess.Popen([*command, "--ready-file", ready], cwd=HOUSE, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while not ready.exists():
            assert started.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, "The demo was not ready in time."
            time.sleep(0.1)
        yield Demo(json.loads(ready.read_text()), folder)
        started.send_signal(signal.SIGINT)
        assert started.wait(30) == 0


def test_retention_is_the_published_one(demo):
    figures = demo.says("report", "retention")

    by_stratum = {(r["cohort"], r["grouping"]): (r["T1"], r["T2"]) for r in figures["rows"]}
    assert (figures["T1"], figures["T2"]) == (270, 187)
    assert [key[0] + key[1] for key in by_stratum] == ["1new", "12y", "12y+", "2new", "22y", "22y+"]
    assert [one for one, _ in by_stratum.values()] == [48, 34, 32, 64, 46, 46]
    assert sum(two for _, two in by_stratum.values()) == 187


def test_case_files_are_the_published_ones(demo):
    rows = demo.says("report", "case-files")["rows"]

    danger = {
        (r["cohort"], r["grouping"]): [r["yes"], r["no"], r["missing"]]
        for r in rows
        if r["item"] == "danger_statements"
    }
    assert danger[("1", "new")] == [27, 17, 4]
    assert danger[("2", "2y+")] == [44, 2, 0]
    assert sum(r["missing"] for r in rows if r["item"] == "working_well") == 8


def test_the_export_is_whole_and_names_nobody(demo, tmp_path):
    files = demo.says("export", "--format", "csv", "--out", str(tmp_path / "out"))["files"]

    wide = list(csv.DictReader(io.StringIO((tmp_path / "out" / "wide.csv").read_text())))
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines())
    assert len(wide) >= 270
    assert all(
        hashlib.sha256((tmp_path / "out" / Path(f["path"]).name).read_bytes()).hexdigest() == f["sha256"] for f in files
    )
    assert sums["wide.csv"] == next(f["sha256"] for f in files if f["path"].endswith("wide.csv"))


def test_a_list_is_taken_in_once_and_its_faults_are_sentences(demo, tmp_path):
    good = tmp_path / "good.csv"
    good.write_bytes(written([row("NEW-1", role="parent", first_name="Ash", last_name="Invented")]))
    bad = tmp_path / "bad.csv"
    rows = [row(f"B-{n}", role="parent", first_name="A", last_name="B") for n in range(250)]
    rows[198]["referred_on"] = "31/03/2015"
    bad.write_bytes(written(rows))

    first = demo.says("referrals", "import", str(good), "--site", "n1")
    again = demo.says("referrals", "import", str(good), "--site", "n1")
    refused = demo.run("referrals", "import", str(bad), "--site", "n1")

    assert (first["rows"], first["new"], first["unchanged"]) == (1, 1, 0)
    assert (again["rows"], again["new"], again["unchanged"]) == (1, 0, 1)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert "Row 200, referred_on: “31/03/2015” is no date. Write it as 2015-03-31." in refused.stderr


def test_a_broken_protocol_names_each_fault(demo, tmp_path):
    text = (HOUSE / "fieldwork/study/reference/study.toml").read_text()
    broken = tmp_path / "study.toml"
    broken.write_text(text.replace('anchor = "T1"', 'anchor = "T9"').replace("opens = 20", "opens = 50"))

    checked = demo.run("study", "check", str(broken))
    applied = demo.run("study", "apply", str(broken))

    assert checked.returncode == applied.returncode == 1
    assert "waves.T2.anchor: “T9” is no wave declared before this one." in checked.stderr
    assert "waves.T2: The weeks must be in order" in checked.stderr
    assert demo.says("study", "show")["waves"][1]["anchor"] == "T1"


def test_a_change_that_contradicts_collected_data_is_refused(demo, tmp_path):
    text = (HOUSE / "fieldwork/study/reference/study.toml").read_text()
    other = tmp_path / "study.toml"
    other.write_text(text.replace("closes = 39", "closes = 45"))

    refused = demo.run("study", "apply", str(other))

    assert refused.returncode == 1
    assert "The weeks of T2 can't change" in refused.stderr


def test_a_database_that_is_not_there_is_said_in_one_sentence(demo):
    away = demo.run("report", "retention", FIELDWORK_DATABASE_URL="postgresql://fieldwork_staff@127.0.0.1:1/none")

    assert away.returncode == 1
    assert away.stderr.startswith("The database cannot be reached.")
    assert "Traceback" not in away.stderr


def test_an_unknown_setting_is_refused(demo):
    refused = demo.run("report", "retention", FIELDWORK_DATABSE_URL="x")

    assert refused.returncode == 1
    assert "FIELDWORK_DATABSE_URL is no setting of Fieldwork" in refused.stderr


def test_a_window_needs_no_database(demo):
    told = demo.says("window", "--anchor", "2015-06-15", "--on", "2016-03-20", FIELDWORK_DATABASE_URL="")

    assert told == {
        "wave": "T2",
        "opens": "2015-11-02",
        "aim_from": "2015-11-30",
        "aim_to": "2016-01-31",
        "closes": "2016-03-20",
        "standing": "late",
    }


def test_scores_and_conditions_come_line_by_line(demo):
    answers = {f"pms{n}": 3 for n in range(1, 8)}
    scored = demo.run("questionnaire", "score", "pms", stdin=json.dumps(answers) + "\nnonsense\n" + '{"pms1": 9}\n')
    value = demo.says(
        "questionnaire",
        "evaluate",
        "${age} >= 11 and selected(${who}, 'mother')",
        stdin='{"age": 12, "who": "mother aunt"}',
    )

    lines = [json.loads(line) for line in scored.stdout.splitlines()]
    assert lines[0]["scores"]["pms_total_n"] == 7
    assert lines[1] == {"reject": [{"item": None, "code": "not_json"}]}
    assert lines[2] == {"reject": [{"item": "pms1", "code": "out_of_range"}]}
    assert value == {"value": True}


def test_the_trail_is_whole(demo):
    time.sleep(6)  # the worker seals every five seconds
    verdict = demo.says("trail", "verify")

    assert verdict["broken"] == []
    assert verdict["sealed"] > 10_000


def test_new_staff_can_be_added_and_routes_are_listed(demo):
    made = demo.says("staff", "add", "new@fieldwork.test", "--role", "coordinator")
    twice = demo.run("staff", "add", "new@fieldwork.test", "--role", "coordinator")
    routes = demo.says("routes", "--json")

    assert set(made) == {"email", "role", "password", "totp_secret"}
    assert twice.returncode == 1
    assert twice.stderr.startswith("There is already an account")
    assert all(set(route) == {"app", "method", "path", "needs"} for route in routes)


def test_the_figures_file_names_its_source():
    assert "RR589" in json.dumps(FIGURES)


def sheet(folder: Path, *rows: str) -> str:
    file = folder / "sheet.csv"
    file.write_text("\n".join(rows))
    return str(file)


async def answered_on_a_phone(address: str) -> Page:
    """A parent opens the address, starts, and goes from question to question to the end."""
    origin = address.partition("/l/")[0]
    async with httpx.AsyncClient(base_url=origin, follow_redirects=True, headers={"accept": "text/html"}) as client:
        browser = Browser(client, origin)
        page = await browser.open(address.removeprefix(origin))
        assert page.forms, page.text
        page = await page.form().press("Start")
        said = {
            "goal_progress": "We talk to each other again.",
            "goal_achieved": "better_social_care",
            "goal_scale": "7",
        }
        for name, value in said.items():
            page = await page.form(f"/questions/{name}").fill({name: value}).press("Continue")
        return await page.form("/end").press("")


# The last of this file, since it adds a family to the study the others count.
async def test_a_family_goes_from_referral_to_the_analysts_file(demo, tmp_path):
    people = [
        row("WAY-1", role="parent", first_name="Wren", last_name="Invented"),
        row("WAY-1", role="child", first_name="Tam", last_name="Invented", born="2007-03-02"),
    ]
    (tmp_path / "list.csv").write_bytes(written(people))
    handed_over = demo.says("referrals", "import", str(tmp_path / "list.csv"), "--site", "n1")
    family = handed_over["references"]["WAY-1"]

    first = sheet(tmp_path, "reference,wave,held_on,place,person,came", f"{family},T1,2015-09-01,home,1,seen")
    too_early = demo.run("visits", "import", first)
    decided = demo.says("permissions", "import", sheet(
        tmp_path,
        "reference,person,purpose,decision,decided_on",
        *(f"{family},1,{purpose},given,2015-09-01" for purpose in ("take_part", "contact_again", "case_file")),
        f"{family},1,recording,refused,2015-09-01",
    ))  # fmt: skip
    first = sheet(tmp_path, "reference,wave,held_on,place,person,came", f"{family},T1,2015-09-01,home,1,seen")
    t1 = demo.says("visits", "import", first)
    items = ",".join(f"pms{n}" for n in range(1, 8))
    on_paper = sheet(tmp_path, f"reference,wave,respondent,{items}", f"{family},T1,1,2,2,2,3,2,3,2")
    keyed_in = demo.says("answers", "import", "pms", on_paper)
    opened = demo.says("window", "--anchor", "2015-09-01", "--on", "2016-03-15")
    t2 = demo.says(
        "visits",
        "import",
        sheet(tmp_path, "reference,wave,held_on,place,person,came", f"{family},T2,2016-03-15,home,1,seen"),
    )
    made = demo.says("link", "make", family, "--wave", "T2", "--questionnaire", "goal_t2")
    end = await answered_on_a_phone(made["url"])
    demo.says("export", "--format", "csv", "--out", str(tmp_path / "out"))

    assert too_early.returncode == 1
    assert "Row 2" in too_early.stderr
    assert [done["new"] for done in (handed_over, decided, t1, keyed_in, t2)] == [1, 4, 1, 1, 1]
    assert opened["standing"] == "aim"
    assert end.path == "/finished"
    wide = (tmp_path / "out" / "wide.csv").read_text()
    [ours] = [each for each in csv.DictReader(io.StringIO(wide)) if family in each.values()]
    told = {name: value for name, value in ours.items() if "goal_scale" in name or name.startswith("pms_total")}
    assert {"7"} <= {value for name, value in told.items() if "goal_scale" in name}
    assert any(value not in ("", "-9") for name, value in told.items() if name.startswith("pms_total"))
    assert "Wren" not in wide
    assert demo.says("report", "retention")["T2"] == 188

"""The demo: it begins with everything it needs or says what is missing, and ends with everything it began."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from click.testing import CliRunner

from fieldwork.base.errors import PortTaken
from fieldwork.commands import demo

HOUSE = Path(__file__).parents[3]
PATIENCE = 60


def test_a_port_somebody_has_is_said_before_anything_is_loaded(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])

        said = CliRunner().invoke(demo.demo, ["--data", str(tmp_path / "data"), "--staff-port", port])

    assert isinstance(said.exception, PortTaken)
    assert not (tmp_path / "data").exists()


def test_a_demo_that_is_ended_while_it_loads_takes_its_database_with_it():
    with tempfile.TemporaryDirectory(prefix="fw", ignore_cleanup_errors=True) as name:
        data = Path(name) / "new"  # as in a fresh clone, where nobody has made it yet
        running = data / "pg" / "postmaster.pid"
        command = [sys.executable, "-m", "fieldwork", "demo", "--data", data, "--staff-port", "0", "--family-port", "0"]
        with (Path(name) / "log").open("w") as log:
            started = subprocess.Popen(command, cwd=HOUSE, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while not (running.exists() and "ready" in running.read_text()):
            assert started.poll() is None, (Path(name) / "log").read_text()
            assert time.monotonic() < until, "The demo's database did not start in time."
            time.sleep(0.05)

        started.send_signal(signal.SIGTERM)

        assert started.wait(PATIENCE) == 130, (Path(name) / "log").read_text()
        assert not running.exists()
        assert "Traceback" not in (Path(name) / "log").read_text()

"""An interrupted run ends, whatever the server has not answered, and the next one goes on."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from annoport import cvat
from annoport.functions import Context, Report, Spec, annotate, make_labels
from annoport.testing import FakeServer
from annoport.vision import Annotation, Tag
from tests.held import Held, interrupt
from tests.systems import needs_interrupts

TASK, FRAMES = 1, 5
PROGRAM = """
import sys
from pathlib import Path
from tests.functions.test_interrupts import run

url, token, notes = sys.argv[1:]
run(url, token, Path(notes))
"""


class Finder:
    """Finds a fox in each picture."""

    spec = Spec(labels=make_labels(["fox"]))
    name = "finder"

    def detect(self, context: Context, image: Any) -> Sequence[Annotation]:
        return [Tag(label="fox")]


def run(url: str, token: str, notes: Path) -> Report:
    with cvat.Client(url, token=token, timeout=3600.0) as client:
        return annotate(cvat.task(client, TASK), Finder(), checkpoints=notes, progress=False)


@pytest.fixture
def server() -> Iterator[FakeServer[Held]]:
    with FakeServer(Held()) as running:
        yield running


@needs_interrupts
@pytest.mark.parametrize(
    ("method", "part"),
    [("GET", "type=chunk"), ("PATCH", f"/tasks/{TASK}/annotations")],
    ids=["reading", "writing"],
)
def test_an_interrupted_run_does_not_wait_for_the_server(
    server: FakeServer[Held], tmp_path: Path, method: str, part: str
) -> None:
    server.fake.method, server.fake.part = method, part
    interrupt(server, PROGRAM, str(tmp_path))
    report = run(server.url, server.token, tmp_path)
    assert report.frames + report.resumed == FRAMES
    tags = server.fake.state.tasks[TASK].tags
    assert sorted(tag["frame"] for tag in tags if tag["source"] == "auto") == list(range(FRAMES))


@needs_interrupts
def test_a_write_that_is_under_way_has_a_moment_to_end(
    server: FakeServer[Held], tmp_path: Path
) -> None:
    server.fake.method, server.fake.part = "PATCH", f"/tasks/{TASK}/annotations"
    here = threading.get_ident()

    def strike() -> None:
        server.fake.asked.wait()
        time.sleep(0.1)  # until nothing is left but to wait for the write
        signal.pthread_kill(here, signal.SIGINT)
        time.sleep(0.2)
        server.fake.may_go.set()

    with background(strike), pytest.raises(KeyboardInterrupt):
        run(server.url, server.token, tmp_path)
    assert len(server.fake.state.tasks[TASK].tags) >= FRAMES
    server.requests.clear()
    assert run(server.url, server.token, tmp_path).resumed == FRAMES
    assert not [seen for seen in server.requests if "/annotations" in seen.path]


@contextlib.contextmanager
def background(work: Callable[[], None]) -> Generator[None]:
    """Do some work beside the block, in which interrupts are heard."""
    thread = threading.Thread(target=work)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)

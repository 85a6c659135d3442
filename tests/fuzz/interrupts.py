"""Interrupt commands that wait for a job, each at another moment, and see that it is heard.

`python -m tests.fuzz.interrupts --moments 100` says how it went, and ends with 1 if an interrupt
got lost, or was answered otherwise than by its exit code and its word.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable

from annoport.testing import serve
from tests.cli.commands import environment

_BEGUN, _NOW = "begun", "now"
INTERRUPTED = 130
_PLACES = range(-600, 7)
"""Places where importing runs code that may raise nothing: from the start, and from the wait on."""
_POLLS = 8
"""Within so many polls an interrupt comes."""
_LOST = 12
"""After so many more polls, it is lost."""
_CODE = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from annoport.cli import main
place = int(sys.argv.pop(1))
left = abs(place)

def profile(frame, event, argument):
    # Importing calls this where Python drops what it raises.
    global left
    code = frame.f_code
    if event != "call" or code.co_name != "cb" or "importlib" not in code.co_filename:
        return
    if place < 0 or "annoport.cli.jobs" in sys.modules:
        left -= 1
        if left == 0:
            print({_NOW!r}, file=sys.stderr, flush=True)
            signal.raise_signal(signal.SIGINT)

if left:
    sys.setprofile(profile)
print({_BEGUN!r}, file=sys.stderr, flush=True)
try:
    code = main()
except KeyboardInterrupt:  # before or after it
    code = 130
sys.exit(code)
"""
_POLL = "GET /api/requests/"


class LostInterruptError(Exception):
    """A command did not end, or not as it should."""


def run(moments: int, seed: int = 0) -> Counter[str]:
    """Interrupt so many commands, and return how far they had come.

    Args:
        moments: How many.
        seed: Of the moments.

    Raises:
        LostInterruptError: One did not hear of it.
    """
    dice = random.Random(seed)
    counts: Counter[str] = Counter()
    with serve("cvat", job_seconds=3600.0) as server:
        env = environment(CVAT_URL=server.url, CVAT_TOKEN=server.token)
        whole = _seconds(env)
        for _ in range(moments):
            counts[_interrupted(env, dice.uniform(0.0, whole))] += 1
    return counts


def run_in_callbacks(places: Iterable[int]) -> Counter[str]:
    """Interrupt commands where importing runs code that may raise nothing.

    Args:
        places: In which such place each command is interrupted, counted from 1 where it begins to
            wait, or downwards from -1 where it begins.

    Returns:
        How far they had come; "never" if there are not so many such places.

    Raises:
        LostInterruptError: One did not hear of it.
    """
    with serve("cvat", job_seconds=3600.0) as server:
        env = environment(CVAT_URL=server.url, CVAT_TOKEN=server.token)
        return Counter(
            _ended(_start(env, place), f"in place {place}", counted=place != 0) for place in places
        )


def _start(env: dict[str, str], place: int = 0) -> subprocess.Popen[str]:
    """Start a command that waits for ever, and return when it begins."""
    words = ("cvat", "tasks", "create-dataset-export", "1", "--format", "COCO 1.0", "--wait", "-vv")
    started = subprocess.Popen(
        [sys.executable, "-c", _CODE, str(place), *words],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    while _BEGUN not in started.stderr.readline():
        assert started.poll() is None
    return started


def _seconds(env: dict[str, str]) -> float:
    """Return how long it takes until some polls are done."""
    running = _start(env)
    begun = time.monotonic()
    assert running.stderr is not None
    polls = 0
    while polls < _POLLS:
        polls += _POLL in running.stderr.readline()
    taken = time.monotonic() - begun
    running.kill()
    running.wait()
    running.stderr.close()
    return taken


def _interrupted(env: dict[str, str], after: float) -> str:
    """Interrupt a command after some seconds, and return how far it had come."""
    running = _start(env)
    time.sleep(after)
    running.send_signal(signal.SIGINT)
    return _ended(running, f"after {after:.3f} s")


def _ended(running: subprocess.Popen[str], when: str, *, counted: bool = False) -> str:
    """Return how far a command that was interrupted had come, when it has ended."""
    assert running.stderr is not None
    said: list[str] = []
    polls = 0
    for line in running.stderr:
        said.append(line)
        polls += _POLL in line
        if polls > _POLLS + _LOST:
            running.kill()
            break
    code = running.wait()
    running.stderr.close()
    text = "".join(said)
    if counted and f"{_NOW}\n" not in said:
        return "never"
    if code != INTERRUPTED or "Traceback" in text or "ignored" in text:
        raise LostInterruptError(f"interrupted {when}, it ended with {code}: {text}")
    if not polls:
        return "starting"
    if "the job runs on; this goes on: annoport job wait " not in text:
        raise LostInterruptError(f"interrupted {when}, it did not say how to go on: {text}")
    return "waiting"


def main() -> int:
    """Interrupt commands as the command line says; return 1 if one did not hear of it."""
    parser = argparse.ArgumentParser(prog="tests.fuzz.interrupts", description=__doc__)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    try:
        counts = run(given.moments, given.seed)
        step = max(1, len(_PLACES) // given.moments)
        places = [place for place in _PLACES[::step] if place]
        counts += run_in_callbacks([*places, *range(1, 7)])
    except LostInterruptError as error:
        print(error)
        return 1
    print(f"interrupts: {given.moments} heard ({dict(counts)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

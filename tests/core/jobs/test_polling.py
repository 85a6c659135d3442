"""What answers about jobs mean, tested without a server."""

from __future__ import annotations

import heapq
import itertools
import json
import statistics
from typing import Any

import msgspec
import pytest

from annoport.core.contract.extensions import JobKind, Platform
from annoport.core.errors import (
    AnnoportError,
    AuthenticationError,
    JobTokenError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TimeoutError,  # noqa: A004 (a builtin TimeoutError too)
    TransportError,
    UnsentTimeoutError,
)
from annoport.core.http.origin import BaseUrl
from annoport.core.jobs.polling import (
    TRANSIENT_PATIENCE,
    Cancelled,
    Done,
    Failed,
    Gone,
    JobWatch,
    NeedsInput,
    Overdue,
    PollAgain,
    Stagger,
    Step,
    describe_failure,
    lasting,
    read_answer,
    why_gone,
)
from annoport.core.jobs.tokens import JobToken, read_token
from annoport.core.support.backoff import LONGEST_REQUESTED_PAUSE
from tests.core.job_platform.job_kinds import JOB_KINDS

EXPORT, LINKED = JOB_KINDS["export"], JOB_KINDS["linked"]
JOB_SECONDS = [0.0, 0.1, 1.0, 7.0, 60.0, 600.0]


def polls(job_seconds: float, jitter: float, deadline: float | None = None) -> tuple[int, float]:
    """Return how often a job of that length is polled, and when its end is noticed."""
    watch = JobWatch(kind=EXPORT, begun=0.0, deadline=deadline, jitter=lambda: jitter)
    now, count = 0.0, 0
    while True:
        count += 1
        state = "F" if now >= job_seconds else "R"
        step = watch.answered(read_answer(EXPORT, {"state": state}), now)
        if not isinstance(step, PollAgain):
            return count, now
        now += step.delay


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_the_rhythm_of_polling(jitter: float) -> None:
    assert polls(0.0, jitter) == (1, 0.0)
    assert polls(0.1, jitter)[1] <= 0.2
    assert polls(60.0, jitter)[0] <= 65
    for seconds in JOB_SECONDS:
        seen = polls(seconds, jitter)[1]
        assert seen - seconds <= max(0.1, min(10.0, seconds * 0.1)) + 1e-9


def test_the_end_of_an_export_of_some_seconds_is_noticed_soon() -> None:
    late = [polls(hundredth / 100, 0.5)[1] - hundredth / 100 for hundredth in range(300, 800)]
    assert statistics.mean(late) <= 0.3


def test_a_wait_asks_once_more_at_its_deadline() -> None:
    count, now = polls(100.0, 0.5, deadline=30.0)
    assert now == 30.0
    assert count < 60
    assert polls(100.0, 0.5, deadline=0.0) == (1, 0.0)


@pytest.mark.parametrize(
    ("kind", "answer", "step"),
    [
        (EXPORT, {"state": "F"}, Done()),
        (EXPORT, {"state": "C"}, Cancelled()),
        (EXPORT, {"state": "A", "question": {"q": 1}}, NeedsInput({"q": 1})),
        (EXPORT, {"state": "E", "text": "no"}, Failed("no")),
        (EXPORT, {"state": "E", "errors": ["a", "b"]}, Failed("a; b", ("a", "b"))),
        (EXPORT, {"state": "E", "errors": "a"}, Failed("a", ("a",))),
        (EXPORT, {"state": "E"}, Failed("the server gave no reason (status 'E')")),
        (LINKED, {"state": "f"}, Done()),
    ],
)
def test_ends(kind: JobKind, answer: object, step: Step) -> None:
    assert JobWatch(kind=kind, begun=0.0).answered(read_answer(kind, answer), 1.0) == step


@pytest.mark.parametrize("state", ["P", "R", "X", "f", ""])
def test_goes_on(state: str) -> None:
    step = JobWatch(kind=EXPORT, begun=0.0).answered(read_answer(EXPORT, {"state": state}), 1.0)
    assert isinstance(step, PollAgain)


@pytest.mark.parametrize(
    ("percent", "progress"), [(None, None), (0, 0.0), (50, 0.5), (130, 1.0), (-1, 0.0), ("x", None)]
)
def test_progress(percent: object, progress: float | None) -> None:
    assert read_answer(EXPORT, {"state": "R", "percent": percent}).progress == progress
    assert read_answer(EXPORT, {"state": "F", "percent": percent}).progress == 1.0


def test_old_errors_are_no_failure() -> None:
    answer = {"state": "R", "errors": ["from the run before"]}
    step = JobWatch(kind=EXPORT, begun=0.0).answered(read_answer(EXPORT, answer), 1.0)
    assert isinstance(step, PollAgain)


def test_a_failure_is_read_once_more() -> None:
    watch = JobWatch(kind=LINKED, begun=0.0)
    failed, running = read_answer(LINKED, {"state": "E"}), read_answer(LINKED, {"state": "R"})
    assert isinstance(watch.answered(failed, 1.0), PollAgain)
    assert isinstance(watch.answered(running, 1.2), PollAgain)
    assert isinstance(watch.answered(failed, 2.0), PollAgain)
    assert isinstance(watch.answered(failed, 2.2), Failed)


FRAMES = [
    '  File "/srv/py/jobs/Import.py", line 55, in run\n    self.check()\n',
    "  File \"/srv/py/jobs/Base.py\", line 9, in check\n    self.reply['taxa']\n",
]


@pytest.mark.parametrize(
    ("text", "listed", "reason"),
    [
        ("", ["one", *(f"line {n}" for n in range(9)), "last"], "one; (9 more); last"),
        ("2 errors", ["In a.tsv:", " - line 3: bad"], "2 errors; In a.tsv:; - line 3: bad"),
        ("no depth", ["no depth", "no depth"], "no depth"),
        ("it failed: no depth", ["no depth"], "it failed: no depth"),
        ("'taxa'", [*FRAMES, "KeyError: 'taxa'\n"], "KeyError: 'taxa' (Base.py, line 9, in check)"),
        ("", [*FRAMES, "AssertionError\n"], "AssertionError (Base.py, line 9, in check)"),
        ("", "".join([*FRAMES, "OSError: x\n"]), "OSError: x (Base.py, line 9, in check)"),
        ("", ["Nothing.<br>* No file <i>x</i>, egg<other"], "Nothing. * No file x , egg<other"),
    ],
)
def test_a_failure_is_told_in_one_line_and_nothing_twice(
    text: str, listed: object, reason: str
) -> None:
    answer = {"state": "E", "text": text, "errors": listed}
    assert describe_failure(read_answer(EXPORT, answer)) == reason


def test_a_job_that_nothing_begins_to_run_is_told_with_the_time() -> None:
    kind = msgspec.structs.replace(EXPORT, slow_start_help="It needs a GPU.")
    pending = read_answer(kind, {"state": "P"})
    watch = JobWatch(kind=kind, begun=100.0)
    assert watch.slow_start(pending, 159.9) is None
    assert watch.slow_start(pending, 175.0) == (
        "has waited for 75 s to be started (status 'P'), and waits on: the server may be busy, or "
        "have nothing that runs such jobs. It needs a GPU."
    )
    assert JobWatch(kind=kind, begun=100.0, created=30.0).slow_start(pending, 100.0) is not None
    assert watch.slow_start(read_answer(kind, {"state": "R"}), 999.0) is None


def a_step(name: str, state: str, *children: str) -> dict[str, object]:
    return {"id": name, "task": f"do {name}", "state": state, "children": children}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([a_step("all", "E", "a", "b"), a_step("a", "F"), a_step("b", "E")], ("step 'do b': E",)),
        ([a_step("all", "E", "a"), a_step("a", "F")], ("step 'do all': E",)),
        ([a_step("a", "E"), a_step("b", "E")], ("step 'do a': E", "step 'do b': E")),
        ([], ()),
        (None, ()),
        ([{"state": "E", "children": None}, 7], ("step None: E",)),
    ],
)
def test_a_failed_job_names_the_steps_that_failed(steps: Any, expected: tuple[str, ...]) -> None:
    plain = json.loads(json.dumps({"state": "E", "steps": steps}))
    assert read_answer(JOB_KINDS["packing"], plain).errors == expected
    assert read_answer(JOB_KINDS["packing"], {**plain, "state": "F"}).errors == ()


def test_not_found() -> None:
    missing = NotFoundError("no", status=404)
    young = JobWatch(kind=EXPORT, begun=0.0, created=0.0)
    assert isinstance(young.erred(missing, 0.4), PollAgain)
    assert isinstance(young.erred(missing, 0.6), Gone)
    old = JobWatch(kind=EXPORT, begun=0.0)
    assert isinstance(old.erred(missing, 0.4), Gone)
    twice = JobWatch(kind=LINKED, begun=0.0)
    running = read_answer(LINKED, {"state": "R"})
    assert isinstance(twice.erred(missing, 1.0), PollAgain)
    assert isinstance(twice.answered(running, 2.0), PollAgain)
    assert isinstance(twice.erred(missing, 3.0), PollAgain)
    gone = twice.erred(missing, 4.0)
    assert gone == Gone(
        "the server no longer knows it: since it was seen as 'R' it has ended and is no longer "
        "kept (a finished one for 1 h, a failed one for 30 days), or was removed; "
        "look whether its result is there"
    )
    assert JobWatch(kind=EXPORT, begun=0.0, cancelled=True).erred(missing, 1.0) == Cancelled()


def test_why_a_job_is_gone() -> None:
    assert why_gone(LINKED, "x1", "P") == (
        "the server no longer knows it: since it was seen as 'P' it has ended and is no longer "
        "kept (a finished one for 2 min), or was removed; this client did not cancel it, but "
        "others may have; look whether its result is there"
    )
    assert why_gone(LINKED, "x1", None) == (
        "the server does not know it: it never existed, was removed or cancelled, or ended longer "
        "ago than it is kept (a finished one for 2 min)"
    )
    assert "kept, or was removed; this client did not" in why_gone(EXPORT, 7, "R")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "0.5 s"),
        (60, "60 s"),
        (120, "2 min"),
        (500, "500 s"),
        (3600, "1 h"),
        (5400, "90 min"),
        (86_400, "24 h"),
        (2_592_000, "30 days"),
        (31_536_000, "365 days"),
    ],
)
def test_lengths_of_time_are_told_in_fitting_units(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_a_failure_after_our_cancel_is_no_failure() -> None:
    watch = JobWatch(kind=EXPORT, begun=0.0, cancelled=True)
    assert watch.answered(read_answer(EXPORT, {"state": "E"}), 1.0) == Cancelled()


@pytest.mark.parametrize(
    "error",
    [TransportError("reset"), ServerError("x", status=502), RateLimitError("x", status=429)],
)
def test_transient_errors_are_tolerated(error: AnnoportError) -> None:
    watch = JobWatch(kind=EXPORT, begun=0.0, deadline=1000.0)
    assert isinstance(watch.erred(error, 1.0), PollAgain)
    assert isinstance(watch.erred(error, 999.0), PollAgain)
    assert isinstance(watch.erred(error, 1000.0), Overdue)
    endless = JobWatch(kind=EXPORT, begun=0.0)
    assert isinstance(endless.erred(error, 1.0), PollAgain)
    assert isinstance(endless.erred(error, TRANSIENT_PATIENCE), PollAgain)
    with pytest.raises(type(error)):
        endless.erred(error, TRANSIENT_PATIENCE + 2)


def test_a_lost_answer_takes_only_a_share_of_the_wait() -> None:
    watch = JobWatch(kind=EXPORT, begun=0.0, deadline=30.0)
    assert watch.read_limit(0.0) == 5.0
    assert watch.read_limit(26.0) == 2.0
    assert watch.read_limit(29.9) == 1.0


def test_a_slow_server_is_given_more_time_after_each_attempt() -> None:
    watch = JobWatch(kind=EXPORT, begun=0.0)
    limits: list[float] = []
    for attempt in range(4):
        limits.append(watch.read_limit(float(attempt)))
        watch.erred(TimeoutError("slow"), float(attempt))
    assert limits == [5.0, 10.0, 20.0, 40.0]
    watch = JobWatch(kind=EXPORT, begun=0.0)
    watch.erred(UnsentTimeoutError("no connection"), 1.0)
    watch.erred(TransportError("reset"), 2.0)
    assert watch.read_limit(3.0) == 5.0


def test_the_end_of_a_wait_says_what_is_known_since_when() -> None:
    lost = TransportError("reset")
    running = read_answer(EXPORT, {"state": "R"})
    watch = JobWatch(kind=EXPORT, begun=0.0, deadline=30.0)
    assert watch.erred(lost, 30.0) == Overdue(None, lost)
    watch.answered(running, 10.0)
    assert watch.erred(lost, 31.0) == Overdue(21.0, lost)
    assert watch.answered(running, 32.0) == Overdue(0.0, None)


def test_the_server_says_how_long_to_wait() -> None:
    watch = JobWatch(kind=EXPORT, begun=0.0, deadline=100.0)
    slow = RateLimitError("x", status=429, retry_after=30.0)
    assert watch.erred(slow, 1.0) == PollAgain(30.0)
    assert watch.erred(slow, 90.0) == PollAgain(10.0)
    never = RateLimitError("x", status=429, retry_after=86_400.0)
    assert JobWatch(kind=EXPORT, begun=0.0).erred(never, 1.0) == PollAgain(LONGEST_REQUESTED_PAUSE)


def test_other_errors_are_raised() -> None:
    with pytest.raises(AuthenticationError):
        JobWatch(kind=EXPORT, begun=0.0).erred(AuthenticationError("no", status=401), 1.0)


PLATFORM = Platform(title="Toy", env_prefix="TOY", example_url="", credentials={})
BASE = BaseUrl.parse("https://toy.example.org/api")


def test_tokens() -> None:
    token = JobToken(platform="Toy", url=BASE.url, kind="export", id="a&b=é/7")
    assert read_token(f" {token.to_text()}\n", PLATFORM, BASE) == token
    assert token.to_text().isascii()
    for damaged in ("", "x", token.to_text()[:-9], token.to_text()[3:], token.to_text() + "?"):
        with pytest.raises(JobTokenError, match="pass the whole of it"):
            read_token(damaged, PLATFORM, BASE)
    with pytest.raises(JobTokenError, match=r"Toy at https://toy\.example\.org/api, but"):
        read_token(token.to_text(), PLATFORM, BaseUrl.parse("https://other.example.org/api"))


def test_jobs_that_fall_due_together_are_polled_in_turns() -> None:
    watches = [JobWatch(kind=EXPORT, begun=0.0) for _ in range(50)]
    due = [(0.0, index, 0.1) for index in range(50)]
    stagger, polled = Stagger(), list[tuple[float, int]]()
    while due[0][0] < 200:
        moment, index, since = heapq.heappop(due)
        moment = stagger.moment(moment, watches[index])
        stagger.polled(moment, since, len(due) + 1)
        polled.append((moment, index))
        step = watches[index].answered(read_answer(EXPORT, {"state": "R"}), moment)
        assert isinstance(step, PollAgain)
        heapq.heappush(due, (moment + step.delay, index, step.delay))
    moments = [moment for moment, _ in polled]
    assert sum(moment < 0.1 for moment in moments) == 50  # all of them at once, nearly
    gaps = [b - a for a, b in itertools.pairwise(moments) if a > 120]
    assert min(gaps) >= 0.15  # the longest delay is 10 s, and 50 jobs share it
    each = [[moment for moment, number in polled if number == index] for index in range(50)]
    assert all(b - a <= 12 for own in each for a, b in itertools.pairwise(own))


def test_a_staggered_job_is_polled_at_its_deadline() -> None:
    stagger = Stagger()
    stagger.polled(9.0, 10.0, 2)
    assert stagger.moment(9.5, JobWatch(kind=EXPORT, begun=0.0)) == 14.0
    assert stagger.moment(9.5, JobWatch(kind=EXPORT, begun=0.0, deadline=10.0)) == 10.0
    assert stagger.moment(10.0, JobWatch(kind=EXPORT, begun=0.0, deadline=10.0)) == 10.0
    assert stagger.moment(20.0, JobWatch(kind=EXPORT, begun=0.0, deadline=10.0)) == 20.0

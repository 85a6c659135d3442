"""Functions that annotate, killed at random moments and simply run again until they end.

    python -m tests.fuzz.annotations --moments 50 --seed 1 [--platform tator]

A run is one `annotate` call, made by one process after the other, against the fake of a platform.
Each process is killed or interrupted at a random moment; the last one is left in peace and must
succeed. Afterwards every picture must be annotated once.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from annoport import cvat, ecotaxa, functions, tator
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.testing.cvat.state import Image, Task
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.testing.images import png
from annoport.testing.tator import FakeTator
from annoport.vision import Annotation, Box, Label, Tag
from annoport.vision.sources import Part, Source, WriteMode
from tests.fuzz.killed import INTERRUPTED, WHOLE, Tally, exit_code, run_platforms
from tests.fuzz.processes import run_forked, served

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_KILLS = 4
_FRAMES = 24
_LATE = 0.15
"""Seconds between a write and the answer to it."""


# --------------------------------------------------------------------------- what is annotated


@attrs.frozen(kw_only=True)
class Place:
    """What is annotated on one platform.

    Attributes:
        client: Its client.
        source: Makes the source.
        labels: Names that runs use in turn.
        most: How many boxes there are in the fullest picture.
        seconds: How long the function takes for a picture.
        modes: What may become of what is there.
    """

    client: Callable[..., Any]
    source: Callable[[Any], Source]
    labels: tuple[str, ...]
    most: int
    seconds: float
    modes: tuple[WriteMode, ...]


def _cvat(client: cvat.Client) -> Source:
    task = max(client.tasks.list(), key=lambda each: each.id)
    return cvat.task(client, task.id)


def _tator(client: tator.Client) -> Source:
    return tator.media(client, 15, versions=[4])


def _ecotaxa(client: ecotaxa.Client) -> Source:
    return ecotaxa.project(client, 1)


PLACES = {
    "cvat": Place(
        client=cvat.Client,
        source=_cvat,
        labels=("crab",),
        most=240,
        seconds=0.02,
        modes=("append", "replace", "replace_auto"),
    ),
    "tator": Place(
        client=tator.Client,
        source=_tator,
        labels=("Whale",),
        most=40,
        seconds=0.005,
        modes=("append", "replace", "replace_auto"),
    ),
    "ecotaxa": Place(
        client=ecotaxa.Client,
        source=_ecotaxa,
        labels=("Oncaeidae", "Cyclopoida"),
        most=0,
        seconds=0.09,
        modes=("append", "replace_auto"),
    ),
}


@attrs.frozen
class Finder:
    """Finds as much in a picture as its number says: nothing, or many boxes, or a tag.

    Attributes:
        platform: Where it looks.
        label: What it finds.
    """

    platform: str
    label: str

    @property
    def spec(self) -> functions.Spec:
        """What it may return."""
        return functions.Spec(labels=[Label(name=self.label)])

    def found(self, frame: int) -> Sequence[Annotation]:
        """Return what it finds in a picture."""
        if self.platform == "ecotaxa":
            return [Tag(label=self.label, score=0.5)]
        return [
            Box(label=self.label, left=place / 8, top=frame / 4, right=50, bottom=40)
            for place in range(frame % 3 * PLACES[self.platform].most // 2)
        ]

    def detect(self, context: functions.Context, image: Any) -> Sequence[Annotation]:
        """Return what it finds, after a while."""
        del image
        time.sleep(PLACES[self.platform].seconds)
        return self.found(context.frame)


# --------------------------------------------------------------------------- the server


def _answering_late(inner: ASGIApp) -> ASGIApp:
    """Return a server that has done what it is asked a while before it says so."""

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(_LATE)
            await send(message)

        is_write = scope.get("method") in ("POST", "PATCH", "PUT", "DELETE")
        await inner(scope, receive, held if is_write else send)

    return late


class _LateCvat(FakeCvat):
    def app(self) -> ASGIApp:
        return _answering_late(super().app())


class _LateTator(FakeTator):
    def app(self) -> ASGIApp:
        return _answering_late(super().app())


class _LateEcotaxa(FakeEcotaxa):
    def app(self) -> ASGIApp:
        return _answering_late(super().app())


def _fake(platform: str) -> FakeCvat | FakeTator | FakeEcotaxa:
    if platform == "tator":
        return _LateTator()
    if platform == "ecotaxa":
        return _LateEcotaxa()
    fake = _LateCvat(anonymous_per_minute=None)
    state = fake.state
    number = state.new_id("task")
    state.tasks[number] = Task(id=number, name="frames", owner=state.users[1])
    state.add_label({"name": "crab"}, task_id=number)
    pictures = [Image(f"{frame}.png", png(64, 48, shade=frame), 64, 48) for frame in range(_FRAMES)]
    state.attach(state.tasks[number], pictures)
    return fake


def serve(platform: str, pipe: Connection) -> None:
    """Serve a fake until something is sent."""
    with FakeServer(_fake(platform)) as server:
        pipe.send((server.url, server.token))
        pipe.recv()


# --------------------------------------------------------------------------- one process


@attrs.frozen(kw_only=True)
class Attempt:
    """One process that annotates, and is killed if `after` says when."""

    platform: str
    url: str
    token: str
    notes: Path
    label: str
    mode: WriteMode
    signal: signal.Signals = signal.SIGKILL
    after: float | None = None

    def run(self) -> int | None:
        """Run it, and return its exit code; None if it was killed."""
        return run_forked(self.call, interrupted=INTERRUPTED, after=self.after, by=self.signal)

    def call(self) -> int:
        """Annotate in this process, and return the exit code."""
        return exit_code(self._annotate)

    def _annotate(self) -> None:
        place = PLACES[self.platform]
        with place.client(self.url, token=self.token) as client:
            functions.annotate(
                place.source(client),
                Finder(self.platform, self.label),
                mode=self.mode,
                progress=False,
                checkpoints=self.notes,
            )


# --------------------------------------------------------------------------- the runs


@attrs.define(kw_only=True)
class Fuzz:
    """The runs of one platform against one server."""

    platform: str
    url: str
    token: str
    folder: Path
    dice: random.Random
    tally: Tally
    longest: float = 0.0

    def run(self, most_kills: int) -> None:
        """Annotate everything once, with kills on the way."""
        self.tally.runs += 1
        place = PLACES[self.platform]
        label = place.labels[self.tally.runs % len(place.labels)]
        mode = self.dice.choice(place.modes)
        for _ in range(self.dice.randint(1, most_kills)):
            self.tally.moments += 1
            code = self.attempt(
                label,
                mode,
                signal=self.dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]),
                after=self.dice.random() * self.longest,
            )
            if code == WHOLE or self._is_whole():
                break
        else:
            code = self.attempt(label, mode)
            if code != WHOLE:
                self.tally.complain(f"the last process ended with {code}")
        self.check(label, mode)

    def attempt(self, label: str, mode: WriteMode, **how: Any) -> int | None:
        """Let a process annotate, and return its exit code; None if it was killed."""
        attempt = Attempt(
            platform=self.platform,
            url=self.url,
            token=self.token,
            notes=self.folder,
            label=label,
            mode=mode,
            **how,
        )
        code = attempt.run()
        self.tally.note(code)
        return code

    def _is_whole(self) -> bool:
        """Whether a process that was killed had done everything, and another would begin anew."""
        # An object of EcoTaxa has one taxon, however often it is written.
        if self.platform == "ecotaxa" or list(self.folder.glob("*.journal")):
            return False
        with self._part() as part:
            return bool(part.annotations_of(part.fetch_annotations()))

    def check(self, label: str, mode: WriteMode) -> None:
        """Check that each picture is annotated once, and make room for the next run."""
        finder = Finder(self.platform, label)
        with self._part() as part:
            frames = [frame.number for frame in part.media_of(part.fetch_media()).frames]
            found: dict[int, list[Annotation]] = {number: [] for number in frames}
            for each in part.annotations_of(part.fetch_annotations()):
                found[each.frame].append(each)
            for number in frames:
                self._check_frame(number, found[number], finder.found(number), mode)
            if left := [path.name for path in self.folder.glob("*.journal")]:
                self.tally.complain(f"{left} was left behind")
            if self.platform != "ecotaxa":
                part.write([], frames=frames, mode="replace")

    def _check_frame(
        self, number: int, found: Sequence[Annotation], right: Sequence[Annotation], mode: str
    ) -> None:
        if self.platform == "ecotaxa" and [one.source for one in found] == ["V"]:
            return  # what a person has classified stays
        if sorted(map(_look, found)) != sorted(map(_look, right)):
            self.tally.complain(
                f"{mode}: frame {number} has {len(found)} annotations, not {len(right)}"
            )

    @contextlib.contextmanager
    def _part(self) -> Generator[Part]:
        place = PLACES[self.platform]
        with place.client(self.url, token=self.token) as client:
            source = place.source(client)
            (part,) = source.open(source.describe()).parts
            yield part


def _look(annotation: Annotation) -> tuple[str, float]:
    return annotation.label, round(annotation.left, 2) if isinstance(annotation, Box) else 0


def run_platform(platform: str, moments: int, seed: int) -> Tally:
    """End runs on one platform at so many moments."""
    tally = Tally(platform=platform)
    with served(serve, platform) as (_, (url, token)), tempfile.TemporaryDirectory() as folder:
        fuzz = Fuzz(
            platform=platform,
            url=url,
            token=token,
            folder=Path(folder),
            dice=random.Random(f"{platform} {seed}"),
            tally=tally,
        )
        warm_up = Attempt(
            platform=platform,
            url=url,
            token=token,
            notes=Path(folder),
            label=PLACES[platform].labels[0],
            mode="append" if platform == "ecotaxa" else "replace",
        )
        for _ in range(2):  # the first imports all that every process would import anew
            begun = time.monotonic()
            if warm_up.call() != WHOLE:
                raise RuntimeError(f"{platform}: the call fails without a kill")
            fuzz.longest = time.monotonic() - begun
            fuzz.check(warm_up.label, "replace")
        while tally.moments < moments:
            fuzz.run(min(_MOST_KILLS, moments - tally.moments))
    return tally


def main(arguments: list[str] | None = None) -> int:
    """Run all platforms; the exit status says whether anything was wrong."""
    return run_platforms(__doc__, PLACES, run_platform, moments=50, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())

"""A function over the pictures of a source, whatever the platform."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen

from annoport.errors import (
    ConfigurationError,
    DecodeError,
    DownloadError,
    InvalidArgumentError,
    InvalidFunctionError,
    NoSpaceError,
    ServerError,
    TargetBusyError,
)
from annoport.functions import Context, Report, Spec, annotate, make_labels
from annoport.vision import Annotation, Box, Dataset, Tag, Track
from tests.functions.memory import HEIGHT, WIDTH, MemoryPart, MemorySource, said
from tests.systems import needs_linux_mounts

CRABS = Spec(labels=make_labels(["crab"], type="box"))


def box(score: float | None = None, **more: Any) -> Box:
    return Box(label="crab", left=1, top=2, right=30, bottom=40, score=score, **more)


@define
class Crabs:
    """Finds one crab in each picture.

    Attributes:
        seen: What it was told.
        find: What it returns.
    """

    find: Callable[[Context], Any] = lambda _: [box()]
    spec: Spec = CRABS
    name: str = "crabs"
    seen: list[Context] = field(factory=list[Context])

    def detect(self, context: Context, image: Any) -> Sequence[Annotation]:
        assert image.size == (WIDTH, HEIGHT)
        self.seen.append(context)
        found: Sequence[Annotation] = self.find(context)
        return found


@frozen
class Batches:
    """Finds one crab in each of several pictures."""

    spec: Spec = CRABS
    sizes: list[int] = field(factory=list[int])

    def detect_batch(
        self, contexts: Sequence[Context], images: Sequence[Any]
    ) -> Sequence[Sequence[Annotation]]:
        self.sizes.append(len(images))
        return [[box()] for _ in contexts]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Report]:
    def annotated(source: MemorySource, function: Any = None, **more: Any) -> Report:
        function = Crabs() if function is None else function
        options: dict[str, Any] = {"progress": False, "checkpoints": tmp_path / "notes", **more}
        return annotate(source, function, **options)

    return annotated


Run = Callable[..., Report]


class TestOneRun:
    def test_every_picture_is_annotated(self, run: Run) -> None:
        source, function = MemorySource(), Crabs()
        report = run(source, function)
        (part,) = source.parts
        assert said(part.stored) == [("crab", number) for number in range(5)]
        assert {one.source for one in part.stored} == {"auto"}
        assert function.seen == [
            Context(frame_name=f"{number}.png", part="task 1", frame=number) for number in range(5)
        ]
        assert part.writes == [(5, "append", (0, 1, 2, 3, 4))]
        assert (report.frames, dict(report.annotations), report.total) == (5, {"crab": 5}, 5)
        assert not report.dry_run

    def test_nothing_is_left_behind(self, run: Run, tmp_path: Path) -> None:
        run(MemorySource())
        assert list((tmp_path / "notes").iterdir()) == []

    def test_several_parts_in_order(self, run: Run) -> None:
        source = MemorySource([MemoryPart(name=f"task {number}") for number in (1, 2, 3)])
        function = Crabs()
        report = run(source, function)
        assert [(one.part, one.frame) for one in function.seen] == [
            (f"task {part}", frame) for part in (1, 2, 3) for frame in range(5)
        ]
        assert [len(part.stored) for part in source.parts] == [5, 5, 5]
        assert report.frames == 15

    def test_several_pictures_in_one_call(self, run: Run) -> None:
        source = MemorySource([MemoryPart(name="a", count=7), MemoryPart(name="b", count=4)])
        function = Batches()
        run(source, function, batch_size=8)
        assert function.sizes == [8, 3]
        assert [len(part.stored) for part in source.parts] == [7, 4]

    def test_the_threshold_and_the_wish_for_polygons(self, run: Run) -> None:
        source = MemorySource()
        function = Crabs(find=lambda _: [box(0.4), box(0.6), box()])
        report = run(source, function, threshold=0.5, polygons=True)
        assert {(one.threshold, one.polygons) for one in function.seen} == {(0.5, True)}
        assert report.total == 10
        assert {one.score for one in source.parts[0].stored} == {0.6, None}

    def test_names_of_the_place(self, run: Run) -> None:
        labels = make_labels(["crab", "krill"], type="box")
        source, function = MemorySource(), Crabs(spec=Spec(labels=labels))
        report = run(source, function, mapping={"crab": "cod"}, unmatched="drop")
        assert report.annotations == {"cod": 5}
        assert report.dropped == ("label 'krill'",)
        assert str(report).endswith(
            "5 annotations written: cod 5\n"
            "left out, because the place does not have it: label 'krill'"
        )

    def test_a_dry_run_writes_nothing(self, run: Run, tmp_path: Path) -> None:
        source = MemorySource()
        report = run(source, dry_run=True, mode="replace")
        assert (source.parts[0].stored, source.parts[0].writes) == ([], [])
        assert (report.dry_run, report.annotations) == (True, {"crab": 5})
        assert "5 annotations would be written: crab 5" in str(report)
        assert not (tmp_path / "notes").exists()

    def test_progress(self, run: Run) -> None:
        told: list[tuple[int, int | None]] = []

        def tell(done: int, total: int | None) -> None:
            told.append((done, total))

        run(MemorySource(), progress=tell)
        assert told[-1] == (5, 5)
        assert [done for done, _ in told] == [1, 2, 3, 4, 5]


class TestModes:
    def old(self, part: MemoryPart) -> None:
        manual = box(frame=1, source="manual", id=100)
        part.stored = [manual, box(frame=1, source="auto", id=101)]

    @pytest.mark.parametrize(
        ("mode", "kept"), [("append", [100, 101]), ("replace_auto", [100]), ("replace", [])]
    )
    def test_what_is_there(self, run: Run, mode: str, kept: list[int]) -> None:
        source = MemorySource()
        self.old(source.parts[0])
        run(source, mode=mode)
        ids = [one.id for one in source.parts[0].stored]
        assert [number for number in ids if isinstance(number, int) and number >= 100] == kept
        assert len(ids) == len(kept) + 5

    def test_it_is_removed_with_the_first_write(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = MemorySource()
        self.old(source.parts[0])
        many = [box() for _ in range(300)]
        run(source, Crabs(find=lambda _: many), mode="replace")
        every = tuple(range(5))
        assert source.parts[0].writes == [
            (600, "replace", every),
            (600, "append", (2, 3)),
            (300, "append", (4,)),
        ]

    def test_it_is_removed_if_there_is_nothing_new(self, run: Run) -> None:
        source = MemorySource()
        self.old(source.parts[0])
        run(source, Crabs(find=lambda _: []), mode="replace")
        assert source.parts[0].stored == []


class TestManyParts:
    """Such as images of Tator, each of which is a part."""

    def test_they_are_written_beside_each_other(self, run: Run) -> None:
        parts = [MemoryPart(name=name, count=1) for name in "abcdefgh"]
        together = threading.Barrier(4)
        for part in parts:
            part.fail = lambda _: bool(together.wait())
        report = run(MemorySource(parts))
        assert report.annotations == {"crab": 8}
        assert [len(part.stored) for part in parts] == [1] * 8

    def test_one_that_failed_is_put_right_by_the_next_run(self, run: Run) -> None:
        parts = [MemoryPart(name=str(number), count=1) for number in range(12)]

        def lost(annotations: Sequence[Annotation]) -> None:
            parts[2].stored += annotations
            while not parts[8].stored:  # others are noted meanwhile
                time.sleep(0.01)
            raise ServerError("gone", status=502)

        parts[2].fail = lost
        with pytest.raises(ServerError):
            run(MemorySource(parts))
        assert len(parts[2].stored) == 1
        parts[2].fail = lambda _: None
        run(MemorySource(parts))
        assert [len(part.stored) for part in parts] == [1] * 12


class TestTracks:
    SPEC = Spec(labels=make_labels(["crab", "cod"]), tracks=True)

    def test_shapes_of_one_object_are_joined(self, run: Run) -> None:
        def find(context: Context) -> list[Annotation]:
            one = [box(track="a")] if context.frame != 2 else []
            return [*one, *([box(track=7)] if context.frame < 2 else []), Tag(label="cod")]

        parts = [MemoryPart(name="task 1", count=4), MemoryPart(name="task 2", count=1)]
        report = run(MemorySource(parts), Crabs(find=find, spec=self.SPEC))
        assert said(parts[0].stored) == [
            *[("cod", number) for number in range(4)],
            ("crab [0, 1, 3]", 0),
            ("crab [0, 1]", 0),
        ]
        track = parts[0].stored[4]
        assert isinstance(track, Track)
        assert (track.interpolated, track.source) == (False, "auto")
        assert [shape.track for shape in track.shapes] == [None] * 3
        assert parts[0].writes == [(6, "append", (0, 1, 2, 3))]
        assert said(parts[1].stored) == [("cod", 0), ("crab [0]", 0), ("crab [0]", 0)]
        assert report.annotations == {"crab": 4, "cod": 5}

    def test_another_part_has_other_objects(self, run: Run) -> None:
        def find(context: Context) -> list[Annotation]:
            label = "crab" if context.part == "a" else "cod"
            return [Box(label=label, left=1, top=1, right=2, bottom=2, track=1)]

        parts = [MemoryPart(name="a", count=2), MemoryPart(name="b", count=2)]
        run(MemorySource(parts), Crabs(find=find, spec=self.SPEC))
        assert [said(part.stored) for part in parts] == [[("crab [0, 1]", 0)], [("cod [0, 1]", 0)]]

    def test_lasting_attributes_are_those_of_the_track(self, run: Run) -> None:
        labels = MemorySource().labels[:1]
        source = MemorySource(labels=labels)
        age = {0: "young", 1: "old"}

        def find(context: Context) -> list[Annotation]:
            values = {"age": age.get(context.frame, "old"), "length": context.frame}
            return [box(track=1, attributes=values)]

        run(source, Crabs(find=find, spec=Spec(labels=labels, tracks=True)))
        (track,) = source.parts[0].stored
        assert isinstance(track, Track)
        assert track.attributes == {"age": "young"}
        assert [shape.attributes for shape in track.shapes] == [
            {"length": number} for number in range(5)
        ]

    def test_batches_keep_to_one_part(self, run: Run) -> None:
        parts = [MemoryPart(name="a", count=3), MemoryPart(name="b", count=3)]
        function = Batches(spec=self.SPEC)
        run(MemorySource(parts), function)
        assert function.sizes == [3, 3]

    @pytest.mark.parametrize(
        ("found", "rule"),
        [
            ([box(track=1), box(track=1)], "track: 1 is there twice"),
            (
                [Box(label="cod", left=0, top=0, right=1, bottom=1, track=1)],
                "track: 1 is the box 'crab' on frame 0",
            ),
        ],
    )
    def test_what_cannot_be_one_object(self, run: Run, found: list[Box], rule: str) -> None:
        function = Crabs(
            find=lambda context: found if context.frame == 1 else [box(track=1)], spec=self.SPEC
        )
        source = MemorySource()
        with pytest.raises(InvalidFunctionError) as caught:
            run(source, function)
        assert str(caught.value) == (
            f"function crabs, task 1, frame 1 (1.png): Box {found[0].label!r} on frame 1: {rule}"
        )
        assert source.parts[0].writes == []


class TestErrors:
    def test_a_broken_rule_names_function_picture_and_rule(self, run: Run) -> None:
        source = MemorySource()
        function = Crabs(find=lambda context: [box(id=3)] if context.frame == 3 else [box()])
        with pytest.raises(InvalidFunctionError) as caught:
            run(source, function)
        assert str(caught.value) == (
            "function crabs, task 1, frame 3 (3.png): Box 'crab' on frame 0 (id 3): id: must not "
            "be set by a function"
        )
        error = caught.value
        assert (error.function, error.frame) == ("crabs", "task 1, frame 3 (3.png)")
        # What came before is written.
        assert said(source.parts[0].stored) == [("crab", 0), ("crab", 1), ("crab", 2)]

    def test_a_shape_that_cannot_be_made(self, run: Run) -> None:
        function = Crabs(
            find=lambda _: [Box(label="crab", left=float("nan"), top=0, right=1, bottom=1)]
        )
        with pytest.raises(InvalidFunctionError) as caught:
            run(MemorySource(), function)
        assert str(caught.value) == (
            "function crabs, task 1, frame 0 (0.png): Box 'crab' on frame 0: left: nan is not a "
            "finite number"
        )

    def test_an_error_of_the_function_says_where(self, run: Run) -> None:
        def find(context: Context) -> list[Annotation]:
            raise ZeroDivisionError("oh")

        with pytest.raises(ZeroDivisionError) as caught:
            run(MemorySource(), Crabs(find=find))
        assert caught.value.__notes__ == ["raised by function crabs, task 1, frame 0 (0.png)"]

    def test_another_number_of_lists(self, run: Run) -> None:
        class Short(Batches):
            def detect_batch(
                self, contexts: Sequence[Context], images: Sequence[Any]
            ) -> Sequence[Sequence[Annotation]]:
                return [[box()]]

        with pytest.raises(InvalidFunctionError) as caught:
            run(MemorySource(), Short())
        assert str(caught.value) == (
            "function TestErrors.test_another_number_of_lists.<locals>.Short, task 1, frame 0 "
            "(0.png) and the 4 after it: detect_batch returned 1 lists for 5 pictures"
        )

    def test_labels_that_the_place_does_not_have(self, run: Run) -> None:
        source = MemorySource()
        with pytest.raises(InvalidFunctionError) as caught:
            run(source, Crabs(spec=Spec(labels=make_labels(["krill"]))))
        assert str(caught.value) == (
            "function crabs: label 'krill': name: the place has 'cod', 'crab', 'fish'; a mapping "
            'can say what it is there, and unmatched="drop" leaves it out'
        )
        assert source.parts[0].reads == []

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                {"mode": "clear"},
                "mode is 'clear'; expected one of 'append', 'replace', 'replace_auto'",
            ),
            ({"unmatched": "skip"}, "unmatched is 'skip'; expected one of 'error', 'drop'"),
            ({"threshold": 50}, "threshold is 50; expected a number from 0 to 1"),
            ({"threshold": "0.5"}, "threshold is '0.5'; expected a number from 0 to 1"),
            ({"threshold": math.nan}, "threshold is nan; expected a number from 0 to 1"),
            ({"batch_size": 0}, "batch_size is 0; expected a whole number, 1 or more"),
            ({"batch_size": 2.5}, "batch_size is 2.5; expected a whole number, 1 or more"),
        ],
    )
    def test_arguments(self, run: Run, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            run(MemorySource(), **arguments)
        assert str(caught.value) == message

    def test_no_function(self, run: Run) -> None:
        with pytest.raises(InvalidFunctionError) as caught:
            run(MemorySource(), object())
        assert str(caught.value) == (
            "function object: it has no spec; expected annoport.functions.Spec(labels=...)"
        )

    def test_a_picture_that_cannot_be_decoded(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Broken(MemoryPart):
            def read_block(self, block: int, frames: Any) -> Any:
                for picture in super().read_block(block, frames):
                    if picture.frame == 3:
                        object.__setattr__(picture, "content", b"no picture")
                    yield picture

        part = Broken()
        with pytest.raises(DecodeError) as caught:
            run(MemorySource([part]))
        assert str(caught.value).startswith("task 1, frame 3: the picture cannot be decoded: ")
        assert said(part.stored) == [("crab", 0), ("crab", 1), ("crab", 2)]

    def test_a_picture_that_does_not_come(self, run: Run) -> None:
        class Short(MemoryPart):
            def read_block(self, block: int, frames: Any) -> Any:
                yield from list(super().read_block(block, frames))[: None if block else 1]

        with pytest.raises(DecodeError) as caught:
            run(MemorySource([Short()]))
        assert str(caught.value) == "task 1, block 0: a picture of it has not come"

    def test_a_request_that_fails(self, run: Run) -> None:
        class Refused(MemoryPart):
            def read_block(self, block: int, frames: Any) -> Any:
                if block == 1:
                    raise ServerError("no", status=500)
                yield from super().read_block(block, frames)

        part = Refused()
        with pytest.raises(ServerError):
            run(MemorySource([part]))
        assert said(part.stored) == [("crab", 0), ("crab", 1)]


class TestGoingOn:
    """A run that was broken off; killed processes are in tests/fuzz."""

    def test_what_is_done_is_not_done_again(self, run: Run) -> None:
        source = MemorySource([MemoryPart(name="a"), MemoryPart(name="b")])

        def find(context: Context) -> list[Annotation]:
            if context.part == "b" and context.frame == 3 and not source.parts[1].stored[3:]:
                raise ZeroDivisionError
            return [box()]

        with pytest.raises(ZeroDivisionError):
            run(source, Crabs(find=find))
        assert [len(part.stored) for part in source.parts] == [5, 3]
        function = Crabs()
        report = run(source, function)
        assert [(one.part, one.frame) for one in function.seen] == [("b", 3), ("b", 4)]
        assert (report.frames, report.resumed, report.total) == (2, 8, 2)
        assert "an earlier run had written 8 annotations" in str(report)
        assert [said(part.stored) for part in source.parts] == [
            [("crab", number) for number in range(5)]
        ] * 2
        # That run has ended well, so the next one begins anew.
        assert run(source).frames == 10

    @pytest.mark.parametrize("mode", ["append", "replace", "replace_auto"])
    @pytest.mark.parametrize("got_through", [0, 3, 5])
    def test_a_write_that_may_have_got_through(self, run: Run, mode: str, got_through: int) -> None:
        source = MemorySource()
        (part,) = source.parts
        equal = box(frame=1, source="manual", id=100)
        part.stored = [equal]

        def lost(annotations: Sequence[Annotation]) -> None:
            part.stored += annotations[:got_through]
            raise ServerError("gone", status=502)

        part.fail = lost
        with pytest.raises(ServerError) as caught:
            run(source, mode=mode)
        assert caught.value.__notes__ == [
            (
                "annotate() has noted what is written: call it again with the same arguments, and "
                "it looks what is there and goes on"
            )
        ]
        part.fail = lambda _: None
        function = Crabs()
        run(source, function, mode=mode)
        assert function.seen == []
        old = [] if mode == "replace" else [("crab", 1)]
        assert sorted(said(part.stored)) == sorted(
            [*old, *[("crab", number) for number in range(5)]]
        )

    def test_one_that_follows_objects_begins_a_part_anew(self, run: Run) -> None:
        spec = Spec(labels=CRABS.labels, tracks=True)
        source = MemorySource()
        fails = [True]

        def find(context: Context) -> list[Annotation]:
            if context.frame == 3 and fails:
                raise ZeroDivisionError
            return [box(track=1)]

        with pytest.raises(ZeroDivisionError):
            run(source, Crabs(find=find, spec=spec))
        assert source.parts[0].stored == []
        fails.clear()
        assert run(source, Crabs(find=find, spec=spec)).frames == 5
        assert said(source.parts[0].stored) == [("crab [0, 1, 2, 3, 4]", 0)]

    def test_other_arguments_are_another_run(self, run: Run) -> None:
        source = MemorySource()

        def find(context: Context) -> list[Annotation]:
            if context.frame == 3:
                raise ZeroDivisionError
            return [box()]

        with pytest.raises(ZeroDivisionError):
            run(source, Crabs(find=find))
        assert run(source, threshold=0.5).frames == 5
        assert run(source, Crabs(name="other")).frames == 5
        assert run(source, mapping={"crab": "cod"}).frames == 5
        assert run(source, resume=False).frames == 5

    def test_two_processes_at_once(self, run: Run, tmp_path: Path) -> None:
        part = MemoryPart(seconds=0.2)
        going = threading.Thread(target=run, args=(MemorySource([part]),))
        going.start()
        while not part.reads and going.is_alive():
            time.sleep(0.01)
        with pytest.raises(TargetBusyError) as caught:
            run(MemorySource([part]))
        assert str(caught.value) == (
            "another process is annotating the same with the same function: wait until it ends"
        )
        going.join()
        assert len(part.stored) == 5

    def test_the_note_of_a_run_that_ended_is_not_taken_up(self, run: Run, tmp_path: Path) -> None:
        source = MemorySource()
        source.parts[0].fail = self.failing
        with pytest.raises(ServerError):
            run(source)
        (note,) = (tmp_path / "notes").glob("*.note")
        content = note.read_bytes()
        source.parts[0].fail = lambda _: None
        run(source)
        # As if that run had been killed between the journal, which it removes first, and the note.
        note.write_bytes(content)

        def find(context: Context) -> list[Annotation]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(source, Crabs(find=find))
        assert run(source).frames == 5
        assert len(source.parts[0].stored) == 10

    def test_a_journal_that_cannot_be_read(self, run: Run, tmp_path: Path) -> None:
        def find(context: Context) -> list[Annotation]:
            raise ZeroDivisionError

        source = MemorySource()
        with pytest.raises(ZeroDivisionError):
            run(source, Crabs(find=find))
        (journal,) = (tmp_path / "notes").glob("*.journal")
        journal.write_text(json.dumps({"key": "other"}) + "\n")
        with pytest.raises(ConfigurationError) as caught:
            run(source)
        assert str(caught.value) == (
            f"{journal}, line 1, cannot be read: pass resume=False to begin anew; what was "
            "annotated stays"
        )
        assert run(source, resume=False).frames == 5

    def test_a_folder_that_cannot_be_written(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(DownloadError) as caught:
            run(MemorySource(), checkpoints=tmp_path / "file" / "notes")
        assert str(caught.value) == (f"cannot write {tmp_path / 'file' / 'notes'}: Not a directory")

    @needs_linux_mounts
    def test_a_full_disk(self, run: Run, small_disk: Path) -> None:
        source = MemorySource()
        room = os.statvfs(small_disk)
        (small_disk / "full").write_bytes(bytes(room.f_bavail * room.f_frsize - 8192))
        many = [box() for _ in range(200)]
        with pytest.raises(NoSpaceError) as caught:
            run(source, Crabs(find=lambda _: many), checkpoints=small_disk)
        assert str(caught.value) == (
            f"the disk is full: {caught.value.path}, which tells what is annotated, cannot be "
            "written: free some space and call annotate() again, or choose another folder with "
            "checkpoints="
        )
        assert source.parts[0].writes == []
        (small_disk / "full").unlink()
        run(source, Crabs(find=lambda _: many), checkpoints=small_disk)
        assert len(source.parts[0].stored) == 1000

    def test_a_torn_line_is_as_if_it_were_not_there(self, run: Run, tmp_path: Path) -> None:
        source = MemorySource()
        source.parts[0].fail = self.failing
        with pytest.raises(ServerError):
            run(source)
        (journal,) = (tmp_path / "notes").glob("*.journal")
        with journal.open("ab") as file:
            file.write(b'{"number":1,"part":"task 1","fra')
        source.parts[0].fail = lambda _: None
        run(source)
        assert len(source.parts[0].stored) == 5
        assert list((tmp_path / "notes").iterdir()) == []

    @staticmethod
    def failing(_: Sequence[Annotation]) -> None:
        raise ServerError("gone", status=502)


def test_reading_and_writing_go_on_beside_the_function(run: Run) -> None:
    part = MemoryPart(count=40, together=4)
    many: list[Annotation] = [box() for _ in range(300)]

    def find(context: Context) -> list[Annotation]:
        while context.frame == 0 and len(part.reads) < 3:
            time.sleep(0.01)
        while context.frame == 30 and len(part.writes) < 10:
            time.sleep(0.01)
        # The function is ahead of what is written, and behind what is read, by so much at most.
        assert len(part.reads) <= context.frame // 4 + 8
        return many

    assert run(MemorySource([part]), Crabs(find=find)).total == 40 * 300


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    dataset: Any = Dataset(MemorySource(parts=()), cache=tmp_path)
    with pytest.raises(InvalidArgumentError) as refused:
        annotate(dataset, Crabs())
    assert str(refused.value) == (
        "source is a Dataset: expected a source, such as cvat.task(client, 42)"
    )

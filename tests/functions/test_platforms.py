"""The same functions on the fakes of the three platforms."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from annoport import cvat, ecotaxa, tator, testing
from annoport.errors import InvalidArgumentError, InvalidFunctionError, PermissionDeniedError
from annoport.functions import Context, Report, Spec, annotate, make_labels
from annoport.testing import FakeServer
from annoport.vision import Annotation, Box, Dataset, Label, Tag
from annoport.vision.sources import Source


@frozen
class Same:
    """Finds the same in each picture."""

    found: Sequence[Annotation]
    spec: Spec
    name: str = "same"
    seen: list[Context] = field(factory=list[Context])

    def detect(self, context: Context, image: Any) -> Sequence[Annotation]:
        self.seen.append(context)
        return self.found


@frozen
class Stops(Same):
    """Ends with an error after some pictures.

    Attributes:
        most: How many.
    """

    most: int = field(kw_only=True)

    def detect(self, context: Context, image: Any) -> Sequence[Annotation]:
        if len(self.seen) == self.most:
            raise ZeroDivisionError("enough")
        return super().detect(context, image)


def box(label: str, **more: Any) -> Box:
    place: dict[str, Any] = {"left": 4, "top": 5, "right": 20, "bottom": 30}
    return Box(label=label, **{**place, **more})


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


def run(source: Source, function: Same, notes: Path, **more: Any) -> Report:
    return annotate(source, function, progress=False, checkpoints=notes, **more)


class TestCvat:
    @pytest.fixture
    def client(self) -> Iterator[cvat.Client]:
        with (
            testing.serve("cvat", job_seconds=0.0) as server,
            cvat.Client(server.url, token=server.token) as made,
        ):
            yield made

    def test_a_task(self, client: cvat.Client, notes: Path) -> None:
        spec = Spec(labels=make_labels(["deer", "fox"]))
        function = Same([box("deer", score=0.75), Tag(label="fox")], spec)
        report = run(cvat.task(client, 1), function, notes, mode="replace")
        assert report.annotations == {"deer": 5, "fox": 5}
        data = client.tasks.retrieve_annotations(1)
        assert [(one.frame, one.source, one.score) for one in data.shapes] == [
            (frame, "auto", 0.75) for frame in range(5)
        ]
        assert [(one.frame, one.source) for one in data.tags] == [
            (frame, "auto") for frame in range(5)
        ]

    @pytest.mark.parametrize("tracks", [False, True], ids=["shapes", "track"])
    @pytest.mark.parametrize("mode", ["append", "replace"])
    def test_a_frame_that_is_deleted_after_a_failed_write(
        self, notes: Path, *, tracks: bool, mode: Any
    ) -> None:
        spec = Spec(labels=make_labels(["deer"], type="box"), tracks=tracks)
        function = Same([box("deer", track="a" if tracks else None)], spec)
        with (
            testing.serve("cvat", job_seconds=0.0) as server,
            cvat.Client(server.url, token=server.token, max_retries=0) as client,
        ):
            server.fake.faults.fail_next(403, path="/tasks/1/annotations", method="PATCH")
            with pytest.raises(PermissionDeniedError):
                run(cvat.task(client, 1), function, notes, mode=mode)
            client.tasks.partial_update_data_meta(1, body={"deleted_frames": [1]})
            run(cvat.task(client, 1), function, notes, mode=mode)
            data = client.tasks.retrieve_annotations(1)
            found = [one.frame for one in data.shapes if one.source == "auto"]
            for track in data.tracks:
                if track.source == "auto":
                    found += [one.frame for one in track.shapes if not one.outside]
            assert found == [0, 2, 3, 4]

    def test_a_job_of_it(self, client: cvat.Client, notes: Path) -> None:
        before = len(client.tasks.retrieve_annotations(1).shapes)
        job = max(client.jobs.list(task_id=1), key=lambda each: each.start_frame)
        function = Same([box("deer")], Spec(labels=make_labels(["deer"])))
        run(cvat.job(client, job), function, notes)
        assert [one.frame for one in function.seen] == list(
            range(job.start_frame, job.stop_frame + 1)
        )
        after = client.tasks.retrieve_annotations(1).shapes
        assert len(after) == before + len(function.seen)

    def test_a_project_with_tracks(self, client: cvat.Client, notes: Path) -> None:
        spec = Spec(labels=make_labels(["fox"], type="box"), tracks=True)
        function = Same([box("fox", track="a")], spec)
        source = cvat.project(client, 1)
        report = run(source, function, notes, mode="replace_auto")
        assert report.annotations == {"fox": 2}
        for task, size in ((1, 5), (2, 3)):
            (track,) = [
                one
                for one in client.tasks.retrieve_annotations(task).tracks
                if one.source == "auto"
            ]
            seen = [one.frame for one in track.shapes if not one.outside]
            assert seen == list(range(size))
        # Once more, the old ones make room.
        run(source, Same([box("fox", track="a")], spec, name="again"), notes, mode="replace_auto")
        tracks = client.tasks.retrieve_annotations(1).tracks
        assert [one.source for one in tracks].count("auto") == 1


class TestTator:
    @pytest.fixture
    def client(self) -> Iterator[tator.Client]:
        with testing.serve("tator") as server, tator.Client(server.url, token=server.token) as made:
            yield made

    def test_images_of_a_section(self, client: tator.Client, notes: Path) -> None:
        section = client.sections.list(1)[0]
        for one in client.media.list(1, section=section.id):
            if one.num_frames:
                client.media.delete(one.id)
        media = list(client.media.list(1, section=section.id))
        assert len(media) == 7
        source = tator.section(client, section, versions=[4])
        function = Same([box("Whale")], Spec(labels=make_labels(["Whale"], type="box")))
        report = run(source, function, notes)
        assert report.annotations == {"Whale": len(function.seen)}
        assert {one.part for one in function.seen} == {f"medium {one.id}" for one in media}
        for sample in Dataset(source, images="demand", cache=notes / "cache"):
            assert "Whale" in [one.label for one in sample.annotations]

    def test_several_versions_are_refused_before_anything_is_looked_at(
        self, client: tator.Client, notes: Path
    ) -> None:
        function = Same([box("Whale")], Spec(labels=make_labels(["Whale"], type="box")))
        for dry_run in (False, True):
            with pytest.raises(InvalidArgumentError) as caught:
                run(tator.project(client, 1), function, notes, dry_run=dry_run)
            assert str(caught.value) == (
                "project 1: the source has 2 versions, and one of them is to be written: pass "
                "versions= with that one; it has 'Baseline' (1), 'Reviewed' (4)"
            )
        assert not function.seen

    def test_what_labels_are_taken_from_tells_unfinished_runs_apart(
        self, client: tator.Client, notes: Path
    ) -> None:
        section = client.sections.list(1)[0]
        for one in client.media.list(1, section=section.id):
            if one.num_frames:
                client.media.delete(one.id)

        def seen(label: str | None, most: int = 100) -> int:
            spec = Spec(labels=make_labels(["Whale"], type="box"))
            function = Stops([], spec, most=most)
            source = tator.section(client, section, versions=[4], label=label)
            with contextlib.suppress(ZeroDivisionError):
                run(source, function, notes, unmatched="drop")
            return len(function.seen)

        assert seen(None, most=5) == 5
        assert seen("species") == 7
        assert seen(None) < 7

    def test_tracks_of_a_video(self, client: tator.Client, notes: Path) -> None:
        video = next(one for one in client.media.list(1) if one.num_frames)
        source = tator.media(client, video, versions=[4], label=None)
        spec = Spec(labels=make_labels(["Whale"], type="box"), tracks=True)
        before = {one.id for one in client.states.list(1, media_id=[video.id])}
        function = Same([box("Whale", track=1)], spec)
        assert run(source, function, notes).annotations == {"Whale": 1}
        (state,) = [
            one for one in client.states.list(1, media_id=[video.id]) if one.id not in before
        ]
        assert len(list(state.localizations or ())) == len(function.seen) == video.num_frames


class TestEcotaxa:
    @pytest.fixture
    def server(self) -> Iterator[FakeServer[Any]]:
        with testing.serve("ecotaxa") as server:
            yield server

    def test_predictions_with_scores(self, server: FakeServer[Any], notes: Path) -> None:
        with ecotaxa.Client(server.url, token=server.token) as client:
            source = ecotaxa.project(client, 1)
            before = source.open(source.describe()).parts[0]
            validated = {one.frame for one in before.annotations_of(b"") if one.source == "V"}
            assert validated
            function = Same(
                [Tag(label="Oncaeidae", score=0.625)],
                Spec(labels=[Label(name="Oncaeidae", type="tag")]),
            )
            report = run(source, function, notes)
            assert report.annotations == {"Oncaeidae": len(function.seen)}
            after = source.open(source.describe()).parts[0].annotations_of(b"")
            for tag in after:
                if tag.frame in validated:
                    assert tag.source == "V"
                else:
                    assert (tag.label, tag.source, tag.score) == ("Oncaeidae", "P", 0.625)

    def test_a_person_s_decisions_are_refused_before_anything_is_looked_at(
        self, server: FakeServer[Any], notes: Path
    ) -> None:
        with ecotaxa.Client(server.url, token=server.token) as client:
            function = Same([], Spec(labels=[Label(name="Oncaeidae", type="tag")]))
            with pytest.raises(InvalidArgumentError) as caught:
                run(ecotaxa.project(client, 1), function, notes, mode="replace")
            assert str(caught.value) == (
                'project 1: mode="replace" writes what a person decides, which a model cannot: '
                'mode="replace_auto" writes predictions, and leaves validated objects as they are'
            )
            assert not function.seen

    def test_shapes_have_no_place_there(self, server: FakeServer[Any], notes: Path) -> None:
        with ecotaxa.Client(server.url, token=server.token) as client:
            spec = Spec(labels=[Label(name="Oncaeidae")])
            function = Same([box("Oncaeidae", right=6, bottom=6)], spec)
            with pytest.raises(InvalidFunctionError) as caught:
                run(ecotaxa.project(client, 1), function, notes)
            assert str(caught.value) == (
                "function same, project 1, frame 200000001 (20000/0001.png): Box 'Oncaeidae' on "
                "frame 200000001: label: 'Oncaeidae' is for tag, not for box"
            )

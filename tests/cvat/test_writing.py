"""Annotations written to tasks, jobs and projects of a fake CVAT, and read back by a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport import UploadFile, cvat, errors
from annoport.cvat.sources import CvatSource
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import png
from annoport.vision import (
    Annotation,
    Box,
    Dataset,
    Ellipse,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
    Tag,
    Track,
    interpolate,
)
from annoport.vision.sources import Part
from tests.vision.examples import examples

MEADOW, POND = 1, 2
SIZE = 6


@pytest.fixture(scope="module")
def lasting() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat") as running:
        yield running


@pytest.fixture
def server() -> Iterator[FakeServer[FakeCvat]]:
    with serve("cvat") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeCvat]) -> Iterator[cvat.Client]:
    with cvat.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


LABELS: list[dict[str, Any]] = [
    {
        "name": "thing",
        "attributes": [
            {
                "name": "color",
                "mutable": False,
                "input_type": "select",
                "default_value": "red",
                "values": ["red", "blue"],
            },
            {
                "name": "speed",
                "mutable": True,
                "input_type": "number",
                "default_value": "1",
                "values": ["0", "9", "1"],
            },
        ],
    },
    {
        "name": "body",
        "type": "skeleton",
        "attributes": [],
        "sublabels": [
            {"name": name, "type": "points", "attributes": []} for name in ("head", "tail")
        ],
        "svg": "",
    },
]


def new_task(client: cvat.Client, size: int = SIZE, **options: Any) -> int:
    task = client.tasks.create(body={"name": "New", "labels": LABELS, **options})
    files = [UploadFile(png(16, 12, shade=number), name=f"{number}.png") for number in range(size)]
    client.tasks.upload_data(task.id, files, body={"image_quality": 70}).wait(timeout=60)
    return task.id


def part_of(source: CvatSource) -> Part:
    """The only part of a source."""
    (part,) = source.open(source.describe()).parts
    return part


def box(label: str = "deer", frame: int = 0, left: float = 1.0, **more: Any) -> Box:
    return Box(label=label, frame=frame, left=left, top=2, right=left + 5, bottom=8, **more)


def bare(annotation: Any) -> Any:
    """An annotation without what the platform adds."""
    fields: dict[str, Any] = {"id": None, "raw": {}, "source": annotation.source or "manual"}
    if isinstance(annotation, Skeleton):
        parts = sorted(annotation.elements, key=lambda part: part.label)
        fields["elements"] = [bare(part) for part in parts]
    return evolve(annotation, **fields)


def on_frames(dataset: Dataset) -> list[list[Any]]:
    return [sorted(map(bare, sample.annotations), key=repr) for sample in dataset]


def lefts(dataset: Dataset) -> list[list[float]]:
    """Where the boxes are, frame by frame."""
    return [[one.left for one in sample.annotations if isinstance(one, Box)] for sample in dataset]


# --------------------------------------------------------------------------- random annotations

numbers = st.floats(-1e4, 1e4, allow_nan=False)
sizes = st.floats(0, 1e4)
frames = st.integers(0, SIZE - 1)
colors = st.fixed_dictionaries({"color": st.sampled_from(["red", "blue"])})
speeds = st.fixed_dictionaries({"speed": st.integers(0, 9)})
points = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6)
common: dict[str, st.SearchStrategy[Any]] = {
    "label": st.just("thing"),
    "frame": frames,
    "attributes": st.tuples(colors, speeds).map(lambda both: {**both[0], **both[1]}),
    "source": st.sampled_from([None, "manual", "auto", "semi-auto"]),
}
drawn: dict[str, st.SearchStrategy[Any]] = {
    **common,
    "score": st.none() | st.floats(0, 1),
    "occluded": st.booleans(),
}


@st.composite
def boxes(draw: st.DrawFn, /, **fields: Any) -> Box:
    left, top = draw(numbers), draw(numbers)
    return Box(
        left=left,
        top=top,
        right=left + draw(sizes),
        bottom=top + draw(sizes),
        rotation=draw(st.floats(0, 360)),
        **fields or draw(st.fixed_dictionaries(drawn)),
    )


@st.composite
def skeletons(draw: st.DrawFn) -> Skeleton:
    frame = draw(frames)
    parts = [
        Points(label=name, frame=frame, points=[draw(st.tuples(numbers, numbers))])
        for name in draw(st.sampled_from([["head"], ["head", "tail"]]))
    ]
    return Skeleton(label="body", frame=frame, elements=parts)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    whole = draw(st.booleans())
    numbers_ = draw(st.lists(frames, min_size=1, max_size=4, unique=True))
    shapes = [
        draw(
            boxes(
                label="thing",
                frame=number,
                attributes=draw(speeds),
                outside=bool(place) and whole and draw(st.booleans()),
            )
        )
        for place, number in enumerate(sorted(numbers_))
    ]
    source = draw(st.sampled_from(["manual", "auto"]))
    return Track(
        label="thing",
        shapes=[evolve(shape, rotation=0) for shape in shapes],
        attributes=draw(colors),
        source=source,
        interpolated=whole,
    )


kinds: dict[str, st.SearchStrategy[Annotation]] = {
    "tag": st.builds(Tag, **common),
    "box": boxes(),
    "polygon": st.builds(Polygon, points=points, **drawn),
    "polyline": st.builds(Polyline, points=points, **drawn),
    "points": st.builds(Points, points=points, **drawn),
    "ellipse": st.builds(
        Ellipse,
        x=st.integers(0, 99),
        y=st.integers(0, 99),
        radius_x=st.integers(0, 99),
        radius_y=st.integers(0, 99),
        rotation=st.floats(0, 360),
        **drawn,
    ),
    "mask": st.builds(
        Mask,
        left=st.integers(0, 9),
        top=st.integers(0, 9),
        width=st.just(4),
        height=st.just(3),
        runs=st.sampled_from([(12,), (0, 12), (1, 4, 7), (5, 1, 2, 4)]),
        **drawn,
    ),
    "skeleton": skeletons(),
    "track": tracks(),
}


def expected(annotations: Sequence[Annotation]) -> list[list[Any]]:
    """What a dataset shows on each frame."""
    found: list[list[Any]] = [list[Any]() for _ in range(SIZE)]
    for one in annotations:
        shapes = interpolate(one, SIZE) if isinstance(one, Track) else [one]
        for shape in shapes:
            # CVAT keeps no score of a tag, and no source of a shape of a track.
            found[shape.frame].append(bare(shape))
    return [sorted(shown, key=repr) for shown in found]


@settings(examples, max_examples=max(20, examples.max_examples // 4))
@given(st.data())
def compare(dataset: Dataset, data: st.DataObject) -> None:
    annotations: list[Annotation] = data.draw(st.lists(st.one_of(*kinds.values()), max_size=8))
    # A track names the frames of its shapes itself, whichever sample it comes with.
    placed = [list[Annotation]() for _ in range(SIZE)]
    for one in annotations:
        placed[one.frame].append(one)
    dataset.write(zip(dataset, placed, strict=True), mode="replace")
    assert on_frames(dataset) == expected(annotations)


def test_what_is_written_is_read_back(lasting: FakeServer[FakeCvat]) -> None:
    with cvat.Client(lasting.url, token=lasting.token) as client:
        compare(Dataset(cvat.task(client, new_task(client))))


class TestModes:
    def test_append(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        before = on_frames(dataset)
        dataset.write([(dataset[1], [box("deer"), Tag(label="badger")])])
        shown = on_frames(dataset)
        assert len(shown[1]) == len(before[1]) + 2
        assert {one.frame for one in dataset[1].annotations} == {1}
        assert [shown[0], *shown[2:]] == [before[0], *before[2:]]

    def test_replace_leaves_other_frames(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        before = on_frames(dataset)
        dataset.write([(dataset[0], []), (dataset[1], [box("deer")])], mode="replace")
        shown = on_frames(dataset)
        assert shown == [[], [bare(box("deer", 1, attributes={"age": "adult"}))], *before[2:]]

    def test_only_what_a_model_made(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        first = [(sample, [box(left=1, score=0.5)]) for sample in dataset]
        dataset.write(first, mode="replace_auto")
        assert all(len(found) >= 1 for found in lefts(dataset))
        dataset.write([(dataset[0], [box(left=3)]), (dataset[1], [])], mode="replace_auto")
        found = [[one for one in sample.annotations if one.source == "auto"] for sample in dataset]
        assert [len(one) for one in found] == [1, 0, 1, 1, 1]
        assert [one.score for one in found[2]] == [0.5]
        assert lefts(dataset)[:2] == [[6.5, 3], [40]]
        assert sum(one.source == "manual" for sample in dataset for one in sample.annotations) == 5

    def test_a_track_that_reaches_beyond_stays(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, POND))
        dataset.write([(dataset[0], [])], mode="replace")
        assert [len(shown) for shown in on_frames(dataset)] == [1, 1, 1]
        # It is out of view on the last frame.
        dataset.write([(dataset[0], []), (dataset[1], [])], mode="replace")
        assert [len(shown) for shown in on_frames(dataset)] == [0, 0, 1]

    def test_a_job(self, server: FakeServer[FakeCvat], client: cvat.Client) -> None:
        jobs = sorted(client.jobs.list(task_id=MEADOW), key=lambda job: job.start_frame)
        dataset = Dataset(cvat.job(client, jobs[1]))
        server.requests.clear()
        dataset.write([(sample, [box()]) for sample in dataset], mode="replace")
        assert lefts(dataset) == [[1], [1]]
        written = [one.path for one in server.requests if one.method == "PATCH"]
        assert written == ["/api/jobs/2/annotations/"] * 2
        with pytest.raises(errors.InvalidArgumentError) as caught:
            part_of(cvat.job(client, jobs[1])).write([box()], frames=[0], mode="append")
        assert str(caught.value) == "job 2: frames: there is no frame 0 among its 2"

    def test_a_project_goes_by_its_tasks(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.project(client, 1))
        dataset.write([(sample, [box()]) for sample in dataset], mode="replace")
        assert lefts(dataset)[:5] == [[1]] * 5
        assert [len(found) for found in lefts(dataset)] == [1] * 8

    def test_frames_that_two_jobs_share(self, client: cvat.Client) -> None:
        task = new_task(client, segment_size=4, overlap=2)
        dataset = Dataset(cvat.task(client, task))
        for left in (1.0, 2.0):
            dataset.write([(one, [box("thing", left=left)]) for one in dataset], mode="replace")
            assert lefts(dataset) == [[left]] * SIZE
        # Each job has one of its own.
        ids = [
            {one.id for one in client.jobs.retrieve_annotations(job.id).shapes if one.frame == 2}
            for job in client.jobs.list(task_id=task)
        ]
        assert [len(found) for found in ids] == [1, 1]
        assert ids[0] != ids[1]

    def test_no_picture_is_fetched(self, server: FakeServer[FakeCvat], client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW), images="all")
        server.requests.clear()
        dataset.write([(dataset[0], [box()])])
        assert [sample.content for sample in dataset]
        assert not [one.path for one in server.requests if one.path.endswith("/data/")]

    def test_attributes_go_where_cvat_has_them(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, new_task(client)))
        shapes = [box("thing", number, attributes={"color": "blue"}) for number in (0, 2)]
        track = Track(label="thing", shapes=shapes, attributes={"speed": 4})
        rest = [(sample, list[Annotation]()) for sample in dataset[1:]]
        dataset.write([(dataset[0], [track]), *rest])
        assert [sample.annotations[0].attributes for sample in dataset] == [
            {"color": "blue", "speed": 4}
        ] * SIZE
        torn = evolve(track, shapes=[shapes[0], evolve(shapes[1], attributes={"color": "red"})])
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            dataset.write([(dataset[0], [torn]), *rest])
        assert str(caught.value) == (
            "Track 'thing' on frame 0: attributes['color']: is 'blue' and 'red', but the label has "
            "one for the track"
        )

    def test_a_turn_the_other_way(self, client: cvat.Client) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        dataset.write([(dataset[2], [box(rotation=-10)])])
        (found,) = dataset[2].annotations
        assert isinstance(found, Box)
        assert found.rotation == 350


def test_a_score_is_left_out_for_a_server_that_keeps_none() -> None:
    with serve("cvat", version="2.52.0") as old, cvat.Client(old.url, token=old.token) as client:
        dataset = Dataset(cvat.task(client, MEADOW))
        dataset.write([(dataset[2], [box(score=0.5)])], mode="replace_auto")
        (found,) = dataset[2].annotations
        assert (found.score, found.source) == (None, "auto")


class TestRefused:
    @pytest.mark.parametrize(
        ("annotation", "message"),
        [
            (box("owl"), "Box 'owl' on frame 0: label: the task has 'deer', 'fox', 'badger'"),
            (
                box(attributes={"age": "old"}),
                "Box 'deer' on frame 0: attributes['age']: 'old' is none of 'adult', 'young'",
            ),
            (
                box(attributes={"size": 3}),
                "Box 'deer' on frame 0: attributes['size']: label 'deer' has attributes 'age' only",
            ),
            (box(frame=3), "Box 'deer' on frame 3: frame: 3 is not among frames"),
            (box(frame=2), "Box 'deer' on frame 2: frame: 2 is deleted"),
            (
                Track(label="fox", shapes=[box("fox"), box("fox", 4)]),
                "Track 'fox' on frame 0: shapes[frame 4]: 4 is not among frames",
            ),
        ],
    )
    def test_before_anything_is_sent(
        self,
        server: FakeServer[FakeCvat],
        client: cvat.Client,
        annotation: Annotation,
        message: str,
    ) -> None:
        client.tasks.partial_update_data_meta(MEADOW, body={"deleted_frames": [2]})
        part = part_of(cvat.task(client, MEADOW))
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            part.write([box(), annotation], frames=[0, 1], mode="replace")
        assert str(caught.value) == message
        assert not [one for one in server.requests if "annotations" in one.path]

    @pytest.mark.parametrize(
        ("frames_", "mode", "message"),
        [
            (
                [],
                "replace",
                (
                    "task 1: frames is empty, so that mode='replace' has nothing to replace: name "
                    "the frames, or skip the call"
                ),
            ),
            ([0, 5], "append", "task 1: frames: there is no frame 5 among its 4"),
            ([2], "append", "task 1: frames: frame 2 is deleted"),
            (
                [0],
                "overwrite",
                "mode is 'overwrite'; expected one of 'append', 'replace', 'replace_auto'",
            ),
        ],
    )
    def test_frames_and_modes(
        self, client: cvat.Client, frames_: list[int], mode: Any, message: str
    ) -> None:
        client.tasks.partial_update_data_meta(MEADOW, body={"deleted_frames": [2]})
        with pytest.raises(errors.InvalidArgumentError) as caught:
            part_of(cvat.task(client, MEADOW)).write([], frames=frames_, mode=mode)
        assert str(caught.value) == message

    def test_what_is_no_number_is_no_annotation(self) -> None:
        with pytest.raises(errors.InvalidAnnotationError, match="nan is not a finite number"):
            box(left=float("nan"))


class TestHalfWay:
    def test_a_lost_answer_is_told_and_the_dataset_shows_what_is_there(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        dataset = Dataset(cvat.task(client, MEADOW))
        server.fake.faults.lose_next(path="/annotations", method="PATCH")
        with pytest.raises(errors.AnnoportError) as caught:
            dataset.write([(dataset[2], [box()])])
        assert caught.value.may_be_done
        assert lefts(dataset)[2] == [1]
        dataset.write([(dataset[2], [box()])], mode="replace")
        assert lefts(dataset)[2] == [1]

    def test_the_parts_before_are_told(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        dataset = Dataset(cvat.project(client, 1))
        server.fake.faults.fail_next(403, path="/tasks/2/annotations", method="PATCH")
        with pytest.raises(errors.PartialWriteError) as caught:
            dataset.write([(sample, [box()]) for sample in dataset])
        assert str(caught.value).startswith(
            "5 of 8 annotations are written, all of the parts before task 2: go on with the "
            "samples of task 2 and those that follow; PermissionDeniedError: "
        )
        assert (len(caught.value.done), caught.value.left) == (5, 3)
        assert [len(found) for found in lefts(dataset)] == [2, 2, 1, 2, 1, 1, 1, 1]

    def test_what_was_written_is_told_and_nothing_is_lost(
        self, server: FakeServer[FakeCvat], client: cvat.Client
    ) -> None:
        part = part_of(cvat.task(client, MEADOW))
        before = client.tasks.retrieve_annotations(MEADOW)
        many = [box(left=number) for number in range(2_500)]
        server.fake.faults.fail_next(403, path="/annotations", method="PATCH", after=1)
        with pytest.raises(errors.PartialWriteError) as caught:
            part.write(many, frames=[0], mode="replace")
        assert str(caught.value).startswith(
            "task 1: 2,000 of 2,500 annotations are written, the other 500 are not; what they "
            "replace is still there: put right what was refused, then call again, which writes all "
            "anew; PermissionDeniedError: "
        )
        assert caught.value.done == tuple(many[:2_000])
        assert caught.value.left == 500
        there = client.tasks.retrieve_annotations(MEADOW)
        assert [one.id for one in before.shapes] == [one.id for one in there.shapes][:4]
        server.fake.faults.clear()
        part.write(many, frames=[0], mode="replace")
        dataset = Dataset(cvat.task(client, MEADOW))
        assert [len(found) for found in lefts(dataset)] == [2_500, 1, 0, 1, 0]

"""Localizations and tracks written to a fake Tator, and read back by a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport import errors, tator
from annoport.tator.sources import TatorSource
from annoport.testing import FakeServer, serve
from annoport.testing.tator import FakeTator
from annoport.vision import (
    Annotation,
    Box,
    Dataset,
    Ellipse,
    Points,
    Polygon,
    Polyline,
    Tag,
    Track,
    interpolate,
)
from annoport.vision.sources import Part
from tests.vision.examples import examples

PROJECT, IMAGE, VIDEO = 1, 1, 15
BASELINE, REVIEWED = 1, 4
WIDE, HIGH, FRAMES = 64, 48, 6


@pytest.fixture
def server() -> Iterator[FakeServer[FakeTator]]:
    with serve("tator") as running:
        yield running


@pytest.fixture
def client(server: FakeServer[FakeTator]) -> Iterator[tator.Client]:
    with tator.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


def part_of(source: TatorSource) -> Part:
    (part,) = source.open(source.describe()).parts
    return part


def video(client: tator.Client, **more: Any) -> TatorSource:
    return tator.media(client, VIDEO, versions=[REVIEWED], **more)


def box(frame: int = 0, left: float = 1.0, label: str = "Whale", **more: Any) -> Box:
    return Box(label=label, frame=frame, left=left, top=2, right=left + 5, bottom=8, **more)


def writes(server: FakeServer[FakeTator]) -> list[str]:
    return [
        f"{one.method} {one.path}" for one in server.requests if one.method in ("POST", "DELETE")
    ]


def lefts(dataset: Dataset, count: int = FRAMES) -> list[list[float]]:
    return [
        sorted(round(one.left, 9) for one in sample.annotations if isinstance(one, Box))
        for sample in dataset[:count]
    ]


# --------------------------------------------------------------------------- random annotations

across, down = st.floats(0, WIDE / 2), st.floats(0, HIGH / 2)
spots = st.tuples(across, down)
words = st.fixed_dictionaries({"label": st.text(st.characters(codec="ascii"), max_size=5)})
species = st.sampled_from(["humpback", "orca", "minke", "unknown"])
frames = st.integers(0, FRAMES - 1)
common: dict[str, Any] = {"frame": frames, "source": st.sampled_from([None, "auto"])}


@st.composite
def boxes(draw: st.DrawFn, /, **fields: Any) -> Box:
    left, top = draw(across), draw(down)
    attributes = {**draw(words), "species": draw(species), "confidence": draw(st.floats(0, 1))}
    given_: dict[str, Any] = {
        "label": "Whale",
        "attributes": attributes,
        **draw(st.fixed_dictionaries(common)),
    }
    right, bottom = left + draw(across), top + draw(down)
    return Box(left=left, top=top, right=right, bottom=bottom, **{**given_, **fields})


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    numbers = sorted(draw(st.lists(frames, min_size=1, max_size=3, unique=True)))
    shapes = [draw(boxes(frame=number, source=None)) for number in numbers]
    whole = draw(st.booleans())
    return Track(
        label="Whale",
        shapes=shapes,
        interpolated=whole,
        source=draw(st.sampled_from([None, "auto"])),
    )


kinds: list[st.SearchStrategy[Annotation]] = [
    boxes(),
    st.builds(
        Points,
        label=st.just("Blow"),
        points=st.lists(spots, min_size=1, max_size=1),
        attributes=words,
        **common,
    ),
    st.builds(
        Polyline,
        label=st.just("Heading"),
        points=st.lists(spots, min_size=2, max_size=2),
        attributes=words,
        **common,
    ),
    st.builds(
        Polygon,
        label=st.just("Fluke outline"),
        points=st.lists(spots, min_size=3, max_size=5),
        attributes=words,
        **common,
    ),
    tracks(),
]


def figures(shape: Any) -> tuple[Any, ...]:
    """What a shape says, to nine digits: fractions of a picture are not exact."""
    places = (
        (shape.left, shape.top, shape.right, shape.bottom)
        if isinstance(shape, Box)
        else tuple(number for point in shape.points for number in point)
    )
    rounded = tuple(round(number, 9) + 0.0 for number in places)
    attributes = tuple(sorted(shape.attributes.items()))
    return shape.kind, shape.label, shape.source, attributes, rounded


def expected(annotations: Sequence[Annotation]) -> list[list[Any]]:
    found: list[list[Any]] = [[] for _ in range(FRAMES)]
    for one in annotations:
        shapes = interpolate(one, FRAMES) if isinstance(one, Track) else [one]
        for shape in shapes:
            # What Tator keeps of a track's source is in its localizations.
            found[shape.frame].append(figures(evolve(shape, source=one.source)))
    return [sorted(shown, key=repr) for shown in found]


def test_what_is_written_is_read_back() -> None:
    with serve("tator") as server, tator.Client(server.url, token=server.token) as client:
        dataset = Dataset(video(client), images="demand")
        others = len(list(client.localizations.list(PROJECT, version=[BASELINE])))

        @settings(examples, max_examples=max(15, examples.max_examples // 5))
        @given(st.lists(st.one_of(*kinds), max_size=6))
        def compare(annotations: list[Annotation]) -> None:
            placed: list[list[Annotation]] = [[] for _ in range(FRAMES)]
            for one in annotations:
                placed[one.frame].append(one)
            pairs = list(zip(dataset[:FRAMES], placed, strict=True))
            dataset.write(pairs, mode="replace")
            shown = [sorted(map(figures, sample.annotations), key=repr) for sample in dataset]
            assert shown[:FRAMES] == expected(annotations)
            assert not any(shown[FRAMES:])
            # One state for each track, and none of what was replaced.
            states = client.states.list(PROJECT, version=[REVIEWED])
            assert len(list(states)) == sum(isinstance(one, Track) for one in annotations)

        compare()
        assert len(list(client.localizations.list(PROJECT, version=[BASELINE]))) == others


class TestModes:
    def test_append(self, client: tator.Client) -> None:
        dataset = Dataset(video(client), images="demand")
        for left in (1.0, 3.0):
            dataset.write([(dataset[2], [box(left=left)])])
        assert lefts(dataset) == [[], [], [1, 3], [], [], []]

    def test_replace_leaves_other_frames_and_versions(self, client: tator.Client) -> None:
        baseline = Dataset(tator.media(client, VIDEO, versions=[BASELINE]), images="demand")
        before = [[one.id for one in sample.annotations] for sample in baseline]
        dataset = Dataset(video(client), images="demand")
        dataset.write([(sample, [box()]) for sample in dataset[:3]])
        dataset.write([(dataset[0], [box(left=7)]), (dataset[1], [])], mode="replace")
        assert lefts(dataset) == [[7], [], [1], [], [], []]
        dataset.write([(sample, []) for sample in dataset], mode="replace")
        assert not any(sample.annotations for sample in dataset)
        baseline = Dataset(tator.media(client, VIDEO, versions=[BASELINE]), images="demand")
        assert [[one.id for one in sample.annotations] for sample in baseline] == before

    def test_only_what_a_model_made_and_nobody_changed(self, client: tator.Client) -> None:
        dataset = Dataset(video(client), images="demand")
        dataset.write([(sample, [box(left=1)]) for sample in dataset[:3]])
        dataset.write([(sample, [box(left=2)]) for sample in dataset[:3]], mode="replace_auto")
        assert lefts(dataset) == [[1, 2]] * 3 + [[]] * 3
        made = [one for one in dataset[1].annotations if one.source == "auto"]
        client.localizations.update(made[0].raw["tator"]["id"], body={"x": 0.5})
        dataset.write([(sample, [box(left=3)]) for sample in dataset[:2]], mode="replace_auto")
        assert lefts(dataset) == [[1, 3], [1, 3, 32], [1, 2], [], [], []]
        assert {one.source for one in dataset[1].annotations} == {None, "auto"}

    def test_a_track_that_reaches_beyond_stays(self, client: tator.Client) -> None:
        dataset = Dataset(video(client), images="demand")
        track = Track(label="Whale", shapes=[box(0), box(2, left=5)])
        pairs: list[Any] = [(sample, []) for sample in dataset[1:4]]
        dataset.write([(dataset[0], [track]), *pairs])
        assert lefts(dataset) == [[1], [3], [5], [5], [], []]
        (state,) = client.states.list(PROJECT, version=[REVIEWED])
        assert len(state.localizations or ()) == 4
        # An edited localization has another id than the state knows it by.
        client.localizations.update((state.localizations or [0])[3], body={"x": 0.5})
        dataset.write([(dataset[0], []), *pairs[:2]], mode="replace")
        assert lefts(dataset) == [[1], [3], [5], [32], [], []]
        dataset.write([(dataset[0], []), *pairs], mode="replace")
        assert lefts(dataset) == [[]] * 6
        assert list(client.states.list(PROJECT, version=[REVIEWED])) == []

    def test_an_attribute_as_the_label(self, client: tator.Client) -> None:
        dataset = Dataset(video(client, label="species"), images="demand")
        track = Track(label="minke", shapes=[box(3, label="minke")], interpolated=False)
        pairs: list[Any] = [(dataset[2], [box(label="orca")]), (dataset[3], [track])]
        dataset.write(pairs, mode="replace")
        assert [[one.label for one in sample.annotations] for sample in dataset[:5]] == [
            [],
            [],
            ["orca"],
            ["minke"],
            [],
        ]
        (row, _) = client.localizations.list(PROJECT, version=[REVIEWED])
        assert (row.attributes or {})["species"] == "orca"
        (state,) = client.states.list(PROJECT, version=[REVIEWED])
        assert (state.attributes or {})["species"] == "minke"

    def test_what_the_source_does_not_show_stays(self, client: tator.Client) -> None:
        plain = Dataset(video(client), images="demand")
        dot = Points(label="Blow", points=[(3, 3)])
        plain.write([(plain[0], [dot, box()])])
        source = video(client, label="species", unsupported="drop")
        dataset = Dataset(source, images="demand")
        dataset.write([(dataset[0], [])], mode="replace")
        again = Dataset(video(client), images="demand")
        assert [one.label for one in again[0].annotations] == ["Blow"]

    def test_a_track_that_the_source_shows_in_part_stays(self, client: tator.Client) -> None:
        plain = Dataset(video(client), images="demand")
        plain.write([(plain[0], [Points(label="Blow", points=[(3, 3)]), box()])])
        ids = [one.raw["tator"]["id"] for one in plain[0].annotations]
        track = {"type": 1, "media_ids": [VIDEO], "localization_ids": ids, "version": REVIEWED}
        client.states.create(PROJECT, body=track)
        dataset = Dataset(video(client, label="species", unsupported="drop"), images="demand")
        dataset.write([(dataset[0], [])], mode="replace")
        assert len(Dataset(video(client), images="demand")[0].annotations) == 2
        assert len(list(client.states.list(PROJECT, version=[REVIEWED]))) == 1

    def test_an_image(self, client: tator.Client) -> None:
        dataset = Dataset(tator.media(client, IMAGE, versions=[BASELINE]), images="all")
        dataset.write([(dataset[0], [box(left=9)])], mode="replace")
        assert lefts(dataset) == [[9]]


class TestRefused:
    @pytest.mark.parametrize(
        ("annotation", "message"),
        [
            (
                box(label="Seal"),
                (
                    "Box 'Seal' on frame 0: label: the types are 'Blow', 'Fluke outline', "
                    "'Heading', 'Whale'"
                ),
            ),
            (
                box(attributes={"species": "yeti"}),
                (
                    "Box 'Whale' on frame 0: attributes['species']: 'yeti' is none of 'humpback', "
                    "'orca', 'minke', 'unknown'"
                ),
            ),
            (
                box(left=-1),
                "Box 'Whale' on frame 0: left: -1.0 is not within the picture of 64 x 48 pixels",
            ),
            (
                Points(label="Blow", points=[(5, 60)]),
                (
                    "Points 'Blow' on frame 0: points: ((5.0, 60.0),) is not within the picture of "
                    "64 x 48 pixels"
                ),
            ),
            (
                Ellipse(label="Whale", x=5, y=5, radius_x=1, radius_y=1),
                "Ellipse 'Whale' on frame 0: label: 'Whale' is for box, not for ellipse",
            ),
            (
                Tag(label="Whale"),
                (
                    "Tag 'Whale' on frame 0: kind: is tag, but Tator has localizations and tracks "
                    "of them"
                ),
            ),
            (box(7), "Box 'Whale' on frame 7: frame: 7 is not among frames"),
            (
                Track(label="Whale", shapes=[box()], attributes={"depth": 3}),
                (
                    "Track 'Whale' on frame 0: attributes['depth']: type 'Track' has no such "
                    "attribute, and Tator would drop it"
                ),
            ),
        ],
    )
    def test_before_anything_is_sent(
        self,
        server: FakeServer[FakeTator],
        client: tator.Client,
        annotation: Annotation,
        message: str,
    ) -> None:
        part = part_of(video(client))
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            part.write([box(), annotation], frames=[0, 1], mode="append")
        assert str(caught.value) == message
        assert writes(server) == []

    def test_a_version_that_is_not_clear(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        with pytest.raises(errors.InvalidArgumentError) as caught:
            part_of(tator.media(client, VIDEO)).write([box()], frames=[0], mode="append")
        assert str(caught.value) == (
            "medium 15: the source has 2 versions, and one of them is to be written: pass "
            "versions= with that one; it has 'Baseline' (1), 'Reviewed' (4)"
        )
        assert writes(server) == []

    def test_a_video_that_has_several_types_of_tracks(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        kind = {"name": "Pod", "association": "Localization", "media_types": [1, 2]}
        client.state_types.create(PROJECT, body=kind)
        track = Track(label="Whale", shapes=[box()])
        with pytest.raises(errors.InvalidAnnotationError) as caught:
            part_of(video(client)).write([track], frames=[0], mode="append")
        assert str(caught.value) == (
            "Track 'Whale' on frame 0: label: one state type for tracks is needed, and there are "
            "2, 'Pod', 'Track'"
        )


class TestHalfWay:
    def test_a_lost_answer_is_looked_up(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        server.fake.faults.lose_next(path="/Localizations/", method="POST")
        dataset = Dataset(video(client), images="demand")
        dataset.write([(dataset[0], [box()])])
        assert lefts(dataset)[0] == [1]

    def test_what_was_written_is_told(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        part = part_of(video(client))
        part.write([box()], frames=[0], mode="append")
        many: list[Annotation] = [box(left=number / 100) for number in range(700)]
        server.fake.faults.fail_next(403, path="/Localizations/", method="POST", after=1)
        with pytest.raises(errors.PartialWriteError) as caught:
            part.write(many, frames=[0], mode="replace")
        assert str(caught.value).startswith(
            "medium 15: 500 of 700 annotations are written, the other 200 are not; what they "
            "replace is still there: put right what was refused, then call again, which writes all "
            "anew; "
        )
        assert caught.value.done == tuple(many[:500])
        part.write(many, frames=[0], mode="replace")
        assert len(Dataset(video(client), images="demand")[0].annotations) == 700

    def test_no_half_of_a_track_stays(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        part = part_of(video(client))
        server.fake.faults.fail_next(403, path="/States/", method="POST")
        with pytest.raises(errors.PermissionDeniedError):
            part.write([Track(label="Whale", shapes=[box()])], frames=[0, 1], mode="append")
        assert list(client.localizations.list(PROJECT, version=[REVIEWED])) == []

    def test_what_is_replaced_could_not_be_removed(
        self, server: FakeServer[FakeTator], client: tator.Client
    ) -> None:
        dataset = Dataset(video(client), images="demand")
        dataset.write([(dataset[0], [box()])])
        server.fake.faults.fail_next(403, path="/Localizations/", method="DELETE")
        with pytest.raises(errors.PartialWriteError) as caught:
            dataset.write([(dataset[0], [box(left=5)])], mode="replace")
        assert str(caught.value).startswith(
            "medium 15: all 1 annotations are written, but what they replace is still there, at "
            "least in part: put right what was refused, then call again; "
        )
        assert lefts(dataset)[0] == [1, 5]

"""Any number of annotations, leaves and media: in parts, in order, each once."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from annoport import tator
from annoport.errors import (
    ApiError,
    InvalidAnnotationError,
    InvalidArgumentError,
    InvalidBodyError,
    PartialWriteError,
    ServerError,
    TransportError,
)
from annoport.testing import FakeServer
from annoport.testing.tator import FakeTator
from tests.flows import Seen

MANY = 1201
"""More than two parts."""


def boxes(count: int = MANY, **more: Any) -> list[Any]:
    """Localizations that can be told apart, some of them models."""
    fields: list[dict[str, Any]] = [
        {
            "media_id": 1,
            "type": 1,
            "frame": 0,
            "x": 0.1,
            "y": 0.2,
            "width": 0.3,
            "height": 0.4,
            "attributes": {"species": "orca", "label": f"new {number}"},
            **more,
        }
        for number in range(count)
    ]
    return [
        tator.models.LocalizationSpec(**one) if one["attributes"]["label"][-1] == "7" else one
        for one in fields
    ]


def states(count: int = MANY, **more: Any) -> list[Any]:
    return [
        {"media_ids": [1], "type": 2, "frame": number, "attributes": {"label": f"new {number}"}}
        | more
        for number in range(count)
    ]


def leaves(count: int = MANY, **more: Any) -> list[Any]:
    return [
        {"type": 1, "name": f"new {number}", "parent": 1, "attributes": {"label": f"new {number}"}}
        | more
        for number in range(count)
    ]


def media(count: int = MANY, **more: Any) -> list[Any]:
    return [
        {
            "type": 1,
            "name": f"new {number}.png",
            "md5": "0" * 32,
            "section": "June",
            "attributes": {"label": f"new {number}"},
        }
        | more
        for number in range(count)
    ]


KINDS: dict[str, Callable[..., list[Any]]] = {
    "localizations": boxes,
    "states": states,
    "leaves": leaves,
    "media": media,
}
each_kind = pytest.mark.parametrize("noun", KINDS)


def labels(client: tator.Client, noun: str, ids: list[int]) -> list[str]:
    """The labels of what is stored, in the order of the ids."""
    rows = getattr(client, noun).list(1)
    known = {row.id: str(row.attributes.get("label")) for row in rows}
    return [known[number] for number in ids]


def new(client: tator.Client, noun: str) -> list[str]:
    """The labels of everything new that is stored."""
    found = (row.attributes.get("label") for row in getattr(client, noun).list(1))
    return sorted(label for label in found if str(label).startswith("new "))


@each_kind
def test_any_number_comes_in_parts_and_ids_in_order(
    noun: str, flows: Any, client: tator.Client, server: FakeServer[FakeTator]
) -> None:
    seen = Seen()
    ids = getattr(flows, f"create_{noun}")(1, iter(KINDS[noun]()), progress=seen)
    assert seen == [(500, MANY), (1000, MANY), (MANY, MANY)]
    assert labels(client, noun, ids) == [f"new {number}" for number in range(MANY)]
    posts = [one for one in server.requests if one.method == "POST"]
    assert len(posts) == 3


@each_kind
def test_none_are_no_request(noun: str, flows: Any, server: FakeServer[FakeTator]) -> None:
    assert getattr(flows, f"create_{noun}")(1, []) == []
    assert server.requests == []


@each_kind
def test_unchecked_ones_cost_their_requests_only(
    noun: str, flows: Any, server: FakeServer[FakeTator]
) -> None:
    getattr(flows, f"create_{noun}")(1, KINDS[noun](3), check=False)
    gets = [one.path for one in server.requests if one.method != "POST"]
    assert gets == (["/rest/MediaTypes/1"] if noun == "media" else [])


@each_kind
def test_a_refused_part_says_what_is_stored_and_the_rest_goes_on(
    noun: str, flows: Any, client: tator.Client, fake: FakeTator
) -> None:
    specs = KINDS[noun]()
    specs[700] = {**specs[700], "attributes": {"label": 5}}
    with pytest.raises(PartialWriteError) as caught:
        getattr(flows, f"create_{noun}")(1, specs, check=False)
    error = caught.value
    assert (len(error.done), error.left, error.may_be_done) == (500, 701, False)
    assert isinstance(error.__cause__, ApiError)
    assert str(error) == (
        f"500 of 1,201 {noun} are stored, the other 701 are not: put right what was refused, "
        f"then call again with {noun}[500:] only; {type(error.__cause__).__name__}: "
        f"{error.__cause__}"
    )
    assert len(new(client, noun)) == 500
    specs[700] = KINDS[noun]()[700]
    rest = getattr(flows, f"create_{noun}")(1, specs[len(error.done) :])
    whole = [*error.done, *rest]
    assert labels(client, noun, whole) == [f"new {number}" for number in range(MANY)]
    assert len(new(client, noun)) == MANY


@each_kind
def test_a_lost_answer_doubles_nothing(
    noun: str, flows: Any, client: tator.Client, fake: FakeTator
) -> None:
    path = {"localizations": "Localizations", "states": "States", "leaves": "Leaves"}
    fake.lose_next(2, path=f"/rest/{path.get(noun, 'Medias')}/1", method="POST")
    ids = getattr(flows, f"create_{noun}")(1, KINDS[noun](501))
    assert labels(client, noun, ids) == [f"new {number}" for number in range(501)]
    assert len(new(client, noun)) == 501


@each_kind
def test_a_part_that_never_arrived_is_told(
    noun: str, flows: Any, client: tator.Client, fake: FakeTator
) -> None:
    path = {"localizations": "Localizations", "states": "States", "leaves": "Leaves"}
    first = getattr(flows, f"create_{noun}")(1, KINDS[noun](1, attributes={"label": "old"}))
    assert len(first) == 1
    fake.fail_next(502, path=f"/rest/{path.get(noun, 'Medias')}/1")
    with pytest.raises(ServerError) as caught:
        getattr(flows, f"create_{noun}")(1, KINDS[noun](2), check=False)
    assert caught.value.may_be_done
    assert new(client, noun) == []
    assert len(getattr(flows, f"create_{noun}")(1, KINDS[noun](2))) == 2


def test_a_later_part_that_never_arrived_is_told(flows: Any, fake: FakeTator) -> None:
    def fail(done: int, total: int) -> None:
        fake.fail_next(502, path="/rest/Localizations/1")

    with pytest.raises(PartialWriteError) as caught:
        flows.create_localizations(1, boxes(), progress=fail)
    assert caught.value.may_be_done
    assert str(caught.value) == (
        "500 of 1,201 localizations are stored, the other 701 are not: call again with "
        "localizations[500:] only; the server may have done it nevertheless, and it was not sent "
        "again: localizations[500:1000] were not found there; look for them before you call again"
    )


def test_a_server_that_goes_away_half_way(flows: Any, server: FakeServer[FakeTator]) -> None:
    flows.client = flows.client.with_options(max_retries=0)

    def stop(done: int, total: int) -> None:
        server.stop()

    with pytest.raises(PartialWriteError) as caught:
        flows.create_localizations(1, boxes(), progress=stop)
    error = caught.value
    assert (len(error.done), error.left) == (500, 701)
    assert isinstance(error.__cause__, TransportError)


Bad: TypeAlias = tuple[str, int, dict[str, Any], type[Exception], str]
"""What is created, which of them is wrong, how, the error, and its message."""

BAD: list[Bad] = [
    (
        "localizations",
        600,
        {"attributes": {"specis": "orca"}},
        InvalidAnnotationError,
        (
            "localizations[600]: attributes['specis']: type 'Whale' has no such attribute, and "
            "Tator would drop it; it has 'species', 'confidence', 'label'"
        ),
    ),
    (
        "localizations",
        600,
        {"attributes": {"species": "crab"}},
        InvalidAnnotationError,
        (
            "localizations[600]: attributes['species']: 'crab' is none of 'humpback', 'orca', "
            "'minke', 'unknown'"
        ),
    ),
    (
        "localizations",
        3,
        {"type": 77},
        InvalidAnnotationError,
        (
            "localizations[3]: type: the project has no type 77; it has 'Blow' (2), "
            "'Fluke outline' (4), 'Heading' (3), 'Whale' (1)"
        ),
    ),
    (
        "localizations",
        3,
        {"x": 640},
        InvalidAnnotationError,
        "localizations[3]: x: 640 is not in 0..1; it is a fraction of the picture, not pixels",
    ),
    (
        "localizations",
        600,
        {"media_id": 12345},
        InvalidArgumentError,
        "project 1 has no media with the ids 12345",
    ),
    (
        "localizations",
        600,
        {"version": 9},
        InvalidArgumentError,
        "project 1 has no versions with the ids 9; it has 'Baseline' (1), 'Reviewed' (4)",
    ),
    (
        "localizations",
        600,
        {"widht": 0.1},
        InvalidBodyError,
        (
            "localizations[500:1000]: CreateLocalizationList: the body does not fit: $[100].widht: "
            "LocalizationSpec has no key 'widht'; did you mean 'width'?"
        ),
    ),
    (
        "states",
        600,
        {"frame": None},
        InvalidAnnotationError,
        "states[600]: frame: is missing; states of type 'Behaviour' belong to a frame",
    ),
    (
        "leaves",
        600,
        {"name": "new 3"},
        InvalidArgumentError,
        (
            "leaves[600] has the same type 1, parent 1, name 'new 3' as leaves[3]: leave one of "
            "them out"
        ),
    ),
    (
        "media",
        600,
        {"attributes": {"Label": "x"}},
        InvalidAnnotationError,
        (
            "media[600]: attributes['Label']: type 'Stills' has no such attribute, and Tator would "
            "drop it; it has 'label'"
        ),
    ),
    (
        "states",
        1,
        {"media_ids": [1, 98765]},
        InvalidArgumentError,
        "project 1 has no media with the ids 98765",
    ),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]}-{next(iter(case[2]))}")
def test_what_does_not_fit_is_refused_before_anything_is_created(
    case: Bad, calm_flows: Any, calm_server: FakeServer[FakeTator]
) -> None:
    calm_server.requests.clear()
    noun, place, change, kind, message = case
    specs = KINDS[noun]()
    specs[place] = {**specs[place], **change}
    with pytest.raises(kind) as caught:
        getattr(calm_flows, f"create_{noun}")(1, specs)
    assert str(caught.value) == message
    assert [one.path for one in calm_server.requests if one.method == "POST"] == []


def test_something_else_among_them(flows: Any, server: FakeServer[FakeTator]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flows.create_localizations(1, [*boxes(1), 3])
    assert str(caught.value) == "localizations[1]: expected a model or a dict, got int"
    with pytest.raises(InvalidArgumentError) as again:
        flows.create_localizations(1, boxes(2, elemental_id="a5"))
    assert str(again.value) == (
        "localizations[1] has the same elemental_id 'a5' as localizations[0]: leave one of them out"
    )
    with pytest.raises(InvalidArgumentError) as wrong:
        flows.create_localizations("Whales", boxes(1))
    assert str(wrong.value) == "project: expected an id or a model, got 'Whales'"


def test_elemental_ids_that_are_given_stay(flows: Any, client: tator.Client) -> None:
    given = "0b0f5f0e-5a0e-4b7e-9c46-3f0d1e6f7a21"
    specs = boxes(1, elemental_id=given)
    (made,) = flows.create_localizations(client.projects.retrieve(1), specs)
    assert client.localizations.retrieve(made).elemental_id == given
    others = flows.create_localizations(1, boxes(20), check=False)
    ids = [uuid.UUID(str(client.localizations.retrieve(one).elemental_id)) for one in others]
    assert {(one.version, one.variant) for one in ids} == {(4, uuid.RFC_4122)}
    assert len(set(ids)) == 20
    assert specs == boxes(1, elemental_id=given)


def test_videos_are_created_one_by_one(
    flows: Any, client: tator.Client, server: FakeServer[FakeTator]
) -> None:
    kinds = [1, 1, 2, 2, 1]
    specs = [{**spec, "type": kind} for spec, kind in zip(media(5), kinds, strict=True)]
    ids = flows.create_media(1, specs)
    assert [client.media.retrieve(number).type for number in ids] == kinds
    assert labels(client, "media", ids) == [f"new {number}" for number in range(5)]
    assert len([one for one in server.requests if one.method == "POST"]) == 4


def test_the_input_is_not_changed(flows: Any) -> None:
    specs: Iterator[Any] = itertools.chain(boxes(8))
    whole = list(specs)
    flows.create_localizations(1, whole)
    assert whole == boxes(8)

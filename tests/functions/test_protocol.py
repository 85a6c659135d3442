"""What a function says of itself."""

from __future__ import annotations

import pytest

from annoport.errors import InvalidAnnotationError
from annoport.functions import Spec, make_labels, make_skeleton
from annoport.vision import Attribute, Label

AGE = Attribute(name="age", kind="select", values=("young", "old"))


def test_labels_by_their_names() -> None:
    labels = make_labels(["crab", "cod"], type="box", attributes=[AGE])
    assert labels == (
        Label(name="crab", id=0, type="box", attributes=(AGE,)),
        Label(name="cod", id=1, type="box", attributes=(AGE,)),
    )
    spec = Spec(labels=[*labels, make_skeleton("fish", ["nose", Label(name="tail")], id=7)])
    assert [spec.name_of(number) for number in (0, 1, 7)] == ["crab", "cod", "fish"]
    with pytest.raises(KeyError):
        spec.name_of(2)
    assert spec.labels[-1] == Label(
        name="fish",
        id=7,
        type="skeleton",
        sublabels=(Label(name="nose", id=0, type="points"), Label(name="tail")),
    )


def labelled(attribute: Attribute) -> list[Label]:
    return [Label(name="crab", attributes=(attribute,))]


WRONG: list[tuple[list[Label], str]] = [
    ([Label(name="crab"), Label(name="crab")], "spec: labels['crab']: is there twice"),
    (
        [Label(name="crab", id=1), Label(name="cod", id=1)],
        "spec: labels['cod']: another one has the id 1, too",
    ),
    ([Label(name="")], "spec: labels: the name of one is empty"),
    (
        [Label(name="fish", type="box", sublabels=(Label(name="nose"),))],
        "spec, label 'fish': type: only a skeleton has sublabels, and it is for box",
    ),
    (
        [make_skeleton("fish", ["nose", "nose"])],
        "spec, label 'fish': sublabels['nose']: is there twice",
    ),
    (
        [make_skeleton("fish", [Label(name="nose", type="box")])],
        "spec, label 'fish': sublabels['nose']: parts are points, and it is for box",
    ),
    (
        [make_skeleton("fish", [Label(name="nose", attributes=(AGE, AGE))])],
        "spec, label 'fish', part 'nose': attributes['age']: is there twice",
    ),
    (
        labelled(Attribute(name="age", kind="radio")),
        "spec, label 'crab': attributes['age']: has no values to choose from",
    ),
    (
        labelled(Attribute(name="age", kind="number", minimum=3, maximum=2)),
        "spec, label 'crab': attributes['age']: its minimum, 3, is greater than its maximum, 2",
    ),
    (
        labelled(Attribute(name="age", kind="number", step=0)),
        "spec, label 'crab': attributes['age']: its step, 0, is not greater than 0",
    ),
]


@pytest.mark.parametrize(("labels", "message"), WRONG)
def test_a_rule_is_named_with_the_label(labels: list[Label], message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        Spec(labels=labels)
    assert str(caught.value) == message

"""Objects of EcoTaxa as tags, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport import ecotaxa, from_json, to_builtins
from annoport.errors import InvalidAnnotationError
from annoport.vision import Tag
from tests.vision.examples import examples


def taxon(number: int, name: str) -> ecotaxa.models.TaxonModel:
    whole: dict[str, Any] = {
        "id": number,
        "name": name,
        "display_name": name,
        "type": "P",
        "status": "A",
        "aphia_id": None,
        "rank": None,
        "renm_id": None,
        "lineage_status": "A",
        "children": [],
        "id_lineage": [number],
        "lineage": [name],
        "nb_objects": 1,
        "nb_children_objects": 0,
    }
    return from_json(json.dumps(whole), ecotaxa.models.TaxonModel)


CONVERTER = ecotaxa.Converter(
    [taxon(45072, "Cyclopoida"), taxon(7, "egg<other"), taxon(8, "twin"), taxon(9, "twin")]
)


def an_object(**fields: Any) -> ecotaxa.models.ObjectHeaderModel:
    names = ecotaxa.models.ObjectHeaderModel.__annotations__
    whole = {**dict.fromkeys(names), "objid": 1, "acquisid": 2, "orig_id": "o1", **fields}
    return from_json(json.dumps(whole), ecotaxa.models.ObjectHeaderModel)


@examples
@given(st.integers(1, 2**40), st.sampled_from([45072, 7]), st.sampled_from(["V", "D"]))
def test_random_objects_come_back_unchanged(number: int, taxon_id: int, status: Any) -> None:
    given = an_object(objid=number, classif_id=taxon_id, classif_qual=status, classif_who=3)
    tag = CONVERTER.from_object(given)
    assert tag is not None
    assert (tag.id, tag.source, tag.score) == (number, status, None)
    assert to_builtins(CONVERTER.to_classification([tag], status=status)) == {
        "target_ids": [number],
        "classifications": [taxon_id],
        "wanted_qualification": status,
    }


@examples
@given(st.integers(1, 2**40), st.floats(0, 1))
def test_random_predictions_come_back_unchanged(number: int, score: float) -> None:
    given = an_object(objid=number, classif_id=7, classif_qual="P", classif_score=score)
    tag = CONVERTER.from_object(given)
    assert tag is not None
    assert tag.label == "egg<other"
    assert to_builtins(CONVERTER.to_prediction([tag])) == {
        "target_ids": [number],
        "classifications": [7],
        "scores": [score],
        "keep_log": True,
    }


def test_an_object_without_a_taxon_is_no_annotation() -> None:
    assert CONVERTER.from_object(an_object(classif_id=None)) is None


def test_taxa_are_labels() -> None:
    assert [(label.name, label.id, label.type) for label in CONVERTER.labels()][:2] == [
        ("Cyclopoida", 45072, "tag"),
        ("egg<other", 7, "tag"),
    ]


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        (Tag(label="crab", id=1), "label: 0 taxa here have this name; one is needed"),
        (Tag(label="twin", id=1), "label: 2 taxa here have this name; one is needed"),
        (Tag(label="Cyclopoida"), "id: is not the id of an object"),
    ],
)
def test_what_does_not_fit_is_told_by_name(tag: Tag, message: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.to_classification([tag])
    assert str(caught.value) == f"{tag}: {message}"


def test_a_prediction_needs_a_score_and_an_object_a_known_taxon() -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.to_prediction([Tag(label="Cyclopoida", id=1)])
    assert str(caught.value) == "Tag 'Cyclopoida' on frame 0 (id 1): score: a prediction needs one"
    with pytest.raises(InvalidAnnotationError) as caught:
        CONVERTER.from_object(an_object(classif_id=5))
    assert str(caught.value) == "object 1: classif_id: no taxon here has the id 5"

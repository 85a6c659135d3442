"""Models as plain data and JSON, and back."""

from __future__ import annotations

import datetime
import json
import math

import pytest

import annoport
import annoport_cvat as cvat
import annoport_ecotaxa as ecotaxa
import annoport_tator as tator
from annoport.errors import DecodeError, InvalidBodyError, ResponseShapeWarning

BOX = cvat.models.LabeledShapeRequest(
    frame=3, label_id=1, type=cvat.models.ShapeType.RECTANGLE, points=[1.0, 2.5], group=None
)
FILTERS = ecotaxa.models.ProjectFilters(map_e="1.5")


def test_a_model_becomes_plain_data() -> None:
    plain = annoport.to_builtins([BOX])
    assert plain == [
        {"frame": 3, "label_id": 1, "type": "rectangle", "points": [1.0, 2.5], "group": None}
    ]
    assert json.loads(annoport.to_json([BOX])) == plain


def test_the_platform_s_names_are_kept() -> None:
    assert annoport.to_builtins({"filters": FILTERS}) == {"filters": {"MapE": "1.5"}}


def test_what_was_written_is_read_again() -> None:
    for value, kind in ((BOX, cvat.models.LabeledShapeRequest), (FILTERS, type(FILTERS))):
        assert annoport.from_json(annoport.to_json(value), kind) == value
    written = annoport.to_json([BOX]).decode()
    assert annoport.from_json(written, list[cvat.models.LabeledShapeRequest]) == [BOX]


def test_an_answer_that_did_not_fit_can_be_read_again() -> None:
    with pytest.warns(ResponseShapeWarning, match=r"\$\.id: expected integer, got null"):
        user = annoport.from_json(b'{"id":null}', cvat.models.BasicUser, strict=False)
    saved = annoport.to_json(user)
    assert json.loads(saved) == {"id": None}
    with pytest.raises(DecodeError, match="expected integer, got null"):
        annoport.from_json(saved, cvat.models.BasicUser)
    with pytest.warns(ResponseShapeWarning):
        assert annoport.from_json(saved, cvat.models.BasicUser, strict=False) == user


def test_what_json_lacks_is_not_written_as_something_else() -> None:
    odd = cvat.models.LabeledShapeRequest(
        frame=3, label_id=1, type=cvat.models.ShapeType.RECTANGLE, points=[1.0, math.nan]
    )
    with pytest.raises(InvalidBodyError, match=r"\$\[1\]\.points\[1\]: JSON has no nan"):
        annoport.to_json([BOX, odd])


def test_further_keys_are_saved_and_read() -> None:
    config = tator.models.EncodeConfig(crf=20, additional_properties={"profile:v": "high"})
    assert annoport.to_builtins(config) == {"crf": 20, "profile:v": "high"}
    assert annoport.from_json(annoport.to_json(config), tator.models.EncodeConfig) == config


def test_dates_are_texts() -> None:
    moment = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    assert annoport.to_builtins({"at": moment}) == {"at": "2026-11-22T00:00:00Z"}


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(DecodeError, match=r"LabeledShapeRequest.*label_id"):
        annoport.from_json(b'{"frame": 3, "type": "rectangle"}', cvat.models.LabeledShapeRequest)
    for convert in (annoport.to_builtins, annoport.to_json):
        with pytest.raises(InvalidBodyError, match="object"):
            convert(object())

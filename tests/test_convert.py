"""Models as plain data and JSON, and back."""

from __future__ import annotations

import datetime
import json

import pytest

import annoport
import annoport_cvat as cvat
import annoport_ecotaxa as ecotaxa
from annoport.errors import DecodeError, InvalidBodyError

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


def test_dates_are_texts() -> None:
    moment = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    assert annoport.to_builtins({"at": moment}) == {"at": "2026-11-22T00:00:00Z"}


def test_what_does_not_fit_is_an_error() -> None:
    with pytest.raises(DecodeError, match=r"LabeledShapeRequest.*label_id"):
        annoport.from_json(b'{"frame": 3, "type": "rectangle"}', cvat.models.LabeledShapeRequest)
    for convert in (annoport.to_builtins, annoport.to_json):
        with pytest.raises(InvalidBodyError, match="object"):
            convert(object())

"""What an annotation is, on any platform: shapes, tracks, masks, and labels by name.

Coordinates are in pixels, from the upper left corner of the upper left pixel; x goes right, y down.
Names load on first use. What works on pixels needs the extra `images`.
"""

from typing import TYPE_CHECKING

from annoport.core.support.lazy import lazy_exports

if TYPE_CHECKING:
    from annoport.vision import masks
    from annoport.vision.annotations import Annotation, Raw, Shape, Tag
    from annoport.vision.attributes import Attribute, AttributeKind, Value
    from annoport.vision.interpolation import interpolate
    from annoport.vision.labels import Label
    from annoport.vision.matching import LabelRule, Matched, match_labels
    from annoport.vision.shapes import (
        Box,
        Ellipse,
        Mask,
        Point,
        Points,
        Polygon,
        Polyline,
        Skeleton,
    )
    from annoport.vision.tracks import Track

__all__ = [
    "Annotation",
    "Attribute",
    "AttributeKind",
    "Box",
    "Ellipse",
    "Label",
    "LabelRule",
    "Mask",
    "Matched",
    "Point",
    "Points",
    "Polygon",
    "Polyline",
    "Raw",
    "Shape",
    "Skeleton",
    "Tag",
    "Track",
    "Value",
    "interpolate",
    "masks",
    "match_labels",
]

if not TYPE_CHECKING:
    # At run time only, so that type checkers know no names but those above.
    _MODULES = {
        "annotations": ("Annotation", "Raw", "Shape", "Tag"),
        "attributes": ("Attribute", "AttributeKind", "Value"),
        "interpolation": ("interpolate",),
        "labels": ("Label",),
        "matching": ("LabelRule", "Matched", "match_labels"),
        "shapes": (
            *("Box", "Ellipse", "Mask", "Point", "Points", "Polygon", "Polyline", "Skeleton"),
        ),
        "tracks": ("Track",),
    }
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {"masks": None, **{name: module for module, names in _MODULES.items() for name in names}},
    )

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
    from annoport.vision.coco import to_coco
    from annoport.vision.coco_reading import from_coco
    from annoport.vision.datasets import Dataset, Sample
    from annoport.vision.file_annotations import FileAnnotations
    from annoport.vision.folders import Written
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
    from annoport.vision.sources import Content, Frame, Media, Part, Picture, Source, WriteMode
    from annoport.vision.tracks import Track
    from annoport.vision.yolo import to_yolo
    from annoport.vision.yolo_reading import from_yolo

__all__ = [
    "Annotation",
    "Attribute",
    "AttributeKind",
    "Box",
    "Content",
    "Dataset",
    "Ellipse",
    "FileAnnotations",
    "Frame",
    "Label",
    "LabelRule",
    "Mask",
    "Matched",
    "Media",
    "Part",
    "Picture",
    "Point",
    "Points",
    "Polygon",
    "Polyline",
    "Raw",
    "Sample",
    "Shape",
    "Skeleton",
    "Source",
    "Tag",
    "Track",
    "Value",
    "WriteMode",
    "Written",
    "from_coco",
    "from_yolo",
    "interpolate",
    "masks",
    "match_labels",
    "to_coco",
    "to_yolo",
]

if not TYPE_CHECKING:
    # At run time only, so that type checkers know no names but those above.
    _MODULES = {
        "annotations": ("Annotation", "Raw", "Shape", "Tag"),
        "attributes": ("Attribute", "AttributeKind", "Value"),
        "coco": ("to_coco",),
        "coco_reading": ("from_coco",),
        "datasets": ("Dataset", "Sample"),
        "file_annotations": ("FileAnnotations",),
        "folders": ("Written",),
        "interpolation": ("interpolate",),
        "labels": ("Label",),
        "matching": ("LabelRule", "Matched", "match_labels"),
        "shapes": (
            *("Box", "Ellipse", "Mask", "Point", "Points", "Polygon", "Polyline", "Skeleton"),
        ),
        "sources": ("Content", "Frame", "Media", "Part", "Picture", "Source", "WriteMode"),
        "tracks": ("Track",),
        "yolo": ("to_yolo",),
        "yolo_reading": ("from_yolo",),
    }
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {"masks": None, **{name: module for module, names in _MODULES.items() for name in names}},
    )

"""Annotations from files in the form of COCO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import msgspec
from attrs import define, evolve, field

from annoport.core.errors import InvalidAnnotationError
from annoport.vision import keypoints, masks
from annoport.vision.annotations import Shape
from annoport.vision.attributes import Attribute, AttributeKind, Value
from annoport.vision.file_annotations import FileAnnotations
from annoport.vision.folders import Unfit
from annoport.vision.labels import ANY, Label
from annoport.vision.shapes import Box, Polygon
from annoport.vision.writing import check_choice

Shapes = Literal["any", "segmentation", "box"]
"""What annotations that COCO has in several forms become."""

_Id: TypeAlias = int | str
_ValueT = TypeVar("_ValueT")
_BOM = b"\xef\xbb\xbf"
_LEAST_NUMBERS = 6  # x and y of three points


class _Image(msgspec.Struct, gc=False):
    id: _Id
    file_name: str
    width: int | float | None = None
    height: int | float | None = None


class _Category(msgspec.Struct, gc=False):
    id: _Id
    name: str
    keypoints: list[str] | None = None


class _Runs(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: str | list[int]


class _Found(msgspec.Struct, gc=False):
    image_id: _Id
    category_id: _Id
    id: _Id | None = None
    bbox: list[float] | None = None
    segmentation: list[list[float]] | _Runs | None = None
    keypoints: list[float] | None = None
    score: float | None = None
    iscrowd: int | bool = 0
    attributes: dict[str, str | bool | int | float | list[int | float | str] | None] | None = None


class _Pictures(msgspec.Struct):
    """A document without its annotations, which are not even looked at."""

    images: list[_Image]
    categories: list[_Category]


class _Document(_Pictures):
    annotations: list[_Found]


def from_coco(
    path: Path | str,
    *,
    results: Path | str | None = None,
    shapes: Shapes = "any",
    unfit: Unfit = "error",
) -> FileAnnotations:
    """Read the annotations of a file in the form of COCO.

    Key points become a `Skeleton` with the names of the category, or `Points` if it has none. A
    segmentation becomes a `Polygon` for each of its outlines, or a `Mask` if it is run lengths,
    which need the extra `images`. What has neither becomes a `Box`. Key points that are all 0, such
    as those of a person too small for them, count as none.

    Of the visibility of a key point, 0 is outside, or absent where x and y are 0; 1 is occluded.
    Attributes that CVAT writes become fields: `occluded`, `track_id` as `track`, and `rotation` of
    a box; `keyframe` is left out. Outlines of one object, and what is a crowd, have the id and
    `iscrowd` in `raw["coco"]`.

    Args:
        path: The file, such as `instances.json`. The pictures are not looked for.
        results: A file with the results of a model, which is a list of annotations. They are read
            instead of those in `path`; the visibility of their key points means nothing.
        shapes: What an annotation becomes that has several forms: "any" takes key points before a
            segmentation, and that before the box; "segmentation" ignores key points; "box" takes
            the box only.
        unfit: "drop" leaves out annotations that cannot be, such as an outline of two points, and
            tells them in `dropped`.

    Returns:
        What is on each picture, and the labels.

    Raises:
        InvalidAnnotationError: The file is not in the form of COCO, names what it does not have, or
            has an annotation that cannot be, and `unfit` is "error". The message names the file and
            the place in it.
        OSError: A file cannot be read.
    """
    check_choice("shapes", shapes, get_args(Shapes))
    check_choice("unfit", unfit, get_args(Unfit))
    if results is None:
        document = _decoded(path, _Document)
        listed, file, name = document.annotations, path, "annotations"
        pictures: _Pictures = document
    else:
        pictures = _decoded(path, _Pictures)
        listed, file, name = _decoded(results, list[_Found]), results, ""
    images = _by_id([one.id for one in pictures.images], pictures.images, f"{path}", "images")
    categories = _by_id(
        [one.id for one in pictures.categories], pictures.categories, f"{path}", "categories"
    )
    _check_once([one.file_name for one in pictures.images], f"{path}", "images", "file_name")
    _check_once([one.name for one in pictures.categories], f"{path}", "categories", "name")
    reader = _Reader(images, categories, shapes, judged=results is not None)
    on: dict[_Id, list[Shape]] = {number: [] for number in images}
    dropped: list[InvalidAnnotationError] = []
    for index, found in enumerate(listed):
        try:
            on_picture = list(reader.read(found))
        except InvalidAnnotationError as error:
            placed = _placed(error, f"{file}", f"{name}[{index}]")
            if unfit == "error":
                raise placed from None
            dropped.append(placed)
        else:
            on[found.image_id] += on_picture
    return FileAnnotations(
        {images[number].file_name: tuple(shapes) for number, shapes in on.items()},
        tuple(_label(one, reader.values.get(one.name, {})) for one in pictures.categories),
        tuple(dropped),
    )


def _decoded(path: Path | str, kind: type[_ValueT]) -> _ValueT:
    content = Path(path).read_bytes().removeprefix(_BOM)
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise _misshapen(str(error), content, f"{path}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidAnnotationError(f"{path}", "document", f"is not JSON: {error}") from None


def _misshapen(text: str, content: bytes, file: str) -> InvalidAnnotationError:
    """Return the error for what has another form; the decoder tells the place."""
    rule, _, place = text.partition(" - at `$")
    if not place and content.lstrip().startswith(b"["):
        rule = (
            "is a list, as the results of a model are: pass it as results=, after the file with "
            "the images and categories"
        )
    return InvalidAnnotationError(file, place.rstrip("`").removeprefix(".") or "document", rule)


def _by_id(
    ids: Sequence[_Id], items: Sequence[_ValueT], file: str, name: str
) -> dict[_Id, _ValueT]:
    _check_once(ids, file, name, "id")
    return dict(zip(ids, items, strict=True))


def _check_once(values: Sequence[_Id], file: str, name: str, what: str) -> None:
    first: dict[_Id, int] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            rule = f"{value!r} is that of {name}[{first[value]}], too"
            raise InvalidAnnotationError(file, f"{name}[{index}].{what}", rule)


def _placed(error: InvalidAnnotationError, file: str, place: str) -> InvalidAnnotationError:
    """Return an error that says where in the file it is."""
    if error.item:
        return InvalidAnnotationError(file, place, str(error))
    return InvalidAnnotationError(file, f"{place}{error.field}", error.rule)


def _bad(where: str, rule: str) -> InvalidAnnotationError:
    return InvalidAnnotationError("", where, rule)


@define
class _Reader:
    """Makes shapes of COCO's annotations.

    Attributes:
        images: The pictures by id.
        categories: The categories by id.
        shapes: What annotations become that have several forms.
        judged: Whether the annotations are results, whose key points do not say how they are seen.
        values: For each label, the kinds of the attributes that were met.
    """

    images: Mapping[_Id, _Image]
    categories: Mapping[_Id, _Category]
    shapes: Shapes
    judged: bool
    values: dict[str, dict[str, set[AttributeKind]]] = field(
        factory=dict[str, dict[str, set[AttributeKind]]]
    )

    def read(self, found: _Found) -> Iterator[Shape]:
        """Yield the shapes of an annotation: one, or one for each outline."""
        if found.image_id not in self.images:
            raise _bad(".image_id", f"no image of the file has the id {found.image_id!r}")
        category = self.categories.get(found.category_id)
        if category is None:
            raise _bad(".category_id", f"no category of the file has the id {found.category_id!r}")
        fields = self._fields(found, category.name)
        if self.shapes == "any" and found.keypoints and any(found.keypoints):
            yield self._with_points(found.keypoints, category, fields)
        elif self.shapes == "box" or not found.segmentation:
            yield self._box(found, fields)
        elif isinstance(found.segmentation, _Runs):
            yield self._mask(found.segmentation, self.images[found.image_id], fields)
        else:
            yield from self._outlines(found.segmentation, fields)
        for name, value in fields["attributes"].items():
            kinds = self.values.setdefault(category.name, {})
            kinds.setdefault(name, set()).add(_kind(value))

    def _fields(self, found: _Found, label: str) -> dict[str, Any]:
        """Return what all shapes have; some attributes of CVAT are fields."""
        attributes: dict[str, Any] = found.attributes or {}
        fields: dict[str, Any] = {"label": label, "score": found.score, "attributes": attributes}
        if isinstance(attributes.get("occluded"), bool):
            fields["occluded"] = attributes.pop("occluded")
        if isinstance(attributes.get("keyframe"), bool) and "track_id" in attributes:
            del attributes["keyframe"]
            fields["track"] = attributes.pop("track_id")
        together = isinstance(found.segmentation, list) and len(found.segmentation) > 1
        if found.iscrowd or (together and self.shapes != "box"):
            fields["raw"] = {"coco": {"id": found.id, "iscrowd": int(found.iscrowd)}}
        return fields

    def _box(self, found: _Found, fields: dict[str, Any]) -> Box:
        if not found.bbox:
            what = "bbox" if self.shapes == "box" else "bbox, segmentation or keypoints"
            raise _bad("", f"has no {what}")
        if len(found.bbox) != 4:
            rule = f"{len(found.bbox)} numbers are not left, top, width and height"
            raise _bad(".bbox", rule)
        left, top, width, height = found.bbox
        for name, size in (("width", width), ("height", height)):
            if size < 0:
                raise _bad(".bbox", f"its {name}, {size:g}, is less than 0")
        turn = fields["attributes"].get("rotation")
        if isinstance(turn, int | float) and turn is not True and not found.segmentation:
            fields["rotation"] = fields["attributes"].pop("rotation")
        return Box(left=left, top=top, right=left + width, bottom=top + height, **fields)

    def _mask(self, runs: _Runs, image: _Image, fields: dict[str, Any]) -> Shape:
        size = (image.height, image.width)
        if None not in size and size != runs.size:
            rule = f"{list(runs.size)} is not height and width of the image, {list(size)}"
            raise _bad(".segmentation.size", rule)
        if min(runs.size) < 1:
            raise _bad(".segmentation.size", f"{list(runs.size)} is not a height and width")
        kept = {name: fields.pop(name) for name in ("occluded", "track", "raw") if name in fields}
        mask = masks.from_coco({"size": runs.size, "counts": runs.counts}, **fields)
        return evolve(mask, **kept)

    def _outlines(
        self, outlines: Sequence[Sequence[float]], fields: dict[str, Any]
    ) -> Iterator[Polygon]:
        for index, flat in enumerate(outlines):
            if len(flat) % 2 or len(flat) < _LEAST_NUMBERS:
                rule = f"{len(flat)} numbers are not x and y of three points or more"
                raise _bad(f".segmentation[{index}]", rule)
            yield Polygon(points=zip(flat[::2], flat[1::2], strict=True), **fields)

    def _with_points(
        self, flat: Sequence[float], category: _Category, fields: dict[str, Any]
    ) -> Shape:
        names = category.keypoints or []
        if len(flat) % 3 or (names and len(flat) != 3 * len(names)):
            of = f"the {len(names)} key points of {category.name!r}" if names else "key points"
            raise _bad(".keypoints", f"{len(flat)} numbers are not x, y and visibility of {of}")
        points: list[keypoints.KeyPoint] = []
        for at in range(0, len(flat), 3):
            x, y, seen = flat[at : at + 3]
            if self.judged:
                seen = 2 if x or y else 0
            if seen not in (0, 1, 2):
                raise _bad(f".keypoints[{at + 2}]", f"{seen:g} is not 0, 1 or 2")
            points.append((x, y, int(seen)))
        return (
            keypoints.to_skeleton(points, names, fields)
            if names
            else keypoints.to_points(points, fields)
        )


def _kind(value: Value) -> AttributeKind:
    if isinstance(value, bool):
        return "checkbox"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list) else "text"


def _label(category: _Category, values: Mapping[str, set[AttributeKind]]) -> Label:
    parts = category.keypoints or ()
    return Label(
        name=category.name,
        type="skeleton" if parts else ANY,
        sublabels=tuple(Label(name=part, type="points") for part in parts),
        attributes=tuple(
            Attribute(name=name, kind=min(kinds) if len(kinds) == 1 else "text")
            for name, kinds in values.items()
        ),
    )

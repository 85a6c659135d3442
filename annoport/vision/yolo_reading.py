"""Annotations from files in the form of YOLO."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from annoport.core.errors import InvalidAnnotationError, InvalidArgumentError
from annoport.vision.annotations import Shape
from annoport.vision.decoding import orientation
from annoport.vision.file_annotations import FileAnnotations
from annoport.vision.folders import Unfit
from annoport.vision.labels import Label
from annoport.vision.shapes import Box, Polygon
from annoport.vision.writing import check_choice

_PICTURES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
_NAMES = "classes.txt"  # labelling programs keep the names of the labels beside the texts
_ON_ITS_SIDE = 5  # from this orientation on, width and height change places


def from_yolo(
    labels: Path | str,
    pictures: Path | str,
    *,
    names: Sequence[str] | Mapping[int, str],
    unfit: Unfit = "error",
) -> FileAnnotations:
    """Read the annotations of a folder in the form of YOLO.

    A line of four numbers after the label is a `Box`, one of six or more a `Polygon`; one more
    number than that is the score. Key points are not read. The texts have shares of the width and
    height of a picture, which are read from the picture itself, with the extra `images`. A picture
    without a text has no annotations.

    Args:
        labels: The folder of the texts, such as `yolo/labels`; those in folders below count, too.
        pictures: The folder with the pictures of the same names, such as `yolo/images`; it may be
            the same one.
        names: Names of the labels by their numbers, as `names` in `data.yaml` has them.
        unfit: "drop" leaves out lines that cannot be, such as those of an unknown label, and tells
            them in `dropped`.

    Returns:
        What is on each picture, by its path in `pictures`, and the labels.

    Raises:
        InvalidAnnotationError: A text has no picture, or a line cannot be, and `unfit` is "error".
            The message names the file and the line.
        InvalidArgumentError: A folder does not exist, or two pictures have one text.
        OSError: A file cannot be read, or is no picture.
    """
    check_choice("unfit", unfit, get_args(Unfit))
    known = dict(names) if isinstance(names, Mapping) else dict(enumerate(names))
    texts, files = _by_stem(labels, "labels", (".txt",)), _by_stem(pictures, "pictures", _PICTURES)
    for stem, text in texts.items():
        if stem not in files:
            rule = f"there is no picture {stem!r} in {pictures}"
            raise InvalidAnnotationError(f"{text}", "picture", rule)
    found: dict[str, tuple[Shape, ...]] = {}
    dropped: list[InvalidAnnotationError] = []
    for stem, file in files.items():
        shapes: list[Shape] = []
        lines = _lines(texts.get(stem))
        size = _size(file) if lines else (1, 1)
        for place, line in lines:
            try:
                shapes.append(_shape(line, known, size))
            except InvalidAnnotationError as error:
                rule = str(error) if error.item else error.rule
                placed = InvalidAnnotationError(f"{texts[stem]}", place, rule)
                if unfit == "error":
                    raise placed from None
                dropped.append(placed)
        found[file.relative_to(pictures).as_posix()] = tuple(shapes)
    in_order = tuple(Label(name=known[number]) for number in sorted(known))
    return FileAnnotations(found, in_order, tuple(dropped))


def _by_stem(folder: Path | str, argument: str, suffixes: Sequence[str]) -> dict[str, Path]:
    """Return the files with these suffixes, by their paths in the folder without them."""
    root = Path(folder)
    if not root.is_dir():
        raise InvalidArgumentError(f"{argument} is {str(folder)!r}: there is no such folder")
    found: dict[str, Path] = {}
    for file in sorted(root.rglob("*")):
        if file.suffix.lower() not in suffixes or file.name == _NAMES:
            continue
        stem = file.relative_to(root).with_suffix("").as_posix()
        if stem in found:
            raise InvalidArgumentError(
                f"{argument}: {found[stem]} and {file} would have one text: rename one of them"
            )
        found[stem] = file
    return found


def _lines(text: Path | None) -> list[tuple[str, list[str]]]:
    """Return the words of each line that is not empty, and what the line is called."""
    content = text.read_bytes().decode("utf-8-sig", "backslashreplace") if text else ""
    lines = enumerate(content.splitlines(), 1)
    return [(f"line {number}", words) for number, line in lines if (words := line.split())]


def _size(file: Path) -> tuple[int, int]:
    """Return width and height of a picture as it is shown; its pixels are not decoded."""
    from PIL import Image

    with Image.open(file) as image:
        width, height = image.size
        turned = orientation(image) >= _ON_ITS_SIDE
    return (height, width) if turned else (width, height)


def _shape(words: Sequence[str], names: Mapping[int, str], size: tuple[int, int]) -> Shape:
    number, *rest = words
    figures = list(map(_figure, rest))
    if not number.isdecimal() or int(number) not in names:
        raise _bad(f"label {number!r} is none of the {len(names)} in names")
    if len(figures) < 4:
        raise _bad(f"{len(figures)} numbers are neither a box nor a polygon")
    score = figures.pop() if len(figures) % 2 else None
    fields: dict[str, Any] = {"label": names[int(number)], "score": score}
    width, height = size
    if len(figures) > 4:
        points = [(x * width, y * height) for x, y in zip(figures[::2], figures[1::2], strict=True)]
        return Polygon(points=points, **fields)
    x, y, across, down = figures
    return Box(
        left=(x - across / 2) * width,
        top=(y - down / 2) * height,
        right=(x + across / 2) * width,
        bottom=(y + down / 2) * height,
        **fields,
    )


def _figure(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _bad(f"{word!r} is not a finite number")
    return value


def _bad(rule: str) -> InvalidAnnotationError:
    return InvalidAnnotationError("", "", rule)

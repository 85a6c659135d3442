"""Annotations from folders in the form of YOLO, and what does not have that form."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from annoport import errors
from annoport.testing.images import png
from annoport.vision import Box, FileAnnotations, Label, Polygon, from_yolo

NAMES = ("crab", "fish")


def folders(root: Path, **texts: str | None) -> tuple[Path, Path]:
    """Make a folder of texts and one of pictures of 40 x 20 pixels, and return both."""
    labels, pictures = root / "labels", root / "images"
    for name, text in texts.items():
        for folder in (labels / "train", pictures / "train"):
            folder.mkdir(parents=True, exist_ok=True)
        (pictures / "train" / f"{name}.png").write_bytes(png(40, 20))
        if text is not None:
            (labels / "train" / f"{name}.txt").write_text(text, encoding="utf-8")
    return labels, pictures


def test_boxes_polygons_and_scores(tmp_path: Path) -> None:
    text = (
        "\ufeff0 0.5 0.5 0.5 0.25\n\n1 0.5 0.5 0.5 0.25 0.75\n1 0 0 1 0 1 0.5\n1 0 0 1 0 1 0.5 1\n"
    )
    labels, pictures = folders(tmp_path, a=text, b="", c=None)
    (labels / "classes.txt").write_text("crab\nfish\n", encoding="utf-8")
    corners = ((0, 0), (40, 0), (40, 10))
    expected = FileAnnotations(
        {
            "train/a.png": (
                Box(label="crab", left=10, top=7.5, right=30, bottom=12.5),
                Box(label="fish", left=10, top=7.5, right=30, bottom=12.5, score=0.75),
                Polygon(label="fish", points=corners),
                Polygon(label="fish", points=corners, score=1),
            ),
            "train/b.png": (),
            "train/c.png": (),
        },
        (Label(name="crab"), Label(name="fish")),
    )
    assert from_yolo(labels, pictures, names=NAMES) == expected
    assert from_yolo(f"{labels}", f"{pictures}", names={1: "fish", 0: "crab"}) == expected


def test_texts_beside_a_picture_that_lies_on_its_side(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    (tmp_path / "a.txt").write_text("0 0.5 0.5 1 1", encoding="utf-8")
    found = from_yolo(tmp_path, tmp_path, names=NAMES)
    assert found.pictures == {"a.jpg": (Box(label="crab", left=0, top=0, right=20, bottom=40),)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0 0 0 0", "label '2' is none of the 2 in names"),
        ("-1 0 0 0 0", "label '-1' is none of the 2 in names"),
        ("0 0.5 x 0 0", "'x' is not a finite number"),
        ("0 0.5 nan 0 0", "'nan' is not a finite number"),
        ("0 1 2 3", "3 numbers are neither a box nor a polygon"),
        ("0 0.5 0.5 -0.5 0.5", "Box 'crab' on frame 0: right: 10 is less than left, 30"),
        ("0 0 0 1 1 2", "Box 'crab' on frame 0: score: 2.0 is not between 0 and 1"),
    ],
)
def test_a_line_that_cannot_be_is_told_with_its_place(
    tmp_path: Path, line: str, message: str
) -> None:
    labels, pictures = folders(tmp_path, a=f"0 0.5 0.5 1 1\n{line}\n")
    with pytest.raises(errors.InvalidAnnotationError) as caught:
        from_yolo(labels, pictures, names=NAMES)
    assert str(caught.value) == f"{labels / 'train' / 'a.txt'}: line 2: {message}"
    found = from_yolo(labels, pictures, names=NAMES, unfit="drop")
    assert list(map(str, found.dropped)) == [str(caught.value)]
    assert found.pictures == {
        "train/a.png": (Box(label="crab", left=0, top=0, right=40, bottom=20),)
    }


def test_texts_without_a_picture_and_pictures_with_one_text(tmp_path: Path) -> None:
    labels, pictures = folders(tmp_path, a="0 0.5 0.5 1 1")
    (pictures / "train" / "a.png").rename(pictures / "a.png")
    with pytest.raises(errors.InvalidAnnotationError) as absent:
        from_yolo(labels, pictures, names=NAMES)
    assert str(absent.value) == (
        f"{labels / 'train' / 'a.txt'}: picture: there is no picture 'train/a' in {pictures}"
    )
    (pictures / "a.JPG").write_bytes(png(1, 1))
    with pytest.raises(errors.InvalidArgumentError) as twice:
        from_yolo(labels, pictures, names=NAMES)
    assert str(twice.value) == (
        f"pictures: {pictures / 'a.JPG'} and {pictures / 'a.png'} would have one text: rename one "
        "of them"
    )
    with pytest.raises(errors.InvalidArgumentError) as missing:
        from_yolo(tmp_path / "none", pictures, names=NAMES)
    assert str(missing.value) == f"labels is {str(tmp_path / 'none')!r}: there is no such folder"

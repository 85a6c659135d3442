"""Compare what flows of CVAT leave with what cvat-sdk leaves; run in an environment of its own."""

from __future__ import annotations

import importlib
import io
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from annoport import cvat, vision
from annoport.testing import FakeServer, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.images import jpeg, png

# Their types are not ours to check: neither is in the environment of the tests.
SDK: Any = importlib.import_module("cvat_sdk")
SDK_MODELS: Any = importlib.import_module("cvat_sdk.models")
PIL_IMAGE: Any = importlib.import_module("PIL.Image")

_PASSING = (
    *("id", "task_id", "label_id"),
    *("created", "updated", "assignee_updated", "chunks_updated"),
)
"""Ids and times: no two tasks have the same."""

_KINDS = ("rectangle", "polygon", "any")


@attrs.frozen
class Both:
    """One server with a client of each."""

    server: FakeServer[FakeCvat]
    ours: cvat.Client
    theirs: Any

    def left(self, task: int) -> Any:
        """Return what is stored of a task, without ids and times."""
        state = self.server.fake.state
        found = state.tasks[task]
        names = {label.id: label.name for label in state.labels_of(found)}
        shapes = [
            {**_lasting(shape), "label": names[shape["label_id"]]}
            for kind in (found.tags, found.shapes, found.tracks)
            for shape in kind
        ]
        return {
            "task": {
                **_lasting(_fields(found)),
                "images": [(image.name, image.content) for image in found.images],
                **dict.fromkeys(("tags", "shapes", "tracks", "owner", "owners", "twins")),
            },
            "annotations": shapes,
            "labels": [_lasting(label.show()) for label in state.labels_of(found)],
            "jobs": [_lasting(_fields(job)) for job in state.jobs_of(found)],
        }


def _fields(stored: Any) -> dict[str, Any]:
    return attrs.asdict(stored, recurse=False)


def _lasting(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record without what differs from one to the next."""
    kept = {name: value for name, value in stored.items() if name not in _PASSING}
    if "attributes" in kept:
        kept["attributes"] = [_lasting(each) for each in kept["attributes"]]
    return kept


def judge_task(both: Both, dice: random.Random, folder: Path) -> None:
    """A task from a folder, with labels, options and annotations from a file, is the same."""
    names = _pictures(dice, folder)
    labels = _labels(dice)
    settings = {
        "segment_size": dice.choice([0, 2, 3]),
        "subset": dice.choice(["", "Train"]),
        "bug_tracker": dice.choice(["", "https://bugs.example.org"]),
    }
    order = dice.choice(["natural", "lexicographical", "random", "predefined"])
    start = dice.randrange(2) if len(names) > 1 else 0
    options = {"image_quality": dice.randint(1, 100), "chunk_size": dice.randint(1, 9)}
    if start:
        options["start_frame"] = start
    step = dice.choice([None, 2, 3])
    file = _coco(dice, folder, names, [label["name"] for label in labels])
    dice.shuffle(names)
    paths = [folder / "pictures" / name for name in names]
    theirs = both.theirs.tasks.create_from_data(
        SDK_MODELS.TaskWriteRequest(
            name="dive",
            labels=[SDK_MODELS.PatchedLabelRequest(**label) for label in labels],
            **settings,
        ),
        resources=paths,
        data_params={**options, "sorting_method": order, "frame_step": step},
        annotation_path=str(file),
        annotation_format="COCO 1.0",
    )
    data = cvat.models.DataRequest(**options)  # type: ignore[arg-type] # numbers all
    if step:
        data.frame_filter = f"step={step}"
    ours = cvat.create_task(
        both.ours,
        cvat.models.TaskWriteRequest(name="dive", **settings),  # type: ignore[arg-type] # fits
        paths,
        labels=[_neutral(label) for label in labels],
        data=data,
        order=names if order == "predefined" else order,
        annotations=file,
        format="COCO 1.0",
    )
    assert both.left(ours.id) == both.left(theirs.id), (settings, options, order, names)


def judge_frames(both: Both, dice: random.Random, folder: Path) -> None:
    """Frames have the same names and pixels, and the bytes that the server sends."""
    names = _pictures(dice, folder)
    task = cvat.create_task(both.ours, "dive", folder / "pictures", labels=["a"])
    known = both.theirs.tasks.retrieve(task.id)
    frames = sorted(dice.sample(range(len(names)), dice.randint(1, len(names))))
    quality: Any = dice.choice(["original", "compressed"])
    ours, theirs = folder / "ours", folder / "theirs"
    saved = cvat.save_frames(both.ours, task, ours, frames=frames, quality=quality)
    known.download_frames(frames, outdir=theirs, quality=quality)
    assert sorted(path.name for path in saved.values()) == sorted(
        path.name for path in theirs.iterdir()
    )
    for frame, path in saved.items():
        assert path.read_bytes() == known.get_frame(frame, quality=quality).read()
        if path.suffix == ".png":  # theirs are written anew; of JPEGs, that changes pixels
            assert _pixels(path) == _pixels(theirs / path.name)


def _pixels(path: Path) -> Any:
    picture = PIL_IMAGE.open(io.BytesIO(path.read_bytes()))
    return picture.size, picture.convert("RGB").tobytes()


def _pictures(dice: random.Random, folder: Path) -> list[str]:
    """Write pictures whose names are not sorted alike by all ways to sort."""
    (folder / "pictures").mkdir()
    numbers = dice.sample(range(120), dice.randint(1, 12))
    names = [f"{dice.choice(['a', 'B', 'dive '])}{number}" for number in numbers]
    found = list[str]()
    for name in names:
        width, height = dice.randint(1, 40), dice.randint(1, 40)
        if dice.random() < 0.7:
            found.append(f"{name}.png")
            content = png(width, height, shade=dice.randrange(256))
        else:
            found.append(f"{name}.jpg")
            content = jpeg(width, height)
        (folder / "pictures" / found[-1]).write_bytes(content)
    return found


def _labels(dice: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "color": f"#{dice.randrange(0x1000000):06x}",
            "type": dice.choice(_KINDS),
            "attributes": [
                {
                    "name": "age",
                    "mutable": dice.choice([True, False]),
                    "input_type": "select",
                    "values": ["young", "old"],
                    "default_value": "old",
                }
            ]
            * dice.randrange(2),
        }
        for name in dice.sample(["crab", "cod", "shrimp"], dice.randint(1, 3))
    ]


def _neutral(label: Mapping[str, Any]) -> vision.Label:
    attributes = [
        vision.Attribute(
            name=each["name"],
            kind=each["input_type"],
            mutable=each["mutable"],
            values=each["values"],
            default=each["default_value"],
        )
        for each in label["attributes"]
    ]
    return vision.Label(
        name=label["name"],
        color=label["color"],
        type="box" if label["type"] == "rectangle" else label["type"],
        attributes=attributes,
    )


def _coco(dice: random.Random, folder: Path, names: list[str], labels: list[str]) -> Path:
    path = folder / "annotations.json"
    images = [{"id": number, "file_name": name} for number, name in enumerate(names, 1)]
    boxes = [
        {
            "id": number,
            "image_id": dice.randint(1, len(names)),
            "category_id": dice.randint(1, len(labels)),
            "bbox": [dice.randrange(9), dice.randrange(9), dice.randint(1, 9), dice.randint(1, 9)],
        }
        for number in range(dice.randrange(6))
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(labels, 1)]
    document = {"images": images, "categories": categories, "annotations": boxes}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


JUDGES: dict[str, Callable[[Both, random.Random, Path], None]] = {
    "create_task": judge_task,
    "save_frames": judge_frames,
}


def main() -> None:
    """Let each judge see as many random cases as the first argument says."""
    runs = int(sys.argv[1])
    with serve("cvat", job_seconds=0.0, anonymous_per_minute=None) as server:
        client = SDK.Client(
            server.url, config=SDK.Config(status_check_period=0.01), check_server_version=False
        )
        client.login((server.username, server.password))
        with cvat.Client(server.url, token=server.token) as ours:
            for name, judge in JUDGES.items():
                for seed in range(runs):
                    with tempfile.TemporaryDirectory() as folder:
                        judge(Both(server, ours, client), random.Random(seed), Path(folder))
                print(f"{name}: {runs} cases alike")


if __name__ == "__main__":
    main()

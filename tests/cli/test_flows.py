"""The functions that take several requests, and many exports, as commands."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annoport import testing
from annoport.cli.flow_names import flow_names
from annoport.cli.flows import flows
from annoport.testing.images import png
from tests.cli.commands import environment, here
from tests.shared import PLATFORMS

_UNSAID = {
    "cvat": {"set_labels"},
    "ecotaxa": set[str](),
    "tator": {"delete", "frames", "state_images", "update"},
}


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Any]]:
    with (
        testing.serve("cvat") as cvat,
        testing.serve("tator") as tator,
        testing.serve("ecotaxa") as ecotaxa,
    ):
        yield {"CVAT": cvat, "TATOR": tator, "ECOTAXA": ecotaxa}


@pytest.fixture(autouse=True)
def _logged_in(servers: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix, server in servers.items():
        monkeypatch.setenv(f"{prefix}_URL", server.url)
        monkeypatch.setenv(f"{prefix}_TOKEN", server.token)
    monkeypatch.setenv("ANNOPORT_CONFIG", str(tmp_path / "config"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_flow_is_a_command_that_can_be_one(platform: str) -> None:
    said = flows(platform)
    assert {name.replace("-", "_") for name in said} == set(flow_names(platform)) - _UNSAID[
        platform
    ]
    listed = here(platform, "--help").out
    for shown in said:
        assert f"  {shown} " in listed
        assert here(platform, shown, "--help").code == 0


def test_a_folder_of_images_becomes_a_task_with_labels(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file in files:
        file.write_bytes(png(8, 8))
    made = here(
        "cvat", "create-task", "dive", *map(str, files), "--labels", "crab", "--labels", "cod",
        "--quiet",
    )  # fmt: skip
    assert made.code == 0, made.err
    task = json.loads(made.out)
    assert (task["name"], task["size"]) == ("dive", 3)
    labels = here(
        "cvat", "labels", "list", "--task-id", str(task["id"]), "-o", "csv", "--columns=name"
    )
    assert sorted(labels.out.split()[1:]) == ["cod", "crab"]
    saved = here("cvat", "save-frames", str(task["id"]), f"{tmp_path}/frames")
    assert len(saved.out.splitlines()) == 3
    assert all(Path(line).is_file() for line in saved.out.splitlines())


def test_one_name_or_several(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(png(8, 8))
    task = json.dumps({"name": "dive", "segment_size": 1, "labels": [{"name": "crab"}]})
    files = [f"{tmp_path}/a.png", f"{tmp_path}/b.png"]
    words = ("--output", "csv", "--columns", "segment_size,size", "--quiet")
    for order in (["--order", "random"], ["--order", "b.png", "--order", "a.png"]):
        done = here("cvat", "create-task", task, *files, *order, *words)
        assert done == (0, "segment_size,size\n1,2\n", ""), done.err


def test_objects_become_csv() -> None:
    done = here(
        "ecotaxa", "objects-table", "1", "--filters", "obj.classif_qual == V", "--output", "csv",
        "--columns", "obj.objid", "--columns", "obj.classif_qual", "--quiet",
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert done.code == 0, done.err
    assert {row["obj.classif_qual"] for row in rows} == {"V"}


def test_a_flow_that_deletes_asks() -> None:
    done = here("cvat", "delete-annotations", "1", "--source", "manual")
    assert (done.code, done.out) == (2, "")
    assert "nobody can be asked here whether to do it; add --yes" in done.err


def test_many_exports_which_go_on(tmp_path: Path) -> None:
    words = (
        "cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]",
        "--set", "format=COCO 1.0", "--to", f"{tmp_path}/out", "--quiet", "--output", "csv",
        "--columns", "state",
    )  # fmt: skip
    assert here(*words) == (0, "state\ndone\ndone\n", "")
    assert len(list(tmp_path.glob("out/*/*.zip"))) == 2
    assert here(*words) == (0, "state\nskipped\nskipped\n", "")


def test_exports_that_fail(tmp_path: Path) -> None:
    done = here(
        "cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]",
        "--set", "format=None such 1.0", "--to", str(tmp_path), "--quiet", "--output", "csv",
        "--columns", "state",
    )  # fmt: skip
    assert done == (
        1,
        "state\nfailed\nfailed\n",
        "annoport: 2 of 2 failed; the same command tries them again\n",
    )


def test_an_export_of_nothing(tmp_path: Path) -> None:
    wrong = here("cvat", "export", "tasks.list", "--to", str(tmp_path))
    assert wrong.code == 2
    assert "'tasks.list' exports nothing: expected one of " in wrong.err
    assert "tasks.download-dataset" in wrong.err
    none = here(
        "cvat", "export", "tasks.download-dataset", "--where", "id == 99999", "--to", str(tmp_path)
    )
    assert none.code == 2
    assert "nothing fulfils the condition" in none.err


def test_a_flow_without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*environment(), "CVAT_URL"]:
        if name.startswith("CVAT_"):
            monkeypatch.delenv(name)
    assert here("cvat", "back-up", "1", str(tmp_path)).code == 2

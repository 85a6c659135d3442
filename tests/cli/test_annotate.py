"""Models that annotate, as commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from annoport import tator
from annoport.cli.annotate import sources
from annoport.cli.index import word
from annoport.testing.images import png
from tests.cli.commands import environment, here, interruptible

pytestmark = pytest.mark.usefixtures("logged_in_here")

_FUNCTION = """
import time
from pathlib import Path

from annoport.functions import Spec, make_labels
from annoport.vision import Box, Mask, Tag


class Finder:
    def __init__(self, label, kind, score, fails, gate):
        self.labels, self.kind, self.score = label.split(","), kind, score
        self.spec = Spec(labels=make_labels(self.labels, type="tag" if kind == "tag" else "any"))
        self.fails, self.gate = fails, Path(gate)

    def detect_batch(self, contexts, images):
        while contexts[-1].frame == 2 and not self.gate.exists():
            time.sleep(0.01)
        print("batch", len(images))
        if self.fails and contexts[-1].frame == 2:
            raise ValueError("no eyes")
        return [list(self.found(image)) for image in images]

    def found(self, image):
        for label in self.labels:
            if self.kind == "tag":
                yield Tag(label=label, score=self.score)
            elif self.kind == "mask":
                place = {"left": 1, "top": 1, "width": 3, "height": 2, "runs": [0, 6]}
                yield Mask(label=label, score=self.score, **place)
            else:
                yield Box(label=label, left=1, top=1, right=4, bottom=3, score=self.score)


def create(label="fox", kind="box", score=0.5, fails=False, gate="/"):
    return Finder(label, kind, score, fails, gate)
"""


@pytest.fixture
def finder(tmp_path: Path) -> str:
    path = tmp_path / "finder.py"
    path.write_text(_FUNCTION, encoding="utf-8")
    return str(path)


@pytest.fixture
def task(tmp_path: Path) -> str:
    """A new task with three pictures, in a project of its own."""
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(8, 8))
    project = here(
        *("cvat", "create-project", f"meadow {tmp_path.name}", "--labels", "fox", "-q"),
        *("--labels", "deer"),
    )
    assert project.code == 0, project.err
    made = here(
        *("cvat", "create-task", "dive", *(f"{tmp_path}/{number}.png" for number in range(3))),
        *("--project", str(json.loads(project.out)["id"]), "-q"),
    )
    assert made.code == 0, made.err
    return str(json.loads(made.out)["id"])


def annotated(*words: str, code: int = 0) -> dict[str, Any]:
    """Run the command, and return what it says it has done."""
    done = here(*words, "--quiet")
    assert done.code == code, done.err
    assert done.err == ""
    *_, last = done.out.splitlines()
    found: dict[str, Any] = json.loads(last)
    return found


def shapes(servers: dict[str, Any], task: str) -> list[tuple[str, int, str, float]]:
    """What is on a task: type, frame, source and score of each shape."""
    stored = servers["cvat"].fake.state.tasks[int(task)]
    return sorted(
        (one["type"], one["frame"], one["source"], one.get("score", 0)) for one in stored.shapes
    )


# --------------------------------------------------------------------------- three platforms


@pytest.mark.parametrize(
    ("platform", "kinds"),
    [
        ("cvat", ["job", "project", "task"]),
        ("ecotaxa", ["project"]),
        ("tator", ["media", "project", "section"]),
    ],
)
def test_every_source_is_a_command(platform: str, kinds: list[str]) -> None:
    assert sorted(map(word, sources(platform))) == kinds
    assert "  annotate " in here(platform, "--help").out
    listed = here(platform, "annotate", "--help").out
    for kind in kinds:
        assert f"  {kind} " in listed
        told = here(platform, "annotate", kind, "--help")
        assert (told.code, told.err) == (0, "")
        assert f"{kind.upper() if kind != 'media' else 'MEDIUM'}  " in told.out


def test_a_task(servers: dict[str, Any], task: str, finder: str) -> None:
    done = annotated("cvat", "annotate", "task", task, "--function-file", finder)
    figures = ("frames", "annotations", "labels", "left_out", "resumed", "dry_run")
    assert {name: done[name] for name in figures} == {
        "frames": 3,
        "annotations": 3,
        "labels": {"fox": 3},
        "left_out": [],
        "resumed": 0,
        "dry_run": False,
    }
    assert shapes(servers, task) == [("rectangle", frame, "auto", 0.5) for frame in range(3)]


def test_a_job_and_a_project(servers: dict[str, Any], task: str, finder: str) -> None:
    state = servers["cvat"].fake.state
    stored = state.tasks[int(task)]
    (job,) = state.jobs_of(stored)
    words = ("--function-file", finder)
    assert annotated("cvat", "annotate", "job", str(job.id), *words)["annotations"] == 3
    project = ("cvat", "annotate", "project", str(stored.project_id))
    assert annotated(*project, *words, "-p", "label=str:deer")["labels"] == {"deer": 3}
    assert len(stored.shapes) == 6


def test_media_of_tator(finder: str) -> None:
    words = ("--function-file", finder, "-p", "label=str:Whale")
    medium = ("tator", "annotate", "media", "14", *words)
    assert here(*medium, "--quiet").err == (
        "annoport: medium 14: the source has 2 versions, and one of them is to be written: pass "
        "--versions with that one; it has 'Baseline' (1), 'Reviewed' (4)\n"
    )
    assert annotated(*medium, "--versions", "4")["labels"] == {"Whale": 1}
    dry = ("--dry-run", "--batch-size", "3")
    section = annotated("tator", "annotate", "section", "2", *words, "--versions", "4", *dry)
    assert (section["dry_run"], section["annotations"]) == (True, section["frames"])
    with tator.Client.from_env() as client:
        written = [one.version for one in client.localizations.list(1, media_id=[14])]
    assert written.count(4) == 1


def test_objects_of_ecotaxa(finder: str) -> None:
    words = ("--function-file", finder, "-p", "kind=str:tag", "-p", "label=str:Calanoida")
    where = ("--filters", "obj.classif_qual == P")
    done = annotated("ecotaxa", "annotate", "project", "1", *words, *where, "--dry-run")
    assert done["labels"] == {"Calanoida": done["frames"]}
    assert done["frames"] > 0


# --------------------------------------------------------------------------- options


def test_parameters_and_batches(task: str, finder: str) -> None:
    done = here(
        *("cvat", "annotate", "task", task, "--function-file", finder, "--batch-size", "2"),
        *("-p", "label=str:deer", "--parameter", "score=float:0.25", "-q", "--dry-run"),
    )
    assert done.out.splitlines()[:2] == ["batch 2", "batch 1"]
    wrong = here(
        "cvat", "annotate", "task", task, "--function-file", finder, "-p", "score=0.5", "-q"
    )
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == (
        "annoport: parameter 'score=0.5': expected NAME=TYPE:VALUE, where TYPE is str, int, "
        "float, bool\n"
    )


def test_a_module(task: str, tmp_path: Path, finder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("cvat", "annotate", "task", task, "--function-module", "finder", "--dry-run")
    missing = here(*words)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == (
        "annoport: function finder: there is no module 'finder'; a file is named with its ending "
        ".py\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert annotated(*words)["annotations"] == 3
    del sys.modules["finder"]


def test_a_threshold(servers: dict[str, Any], task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder)
    assert annotated(*words, "--threshold", "0.6")["annotations"] == 0
    assert annotated(*words, "--threshold", "0.5")["annotations"] == 3


def test_polygons(servers: dict[str, Any], task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder, "-p", "kind=str:mask")
    annotated(*words)
    annotated(*words, "--polygons")
    assert [one[0] for one in shapes(servers, task)] == ["mask"] * 3 + ["polygon"] * 3


def test_labels_of_other_names(task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder)
    three = ("-p", "label=str:fox,reindeer,stone", "--dry-run")
    unmatched = here(*words, *three, "-q")
    assert (unmatched.code, unmatched.out) == (1, "")
    assert unmatched.err == (
        f"annoport: function {finder}, label='fox,reindeer,stone': label 'reindeer': name: the "
        "place has 'deer', 'fox'; --map can say what it is there, and --allow-unmatched leaves it "
        "out\n"
    )
    mapped = annotated(*words, *three, "--map", "reindeer=deer", "--map", "stone=")
    assert (mapped["labels"], mapped["left_out"]) == ({"fox": 3, "deer": 3}, [])
    dropped = annotated(*words, *three, "--allow-unmatched")
    assert (dropped["labels"], dropped["left_out"]) == (
        {"fox": 3},
        ["label 'reindeer'", "label 'stone'"],
    )
    wrong = here(*words, "--map", "reindeer")
    assert (wrong.code, wrong.out) == (2, "")
    assert "--map 'reindeer': expected LABEL=NAME, or LABEL= to leave it out" in wrong.err


def test_replacing_asks(servers: dict[str, Any], task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder)
    annotated(*words)
    replace = (*words, "-p", "score=float:0.75", "--mode", "replace")
    refused = here(*replace)
    assert (refused.code, refused.out) == (2, "")
    assert (
        "Put what the function finds in place of what is there (cvat annotate task "
        f"{task}): nobody can be asked here whether to do it; add --yes" in refused.err
    )
    assert annotated(*replace, "--dry-run")["dry_run"]
    assert {one[3] for one in shapes(servers, task)} == {0.5}
    annotated(*replace, "--yes")
    assert [one[3] for one in shapes(servers, task)] == [0.75] * 3


def test_replacing_what_a_model_made(servers: dict[str, Any], task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder)
    annotated(*words)
    stored = servers["cvat"].fake.state.tasks[int(task)]
    stored.shapes[0]["source"] = "manual"
    annotated(*words, "-p", "score=float:0.75", "--mode", "replace-auto", "--yes")
    assert sorted((one["source"], one["score"]) for one in stored.shapes) == [
        *[("auto", 0.75)] * 3,
        ("manual", 0.5),
    ]


# --------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("more", [(), ("--function-file", "{}", "--function-module", "finder")])
def test_one_function_is_needed(more: tuple[str, ...], finder: str) -> None:
    done = here("cvat", "annotate", "task", "1", *(word.format(finder) for word in more))
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith("Error: one of --function-module and --function-file is needed\n")


def test_a_function_that_fails(task: str, finder: str) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder, "-p", "fails=bool:true")
    done = here(*words, "-q")
    assert (done.code, done.out) == (1, "batch 3\n")
    assert done.err == (
        f"annoport: function {finder}, fails=True, task {task}, frame 0 (0.png) and the 2 after "
        "it: ValueError: no eyes (--debug shows where)\n"
    )
    debug = here(*words, "-q", "--debug")
    assert f'File "{finder}", line' in debug.err


def test_a_run_that_was_broken_off_goes_on_or_begins_anew(
    servers: dict[str, Any], task: str, finder: str
) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder, "-p", "fails=bool:true")
    held = (*words, "--batch-size", "1", "-q")
    for more, count in (((), 2), ((), 2), (("--anew",), 4)):
        assert here(*held, *more).code == 1
        assert len(shapes(servers, task)) == count


def test_a_task_that_does_not_exist(finder: str) -> None:
    done = here("cvat", "annotate", "task", "99999", "--function-file", finder)
    assert (done.code, done.out) == (4, "")


def test_ctrl_c_leaves_what_goes_on(
    servers: dict[str, Any], task: str, finder: str, tmp_path: Path
) -> None:
    words = ("cvat", "annotate", "task", task, "--function-file", finder)
    gate = tmp_path / "gate"
    held = (*words, "--batch-size", "1", "-p", f"gate=str:{gate}")
    running = subprocess.Popen(
        interruptible(*held, "-q"),
        env={**environment(), **os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(shapes(servers, task)) < 2:  # written while the function is at the third picture
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate()
    assert running.returncode == 130, out
    assert err == (
        "annoport: the same command, given again, goes on where this was\nannoport: interrupted\n"
    )
    gate.touch()
    done = annotated(*held)
    assert (done["frames"], done["resumed"]) == (1, 2)
    assert shapes(servers, task) == [("rectangle", frame, "auto", 0.5) for frame in range(3)]

"""Messages in the words of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annoport.cli.spoken import spoken
from tests.cli.commands import environment, here


def test_arguments_become_options() -> None:
    options = {"into": "--into", "save_images": "--save-images"}
    said = "pass into=[1, 2], or save_images= and x=1; into='a'"
    assert (
        spoken(said, options, "cvat") == "pass --into [1, 2], or --save-images and x=1; --into 'a'"
    )
    flags = "save_images=True adds them, save_images=False does not, save_images=Trueish"
    assert spoken(flags, options, "cvat") == (
        "--save-images adds them, --no-save-images does not, --save-images Trueish"
    )
    query = "GET /api/users?into=1&save_images=2: no"
    assert spoken(query, options, "cvat") == query


def test_an_argument_without_an_option_is_no_choice() -> None:
    options = {"to": "--to", "format": "--set format=", "name": None, "manifest": None}
    for said in ("another name= or to=", "another to= or manifest="):
        assert spoken(said, options, "cvat") == "another --to"
    assert spoken("another mode= or to=", options, "cvat") == "another mode= or --to"
    assert spoken("such as format='COCO 1.0'", options, "cvat") == "such as --set format='COCO 1.0'"


def test_methods_become_commands() -> None:
    said = "client.server.retrieve_annotation_formats() or tasks.partial_update(), not tasks.fly()"
    assert spoken(said, {}, "cvat") == (
        "`annoport cvat server retrieve-annotation-formats` or `annoport cvat tasks update`, not "
        "tasks.fly()"
    )


def test_methods_of_jobs_and_flows_become_commands() -> None:
    said = "wait() returns then; job.result() returns the id, which tator.download_media() takes"
    assert spoken(said, {}, "tator") == (
        "`annoport job wait` returns then; `annoport job wait` returns the id, which `annoport "
        "tator download-media` takes"
    )
    assert spoken("a.wait() or cvat.fly()", {}, "cvat") == "a.wait() or cvat.fly()"


def test_what_the_command_line_cannot_pass_is_left_out() -> None:
    said = "choose another target, or pass overwrite='replace' to replace it; or give up"
    assert spoken(said, {"overwrite": None}, "cvat") == "choose another target; or give up"
    assert spoken(said, {}, "cvat") == said


def test_a_file_that_is_there(cvat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment(CVAT_URL=cvat.url, CVAT_TOKEN=cvat.token).items():
        monkeypatch.setenv(name, text)
    path = tmp_path / "a.zip"
    path.write_bytes(b"mine")
    words = ("cvat", "tasks", "download-dataset", "1", str(path), "--format", "COCO 1.0", "-q")
    done = here(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"annoport: cannot write {path}: it already exists; choose another target, or pass "
        "--overwrite 'replace' to replace it\n"
    )
    assert here(*words, "--overwrite", "replace").code == 0
    path.write_bytes(b"mine")
    export = ("cvat", "tasks", "create-dataset-export", "1", "--format", "COCO 1.0", "-q")
    assert here(*export, "--download", str(path)) == (
        1,
        "",
        f"annoport: cannot write {path}: it already exists; choose another target\n",
    )


def test_a_format_that_the_server_lacks(cvat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment(CVAT_URL=cvat.url, CVAT_TOKEN=cvat.token).items():
        monkeypatch.setenv(name, text)
    listed = "`annoport cvat server retrieve-annotation-formats` lists"
    unknown = (
        "tasks_create_dataset_export: 400 Unknown format specified for the request: "
        f"{listed} the formats of this server\n"
    )
    export = ("cvat", "tasks", "create-dataset-export", "-q", "--format", "COCO 1.1")
    assert here(*export, "1") == (1, "", f"annoport: {unknown}")
    assert here(*export, "1", "2") == (
        1,
        "",
        f"annoport: tasks 1: {unknown}annoport: tasks 2: {unknown}annoport: 2 of 2 failed\n",
    )
    flow = here("cvat", "export-dataset", "1", "out/", "-q", "--format", "COCO 1.1")
    assert flow == (
        2,
        "",
        (
            "annoport: export_dataset: format 'COCO 1.1' is none of this server's: such are "
            f"'COCO 1.0', 'YOLO 1.1', 'MOT 1.1'; {listed} all\n"
        ),
    )

"""The functions that take several requests, and many exports, as commands."""

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annoport.cli.flows import Flow, flows
from annoport.cli.rehearsal import only_reads
from annoport.core.contract.operation import Operation
from annoport.testing.images import png
from tests.cli.commands import environment, here
from tests.shared import PLATFORMS

pytestmark = pytest.mark.usefixtures("logged_in_here")

_OF_SCRIPTS = {
    "cvat": {
        "for_create": "returns annotations for a script, as copy-annotations sends them",
        "from_label": "converts a label for a script",
        "to_label": "converts a label for a script",
        "job": "returns an object for scripts",
        "project": "returns an object for scripts",
        "task": "returns an object for scripts",
    },
    "ecotaxa": {
        "project": "returns an object for scripts",
        "read_tsv": "returns a table for scripts",
        "write_tsv": "writes a table of a script",
    },
    "tator": {
        "fingerprint": "returns a text with which scripts compare files",
        "media": "returns an object for scripts",
        "project": "returns an object for scripts",
        "section": "returns an object for scripts",
        "where": "its arguments are options of update and delete",
    },
}
"""Functions that have no command, and why."""


def functions(platform: str) -> set[str]:
    """Return the names of the functions that a platform has besides its generated package."""
    module = importlib.import_module(f"annoport.{platform}")
    generated = set(dir(importlib.import_module(f"annoport_{platform}")))
    return {
        name
        for name in dir(module)
        if not name.startswith(("_", "async_"))
        and name not in generated
        and inspect.isfunction(getattr(module, name))
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_function_has_a_command_or_a_reason(platform: str) -> None:
    said = flows(platform)
    commands = {name.replace("-", "_") for name in said}
    reasons = _OF_SCRIPTS[platform]
    assert commands | reasons.keys() == functions(platform)
    assert not commands & reasons.keys()
    listed = here(platform, "--help").out
    for shown in said:
        assert f"  {shown} " in listed
        assert here(platform, shown, "--help").code == 0


def test_which_flows_change_and_which_take_away() -> None:
    found = [
        flow
        for platform in PLATFORMS
        for shown in flows(platform)
        if (flow := Flow.find(platform, shown)) is not None
    ]
    assert {flow.shown for flow in found if flow.may_take_away} == {
        *("copy-annotations", "delete", "delete-annotations", "import-annotations"),
        *("run-function", "set-labels", "upload-attachment"),
    }
    assert {flow.shown for flow in found if not flow.changes} == {
        *("check-bundle", "download-attachments", "download-images", "download-media"),
        *("download-section", "frames", "objects-table", "save-frames", "state-images"),
        *("storage-files", "taxa-named"),
    }
    for flow in found:
        told = here(flow.platform, flow.shown, "--help").out
        assert ("--dry-run" in told) == flow.changes
        assert ("--yes" in told) == flow.may_take_away


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


def test_objects_are_chosen_by_taxon_status_and_sample() -> None:
    words = ("--taxa", "Copepoda", "--status", "V", "--samples", "tow_01", "--columns", "orig_id")
    done = here("ecotaxa", "objects-table", "1", *words, "--output", "csv", "--quiet")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["orig_id"] for row in rows] == ["tow_01_000", "tow_01_001", "tow_01_004"], done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("cvat", "delete-annotations", "1", "--source", "manual"),
            (
                "Delete those annotations of a task or job for which all that is given holds "
                "(cvat delete-annotations 1)"
            ),
        ),
        (
            ("cvat", "import-annotations", "1", "a.json", "--format", "COCO 1.0"),
            (
                "Import annotations from a file into a task or job, and wait until they are there "
                "(cvat import-annotations 1 a.json)"
            ),
        ),
        (
            ("cvat", "set-labels", "project:1", "cod", "--delete", "fox"),
            (
                "Give a task or project labels, by name: those that are missing, and those that "
                "differ (cvat set-labels project:1 cod)"
            ),
        ),
        (
            ("tator", "delete", "1", "localizations", "--ids", "1"),
            (
                "Delete all localizations, states, media or leaves of a selection "
                "(tator delete 1 localizations)"
            ),
        ),
    ],
)
def test_a_flow_that_takes_away_asks(words: tuple[str, ...], said: str) -> None:
    done = here(*words)
    assert (done.code, done.out) == (2, "")
    told = " ".join(done.err.split())
    assert f"{said}: nobody can be asked here whether to do it; add --yes" in told


def test_labels_of_a_project() -> None:
    words = ("cvat", "set-labels", "project:1", "cod", "fox", "-q", "-o", "csv", "--columns=name")
    assert sorted(here(*words).out.split()[1:]) == ["badger", "cod", "deer", "fox"]
    fewer = here("cvat", "set-labels", "project:1", "fox", "--delete", "cod", "--yes", *words[5:])
    assert sorted(fewer.out.split()[1:]) == ["badger", "deer", "fox"]
    wrong = here("cvat", "set-labels", "1", "cod")
    assert (wrong.code, wrong.out) == (2, "")
    assert "'1': expected task:ID or project:ID" in wrong.err


def test_a_job_by_its_word(tmp_path: Path) -> None:
    jobs = here("cvat", "jobs", "list", "--task-id", "1", "-o", "ids").out.split()
    words = ("cvat", "export-dataset", f"job:{min(jobs)}", f"{tmp_path}/a.zip", "--format")
    assert here(*words, "COCO 1.0", "-q") == (0, f"{tmp_path}/a.zip\n", "")
    missing = here("cvat", "export-dataset", "job:9999", f"{tmp_path}/b.zip", "--format", "x")
    assert missing.code == 4


def test_settings_beside_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(8, 8))
    done = here(
        "cvat", "create-task", "12", f"{tmp_path}/a.png", "--labels", "crab",
        "--labels", '{"name": "cod", "color": "#112233"}', "--set", "subset=7",
        "--set", "segment_size=5", "--data", "image_quality=80", "-q", "-o", "csv",
        "--columns", "name,subset,segment_size",
    )  # fmt: skip
    assert done == (0, "name,subset,segment_size\n12,7,5\n", "")
    wrong = here("cvat", "create-task", "a", f"{tmp_path}/a.png", "--data", "image_quality")
    assert "'image_quality': expected NAME=VALUE, JSON or @FILE" in wrong.err


def test_numbers_and_ranges(tmp_path: Path) -> None:
    words = ("cvat", "save-frames", "1", str(tmp_path), "--frames", "0,2-3", "--frames", "4", "-q")
    done = here(*words)
    assert [Path(line).stem for line in done.out.splitlines()] == [
        *("frame_000000", "frame_000002", "frame_000003", "frame_000004")
    ]


def test_messages_name_options(tmp_path: Path) -> None:
    done = here("cvat", "copy-annotations", "1", "2", "--unmatched", "drop")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "annoport: copy_annotations: task 2 has 2 annotations already: --existing 'keep' adds to "
        "them, --existing 'replace' replaces them\n"
    )


def test_what_a_flow_would_change_first(servers: dict[str, Any]) -> None:
    state = servers["cvat"].fake.state
    before = {number: list(task.shapes) for number, task in state.tasks.items()}
    words = ("cvat", "delete-annotations", "1", "--labels", "fox", "--dry-run")
    done = here(*words)
    shown = json.loads(done.out)
    assert (done.code, shown["method"]) == (0, "PATCH")
    assert shown["path"] == "/api/tasks/1/annotations/?action=delete"
    assert [len(shown["body"][kind]) for kind in ("tags", "shapes", "tracks")] == [1, 1, 0]
    assert done.err == (
        "annoport: nothing was changed; what comes after this depends on its answer\n"
    )
    assert {number: list(task.shapes) for number, task in state.tasks.items()} == before
    none = here("cvat", "set-labels", "project:1", "fox", "--dry-run", "-o", "ids")
    assert (none.code, none.err) == (0, "annoport: this changes nothing\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ecotaxa", "edit", "1", "--title", "[new]"), ("PUT", "/projects/1")),
        (
            (
                *("tator", "update", "1", "localizations", "--where", "species == orca"),
                *("--attributes", "species=minke"),
            ),
            ("PATCH", "/rest/Localizations/1"),
        ),
        (
            ("tator", "delete", "1", "localizations", "--type", "Blow", "--yes"),
            ("DELETE", "/rest/Localizations/1"),
        ),
    ],
)
def test_flows_search_before_they_change(
    words: tuple[str, ...], expected: tuple[str, str], servers: dict[str, Any]
) -> None:
    server = servers[words[0]]
    done = here(*words, "--dry-run", "-q")
    assert done.code == 0, done.err
    shown = json.loads(done.out)
    assert (shown["method"], shown["path"].partition("?")[0]) == expected
    sent = {one.method for one in server.requests if one.path == expected[1]}
    assert expected[0] not in sent


def test_an_upload_is_rehearsed_up_to_what_is_done_with_the_file(
    tmp_path: Path, servers: dict[str, Any]
) -> None:
    (tmp_path / "dive.mp4").write_bytes(bytes(1000))
    stored = dict(servers["tator"].fake.store.objects)
    done = here(
        "tator", "upload-media", "1", f"{tmp_path}/dive.mp4", "--section", "Dive 10", "--dry-run"
    )  # fmt: skip
    shown = json.loads(done.out)
    assert (done.code, shown["method"], shown["path"]) == (0, "POST", "/rest/Transcodes/1")
    assert (shown["body"]["section"], shown["body"]["type"]) == ("Dive 10", 2)
    assert "X-Amz-Signature=***" in shown["body"]["url"]
    assert "X-Amz-Credential=***" in shown["body"]["url"]
    assert servers["tator"].fake.store.objects.keys() == stored.keys()


def test_which_operations_only_read() -> None:
    found = {
        operation.id
        for platform in PLATFORMS
        for operation in operations(platform)
        if operation.method != "GET" and only_reads(operation)
    }
    assert found == {
        *("CreateObtainAuthToken", "GetDownloadInfo", "GetLeafCountById", "GetLeafListById"),
        *("GetLocalizationCountById", "GetLocalizationListById", "GetMediaCountById"),
        *("GetMediaListById", "GetStateCountById", "GetStateListById", "GetTranscodeListById"),
        *("auth_create_login", "auth_create_logout", "get_object_set"),
        *("get_object_set_similarity_search", "get_object_set_summary"),
        *("lambda_create_functions", "login", "object_set_predictions", "query_object_set_parents"),
    }


def operations(platform: str) -> Iterator[Operation[Any]]:
    package = importlib.import_module(f"annoport_{platform}.operations")
    for one in pkgutil.iter_modules(package.__path__):
        for value in vars(importlib.import_module(f"{package.__name__}.{one.name}")).values():
            if isinstance(value, Operation):
                yield value


def test_selections_of_tator(servers: dict[str, Any]) -> None:
    made = here(
        "tator", "create-localizations", "1",
        '{"media_id": 1, "type": 1, "frame": 0, "x": 0.1, "y": 0.1, "width": 0.1, "height": 0.1, '
        '"attributes": {"species": "orca"}}', "-q",
    )  # fmt: skip
    [number] = json.loads(f"[{','.join(made.out.split())}]")
    changed = here(
        "tator", "update", "1", "localizations", "--ids", str(number), "--attributes",
        "species=minke", "--attributes", "confidence=0.5", "-q",
    )  # fmt: skip
    assert changed == (0, f"{number}\n", "")
    read = here("tator", "localizations", "retrieve", str(number))
    attributes = json.loads(read.out)["attributes"]
    assert (attributes["species"], attributes["confidence"]) == ("minke", 0.5)
    words = ("tator", "delete", "1", "localizations", "--where", "species == minke", "--yes", "-q")
    assert str(number) in here(*words, "--media", "1").out.split()
    nothing = here("tator", "delete", "1", "localizations", "--yes")
    assert nothing.code == 2
    assert "nothing was passed, which would select everything" in nothing.err


def test_a_video_and_its_boxes(tmp_path: Path) -> None:
    (tmp_path / "dive.mp4").write_bytes(bytes(2000))
    words = ("tator", "upload-media", "1", f"{tmp_path}/dive.mp4", "--section", "Dive 9", "-q")
    made = json.loads(here(*words).out)
    assert (made["existed"], made["medium"]["name"]) == (False, "dive.mp4")
    waited = here("job", "show", made["job"], "-o", "csv", "--columns", "job")
    assert waited.code == 0
    again = here(*words, "-o", "ids")
    assert again == (0, f"{made['id']}\n", "")
    here(
        "tator", "create-localizations", "1", "-q", "--",
        json.dumps({"media_id": made["id"], "type": 1, "frame": 3, "x": 0.1, "y": 0.2,
                    "width": 0.3, "height": 0.4}),
    )  # fmt: skip
    boxes = here(
        "tator", "localizations", "list", "1", "--media-id", str(made["id"]), "-o", "csv",
        "--columns", "frame,x,width",
    )  # fmt: skip
    assert boxes == (0, "frame,x,width\n3,0.1,0.3\n", "")


@pytest.mark.parametrize("sign", ["", "@"])
def test_localizations_come_from_a_file(tmp_path: Path, sign: str) -> None:
    table = tmp_path / "boxes.csv"
    table.write_text(
        "media_id,type,frame,x,y,width,height,attributes.species,attributes.confidence\n"
        "2,1,0,0.5,0.2,0.3,0.1,orca,0.75\n"
        "2,1,0,0.6,0.2,0.3,0.1,,\n",
        encoding="utf-8",
    )
    made = here("tator", "create-localizations", "1", f"{sign}{table}", "-q")
    assert made.code == 0, made.err
    read = here(
        "tator", "localizations", "retrieve", *made.out.split(), "-o", "csv",
        "--columns", "media,x,attributes.species,attributes.confidence",
    )  # fmt: skip
    assert read.out.splitlines()[1:] == ["2,0.5,orca,0.75", "2,0.6,unknown,"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("boxes.txt", "LOCALIZATIONS is no JSON (JSON is malformed: invalid character (byte 0)): "),
        ("@boxes.json", "LOCALIZATIONS @boxes.json: No such file or directory"),
        ("boxes.csv", "boxes.csv cannot be read: [Errno 2] No such file or directory: 'boxes.csv'"),
    ],
)
def test_a_file_that_is_none_is_told(given: str, said: str) -> None:
    done = here("tator", "create-localizations", "1", given)
    assert (done.code, done.out) == (2, "")
    assert f"Error: {said}" in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("type,x\n1,0.1,7\n", "line 2: more cells than the first line has names"),
        (
            "attributes,attributes.species\n1,orca\n",
            "column 'attributes.species': the column 'attributes' has no object in it",
        ),
    ],
)
def test_a_table_that_makes_no_objects_is_told(tmp_path: Path, written: str, said: str) -> None:
    table = tmp_path / "boxes.csv"
    table.write_text(written, encoding="utf-8")
    done = here("tator", "create-localizations", "1", str(table))
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.split())


def test_copies_are_told(tmp_path: Path) -> None:
    done = here(
        "cvat", "copy-annotations", "1", "2", "--unmatched", "drop", "--existing", "keep",
        "--dry-run", "-q",
    )  # fmt: skip
    assert json.loads(done.out)["path"] == "/api/tasks/2/annotations/?action=create"
    done = here("cvat", "copy-annotations", "1", "2", "--unmatched", "drop", "--existing", "keep")
    told = json.loads(done.out)
    assert told["dropped"]
    assert all(isinstance(one, str) for one in told["dropped"])


def test_help_speaks_of_the_command_line() -> None:
    listed = " ".join(here("ecotaxa", "--help").out.split())
    assert "pull Export projects. " in listed
    assert "taxa-named Write the taxa of these names. " in listed
    told = " ".join(here("cvat", "create-task", "--help").out.split())
    assert "Uses:" not in told
    assert "[FILES]... What the frames are made of" in told
    assert "--data NAME=VALUE How to cut and store them." in told
    assert "Save frames of a video as pictures" in " ".join(here("tator", "--help").out.split())
    assert "--ids ID What is meant" in " ".join(here("tator", "delete", "--help").out.split())
    where = " ".join(here("tator", "update", "--help").out.split())
    assert "--where CONDITION A condition on the attributes" in where
    assert "--of-version ID The version" in where


def test_pictures_of_tator(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    videos = here("tator", "media", "list", "1", "--dtype", "video", "-o", "ids").out.split()
    words = ("tator", "frames", videos[0], "0", "2", "--to", f"{tmp_path}/out", "-q")
    done = here(*words)
    assert done.code == 0, done.err
    assert done.out.split() == [f"{tmp_path}/out/frame_{n:06d}.png" for n in (0, 2)]
    assert all(Path(line).read_bytes().startswith(b"\x89PNG") for line in done.out.split())


def test_projects_of_ecotaxa_are_pulled(tmp_path: Path) -> None:
    words = ("ecotaxa", "pull", "1", "--to", f"{tmp_path}/out", "--with-images", "first", "-q")
    shown = here(*words, "--dry-run")
    assert json.loads(shown.out)["name"] == "project-1"
    assert not (tmp_path / "out").exists()
    for state in ("done", "skipped"):
        done = here(*words, "-o", "csv", "--columns", "name,state")
        assert done == (0, f"name,state\nproject-1,{state}\n", "")
    assert list(tmp_path.glob("out/project-1/*.zip"))


def test_objects_are_classified(tmp_path: Path) -> None:
    objects = here(
        "ecotaxa", "objects-table", "1", "-o", "csv", "--columns", "obj.orig_id", "-q"
    ).out.split("\n")[1:4]
    numbers = [line.partition(",")[0] for line in objects]
    pairs = [f"{one}=Cyclopoida" for one in numbers]
    table = tmp_path / "classes.csv"
    table.write_text(
        "object_ids,taxon\n" + "".join(f"{one},Copepoda\n" for one in numbers), encoding="utf-8"
    )
    document = json.dumps(dict.fromkeys(numbers, "Cyclopoida"))
    for words in ([str(table)], pairs, [str(table)], [document]):
        done = here("ecotaxa", "classify", *words, "-q")
        assert done == (0, "3\n", "")


def test_a_bundle_is_checked(tmp_path: Path) -> None:
    (tmp_path / "ecotaxa_a.tsv").write_text("object_id\n[t]\na\n", encoding="utf-8")
    done = here("ecotaxa", "check-bundle", str(tmp_path), "-q")
    assert done.code == 0, done.err
    assert json.loads(done.out)["tables"]


def test_a_status_is_no_condition(tmp_path: Path) -> None:
    words = ("ecotaxa", "download-images", "1", str(tmp_path), "--quiet", "--status")
    validated, predicted = (set(here(*words, status).out.split()) for status in ("V", "P"))
    assert validated
    assert predicted
    assert not validated & predicted
    assert here(*words, "Z").err.startswith("annoport: status is 'Z': expected one of ")


def test_many_exports_which_go_on(tmp_path: Path) -> None:
    words = (
        "cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]",
        "--set", "format=COCO 1.0", "--to", f"{tmp_path}/out", "--quiet", "--output", "csv",
        "--columns", "state",
    )  # fmt: skip
    assert here(*words) == (0, "state\ndone\ndone\n", "")
    assert len(list(tmp_path.glob("out/*/*.zip"))) == 2
    assert here(*words) == (0, "state\nskipped\nskipped\n", "")


def test_exports_that_would_be_made(tmp_path: Path) -> None:
    done = here(
        "cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]",
        "--set", "format=COCO 1.0", "--to", f"{tmp_path}/out", "--dry-run",
    )  # fmt: skip
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert sorted(row["name"] for row in rows) == ["tasks-1", "tasks-2"]
    assert rows[0]["keywords"] == {"format": "COCO 1.0"}
    assert not (tmp_path / "out").exists()


def test_exports_that_fail(tmp_path: Path) -> None:
    done = here(
        "cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]",
        "--set", "format=None such 1.0", "--to", str(tmp_path), "--quiet", "--output", "jsonl",
    )  # fmt: skip
    said = (
        "ValidationError: tasks_create_dataset_export: 400 Unknown format specified for the "
        "request: `annoport cvat server retrieve-annotation-formats` lists the formats of this "
        "server"
    )
    assert [json.loads(line)["error"] for line in done.out.splitlines()] == [said, said]
    assert (done.code, done.err) == (
        1,
        "annoport: 2 of 2 failed; the same command tries them again\n",
    )


def test_exports_into_the_folder_of_others(tmp_path: Path) -> None:
    words = (
        "cvat", "export", "tasks.download-dataset", "--where", "id == 1", "--to", str(tmp_path),
        "--quiet", "--output", "jsonl", "--set",
    )  # fmt: skip
    assert here(*words, "format=COCO 1.0").code == 0
    done = here(*words, "format=YOLO 1.1")
    assert (done.code, json.loads(done.out)["error"], done.err) == (
        1,
        (
            f"TargetExistsError: {tmp_path / 'tasks-1'} is there, and is not what this item makes: "
            "remove it, or choose another --to"
        ),
        "annoport: 1 of 1 failed; the same command tries them again\n",
    )


def test_pulled_projects_into_the_folder_of_others(tmp_path: Path) -> None:
    (tmp_path / "project-1").mkdir()
    done = here("ecotaxa", "pull", "1", "--to", str(tmp_path), "-q", "-o", "jsonl")
    assert (done.code, json.loads(done.out)["error"]) == (
        1,
        (
            f"TargetExistsError: {tmp_path / 'project-1'} is there, and is not what this item "
            "makes: remove it, or choose another --to"
        ),
    )


def test_exports_that_all_fail_end_as_the_first(tmp_path: Path) -> None:
    done = here("ecotaxa", "pull", "999", "--to", str(tmp_path), "-q", "-o", "jsonl")
    assert (done.code, json.loads(done.out)["error"]) == (
        4,
        "NotFoundError: export_object_set_general: 404 Not found.",
    )


def test_an_export_of_nothing(tmp_path: Path) -> None:
    wrong = here("cvat", "export", "tasks.list", "--to", str(tmp_path))
    assert wrong.code == 2
    assert "'tasks.list' exports nothing: expected one of " in wrong.err
    assert "tasks.download-dataset" in wrong.err
    call = ("cvat", "export", "tasks.download-dataset", "--to", str(tmp_path), "--where")
    said = "annoport: no tasks fulfil the condition: nothing is there to export\n"
    assert here(*call, "id == 99999", "--set", "format=COCO 1.0") == (4, "", said)
    misspelt = here(*call, "id == 1", "--set", "fromat=COCO 1.0")
    assert misspelt.code == 2
    assert "tasks.download-dataset has no such argument; did you mean 'format'?" in misspelt.err
    lacking = here(*call, "id == 1")
    assert lacking.code == 2
    assert " ".join(lacking.err.split()).endswith(
        "Error: tasks.download-dataset needs --set format=VALUE; `annoport cvat tasks "
        "download-dataset --help` says what it takes"
    )


def test_a_flow_without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*environment(), "CVAT_URL"]:
        if name.startswith("CVAT_"):
            monkeypatch.delenv(name)
    assert here("cvat", "back-up", "1", str(tmp_path)).code == 2

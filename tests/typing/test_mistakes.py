"""A user's mistakes are type errors for mypy and pyright, and correct code is not.

The checkers see nothing but the installed wheels, as they do on a user's machine.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HEADER = """
import datetime
from pathlib import Path
from typing import assert_type

import annoport
from annoport import cvat, ecotaxa, tator
from annoport.core import Job
from annoport.testing import serve

client: cvat.Client
async_client: cvat.AsyncClient
"""

RIGHT = """
def right() -> None:
    task = client.tasks.retrieve(42)
    assert_type(task, cvat.models.TaskRead)
    assert_type(task.id, int)
    assert_type(task.created_date, datetime.datetime)
    assert_type(client.tasks.list(project_id=3).first(), cvat.models.TaskRead | None)
    job = client.tasks.create_dataset_export(42, format="COCO 1.0", save_images=True)
    assert_type(job, Job[cvat.models.Request, cvat.models.RqId])
    assert_type(job.wait(), cvat.models.Request)
    client.tasks.partial_update(42, body=cvat.models.PatchedTaskWriteRequest(name="a"))
    client.tasks.partial_update(42, body={"name": "a"})
    job = client.tasks.upload_data(42, [Path("a.mp4")], body={"image_quality": 70}, progress=True)
    assert_type(job, Job[cvat.models.Request, cvat.models.RqId])
    assert_type(tator.Client("").transfers.upload_file(1, "a.mp4"), str)
    assert_type(tator.download_media(tator.Client(""), 17, "a.mp4"), Path)
    listed = tator.download_media(tator.Client(""), tator.Client("").media.list(1), "all/")
    assert_type(listed, list[Path])
    made = tator.upload_media(tator.Client(""), 1, "a.mp4", section="June")
    assert_type(made.medium, tator.models.Media)
    assert_type(made.medium.name.lower(), str)
    assert_type(made.medium.attributes["label"], tator.models.AttributeValue)
    drawn = tator.Client("").localizations.get_localization(1)
    assert_type(drawn.frame + drawn.media, int)
    assert_type(list(drawn.attributes), list[str])
    assert_type(tator.create_localizations(tator.Client(""), 1, [{"media_id": 1}]), list[int])
    assert_type(tator.Client("").media.get_media_list(1).first(), tator.models.Media | None)
    path = client.tasks.download_dataset(42, "exports/", format="COCO 1.0", take_up=60)
    assert_type(path, Path)
    results = tator.Client("").jobs.download_results(1, "results/", body={})
    assert_type(results, list[Path])
    taken_up = client.job("action=export&id=7")
    assert_type(taken_up, Job[cvat.models.Request | cvat.models.FunctionCall])
    assert_type(tator.Client("").job("uid", kind="transcode"), Job[tator.models.Transcode])
    ecotaxa.Client("").projects.taxon_stats(ids=[1], taxa_ids=[45072])
    ecotaxa.Client("").projects.taxon_stats(ids=[1], taxa_ids="all")
    ecotaxa.Client("").instruments.list(project_ids="all")
    other = ecotaxa.Client("").objects.export_general(body={})
    assert_type(other.started, ecotaxa.models.ExportRsp | None)
    for page in ecotaxa.Client("").objects.list(1, body={}, fields=["obj.orig_id"]).pages():
        assert_type(page.items, list[int])
        assert_type(page.response.value, ecotaxa.models.ObjectSetQueryRsp)
    bare: Job[ecotaxa.models.JobModel] = other
    assert_type(bare.wait(), ecotaxa.models.JobModel)
    annoport.wait_all([job, other])
    tasks = annoport.from_json(annoport.to_json([task]), list[cvat.models.TaskRead])
    assert_type(tasks, list[cvat.models.TaskRead])
    response = client.call(cvat.operations.TASKS_RETRIEVE, {"id": 42})
    assert_type(response.value, cvat.models.TaskRead)
    with serve("cvat", job_seconds=0.1) as server:
        server.fake.next_job = "failed"

async def right_async() -> None:
    assert_type(await async_client.tasks.retrieve(42), cvat.models.TaskRead)
    path = await async_client.tasks.download_backup(42, "backups/", overwrite="replace")
    assert_type(path, Path)
    async for task in async_client.tasks.list():
        assert_type(task.name, str)
"""

WRONG = {
    "a misspelt keyword": "client.tasks.list(projectid=3)",
    "a misspelt resource": "client.task.retrieve(1)",
    "a misspelt method": "client.tasks.retrive(1)",
    "a misspelt attribute": "client.tasks.retrieve(1).nmae",
    "a number as a file": "client.tasks.upload_data(1, 3)",
    "several files where one goes": "client.tasks.upload_backup(['a.zip', 'b.zip'])",
    "a misspelt model": "cvat.models.TaskReed",
    "a misspelt field": "cvat.models.PatchedTaskWriteRequest(nmae='a')",
    "a field of another type": "cvat.models.PatchedTaskWriteRequest(name=3)",
    "a missing field": "cvat.models.TaskWriteRequest()",
    "an argument of another type": "client.tasks.retrieve('one')",
    "a missing argument": "client.tasks.create_dataset_export(42)",
    "a misspelt option of a transfer": "client.tasks.download_backup(1, 'x/', takeup=1)",
    "a setting that a transfer makes": "client.tasks.download_backup(1, 'x/', location='local')",
    "a transfer without a target": "client.tasks.download_backup(1)",
    "an unknown kind of job": "tator.Client('').job('uid', kind='export')",
    "an unknown value": "client.jobs.list(state='finnished')",
    "a keyword given by position": "client.tasks.list(None, 3)",
    "a misspelt client option": "cvat.Client('https://cvat.example.org', tokn='t')",
    "another platform's option": "ecotaxa.Client('https://e.example.org', organization='o')",
    "a forgotten await": "async_client.tasks.retrieve(1).name",
    "a misspelt name of a platform": "cvat.Cleint",
    "another platform's flow": "cvat.upload_media",
    "a misspelt option of a flow": "tator.upload_media(tator.Client(''), 1, 'a', sektion='b')",
    "a wrong argument of an alias": "tator.Client('').media.get_media_list('one')",
    "a misspelt operation": "cvat.operations.TASKS_RETRIVE",
    "a misspelt Tator field": "tator.models.LocalizationSpec(projekt=1)",
    "another word than 'all'": "ecotaxa.Client('').projects.taxon_stats(ids=[1], taxa_ids='al')",
    "a misspelt option of a fake": "serve('cvat', job_second=0.1)",
    "another fake's option": "serve('tator', queue_seconds=0.1).start()",
    "an outcome that no fake job has": "serve('cvat').fake.next_job = 'finnished'",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The header, the correct code, then one function for each mistake."""
    text = HEADER + RIGHT
    for number, statement in enumerate(WRONG.values()):
        text += f"\ndef wrong_{number}() -> None:\n    {statement}\n"
    path = tmp_path_factory.mktemp("typing") / "program.py"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def wrong_lines(program: Path) -> set[int]:
    lines = program.read_text(encoding="utf-8").splitlines()
    return {n + 1 for n, line in enumerate(lines, start=1) if line.startswith("def wrong_")}


def test_mypy_sees_exactly_the_mistakes(program: Path, installed: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--python-executable",
            str(installed),
            program.name,
        ],
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    found = {int(n) for n in re.findall(r"program\.py:(\d+): error", done.stdout)}
    assert found == wrong_lines(program), done.stdout[-3000:] + done.stderr[-500:]


def test_pyright_sees_exactly_the_mistakes(program: Path, installed: Path) -> None:
    settings = {
        "typeCheckingMode": "strict",
        "include": [str(program)],
        # Here a mistake may be an expression by itself.
        "reportUnusedExpression": False,
        "reportUnusedCoroutine": False,
        "reportUnknownMemberType": False,
    }
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings))
    # Without this, it would look for libraries next to the first `python` on PATH.
    command = ["pyright", "--outputjson", "--pythonpath", str(installed), "-p", str(program.parent)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    problems = json.loads(done.stdout)["generalDiagnostics"]
    found = {p["range"]["start"]["line"] + 1 for p in problems if p["severity"] == "error"}
    assert found == wrong_lines(program), json.dumps(problems, indent=1)[-3000:]

"""A platform is added by following the page: nested jobs, OpenAPI 3.1, a union, a secret query."""

from __future__ import annotations

import importlib
import json
import logging
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from annoport.core.errors import (
    InvalidArgumentError,
    JobCancelledError,
    JobTokenError,
    NotFoundError,
)
from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer
from tests.shared import ROOT

HERE = Path(__file__).parent / "fifth_platform"
SECRET = "coral/reef&key"
SECONDS = 0.15
SHAPES: list[dict[str, Any]] = [
    {"kind": "box", "corners": [0, 1, 2, 3], "note": None},
    {"kind": "point", "x": 1.5, "y": 2.5},
    {"kind": "point", "x": 3.5, "y": 4.5},
]


def archive(name: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("shapes.csv", f"{name}\n")
    return packed.getvalue()


class Reef(Fake):
    """A platform for which nobody wrote a client."""

    name: ClassVar[str] = "reef"

    def __init__(self) -> None:
        self.started: dict[tuple[str, str], float] = {}
        self.stopped: set[tuple[str, str]] = set()

    def app(self) -> Starlette:
        project = "/projects/{project:int}"
        export = project + "/exports/{export}"
        return Starlette(
            routes=[
                Route("/openapi.json", self.document),
                Route(project + "/shapes", self.guarded(self.shapes), methods=["GET", "POST"]),
                Route(project + "/exports", self.guarded(self.start), methods=["POST"]),
                Route(export, self.guarded(self.state), methods=["GET", "DELETE"]),
                Route(export + "/log", self.guarded(self.log)),
                Route("/files/{team}/{export}", self.guarded(self.file)),
            ]
        )

    def guarded(self, endpoint: Any) -> Any:
        async def checked(request: Request) -> Response:
            if request.query_params.get("reef_key") != SECRET:
                return JSONResponse({"complaint": "no key"}, status_code=401)
            found: Response = await endpoint(request)
            return found

        return checked

    async def document(self, _: Request) -> Response:
        return JSONResponse(yaml.safe_load((HERE / "upstream.yaml").read_text()))

    async def shapes(self, request: Request) -> Response:
        if request.method == "POST":
            return JSONResponse(await request.json(), status_code=201)
        start, size = (int(request.query_params[name]) for name in ("offset", "limit"))
        return JSONResponse(SHAPES[start : start + size])

    def key(self, request: Request) -> tuple[str, str]:
        return str(request.path_params["project"]), request.path_params["export"]

    async def start(self, request: Request) -> Response:
        # Every project counts its own exports.
        key = (str(request.path_params["project"]), (await request.json())["format"])
        running = key in self.started and time.monotonic() - self.started[key] < SECONDS
        if not running:
            self.started[key] = time.monotonic()
        return JSONResponse(self.told(key), status_code=409 if running else 202)

    def told(self, key: tuple[str, str]) -> dict[str, Any]:
        done = time.monotonic() - self.started[key] > SECONDS
        state = "stopped" if key in self.stopped else "finished" if done else "running"
        return {"id": key[1], "team": f"t{key[0]}", "state": state, "share": 0.5 + 0.5 * done}

    async def state(self, request: Request) -> Response:
        key = self.key(request)
        if key not in self.started:
            return JSONResponse({"complaint": "no such export"}, status_code=404)
        if request.method == "DELETE":
            self.stopped.add(key)
            return Response(status_code=204)
        return JSONResponse(self.told(key))

    async def log(self, request: Request) -> Response:
        return PlainTextResponse("/".join(self.key(request)))

    async def file(self, request: Request) -> Response:
        team, export = request.path_params["team"], request.path_params["export"]
        if (team[1:], export) not in self.started:
            return JSONResponse({"complaint": "no such file"}, status_code=404)
        return Response(
            archive(f"{team}/{export}"), media_type="application/zip", headers={"ETag": f'"{team}"'}
        )


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer[Reef]]:
    with FakeServer(Reef()) as running:
        yield running


def commands(page: str) -> list[str]:
    """Return what CONTRIBUTING.md says to run to add a platform, without the comments."""
    section = page.partition("\n## Add a platform\n")[2].partition("\n## ")[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    return [part.strip() for line in lines for part in line.partition(" #")[0].split("&&")]


def recipe(makefile: str, target: str) -> list[str]:
    """Return the commands of a target that call Python files of ours."""
    body = makefile.partition(f"\n{target}: ")[2].partition("\n\n")[0]
    lines = [line.strip().replace("$(BIN)", ".venv/bin") for line in body.splitlines()[1:]]
    return [line for line in lines if line.startswith(".venv/bin/python -m generator")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, server: FakeServer[Reef]) -> Path:
    """A copy of the project's generator, in which the page was followed word by word."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("annoport", "generator", "templates", "pyproject.toml", "Makefile"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    (folder / "specs").mkdir()
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    said = commands((ROOT / "CONTRIBUTING.md").read_text())
    assert said == [
        ".venv/bin/python -m generator vendor NAME --from URL",
        "make regen",
        "make setup",
        "make check",
        ".venv/bin/python -m generator docs --abilities",
    ]
    vendor, *later = said
    run(folder, vendor.replace("NAME", "reef").replace("URL", f"{server.url}/openapi.json"))
    shutil.copy(HERE / "overlay.yaml", folder / "specs" / "reef")
    (folder / "told").write_text("")
    for command in later:
        makefile = (folder / "Makefile").read_text()
        steps = recipe(makefile, command[5:]) if command.startswith("make ") else [command]
        for step in steps:
            (folder / "told").write_text(run(folder, step))
    return folder


def run(folder: Path, command: str) -> str:
    # The interpreter of the tests itself, which a link to it would not be.
    words = [sys.executable if word == ".venv/bin/python" else word for word in command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def package(tree: Path) -> Iterator[Any]:
    sys.path.insert(0, str(tree / "generated" / "annoport-reef"))
    yield importlib.import_module("annoport_reef")
    sys.path.pop(0)


@pytest.fixture
def client(package: Any, server: FakeServer[Reef]) -> Iterator[Any]:
    server.fake.started.clear()
    server.fake.stopped.clear()
    with package.Client(server.url, key=SECRET) as made:
        yield made


def test_the_last_step_tells_what_its_jobs_can_do(tree: Path) -> None:
    assert "Reef" in (tree / "told").read_text()


def test_the_package_is_as_strict_as_ours(tree: Path) -> None:
    source = tree / "generated" / "annoport-reef" / "annoport_reef"
    command = ["-m", "mypy", "--strict", "--no-error-summary", "--no-incremental", str(source)]
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0)


def test_shapes_are_of_the_class_that_they_name(client: Any, package: Any) -> None:
    box, *points = client.shapes.list_shapes(1)
    assert box == package.models.Box(corners=[0.0, 1.0, 2.0, 3.0], kind="box", note=None)
    assert [(type(one).__name__, one.x) for one in points] == [("Point", 1.5), ("Point", 3.5)]
    for shape in (box, {"kind": "point", "x": 1, "y": 2}):
        added = client.shapes.add_shape(1, body=shape)
        assert type(added).__name__ == ("Box" if shape is box else "Point")


def test_an_export_arrives(client: Any, server: FakeServer[Reef], tmp_path: Path) -> None:
    path = client.exports.download(7, tmp_path / "seven.zip", body={"format": "csv"})
    assert path.read_bytes() == archive("t7/csv")
    other = client.exports.download(8, tmp_path / "eight.zip", body={"format": "csv"})
    assert other.read_bytes() == archive("t8/csv")
    paths = {request.path for request in server.requests}
    assert {"/projects/7/exports/csv", "/files/t7/csv", "/files/t8/csv"} <= paths


async def test_the_async_client_does_the_same(
    package: Any, server: FakeServer[Reef], tmp_path: Path
) -> None:
    async with package.AsyncClient(server.url, key=SECRET) as client:
        path = await client.exports.download(9, tmp_path / "nine.zip", body={"format": "coco"})
        assert path.read_bytes() == archive("t9/coco")
        job = client.job("coco", within={"project_id": 9, "team": "t9"})
        assert (await job.wait()).state == "finished"


def test_a_token_says_where_a_job_is(client: Any, package: Any, server: FakeServer[Reef]) -> None:
    job = client.exports.start_export(7, body={"format": "csv"})
    assert (job.id, job.within) == ("csv", {"project_id": 7, "team": "t7"})
    joined = client.exports.start_export(7, body={"format": "csv"})
    assert (joined.joined, joined.within) == (True, job.within)
    with package.Client(server.url, key=SECRET) as other:
        again = other.job(job.to_token())
        assert again.wait().state == "finished"
        assert (again.within, again.progress) == (job.within, 1.0)
        assert again.log() == "7/csv"


def test_a_job_is_cancelled_where_it_is(client: Any) -> None:
    mine = client.exports.start_export(7, body={"format": "csv"})
    other = client.exports.start_export(8, body={"format": "csv"})
    mine.cancel()
    with pytest.raises(JobCancelledError):
        mine.wait()
    assert other.wait().state == "finished"


def test_an_id_alone_finds_no_such_job(client: Any) -> None:
    client.exports.start_export(7, body={"format": "csv"})
    found = client.job("csv", within={"project_id": "7", "team": "t7"})
    assert found.refresh().state in {"running", "finished"}
    with pytest.raises(InvalidArgumentError) as refused:
        client.job("csv")
    assert str(refused.value) == (
        "within is None: a job of kind 'export' is found by its id and what it is within: pass "
        "within={'project_id': ..., 'team': ...}, or a token"
    )
    with pytest.raises(NotFoundError, match="no such export"):
        client.job("csv", within={"project_id": 6, "team": "t7"}).refresh()


def test_a_token_of_before_says_too_little(client: Any, server: FakeServer[Reef]) -> None:
    from annoport.core.jobs.tokens import JobToken

    old = JobToken(platform="Reef", url=server.url, kind="export", id="csv").to_text()
    with pytest.raises(JobTokenError) as refused:
        client.job(old)
    assert str(refused.value) == (
        "the token does not say all that this version of the client needs to find a job of kind "
        "'export': use the version that made the token"
    )


def test_the_key_goes_into_every_query_and_nowhere_else(
    client: Any, server: FakeServer[Reef], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = len(server.requests)
    client.exports.download(7, tmp_path / "a.zip", body={"format": "csv"})
    sent = server.requests[before:]
    assert {re.sub(".*reef_key=", "", request.query) for request in sent} == {"coral%2Freef%26key"}
    kept = " ".join(
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    headers = json.dumps([request.headers for request in sent])
    for shown in (caplog.text, repr(client), kept, headers):
        assert "coral" not in shown

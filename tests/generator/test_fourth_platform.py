"""A fourth platform is a spec and an overlay: no Python is written for it."""

from __future__ import annotations

import importlib
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annoport.core import Job
from annoport.core.errors import InvalidBodyError, NotFoundError
from annoport.testing.fake import Fake
from annoport.testing.server import FakeServer
from generator.output.regen import regenerate
from generator.spec import lint
from tests.cli.commands import here
from tests.shared import ROOT

SHEETS = [{"number": n, "genus": "Salix" if n % 2 else "Quercus"} for n in range(1, 6)]
SECONDS = 0.15


def archive() -> bytes:
    """Return a real zip with one label in it."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr(zipfile.ZipInfo("labels.csv"), "number,genus\n1,Salix\n")
    return packed.getvalue()


class Fourth(Fake):
    """A platform for which nobody wrote a client."""

    name: ClassVar[str] = "fourth"

    def __init__(self) -> None:
        self.started: dict[str, float] = {}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/sheets", self.sheets),
                Route("/v1/exports", self.start, methods=["POST"]),
                Route("/v1/exports/{ticket}", self.state),
                Route("/v1/exports/{ticket}/archive", self.archive),
            ]
        )

    async def sheets(self, request: Request) -> Response:
        after = int(request.query_params.get("cursor", 0))
        limit = int(request.query_params["limit"])
        found = [sheet for sheet in SHEETS if int(sheet["number"]) > after]
        return JSONResponse(found[:limit])

    async def start(self, request: Request) -> Response:
        body = await request.json()
        # Unless the question mark is percent-encoded, what follows would be a query.
        ticket = f"{body['genus']}?{body.get('with-images')}"
        self.started[ticket] = time.monotonic()
        return JSONResponse({"ticket": ticket}, status_code=202)

    async def state(self, request: Request) -> Response:
        begun = self.started.get(request.path_params["ticket"])
        if begun is None:
            return JSONResponse({"problem": "no such ticket"}, status_code=404)
        done = time.monotonic() - begun > SECONDS
        return JSONResponse({"phase": "pressed" if done else "pressing", "percent": 50 + 50 * done})

    async def archive(self, request: Request) -> Response:
        return Response(archive(), media_type="application/zip", headers={"ETag": '"1"'})


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The generated package, made from two YAML files."""
    folder = tmp_path_factory.mktemp("fourth")
    specs = folder / "specs" / "fourth"
    specs.mkdir(parents=True)
    for path in (ROOT / "tests" / "generator" / "fourth_platform").iterdir():
        (specs / path.name).write_bytes(path.read_bytes())
    regenerate(["fourth"], specs=specs.parent, output=folder / "generated")
    sys.path.insert(0, str(folder / "generated" / "annoport-fourth"))
    yield importlib.import_module("annoport_fourth")
    sys.path.pop(0)


@pytest.fixture
def server() -> Iterator[FakeServer[Fourth]]:
    with FakeServer(Fourth()) as running:
        yield running


def test_lists_jobs_and_downloads_work(
    package: Any, server: FakeServer[Fourth], tmp_path: Path
) -> None:
    with package.Client(server.url, key="leaf") as client:
        assert [sheet.number for sheet in client.sheets.list()] == [1, 2, 3, 4, 5]
        job = client.exports.start_export(body={"genus": "Salix", "with-images": True})
        seen: list[float | None] = []

        def note(running: Job[Any]) -> None:
            seen.append(running.progress)

        job.wait(on_progress=note)
        path = job.download(tmp_path / "salix.zip", extract_to=tmp_path / "salix")
    assert path.read_bytes() == archive()
    assert (tmp_path / "salix" / "labels.csv").read_text() == "number,genus\n1,Salix\n"
    assert seen[-1] == 1.0
    assert {request.headers["x-key"] for request in server.requests} == {"leaf"}


def test_it_has_commands(
    package: Any, server: FakeServer[Fourth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{package.Client._platform.env_prefix}_URL", server.url)
    monkeypatch.setenv(f"{package.Client._platform.env_prefix}_KEY", "leaf")
    assert "fourth" in here("--help").out
    listed = here("fourth", "sheets", "list", "--output", "csv", "--columns", "number,genus")
    assert listed.out.splitlines()[:2] == ["number,genus", "1,Salix"]
    target = f"{tmp_path}/salix.zip"
    words = ("fourth", "exports", "start-export", "--set", "genus=Salix", "--download", target)
    assert here(*words).code == 0
    assert Path(target).read_bytes() == archive()


async def test_the_async_client_is_the_same(package: Any, server: FakeServer[Fourth]) -> None:
    async with package.AsyncClient(server.url, key="leaf") as client:
        assert [sheet.number async for sheet in client.sheets.list(genus=["a", "b"])] != []
        with pytest.raises(NotFoundError, match="no such ticket"):
            await client.exports.get_export("none")
    assert "genus=a%7Cb" in server.requests[0].query


def test_a_wrong_body_is_refused(package: Any, server: FakeServer[Fourth]) -> None:
    with package.Client(server.url, key="leaf") as client, pytest.raises(InvalidBodyError) as error:
        client.exports.start_export(body={"genus": "Salix", "with_images": True})
    assert "with-images" in str(error.value)
    assert server.requests == []


def test_its_overlay_is_in_order() -> None:
    folder = Path(__file__).parent
    assert list(lint.lint("fourth_platform", folder)) == []

"""Each operation through the command sends what it sends through a client."""

from __future__ import annotations

import contextlib
import datetime
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from annoport.cli.index import Index, word
from annoport.core.contract.operation import Operation
from annoport.core.errors import AnnoportError
from annoport.core.http.bodies import essence, is_json
from annoport.core.http.request import build
from annoport.core.values.models import UNSET, UploadFile
from annoport.core.values.type_guards import is_array, is_mapping
from annoport.testing.server import FakeServer
from tests.cli.commands import environment, here, process
from tests.conformance.examples import Example, Examples
from tests.core.servers import Scripted, serve
from tests.documents import load
from tests.shared import PLATFORMS

_VARIANTS = ("required", "special")
_OPERATIONS = {"cvat": 212, "ecotaxa": 124, "tator": 235}
_OWN_HEADERS = {"host", "content-length"}
_BOUNDARY = re.compile(rb"boundary=\"?([\w-]+)")


class Recorder:
    """Answers that nothing is there, and keeps what was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.server: FakeServer[Scripted] = serve(self._answer).start()

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        headers = {name: text for name, text in request.headers.items() if name not in _OWN_HEADERS}
        found = _BOUNDARY.search(headers.get("content-type", "").encode())
        if found is not None:
            body = b"".join(sorted(body.split(found[1])))  # the parts come in any order
            headers["content-type"] = headers["content-type"].replace(found[1].decode(), "BOUNDARY")
        query = request.scope["query_string"]
        self.seen.append((request.method, request.scope["raw_path"], query, headers, body))
        return JSONResponse({"detail": "nothing here", "message": "nothing here"}, 404)

    def taken(self) -> list[tuple[Any, ...]]:
        """Return what was asked since the last time, but for what a client asks once."""
        seen, self.seen = self.seen, []
        return [one for one in seen if one[1] != b"/api/server/about"] or seen


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bodies")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_operation(
    platform: str, recorder: Recorder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = importlib.import_module(f"annoport_{platform}")
    prefix = platform.upper()
    monkeypatch.setenv(f"{prefix}_URL", recorder.server.url)
    monkeypatch.setenv(f"{prefix}_TOKEN", "of-nobody")
    examples = Examples(load(platform), _VARIANTS)
    sent = 0
    with package.Client.from_env() as client:
        for words, operation, resource, method in commands(platform):
            reached = False
            for example in examples.of(operation.id):
                if not is_told(operation, example):
                    continue
                on_disk, arguments = on_command_line(operation, method, example, folder)
                call(client, operation, resource, method, on_disk)
                expected = recorder.taken()
                done = here(platform, *words, *arguments)
                assert recorder.taken() == expected, (words, arguments, done)
                reached |= bool(expected)
            assert reached, operation.id
            sent += 1
    assert sent == _OPERATIONS[platform]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_some_operations_in_processes_of_their_own(
    platform: str, recorder: Recorder, folder: Path, tmp_path: Path
) -> None:
    package = importlib.import_module(f"annoport_{platform}")
    prefix = platform.upper()
    login = {f"{prefix}_URL": recorder.server.url, f"{prefix}_TOKEN": "of-nobody"}
    env = environment(**login, ANNOPORT_CONFIG=str(tmp_path))
    examples = Examples(load(platform), _VARIANTS)
    with package.Client(recorder.server.url, token="of-nobody") as client:
        for words, operation, resource, method in [*commands(platform)][10::90]:
            [example, *_] = [e for e in examples.of(operation.id) if is_told(operation, e)]
            on_disk, arguments = on_command_line(operation, method, example, folder)
            call(client, operation, resource, method, on_disk)
            expected = recorder.taken()
            done = process(platform, *words, *arguments, env=env)
            assert recorder.taken() == expected, (words, arguments, done)
            assert expected


def commands(platform: str) -> Iterator[tuple[list[str], Operation[Any], str, str]]:
    """Yield the words of the command of each operation."""
    index = Index(platform)
    operations = importlib.import_module(f"annoport_{platform}.operations")
    for shown in index.resources():
        resource = index.resource_name(shown)
        assert resource is not None
        for verb, entry in index.commands(resource).items():
            operation: Operation[Any] = getattr(operations, entry.constant)
            upload, job = operation.upload, operation.job
            if upload is not None and upload.method == entry.method:
                continue
            if job is not None and job.transfer == entry.method:
                continue
            yield [shown, verb], operation, resource, entry.method


def is_told(operation: Operation[Any], example: Example) -> bool:
    """Whether a method, which is told no media type, uses that of the example."""
    if example.media is None:
        return True
    request = build(operation, example.arguments, example.body)
    return essence(request.headers["Content-Type"]) == essence(example.media)


def call(client: Any, operation: Operation[Any], resource: str, method: str, one: Example) -> None:
    """Call an operation; lists and files by their methods, which read them otherwise."""
    with contextlib.suppress(AnnoportError):
        if operation.download is not None:
            client.remote_file(operation, one.arguments).read()
            return
        if operation.stream is not None:
            next(client.event_stream(operation, one.arguments))
            return
        if operation.pagination is None:
            client.call(operation, one.arguments, body=one.body)
            return
        body = {} if one.body is UNSET else {"body": one.body}
        list(getattr(getattr(client, resource), method)(**one.arguments, **body).pages())


def on_command_line(
    operation: Operation[Any], method: str, example: Example, folder: Path
) -> tuple[Example, list[str]]:
    """Return an example with its files on disk, and what says it on a command line."""
    options: list[str] = ["--yes"] if may_delete(operation, method) else []
    places: list[str] = []
    in_path = {one.name for one in operation.parameters if one.location == "path"}
    for parameter in operation.parameters:
        name = parameter.name
        if name not in example.arguments:
            continue
        value = example.arguments[name]
        if name in in_path:
            places.append(as_text(value))
        elif isinstance(value, bool):
            options.append(f"--{'' if value else 'no-'}{word(name)}")
        else:
            values = value if is_array(value) else [value]
            options += [f"--{word(name)}={as_text(one)}" for one in values]
    if example.body is UNSET:
        return example, [*options, "--", *places]
    body, files = with_files_on_disk(example.body, folder)
    options += [f"--set={name}=@{path}" for name, path in files]
    path = folder / "body.json"
    path.write_text(json.dumps(without(body, dict(files))), encoding="utf-8")
    options.append(f"--body=@{path}")
    told = Example(
        variant=example.variant, arguments=example.arguments, body=body, media=example.media
    )
    return told, [*options, "--", *places]


def may_delete(operation: Operation[Any], method: str) -> bool:
    return operation.method == "DELETE" or method.startswith(("delete", "destroy", "remove"))


def as_text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return (
        value
        if isinstance(value, str)
        else json.dumps(value)
        if isinstance(value, dict)
        else str(value)
    )


def with_files_on_disk(body: Any, folder: Path) -> tuple[Any, list[tuple[str, Path]]]:
    """Return a body whose files are paths, and these by the names of their fields."""
    if not is_mapping(body):
        return body, []
    result = dict(body)
    files: list[tuple[str, Path]] = []
    for name, value in body.items():
        several = value if is_array(value) else [value]
        if several and all(isinstance(one, UploadFile) for one in several):
            paths = [folder / f"{name}{number}.bin" for number, _ in enumerate(several)]
            for path, file in zip(paths, several, strict=True):
                path.write_bytes(file.content if isinstance(file.content, bytes) else b"")
            files += [(name, path) for path in paths]
            result[name] = paths if isinstance(value, list) else paths[0]
    return result, files


def without(body: Any, names: Mapping[str, Any]) -> Any:
    if not is_mapping(body):
        return body
    return {name: value for name, value in body.items() if name not in names}


def test_media_types_are_those_that_a_command_line_can_say() -> None:
    for platform in PLATFORMS:
        for _, operation, _, _ in commands(platform):
            for media in operation.bodies:
                form = media in {"multipart/form-data", "application/x-www-form-urlencoded"}
                assert form or is_json(media)


def test_a_list_or_a_word(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTAXA_URL", recorder.server.url)
    monkeypatch.setenv("ECOTAXA_TOKEN", "of-nobody")
    stats = ("ecotaxa", "projects", "taxon-stats", "--ids", "1", "--taxa-ids")
    for wanted in (("all",), ("5", "--taxa-ids", "6")):
        here(*stats, *wanted)
    assert [one[2] for one in recorder.taken()] == [b"ids=1&taxa_ids=all", b"ids=1&taxa_ids=5,6"]
    usage = (
        "Usage: annoport ecotaxa projects taxon-stats [OPTIONS]\n"
        "Try 'annoport ecotaxa projects taxon-stats --help' for help.\n\n"
        "Error: Invalid value for '--taxa-ids': "
    )
    assert here(*stats, "al").err == f"{usage}'al' is not a valid integer, nor 'all'.\n"
    assert here(*stats, "all", "--taxa-ids", "5").err == f"{usage}'all' goes with nothing else\n"
    assert recorder.taken() == []

"""Everything that only some releases know is refused to the others, and sent to these."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

import annoport_cvat
from annoport.core.contract.extensions import Releases
from annoport.core.http.request import THE_OPERATION, build
from annoport.core.values.models import UNSET
from annoport.errors import AnnoportError, UnsupportedByServerError
from annoport.testing import FakeServer, serve
from generator import documents
from tests.platforms.marked_calls import Call, calls, operations
from tests.shared import SHARED, needs_shared

FAKES = ("2.24.0", "2.52.0", "2.72.0", "2.80.0")


@functools.cache
def cvat_calls() -> list[list[Call]]:
    """Return the calls of each operation."""
    return [list(calls(operation)) for operation in operations("cvat")]


def every_call() -> Iterator[Call]:
    return (call for listed in cvat_calls() for call in listed)


@pytest.fixture(scope="module", params=FAKES)
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer[Any]]:
    with serve("cvat", version=request.param) as running:
        yield running


@pytest.fixture
def client(server: FakeServer[Any]) -> Iterator[annoport_cvat.Client]:
    with annoport_cvat.Client(server.url, token=server.token, max_retries=0) as made:
        yield made


def send(client: annoport_cvat.Client, call: Call) -> None:
    """Make a call, and wait for the answer."""
    if call.operation.stream is None:
        client.call(call.operation, call.arguments, body=call.body, content_type=call.media)
        return
    with client.event_stream(call.operation, call.arguments) as events:
        next(iter(events))


def check(client: annoport_cvat.Client, call: Call) -> None:
    """Do what comes before a call is sent."""
    client.check_server(build(call.operation, call.arguments, call.body, call.media))


# --------------------------------------------------------------------------- by the marks


def lacks(version: str, known_by: Releases | None) -> bool:
    """Whether a release lacks something, by a plain reading of its mark."""
    if known_by is None:
        return False
    ours = numbers(version)
    early = known_by.since is not None and ours < numbers(known_by.since)
    late = known_by.removed is not None and ours >= numbers(known_by.removed)
    away = any(numbers(first) <= ours < numbers(again) for first, again in known_by.gaps)
    return early or late or away


def numbers(version: str) -> list[int]:
    found = [int(number) for number in version.split(".")]
    return [*found, *[0] * (3 - len(found))]


def lacking(call: Call, version: str) -> dict[str, Releases]:
    """Return what of a call a release lacks: the operation, and what it uses besides."""
    used = {THE_OPERATION: call.operation.known_by, call.uses: call.known_by}
    return {
        name: known_by
        for name, known_by in used.items()
        if known_by is not None and lacks(version, known_by)
    }


def message(call: Call, version: str) -> str:
    """Return what the error says."""
    found = lacking(call, version)
    listed = "; ".join(f"{name}: {words(known_by)}" for name, known_by in found.items())
    out = "leave it out, because this server may ignore it and do something else; "
    return (
        f"{call.operation.id}: {listed}; this server is {version}. Nothing was sent: "
        f"{'' if THE_OPERATION in found else out}"
        "check_server_version=False on the client would send it all the same"
    )


def words(known_by: Releases) -> str:
    if known_by.edition:
        return f"CVAT ({known_by.edition})"
    text = f"{known_by.since} and later" if known_by.since else ""
    for first, again in known_by.gaps:
        before = f"{text}, before {first}" if text else f"before {first}"
        text = f"{before}, and again {again} and later"
    if known_by.removed:
        text = f"{text}, before {known_by.removed}" if text else f"before {known_by.removed}"
    return f"CVAT {text}"


def test_what_a_release_lacks_is_refused_before_anything_is_sent(
    server: FakeServer[Any], client: annoport_cvat.Client
) -> None:
    version = server.fake.version
    assert client.server_version() == version
    before, refused, wrong = len(server.requests), 0, dict[str, str]()
    for call in every_call():
        if lacking(call, version):
            refused += 1
            with pytest.raises(UnsupportedByServerError) as caught:
                send(client, call)
            if str(caught.value) != message(call, version):
                wrong[str(call)] = str(caught.value)
    assert wrong == {}
    assert len(server.requests) == before
    assert refused > 0


def test_everything_else_is_sent(server: FakeServer[Any], client: annoport_cvat.Client) -> None:
    version = server.fake.version
    assert client.server_version() == version
    sent, requests = 0, len(server.requests)
    for listed in cvat_calls():
        for call in listed:
            if not lacking(call, version):
                check(client, call)
        for call in _together(listed, version):
            try:
                send(client, call)
            except UnsupportedByServerError as error:
                pytest.fail(str(error))
            except AnnoportError:
                pass  # the fake has not everything
            sent += 1
            assert len(server.requests) == requests + sent, call
    assert sent > 150


def _together(listed: list[Call], version: str) -> Iterator[Call]:
    """Yield calls of an operation that use together what a release knows of it."""
    plain, *others = listed
    if lacking(plain, version):
        return
    known = [one for one in others if not lacking(one, version)]
    arguments: Mapping[str, Any] = {
        name: value for one in known for name, value in one.arguments.items()
    }
    yield attrs.evolve(plain, arguments=arguments or plain.arguments)
    yield from (one for one in known if one.where == "body" and one.known_by is not None)


def test_calls_without_a_mark_ask_nothing(
    server: FakeServer[Any], client: annoport_cvat.Client
) -> None:
    before, plain, marked = len(server.requests), 0, list[Call]()
    for call in every_call():
        if call.known_by or call.operation.known_by:
            marked.append(call)
            continue
        check(client, call)
        plain += 1
    assert len(server.requests) == before
    assert plain > 1000
    known = next(call for call in marked if not lacking(call, server.fake.version))
    check(client, known)
    assert [seen.path for seen in server.requests[before:]] == ["/api/server/about"]


# --------------------------------------------------------------------------- by the documents

Spec = Mapping[str, Any]


@functools.cache
def contract(name: str) -> Spec:
    return documents.load(SHARED / name)


def source(release: str) -> Spec:
    return contract(f"recovered/cvat-open-source/{release}.yaml")


HOSTED = {
    "2.61.0": "upstream/cvat/2.61.0.json",
    "2.72.0": "upstream/cvat/2.72.0.json",
    "2.80.0": "recovered/cvat/2.80.0.json",
}


def has(spec: Spec, call: Call) -> bool:
    """Whether a document of a server has what a call uses."""
    wanted = re.sub("{[^}]*}", "{}", call.operation.path).rstrip("/")
    found = [
        item[call.operation.method.lower()]
        for path, item in spec["paths"].items()
        if re.sub("{[^}]*}", "{}", path).rstrip("/") == wanted
        and call.operation.method.lower() in item
    ]
    if not found or call.where == "operation":
        return bool(found)
    name, equals, value = call.uses.partition("=")
    if call.where == "argument":
        wires = {one.name: (one.wire.lower(), one.location) for one in call.operation.parameters}
        listed = found[0].get("parameters", ())
        schemas = [
            one["schema"] for one in listed if (one["name"].lower(), one["in"]) == wires[name]
        ]
    else:
        content = found[0].get("requestBody", {}).get("content", {})
        schemas = [entry["schema"] for entry in content.values()]
        for step in re.findall(r"\[\]|\.\*|[^.\[\]]+", name):
            schemas = [inner for one in schemas for inner in _inner(spec, one, step)]
    return any(_takes(spec, one, value) for one in schemas) if equals else bool(schemas)


def _inner(spec: Spec, schema: Spec, step: str) -> Iterator[Spec]:
    for part in _parts(spec, schema):
        if step == "[]" and "items" in part:
            yield part["items"]
        elif step in part.get("properties", {}):
            yield part["properties"][step]
        elif step == ".*" and part.get("additionalProperties"):
            yield part["additionalProperties"]


def _parts(spec: Spec, schema: Spec) -> Iterator[Spec]:
    """Yield a schema and those that it consists of."""
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield schema
    for key in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(key, ()):
            yield from _parts(spec, part)


def _takes(spec: Spec, schema: Spec, value: str) -> bool:
    """Whether a schema takes a value, written as Python writes it; free text takes any."""
    parts = list(_parts(spec, schema))
    parts += [inner for part in parts for inner in _parts(spec, part.get("items", {}))]
    enums = [part["enum"] for part in parts if "enum" in part]
    return not enums or any(value == repr(item) for enum in enums for item in enum)


def expected(call: Call, release: str) -> bool | None:
    """Whether servers of a release know what a call uses; None if the documents leave it open."""
    if release == "2.72.0":  # of the open-source edition, only those beside it were seen
        near = [has(source(one), call) for one in ("2.71.0", "2.73.0")]
        if has(contract(HOSTED[release]), call) or all(near):
            return True
        return None if any(near) else False
    if has(source(release), call):
        return True
    if release == "2.80.0":
        return has(contract(HOSTED[release]), call)
    # Older servers of the other edition were not seen.
    apart = has(contract(HOSTED["2.61.0"]), call) and not has(source("2.61.0"), call)
    return None if apart else False


@needs_shared
@pytest.mark.parametrize("release", FAKES)
def test_the_documents_of_the_servers_agree(release: str) -> None:
    refused, wrong = 0, list[str]()
    with annoport_cvat.Client("https://cvat.example.org", server_version=release) as client:
        for call in every_call():
            try:
                check(client, call)
                known = True
            except UnsupportedByServerError:
                known = False
            refused += not known
            if expected(call, release) not in (known, None):
                wrong.append(f"{call} is {'sent' if known else 'refused'}")
    assert wrong == []
    assert refused > 0


def test_every_call_sends_what_it_says() -> None:
    """A call whose body lacked the field would be sent to all servers, and test nothing."""
    for call in every_call():
        request = build(call.operation, call.arguments, call.body, call.media)
        used = [need.what for need in (*request.needs, *request.body_needs(None))]
        assert [name for name in used if name != THE_OPERATION] == [call.uses] * bool(call.known_by)
        assert call.body is not UNSET or call.where != "body"

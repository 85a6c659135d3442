"""Everything that only some releases know is refused to the others, and sent to these."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pytest

import annoport_cvat
import annoport_tator
from annoport.core import BaseClient
from annoport.core.contract.extensions import Releases
from annoport.core.http.request import THE_OPERATION, build
from annoport.core.values.models import UNSET
from annoport.errors import (
    AnnoportError,
    InvalidArgumentError,
    InvalidBodyError,
    UnsupportedByServerError,
)
from annoport.testing import FakeServer, serve
from generator import documents
from generator.spec import effective
from generator.spec.walk import walk
from tests.platforms.marked_calls import Call, calls, operations
from tests.shared import SHARED, needs_shared

FAKES = ("2.24.0", "2.52.0", "2.72.0", "2.80.0")


@functools.cache
def by_operation(platform: str) -> list[list[Call]]:
    """Return the calls of each operation."""
    return [list(calls(operation)) for operation in operations(platform)]


def every_call(platform: str = "cvat") -> Iterator[Call]:
    return (call for listed in by_operation(platform) for call in listed)


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


def check(client: BaseClient, call: Call) -> None:
    """Do what comes before a call is sent."""
    client.check_server(build(call.operation, call.arguments, call.body, call.media))


# --------------------------------------------------------------------------- by the marks


def lacks(version: str, known_by: Releases) -> bool:
    """Whether a release lacks something, by a plain reading of its mark."""
    ours = numbers(version)
    early = known_by.since is not None and ours < numbers(known_by.since)
    late = known_by.removed is not None and ours >= numbers(known_by.removed)
    away = any(numbers(first) <= ours < numbers(again) for first, again in known_by.gaps)
    return early or late or away


def numbers(version: str) -> list[int]:
    found = [int(number) for number in version.split(".")]
    return [*found, *[0] * (3 - len(found))]


def lacking(call: Call, version: str) -> dict[str, Releases]:
    """Return what of a call a release lacks."""
    return {name: known_by for name, known_by in call.needs.items() if lacks(version, known_by)}


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
        return known_by.edition
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
    for listed in by_operation("cvat"):
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
    yield from (one for one in known if one.where == "body" and one.needs)


def test_calls_without_a_mark_ask_nothing(
    server: FakeServer[Any], client: annoport_cvat.Client
) -> None:
    before, plain, marked = len(server.requests), 0, list[Call]()
    for call in every_call():
        if call.needs:
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


SEEN = ("2.24.0", "2.31.0", "2.40.1", "2.52.0", "2.61.0", "2.71.0", "2.73.0", "2.80.0")


def has(spec: Spec, call: Call) -> bool | None:
    """Whether a document of a server has what a call uses; None for a value of free text."""
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
    if not equals or not schemas:
        return bool(schemas)
    taken = {_takes(spec, one, value) for one in schemas}
    return True if True in taken else None if None in taken else False


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


def _takes(spec: Spec, schema: Spec, value: str) -> bool | None:
    """Whether a schema takes a value, written as Python writes it; None if it is free text."""
    parts = list(_parts(spec, schema))
    parts += [inner for part in parts for inner in _parts(spec, part.get("items", {}))]
    enums = [part["enum"] for part in parts if "enum" in part]
    return any(value == repr(item) for enum in enums for item in enum) if enums else None


def expected(call: Call, release: str) -> bool | None:
    """Whether servers of a release know what a call uses; None if the documents leave it open."""
    if release == "2.72.0":  # of the open-source edition, only those beside it were seen
        near = [has(source(one), call) for one in ("2.71.0", "2.73.0")]
        if has(contract(HOSTED[release]), call) or all(near):
            return True
        return None if any(near) else _once(call)
    known = has(source(release), call)
    if known is not False:
        return known
    if release == "2.80.0":
        return has(contract(HOSTED[release]), call) or _once(call)
    # Older servers of the other edition were not seen.
    apart = has(contract(HOSTED["2.61.0"]), call) and not has(source("2.61.0"), call)
    return None if apart else _once(call)


def _once(call: Call) -> bool | None:
    """False if some release that anybody can run knows what a call uses, else None.

    The others are of the hosted edition, of which few releases were seen, or of our own overlay.
    """
    return False if any(has(source(release), call) for release in SEEN) else None


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


# --------------------------------------------------------------------------- the calls themselves


def test_every_call_sends_what_it_says() -> None:
    """A call whose body lacked the field would be sent to all servers, and test nothing."""
    for call in every_call():
        request = build(call.operation, call.arguments, call.body, call.media)
        used = [need.what for need in (*request.needs, *request.body_needs(None))]
        assert sorted(used) == sorted(call.needs)
        assert call.body is not UNSET or call.where != "body"


@pytest.mark.parametrize("platform", ["cvat", "tator"])
def test_every_mark_that_is_checked_is_in_a_call(platform: str) -> None:
    marked = [
        node
        for node in walk(effective.load(platform))
        if node.data.get("x-annoport-checked") and node.kind in ("operation", "parameter")
    ]
    found = list(every_call(platform))
    of_operations = {call.operation.id for call in found if THE_OPERATION in call.needs}
    of_arguments = {
        (call.operation.id, name)
        for call in found
        if call.where == "argument"
        for name in call.needs
        if name == call.uses
    }
    kinds = Counter(node.kind for node in marked)
    assert len(of_operations) == kinds["operation"]
    assert len([1 for _, name in of_arguments if "=" not in name]) == kinds["parameter"]


# --------------------------------------------------------------------------- servers that tell none


@pytest.mark.parametrize("version", ["1.0.5", "1.2.11", "1.3.24", "1.4.20", "1.5.0", "1.6.14"])
def test_a_version_given_to_a_client_of_tator_counts(version: str) -> None:
    refused = 0
    with annoport_tator.Client("https://tator.example.org", server_version=version) as client:
        for call in every_call("tator"):
            try:
                check(client, call)
                known = True
            except UnsupportedByServerError:
                known = False
            except (InvalidArgumentError, InvalidBodyError):
                continue  # a call that selects nothing
            assert known is not bool(lacking(call, version)), call
            refused += not known
    assert refused > 0 or version in ("1.5.0", "1.6.14")


def test_servers_of_tator_are_not_asked() -> None:
    marked = [call for call in every_call("tator") if call.needs]
    with serve("tator") as server, annoport_tator.Client(server.url, token=server.token) as client:
        for call in marked[:20]:
            check(client, call)
        assert server.requests == []

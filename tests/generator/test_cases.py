"""What users of generators have reported, one document each: the outcome is the right one.

The documents are in `../shared/cases/generator`; its README says what is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from annoport.core.codec.json import to_builtins
from annoport.core.errors import InvalidBodyError, ResponseShapeWarning
from annoport.testing.server import FakeServer
from generator.contract import vendor
from generator.drift import contract_diff
from generator.errors import GeneratorError
from generator.spec import effective, lint
from tests.core.servers import Scripted, serve
from tests.generator.platforms import Small
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared

CASES = SHARED / "cases" / "generator"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    made = Small(tmp_path_factory.mktemp("cases"))
    yield made
    made.clear()


@pytest.fixture(scope="module")
def case(small: Small) -> Call:
    """Return a function that returns the package of a case, made once."""
    made: dict[str, Any] = {}

    def package(name: str) -> Any:
        if name not in made:
            small.vendor(name.partition("_")[0], CASES / f"{name}.yaml")
            made[name] = small.package(name.partition("_")[0])
        return made[name]

    return package


def answering(content: bytes, media_type: str, status: int = 200) -> FakeServer[Scripted]:
    def answer(_: Request) -> Response:
        return Response(content, status, headers={"Content-Type": media_type})

    return serve(answer)


def silent() -> FakeServer[Scripted]:
    """Answer nothing, successfully."""
    return answering(b"", "text/plain", 204)


def noting(bodies: list[bytes], status: int = 200) -> FakeServer[Scripted]:
    """Note the body of each request."""

    async def answer(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(b"[]" if status == 200 else b"", status, media_type="application/json")

    return serve(answer)


def results(small: Small, name: str) -> dict[str, str]:
    """Return what each operation gives, by its id."""
    return {one.id: one.returned.source("") for one in small.described(name).operations}


# ------------------------------------------------------------------------------ g01


def test_g01_a_redirect_gives_its_location(case: Call) -> None:
    def answer(_: Request) -> Response:
        return RedirectResponse("/projects/7", status_code=302)

    with serve(answer) as server, case("g01_redirect_only").Client(server.url) as client:
        assert client.plans.open_plan("a") == f"{server.url}/projects/7"


async def test_g01_async_leaves_the_redirect_alone(case: Call) -> None:
    def answer(_: Request) -> Response:
        return RedirectResponse("/x", status_code=302)

    with serve(answer) as server:
        async with case("g01_redirect_only").AsyncClient(server.url) as client:
            assert await client.plans.open_plan("a") == f"{server.url}/x"
    assert [request.path for request in server.requests] == ["/plans/a/open"]


# ------------------------------------------------------------------------------ g11


def test_g11_what_each_operation_gives(case: Call, small: Small) -> None:
    case("g11_media")
    assert results(small, "g11") == {
        "star": "models.A",
        "hal": "models.A",
        "charset": "models.A",
        "nd": "ItemStream[models.A]",
        "geo": "dict[str, Any]",
        "range": "models.A",
        "noschema": "Any",
        "nocontent": "None",
        "csv": "str",
        "bin": "models.A | bytes",
        "xml": "bytes",
        "str": "str",
        "poststar": "list[models.A]",
        "postnd": "None",
        "mergep": "None",
        "textp": "None",
    }


@pytest.mark.parametrize(
    ("operation", "content", "media_type", "value"),
    [
        ("star", b'{"a": 1}', "application/json", {"a": 1}),
        ("star", b'{"a": 1}', "application/vnd.x+json", {"a": 1}),
        ("hal", b'{"a": 1}', "application/hal+json", {"a": 1}),
        ("charset", b'{"a": 1}', "application/json; charset=utf-8", {"a": 1}),
        ("geo", b'{"a": 1}', "application/geo+json", {"a": 1}),
        ("range", b'{"a": 1}', "application/json", {"a": 1}),
        ("noschema", b"[1]", "application/json", [1]),
        ("nocontent", b"", "text/plain", None),
        ("csv", b"a,b", "text/csv", "a,b"),
        ("bin", b"PK", "application/zip", b"PK"),
        ("bin", b'{"a": 1}', "application/json", {"a": 1}),
        ("xml", b"<A/>", "application/xml", b"<A/>"),
        ("str", b'"a"', "application/json", "a"),
        ("poststar", b'[{"a": 1}]', "application/json", [{"a": 1}]),
        ("nd", b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson", [{"a": 1}, {"a": 2}]),
    ],
)
def test_g11_answers(
    case: Call, operation: str, content: bytes, media_type: str, value: object
) -> None:
    package = case("g11_media")
    arguments = {"body": {"a": 1}} if operation == "poststar" else {}
    with answering(content, media_type) as server, package.Client(server.url) as client:
        found = getattr(client.default, operation)(**arguments)
        found = list(found) if operation == "nd" else found
    assert (found if isinstance(found, bytes) else to_builtins(found)) == value


@pytest.mark.parametrize(
    ("operation", "body", "media_type", "sent"),
    [
        ("poststar", {"a": 1}, "application/json", b'{"a":1}'),
        ("postnd", [{"a": 1}, {"a": 2}], "application/x-ndjson", b'{"a":1}\n{"a":2}\n'),
        ("postnd", iter([{"a": 1}]), "application/x-ndjson", b'{"a":1}\n'),
        ("mergep", {"a": 1}, "application/merge-patch+json", b'{"a":1}'),
        ("textp", "hello", "text/plain", b"hello"),
    ],
)
def test_g11_bodies(case: Call, operation: str, body: Any, media_type: str, sent: bytes) -> None:
    bodies: list[bytes] = []
    with noting(bodies) as server, case("g11_media").Client(server.url) as client:
        getattr(client.default, operation)(body=body)
    assert server.requests[0].headers["content-type"] == media_type
    assert bodies == [sent]


async def test_g11_lines_of_the_async_client(case: Call) -> None:
    package = case("g11_media")
    with answering(b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson") as server:
        async with package.AsyncClient(server.url) as client:
            found = [item async for item in client.default.nd()]
    assert found == [package.models.A(a=1), package.models.A(a=2)]


# ------------------------------------------------------------------------------ g19


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (
            {"f": {"lat": 1.5, "tags": ["a", "b"], "nested": {"x": 1}}},
            "f%5Blat%5D=1.5&f%5Btags%5D=a&f%5Btags%5D=b&f%5Bnested%5D%5Bx%5D=1",
        ),
        ({"ids": [1, 2]}, "ids=1,2"),
        ({"free": {"k": "v", "l": "w"}}, "k=v&l=w"),
        ({"q": "a/b:c?d=e&f"}, "q=a/b:c?d=e%26f"),
        ({"j": {"a": [1]}}, "j=%7B%22a%22%3A%5B1%5D%7D"),
        ({"b": True}, "b=true"),
        ({"n": None}, ""),
        ({"e": ""}, "e="),
    ],
)
def test_g19_queries(case: Call, arguments: dict[str, Any], query: str) -> None:
    with silent() as server, case("g19_deepobject").Client(server.url) as client:
        assert client.default.a(**arguments) is None
    assert server.requests[0].query == query


# ------------------------------------------------------------------------------ g24


def test_g24_lint_is_clean(case: Call, small: Small) -> None:
    case("g24_component_response")
    assert list(lint.lint("g24", small.specs)) == []


# ------------------------------------------------------------------------------ g25


def test_g25_all_faults_are_told_in_one_run(small: Small) -> None:
    small.vendor("g25", CASES / "g25_no_ids.yaml")
    with pytest.raises(GeneratorError) as told:
        small.package("g25")
    remedy = (
        "set one in the overlay, or let repair.yaml derive those that are missing "
        "(`x-annoport-operation-ids: derive` on $)"
    )
    places = (
        "expected one of path, query, header, cookie (what goes into the body is declared under "
        "requestBody)"
    )
    assert str(told.value).splitlines() == [
        "g25: the effective spec has faults:",
        f"  GET /c parameter 'p': 'in' is 'body'; {places}",
        *(f"  GET /{name}: no operationId; {remedy}" for name in "abc"),
    ]


def test_g25_ids_can_be_derived(small: Small) -> None:
    repair: list[dict[str, Any]] = [
        {"target": "$", "update": {"x-annoport-operation-ids": "derive"}},
        {"target": "$.paths['/c'].get.parameters[0]", "update": {"in": "query"}},
    ]
    small.write("g25", "repair.yaml", repair)
    small.vendor("g25", CASES / "g25_no_ids.yaml")
    small.package("g25")
    assert results(small, "g25") == {"get_a": "None", "get_b": "None", "get_c": "None"}


# ------------------------------------------------------------------------------ g26


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"id": 1, "note": null, "kind": "a"}', {"id": 1, "note": None, "kind": "a"}),
        (b"null", None),
    ],
)
def test_g26_openapi_31(case: Call, small: Small, content: bytes, value: object) -> None:
    package = case("g26_fastapi31")
    assert results(small, "g26") == {"obj": "models.Obj | None"}
    with (
        answering(content, "application/json") as server,
        package.Client(server.url, strict=True) as client,
    ):
        assert to_builtins(client.objs.obj(1)) == value


def test_g26_is_compared(case: Call, small: Small) -> None:
    case("g26_fastapi31")
    live = vendor.prepare("g26", str(CASES / "g26_fastapi31.yaml"), specs=small.specs).contract
    contract = effective.contract("g26", small.specs)
    assert contract_diff.compare(contract, live) == []
    properties = live["components"]["schemas"]["Obj"]["properties"]
    del properties["note"]["nullable"]
    assert [one.kind for one in contract_diff.compare(contract, live)] == ["no-longer-nullable"]


# ------------------------------------------------------------------------------ g27


def test_g27_binary_in_json_is_bytes(case: Call, small: Small) -> None:
    package = case("g27_binary_json")
    assert results(small, "g27") == {"dump": "bytes", "nullReq": "None"}
    with answering(b"\x00\xff", "application/json") as server, package.Client(server.url) as client:
        assert client.default.dump() == b"\x00\xff"


@pytest.mark.parametrize("selection", [None, {"all": True}])
def test_g27_null_is_sent_where_it_is_allowed(case: Call, selection: object) -> None:
    bodies: list[bytes] = []
    with noting(bodies, 204) as server, case("g27_binary_json").Client(server.url) as client:
        client.default.null_req(body={"sel": selection})
    assert [json.loads(body) for body in bodies] == [{"sel": selection}]


# ------------------------------------------------------------------------------ g30


def test_g30_null_is_told_and_can_be_repaired(small: Small) -> None:
    document = CASES / "g30_null_security.yaml"
    with pytest.raises(GeneratorError, match="security"):
        vendor.vendor("g30", str(document), specs=small.specs)
    repair = yaml.safe_load((CASES / "g30_null_security.overlay.yaml").read_text())
    small.write("g30", "repair.yaml", repair)
    small.vendor("g30", document)
    with silent() as server, small.package("g30").Client(server.url, token="t" * 20) as client:
        client.default.a()
    assert "authorization" not in server.requests[0].headers  # nothing is needed, as it says


# ------------------------------------------------------------------------------ g02


DIVE: dict[str, Any] = {"carrier": None, "zone": None, "when": None}


def test_g02_null_is_where_the_schema_allows_it(case: Call, small: Small) -> None:
    case("g02_nullable_unions")
    modules = small.described("g02").modules
    fields = {
        field.name: field.annotation
        for module in modules
        for model in module.models
        if model.name == "Dive"
        for field in model.fields
    }
    assert fields == {
        "carrier": "OneOf[Ship, Rov] | None",
        "when": "OneOf[datetime.datetime, datetime.date] | None",
        "zone": "OneOf[Zone, Blank] | None",
        "crew": "list[Ship] | None | Unset",
        "crew2": "list[Ship] | None | Unset",
        "derived": "Derived | Unset",
        "extra": "dict[str, str | None] | None | Unset",
        "holes": "list[int | None] | Unset",
        "maybe": "Ship | None | Unset",
        "maybe1": "Ship | None | Unset",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"carrier": {"hull": "steel"}},
        {"carrier": {"tether": 1.5}},
        {"when": "2024-01-02"},
        {"zone": "photic"},
        {"zone": ""},
        {"crew": [{"hull": "a"}]},
        {"crew": None, "crew2": None, "extra": None, "maybe": None, "maybe1": None},
        {"extra": {"a": None}, "holes": [1, None]},
        {"derived": {"a": "x", "b": "y"}},
    ],
)
def test_g02_strictly_there_and_back(case: Call, more: dict[str, Any]) -> None:
    package = case("g02_nullable_unions")
    content = json.dumps(DIVE | more).encode()
    bodies: list[bytes] = []

    async def answer(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(content, media_type="application/json")

    with serve(answer) as server, package.Client(server.url, strict=True) as client:
        dive = client.dives.dive(1)
        client.dives.set_dive(1, body=dive)
    assert json.loads(bodies[1]) == DIVE | more


# ------------------------------------------------------------------------------ g08


@pytest.mark.parametrize(
    ("operation", "content", "classes"),
    [
        (
            "items",
            [{"kind": "plain", "name": "a"}, {"kind": "server", "name": "b", "ram": 4}],
            ["Product", "ServerProduct"],
        ),
        (
            "fields",
            [{"type": "IntField", "value": 1}, {"type": "FloatField"}, {"type": "DateField"}],
            ["IntField", "FloatField", "DateField"],
        ),
        (
            "shapes",
            [{"shape_type": "box", "w": 1.0, "h": 2.0}, {"shape_type": "poly", "points": [1.5]}],
            ["Box", "Poly"],
        ),
    ],
)
def test_g08_the_discriminator_chooses_the_class(
    case: Call, operation: str, content: list[Any], classes: list[str]
) -> None:
    package = case("g08_discriminator")
    running = answering(json.dumps(content).encode(), "application/json")
    with running as server, package.Client(server.url, strict=True) as client:
        found = getattr(client.default, operation)()
    assert [type(one).__name__ for one in found] == classes
    assert to_builtins(found) == content


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        ("items", {"kind": "rental", "name": "a", "ram": 1}),
        ("shapes", {"shape_type": "star", "w": 1.0}),
    ],
)
def test_g08_an_unknown_value_is_kept_and_is_no_other_class(
    case: Call, operation: str, content: dict[str, Any]
) -> None:
    package = case("g08_discriminator")
    running = answering(json.dumps([content]).encode(), "application/json")
    told = pytest.warns(ResponseShapeWarning)
    with running as server, package.Client(server.url) as client, told:
        [found] = getattr(client.default, operation)()
    children = ("Product", "ServerProduct", "Box", "Poly")
    assert type(found).__name__ not in children
    assert to_builtins(found) == content


# ------------------------------------------------------------------------------ g12


def test_g12_each_direction_demands_its_own(case: Call) -> None:
    package = case("g12_readonly")
    bodies: list[bytes] = []

    async def answer(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(b'{"id": 1, "name": "a"}', media_type="application/json")

    with serve(answer) as server, package.Client(server.url, strict=True) as client:
        assert client.default.get_r().id == 1
        made = client.default.make_r(body={"name": "a", "secret": "s"})
        assert (made.id, made.name) == (1, "a")
        with pytest.raises(InvalidBodyError, match="secret"):
            client.default.make_r(body={"name": "a"})
    assert json.loads(bodies[1]) == {"name": "a", "secret": "s"}


# ------------------------------------------------------------------------------ g14


def test_g14_references_lead_anywhere(case: Call) -> None:
    package = case("g14_refs")
    running = answering(b'{"x": 1}', "application/json")
    with running as server, package.Client(server.url, strict=True) as client:
        assert client.default.deep().x == 1
    running = answering(b'{"inner": {"x": 1}}', "application/json")
    with running as server, package.Client(server.url, strict=True) as client:
        assert client.default.get_r(1).inner.x == 1
    with silent() as server, package.Client(server.url) as client:
        client.default.put_r(1, body={"inner": {"x": 2}})


# ------------------------------------------------------------------------------ g22


@pytest.mark.parametrize("value", [None, "Default8"])
def test_g22_null_beside_a_reference(case: Call, value: str | None) -> None:
    package = case("g22_nullable_ref")
    running = answering(json.dumps({"b": value}).encode(), "application/json")
    with running as server, package.Client(server.url, strict=True) as client:
        assert client.default.a().b == value

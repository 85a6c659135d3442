"""Operations of a spec: what they become, and which faults of a spec are rejected."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.output.render import files
from generator.python.package import Operation
from tests.generator.sample_spec import POT, POTS, SCHEMAS, SPEC, built, spoilt


def operation(spec: dict[str, Any], id_: str) -> Operation:
    return next(operation for operation in built(spec).operations if operation.id == id_)


def document(location: str, media: str) -> dict[str, Any]:
    """Return a parameter that is sent as a document."""
    return {"name": "q", "in": location, "content": {media: {}}}


def test_every_operation_is_generated() -> None:
    package = built()
    assert [(o.resource, o.name, o.returned.kind) for o in package.operations] == [
        ("pots", "cook", "job"),
        ("pots", "list", "pager"),
        ("pots", "retrieve", "value"),
    ]
    assert [o.returned.source("Async") for o in package.operations] == [
        "AsyncJob[models.Pot, models.Pot]",
        "AsyncPager[models.Pot, models.Pots]",
        "models.Pot",
    ]


def test_parameters_of_the_path_are_inherited_and_overridden() -> None:
    shared = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
    ]
    parameters = operation(spoilt(POT, {"parameters": shared}), "pots_retrieve").parameters
    assert [(p.wire, p.annotation) for p in parameters] == [("id", "int"), ("deep", "bool")]


def test_a_parameter_that_is_a_document_takes_its_schema() -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    parameter = {"name": "filter", "in": "query", "content": content}
    spec = spoilt(f"{POTS}.get.parameters", parameter)
    made = operation(spec, "pots_list").parameters[-1]
    assert (made.annotation, made.style) == ("Mapping[str, Any]", "json")
    text = files(built(spec))["annoport_sample/operations/pots.py"]
    assert "wire='filter', location='query', style='json')" in text


@pytest.mark.parametrize(("format_", "timed"), [("date-time", True), ("date", False)])
def test_a_point_in_time_is_marked(format_: str, timed: bool) -> None:
    parameter = {"name": "since", "in": "query", "schema": {"type": "string", "format": format_}}
    spec = spoilt(f"{POTS}.get.parameters", parameter)
    text = files(built(spec))["annoport_sample/operations/pots.py"]
    assert ("location='query', timed=True)" in text) is timed


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ({"type": "number", "enum": [1.5, 2]}, "float"),
        ({"enum": [{"a": 1}, [2]]}, "Any"),
        ({"type": "string", "enum": [None]}, "None"),
        ({"enum": [1, "1", True, None]}, "Literal[1, '1', True]"),
    ],
)
def test_values_of_an_enum_are_literals_where_python_has_them(
    schema: dict[str, Any], annotation: str
) -> None:
    parameter = {"name": "size", "in": "query", "schema": schema}
    made = operation(spoilt(f"{POTS}.get.parameters", parameter), "pots_list").parameters[-1]
    assert made.annotation == annotation


def test_a_component_whose_values_are_lists_keeps_a_plain_type() -> None:
    update = {"Cook": {"properties": {"size": {"$ref": "#/components/schemas/Size"}}}}
    made = built(spoilt(SCHEMAS, {**update, "Size": {"enum": [[1], [2]]}}))
    (cook,) = (model for module in made.modules for model in module.models if model.name == "Cook")
    assert [field.type.annotation() for field in cook.fields] == ["str", "Any"]


def test_an_extension_among_the_paths_is_no_path() -> None:
    assert (
        len(built(spoilt("$.paths", {"x-get": {"get": {"summary": "No path."}}})).operations) == 3
    )


def test_a_name_of_a_property_stays_with_it() -> None:
    """Whether its type is inline or named."""
    own = {"properties": {"size": {"type": "integer"}}, "type": "object"}
    update = {
        "properties": {
            "p-1": {**own, "x-annoport-name": "first"},
            "p-2": {"$ref": "#/components/schemas/PotState", "x-annoport-name": "second"},
        }
    }
    made = built(spoilt(f"{SCHEMAS}.Cook", update))
    (cook,) = (model for module in made.modules for model in module.models if model.name == "Cook")
    assert [field.name for field in cook.fields] == ["name", "first", "second"]


def with_parameters(components: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the sample, where the list of pots takes a parameter by reference."""
    spec = spoilt("$.components", {"parameters": components})
    spec["paths"]["/pots"]["get"]["parameters"].append({"$ref": f"#/components/parameters/{name}"})
    return spec


def test_references_to_parameters_are_followed_to_their_end() -> None:
    lid = {"name": "lid", "in": "query", "schema": {"type": "boolean"}}
    chain = {"One": {"$ref": "#/components/parameters/a~1b"}, "a/b": lid}
    made = operation(with_parameters(chain, "One"), "pots_list")
    assert made.parameters[-1].wire == "lid"


def test_a_reference_that_leads_back_to_itself_is_named() -> None:
    chain = {name: {"$ref": f"#/components/parameters/{to}"} for name, to in ("AB", "BA")}
    with pytest.raises(GeneratorError, match=r"GET /pots: .*/A -> .*/B -> .*/A"):
        built(with_parameters(chain, "A"))


def test_the_parser_shows_no_addresses() -> None:
    """The parser wraps its strings, and the default repr of these is an address in memory."""
    parts = [{"$ref": f"#/components/schemas/{name}"} for name in ("Pot", "B", "A", "Cook")]
    loop = {"A": {"allOf": parts[:2]}, "B": {"allOf": parts[2:]}}
    with pytest.raises(GeneratorError, match="Reference in allOf was not processed") as caught:
        built(spoilt(SCHEMAS, loop))
    assert "0x" not in str(caught.value)


def test_a_reference_to_a_response_is_followed() -> None:
    spec = spoilt(
        "$.components", {"responses": {"One": SPEC["paths"]["/pots"]["post"]["responses"]["200"]}}
    )
    spec["paths"]["/pots/{id}"]["get"]["responses"] = {
        "200": {"$ref": "#/components/responses/One"},
        "404": {"content": {}},
    }
    made = operation(spec, "pots_retrieve")
    assert (made.result, made.errors) == ("models.Pot", ["404"])


@pytest.mark.parametrize(
    ("word", "method", "repeatable"),
    [(None, "get", True), ("unsafe", "get", False), (None, "post", False), ("safe", "post", True)],
)
def test_retry_words(word: str | None, method: str, repeatable: bool) -> None:
    update = {"x-annoport-retry": word} if word else {"deprecated": False}
    made = operation(
        spoilt(f"{POTS}.{method}", update), "pots_list" if method == "get" else "pots_cook"
    )
    assert made.repeatable is repeatable


@pytest.mark.parametrize(
    ("target", "update", "parts"),
    [
        pytest.param(
            f"{POT}.get",
            {"operationId": "pots_list"},
            ["GET /pots/{id}: ", "'pots_list'", "GET /pots;"],
            id="duplicate operationId",
        ),
        pytest.param(
            POT,
            {"delete": {"responses": {"204": {}}}},
            ["DELETE /pots/{id}", "no operationId"],
            id="no operationId",
        ),
        pytest.param(
            POT,
            {"head": {"operationId": "touch", "responses": {"404": {}}}},
            ["HEAD /pots/{id}: no success response"],
            id="no success response",
        ),
        pytest.param(
            POT,
            {"head": {"operationId": "touch"}},
            ["HEAD /pots/{id}: no success response"],
            id="no responses at all",
        ),
        pytest.param(
            POT,
            {"delete": {"operationId": "scrap", "responses": {"204": {}}}},
            ["DELETE /pots/{id}", "names ['id']", "are []"],
            id="path parameter not declared",
        ),
        pytest.param(
            f"{POTS}.post",
            {"parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]},
            ["POST /pots", "names []", "are ['id']"],
            id="path parameter not in the path",
        ),
        pytest.param(
            f"{POTS}.get",
            {"parameters": [{"$ref": "#/components/parameters/Lid"}]},
            ["GET /pots", "'#/components/parameters/Lid' leads nowhere"],
            id="reference to no parameter",
        ),
        pytest.param(
            f"{POTS}.get.responses",
            {"404": {"$ref": "other.yaml#/Missing"}},
            ["GET /pots", "'other.yaml#/Missing' leads nowhere"],
            id="reference to another document",
        ),
        pytest.param(
            f"{SCHEMAS}.Cook.properties",
            {"pan": {"$ref": "#/components/schemas/Pan"}},
            ["component 'Cook'.pan", "'#/components/schemas/Pan' does not refer to a schema"],
            id="reference to no schema",
        ),
        pytest.param(
            f"{POTS}.get",
            {"x-annoport-retry": "often"},
            ["GET /pots", "x-annoport-retry is 'often'", "'safe' or 'unsafe'"],
            id="unknown retry word",
        ),
        pytest.param(
            f"{SCHEMAS}.PotState",
            {"x-enum-varnames": ["RAW"]},
            ["enum PotState", "2 values, but 1 names"],
            id="names of an enum",
        ),
        pytest.param(
            SCHEMAS,
            {"Odd": {"type": "object", "properties": {"a": {"type": "dish"}}}},
            ["schema Odd", "'dish'"],
            id="type that OpenAPI does not have",
        ),
        pytest.param(
            f"{POTS}.get.parameters[0]",
            {"in": "formData"},
            ["GET /pots parameter 'page'", "'formData'", "path, query, header, cookie"],
            id="parameter of Swagger 2",
        ),
        pytest.param(
            f"{POTS}.get.parameters[0]",
            {"style": "matrix"},
            ["GET /pots parameter 'page'", "'matrix' is not supported", "form, spaceDelimited"],
            id="style of no query",
        ),
        pytest.param(
            f"{POT}.get.parameters[0]",
            {"style": "label"},
            ["GET /pots/{id} parameter 'id'", "'label' is not supported", "simple"],
            id="style that the core does not know",
        ),
        pytest.param(
            f"{POTS}.get",
            {"parameters": [document("header", "application/json")]},
            ["GET /pots parameter 'q'", "'application/json'", "only query parameters"],
            id="document in a header",
        ),
        pytest.param(
            f"{POTS}.get",
            {"parameters": [document("query", "application/xml")]},
            ["GET /pots parameter 'q'", "'application/xml'", "only as JSON"],
            id="document that is no JSON",
        ),
        pytest.param(
            f"{POTS}.get",
            {"parameters": [{"$ref": "#/info"}]},
            ["GET /pots", "'#/info' does not refer to a parameter"],
            id="reference to what is no parameter",
        ),
        pytest.param(
            SCHEMAS,
            {"A": {"$ref": "#/components/schemas/A"}},
            ["component 'A'", "A -> A"],
            id="schema that refers to itself",
        ),
        pytest.param(
            SCHEMAS,
            {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
            ["component 'A'", "A -> B -> A", "give one of them a type"],
            id="schemas that refer to each other",
        ),
        pytest.param(
            f"{POTS}.post.requestBody.content",
            {
                "application/xml": {"schema": {"type": "object", "properties": {"a": {}}}},
                "multipart/form-data": {"schema": {"type": "object", "properties": {"b": {}}}},
            },
            ["POST /pots body multipart/form-data", "taken by POST /pots body application/xml"],
            id="two inline bodies of one name",
        ),
    ],
)
def test_faults_of_a_spec_are_named(target: str, update: Any, parts: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


def test_building_leaves_the_spec_alone() -> None:
    before = copy.deepcopy(SPEC)
    built()
    assert before == SPEC


def test_async_methods_tell_what_is_awaited() -> None:
    text = files(built())["annoport_sample/resources/pots.py"]
    sync, async_ = text.split("class AsyncPots")
    assert "await" not in sync
    assert "        await client.pots.retrieve(id)\n" in async_
    assert "        async for item in client.pots.list(): ...\n" in async_
    assert "await pager.first()" in async_


WINDOW = {
    "style": "window",
    "items": "/results",
    "start_parameter": "page",
    "size_parameter": "page-size",
    "default_size": 5,
    "largest_size": 99,
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [({}, "by default, what suits the server."), (WINDOW, "by default, few at first, then more.")],
)
def test_lists_take_a_page_size(changed: dict[str, Any], said: str) -> None:
    spec = copy.deepcopy(SPEC)
    get = spec["paths"]["/pots"]["get"]
    get["x-annoport-pagination"] = changed or get["x-annoport-pagination"]
    (own,) = (one for one in get["parameters"] if one["name"] == "page-size")
    own["x-annoport-name"] = "size"
    assert operation(spec, "pots_list").page_size == (
        f"Number of items to ask for in one request; {said}"
    )
    text = " ".join(files(built(spec))["annoport_sample/resources/pots.py"].split())
    assert "page_size: int | Unset = UNSET" in text
    assert f"page_size: Number of items to ask for in one request; {said}" in text
    assert "page_size=page_size" in text


def test_a_list_with_a_parameter_of_that_name_keeps_it() -> None:
    made = operation(SPEC, "pots_list")
    assert "page_size" in [parameter.name for parameter in made.parameters]
    assert not made.page_size


def test_what_is_returned_is_told_in_the_words_of_the_overlay() -> None:
    update = {"responses": {"200": {"description": "The pot, with its lid."}}}
    of_class = operation(spoilt(f"{SCHEMAS}.Pot", {"description": "To cook in."}), "pots_retrieve")
    assert of_class.returned.doc == "To cook in."
    assert operation(spoilt(f"{POT}.get", update), "pots_retrieve").returned.doc == (
        "The pot, with its lid."
    )


@pytest.mark.parametrize(
    ("schema", "data"),
    [({"type": "string"}, "str"), ({"$ref": "#/components/schemas/Pot"}, "models.Pot")],
)
def test_a_stream_of_events_has_the_type_of_their_data(schema: dict[str, Any], data: str) -> None:
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/bell"] = {
        "get": {
            "operationId": "pots_listen",
            "tags": ["pots"],
            "responses": {"200": {"content": {"text/event-stream": {"schema": schema}}}},
            "x-annoport-stream": {"silence": 30.0},
        }
    }
    made = operation(spec, "pots_listen").returned
    assert made.source("") == f"EventStream[{data}]"
    assert made.source("Async") == f"AsyncEventStream[{data}]"
    written = files(built(spec))
    operations = written["annoport_sample/operations/pots.py"]
    assert f"'text/event-stream': lambda: {data}" in operations
    assert "stream=StreamRules(silence=30.0)" in operations
    resource = written["annoport_sample/resources/pots.py"]
    assert "async def pots_listen" not in resource
    assert "return self._client.event_stream(ops.POTS_LISTEN, {})" in resource


# ------------------------------------------------------------------------------ media types


def answering(content: dict[str, Any], status: str = "200") -> dict[str, Any]:
    """Return the sample whose pot is answered so."""
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/pots"]["get"]["responses"] = {status: {"content": content}}
    del spec["paths"]["/pots"]["get"]["x-annoport-pagination"]
    return spec


COOK = {"$ref": "#/components/schemas/Cook"}
COOKS = {"type": "array", "items": COOK}
BINARY = {"type": "string", "format": "binary"}


@pytest.mark.parametrize(
    ("media", "schema", "result"),
    [
        ("*/*", COOK, "models.Cook"),
        ("application/*", COOK, "models.Cook"),
        ("*/*", {}, "Any"),
        ("*/*", {"type": "string"}, "str"),
        ("*/*", BINARY, "bytes"),
        ("text/*", {"type": "string"}, "str"),
        ("image/*", BINARY, "bytes"),
        ("application/json", BINARY, "bytes"),
        ("application/x-ndjson", COOKS, "ItemStream[models.Cook]"),
        ("application/jsonl", COOK, "ItemStream[models.Cook]"),
        ("application/json-seq", {}, "ItemStream[Any]"),
        ("application/x-ndjson", {"type": "string"}, "ItemStream[Any]"),
    ],
)
def test_media_types_say_what_an_answer_is(media: str, schema: dict[str, Any], result: str) -> None:
    made = operation(answering({media: {"schema": schema}}), "pots_list")
    assert made.returned.source("") == result


@pytest.mark.parametrize(
    ("media", "schema", "accepted"),
    [
        ("*/*", COOK, "models.Cook | Mapping[str, Any]"),
        ("*/*", BINARY, "FileContent"),
        ("application/x-ndjson", COOKS, "Iterable[models.Cook | Mapping[str, Any]]"),
        ("text/plain", {"type": "string"}, "str"),
    ],
)
def test_media_types_say_what_a_body_is(media: str, schema: dict[str, Any], accepted: str) -> None:
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/pots"]["post"]["requestBody"]["content"] = {media: {"schema": schema}}
    body = operation(spec, "pots_cook").body
    assert body is not None
    assert body.annotation == accepted


def test_a_redirect_is_a_success_where_there_is_no_other() -> None:
    spec = answering({}, "302")
    made = operation(spec, "pots_list")
    assert (made.returned.source(""), made.responses) == ("str", {"302": {}})
    spec["paths"]["/pots"]["get"]["responses"]["204"] = {}
    made = operation(spec, "pots_list")
    assert (made.returned.source(""), made.responses) == ("None", {"204": {}})


def test_default_is_a_success_where_there_is_no_other() -> None:
    spec = answering({"application/json": {"schema": COOK}}, "default")
    assert operation(spec, "pots_list").result == "models.Cook"
    spec["paths"]["/pots"]["get"]["responses"]["204"] = {}
    assert operation(spec, "pots_list").result == "None"


def test_several_successes_have_a_type_each() -> None:
    spec = answering({"application/json": {"schema": COOK}})
    inline = {"type": "object", "properties": {"a": {"type": "integer"}}}
    other = {"type": "object", "properties": {"b": {"type": "integer"}}}
    spec["paths"]["/pots"]["get"]["responses"] |= {
        "201": {"content": {"application/json": {"schema": inline}}},
        "202": {"content": {"application/json": {"schema": other}}},
        "204": {},
    }
    assert operation(spec, "pots_list").result == (
        "OneOf[models.Cook, models.PotsListResponse201, models.PotsListResponse202] | None"
    )


def test_reserved_characters_are_a_word_about_a_query() -> None:
    text = {"type": "string"}
    parameters = [
        {"name": name, "in": place, "schema": text, "allowReserved": True}
        for name, place in (("path-like", "query"), ("X-Path", "header"))
    ]
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/pots"]["get"]["parameters"] += parameters
    made = operation(spec, "pots_list")
    assert [p.wire for p in made.parameters if p.reserved] == ["path-like"]
    assert (
        "location='query', reserved=True)"
        in files(built(spec))["annoport_sample/operations/pots.py"]
    )

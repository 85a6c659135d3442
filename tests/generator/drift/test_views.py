"""What a changed spec does to overlays and to the Python API, and how schemas are compared."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from generator import documents
from generator.drift import api_view, contract_diff, overlay_view
from generator.drift.findings import Finding
from generator.errors import GeneratorError
from tests.generator import sample_spec

Spec = dict[str, Any]


# --------------------------------------------------------------------- contract: composition


def spec_with(schemas: Spec, *, body: Any = None) -> Spec:
    """Return a spec with one operation that takes and returns `Thing`."""
    schema = body or {"$ref": "#/components/schemas/Thing"}
    content = {"content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.0.3",
        "info": {"version": "1"},
        "paths": {
            "/things": {
                "put": {
                    "operationId": "put_thing",
                    "requestBody": content,
                    "responses": {"200": content},
                }
            }
        },
        "components": {"schemas": schemas},
    }


def kinds(old: Spec, new: Spec) -> set[tuple[str, str]]:
    return {(f.kind, f.direction) for f in contract_diff.compare(old, new)}


NAMED: Spec = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
SIZED: Spec = {"type": "object", "properties": {"size": {"type": "integer"}}}
TREE: Spec = {
    "type": "object",
    "properties": {
        "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
        "name": {"type": "string"},
    },
}

SAME: dict[str, tuple[Spec, Spec]] = {
    "an inline schema gets a name": (spec_with({}, body=NAMED), spec_with({"Thing": NAMED})),
    "a wrapper of one": (
        spec_with({"Thing": NAMED}),
        spec_with({"Thing": NAMED}, body={"allOf": [{"$ref": "#/components/schemas/Thing"}]}),
    ),
    "a choice of one": (
        spec_with({"Thing": NAMED}),
        spec_with({"Thing": NAMED}, body={"oneOf": [{"$ref": "#/components/schemas/Thing"}]}),
    ),
    "parts become a whole": (
        spec_with({"Thing": {"allOf": [NAMED, SIZED]}}),
        spec_with(
            {
                "Thing": {
                    "type": "object",
                    "required": ["name"],
                    "properties": NAMED["properties"] | SIZED["properties"],
                }
            }
        ),
    ),
    "a type that is clear anyway": (
        spec_with({"Thing": {"properties": {"a": {"enum": ["x"]}}}}),
        spec_with(
            {"Thing": {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}}}
        ),
    ),
    "choices in another order under other names": (
        spec_with(
            {
                "A": NAMED,
                "B": SIZED,
                "Thing": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/A"},
                        {"$ref": "#/components/schemas/B"},
                    ]
                },
            }
        ),
        spec_with(
            {
                "Y": SIZED,
                "X": NAMED,
                "Thing": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Y"},
                        {"$ref": "#/components/schemas/X"},
                    ]
                },
            }
        ),
    ),
    "a schema that contains itself": (spec_with({"Thing": TREE}), spec_with({"Thing": TREE})),
    "two that contain each other": (
        spec_with({"Thing": TREE}),
        spec_with(
            {
                "Thing": {
                    "type": "object",
                    "properties": {
                        "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Other"}},
                        "name": {"type": "string"},
                    },
                },
                "Other": TREE,
            }
        ),
    ),
    "false flags and null among the values": (
        spec_with({"Thing": {"type": "string", "enum": ["a", None]}}),
        spec_with(
            {"Thing": {"type": "string", "enum": ["a"], "nullable": True, "readOnly": False}}
        ),
    ),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME.keys())
def test_another_way_to_say_it_is_no_finding(old: Spec, new: Spec) -> None:
    assert contract_diff.compare(old, new) == []
    assert contract_diff.compare(new, old) == []


def test_a_change_inside_a_part_is_found_once_for_each_direction() -> None:
    old = spec_with({"Thing": {"allOf": [NAMED, SIZED]}})
    new = spec_with({"Thing": {"allOf": [NAMED]}})
    assert kinds(old, new) == {("property-removed", "request"), ("property-removed", "response")}


def test_alternatives_that_come_and_go() -> None:
    old = spec_with({"Thing": {"oneOf": [NAMED, {"type": "string"}]}})
    new = spec_with({"Thing": {"oneOf": [NAMED, {"type": "integer"}]}})
    assert kinds(old, new) == {
        ("alternative-added", "request"),
        ("alternative-added", "response"),
        ("alternative-removed", "request"),
        ("alternative-removed", "response"),
    }


def test_a_plain_schema_becomes_a_choice() -> None:
    old = spec_with({"Thing": NAMED})
    new = spec_with({"Thing": {"oneOf": [NAMED, {"type": "string"}]}})
    assert kinds(old, new) == {("alternative-added", "request"), ("alternative-added", "response")}


def test_a_change_deep_in_a_circle() -> None:
    changed = copy.deepcopy(TREE)
    changed["properties"]["name"]["nullable"] = True
    found = contract_diff.compare(spec_with({"Thing": TREE}), spec_with({"Thing": changed}))
    assert {(f.kind, f.direction, f.anchor) for f in found} == {
        ("became-nullable", way, "#/components/schemas/Thing/properties/name")
        for way in ("request", "response")
    }


@pytest.mark.parametrize(
    ("schemas", "words"),
    [
        ({"Thing": {"$ref": "#/components/schemas/Thing"}}, "refers to itself"),
        ({"Thing": {"allOf": [{"$ref": "#/components/schemas/Thing"}]}}, "contains itself"),
        ({}, "leads nowhere"),
        ({"Thing": {"$ref": "http://evil.example/x"}}, "not a reference into the document"),
    ],
)
def test_references_that_lead_nowhere(schemas: Spec, words: str) -> None:
    with pytest.raises(GeneratorError, match=words):
        contract_diff.compare(spec_with({"Thing": NAMED}), spec_with(schemas))


def test_operations_share_one_finding() -> None:
    old = spec_with({"Thing": NAMED})
    old["paths"]["/others"] = {"get": copy.deepcopy(old["paths"]["/things"]["put"])}
    old["paths"]["/others"]["get"]["operationId"] = "get_other"
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Thing"]["properties"]["age"] = {"type": "integer"}
    found = contract_diff.compare(old, new)
    assert {f.operations for f in found} == {("get_other", "put_thing")}
    assert len(found) == 2


def test_a_very_long_chain_of_references() -> None:
    chain: Spec = {
        f"S{n}": {
            "type": "object",
            "properties": {"next": {"$ref": f"#/components/schemas/S{n + 1}"}},
        }
        for n in range(3000)
    }
    body = {"$ref": "#/components/schemas/S0"}
    old = spec_with(chain | {"S3000": NAMED}, body=body)
    new = spec_with(chain | {"S3000": SIZED}, body=body)
    found = contract_diff.compare(old, new)
    assert {f.operations for f in found} == {("put_thing",)}
    assert {f.kind for f in found} == {"property-added", "property-removed"}


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("http://one.example/", "https://two.example", set[tuple[str, str]]()),
        ("https://one.example/api", "https://one.example/v2", {("servers-changed", "breaking")}),
    ],
)
def test_only_the_path_of_a_server_counts(
    before: str, after: str, found: set[tuple[str, str]]
) -> None:
    old, new = spec_with({"Thing": NAMED}), spec_with({"Thing": NAMED})
    old["servers"], new["servers"] = [{"url": before}], [{"url": after}]
    assert {(f.kind, f.severity.word) for f in contract_diff.compare(old, new)} == found


# --------------------------------------------------------------------- overlays


def examine(tmp_path: Path, actions: list[Spec], old: Spec, new: Spec) -> list[Finding]:
    document: Spec = {"overlay": "1.1.0", "info": {}, "actions": actions}
    (tmp_path / "overlay.yaml").write_text(documents.dump(document))
    return overlay_view.compare(tmp_path, old, new).findings


def thing(**fields: Spec) -> Spec:
    return spec_with({"Thing": {"type": "object", "properties": fields}})


FIELD = "$.components.schemas.Thing.properties.a"
CASES: dict[str, tuple[Spec, Spec, Spec, set[tuple[str, str]]]] = {
    "nothing happened": (
        {"target": FIELD, "update": {"nullable": True}},
        thing(a={"type": "string"}),
        thing(a={"type": "string"}),
        set(),
    ),
    "the target is gone": (
        {"target": FIELD, "update": {"nullable": True}},
        thing(a={"type": "string"}),
        thing(),
        {("target-lost", "breaking")},
    ),
    "upstream says it itself": (
        {"target": FIELD, "update": {"nullable": True}},
        thing(a={"type": "string"}),
        thing(a={"type": "string", "nullable": True}),
        {("made-upstream", "info")},
    ),
    "upstream says otherwise": (
        {"target": FIELD, "update": {"format": "date"}},
        thing(a={"type": "string"}),
        thing(a={"type": "string", "format": "uuid"}),
        {("contradicted", "warning")},
    ),
    "a list would be doubled": (
        {"target": FIELD, "update": {"x-enum-varnames": ["x"]}},
        thing(a={"type": "string"}),
        thing(a={"type": "string", "x-enum-varnames": ["x"]}),
        {("made-upstream", "breaking")},
    ),
    "a list that has nothing twice": (
        {"target": FIELD, "update": {"enum": ["x"]}},
        thing(a={"type": "string"}),
        thing(a={"type": "string", "enum": ["x"]}),
        {("made-upstream", "info")},
    ),
    "a corrected field is gone": (
        {"target": "$.components.schemas.Thing.properties", "update": {"a": {"nullable": True}}},
        thing(a={"type": "string"}, b={"type": "string"}),
        thing(b={"type": "string"}),
        {("corrects-what-is-gone", "breaking")},
    ),
    "what is removed is gone": (
        {"target": FIELD, "remove": True},
        thing(a={"type": "string"}),
        thing(),
        {("removal-not-needed", "breaking")},
    ),
    "an operation for old servers that the live one has": (
        {
            "target": "$.paths",
            "update": {
                "/old": {
                    "get": {
                        "operationId": "old",
                        "tags": ["t"],
                        "responses": {"200": {}},
                        "x-annoport-removed": "2",
                    }
                }
            },
        },
        thing(),
        thing()
        | {"paths": thing()["paths"] | {"/old": {"get": {"operationId": "old", "tags": ["t"]}}}},
        {("made-upstream", "info")},
    ),
    "a field for old servers": (
        {
            "target": "$.components.schemas.Thing.properties",
            "update": {"a": {"type": "string", "x-annoport-removed": "2"}},
        },
        thing(a={"type": "string"}),
        thing(),
        set(),
    ),
}


@pytest.mark.parametrize(("action", "old", "new", "found"), CASES.values(), ids=CASES.keys())
def test_overlay_actions(
    tmp_path: Path, action: Spec, old: Spec, new: Spec, found: set[tuple[str, str]]
) -> None:
    findings = examine(tmp_path, [action], old, new)
    assert {(f.kind, f.severity.word) for f in findings} == found
    # The same action has the same fingerprint when others are inserted before it.
    other = {"target": "$.info", "update": {"title": "Other"}}
    moved = examine(tmp_path, [other, action], old, new)
    assert [f.fingerprint for f in moved] == [f.fingerprint for f in findings]


def test_what_is_kept_for_old_servers_is_whole_in_both(tmp_path: Path) -> None:
    revived: Spec = {"operationId": "old", "tags": ["t"], "responses": {"200": {}}}
    update: Spec = {"/old": {"get": revived | {"x-annoport-removed": "2"}}}
    actions: list[Spec] = [{"target": "$.paths", "update": update}]
    document: Spec = {"overlay": "1.1.0", "info": {}, "actions": actions}
    (tmp_path / "overlay.yaml").write_text(documents.dump(document))
    old, new = thing(), thing()
    new["paths"]["/old"] = {"get": revived}
    for before, after in ((old, new), (new, old)):
        view = overlay_view.compare(tmp_path, before, after)
        for spec in (view.old, view.new):
            assert spec["paths"]["/old"]["get"]["responses"] == {"200": {}}
            assert spec["paths"]["/old"]["get"]["tags"] == ["t"]


def test_what_is_kept_for_old_servers_may_be_annotated_before(tmp_path: Path) -> None:
    """Sections have one order: extensions of an operation may precede its restoration."""
    revived: Spec = {"operationId": "old", "responses": {"200": {}}, "x-annoport-removed": "2"}
    actions: list[Spec] = [
        {"target": "$.paths", "update": {"/old": {"get": {"x-annoport-retry": "unsafe"}}}},
        {"target": "$.paths", "update": {"/old": {"get": revived}}},
    ]
    assert examine(tmp_path, actions, thing(), thing()) == []
    view = overlay_view.compare(tmp_path, thing(), thing())
    for spec in (view.old, view.new):
        assert spec["paths"]["/old"]["get"] == revived | {"x-annoport-retry": "unsafe"}


def test_later_actions_are_examined_after_one_that_fails(tmp_path: Path) -> None:
    actions: list[Spec] = [
        {"target": "$.components.schemas.Gone", "remove": True},
        {"target": FIELD, "update": {"nullable": True}},
    ]
    old, new = thing(a={"type": "string"}), thing()
    found = examine(tmp_path, actions, old, new)
    assert [f.kind for f in found] == ["removal-not-needed", "target-lost"]


def test_a_name_for_an_operation_that_is_gone(tmp_path: Path) -> None:
    table = {"things": {"replace": "put_thing", "make": "post_thing"}}
    action: Spec = {"target": "$", "update": {"x-annoport-names": table}}
    old, new = thing(), thing()
    new["paths"]["/things"] = {"post": {"operationId": "post_thing", "responses": {}}}
    (found,) = examine(tmp_path, [action], old, new)
    assert (found.kind, found.after) == ("corrects-what-is-gone", ["things.replace"])
    view = overlay_view.compare(tmp_path, old, new)
    assert view.old["x-annoport-names"] == {"things": {"replace": "put_thing"}}
    assert view.new["x-annoport-names"] == {"things": {"make": "post_thing"}}


# --------------------------------------------------------------------- the Python API


def api(old: Spec, new: Spec) -> dict[str, tuple[str, str]]:
    return {f.anchor: (f.kind, f.severity.word) for f in api_view.compare("sample", old, new)}


def test_api_of_the_same_spec() -> None:
    assert api(sample_spec.SPEC, sample_spec.SPEC) == {}


def test_api_changes() -> None:
    new: Spec = copy.deepcopy(sample_spec.SPEC)
    pot = new["components"]["schemas"]["Pot"]["properties"]
    pot["colour"] = {"type": "string"}
    del pot["lid-size"]
    pot["id"]["type"] = "string"
    new["components"]["schemas"]["PotState"]["enum"].append("melted")
    found = api(sample_spec.SPEC, new)
    assert found["models.Pot.colour"] == ("field-added", "info")
    assert found["models.Pot.lid_size"] == ("field-removed", "breaking")
    assert found["models.Pot.id"] == ("field-type-changed", "breaking")
    assert found["models.PotState.MELTED"] == ("field-added", "info")
    assert len(found) == 4


@pytest.mark.parametrize(
    ("change", "sent", "received"),
    [
        pytest.param({"nullable": True}, "info", "breaking", id="null comes"),
        pytest.param({"type": "integer"}, "breaking", "info", id="a narrower number"),
        pytest.param({"type": "string"}, "breaking", "breaking", id="another type"),
    ],
)
def test_api_judges_a_field_as_it_travels(change: Spec, sent: str, received: str) -> None:
    old: Spec = copy.deepcopy(sample_spec.SPEC)
    paths, schemas = old["paths"], old["components"]["schemas"]
    plain: Spec = {"type": "object", "properties": {"size": {"type": "number"}}}
    schemas |= {"Sent": plain, "Received": copy.deepcopy(plain), "Both": copy.deepcopy(plain)}

    def content(*names: str) -> Spec:
        fields = {name.lower(): {"$ref": f"#/components/schemas/{name}"} for name in names}
        return {"content": {"application/json": {"schema": {"properties": fields}}}}

    paths["/pots"]["put"] = {
        "operationId": "pots_swap",
        "tags": ["pots"],
        "requestBody": content("Sent", "Both"),
        "responses": {"200": content("Received", "Both")},
    }
    new = copy.deepcopy(old)
    for name in ("Sent", "Received", "Both"):
        new["components"]["schemas"][name]["properties"]["size"] |= change
    assert api(old, new) == {
        "models.Sent.size": ("field-type-changed", sent),
        "models.Received.size": ("field-type-changed", received),
        "models.Both.size": ("field-type-changed", "breaking"),
    }


def test_api_wants_a_new_field_of_what_is_sent() -> None:
    new: Spec = copy.deepcopy(sample_spec.SPEC)
    for name in ("Pot", "Pots"):
        schema = new["components"]["schemas"][name]
        schema["properties"]["glaze"] = {"type": "string"}
        schema["required"] = [*schema["required"], "glaze"]
    found = {
        f.anchor: (f.severity.word, f.message)
        for f in api_view.compare("sample", sample_spec.SPEC, new)
    }
    assert found == {
        "models.Pot.glaze": ("breaking", "`models.Pot.glaze` is new and must be given"),
        "models.Pots.glaze": ("info", "`models.Pots.glaze` is new"),
    }


def test_api_tells_an_argument_with_another_name_once() -> None:
    new: Spec = copy.deepcopy(sample_spec.SPEC)
    item = new["paths"].pop("/pots/{id}")
    item["get"]["parameters"][0]["name"] = "key"
    new["paths"]["/pots/{key}"] = item
    (found,) = api_view.compare("sample", sample_spec.SPEC, new)
    assert (found.kind, found.severity.word) == ("argument-renamed", "breaking")
    assert found.message == "`client.pots.retrieve(id)` is called `key` now"


def test_api_that_cannot_be_generated() -> None:
    new: Spec = copy.deepcopy(sample_spec.SPEC)
    path, item = next(iter(new["paths"].items()))
    next(iter(item.values()))["operationId"] = None
    new["paths"][path] = {"get": {"responses": {"200": {}}}}
    (finding,) = api_view.compare("sample", sample_spec.SPEC, new)
    assert finding.kind == "generation-fails"
    assert "no operationId" in finding.message

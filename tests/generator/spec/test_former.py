"""What a new contract lacks is kept whole, until a contract has it again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from generator.spec import effective, former
from generator.spec.facts import facts
from tests.generator import sample_spec
from tests.shared import ROOT

Spec = dict[str, Any]


def spec() -> Spec:
    return copy.deepcopy(sample_spec.SPEC)


def kept(old: Spec, new: Spec) -> Spec:
    """Return the new contract with what it lacks, after looking that nothing else changed."""
    overlay = former.lacking(old, new, "sample")
    restored = former.restored(copy.deepcopy(new), overlay)
    names = {fact.key for fact in facts(restored)}
    assert {fact.key for fact in facts(old)} - names == set()
    # The same again: what is kept is kept as it is.
    assert former.lacking(restored, new, "sample") == overlay
    # If the contract has it again, nothing is kept.
    assert former.lacking(restored, restored, "sample") is None
    return restored


def test_nothing_is_lacking() -> None:
    assert former.lacking(spec(), spec(), "sample") is None


def test_an_operation_comes_back_whole() -> None:
    new = spec()
    operation = new["paths"]["/pots/{id}"].pop("get")
    del new["paths"]["/pots/{id}"]
    assert kept(spec(), new)["paths"]["/pots/{id}"]["get"] == operation


def test_an_operation_with_parameters_of_its_path_and_of_the_components() -> None:
    old, new = spec(), spec()
    shared = {"name": "tone", "in": "query", "schema": {"type": "string"}}
    old["components"]["parameters"] = {"Tone": shared}
    tone, wide = {"$ref": "#/components/parameters/Tone"}, {**shared, "name": "wide"}
    old["paths"]["/lids"] = {
        "parameters": [wide],
        "get": {"operationId": "lids", "parameters": [tone], "responses": {"200": {}}},
    }
    restored = kept(old, new)
    assert restored["paths"]["/lids"]["get"]["parameters"] == [wide, tone]
    assert restored["components"]["parameters"] == {"Tone": shared}


def test_an_operation_whose_name_another_has_taken() -> None:
    old, new = spec(), spec()
    new["paths"]["/moved"] = {"get": new["paths"].pop("/pots/{id}")["get"] | {"parameters": []}}
    restored = kept(old, new)
    assert restored["paths"]["/pots/{id}"]["get"]["operationId"] == "pots_retrieve_former"
    assert restored["paths"]["/moved"]["get"]["operationId"] == "pots_retrieve"


def test_a_login_that_is_no_more_is_not_asked_for() -> None:
    old, new = spec(), spec()
    del new["paths"]["/pots/{id}"]
    old["paths"]["/pots/{id}"]["get"]["security"] = [{"gone": []}, {}]
    restored = former.restored(new, former.lacking(old, new, "sample"))
    assert restored["paths"]["/pots/{id}"]["get"]["security"] == [{}]


def test_parameters_bodies_and_answers() -> None:
    old, new = spec(), spec()
    listing, cooking = new["paths"]["/pots"]["get"], new["paths"]["/pots"]["post"]
    page = listing["parameters"].pop(0)
    del cooking["requestBody"]
    old["paths"]["/pots"]["post"]["requestBody"]["required"] = True
    cooking["responses"] = {"201": {}}
    restored = kept(old, new)["paths"]["/pots"]
    assert restored["get"]["parameters"][-1] == page
    assert restored["post"]["responses"]["200"] == old["paths"]["/pots"]["post"]["responses"]["200"]
    # A server that takes none is not to be sent one.
    body = {"content": old["paths"]["/pots"]["post"]["requestBody"]["content"]}
    assert restored["post"]["requestBody"] == body


def test_media_types_of_answers() -> None:
    old, new = spec(), spec()
    answer = old["paths"]["/pots"]["get"]["responses"]["200"]
    answer["content"]["text/csv"] = {"schema": {"type": "string"}}
    restored = kept(old, new)["paths"]["/pots"]["get"]["responses"]["200"]
    assert restored == answer


def test_schemas_properties_and_values() -> None:
    old, new = spec(), spec()
    schemas = new["components"]["schemas"]
    size = {"type": "object", "properties": {"wide": {"type": "integer"}}}
    old["components"]["schemas"]["Size"] = size
    fields = old["components"]["schemas"]["Pot"]["properties"]
    fields["size"] = {"$ref": "#/components/schemas/Size"}
    fields["lid"] = {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}
    old["components"]["schemas"]["Pot"]["required"].append("size")
    schemas["Pot"]["properties"]["lid"] = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
    }
    old["components"]["schemas"]["PotState"]["enum"].append("burnt")
    restored = kept(old, new)["components"]["schemas"]
    assert restored["Size"] == size
    assert restored["Pot"]["properties"]["size"] == fields["size"]
    assert restored["Pot"]["properties"]["lid"] == fields["lid"]
    assert restored["Pot"]["required"] == ["id", "state"]
    assert restored["PotState"]["enum"][-1] == "burnt"


def test_values_of_an_argument() -> None:
    old, new = spec(), spec()
    for contract, values in ((old, ["red", "blue"]), (new, ["blue"])):
        parameter = {"name": "tone", "in": "query", "schema": {"type": "string", "enum": values}}
        contract["paths"]["/pots"]["get"]["parameters"].append(parameter)
    (*_, tone) = kept(old, new)["paths"]["/pots"]["get"]["parameters"]
    assert tone["schema"]["enum"] == ["blue", "red"]


def test_a_field_of_a_schema_that_has_another_name_now() -> None:
    old, new = spec(), spec()
    schemas = new["components"]["schemas"]
    schemas["Kettle"] = schemas.pop("Pot")
    text = json.dumps(new).replace('schemas/Pot"', 'schemas/Kettle"')
    new = json.loads(text)
    del new["components"]["schemas"]["Kettle"]["properties"]["lid-size"]
    restored = kept(old, new)["components"]["schemas"]
    lid = old["components"]["schemas"]["Pot"]["properties"]["lid-size"]
    assert restored["Kettle"]["properties"]["lid-size"] == lid
    assert "Pot" in restored


def test_a_field_that_came_from_another_part_is_not_lacking() -> None:
    old, new = spec(), spec()
    schemas = new["components"]["schemas"]
    whole = schemas["Pot"]
    schemas["Named"] = {"type": "object", "properties": {"id": whole["properties"].pop("id")}}
    whole["allOf"] = [{"$ref": "#/components/schemas/Named"}]
    assert former.lacking(old, new, "sample") is None


def test_names_that_are_not_on_the_wire_stay() -> None:
    old, new = spec(), spec()
    operation = new["paths"].pop("/pots/{id}")["get"]
    operation["operationId"] = "get_pot"
    operation["parameters"][0]["name"] = "pk"
    new["paths"]["/pots/{pk}"] = {"get": operation}
    restored = former.restored(copy.deepcopy(new), former.lacking(old, new, "sample"))
    assert restored["paths"] == old["paths"]


def test_the_file(tmp_path: Path) -> None:
    new = spec()
    del new["paths"]["/pots/{id}"]
    overlay = former.lacking(spec(), new, "sample")
    former.save(tmp_path, overlay)
    assert former.load(tmp_path) == overlay
    assert (tmp_path / former.NAME).read_text().startswith("# What former contracts had")
    former.save(tmp_path, None)
    assert former.load(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("platform", ["cvat"])
def test_what_is_kept_is_what_the_contract_lacks(platform: str) -> None:
    folder = ROOT / "specs" / platform
    contract = effective.contract(platform)
    whole = effective.restored(contract, folder)
    assert former.lacking(whole, contract, platform) == former.load(folder)

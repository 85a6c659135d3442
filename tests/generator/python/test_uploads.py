"""The method that does a whole upload: what it takes and returns, and what cannot be one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from generator.errors import GeneratorError
from generator.python.package import Operation, UploadMethod
from tests.generator.sample_spec import SPEC, built

FILE: dict[str, Any] = {"type": "string", "format": "binary"}
RULES: dict[str, Any] = {
    "style": "tus",
    "method": "send_pot",
    "field": "photo",
    "start": "Begin",
    "finish": "End",
    "file_parameter": "name",
    "unused": ["way"],
}


def spec(
    rules: dict[str, Any], properties: dict[str, Any], required: list[str], *more: dict[str, Any]
) -> dict[str, Any]:
    """Return the sample, where pots are cooked from a form."""
    made = copy.deepcopy(SPEC)
    post = made["paths"]["/pots"]["post"]
    schema = {"type": "object", "properties": properties, "required": required}
    post["requestBody"] = {"content": {"multipart/form-data": {"schema": schema}}}
    post["summary"] = "Cook a pot."
    post["description"] = "It takes long.\n\nNobody waits."
    post["x-annoport-upload"] = rules
    post["x-annoport-job"]["optional"] = True
    post["parameters"] = [
        {"name": "Begin", "in": "header", "schema": {"type": "boolean"}},
        {"name": "End", "in": "header", "schema": {"type": "boolean"}},
        {"name": "name", "in": "query", "schema": {"type": "string"}},
        {"name": "way", "in": "query", "schema": {"type": "string"}},
        {"name": "heat", "in": "query", "required": True, "schema": {"type": "integer"}},
        *more,
    ]
    return made


def cook(made: dict[str, Any]) -> Operation:
    return next(one for one in built(made).operations if one.id == "pots_cook")


def upload(made: dict[str, Any]) -> UploadMethod:
    method = cook(made).upload
    assert method is not None
    return method


def test_what_it_takes_and_gives() -> None:
    method = upload(spec(RULES, {"photo": FILE}, ["photo"]))
    assert (method.name, method.file, method.file_annotation) == ("send_pot", "file", "FileSource")
    assert [parameter.name for parameter in method.parameters] == ["heat"]
    assert method.body is None
    assert method.returned.source("") == "Job[models.Pot, models.Pot]"
    plain = cook(spec(RULES, {"photo": FILE}, ["photo"]))
    assert plain.returned.source("Async") == "AsyncJob[models.Pot, models.Pot] | None"
    assert (method.summary, method.notes) == ("Cook a pot.", ["It takes long.", "Nobody waits."])


def test_it_may_take_several_files() -> None:
    method = upload(
        spec({**RULES, "indexed": True}, {"photo": {"type": "array", "items": FILE}}, ["photo"])
    )
    assert (method.file, method.file_annotation) == ("files", "FileSource | Sequence[FileSource]")


@pytest.mark.parametrize(
    ("required", "annotation", "needed"),
    [
        ([], "models.PotsCookBody | Mapping[str, Any]", False),
        (["salt"], "models.PotsCookBody | Mapping[str, Any]", True),
        (["photo"], "Mapping[str, Any]", False),
    ],
)
def test_the_body_is_what_is_left_of_the_form(
    required: list[str], annotation: str, needed: bool
) -> None:
    body = upload(spec(RULES, {"photo": FILE, "salt": {"type": "integer"}}, required)).body
    assert body is not None
    assert (body.annotation, body.required) == (annotation, needed)
    assert body.doc == "What else to send, without `photo`."


def test_a_form_can_have_a_method_too() -> None:
    rules = {"style": "form", "method": "send_pot", "field": "photo"}
    method = upload(spec(rules, {"photo": FILE}, ["photo"]))
    assert (method.name, method.style, method.body) == ("send_pot", "form", None)


def test_words_of_its_own() -> None:
    made = spec(RULES, {"photo": FILE}, ["photo"])
    made["paths"]["/pots"]["post"]["x-annoport-upload-doc"] = "Send a pot.\n\nMind the lid."
    method = upload(made)
    assert (method.summary, method.notes) == ("Send a pot.", ["Mind the lid."])


@pytest.mark.parametrize("name", ["file", "progress", "self", "body"])
def test_arguments_that_clash(name: str) -> None:
    parameter = {"name": name, "in": "query", "schema": {"type": "string"}}
    with pytest.raises(GeneratorError, match=f"argument '{name}' is already taken by"):
        built(spec(RULES, {"photo": FILE}, ["photo"], parameter))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cook", "method 'cook' is already taken by"),
        ("list", "method 'list' is already taken by"),
        ("sendPot", "'sendPot' is not a name for a method"),
    ],
)
def test_names_that_clash(name: str, text: str) -> None:
    with pytest.raises(GeneratorError, match=text):
        built(spec({**RULES, "method": name}, {"photo": FILE}, ["photo"]))


def test_methods_of_a_resource_are_listed_with_the_uploads() -> None:
    (resource,) = built(spec(RULES, {"photo": FILE}, ["photo"])).resources
    assert resource.methods == ["cook", "list", "retrieve", "send_pot"]

"""Names and literals from strings of a spec; a clash is an error that names both sides."""

from __future__ import annotations

import ast
import json
import keyword
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annoport.core.contract.extensions import Credential, JobCancel, JobKind, JobResult, JobStates
from generator.errors import GeneratorError
from generator.python import names
from tests.generator.sample_spec import POT, POTS, SCHEMAS, built, spoilt


@pytest.mark.parametrize(
    ("text", "snake", "pascal", "constant"),
    [
        ("GetJobList", "get_job_list", "GetJobList", "GET_JOB_LIST"),
        ("get-job_list", "get_job_list", "GetJobList", "GET_JOB_LIST"),
        ("RQId", "rq_id", "RQId", "RQ_ID"),
        ("class", "class_", "Class", "CLASS"),
        ("2d", "field_2d", "Model2d", "VALUE_2D"),
        ("naïve", "naive", "Naive", "NAIVE"),
        ("漢字", "field", "Model", "VALUE"),
    ],
)
def test_case_styles(text: str, snake: str, pascal: str, constant: str) -> None:
    made = names.snake_case(text), names.pascal_case(text), names.constant_case(text)
    assert made == (snake, pascal, constant)


@given(st.text())
def test_any_text_gives_an_identifier(text: str) -> None:
    for name in (names.snake_case(text), names.pascal_case(text), names.constant_case(text)):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)


@given(st.text())
def test_documentation_cannot_end_early(text: str) -> None:
    source = f'"""{names.doc_text(text)}"""'
    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(_JSON)
def test_a_literal_is_the_value(value: Any) -> None:
    source = names.literal(value)
    assert ast.literal_eval(source) == value
    assert json.dumps(ast.literal_eval(source)) == json.dumps(value)


def test_a_literal_of_an_extension_makes_it_again() -> None:
    kind = JobKind(
        poll="a",
        status="/b",
        states=JobStates(done=("x",), failed=("y", "z")),
        cancel=JobCancel(operation="c"),
        result=JobResult(value="/d"),
        grace=2.5,
    )
    source = names.literal({"kind": kind, "secret": Credential(prefix='"')})
    assert "retention" not in source
    made = eval(
        source,
        {type_.__name__: type_ for type_ in (Credential, JobCancel, JobKind, JobResult, JobStates)},
    )
    assert made == {"kind": kind, "secret": Credential(prefix='"')}


def test_other_values_have_no_literal() -> None:
    with pytest.raises(TypeError, match="no literal for set"):
        names.literal({"a": {1}.union()})


@pytest.mark.parametrize(
    ("target", "update", "sides"),
    [
        pytest.param(
            f"{SCHEMAS}.Pot.properties",
            {"lidSize": {"type": "number"}, "lid-size": {"x-annoport-name": "lidSize"}},
            ["attribute 'lidSize'", "'lid-size'", "property 'lidSize'", "x-annoport-name"],
            id="attributes",
        ),
        pytest.param(
            SCHEMAS,
            {"pot-state": {"type": "string", "enum": ["x"]}},
            ["'PotState'", "component 'PotState'", "component 'pot-state'", "x-annoport-class"],
            id="components",
        ),
        pytest.param(
            SCHEMAS,
            {"POTState": {"type": "object", "properties": {"x": {"type": "string"}}}},
            ["module 'pot_state'", "model PotState", "model POTState", "x-annoport-class"],
            id="modules",
        ),
        pytest.param(
            f"{SCHEMAS}.Cook.properties",
            {"pot": {"title": "Pot", "type": "string", "enum": ["x"]}},
            ["class name 'Pot'", "component 'Pot'", "component 'Cook'.pot", "title"],
            id="title and component",
        ),
        pytest.param(
            f"{SCHEMAS}.Cook.properties",
            {
                "one": {"title": "Size", "type": "string", "enum": ["x"]},
                "two": {"title": "Size", "type": "string", "enum": ["y"]},
            },
            ["class name 'Size'", "component 'Cook'.one", "component 'Cook'.two", "title"],
            id="titles of different schemas",
        ),
        pytest.param(
            f"{POT}.get",
            {"x-annoport-name": "list"},
            ["method 'list'", "GET /pots ", "GET /pots/{id} ", "client.pots.list"],
            id="methods",
        ),
        pytest.param(
            POTS,
            {"put": {"operationId": "potsList", "tags": ["pans"], "responses": {"204": {}}}},
            ["GET /pots (pots_list)", "PUT /pots (potsList)", "'POTS_LIST'", "operationId"],
            id="constants",
        ),
        pytest.param(
            f"{POTS}.get.parameters",
            {"name": "page_size", "in": "query", "schema": {"type": "integer"}},
            ["argument 'page_size'", "parameter 'page-size'", "parameter 'page_size'"],
            id="parameters",
        ),
        pytest.param(
            f"{POTS}.post",
            {"parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}]},
            ["argument 'body'", "parameter 'body'", "the request body", "x-annoport-name"],
            id="parameter and body",
        ),
        pytest.param(
            f"{POT}.get",
            {"x-annoport-resource": "with_options"},
            ["resource with_options", "attribute 'with_options'", "every client"],
            id="resource and client",
        ),
        pytest.param(
            f"{POT}.get",
            {"x-annoport-resource": "async_pots"},
            ["resource async_pots", "class name 'AsyncPots'", "resource pots"],
            id="resources",
        ),
        pytest.param(
            "$['x-annoport-platform'].credentials",
            {"timeout": {}},
            ["x-annoport-platform", "argument 'timeout'", "every client"],
            id="credential and client",
        ),
    ],
)
def test_a_clash_names_both(target: str, update: Any, sides: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [side for side in sides if side not in message] == [], message


def test_equal_schemas_of_one_title_are_one_type() -> None:
    size = {"title": "Size", "type": "string", "enum": ["x"]}
    package = built(spoilt(f"{SCHEMAS}.Cook.properties", {"one": size, "two": size}))
    assert [name for name, _ in package.model_modules] == [
        "Cook",
        "Pot",
        "PotState",
        "Pots",
        "Size",
    ]


_INJECTED = "x = __import__('os').system('true') #"


@pytest.mark.parametrize(
    ("target", "update"),
    [
        (f"{SCHEMAS}.Pot.properties.id", {"x-annoport-name": _INJECTED}),
        (f"{POTS}.get.parameters[0]", {"x-annoport-name": _INJECTED}),
        (f"{POT}.get", {"x-annoport-name": _INJECTED}),
        (f"{POT}.get", {"x-annoport-resource": _INJECTED}),
        ("$['x-annoport-platform']", {"env_prefix": _INJECTED}),
        ("$['x-annoport-platform'].credentials", {_INJECTED: {}}),
        ("$['x-annoport-platform']", {"headers": {_INJECTED: {"header": "A", "description": ""}}}),
    ],
)
def test_a_given_name_must_be_a_name(target: str, update: Any) -> None:
    with pytest.raises(GeneratorError, match="__import__") as caught:
        built(spoilt(target, update))
    assert "expected" in str(caught.value)

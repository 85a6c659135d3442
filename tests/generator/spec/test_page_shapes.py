"""An operation that answers page by page, as its answer shows, is not left without pagination."""

from __future__ import annotations

from typing import Any

import pytest

from generator.spec import page_shapes

Spec = dict[str, Any]
LIST: Spec = {"type": "array", "items": {"type": "integer"}}


def spec_of(schema: Spec, *parameters: str, **more: Any) -> Spec:
    content = {"application/json": {"schema": schema}}
    listed: list[Spec] = [{"name": name, "in": "query", "schema": {}} for name in parameters]
    operation: Spec = {"parameters": listed, "responses": {"200": {"content": content}}} | more
    return {"paths": {"/a": {"get": operation}}, "components": {"schemas": {"Ids": LIST}}}


def answer(**fields: Spec) -> Spec:
    return {"type": "object", "properties": fields}


PAGES: dict[str, tuple[Spec, str]] = {
    "it names the next one": (
        spec_of(answer(count={"type": "integer"}, next={"type": "string"}, results=LIST)),
        "the fields 'next' and 'results'",
    ),
    "it counts, and there is a page to ask for": (
        spec_of(answer(totalCount={}, items={"$ref": "#/components/schemas/Ids"}), "page-number"),
        "the fields 'totalCount' and 'items'",
    ),
    "a list from an offset on": (
        spec_of({"$ref": "#/components/schemas/Ids"}, "offset"),
        "a list, and the parameter 'offset'",
    ),
    "in parts": (
        spec_of({"allOf": [answer(next_cursor={}), answer(ids=LIST)]}),
        "the fields 'next_cursor' and 'ids'",
    ),
}
OTHERS: dict[str, Spec] = {
    "a whole list": spec_of(LIST, "name"),
    "a count beside a list": spec_of(answer(count={}, results=LIST)),
    "no list": spec_of(answer(next={"type": "string"})),
    "one with pagination": spec_of(LIST, "offset", **{"x-annoport-pagination": {}}),
    "one without pages": spec_of(LIST, "offset", **{"x-annoport-unpaged": "Why not."}),
}


@pytest.mark.parametrize(("spec", "shape"), PAGES.values(), ids=PAGES.keys())
def test_a_page_without_pagination_is_named(spec: Spec, shape: str) -> None:
    assert list(page_shapes.faults(spec)) == [
        (
            f"GET /a: it answers like a page of a list ({shape}) and has no x-annoport-pagination; "
            "say how to get the next page, or set x-annoport-unpaged with the reason why there is "
            "none"
        )
    ]


@pytest.mark.parametrize("spec", OTHERS.values(), ids=OTHERS.keys())
def test_others_are_not(spec: Spec) -> None:
    assert list(page_shapes.faults(spec)) == []


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (spec_of(LIST, "name"), "does not answer like a page"),
        (spec_of(LIST, "page", **{"x-annoport-pagination": {}}), "has x-annoport-pagination too"),
    ],
)
def test_a_reason_without_effect_is_a_fault(spec: Spec, why: str) -> None:
    spec["paths"]["/a"]["get"]["x-annoport-unpaged"] = "Why not."
    assert list(page_shapes.faults(spec)) == [
        f"GET /a: x-annoport-unpaged has no effect, since the operation {why}; remove it"
    ]

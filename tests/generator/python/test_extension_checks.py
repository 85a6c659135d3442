"""An extension that names something missing is an error that names it."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from generator.errors import GeneratorError
from tests.generator.sample_spec import POT, POTS, SPEC, built, spoilt

KIND = "$['x-annoport-job-kinds'].cooking"
PAGES = f"{POTS}.get['x-annoport-pagination']"
OTHERS = {
    "program": "pot-cli",
    "folder": "pots",
    "author": "Pots",
    "file": "pots.json",
    "version": "/version",
    "known_version": 1,
    "profiles": "/profiles",
    "default": "/default",
    "url": "/url",
    "credentials": {"key": "/key"},
}
PLATFORM = "$['x-annoport-platform']"
BODY = {"content": {"application/json": {"schema": {"type": "string"}}}}
EVENTS = {"200": {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}


@pytest.mark.parametrize(
    ("target", "update", "parts"),
    [
        (KIND, {"poll": "x"}, ["job kind 'cooking'", "poll operation 'x' does not exist"]),
        (KIND, {"log": "x"}, ["job kind 'cooking'", "log operation 'x' does not exist"]),
        (
            KIND,
            {"answer": "pots_cook"},
            [
                "the path of its answer operation 'pots_cook' has nothing for the id of a job",
                "expected one parameter; say in 'within' where others come from",
            ],
        ),
        (KIND, {"within": {"id": "x"}}, ["poll operation 'pots_retrieve' has nothing for the id"]),
        (
            KIND,
            {"within": {"stove": "x"}},
            [
                "job kind 'cooking': within: none of its operations has 'stove' in its path",
                "POST /pots: within: it has no required parameter 'x' that says the 'stove' of a",
                "'cooking': name another in x-annoport-job.within, or a pointer into its answer",
            ],
        ),
        (
            f"{POTS}.post['x-annoport-job']",
            {"within": {"stove": "/id"}},
            ["POST /pots: within: the kind 'cooking' has no 'stove' in its own"],
        ),
        (
            KIND,
            {"within": {"stove": "/stove"}},
            ["POST /pots: within: into the answer of pots_cook", "'/stove'"],
        ),
        (
            PLATFORM,
            {"credentials": {"token": {"location": "query", "prefix": "Bearer"}}},
            [
                "credentials: 'token': only a header has a prefix; remove it",
                "credentials: 'token': say the name of its query",
            ],
        ),
        (
            PLATFORM,
            {"credentials": {"token": {"scheme": "Key"}}},
            ["credentials: 'token': the spec has no security scheme 'Key'; expected one of none"],
        ),
        (KIND, {"cancel": {"operation": "x"}}, ["cancel operation 'x' does not exist"]),
        (KIND, {"result": {"file_operation": "x"}}, ["file operation 'x' does not exist"]),
        (KIND, {"download": {"ranges": "x"}}, ["'cooking'", "'x'"]),
        (KIND, {"status": "/phase"}, ["'cooking'", "pots_retrieve", "'/phase'", "no 'phase'"]),
        (KIND, {"status": "state"}, ["pointer 'state'", "starts with '/'"]),
        (
            KIND,
            {"steps": {"at": "/made_by", "name": "a", "status": "b", "id": "c", "children": "d"}},
            ["'cooking'", "'/made_by' leads to Cook | None; expected a list"],
        ),
        (
            KIND,
            {"result": {"file_url": "/state", "instead": "eat it"}},
            ["'cooking'", "'instead' says what to use where there is no file: remove it"],
        ),
        (
            KIND,
            {"result": {"file_url": "/state"}},
            ["POST /pots: its job makes a file, but no method downloads that", "file: false"],
        ),
        (
            f"{POTS}.post['x-annoport-job']",
            {"transfer": "download_pot"},
            ["POST /pots: transfer: its job makes no file that 'download_pot' could download"],
        ),
        (
            f"{POTS}.post['x-annoport-job']",
            {"transfer": "get_pot", "transfer_sets": {"lid": 1}, "transfer_without": ["x"]},
            [
                "POST /pots: transfer is 'get_pot'; expected download_...",
                "POST /pots: transfer names the parameter 'lid', which does not exist",
                "POST /pots: transfer names the parameter 'x', which does not exist",
            ],
        ),
        (
            KIND,
            {"result": {"listed": [{"listed_by": "x", "job": "/id", "name": "/name"}]}},
            ["listed: its list operation 'x'", "a file has a url, or a key and an operation that"],
        ),
        (
            KIND,
            {
                "result": {
                    "listed": [
                        {
                            "listed_by": "pots_retrieve",
                            "job": "/id",
                            "name": "/name",
                            "url": "/url",
                            "arguments": {"lid": "{/no}"},
                        }
                    ]
                }
            },
            [
                "pots_retrieve names the parameter 'lid', which does not exist",
                "pots_retrieve needs the argument 'id'",
                "pointer '/no'",
            ],
        ),
        (KIND, {"progress": {"at": "/state/x"}}, ["'/state/x'", "PotState has no 'x'"]),
        (KIND, {"result": {"value": "/made_by/age"}}, ["'/made_by/age'", "has no 'age'"]),
        (KIND, {"retention": [{"id": "(", "done": 1}]}, ["'cooking': retention: '(' is not a"]),
        (
            POTS + ".post['x-annoport-job']",
            {"storage": dict.fromkeys(("parameter", "value", "storage", "name", "title"), "x")},
            ["POST /pots: storage names the parameter 'x', which does not exist"],
        ),
        (POTS + ".post['x-annoport-job']", {"kind": "frying"}, ["POST /pots", "'frying'"]),
        (POTS + ".post['x-annoport-job']", {"id": "/no"}, ["POST /pots", "'/no'", "no 'no'"]),
        (PAGES, {"items": "/rows"}, ["GET /pots", "pots_list", "'/rows'", "no 'rows'"]),
        (PAGES, {"items": "/count"}, ["GET /pots", "'/count' leads to int; expected a list"]),
        (PAGES, {"page_parameter": "p"}, ["GET /pots", "pagination", "parameter 'p'"]),
        (PAGES, {"page": 1}, ["GET /pots", "page"]),
        (
            PLATFORM,
            {"login": {"operation": "x", "token": ""}},
            ["login", "operation 'x' does not exist"],
        ),
        (
            PLATFORM,
            {"login": {"operation": "pots_cook", "token": "/key", "credential": "key"}},
            ["no credential is called 'key'", "login token", "pots_cook", "no 'key'"],
        ),
        (f"{POT}.get", {"x-annoport-download": {"ranges": "x"}}, ["GET /pots/{id}", "'x'"]),
        (
            f"{POT}.get",
            {"x-annoport-download": {"name": "pot_{id}_{lid}", "suffix": "[_{x}"}},
            ["parameter 'lid', which does not exist", "'[_{x}' is no template"],
        ),
        (KIND, {"download": {"name": "pot_{id}"}}, ["'cooking'", "at the operation of the file"]),
        (
            f"{POTS}.post",
            {"x-annoport-upload": {"style": "parts", "info": "x", "completion": "y"}},
            ["POST /pots", "info operation 'x'", "completion operation 'y'"],
        ),
        (
            f"{POTS}.post",
            {"x-annoport-upload": {"style": "tus", "start": "Upload-Start"}},
            ["POST /pots", "upload names the parameter 'Upload-Start'"],
        ),
        (
            f"{POTS}.post",
            {"x-annoport-upload": {"style": "tus", "start": "x", "file_parameter": "y"}},
            ["parameter 'x'", "parameter 'y'", "'tus' needs 'method'", "'tus' needs 'field'"],
        ),
        (
            f"{POTS}.get",
            {"x-annoport-upload": {"style": "tus", "finish": "page", "unused": ["size"]}},
            ["'page' is not a header parameter", "parameter 'size', which does not exist"],
        ),
        (
            f"{POTS}.post",
            {"x-annoport-upload": {"style": "form", "field": "lid"}},
            ["the form has no field 'lid', only []"],
        ),
        (
            f"{POTS}.get",
            {
                "x-annoport-upload": {
                    "style": "parts",
                    "method": "send",
                    "info": "pots_list",
                    "count_parameter": "page",
                    "completion": "pots_retrieve",
                    "urls": "/results",
                }
            },
            ["its completion operation requires 'id', too", "has no 'key'", "has no 'upload_id'"],
        ),
        (
            f"{POTS}.get",
            {"x-annoport-upload": {"style": "parts"}},
            ["needs 'method'", "needs 'info'", "needs 'count_parameter'", "needs 'completion'"],
        ),
        (f"{POT}.get", {"x-annoport-stream": {}}, ["GET /pots/{id}", "says nothing of other"]),
        (
            f"{POT}.get",
            {"x-annoport-stream": {}, "x-annoport-download": {}, "requestBody": BODY},
            ["answers events, or has x-annoport-download", "cannot send a body each time"],
        ),
        (
            f"{POT}.get",
            {"responses": EVENTS},
            ["text/event-stream never ends", "x-annoport-stream"],
        ),
        (KIND, {"listed_by": "x"}, ["job kind 'cooking'", "list operation 'x' does not exist"]),
        (
            POTS + ".post['x-annoport-job']",
            {"lookup": {"id": "{pot}/{/lid}/{@user}", "words": {"x": {}}, "created": "/made"}},
            [
                *("POST /pots: lookup", "words for 'x'", "holds the user", "no account"),
                *("parameter 'pot', which does not exist", "has no field 'lid'", "no 'made'"),
            ],
        ),
        (
            POTS + ".post['x-annoport-job']",
            {"many": True, "lookup": {"id": "a"}},
            ["several jobs cannot find them by one id"],
        ),
        (PLATFORM, {"account": {"operation": "x", "id": ""}}, ["account: no operation 'x'"]),
        (
            PLATFORM,
            {"account": {"operation": "pots_retrieve", "id": "/who"}},
            ["account", "has no 'who'", "needs ['id']; expected one without"],
        ),
        (
            PLATFORM,
            {"edition": {"operation": "x", "lacking": "one", "having": "the other"}},
            ["edition: no operation 'x'"],
        ),
        (
            PLATFORM,
            {"edition": {"operation": "pots_retrieve", "lacking": "a", "having": "b"}},
            ["edition", "needs ['id']; expected one without"],
        ),
        (PLATFORM, {"other_profiles": OTHERS}, ["other_profiles: no credential is called 'key'"]),
        (
            f"{POTS}.get",
            {"x-annoport-batch": {"most": 5, "of": "ids"}},
            ["GET /pots: batch names the parameter 'ids', which does not exist"],
        ),
        (
            f"{POTS}.get",
            {"x-annoport-batch": {"most": 5}},
            ["GET /pots: batch: there is no body with items; name a parameter in 'of'"],
        ),
        (f"{POTS}.post", {"x-annoport-jobs": {}}, ["POST /pots", "'x-annoport-jobs'"]),
        (POTS, {"post": {"x-annoport-upload": {"style": "mail"}}}, ["POST /pots", "'mail'"]),
        (
            PAGES,
            {"total": "/results"},
            ["GET /pots", "'/results' leads to list[Pot]", "a whole number"],
        ),
        (
            f"{POTS}.post['x-annoport-job']",
            {"many": True},
            ["POST /pots", "'/id' leads to int", "a list"],
        ),
        (
            f"{POTS}.get",
            {"x-annoport-job": {"kind": "cooking", "id": "/count"}},
            ["GET /pots", "either returns pages or starts a job"],
        ),
        (KIND, {"states": {"done": ["burnt"]}}, ["done has 'burnt'", "['done', 'raw']", "overlay"]),
        (KIND, {"states": {"failed": ["raw"]}}, ["'raw' means both running and failed"]),
        (
            KIND,
            {"cancel": {"operation": "pots_retrieve", "states": ["cold"]}},
            ["cancel names the state 'cold'"],
        ),
        (PLATFORM, {"messages": ["detail"]}, ["pointer 'detail'", "starts with '/'"]),
        (
            PLATFORM,
            {"error_rules": [{"status": 400, "pattern": "(", "error": "not-found"}]},
            ["error rule 1", "'(' is not a regular expression"],
        ),
        (
            PLATFORM,
            {
                "error_rules": [
                    {
                        "status": 400,
                        "pattern": "a(b)",
                        "error": "rate-limit",
                        "retry_after_group": 2,
                    }
                ]
            },
            ["error rule 1: retry_after_group is 2", "'a(b)' has 1"],
        ),
        (
            PLATFORM,
            {
                "error_rules": [
                    {"status": 400, "pattern": "a", "error": "conflict", "operation": "x"}
                ]
            },
            ["error rule 1: its only operation 'x' does not exist"],
        ),
        (PLATFORM, {"error_reason": {"at": "why"}}, ["error_reason: 'why'", "starts with '/'"]),
        (
            PLATFORM,
            {"environment": {"urn": ["POT_HOST"], "url": ["POT-HOST"]}},
            ["environment", "no keyword 'urn'", "'POT-HOST' is no name of a variable"],
        ),
        (
            PLATFORM,
            {
                "login": {
                    "operation": "pots_cook",
                    "token": "/id",
                    "username": "made_by",
                    "extra": {"lid": 1},
                }
            },
            ["body of pots_cook has no field 'password'", "has no field 'lid'"],
        ),
        (
            f"{POTS}.post",
            {
                "x-annoport-upload": {
                    "style": "parts",
                    "method": "send",
                    "info": "pots_list",
                    "count_parameter": "page",
                    "completion": "pots_cook",
                }
            },
            ["completion operation has no field 'key'", "no field 'parts'"],
        ),
    ],
)
def test_what_is_missing_is_named(target: str, update: Any, parts: list[str]) -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(target, update))
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message


AFTER = {
    "style": "after-id",
    "items": "/results",
    "after_parameter": "page",
    "size_parameter": "page-size",
    "default_size": 5,
}


def paged(rules: dict[str, Any]) -> dict[str, Any]:
    """Return the sample with another pagination."""
    spec = copy.deepcopy(SPEC)
    spec["paths"]["/pots"]["get"]["x-annoport-pagination"] = rules
    return spec


def test_the_id_of_an_item_is_looked_for_in_the_items() -> None:
    assert built(paged({**AFTER, "item_id": "/id"})).operations
    with pytest.raises(GeneratorError, match="into an item: pointer '/key': Pot has no 'key'"):
        built(paged({**AFTER, "item_id": "/key"}))


NEXT = {"style": "next-url", "items": "/results", "next": "/next"}
FILTER = {"filter_parameter": "page", "sort_parameter": "page-size"}
SLICES = {
    "style": "start-stop",
    "items": "/results",
    "start_parameter": "page",
    "stop_parameter": "page-size",
    "default_size": 5,
}


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({**NEXT, "item_id": "/key"}, "into an item: pointer '/key': Pot has no 'key'"),
        ({**NEXT, "id_filter": FILTER}, "pagination in the order of the ids needs item_id"),
        ({**SLICES, "fixed": {"page": "id"}}, "pagination in the order of the ids needs item_id"),
        (
            {**NEXT, "item_id": "/id", "id_filter": {**FILTER, "filter_parameter": "where"}},
            "the parameter 'where', which does not exist",
        ),
        (
            {**NEXT, "item_id": "/id", "id_filter": {**FILTER, "sort_parameter": "order"}},
            "the parameter 'order', which does not exist",
        ),
        (
            {**SLICES, "item_id": "/id", "fixed": {"order": "id"}},
            "the parameter 'order', which does not exist",
        ),
    ],
)
def test_walks_in_the_order_of_ids(rules: dict[str, Any], text: str) -> None:
    with pytest.raises(GeneratorError, match=re.escape(text)):
        built(paged(rules))


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({}, "a list that is streamed is read as one array, but its items are at '/results'"),
        (
            {"largest_size": 9},
            "a list that is streamed has no pages that grow; remove largest_size or streamed",
        ),
    ],
)
def test_lists_that_are_streamed(rules: dict[str, Any], text: str) -> None:
    with pytest.raises(GeneratorError, match=re.escape(text)):
        built(paged({**AFTER, "item_id": "/id", "streamed": True, **rules}))


def test_ids_of_items_of_several_kinds() -> None:
    """A union with a name of its own is looked into."""
    spec = paged({**AFTER, "item_id": "/id"})
    schemas = spec["components"]["schemas"]
    schemas["AnyPot"] = {"anyOf": [{"$ref": "#/components/schemas/Pot"}]}
    schemas["AnyPot"]["anyOf"].append({"$ref": "#/components/schemas/Pots"})
    schemas["Pots"]["properties"]["results"]["items"] = {"$ref": "#/components/schemas/AnyPot"}
    assert built(spec).operations


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"rows": "/count"}, "'/count' leads to int; expected a list"),
        ({"parallel": ["/results", "/keys"]}, "pointer '/keys': Pots has no 'keys'"),
        ({"columns": "fields"}, "the parameter 'fields', which does not exist"),
    ],
)
def test_what_runs_beside_the_items(rules: dict[str, Any], text: str) -> None:
    window = {"style": "window", "start_parameter": "page", "size_parameter": "page-size"}
    more = {"items": "/results", "default_size": 5, **rules}
    with pytest.raises(GeneratorError, match=re.escape(text)):
        built(paged({**window, **more}))


def test_a_kind_of_job_must_end() -> None:
    spec = copy.deepcopy(SPEC)
    del spec["x-annoport-job-kinds"]["cooking"]["states"]["done"]
    with pytest.raises(GeneratorError, match="no state means done"):
        built(spec)


def test_the_case_of_a_state_may_not_matter() -> None:
    states = {"states": {"failed": ["RAW"]}}
    with pytest.raises(GeneratorError, match="failed has 'RAW'"):
        built(spoilt(KIND, states))
    with pytest.raises(GeneratorError, match="'RAW' means both running and failed"):
        built(spoilt(KIND, {**states, "ignore_case": True}))


def test_all_problems_are_listed_at_once() -> None:
    with pytest.raises(GeneratorError) as caught:
        built(spoilt(KIND, {"log": "one", "restart": "two", "status": "/three"}))
    assert len(str(caught.value).splitlines()) == 4


def test_a_platform_needs_its_extension() -> None:
    spec = {key: value for key, value in SPEC.items() if key != "x-annoport-platform"}
    with pytest.raises(GeneratorError, match=r"sample: no x-annoport-platform"):
        built(spec)

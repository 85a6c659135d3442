"""What the guards of the three platforms keep from happening, seen on the fakes.

Each fake does to a plain request what the real server would do; the client never sends it.
"""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport import testing
from annoport.core.contract.extensions import Ignored
from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError, InvalidBodyError, ServerError
from tests.core.both_shells import Shell, shells

CLIENTS = {"sync": "Client", "async": "AsyncClient"}


@pytest.fixture(params=shells(), ids=lambda kind: kind.name)
def shell(request: pytest.FixtureRequest) -> Iterator[Shell]:
    made = cast("Callable[[], Shell]", request.param)()
    yield made
    made.finish()


def client_of(shell: Shell, server: testing.FakeServer[Any], package: str, **more: Any) -> Any:
    made = getattr(importlib.import_module(package), CLIENTS[shell.name])
    return shell.keep(made(server.url, token=server.token, **more))


# ------------------------------------------------------------------------------ Tator


@pytest.fixture
def tator() -> Iterator[testing.FakeServer[Any]]:
    with testing.serve("tator") as server:
        yield server


def raw(server: testing.FakeServer[Any], method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Token {server.token}"}
    return httpx.request(method, server.url + path, headers=headers, **more)


BULK = [
    ("localizations", "Localizations", ("ids", "media_ids", "state_ids", "elemental_ids")),
    ("states", "States", ("ids", "media_ids", "localization_ids")),
    ("media", "Medias", ("ids", "localization_ids", "state_ids")),
    ("leaves", "Leaves", ("ids",)),
]
RECORDED = [row for row in BULK if row[0] != "leaves"]


@pytest.mark.parametrize(("resource", "path", "lists"), RECORDED)
def test_the_fake_takes_an_empty_list_for_everything(
    tator: testing.FakeServer[Any], resource: str, path: str, lists: tuple[str, ...]
) -> None:
    total = len(raw(tator, "GET", f"/rest/{path}/1").json())
    for name in lists:
        listed = raw(tator, "PUT", f"/rest/{path}/1", json={name: []}).json()
        assert len(listed) == total > 0
    said = raw(tator, "DELETE", f"/rest/{path}/1", json={lists[0]: []}).json()["message"]
    assert said.startswith(f"Successfully deleted {total} ")


@pytest.mark.parametrize(("resource", "path", "lists"), BULK)
def test_an_empty_list_changes_nothing_in_tator(
    shell: Shell, tator: testing.FakeServer[Any], resource: str, path: str, lists: tuple[str, ...]
) -> None:
    client = getattr(client_of(shell, tator, "annoport_tator"), resource)
    before = raw(tator, "GET", f"/rest/{path}/1").json()
    for name in lists:
        empty: dict[str, Any] = {name: []}
        for more in ({}, {"count": 3}, {"type": 1}):
            with pytest.raises(InvalidBodyError, match=rf"\$\.{name}: an empty list"):
                shell.run(client.delete_many(1, body=empty, **more))
            with pytest.raises(InvalidBodyError, match=rf"\$\.{name}: an empty list"):
                shell.run(client.update_many(1, body={**empty, "attributes": {}}, **more))
    for body in ({}, {"attributes": {"species": "orca"}}):
        with pytest.raises(InvalidBodyError, match=r"nothing selects .* count=N"):
            shell.run(client.update_many(1, body=body))
    with pytest.raises(InvalidBodyError, match="nothing selects"):
        shell.run(client.delete_many(1))
    assert raw(tator, "GET", f"/rest/{path}/1").json() == before


@pytest.mark.parametrize(("resource", "path", "lists"), BULK)
def test_an_empty_list_lists_nothing_without_a_request(
    shell: Shell, tator: testing.FakeServer[Any], resource: str, path: str, lists: tuple[str, ...]
) -> None:
    made = client_of(shell, tator, "annoport_tator", strict=True, max_retries=0)
    client = getattr(made, resource)
    tator.fake.fail_next(500, times=1)  # for the first request that is sent
    for name in lists:
        assert shell.run(client.list_by_id(1, body={name: []})) == []
        assert shell.run(client.count_by_id(1, body={name: []})) == 0
    assert shell.run(client.list_by_id(1, body={key: [] for key in lists}, start=0, stop=5)) == []
    with pytest.raises(InvalidBodyError, match="ignores an empty list beside"):
        shell.run(client.list_by_id(1, body={"ids": []}, type=1))
    with pytest.raises(ServerError):
        shell.run(client.count(1))


def test_all_rows_can_be_meant(shell: Shell, tator: testing.FakeServer[Any]) -> None:
    client = client_of(shell, tator, "annoport_tator")
    total = shell.run(client.localizations.count(1))
    assert shell.run(client.localizations.delete_many(1, count=total)).message
    assert shell.run(client.localizations.count(1)) == 0


def _search(name: str) -> str:
    search = {"attribute": name, "operation": "eq", "value": "orca"}
    return base64.b64encode(json.dumps(search).encode()).decode()


def test_a_misspelt_attribute_deletes_nothing(shell: Shell, tator: testing.FakeServer[Any]) -> None:
    client = client_of(shell, tator, "annoport_tator")
    total = shell.run(client.localizations.count(1))
    # The check does not help: the server counts as it deletes.
    assert shell.run(client.localizations.count(1, attribute=["spezies::orca"])) == total
    with pytest.raises(InvalidArgumentError, match=r"'attribute' is refused: .*'encoded_search'"):
        shell.run(client.localizations.delete_many(1, attribute=["spezies::orca"], count=total))
    misspelt = _search("spezies")
    shell.run(client.localizations.delete_many(1, encoded_search=misspelt))
    assert shell.run(client.localizations.count(1)) == total
    shell.run(client.localizations.delete_many(1, encoded_search=_search("species")))
    assert 0 < shell.run(client.localizations.count(1)) < total
    found = raw(tator, "DELETE", "/rest/Localizations/1", params={"attribute": "spezies::orca"})
    assert found.status_code == 200
    assert shell.run(client.localizations.count(1)) == 0


def _operations() -> Iterator[Operation[Any]]:
    for package in (annoport_cvat, annoport_ecotaxa, annoport_tator):
        for name in dir(package.operations):
            value: Any = getattr(package.operations, name)
            if isinstance(value, Operation):
                yield value


OPERATIONS = list(_operations())


def test_every_attribute_filter_of_a_bulk_change_is_refused() -> None:
    """The names that the guards miss, if a later release has more of them."""
    checked = 0
    for operation in OPERATIONS:
        selection: Any = operation.selection
        if selection is None or selection.answer is not None:
            continue
        for parameter in operation.parameters:
            if parameter.wire.startswith(("attribute", "related_attribute")):
                assert isinstance(parameter.guard, Ignored), (operation.id, parameter.wire)
                assert parameter.guard.instead in {one.wire for one in operation.parameters}
                checked += 1
    assert checked == 2 * (3 * 16 + 8) + 16


def test_every_bulk_change_of_tator_has_a_guard() -> None:
    """Each DELETE and PATCH of a whole collection takes its filters from the query."""
    harmless = {
        "DeleteTemporaryFileList",  # they go by themselves after a day
        "UpdateSectionList",  # the beginning of the path in its body selects
    }
    changes = [
        operation
        for operation in OPERATIONS
        if operation.path.startswith("/rest/")
        and operation.method in ("DELETE", "PATCH")
        and not {"id", "uid", "elemental_id"} & _names(operation, "path")
        and _names(operation, "query")
    ]
    assert len(changes) == 14
    unguarded = {operation.id for operation in changes if operation.selection is None}
    assert unguarded == harmless


def _names(operation: Operation[Any], location: str) -> set[str]:
    return {one.wire for one in operation.parameters if one.location == location}


def test_a_query_for_media_is_not_a_way_round(tator: testing.FakeServer[Any]) -> None:
    with annoport_tator.Client(tator.url, token=tator.token) as client:
        for query in ("?attribute=spezies::orca", "section=1&related_attribute_lt=a::1"):
            with pytest.raises(InvalidBodyError, match=r"\$\.media_query: is refused: .*media_ids"):
                client.states.delete_many(1, body={"media_query": query})


@pytest.mark.parametrize("call", ["jobs", "sections", "transcodes", "row_protections"])
def test_other_bulk_deletions_need_a_filter(tator: testing.FakeServer[Any], call: str) -> None:
    with annoport_tator.Client(tator.url, token=tator.token) as client:
        resource: Any = getattr(client, call)
        project = () if call == "row_protections" else (1,)
        with pytest.raises((InvalidArgumentError, InvalidBodyError), match="nothing selects"):
            resource.delete_many(*project)


def test_in_place_counts_in_the_body_only(shell: Shell, tator: testing.FakeServer[Any]) -> None:
    client = client_of(shell, tator, "annoport_tator")
    ignored = raw(tator, "PATCH", "/rest/Localization/1", params={"in_place": 1}, json={"x": 0.4})
    assert ignored.json()["object"]["id"] != 1
    operation = annoport_tator.operations.UPDATE_LOCALIZATION
    with pytest.raises(InvalidArgumentError, match=r"'in_place'; it belongs in the body"):
        shell.run(client.call(operation, {"id": 2, "in_place": 1}, body={"x": 0.4}))
    changed = shell.run(client.localizations.update(2, body={"x": 0.4, "in_place": 1}))
    assert changed.object.id == 2


def test_a_deleted_row_still_looks_alive(tator: testing.FakeServer[Any]) -> None:
    with annoport_tator.Client(tator.url, token=tator.token) as client:
        client.localizations.delete(1)
        assert client.localizations.retrieve(1).variant_deleted is False
        assert 1 not in [row.id for row in client.localizations.list(1)]


# ------------------------------------------------------------------------------ EcoTaxa


@pytest.fixture
def ecotaxa() -> Iterator[testing.FakeServer[Any]]:
    with testing.serve("ecotaxa") as server:
        yield server


def test_the_fake_stores_a_placeholder_as_the_password(ecotaxa: testing.FakeServer[Any]) -> None:
    headers = {"Authorization": f"Bearer {ecotaxa.token}"}
    me = httpx.get(f"{ecotaxa.url}/users/me", headers=headers).json()
    assert me["password"] == "?"
    url = f"{ecotaxa.url}/users/{me['id']}"
    assert httpx.put(url, headers=headers, json=me).status_code == 200
    login = {"username": ecotaxa.username, "password": ecotaxa.password}
    assert httpx.post(f"{ecotaxa.url}/login", json=login).status_code == 403
    assert httpx.post(f"{ecotaxa.url}/login", json=login | {"password": "?"}).status_code == 200


def test_a_user_can_be_read_changed_and_sent_back(
    shell: Shell, ecotaxa: testing.FakeServer[Any]
) -> None:
    client = client_of(shell, ecotaxa, "annoport_ecotaxa")
    me = shell.run(client.users.show_current_user())
    assert me.password == "?"
    me.name = "Ada Lovelace"
    shell.run(client.users.update(me.id, body=me))
    assert shell.run(client.users.show_current_user()).name == "Ada Lovelace"
    login = {"username": ecotaxa.username, "password": ecotaxa.password}
    assert httpx.post(f"{ecotaxa.url}/login", json=login).status_code == 200
    with pytest.raises(InvalidBodyError, match=r"update_user: \$\.password: '\?' is what"):
        shell.run(client.with_options(strict=True).users.update(me.id, body=me))
    me.password = "a better one"
    shell.run(client.users.update(me.id, body=me))
    assert httpx.post(f"{ecotaxa.url}/login", json=login).status_code == 403


def test_objects_are_not_deleted_or_changed_without_ids(
    shell: Shell, ecotaxa: testing.FakeServer[Any]
) -> None:
    client = client_of(shell, ecotaxa, "annoport_ecotaxa")
    ops = annoport_ecotaxa.operations
    calls: list[tuple[Operation[Any], Any]] = [
        (ops.ERASE_OBJECT_SET, []),
        *(
            (one, {"target_ids": [], "updates": []})
            for one in (
                ops.UPDATE_OBJECT_SET,
                ops.UPDATE_SAMPLES,
                ops.UPDATE_ACQUISITIONS,
                ops.UPDATE_PROCESSES,
            )
        ),
        (
            ops.CLASSIFY_OBJECT_SET,
            {"target_ids": [], "classifications": [], "wanted_qualification": "V"},
        ),
    ]
    for operation, body in calls:
        with pytest.raises(InvalidBodyError, match="an empty list would select everything"):
            shell.run(client.call(operation, {}, body=body))


def test_a_whole_project_is_not_reset_by_an_empty_filter(
    shell: Shell, ecotaxa: testing.FakeServer[Any]
) -> None:
    client = client_of(shell, ecotaxa, "annoport_ecotaxa")
    ops = annoport_ecotaxa.operations
    for operation, more in (
        (ops.RESET_OBJECT_SET_TO_PREDICTED, {}),
        (ops.REVERT_OBJECT_SET_TO_HISTORY, {"dry_run": False}),
        (ops.RECLASSIFY_OBJECT_SET, {"forced_id": 1, "reason": "W"}),
    ):
        for filters in ({}, {"taxo": "", "statusfilter": ""}, {"taxochild": "Y"}):
            with pytest.raises(InvalidBodyError, match="nothing selects what to change"):
                shell.run(client.call(operation, {"project_id": 1, **more}, body=filters))
    assert _statuses(ecotaxa) > {"P"}
    # What would have happened.
    assert _posted(ecotaxa, "/object_set/1/reset_to_predicted").status_code == 200
    assert _statuses(ecotaxa) == {"P"}


def _posted(server: testing.FakeServer[Any], path: str) -> httpx.Response:
    return httpx.post(
        server.url + path, headers={"Authorization": f"Bearer {server.token}"}, json={}
    )


def _statuses(server: testing.FakeServer[Any]) -> set[str | None]:
    rows = _posted(server, "/object_set/1/query?fields=obj.classif_qual").json()["details"]
    return {row[0] for row in rows}


# ------------------------------------------------------------------------------ CVAT


@pytest.fixture
def cvat() -> Iterator[testing.FakeServer[Any]]:
    with testing.serve("cvat") as server:
        yield server


def _skeleton(label: int, frame: int) -> dict[str, Any]:
    element = {"type": "points", "frame": frame, "label_id": label, "points": [1.0, 2.0]}
    return {"type": "skeleton", "frame": 0, "label_id": label, "elements": [element]}


def test_an_element_on_another_frame_breaks_no_task(
    shell: Shell, cvat: testing.FakeServer[Any]
) -> None:
    client = client_of(shell, cvat, "annoport_cvat")
    label = shell.run(client.labels.list(task_id=1).first()).id
    bad, good = ({"shapes": [_skeleton(label, frame)]} for frame in (1, 0))
    tasks, jobs = client.tasks, client.jobs
    calls: tuple[Callable[[], Any], ...] = (
        lambda: tasks.update_annotations(1, body=bad),
        lambda: tasks.partial_update_annotations(1, action="create", body=bad),
        lambda: jobs.update_annotations(1, body=bad),
        lambda: jobs.partial_update_annotations(1, action="update", body=bad),
    )
    for call in calls:
        with pytest.raises(InvalidBodyError, match=r"\$\.shapes\[0\]\.elements\[0\]\.frame: is 1"):
            shell.run(call())
    shell.run(client.tasks.partial_update_annotations(1, action="create", body=good))
    assert shell.run(client.tasks.retrieve_annotations(1)).shapes
    # What would have happened, and what no later request mends by reading.
    path = "/api/tasks/1/annotations/?action=create"
    assert raw(cvat, "PATCH", path, json=bad).status_code == 200
    assert raw(cvat, "GET", "/api/tasks/1/annotations/").status_code == 500

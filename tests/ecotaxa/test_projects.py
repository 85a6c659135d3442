"""Change the settings of a project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annoport import ecotaxa
from annoport.errors import InvalidArgumentError, PermissionDeniedError, TransportError
from tests.ecotaxa.conftest import Server

Flow = Callable[..., Any]


def test_only_what_is_named_changes(flow: Flow, server: Server) -> None:
    before = server.fake.state.show_project(server.fake.state.projects[1], None)
    found = flow("edit", 1, title="Bay", comments=None, init_classif_list=[25828])
    assert found.title == "Bay"
    after = server.fake.state.show_project(server.fake.state.projects[1], None)
    assert after == {**before, "title": "Bay", "init_classif_list": [25828]}


def test_people_and_formulae(flow: Flow, server: Server) -> None:
    with ecotaxa.Client(server.url, token=server.token) as client:
        project = client.projects.retrieve(1)
    grace = project.managers[0]
    found = flow(
        "edit",
        project,
        viewers=[grace],
        bodc_variables={"subsample_coef": "2"},
        classiffieldlist="fre.area=area",
    )
    assert [one.id for one in found.viewers] == [grace.id]
    assert found.bodc_variables == {"subsample_coef": "2"}
    assert found.classiffieldlist == "fre.area=area"


def test_bad_input_sends_nothing(flow: Flow, server: Server) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("edit", 1)
    assert str(caught.value).startswith("there is nothing to change: name one of title, access, ")
    with pytest.raises(InvalidArgumentError) as caught:
        flow("edit", 1, managers=[])
    assert str(caught.value) == "managers is empty: nobody could change the project any more"
    with pytest.raises(InvalidArgumentError):
        flow("edit", 1, init_classif_list=["Copepoda"])
    with pytest.raises(TypeError):
        flow("edit", 1, titel="Bay")
    assert server.requests == []


def test_what_goes_wrong_is_told(flow: Flow, server: Server) -> None:
    server.fake.fail_next(503, path="/projects/1")
    assert flow("edit", 1, title="Bay").title == "Bay"
    server.fake.state.users[1].admin = False
    with pytest.raises(PermissionDeniedError):
        flow("edit", 3, title="Bay")
    server.stop()
    with pytest.raises(TransportError):
        flow("edit", 1, title="Bay")

"""Taxa by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annoport.errors import InvalidArgumentError, TransportError
from annoport.testing.ecotaxa.state import Taxon
from tests.ecotaxa.conftest import Server

Flow = Callable[..., Any]


@pytest.fixture(autouse=True)
def eggs(server: Server) -> None:
    """Two taxa of one name, as the real tree has them, and others that begin like it."""
    taxa = server.fake.state.taxa
    taxa[85076].name, taxa[85076].display = "egg", "egg<other"
    taxa[85117] = Taxon(id=85117, name="egg", parent=2367, display="egg<Actinopterygii")
    taxa[27752] = Taxon(id=27752, name="Eggerella", parent=1)
    taxa[5] = Taxon(id=5, name="Oithona", parent=45072, status="D", display="Oithona<Old")
    taxa[6] = Taxon(id=6, name="Oithona", parent=45072, display="Oithona<Cyclopoida")
    taxa[25828].display = "Copepoda<Arthropoda"


def test_names_are_found_whatever_their_case(flow: Flow) -> None:
    names = ["copepoda", "Copepoda<Arthropoda", "EGG<other", "Calanoida", "oithona"]
    found = flow("taxa_named", names)
    assert list(found) == names
    assert [taxon.id for taxon in found.values()] == [25828, 25828, 85076, 45074, 6]
    assert found["copepoda"].display_name == "Copepoda<Arthropoda"
    assert flow("taxa_named", []) == {}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["Calanoida", "egg"],
            (
                "taxa: 'egg' is the name of 2 taxa: 'egg<Actinopterygii' (id 85117), 'egg<other' "
                "(id 85076)"
            ),
        ),
        (["egge"], "taxa: 'egge' is no taxon; there are 'Eggerella'"),
        (
            ["Yeti", "egg<nobody"],
            (
                "taxa: 'Yeti' is no taxon; 'egg<nobody' is no taxon; there are "
                "'egg<Actinopterygii', 'egg<other', 'Eggerella'"
            ),
        ),
    ],
)
def test_names_that_tell_no_taxon(flow: Flow, names: list[str], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("taxa_named", names)
    assert str(caught.value) == (
        f"{message}: pass the whole name with its parent's, as in 'egg<other', or the id"
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["Copepod"], "taxa: 'Copepod' is no taxon; did you mean 'Copepoda'?"),
        (
            ["Copepod", "Yeti"],
            (
                "taxa: 'Yeti' is no taxon: the server has no name that begins so; pass another, or "
                "the id; 'Copepod' is no taxon; did you mean 'Copepoda'?"
            ),
        ),
        (
            ["eg"],
            (
                "taxa: 'eg' is no taxon; there are 'egg<Actinopterygii', 'egg<other', "
                "'Eggerella': pass the whole name with its parent's, as in 'egg<other', or the id"
            ),
        ),
    ],
)
def test_a_misspelt_name_is_told_which_was_meant(
    flow: Flow, names: list[str], message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("taxa_named", names)
    assert str(caught.value) == message


def test_a_search_that_is_cut_says_so(flow: Flow, server: Server) -> None:
    for number in range(1_000, 1_250):
        server.fake.state.taxa[number] = Taxon(id=number, name=f"Aa{number}", parent=1)
    with pytest.raises(InvalidArgumentError) as caught:
        flow("taxa_named", ["Aa"])
    assert str(caught.value).startswith(
        "taxa: 'Aa' is not among the 200 taxa that the server lists: pass the whole name"
    )


def test_wrong_arguments_send_nothing(flow: Flow, server: Server) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("taxa_named", "Copepoda")
    assert str(caught.value) == "names is 'Copepoda': expected a list of names"
    with pytest.raises(InvalidArgumentError) as caught:
        flow("taxa_named", [" <other"])
    assert str(caught.value) == "taxa: ' <other' is no name of a taxon"
    assert server.requests == []


def test_failures_that_pass_are_not_seen(flow: Flow, server: Server) -> None:
    server.fake.fail_next(503, path="/taxon_set")
    server.fake.lose_next(path="/taxon_set")
    assert [one.id for one in flow("taxa_named", ["Calanoida"]).values()] == [45074]
    server.stop()
    with pytest.raises(TransportError):
        flow("taxa_named", ["Calanoida"])

"""Images of objects, one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annoport.errors import DownloadError, InvalidArgumentError, TransportError
from annoport.filters import F
from annoport.testing.ecotaxa.state import Picture
from annoport.testing.images import jpeg, png
from tests.ecotaxa.conftest import Server

Flow = Callable[..., Any]
FIRST = 200_000_001


def vaulted(server: Server) -> int:
    return sum("/vault/" in request.path for request in server.requests)


@pytest.fixture
def several(server: Server) -> Server:
    """The first object has two images, the second of them a JPEG."""
    thing = server.fake.state.things[FIRST]
    thing.further = [Picture(7, "b.jpg", jpeg(16, 16), 16, 16)]
    return server


def test_images_are_named_by_their_objects(flow: Flow, several: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        seen.append((done, total))

    paths = flow("download_images", 1, tmp_path / "new", progress=note)
    names = [f"{FIRST}.png", f"{FIRST}_1.jpg", *(f"{FIRST + n}.png" for n in range(1, 12))]
    assert paths == [tmp_path / "new" / name for name in names]
    assert sorted(tmp_path.joinpath("new").iterdir()) == sorted(paths)
    things = several.fake.state.things
    assert paths[0].read_bytes() == things[FIRST].image
    assert paths[1].read_bytes() == things[FIRST].further[0].content
    assert (seen[0], seen[-1]) == ((1, 13), (13, 13))


def test_only_what_is_missing_is_fetched(flow: Flow, several: Server, tmp_path: Path) -> None:
    paths = flow("download_images", 1, tmp_path, first_only=True)
    assert (len(paths), vaulted(several)) == (12, 12)
    paths[3].unlink()
    assert flow("download_images", 1, tmp_path, first_only=True) == paths
    assert (vaulted(several), paths[3].exists()) == (13, True)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"taxa": ["Copepoda"]}, 10),  # with those below
        ({"taxa": ["Copepoda"], "children": False}, 0),
        ({"taxa": ["Calanoida", 84963]}, 6),
        ({"status": "P"}, 4),
        ({"status": "P", "taxa": ["Cyclopoida"]}, 2),
        ({"samples": ["tow_02"]}, 6),
        ({"samples": [1_000_001], "status": "V"}, 4),
        ({"filters": F["obj.classif_qual"] == "P", "samples": ["tow_01"]}, 2),
        ({"filters": {"statusfilter": "NV"}}, 4),
    ],
)
def test_objects_are_chosen(
    flow: Flow, tmp_path: Path, options: dict[str, Any], count: int
) -> None:
    assert len(flow("download_images", 1, tmp_path, **options)) == count


def test_folders_of_taxa_and_samples(flow: Flow, server: Server, tmp_path: Path) -> None:
    taxa = server.fake.state.taxa
    taxa[45072].display, taxa[45074].display = "egg<a", "egg_a"
    server.fake.state.things[FIRST + 2].taxon = None
    paths = flow("download_images", 1, tmp_path / "t", folders_by="taxon")
    folders = [path.parent.name for path in paths[:4]]
    assert folders == ["egg_a", "egg_a_2", "unclassified", "detritus"]
    paths = flow("download_images", 1, tmp_path / "s", folders_by="sample")
    assert {path.parent.name for path in paths} == {"tow_01", "tow_02"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"taxa": ["Yeti"]}, "taxa: 'Yeti' is no taxon: the server has no name that begins so"),
        ({"taxa": []}, "taxa is []: expected a list with at least one; leave it out for all"),
        ({"taxa": "Copepoda"}, "taxa is 'Copepoda': expected a list with at least one; "),
        ({"samples": []}, "samples is []: expected a list with at least one; "),
        (
            {"samples": ["tow_03"]},
            "samples: the project has no sample 'tow_03'; it has tow_01, tow_02",
        ),
        ({"samples": [5]}, "samples: the project has no sample 5; it has tow_01, tow_02"),
        ({"status": "X"}, "status is 'X': expected one of P, V, D, U, UP, NV, PV, PVD, VM, NVM"),
        (
            {"status": "P", "filters": {"statusfilter": "V"}},
            "filters has 'statusfilter', which another argument says too: leave one of them out",
        ),
        ({"folders_by": "day"}, "folders_by is 'day': expected 'none', 'taxon' or 'sample'"),
        ({"at_once": 0}, "at_once is 0: expected a whole number, 1 or greater"),
    ],
)
def test_bad_input_fetches_nothing(
    flow: Flow, server: Server, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        flow("download_images", 1, tmp_path / "new", **options)
    assert str(caught.value).startswith(message)
    assert (vaulted(server), list(tmp_path.iterdir())) == (0, [])


@pytest.mark.parametrize(("status", "times"), [(404, 1), (500, 3)])
def test_an_image_that_is_missing_does_not_stop_the_others(
    flow: Flow, server: Server, tmp_path: Path, status: int, times: int
) -> None:
    server.fake.fail_next(status, times=times, path="/vault/20000/0003.png")
    with pytest.raises(DownloadError) as caught:
        flow("download_images", 1, tmp_path)
    assert str(caught.value).startswith(
        f"1 of 12 images could not be fetched, the first is that of object {FIRST + 2} at "
        f"{server.url.removesuffix('/api')}/vault/20000/0003.png: "
    )
    assert str(caught.value).endswith(
        "; the others are there, and the same call fetches only what is missing"
    )
    assert len([path for path in tmp_path.iterdir() if path.suffix == ".png"]) == 11
    before = vaulted(server)
    assert len(flow("download_images", 1, tmp_path)) == 12
    assert vaulted(server) == before + 1


def test_a_server_that_goes_and_comes_back(flow: Flow, server: Server, tmp_path: Path) -> None:
    server.fake.fail_next(503, times=2, path="/vault/")
    server.fake.lose_next(path="/vault/")
    paths = flow("download_images", 1, tmp_path, at_once=2)
    assert [path.read_bytes()[:4] for path in paths] == [png(1, 1)[:4]] * 12
    server.stop()
    with pytest.raises(TransportError):
        flow("download_images", 1, tmp_path)

"""Which releases know something, and how messages say it."""

from __future__ import annotations

import pytest

from annoport.core.contract.extensions import Releases
from annoport.core.contract.releases import know, words

AWAY = Releases(since="2.24", removed="2.80", gaps=(("2.32", "2.40"), ("2.61", "2.66.1")))


@pytest.mark.parametrize(
    ("known_by", "version", "expected"),
    [
        (AWAY, "2.23.9", False),
        (AWAY, "2.24.0", True),
        (AWAY, "2.31.99", True),
        (AWAY, "2.32", False),
        (AWAY, "2.39.4", False),
        (AWAY, "2.40.0", True),
        (AWAY, "2.66.0", False),
        (AWAY, "2.66.1", True),
        (AWAY, "2.79", True),
        (AWAY, "2.80.0", False),
        (Releases(gaps=(("2.32", "2.40"),)), "1", True),
        (Releases(gaps=(("2.32", "2.40"),)), "2.33", False),
        (Releases(edition="app.cvat.ai only"), "1", True),
    ],
)
def test_releases_may_lie_between_gaps(known_by: Releases, version: str, expected: bool) -> None:
    assert know(known_by, version) is expected


@pytest.mark.parametrize(
    ("known_by", "said"),
    [
        (Releases(since="2.68"), "CVAT 2.68 and later"),
        (Releases(removed="2.33"), "CVAT before 2.33"),
        (Releases(since="2.10", removed="3"), "CVAT 2.10 and later, before 3"),
        (Releases(gaps=(("2.32", "2.40"),)), "CVAT before 2.32, and again 2.40 and later"),
        (
            AWAY,
            (
                "CVAT 2.24 and later, before 2.32, and again 2.40 and later, before 2.61, "
                "and again 2.66.1 and later, before 2.80"
            ),
        ),
        (Releases(edition="app.cvat.ai only"), "app.cvat.ai only"),
        (
            Releases(removed="2.47", edition="open source 2.46 and older"),
            "open source 2.46 and older",
        ),
    ],
)
def test_words(known_by: Releases, said: str) -> None:
    assert words("CVAT", known_by) == said

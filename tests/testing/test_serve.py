"""`serve`: which fakes there are, and their options."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import httpx
import pytest

from annoport.testing import Fake, serve
from annoport.testing.cvat import FakeCvat
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.testing.options import CvatOptions, EcotaxaOptions, TatorOptions
from annoport.testing.tator import FakeTator

FAKES = [(FakeCvat, CvatOptions), (FakeEcotaxa, EcotaxaOptions), (FakeTator, TatorOptions)]


@pytest.mark.parametrize(("fake", "options"), FAKES)
def test_the_options_are_the_keywords_of_the_fake(fake: type[Fake], options: type[Any]) -> None:
    keywords = inspect.signature(fake).parameters
    hints = get_type_hints(fake.__init__)
    assert get_type_hints(options) == {name: hints[name] for name in keywords}


def test_options_reach_the_fake() -> None:
    with serve("cvat", version="2.60.0") as server:
        assert httpx.get(f"{server.url}/api/server/about").json()["version"] == "2.60.0"


def test_a_misspelt_option_is_an_error_that_names_the_options() -> None:
    with pytest.raises(TypeError, match="no option 'job_second': its options are job_seconds, qu"):
        serve("cvat", job_second=0.1)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"'races': its options are .*, token_seconds, "):
        serve("ecotaxa", races=True)  # type: ignore[call-overload]


def test_an_unknown_platform_is_named() -> None:
    with pytest.raises(ValueError, match="unknown platform 'labelbox': expected 'cvat'"):
        serve("labelbox")

"""Fixtures of all tests."""

from __future__ import annotations

import shutil

import pytest

from tests import npm_tools


@pytest.fixture(scope="session")
def npm() -> None:
    """The tools from npm are there; without npm, what needs them is skipped."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not there to install the tools that judge")
    npm_tools.install()

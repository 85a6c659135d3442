"""Without torch, the package says what to install; nothing else needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import annoport.torch


def python(code: str) -> str:
    """What a fresh interpreter without torch prints."""
    hidden = f"import sys; sys.modules['torch'] = None\n{code}"
    command = [sys.executable, "-c", hidden]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("name", annoport.torch.__all__)
def test_each_name_says_what_to_install(name: str) -> None:
    code = f"""
try:
    from annoport.torch import {name}
except ImportError as error:
    print(error)
"""
    assert python(code) == (
        "annoport.torch needs torch, which is not installed: pip install 'annoport[torch]'"
    )


def test_datasets_need_none() -> None:
    assert python("from annoport.vision import Dataset; import annoport.torch; print(1)") == "1"

"""The top of the tree, and how much of annoport it loads."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

import pytest

from annoport.cli.index import Index, platforms
from tests.cli.commands import here
from tests.shared import PLATFORMS


def test_version() -> None:
    done = here("--version")
    assert done == (0, f"annoport {importlib.metadata.version('annoport')}\n", "")


def test_the_installed_platforms_are_found() -> None:
    assert platforms() == sorted(PLATFORMS)


def test_an_unknown_command_is_a_usage_error() -> None:
    done = here("dmeo")
    assert done.code == 2
    assert "No such command 'dmeo'" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("cvat", "jobs", "annotations"),
            "'annotations': did you mean one of 'create-annotations', 'destroy-annotations', ",
        ),
        (("cvat", "taks"), "No such command 'taks': did you mean 'tasks'?"),
        (("cvat", "xyzzy"), "No such command 'xyzzy': `annoport cvat --help` lists them"),
    ],
)
def test_what_may_be_meant_is_named(words: tuple[str, ...], said: str) -> None:
    done = here(*words)
    assert done.code == 2
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["cvat", "tasks", "--help"]])
def test_what_needs_no_client_loads_none(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from annoport.cli import main\n"
        f"main({arguments!r})\n"
        "heavy = {'rich', 'httpx', 'importlib.metadata', 'msgspec', 'attrs'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("LOADED []\n")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_help_lists_everything(platform: str) -> None:
    index = Index(platform)
    shown = here(platform, "--help").out
    for resource in index.resources():
        assert f"  {resource} " in shown
        listed = here(platform, resource, "--help").out
        name = index.resource_name(resource)
        assert name is not None
        assert index.commands(name)
        for verb in index.commands(name):
            assert re.search(rf"^  {verb}( |$)", listed, re.MULTILINE)


def test_a_plain_verb_is_shown_and_the_other_name_works() -> None:
    shown = here("cvat", "tasks", "--help").out
    assert "  delete " in shown
    assert "  destroy " not in shown
    assert here("cvat", "tasks", "destroy", "--help").code == 0


def test_help_of_a_command_has_the_words_of_the_method() -> None:
    shown = " ".join(here("cvat", "tasks", "create-dataset-export", "--help").out.split())
    assert "Start an export of a task's annotations, with or without images." in shown
    assert "--location [cloud_storage|local] Where the finished file goes" in shown
    assert "--format TEXT Name and version of an export format" in shown
    assert "ID... Id of the task." in shown
    assert "POST /api/tasks/{id}/dataset/export" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--page-size", "many"], "'many' is not a valid integer"),
        (["list", "--wat"], "No such option '--wat'"),
        (["retrieve"], "Missing argument 'ID...'"),
        (["create-dataset-export", "1"], "Missing option '--format'"),
        (["create-dataset-export", "1", "--format=x", "--location=moon"], "'moon' is not one of"),
        (["create"], "this needs a body: --body JSON, @FILE or -, or --set NAME=VALUE"),
        (["create", "--set", "name"], "--set 'name': expected NAME=VALUE"),
        (["create", "--body", "{"], "--body is no JSON"),
        (["create", "--body", "@/none"], "--body @/none: No such file or directory"),
        (["create", "--body", "[]", "--set=a=1"], "--set puts fields into an object, but --body"),
        (["create-data", "1", "--set", "client_files=x"], "expected @ and the path of a file"),
        (["create-data", "1", "--set", "client_files=@/none"], "there is no file /none"),
        (["list", "--where", "status =="], "makes no sense at its end"),
        (["delete", "1"], "nobody can be asked here whether to do it; add --yes"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], said: str) -> None:
    done = here("cvat", "tasks", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err

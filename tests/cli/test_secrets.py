"""No secret is told, kept where others can read it, or shown to other users of the machine."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from annoport.cli.root import root
from annoport.testing.images import png
from tests.cli.commands import Done, environment, here, process
from tests.shared import PLATFORMS

_SECRET = re.compile(r"password|passphrase|secret|token|credential")
_NO_SECRETS = {
    "annoport login --with-token": "says that one comes from stdin",
    "annoport login --credential": "the name of one",
    "annoport cvat cloudstorages list --credentials-type": "a kind of them",
    "annoport cvat cloudstorages retrieve-content-v2 --next-token": "names a page of a list",
    "annoport ecotaxa users create --token": "from a mail, and good for one call",
    "annoport ecotaxa users reset-password --token": "from a mail, and good for one call",
}
"""Options that sound like secrets, and why they are none."""


@pytest.fixture
def logged_in(servers: dict[str, Any], tmp_path: Path) -> dict[str, str]:
    """An environment whose settings, caches and temporary files are below a folder."""
    places = {
        "ANNOPORT_CONFIG": "config",
        "HOME": "home",
        "LOCALAPPDATA": "local",
        "TMPDIR": "tmp",
        "XDG_CACHE_HOME": "cache",
    }
    for name in places.values():
        (tmp_path / name).mkdir()
    found = {variable: str(tmp_path / name) for variable, name in places.items()}
    for platform, server in servers.items():
        found |= {f"{platform.upper()}_URL": server.url, f"{platform.upper()}_TOKEN": server.token}
    return environment(**found)


def secrets(servers: dict[str, Any]) -> list[str]:
    return [one for server in servers.values() for one in (server.token, server.password)]


def check(done: Done, servers: dict[str, Any]) -> None:
    for secret in secrets(servers):
        assert secret not in done.out + done.err


@pytest.mark.parametrize(
    "words",
    [
        ("cvat", "tasks", "list"),
        ("cvat", "tasks", "retrieve", "99999"),
        ("tator", "media", "retrieve", "99999"),
        ("ecotaxa", "projects", "retrieve", "99999"),
        ("cvat", "delete-annotations", "1", "--labels", "fox", "--dry-run"),
        ("doctor",),
    ],
)
def test_nothing_is_told(
    words: tuple[str, ...], servers: dict[str, Any], logged_in: dict[str, str]
) -> None:
    done = process(*words, "-vv", "--debug", env=logged_in)
    assert ("Traceback" in done.err) == ("99999" in words)
    check(done, servers)


def test_a_body_is_shown_without_its_secrets(
    servers: dict[str, Any], logged_in: dict[str, str], tmp_path: Path
) -> None:
    login = ("cvat", "auth", "create-login", "--dry-run")
    given = process(*login, "--set", "username=ada", "--set", "password=hunter2", env=logged_in)
    assert given == (
        0,
        '{"method":"POST","path":"/api/auth/login","body":{"username":"ada","password":"***"}}\n',
        (
            "annoport: warning: other users of this machine can see the arguments of a command: "
            "put password into --body @FILE, or pipe it into --body -\n"
        ),
    )
    body = '{"username": "ada", "password": "hunter2"}'
    piped = process(*login, "--body", "-", env=logged_in, stdin=body)
    assert piped == (0, given.out, "")
    check(piped, servers)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_no_file_that_others_can_read_has_one(
    servers: dict[str, Any], logged_in: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png(8, 8))
    server = servers["cvat"]
    login = ("login", "cvat", server.url, "--with-token", "--profile", "lab")
    assert process(*login, env=logged_in, stdin=f"{server.token}\n").code == 0
    for words in (
        ("cvat", "export", "tasks.download-dataset", "--where", "id in [1, 2]", "--to", "out"),
        ("cvat", "tasks", "download-dataset", "1", "one/"),
    ):
        arguments = ("--set", "format=COCO 1.0") if "export" in words else ("--format", "COCO 1.0")
        assert process(*words, *arguments, env=logged_in, cwd=tmp_path).code == 0
    task = ("cvat", "create-task", "dive", "a.png", "--labels", "crab")
    assert process(*task, env=logged_in, cwd=tmp_path).code == 0
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and has_one(path, servers)]
    assert holding == [tmp_path / "config" / "profiles.json"]
    assert not stat.S_IMODE(holding[0].stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)


def has_one(path: Path, servers: dict[str, Any]) -> bool:
    content = path.read_bytes()
    return any(secret.encode() in content for secret in secrets(servers))


def test_no_process_gets_one_as_an_argument(
    servers: dict[str, Any], logged_in: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import os, sys\n"
        "starting = ('subprocess.Popen', 'os.exec', 'os.fork', 'os.posix_spawn', 'os.system')\n"
        "def hook(event, arguments):\n"
        "    if event in starting:\n"
        "        print('STARTED', event, arguments, file=sys.stderr)\n"
        "sys.addaudithook(hook)\n"
        "from annoport.cli import main\n"
        "sys.exit(main())\n"
    )
    words = ("cvat", "export", "tasks.download-dataset", "--where", "id == 1", "--to", "out")
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--set", "format=COCO 1.0", "-q"],
        env=logged_in,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert not [one for one in secrets(servers) if one in done.stderr]


def test_no_option_takes_a_secret() -> None:
    found: list[str] = []
    context = click.Context(root(), info_name="annoport")
    for name in ("login", "logout", "doctor", "profiles", *PLATFORMS):
        command = root().get_command(context, name)
        assert command is not None
        found += secret_options(command, f"annoport {name}")
    assert sorted(found) == sorted(_NO_SECRETS)


def secret_options(command: click.Command, words: str) -> Iterator[str]:
    """Yield the options below a command that sound like secrets."""
    context = click.Context(command, info_name=words)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from secret_options(below, f"{words} {name}")
        return
    for one in command.params:
        if isinstance(one, click.Option) and _SECRET.search(one.opts[0]):
            yield f"{words} {one.opts[0]}"


def test_the_word_of_a_login_is_not_an_argument(logged_in: dict[str, str]) -> None:
    told = here("login", "--help").out
    assert "--password" not in told
    assert "--token" not in told
    assert os.environ.get("CVAT_TOKEN") is None

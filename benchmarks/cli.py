"""What the `annoport` command costs: CPU of whole processes, from start to end."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from annoport import cvat
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from benchmarks import peers
from benchmarks.paths import environment
from benchmarks.process import run_once
from benchmarks.rows import Figure, Goal, Result, Row

_ROUNDS = 15
_TASKS = 1000
_SCRIPT = """
import sys
from annoport import cvat, to_json

with cvat.Client.from_env() as client:
    for task in client.tasks.list():
        sys.stdout.buffer.write(to_json(task) + b"\\n")
"""


def _race(
    variables: Mapping[str, str], commands: Mapping[str, Sequence[str]], measure: str = "cpu"
) -> list[Figure]:
    """Run commands in turns, and return the median of what each needs."""
    known = {**environment(), **variables}
    found: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        run_once([*command], variables=known)  # writes the bytecode files
    for _ in range(_ROUNDS):
        for name, command in commands.items():
            found[name].append(run_once([*command], variables=known)[measure])
    return [Figure(name, statistics.median(taken)) for name, taken in found.items()]


def _ours(*arguments: str) -> list[str]:
    return [str(peers.python("cli")), "-m", "annoport", *arguments]


def _light(flag: str) -> list[Figure]:
    """Return what ours, an import of click, and cvat-cli need for a flag that asks no server."""
    theirs = str(peers.python("cvat-cli").with_name("cvat-cli"))
    return _race(
        {},
        {
            "annoport": _ours(flag),
            "import click": [str(peers.python("cli")), "-c", "import click"],
            "cvat-cli": [theirs, flag],
        },
    )


def _beside_click(flag: str) -> Result:
    ours, base, peer = _light(flag)
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(1.5), peers=[peer])


def _beside_cvat_cli(flag: str) -> Result:
    ours, _, base = _light(flag)
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(0.25))


def _complete() -> Result:
    asked = {
        "_ANNOPORT_COMPLETE": "bash_complete",
        "COMP_WORDS": "annoport cvat tasks ret",
        "COMP_CWORD": "3",
    }
    [ours] = _race(asked, {"annoport": _ours()}, "seconds")
    return Result(ours=ours.value, unit="s", goal=Goal(0.1, absolute=True))


def _list(limit: float, *options: str) -> Result:
    with FakeServer(FakeCvat()) as server:
        with cvat.Client(server.url, token=server.token) as client:
            have = sum(1 for _ in client.tasks.list())
            for number in range(have, _TASKS):
                client.tasks.create(body={"name": f"dive {number}"})
        ours, base = _race(
            {"CVAT_URL": server.url, "CVAT_TOKEN": server.token},
            {
                "annoport": _ours("cvat", "tasks", "list", *options),
                "a script": [str(peers.python("cli")), "-c", _SCRIPT],
            },
        )
    return Result(ours=ours.value, unit="s", base=base, goal=Goal(limit))


ROWS = (
    Row("cli-version", "annoport --version", lambda: _beside_click("--version")),
    Row("cli-version-peer", "the same, to cvat-cli's", lambda: _beside_cvat_cli("--version")),
    Row("cli-help", "annoport --help", lambda: _beside_click("--help")),
    Row("cli-help-peer", "the same, to cvat-cli's", lambda: _beside_cvat_cli("--help")),
    Row("cli-complete", "completion of an operation's name", _complete),
    Row("cli-list", "annoport cvat tasks list of 1,000 tasks", lambda: _list(1.1)),
    Row("cli-table", "the same as a table", lambda: _list(1.7, "--output", "table")),
)

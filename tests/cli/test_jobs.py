"""`annoport job`: what goes on with a job that another command has started."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annoport import testing
from tests.cli.commands import environment, here

EXPORT = (
    *("ecotaxa", "objects", "export-general", "--quiet"),
    *("--body", '{"filters": {}, "request": {"project_id": 1}}'),
)


@pytest.fixture(scope="module")
def ecotaxa() -> Iterator[Any]:
    with testing.serve("ecotaxa", job_seconds=0.0) as server:
        yield server


@pytest.fixture(autouse=True)
def _logged_in(ecotaxa: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in environment(
        ECOTAXA_URL=ecotaxa.url, ECOTAXA_TOKEN=ecotaxa.token, ANNOPORT_CONFIG=str(tmp_path)
    ).items():
        monkeypatch.setenv(name, text)


def started(ecotaxa: Any, outcome: str = "finished") -> str:
    """Return the token of a job that ends so."""
    ecotaxa.fake.next_job = outcome
    done = here(*EXPORT)
    assert done.code == 0, done.err
    return done.out.strip()


def state(token: str) -> str:
    return str(json.loads(here("job", "show", token).out)["state"])


def test_the_log_of_a_job(ecotaxa: Any) -> None:
    token = started(ecotaxa)
    assert here("job", "wait", token, "--quiet").code == 0
    done = here("job", "log", token)
    assert (done.code, done.err) == (0, "")
    assert "INFO" in done.out


def test_a_question_is_told_and_answered(ecotaxa: Any, tmp_path: Path) -> None:
    token = started(ecotaxa, "asking")
    asked = here("job", "wait", token, "--quiet")
    assert (asked.code, asked.out) == (5, "")
    assert asked.err == (
        f"annoport: job {number(token)} (job) asks a question that was not answered: "
        "{'missing_users': ['jane doe'], 'missing_taxa': []}; this answers it: annoport job answer "
        f"{token} --body JSON (An import asks about names that it cannot match: the question lists "
        "them under missing_users and missing_taxa. Answer with both keys, even if one is empty: "
        '{"users": {name: user id}, "taxa": {name: taxon id}}. A job that gets an incomplete '
        "answer asks the same question again.)\n"
    )
    reply = tmp_path / "reply.json"
    reply.write_text('{"users": {"jane doe": 1}, "taxa": {}}', encoding="utf-8")
    assert here("job", "answer", token, "--body", f"@{reply}") == (0, "", "")
    assert here("job", "wait", token, "--quiet").code == 0
    assert state(token) == "F"


def test_a_job_is_cancelled(ecotaxa: Any) -> None:
    token = started(ecotaxa, "stuck")
    assert state(token) in {"P", "R"}
    assert here("job", "cancel", token) == (0, "", "")
    cancelled = here("job", "wait", token, "--quiet")
    assert cancelled == (5, "", f"annoport: job {number(token)} (job) failed: Killed\n")


def test_a_job_that_failed_runs_again(ecotaxa: Any) -> None:
    token = started(ecotaxa, "failed")
    assert here("job", "wait", token, "--quiet").code == 5
    assert here("job", "restart", token) == (0, "", "")
    assert here("job", "wait", token, "--quiet").code == 0


def test_a_file_that_is_there(ecotaxa: Any, tmp_path: Path) -> None:
    token = started(ecotaxa)
    path = tmp_path / "a.zip"
    path.write_bytes(b"mine")
    words = ("job", "download", token, "--to", str(path), "--quiet")
    assert here(*words) == (
        1,
        "",
        (
            f"annoport: cannot write {path}: it already exists; choose another target, or pass "
            "--overwrite 'replace' to replace it\n"
        ),
    )
    assert here(*words, "--overwrite", "replace") == (0, f"{path}\n", "")
    assert path.read_bytes()[:2] == b"PK"


def test_a_token_that_is_not_whole(ecotaxa: Any) -> None:
    done = here("job", "show", started(ecotaxa)[:-3])
    assert done.code == 2
    assert done.err.startswith("annoport: this is not a complete job token (")
    assert done.err.endswith("): pass the whole of it\n")


def test_a_job_without_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with testing.serve("tator", job_seconds=0.0) as server:
        monkeypatch.setenv("TATOR_URL", server.url)
        monkeypatch.setenv("TATOR_TOKEN", server.token)
        uid, gid = str(uuid.uuid4()), str(uuid.uuid4())
        spec = {
            "type": 2,
            "uid": uid,
            "gid": gid,
            "url": "https://example.org/a.mp4",
            "name": "a.mp4",
            "section": "new",
            "md5": "0" * 32,
            "size": 100,
        }
        begun = here("tator", "transcodes", "create", "1", "--body", json.dumps(spec), "--quiet")
        assert begun.code == 0, begun.err
        done = here("job", "download", begun.out.strip(), "--to", str(tmp_path), "--quiet")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"annoport: job {uid} (transcode): jobs of this kind make no file to download: `annoport "
        "job wait` returns the id of the medium that it made, whose files `annoport tator "
        "download-media` downloads\n"
    )


def number(token: str) -> int:
    return int(json.loads(here("job", "show", token).out)["id"])

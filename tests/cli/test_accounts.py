"""Logging in, profiles, and what works."""

from __future__ import annotations

import json
import stat
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import pytest

from annoport import cvat as cvat_client
from annoport import testing
from annoport.cli import doctor
from annoport.core.errors import ConfigurationError
from annoport.core.http.other_profiles import path_of
from tests.cli.commands import environment, here, process
from tests.core.certificates import issue
from tests.core.servers import raw, says
from tests.shared import PLATFORMS, ROOT
from tests.systems import needs_terminal


@pytest.fixture(scope="module", params=PLATFORMS)
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    serve = cast("Callable[[str], AbstractContextManager[Any]]", testing.serve)
    with serve(request.param) as serving:
        yield serving


@needs_terminal
def test_a_login_is_asked_for_and_remembered(server: Any, logged_out: dict[str, str]) -> None:
    from tests.cli.terminals import on_terminal

    name = server.fake.name
    code, shown = on_terminal(
        "login", name, server.url, env=logged_out, columns=300,
        types=[("User name", server.username), ("Password: ", server.password)],
    )  # fmt: skip
    folder = Path(logged_out["ANNOPORT_CONFIG"])
    path = folder / "profiles.json"
    assert (code, server.password in shown) == (0, False)
    assert shown.splitlines()[-1].startswith("annoport: logged in to ")
    assert shown.splitlines()[-1].endswith(f" as user 1: profile 'default' in {path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    [stored] = json.loads(path.read_text())["profiles"][name].values()
    assert set(stored) == {"base_url", "token"}
    done = process("profiles", "--output", "csv", env=logged_out)
    row = f"{name},default,{stored['base_url']},annoport"
    assert done == (0, f"platform,profile,url,of\n{row}\n", "")
    examined = process("doctor", name, "--output", "jsonl", env=logged_out)
    rows = {one["what"]: one for one in map(json.loads, examined.out.splitlines())}
    assert (examined.code, rows[f"{name} login"]["said"]) == (0, "the server knows you as user 1")
    assert rows[f"{name} server"]["said"] == f"{stored['base_url']}, from profile 'default'"
    assert stored["token"] not in examined.out + examined.err


@needs_terminal
def test_a_wrong_password_is_not_remembered(server: Any, logged_out: dict[str, str]) -> None:
    from tests.cli.terminals import on_terminal

    code, shown = on_terminal(
        "login", server.fake.name, server.url, env=logged_out,
        types=[("User name", server.username), ("Password: ", "not-the-password")],
    )  # fmt: skip
    assert code == 3
    assert "not-the-password" not in shown
    assert not Path(logged_out["ANNOPORT_CONFIG"]).exists()


def test_a_token_from_stdin(cvat: Any, logged_out: dict[str, str]) -> None:
    login = ("login", "cvat", cvat.url, "--with-token", "--profile", "lab")
    done = process(*login, env=logged_out, stdin=f"{cvat.token}\n")
    assert (done.code, done.out) == (0, "")
    listed = process("cvat", "tasks", "list", "--profile", "lab", "-o", "ids", env=logged_out)
    assert listed.code == 0
    # Of the environment and a profile, the one that is named counts.
    other = {**logged_out, "CVAT_URL": "http://127.0.0.1:9", "CVAT_TOKEN": "of-another"}
    assert process("cvat", "tasks", "list", "--profile", "lab", "-o", "ids", env=other) == listed
    named = {**other, "ANNOPORT_PROFILE": "lab"}
    assert process("cvat", "tasks", "list", "-o", "ids", env=named) == listed
    assert process("cvat", "tasks", "list", env=other).code == 1
    refused = process(
        "cvat", "tasks", "list", "--profile", "lab", "--url", "http://127.0.0.1:9", env=logged_out
    )
    assert refused == (
        2,
        "",
        (
            f"annoport: the profile 'lab' is for {cvat.url}, not for http://127.0.0.1:9: "
            "its login is sent to no other server\n"
        ),
    )
    gone = process("logout", "cvat", "--profile", "lab", env=logged_out)
    assert gone == (0, "", "annoport: forgot the profile 'lab' for CVAT\n")
    lacking = process("cvat", "tasks", "list", "--profile", "lab", env=logged_out)
    assert lacking == (
        2,
        "",
        (
            "annoport: there is no profile 'lab' for CVAT: annoport login cvat URL --profile lab "
            "makes it\n"
        ),
    )


def test_a_wrong_token_is_not_remembered(cvat: Any, logged_out: dict[str, str]) -> None:
    done = process("login", "cvat", cvat.url, "--with-token", env=logged_out, stdin="wrong\n")
    assert (done.code, done.out) == (3, "")
    assert not Path(logged_out["ANNOPORT_CONFIG"]).exists()


def test_nobody_to_ask(cvat: Any, logged_out: dict[str, str]) -> None:
    done = process("login", "cvat", cvat.url, env=logged_out)
    assert done.code == 2
    assert "nobody can be asked here for a password: pipe a token into --with-token" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_file_that_others_can_read_is_not_used(cvat: Any, logged_out: dict[str, str]) -> None:
    process("login", "cvat", cvat.url, "--with-token", env=logged_out, stdin=f"{cvat.token}\n")
    path = Path(logged_out["ANNOPORT_CONFIG"]) / "profiles.json"
    path.chmod(0o644)
    done = process("cvat", "tasks", "list", env=logged_out)
    said = f"annoport: {path} holds logins and others can read it: chmod 600 it\n"
    assert done == (2, "", said)


def test_a_job_is_found_on_the_server_of_its_token(
    cvat: Any, env: dict[str, str], logged_out: dict[str, str]
) -> None:
    started = process(
        "cvat", "tasks", "create-dataset-export", "1", "--format", "COCO 1.0", "--quiet", env=env
    )
    token = started.out.strip()
    login = ("login", "cvat", cvat.url, "--with-token", "--profile", "lab")
    process(*login, env=logged_out, stdin=f"{cvat.token}\n")
    waited = process("job", "wait", token, "--output", "csv", "--columns", "status", env=logged_out)
    assert waited == (0, "status\nfinished\n", "")
    elsewhere = {**logged_out, "CVAT_URL": "http://127.0.0.1:9", "CVAT_TOKEN": "of-another"}
    assert (
        process("job", "show", token, "-o", "csv", "--columns", "status", env=elsewhere) == waited
    )
    broken = process("job", "wait", token[:-9], env=logged_out)
    assert (broken.code, broken.out) == (2, "")
    assert "this is not a complete job token" in broken.err


def test_a_client_from_a_profile(
    cvat: Any, logged_out: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    process("login", "cvat", cvat.url, "--with-token", env=logged_out, stdin=f"{cvat.token}\n")
    monkeypatch.setenv("ANNOPORT_CONFIG", logged_out["ANNOPORT_CONFIG"])
    with cvat_client.Client.from_profile(max_retries=0) as client:
        assert client.users.retrieve_self().username == cvat.username
        assert client.options.max_retries == 0
    with cvat_client.Client.from_profile(token="another") as client:
        assert client.base.url == cvat.url
    with pytest.raises(ConfigurationError) as raised:
        cvat_client.Client.from_profile("lab")
    assert str(raised.value) == (
        "there is no profile 'lab' for CVAT; there are 'default': annoport login cvat URL "
        "--profile lab makes it"
    )


def test_doctor_knows_each_extra() -> None:
    named = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(doctor.EXTRAS) == set(named) - set(PLATFORMS)


def test_doctor_says_what_is_wrong(env: dict[str, str]) -> None:
    wrong = {**env, "CVAT_TOKEN": "wrong", "HTTPS_PROXY": "http://me:secret@127.0.0.1:9"}
    done = process("doctor", "cvat", "--output", "jsonl", env=wrong)
    rows = {one["what"]: (one["ok"], one["said"]) for one in map(json.loads, done.out.splitlines())}
    assert done.code == 1
    assert rows["HTTPS_PROXY"] == (True, "http://127.0.0.1:9")
    assert rows["cvat login"] == (False, "users_retrieve_self: 401 Invalid token.")
    nowhere = process(
        "doctor", "cvat", "-o", "jsonl", env={**env, "CVAT_URL": "http://127.0.0.1:9"}
    )
    assert nowhere.code == 1
    assert "Connection refused" in nowhere.out


def test_doctor_without_a_server(logged_out: dict[str, str]) -> None:
    done = process("doctor", "--output", "table", env=logged_out)
    assert done.code == 0
    assert "none is set up: annoport login PLATFORM URL" in done.out


@pytest.fixture
def others(cvat: Any, logged_out: dict[str, str], tmp_path: Path) -> Path:
    """The file in which cvat-cli 2.80 keeps its profiles, as that program writes it."""
    logged_out["XDG_CONFIG_HOME"] = str(tmp_path)
    logged_out["LOCALAPPDATA"] = str(tmp_path)
    rules = cvat_client.Client.from_env(cvat.url).platform.other_profiles
    assert rules is not None
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "LOCALAPPDATA"):
            patch.setenv(name, str(tmp_path))
        path = path_of(rules)
    path.parent.mkdir(mode=0o700, parents=True)
    entry = {"created_date": "2026-11-01T12:00:00+00:00", "server": cvat.url}
    document = {
        "default_profile": "work",
        "default_server": "http://127.0.0.1:9",
        "profiles": {
            "lab": {**entry, "token": "of-another"},
            "work": {**entry, "token": cvat.fake.personal_token},
            "broken": {"server": cvat.url},
        },
        "version": 1,
    }
    path.write_text(json.dumps(document, indent=2, sort_keys=True), encoding="utf-8")
    path.chmod(0o600)
    return path


needs_xdg = pytest.mark.skipif(sys.platform == "darwin", reason="the folder has no variable there")


@needs_xdg
def test_profiles_of_cvat_cli(cvat: Any, logged_out: dict[str, str], others: Path) -> None:
    words = ("cvat", "tasks", "list", "-o", "ids")
    listed = process(*words, env=logged_out)
    assert (listed.code, listed.err) == (0, "")
    assert process(*words, "--profile", "work", env=logged_out) == listed
    wrong = process(*words, "--profile", "lab", env=logged_out)
    assert wrong.code == 3
    # The environment counts before their default, and so does a profile of ours of the same name.
    other = {**logged_out, "CVAT_URL": "http://127.0.0.1:9", "CVAT_TOKEN": "of-another"}
    assert process(*words, env=other).code == 1
    login = ("login", "cvat", cvat.url, "--with-token", "--profile", "lab")
    assert process(*login, env=logged_out, stdin=f"{cvat.token}\n").code == 0
    assert process(*words, "--profile", "lab", env=logged_out) == listed
    shown = process("profiles", "-o", "csv", "--columns", "profile,of", env=logged_out)
    assert shown.out == "profile,of\nlab,annoport\nlab,cvat-cli\nwork,cvat-cli\n"
    gone = process("logout", "cvat", "--profile", "work", env=logged_out)
    assert gone.code == 2
    assert "the profile 'work' for CVAT is of cvat-cli, which can delete it" in gone.err
    examined = process("doctor", "cvat", "--output", "jsonl", env=logged_out)
    said = {one["what"]: one["said"] for one in map(json.loads, examined.out.splitlines())}
    assert said["cvat server"] == f"{cvat.url}, from profile 'work'"
    everything = "".join(one.out + one.err for one in (listed, wrong, shown, gone, examined))
    assert cvat.fake.personal_token not in everything
    assert json.loads(others.read_text())["default_profile"] == "work"


@needs_xdg
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "in which cvat-cli keeps its profiles, is damaged (Input data was truncated)"),
        (
            '{"version": 2}',
            "in which cvat-cli keeps its profiles, is of version 2: this annoport knows version 1",
        ),
    ],
)
def test_a_file_of_cvat_cli_that_cannot_be_read(
    logged_out: dict[str, str], others: Path, content: str, said: str
) -> None:
    others.write_text(content, encoding="utf-8")
    done = process("cvat", "tasks", "list", env=logged_out)
    assert done == (2, "", f"annoport: {others}, {said}\n")


@needs_xdg
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_file_of_cvat_cli_that_others_can_read(logged_out: dict[str, str], others: Path) -> None:
    others.chmod(0o640)
    done = process("cvat", "tasks", "list", env=logged_out)
    said = f"annoport: {others} holds logins and others can read it: chmod 600 it\n"
    assert done == (2, "", said)


def test_doctor_tells_the_edition(env: dict[str, str], cvat: Any) -> None:
    def edition() -> str:
        done = process("doctor", "cvat", "--output", "jsonl", env=env)
        assert done.code == 0
        rows = {one["what"]: one["said"] for one in map(json.loads, done.out.splitlines())}
        return str(rows["cvat edition"])

    assert edition() == "open source: it lacks /api/user-agreements"
    json_type = {"content-type": "application/vnd.cvat+json"}
    for status in (200, 403):
        cvat.fake.faults.fail_next(
            status, path="/api/user-agreements", body="{}", headers=json_type
        )
        assert edition() == "not open source: it has /api/user-agreements"
    cvat.fake.faults.fail_next(502, path="/api/user-agreements", body="gone")
    assert edition().startswith("not known: user_agreements_retrieve: 502 ")


def test_a_certificate_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = issue(tmp_path)
    empty = b'{"count":0,"next":null,"previous":null,"results":[]}'
    answer = says("200 OK", empty, content_type="application/vnd.cvat+json")
    with raw(answer, tls=issued.server) as server:
        for name, text in environment(CVAT_URL=server.url, CVAT_TOKEN="of-nobody").items():
            monkeypatch.setenv(name, text)
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        words = ("cvat", "users", "list", "-o", "json")
        refused = here(*words)
        assert refused == (
            2,
            "",
            (
                "annoport: GET /api/users?page_size=100&sort=-id: the certificate of "
                f"{server.url} is not trusted (unable to get local issuer certificate): nothing "
                "was sent. If you know the server, name the file with its certificate, or with "
                "that of its authority, in the variable "
                "SSL_CERT_FILE; --insecure trusts anybody\n"
            ),
        )
        assert here(*words, "--insecure") == (0, "[]\n", "")
        monkeypatch.setenv("SSL_CERT_FILE", str(issued.file))
        assert here(*words) == (0, "[]\n", "")

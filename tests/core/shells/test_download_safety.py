"""Servers cannot steal the secrets of those who download, nor choose where files go."""

from __future__ import annotations

import io
import random
import stat
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from annoport.core._async.download import AsyncRemoteUrl
from annoport.core._sync.download import RemoteUrl
from annoport.core.contract.extensions import Download
from annoport.core.errors import AnnoportError, InvalidArgumentError, UnsafeArchiveError
from annoport.core.http.auth import NoAuth, SessionAuth
from annoport.core.redact import redact_url
from tests.core.both_shells import Shell
from tests.core.file_server import Fault, FileServer, serve_file

CONTENT = random.Random(7).randbytes(200_000)
HALF = len(CONTENT) // 2
OWN = Download(ranges="any", validator="etag")
PRESIGNED = Download(ranges="any", validator="etag", origin="other")
SECRET, SIGNATURE = "s3cret-of-the-user", "s1gnature-of-the-store"

CREDENTIALS: dict[str, Callable[[], dict[str, Any]]] = {
    "token": lambda: {"token": SECRET},
    "key": lambda: {"key": SECRET},
    "session": lambda: {"auth": SessionAuth(SECRET, SECRET)},
}


def remote(shell: Shell, client: Any, url: str, rules: Download) -> Any:
    """Return the file at `url`."""
    return (RemoteUrl if shell.name == "sync" else AsyncRemoteUrl)(client, url, rules)


def signed(server: FileServer) -> str:
    """Return a presigned URL."""
    return f"{server.url}/bucket/key?X-Amz-Signature={SIGNATURE}"


# --------------------------------------------------------------------------- credentials


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("way", ["redirect", "presigned", "result URL"])
def test_no_credential_reaches_another_origin(
    shell: Shell, tmp_path: Path, kind: str, way: str
) -> None:
    """The store's connection breaks once, so that one of the requests is a resume."""
    with serve_file(CONTENT) as store, serve_file(CONTENT) as platform:
        asked_first = {"redirect": platform.url, "presigned": store.url, "result URL": store.url}
        url = f"{asked_first[way]}/file"
        if way == "redirect":
            moved = Fault(status=302, headers={"Location": signed(store)})
            platform.faults.extend([moved, moved])
        (platform if way == "result URL" else store).faults.append(Fault(drop_after=HALF))
        client = shell.client(platform.url, team="red", **CREDENTIALS[kind]())
        rules = PRESIGNED if way == "presigned" else OWN
        shell.run(remote(shell, client, url, rules).download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == CONTENT
        assert [len(store.requests), len(platform.requests)] == {
            "redirect": [2, 2],
            "presigned": [2, 0],
            "result URL": [0, 2],  # on the platform's own host, whatever host the URL names
        }[way]
        for asked in store.requests:
            assert SECRET not in str(asked)
            assert not {"authorization", "cookie", "x-key", "x-team"} & set(asked.headers)
        assert all(SECRET in str(asked) for asked in platform.requests)


@pytest.mark.parametrize("kind", CREDENTIALS)
@pytest.mark.parametrize("name", ["X-Amz-Signature", "Signature", "sig", "X-Goog-Signature"])
@pytest.mark.parametrize("way", ["redirect", "result URL"])
def test_no_credential_goes_with_a_signature(
    shell: Shell, tmp_path: Path, kind: str, name: str, way: str
) -> None:
    """An object store behind the platform's own address refuses two credentials at once."""
    with serve_file(CONTENT) as server:
        signed = f"/bucket/key?X-Amz-Date=1&{name}={SIGNATURE}"
        if way == "redirect":
            server.faults.append(Fault(status=302, headers={"Location": signed}))
            server.faults.append(Fault(status=302, headers={"Location": "/back"}))
        client = shell.client(server.url, team="red", **CREDENTIALS[kind]())
        url = f"{server.url}/file" if way == "redirect" else f"{server.url}{signed}"
        shell.run(remote(shell, client, url, OWN).download(tmp_path / "x"))
        assert (tmp_path / "x").read_bytes() == CONTENT
    others = server.requests
    if way == "redirect":
        assert SECRET in str(others.pop(0))
        assert [asked.target for asked in others] == [signed, "/back"]
    for asked in others:
        assert SECRET not in str(asked)
        assert not {"authorization", "cookie", "x-key"} & set(asked.headers)
    assert "x-team" not in others[0].headers


def test_the_auth_of_ones_own_http_client_does_not_go_with_a_signature(
    shell: Shell, tmp_path: Path
) -> None:
    kind = httpx.Client if shell.name == "sync" else httpx.AsyncClient
    own = kind(auth=("ada", SECRET), headers={"X-Key": SECRET}, cookies={"sessionid": SECRET})
    with serve_file(CONTENT) as server:
        client = shell.client(server.url, http_client=own)
        for url in (f"{server.url}/file", signed(server)):
            shell.run(remote(shell, client, url, OWN).download(tmp_path / url[-4:]))
        plain, presigned = server.requests
    shell.run(getattr(own, "close" if shell.name == "sync" else "aclose")())
    assert SECRET in str(plain.headers)
    assert "authorization" in plain.headers
    assert SECRET not in str(presigned)
    assert "authorization" not in presigned.headers


@pytest.mark.parametrize(
    ("address", "origin", "asked"),
    [
        ("/media/a?b=1", None, "platform /api/media/a?b=1 with credentials"),
        ("{platform}/vault/a", None, "platform /vault/a with credentials"),
        ("{platform}/a?X-Amz-Signature=s1", None, "platform /a?X-Amz-Signature=s1"),
        ("{store}/a", None, "store /a"),
        ("http://proxied.invalid/api/a", "platform", "platform /api/a with credentials"),
        ("{platform}/a", "other", "platform /a"),
    ],
)
def test_an_address_says_whether_it_gets_credentials(
    shell: Shell, tmp_path: Path, address: str, origin: Any, asked: str
) -> None:
    """The connection breaks once, so that one of the requests is a resume."""
    with serve_file(CONTENT) as store, serve_file(CONTENT) as platform:
        client = shell.client(f"{platform.url}/api", token=SECRET)
        url = address.format(platform=platform.url, store=store.url)
        file = client.file_at(url, origin=origin)
        name, target, *told = asked.split()
        server = {"platform": platform, "store": store}[name]
        server.faults.append(Fault(drop_after=HALF))
        assert shell.run(file.download(tmp_path / "x")).read_bytes() == CONTENT
        assert [request.target for request in server.requests] == [target, target]
        assert "range" in server.requests[1].headers
        assert [SECRET in str(request) for request in server.requests] == [bool(told)] * 2


def test_a_foreign_address_that_leads_here_brings_no_credentials(
    shell: Shell, tmp_path: Path
) -> None:
    with serve_file(CONTENT) as store, serve_file(CONTENT) as platform:
        store.faults.append(Fault(status=302, headers={"Location": f"{platform.url}/a"}))
        client = shell.client(platform.url, token=SECRET)
        shell.run(client.file_at(f"{store.url}/a").download(tmp_path / "x"))
        assert SECRET not in f"{store.requests} {platform.requests}"
        assert len(platform.requests) == 1


@pytest.mark.parametrize(
    "address", ["1/12/39/image.png", "ftp://h/x", "//h/x", "http:///x", "http://[", "", "h.org/x"]
)
def test_what_is_no_address_of_a_file(shell: Shell, address: str) -> None:
    client = shell.client("http://h.invalid", auth=NoAuth())
    with pytest.raises(InvalidArgumentError) as caught:
        client.file_at(address)
    assert str(caught.value) == (
        f"file_at: {redact_url(address)!r} is no address of a file: pass a URL with http:// or "
        "https://, or a path on the platform's host that begins with a slash; a key in an object "
        "store needs a URL first"
    )


def test_a_file_at_an_address_has_a_name_and_gets_new_urls(shell: Shell, tmp_path: Path) -> None:
    with serve_file(CONTENT) as store:
        client = shell.client(store.url, token=SECRET)
        store.faults.append(Fault(status=403))

        def new_url() -> str:
            return f"{store.url}/new"

        async def new_url_later() -> str:
            return new_url()

        renew = new_url if shell.name == "sync" else new_url_later
        file = client.file_at(f"{store.url}/old", name="dive.mp4", renew=renew)
        path = shell.run(file.download(f"{tmp_path}/"))
        assert (path.name, path.read_bytes()) == ("dive.mp4", CONTENT)
        assert [request.target for request in store.requests] == ["/old", "/new"]


ECHO = f"no: Token {SECRET}, {{'token': '{SECRET}'}}".encode()


@attrs.frozen(kw_only=True)
class Failure:
    """A sequence of responses that ends in an error."""

    name: str
    faults: tuple[Fault, ...]


FAILURES = [
    Failure(name="breaks off", faults=(Fault(drop_after=HALF),)),
    Failure(name="stalls", faults=(Fault(stall_after=HALF),)),
    Failure(name="no answer", faults=(Fault(silent=True),)),
    Failure(name="busy", faults=(Fault(status=503, body=ECHO),)),
    Failure(name="refused", faults=(Fault(status=403, body=ECHO),)),
    Failure(name="missing", faults=(Fault(status=404, body=b"<Code>NoSuchKey</Code>"),)),
    Failure(
        name="redirect to another scheme",
        faults=(Fault(status=302, headers={"Location": f"ftp://x/?sig={SIGNATURE}"}),),
    ),
    Failure(
        name="redirect to nowhere",
        faults=(Fault(status=302, headers={"Location": f"http://127.0.0.1:9/?sig={SIGNATURE}"}),),
    ),
    Failure(
        name="redirect for ever",
        faults=(Fault(status=302, headers={"Location": f"/?sig={SIGNATURE}"}),) * 9,
    ),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
@pytest.mark.parametrize("rules", [OWN, PRESIGNED], ids=["own", "presigned"])
def test_no_secret_is_told_or_written_down(
    shell: Shell,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    failure: Failure,
    rules: Download,
) -> None:
    caplog.set_level("DEBUG")  # of every library
    cookie = {"Set-Cookie": f"sessionid={SECRET}; HttpOnly"}
    with serve_file(CONTENT, headers=cookie) as server:
        server.faults.extend(failure.faults)
        client = shell.client(server.url, token=SECRET)
        file = remote(shell, client, signed(server), rules)
        with pytest.raises(AnnoportError) as caught:
            shell.run(file.download(tmp_path / "x", attempts=0, stall_timeout=0.2))
    shown = [repr(file), repr(client), *causes(caught.value), *map(str, caplog.records)]
    shown += [record.getMessage() for record in caplog.records]
    shown += [path.read_text() for path in tmp_path.glob("*.json")]
    assert SIGNATURE in signed(server)
    for text in shown:
        assert SECRET not in text
        assert SIGNATURE not in text


def causes(error: BaseException | None) -> list[str]:
    """Return an error and its causes in every form in which they are shown."""
    told: list[str] = []
    while error is not None:
        told += [str(error), repr(error), "".join(traceback.format_exception_only(error))]
        error = error.__cause__ or error.__context__
    return told


# --------------------------------------------------------------------------- places


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="../../up.bin"', "up.bin"),
        (r'attachment; filename="..\\..\\up.bin"', "up.bin"),
        ("attachment; filename*=UTF-8''..%2F..%2Fup.bin", "up.bin"),
        ('attachment; filename="/etc/cron.d/job"', "job"),
        (r'attachment; filename="C:\\Windows\\x.dll"', "x.dll"),
        ('attachment; filename=".."', "export.bin"),
        ('attachment; filename="/"', "export.bin"),
        ('attachment; filename="nul"', "_nul"),
        ('attachment; filename="COM1.zip"', "_COM1.zip"),
        ('attachment; filename="a:stream"', "a_stream"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ("attachment; filename*=UTF-8''a%00b%0D%0Ac.bin", "abc.bin"),
        (f'attachment; filename="{"x" * 400}.bin"', None),
        (f"attachment; filename*=UTF-8''{'%C3%A9' * 300}.bin", None),
        ('attachment; filename="\xff\xfe.bin"', "ÿþ.bin"),
        ("attachment; filename*=UTF-8''%FF%FE.bin", "export.bin"),
    ],
)
def test_the_server_names_no_other_place(
    shell: Shell, tmp_path: Path, header: str, name: str | None
) -> None:
    """Names are made safe, not refused; None means shortened, with the extension kept."""
    folder = tmp_path / "a" / "b"
    with serve_file(CONTENT, headers={"Content-Disposition": header}) as server:
        client = shell.client(server.url)
        file = remote(shell, client, f"{server.url}/files/export.bin", OWN)
        path = shell.run(file.download(f"{folder}/"))
    assert path.read_bytes() == CONTENT
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]
    assert path.parent == folder
    if name is None:
        assert 190 < len(path.name.encode()) <= 255
        assert path.suffix == ".bin"
    else:
        assert path.name == name


def archive(name: str, content: bytes, *, link: bool = False) -> bytes:
    """Return a zip with one entry."""
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = ((stat.S_IFLNK if link else stat.S_IFREG) | 0o644) << 16
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (archive("../slip", b"x"), "outside"),
        (archive("/slip", b"x"), "outside"),
        (archive("l", b"/etc", link=True), "a link or a device"),
        (archive("bomb", bytes(80 * 1024 * 1024)), "more than"),
    ],
    ids=["slip", "absolute", "link", "bomb"],
)
def test_an_archive_that_would_do_harm_is_kept_but_not_unpacked(
    shell: Shell, tmp_path: Path, content: bytes, why: str
) -> None:
    folder = tmp_path / "sub"
    with serve_file(content, headers={"Content-Type": "application/zip"}) as server:
        client = shell.client(server.url)
        file = remote(shell, client, f"{server.url}/x", OWN)
        with pytest.raises(UnsafeArchiveError, match=why):
            shell.run(file.download(folder / "x.zip", extract_to=folder / "out"))
    assert (folder / "x.zip").read_bytes() == content
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [folder / "x.zip"]

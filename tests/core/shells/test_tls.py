"""Connections by TLS: whom a client trusts, what it shows, and what it says when that fails."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from annoport.core.errors import CertificateError, ConfigurationError, UnsentError
from annoport.core.http.request import Request
from tests.core.both_shells import Client, Shell
from tests.core.certificates import Issued, issue, own_certificate
from tests.core.listening import listening, unused_url
from tests.core.servers import raw, says, serve, thing, thing_json
from tests.core.toy import operations as ops
from tests.systems import needs_openssl


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def ask(shell: Shell, url: str, **options: Any) -> Any:
    return shell.run(shell.client(url, **options).call(ops.GET_THING, {"id": 1})).value


def complaint(shell: Shell, url: str, kind: type[Exception], **options: Any) -> str:
    with pytest.raises(kind) as caught:
        ask(shell, url, **options)
    assert type(caught.value) is kind
    return str(caught.value)


def test_a_certificate_of_an_unknown_authority(shell: Shell, issued: Issued) -> None:
    with raw(thing_json(), tls=issued.server) as server:
        assert complaint(shell, server.url, CertificateError) == (
            f"GET /things/1: the certificate of {server.url} is not trusted (unable to get local "
            "issuer certificate): nothing was sent. If you know the server, pass its certificate "
            'or that of its authority, verify="ca.pem", or name that file in the variable '
            "SSL_CERT_FILE"
        )


def test_it_is_not_tried_again(shell: Shell, issued: Issued) -> None:
    """No handshake but the first: an error that stays is told at once, by transfers too."""
    count: list[int] = []

    def converse(connection: socket.socket, number: int) -> None:
        count.append(number)
        issued.server.wrap_socket(connection, server_side=True)

    with listening(converse) as url:
        client = shell.client(url.replace("http:", "https:"))
        with pytest.raises(CertificateError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        with pytest.raises(CertificateError):
            shell.run(client.remote_file(ops.FILE, {}).read())
    assert count == [1, 2]


def test_an_expired_certificate(shell: Shell, tmp_path: Path) -> None:
    old = issue(tmp_path, expired=True)
    with raw(thing_json(), tls=old.server) as server:
        assert complaint(shell, server.url, CertificateError, verify=old.file) == (
            f"GET /things/1: the certificate of {server.url} has expired: nothing was sent. Its "
            "administrator has to renew it, unless the clock of this machine is wrong"
        )


def test_a_certificate_for_another_name(shell: Shell, tmp_path: Path) -> None:
    other = issue(tmp_path, "toy.example.org")
    with raw(thing_json(), tls=other.server) as server:
        assert complaint(shell, server.url, CertificateError, verify=other.file) == (
            f"GET /things/1: the certificate of {server.url} is for other names (IP address "
            "mismatch, certificate is not valid for '127.0.0.1'): nothing was sent. Use a name in "
            "base_url that the certificate has"
        )


def test_whom_to_trust(shell: Shell, issued: Issued) -> None:
    context = ssl.create_default_context(cafile=issued.file)
    with raw(thing_json(), tls=issued.server) as server:
        for verify in (issued.file, str(issued.file), context, False):
            assert ask(shell, server.url, verify=verify).name == "whale"


@needs_openssl
def test_a_folder_of_authorities(
    shell: Shell, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "authority.pem").write_bytes(issued.file.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    with raw(thing_json(), tls=issued.server) as server:
        assert ask(shell, server.url, verify=tmp_path).name == "whale"
        monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(["/nowhere", str(tmp_path)]))
        assert ask(shell, server.url).name == "whale"


def test_the_environment_names_authorities_in_order(
    shell: Shell, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = issue(tmp_path)
    with raw(thing_json(), tls=issued.server) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(issued.file))
        assert ask(shell, server.url).name == "whale"
        monkeypatch.setenv("SSL_CERT_FILE", str(other.file))
        with pytest.raises(CertificateError):
            ask(shell, server.url)
        assert ask(shell, server.url, verify=issued.file).name == "whale"


def test_a_later_change_of_the_environment_counts(
    shell: Shell, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bundle.pem"
    file.write_bytes(issue(tmp_path).file.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with raw(thing_json(), tls=issued.server) as server:
        client = shell.client(server.url)
        with pytest.raises(CertificateError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        file.write_bytes(file.read_bytes() + issued.file.read_bytes())
        assert shell.run(client.call(ops.GET_THING, {"id": 1})).value.name == "whale"
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(CertificateError):
            shell.run(client.call(ops.GET_THING, {"id": 1}))
        monkeypatch.setenv("SSL_CERT_FILE", str(issued.file))
        assert shell.run(client.call(ops.GET_THING, {"id": 1})).value.name == "whale"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_variable_that_names_nothing(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "ca.pem"
    monkeypatch.setenv(name, str(file))
    assert complaint(shell, "https://toy.invalid", ConfigurationError) == (
        f"{name} names {str(file)!r}, which does not exist: name a file of certificates, or unset "
        "the variable"
    )
    file.write_text("no certificate")
    assert complaint(shell, "https://toy.invalid", ConfigurationError) == (
        f"{name} names {str(file)!r}, which holds no usable certificates in PEM form "
        "(NO_CERTIFICATE_OR_CRL_FOUND): name a file of certificates, or unset the variable"
    )


def test_without_tls_no_certificates_are_read(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with serve(thing) as server:
        assert ask(shell, server.url).name == "whale"


def test_a_certificate_of_our_own_is_shown_to_its_own_server_only(
    shell: Shell, tmp_path: Path
) -> None:
    issued = issue(tmp_path)
    certificate, key = own_certificate(issued, tmp_path)
    with (
        raw(thing_json(), tls=issued.server) as server,
        raw(thing_json(), tls=issued.server) as other,
    ):
        client = shell.client(server.url, verify=issued.file, cert=(certificate, key))
        assert shell.run(client.call(ops.GET_THING, {"id": 1})).value.name == "whale"
        with pytest.raises(CertificateError):
            shell.run(client.send(Request("GET", f"{other.url}/file", {}, None, "file")))
        assert complaint(shell, server.url, CertificateError, verify=issued.file) == (
            f"GET /things/1: {server.url} did not accept us by our certificate "
            "(TLSV13_ALERT_CERTIFICATE_REQUIRED): pass one as cert= that the server knows"
        )
        assert ask(shell, server.url, verify=False, cert=(certificate, key)).name == "whale"


def test_https_to_a_server_without_tls(shell: Shell) -> None:
    with serve(thing) as server:
        url = server.url.replace("http:", "https:")
        assert complaint(shell, url, ConfigurationError) == (
            f"GET /things/1: {url} does not speak TLS, which https needs (WRONG_VERSION_NUMBER): "
            "write http:// in base_url if the server has no TLS"
        )
        host = url.removeprefix("https://")
        assert complaint(shell, host, ConfigurationError) == (
            f"GET /things/1: {url} does not speak TLS, which https needs (WRONG_VERSION_NUMBER): "
            "write http:// in base_url if the server has no TLS"
        )


def hang_up(connection: socket.socket, number: int) -> None:
    connection.recv(1)


def test_a_bare_host_that_hangs_up(shell: Shell) -> None:
    with listening(hang_up) as url:
        host = url.removeprefix("http://")
        said = complaint(shell, host, UnsentError, max_retries=0)
        assert said.startswith(f"GET /things/1: could not connect to https://{host} (")
        assert said.endswith(
            "); base_url names no scheme, so https was taken: write http:// before it if the "
            "server has no TLS"
        )


def tunnel(connection: socket.socket, number: int) -> None:
    """Do what a proxy does with CONNECT."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    host, _, port = head.split()[1].decode().partition(":")
    with socket.create_connection((host, int(port))) as far:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        back = threading.Thread(target=pump, args=(far, connection))
        back.start()
        pump(connection, far)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            sink.sendall(block)
        sink.shutdown(socket.SHUT_WR)


def test_through_a_proxy(shell: Shell, issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(thing_json(), tls=issued.server) as server, listening(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        client = shell.client(server.url, verify=issued.file)
        assert shell.run(client.call(ops.GET_THING, {"id": 1})).value.name == "whale"
        shell.close(client)
        assert complaint(shell, server.url, CertificateError) == (
            f"GET /things/1: the certificate of {server.url} through the proxy {proxy} is not "
            "trusted (unable to get local issuer certificate): nothing was sent. If you know the "
            'server, pass its certificate or that of its authority, verify="ca.pem", or name that '
            "file in the variable SSL_CERT_FILE"
        )


def test_a_proxy_that_wants_a_password(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw(says("407 Proxy Authentication Required", keep=False)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ada:s3cret@"))
        assert complaint(shell, "https://toy.invalid", ConfigurationError) == (
            f"GET /things/1: the proxy {proxy.url} does not connect us to https://toy.invalid "
            "(407 Proxy Authentication Required): it wants a user name and password, in "
            "HTTPS_PROXY or ALL_PROXY, as in http://user:password@host:port"
        )
        assert len(proxy.requests) == 1


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy(shell: Shell, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    proxy = unused_url()
    variable = f"{scheme.upper()}_PROXY"
    monkeypatch.setenv(variable, proxy.replace("//", "//ada:s3cret@"))
    said = complaint(shell, f"{scheme}://toy.invalid", UnsentError)
    assert said == (
        f"GET /things/1: could not connect to the proxy {proxy}, which {variable} or ALL_PROXY "
        f"sets, and so not to {scheme}://toy.invalid ({os.strerror(errno.ECONNREFUSED)}): unset "
        "that, or name the host in NO_PROXY, if it needs no proxy"
    )


def test_a_connection_that_is_being_made_when_the_client_is_closed_is_closed_too(
    tmp_path: Path,
) -> None:
    """Else Python warns of it when the socket is thrown away."""
    begun, closed = threading.Event(), threading.Event()

    def wait(*_: object) -> None:
        begun.set()
        closed.wait()

    slow = issue(tmp_path)
    slow.server.sni_callback = wait
    answers: list[Any] = []
    with raw(thing_json(), tls=slow.server) as server:
        client = Client(server.url, verify=slow.file)
        thread = threading.Thread(
            target=lambda: answers.append(client.call(ops.GET_THING, {"id": 1}).value)
        )
        thread.start()
        begun.wait()
        client.close()
        closed.set()
        thread.join()
        gc.collect()  # a warning is an error
    assert [answer.name for answer in answers] == ["whale"]

"""Certificates for the tests of TLS, each made by an authority that nobody knows."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import attrs
import trustme


@attrs.frozen
class Issued:
    """An authority, and a server with a certificate of it.

    Attributes:
        authority: The authority.
        server: The context of the server.
        file: The certificate of the authority, as a PEM file.
    """

    authority: trustme.CA
    server: ssl.SSLContext
    file: Path


def issue(folder: Path, *names: str, expired: bool = False) -> Issued:
    """Make an authority and a server of its own.

    Args:
        folder: Where to write the certificate of the authority.
        names: The names of the server; by default those of this machine.
        expired: Whether the time of its certificate is over.
    """
    authority = trustme.CA()
    over = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) if expired else None
    since = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC) if expired else None
    names = names or ("localhost", "127.0.0.1")
    certificate = authority.issue_cert(*names, not_before=since, not_after=over)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.private_key_and_cert_chain_pem.tempfile(str(folder)) as chain:
        server.load_cert_chain(chain)
    file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return Issued(authority, server, file)


def own_certificate(issued: Issued, folder: Path) -> tuple[Path, Path]:
    """Let a server ask for certificates of its authority; return the files of one and its key."""
    issued.server.verify_mode = ssl.CERT_REQUIRED
    issued.server.load_verify_locations(cadata=issued.authority.cert_pem.bytes().decode())
    mine = issued.authority.issue_cert("ada@toy.test")
    files = folder / "mine.pem", folder / "mine.key"
    mine.cert_chain_pems[0].write_to_path(str(files[0]))
    mine.private_key_pem.write_to_path(str(files[1]))
    return files

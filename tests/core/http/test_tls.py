"""What `verify=` and `cert=` take, and what they refuse."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from annoport.core.errors import ConfigurationError
from annoport.core.http.tls import Trust
from tests.core.certificates import issue, own_certificate


def complaint(**options: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Trust(**options)
    return str(caught.value)


def test_what_cannot_be_trusted(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    missing = tmp_path / "missing.pem"
    assert complaint(verify=None) == (
        "verify is None: expected True, False, the path of a file or folder of certificates, or an "
        "ssl.SSLContext"
    )
    assert complaint(verify=missing) == (
        f"verify names {str(missing)!r}, which does not exist: name a file of certificates"
    )
    assert complaint(verify=str(broken)) == (
        f"verify names {str(broken)!r}, which holds no usable certificates in PEM form "
        "(NO_CERTIFICATE_OR_CRL_FOUND): name a file of certificates"
    )


def test_folders_of_the_environment_must_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annoport.core.http.tls import load

    missing = tmp_path / "missing"
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(missing))
    with pytest.raises(ConfigurationError) as caught:
        load(Trust().authorities())
    assert str(caught.value) == (
        f"SSL_CERT_DIR names {str(missing)!r}, which does not exist: name a file of certificates, "
        "or unset the variable"
    )


def test_certificates_that_cannot_be_shown(tmp_path: Path) -> None:
    certificate, key = own_certificate(issue(tmp_path), tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, stranger = own_certificate(issue(other), other)
    form = (
        "cert= must be the path of a PEM file with certificate and key, or a tuple (certificate, "
        "key) or (certificate, key, password)"
    )
    assert complaint(cert=7) == form
    assert complaint(cert=(certificate, key, 7)) == form
    assert complaint(cert=()) == form
    assert complaint(cert=(certificate, tmp_path / "no.key")) == (
        f"cert names {str(tmp_path / 'no.key')!r}, which does not exist: name a file of "
        "certificate and key"
    )
    assert complaint(cert=(certificate, stranger)) == (
        f"cert names {str(stranger)!r}, which holds no usable certificate and key in PEM form "
        "(KEY_VALUES_MISMATCH): name a file of certificate and key"
    )
    context = ssl.create_default_context()
    assert complaint(verify=context, cert=(certificate, key)) == (
        "cert= and an ssl.SSLContext as verify= were passed: load the certificate into the "
        "context, with its load_cert_chain()"
    )


def test_a_certificate_with_its_key_in_one_file(tmp_path: Path) -> None:
    certificate, key = own_certificate(issue(tmp_path), tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert Trust(cert=both).cert == both
    assert str(both) not in repr(Trust(cert=both))


def test_nobody_is_asked_for_the_password_of_a_key(tmp_path: Path) -> None:
    certificate, key = own_certificate(issue(tmp_path), tmp_path)
    loaded = load_pem_private_key(key.read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        loaded.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"s3cret")
        )
    )
    assert complaint(cert=(certificate, locked)) == (
        f"the key of cert= in {str(locked)!r} is encrypted: pass cert=(certificate, key, password)"
    )
    assert "s3cret" not in repr(Trust(cert=(certificate, locked, "s3cret")))
    assert complaint(cert=(certificate, locked, "wrong")).startswith(
        f"cert names {str(locked)!r}, which holds no usable certificate and key in PEM form"
    )

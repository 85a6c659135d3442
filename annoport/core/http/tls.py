"""Which certificates a client trusts, and which one it shows: `verify=`, `cert=`, environment."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeGuard, cast

import attrs

from annoport.core.errors import ConfigurationError

PathLike: TypeAlias = str | os.PathLike[str]

Verify: TypeAlias = bool | str | os.PathLike[str] | ssl.SSLContext
"""Whom to trust: True for the usual authorities, a file or folder of certificates, or a context.

False trusts everybody, even those who only pretend to be the server.
"""

ClientCertificate: TypeAlias = PathLike | tuple[PathLike, PathLike] | tuple[PathLike, PathLike, str]
"""A PEM file with certificate and key, or one file for each, perhaps with the key's password."""

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_USUAL = ""


@attrs.frozen
class Authorities:
    """Where the certificates that are trusted come from.

    Attributes:
        setting: What named the place: a variable or "verify="; empty for the usual authorities.
        place: The file or folder.
        state: Changes when the file does; None if it cannot be read.
    """

    setting: str = _USUAL
    place: str = ""
    state: tuple[int, int] | None = None


@attrs.frozen
class Trust:
    """Whom a client trusts, and with which certificate it shows who it is.

    Attributes:
        verify: The `verify=` of the client.
        cert: The `cert=` of the client. Like other credentials, it is for its own server only.

    Raises:
        ConfigurationError: A value is of the wrong type or names what cannot be used.
    """

    verify: Verify = True
    cert: ClientCertificate | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot work before anything is sent."""
        _check_verify(self.verify)
        if self.cert is not None and isinstance(self.verify, ssl.SSLContext):
            raise ConfigurationError(
                "cert= and an ssl.SSLContext as verify= were passed: load the certificate into "
                "the context, with its load_cert_chain()"
            )
        if _is_path(self.verify):
            load(self.authorities())
        if self.cert is not None:
            show(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self.cert)

    def authorities(self) -> Authorities:
        """Return where the trusted certificates come from now: the environment may change."""
        if _is_path(self.verify):
            return _at("verify=", os.fspath(self.verify))
        if self.verify is True:
            for name in _VARIABLES:
                place = os.environ.get(name)
                if place:
                    return _at(name, place)
        return Authorities()


def _check_verify(verify: object) -> None:
    if not (isinstance(verify, bool | ssl.SSLContext) or _is_path(verify)):
        raise ConfigurationError(
            f"verify is {verify!r}: expected True, False, the path of a file or folder of "
            "certificates, or an ssl.SSLContext"
        )


def _is_path(value: object) -> TypeGuard[PathLike]:
    return isinstance(value, str | os.PathLike)


def _at(setting: str, place: str) -> Authorities:
    try:
        found = Path(place).stat()
    except OSError:
        return Authorities(setting, place)
    return Authorities(setting, place, (found.st_mtime_ns, found.st_size))


def load(authorities: Authorities) -> ssl.SSLContext:
    """Return a context that trusts the certificates of a file or folder, and no others.

    Args:
        authorities: The file or folder, and what named it.

    Raises:
        ConfigurationError: There are no certificates.
    """
    place = Path(authorities.place)
    # OpenSSL takes several folders, as PATH does, and ignores those that are missing.
    folders = authorities.place.split(os.pathsep)
    try:
        if authorities.setting == "SSL_CERT_DIR" or place.is_dir():
            if not any(Path(folder).is_dir() for folder in folders):
                _refuse(authorities.setting, place, FileNotFoundError())
            return ssl.create_default_context(capath=authorities.place)
        return ssl.create_default_context(cafile=authorities.place)
    except OSError as error:
        _refuse(authorities.setting, place, error)


def trusting_everybody() -> ssl.SSLContext:
    """Return a context for `verify=False`."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def show(context: ssl.SSLContext, cert: ClientCertificate) -> ssl.SSLContext:
    """Let a context show a certificate to servers that ask for one, and return it.

    Args:
        context: The context.
        cert: The `cert=` of a client.

    Raises:
        ConfigurationError: The certificate cannot be used.
    """
    files, password = _parts_of(cert)
    for file in files:
        if not file.is_file():
            _refuse("cert=", file, FileNotFoundError())

    def tell() -> str:  # without it, OpenSSL would ask on the terminal, and wait
        if password is None:
            raise ConfigurationError(
                f"the key of cert= in {str(files[-1])!r} is encrypted: "
                "pass cert=(certificate, key, password)"
            )
        return password

    try:
        context.load_cert_chain(files[0], files[-1], tell)
    except OSError as error:
        _refuse("cert=", files[-1], error)
    return context


def _parts_of(cert: ClientCertificate) -> tuple[list[Path], str | None]:
    given: object = cert
    parts = cast("tuple[object, ...]", given) if isinstance(given, tuple) else (given,)
    last = parts[-1] if len(parts) == 3 else None
    password = last if isinstance(last, str) else None
    names = parts if password is None else parts[:2]
    files = [Path(name) for name in names if _is_path(name)]
    if len(files) != len(names) or len(files) not in (1, 2):
        raise ConfigurationError(
            "cert= must be the path of a PEM file with certificate and key, or a tuple "
            "(certificate, key) or (certificate, key, password)"
        )
    return files, password


def _refuse(setting: str, place: Path, error: OSError) -> NoReturn:
    name = setting.removesuffix("=")
    wanted = "certificate and key" if name == "cert" else "certificates"
    if isinstance(error, FileNotFoundError):
        why = "which does not exist"
    elif isinstance(error, ssl.SSLError):
        why = f"which holds no usable {wanted} in PEM form ({error.reason or 'unreadable'})"
    else:
        why = f"which cannot be read ({error.strerror})"
    raise ConfigurationError(
        f"{name} names {str(place)!r}, {why}: name a file of {wanted}"
        + (", or unset the variable" if name in _VARIABLES else "")
    ) from None

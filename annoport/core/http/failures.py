"""What the errors of httpx become: which way a request took, and what to do."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import attrs
import httpx

from annoport.core.errors import (
    AnnoportError,
    CertificateError,
    ConfigurationError,
    TimeoutError,  # noqa: A004 (a builtin TimeoutError too)
    TransportError,
    UnsentError,
    UnsentTimeoutError,
)
from annoport.core.http.connections import proxy_for
from annoport.core.http.origin import BaseUrl, origin_of
from annoport.core.http.request import Request
from annoport.core.redact import redact_url

_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL)
# What OpenSSL says of an answer that is not TLS; it depends on the version.
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
_ALERTS = (
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_UNKNOWN_CA",
)
_EXPIRED = 10  # of OpenSSL: X509_V_ERR_CERT_HAS_EXPIRED
_OTHER_NAMES = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, ..._IP_ADDRESS_MISMATCH


@attrs.frozen
class Line:
    """The way to a server, for messages.

    Attributes:
        origin: Scheme, host and port of the server.
        proxy: URL of the proxy in between, without its secrets, if there is one.
        assumed_https: Whether https was taken for an address that named no scheme.
    """

    origin: str
    proxy: str | None = None
    assumed_https: bool = False

    @classmethod
    def to(cls, url: str, base: BaseUrl, *, own_client: bool) -> Line:
        """Return the way to a URL.

        Args:
            url: The absolute URL of a request.
            base: The platform's address.
            own_client: Whether a client of the caller's sends it, which has proxies of its own.
        """
        origin = origin_of(url)
        found = urlsplit(origin)
        proxy = None if own_client else proxy_for(found.scheme, found.hostname or "")
        return cls(
            origin=origin,
            proxy=None if proxy is None else redact_url(proxy).rstrip("/"),
            assumed_https=base.assumed_https and base.owns(url),
        )

    def __str__(self) -> str:
        return f"{self.origin} through the proxy {self.proxy}" if self.proxy else self.origin

    @property
    def proxy_variables(self) -> str:
        """The variables that may have set the proxy."""
        return f"{self.origin.partition(':')[0].upper()}_PROXY or ALL_PROXY"


def failure(request: Request, error: Exception, line: Line) -> AnnoportError:
    """Return our error for an error of httpx.

    Args:
        request: The request that failed.
        error: The error of httpx.
        line: The way that the request took.
    """
    place = f"{request.method} {redact_url(request.url)}"
    if isinstance(error, httpx.TimeoutException):
        return _too_late(place, error, line)
    if isinstance(error, _UNSENDABLE):
        return ConfigurationError(f"{place}: the request cannot be sent ({_reason(error)})")
    alert = _alert(error)
    if alert:
        return CertificateError(
            f"{place}: {line} did not accept us by our certificate ({alert}): pass one as cert= "
            "that the server knows"
        )
    if isinstance(error, httpx.ProxyError):
        return _refused_by_proxy(place, error, line)
    if isinstance(error, httpx.ConnectError):
        return _not_connected(place, error, line)
    return TransportError(f"{place}: the exchange with {line} was interrupted ({_reason(error)})")


def _alert(error: Exception) -> str | None:
    """Return what a server says of our certificate or its absence; None if it says nothing."""
    reasons = (cause.reason or "" for cause in _causes(error) if isinstance(cause, ssl.SSLError))
    return next((reason for reason in reasons if reason.endswith(_ALERTS)), None)


def _too_late(place: str, error: httpx.TimeoutException, line: Line) -> AnnoportError:
    if isinstance(error, httpx.ConnectTimeout):
        return UnsentTimeoutError(f"{place}: could not connect to {line} in time{_hint(line)}")
    if isinstance(error, httpx.PoolTimeout):
        return UnsentTimeoutError(f"{place}: could not get a free connection to {line} in time")
    if isinstance(error, httpx.WriteTimeout):
        return TimeoutError(f"{place}: could not send the request to {line} in time")
    return TimeoutError(f"{place}: could not read the answer of {line} in time")


def _hint(line: Line) -> str:
    if not line.assumed_https:
        return ""
    return (
        "; base_url names no scheme, so https was taken: write http:// before it if the server "
        "has no TLS"
    )


def _refused_by_proxy(place: str, error: httpx.ProxyError, line: Line) -> AnnoportError:
    proxy = f"the proxy {line.proxy}" if line.proxy else "its proxy"
    message = f"{place}: {proxy} does not connect us to {line.origin} ({error})"
    if not str(error).startswith("407"):
        return UnsentError(message)
    return ConfigurationError(
        f"{message}: it wants a user name and password, in {line.proxy_variables}, as in "
        "http://user:password@host:port"
    )


def _not_connected(place: str, error: httpx.ConnectError, line: Line) -> AnnoportError:
    causes = list(_causes(error))
    found = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if isinstance(found, ssl.SSLCertVerificationError):
        return CertificateError(f"{place}: {_distrust(found, line)}")
    reason = _reason(error)
    if found is not None and found.reason in _NOT_TLS:
        return ConfigurationError(
            f"{place}: {line} does not speak TLS, which https needs ({found.reason}): "
            "write http:// in base_url if the server has no TLS"
        )
    if found is None and line.proxy:
        return UnsentError(
            f"{place}: could not connect to the proxy {line.proxy}, which {line.proxy_variables} "
            f"sets, and so not to {line.origin} ({reason}): unset that, or name the host in "
            "NO_PROXY, if it needs no proxy"
        )
    return UnsentError(f"{place}: could not connect to {line} ({reason}){_hint(line)}")


def _distrust(error: ssl.SSLCertVerificationError, line: Line) -> str:
    """Return why a certificate is not accepted, and what to do."""
    if error.verify_code == _EXPIRED:
        return (
            f"the certificate of {line} has expired: nothing was sent. Its administrator has to "
            "renew it, unless the clock of this machine is wrong"
        )
    if error.verify_code in _OTHER_NAMES:
        return (
            f"the certificate of {line} is for other names ({error.verify_message.rstrip('.')}): "
            "nothing was sent. Use a name in base_url that the certificate has"
        )
    return (
        f"the certificate of {line} is not trusted ({error.verify_message}): nothing was sent. If "
        'you know the server, pass its certificate or that of its authority, verify="ca.pem", '
        "or name that file in the variable SSL_CERT_FILE"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it; of several attempts, the first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        if isinstance(found, BaseExceptionGroup):
            group = cast("BaseExceptionGroup[BaseException]", found)
            found = group.exceptions[0]
        else:
            found = found.__cause__ or found.__context__


def _reason(error: BaseException) -> str:
    """Return what went wrong: what the system says, else the first that says anything."""
    causes = list(_causes(error))
    of_system = (_words(cause) for cause in causes if isinstance(cause, OSError) and cause.errno)
    words = (str(cause) for cause in causes if str(cause))
    return next(of_system, None) or next(words, type(error).__name__)


def _words(error: OSError) -> str:
    # asyncio words an error in its own way, with an address that says nothing new.
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno)
    return error.strerror or str(error)

"""`annoport doctor`: what works, and what does not."""

from __future__ import annotations

import datetime
import email.utils
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import click

from annoport.cli.connecting import connect, described, profile_for
from annoport.cli.endings import ExitCode, FailedError, words
from annoport.cli.index import platforms
from annoport.cli.options import Settings, common_options, settings_of
from annoport.cli.writers import writer_for
from annoport.core.contract.extensions import EditionProbe
from annoport.core.errors import (
    AnnoportError,
    ApiError,
    ConfigurationError,
    NoSuchOperationError,
    ResponseShapeWarning,
)
from annoport.core.http.environment import address_from_environment
from annoport.core.http.other_profiles import read_other
from annoport.core.http.profiles import read_profiles
from annoport.core.redact import redact_url
from annoport.core.support.version import VERSION

EXTRAS: Final = {
    "progress": "rich",
    "datasets": "filelock",
    "remote": "fsspec",
    "images": "PIL",
    "onnx": "onnxruntime",
    "torchvision": "torchvision",
    "tables": "pyarrow",
    "torch": "torch",
    "testing": "starlette",
    "video": "av",
}
"""Extra -> a module that only it brings."""

_PROXIES: Final = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_SERVER_FAULT: Final = 500
_CLOCK_SLACK: Final = 30.0
"""Seconds by which the clocks of two machines may differ without harm."""


def command() -> click.Command:
    """Return `annoport doctor`."""
    return click.Command(
        "doctor",
        callback=_examine,
        help="Say what works: the version, the extras, and for each platform the server, its "
        "version, the login, and the clock.",
        params=[
            click.Argument(["platform"], type=click.Choice(platforms()), required=False),
            *common_options(),
        ],
    )


def _examine(platform: str | None, **given: Any) -> None:
    settings = settings_of(given)
    rows = [
        {"what": what, "ok": ok, "said": said} for what, ok, said in _findings(platform, settings)
    ]
    writer = writer_for(settings, one=False)
    writer.rows(rows)
    writer.end()
    if not all(row["ok"] for row in rows):
        raise FailedError(ExitCode.FAILED)


def _findings(platform: str | None, settings: Settings) -> Iterator[tuple[str, bool, str]]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield "annoport", True, f"{VERSION} on Python {python}, {sys.platform}"
    found = [name for name, module in EXTRAS.items() if importlib.util.find_spec(module)]
    yield "extras", True, ", ".join(found) or "none"
    for variable in (*_PROXIES, *_CERTIFICATES):
        value = os.environ.get(variable) or os.environ.get(variable.lower())
        if value:
            yield variable, True, redact_url(value)
    chosen = [platform] if platform else [one for one in platforms() if _is_set_up(one)]
    if not chosen:
        yield "servers", True, "none is set up: annoport login PLATFORM URL"
    for name in chosen:
        for what, ok, said in _server(name, settings):
            yield f"{name} {what}", ok, said


def _is_set_up(platform: str) -> bool:
    rules = described(platform)
    try:
        return bool(
            address_from_environment(rules)
            or read_profiles(rules)
            or read_other(rules.other_profiles).profiles
        )
    except ConfigurationError:
        return True  # what is wrong with it is told then


def _server(platform: str, settings: Settings) -> Iterator[tuple[str, bool, str]]:
    try:
        profile = profile_for(described(platform), settings)
        client = connect(platform, settings)
    except AnnoportError as error:
        yield "server", False, words(error)
        return
    with client:
        source = "the environment" if profile is None else f"profile {profile!r}"
        yield "server", True, f"{client.base.url}, from {source}"
        yield from _reached(client)


def _reached(client: Any) -> Iterator[tuple[str, bool, str]]:
    rules = client.platform
    known = importlib.import_module(type(client).__module__.partition(".")[0]).SPEC_VERSION
    try:
        version = client.server_version()
        told = "it tells no version" if version is None else f"{version}"
        yield "version", True, f"{told}; this client was made for {known}"
    except AnnoportError as error:
        yield "version", False, words(error)
        if not isinstance(error, ApiError):
            return
    if rules.edition is not None:
        yield _edition(client, rules.edition)
    if rules.account is None:
        return
    try:
        answer = client.call(client.operation(rules.account.operation), {})
    except AnnoportError as error:
        yield "login", False, words(error)
        return
    yield "login", True, f"the server knows you as user {client.account_id()}"
    date = answer.headers.get("date")
    if date is not None:
        yield _clock(date)


def _edition(client: Any, probe: EditionProbe) -> tuple[str, bool, str]:
    """Say which edition a server runs, as far as that can be told from what it has."""
    host = urlsplit(str(client.base.url)).hostname or ""
    if host in probe.hosts:
        return "edition", True, probe.hosts[host]
    operation = client.operation(probe.operation)
    unchecked = client.with_options(check_server_version=False, max_retries=0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResponseShapeWarning)  # what it says does not matter
            unchecked.call(operation, {})
    except NoSuchOperationError:
        return "edition", True, f"{probe.lacking}: it lacks {operation.path}"
    except ApiError as error:
        if error.status >= _SERVER_FAULT:
            return "edition", True, f"not known: {words(error)}"
    except AnnoportError as error:
        return "edition", True, f"not known: {words(error)}"
    return "edition", True, f"{probe.having}: it has {operation.path}"


def _clock(date: str) -> tuple[str, bool, str]:
    there = email.utils.parsedate_to_datetime(date)
    seconds = (datetime.datetime.now(datetime.UTC) - there).total_seconds()
    if abs(seconds) <= _CLOCK_SLACK:
        return "clock", True, "as the server's"
    way = "ahead of" if seconds > 0 else "behind"
    return "clock", False, f"{abs(seconds):.0f} s {way} the server's: signed addresses may fail"

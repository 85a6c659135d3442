"""Jobs, downloads and typed clients for annotation platforms.

The clients are `annoport.ecotaxa`, `annoport.tator` and `annoport.cvat`; each comes with the extra
of its name.
"""

from typing import TYPE_CHECKING

from annoport.core.support.lazy import lazy_exports

if TYPE_CHECKING:
    from annoport import errors
    from annoport.convert import from_json, to_builtins, to_json
    from annoport.core._async.download import AsyncRemoteFile, AsyncRemoteUrl
    from annoport.core._async.item_stream import AsyncItemStream
    from annoport.core._async.job import AsyncJob
    from annoport.core._async.pager import AsyncPager
    from annoport.core._async.stream import AsyncEventStream
    from annoport.core._async.wait_all import async_wait_all
    from annoport.core._sync.download import RemoteFile, RemoteUrl
    from annoport.core._sync.item_stream import ItemStream
    from annoport.core._sync.job import Job
    from annoport.core._sync.pager import Pager
    from annoport.core._sync.stream import EventStream
    from annoport.core._sync.wait_all import wait_all
    from annoport.core.contract.operation import Operation
    from annoport.core.download.extract import Limits
    from annoport.core.download.target import Overwrite
    from annoport.core.events import Event
    from annoport.core.http.auth import (
        Auth,
        BasicAuth,
        CookieAuth,
        HeaderAuth,
        LoginAuth,
        NoAuth,
        QueryAuth,
        SessionAuth,
    )
    from annoport.core.http.options import StallTimeout, TakeUp, TimeoutLike, Timeouts
    from annoport.core.http.response import Headers, RawResponse, Response
    from annoport.core.http.tls import ClientCertificate, Verify
    from annoport.core.pagination.page import Page
    from annoport.core.support.progress import ProgressOption
    from annoport.core.values.models import UNSET, Model, Unset, UploadFile

__all__ = [
    "UNSET",
    "AsyncEventStream",
    "AsyncItemStream",
    "AsyncJob",
    "AsyncPager",
    "AsyncRemoteFile",
    "AsyncRemoteUrl",
    "Auth",
    "BasicAuth",
    "ClientCertificate",
    "CookieAuth",
    "Event",
    "EventStream",
    "HeaderAuth",
    "Headers",
    "ItemStream",
    "Job",
    "Limits",
    "LoginAuth",
    "Model",
    "NoAuth",
    "Operation",
    "Overwrite",
    "Page",
    "Pager",
    "ProgressOption",
    "QueryAuth",
    "RawResponse",
    "RemoteFile",
    "RemoteUrl",
    "Response",
    "SessionAuth",
    "StallTimeout",
    "TakeUp",
    "TimeoutLike",
    "Timeouts",
    "Unset",
    "UploadFile",
    "Verify",
    "async_wait_all",
    "errors",
    "from_json",
    "to_builtins",
    "to_json",
    "wait_all",
]

if not TYPE_CHECKING:
    # At run time only, so that type checkers know no names but those above.
    _MODULES = {
        "convert": ("from_json", "to_builtins", "to_json"),
        "core._async.wait_all": ("async_wait_all",),
        "core._sync.wait_all": ("wait_all",),
    }
    _ELSEWHERE = {name: module for module, names in _MODULES.items() for name in names}
    __getattr__, __dir__ = lazy_exports(
        __name__, {**dict.fromkeys(__all__, "core"), **_ELSEWHERE, "errors": None, "testing": None}
    )

"""What generated clients build on: requests, retries, errors, pages, jobs, downloads and uploads.

Generated code imports from here only, so moving code inside the core changes no generated file.
Names load on first use, so a program pays only for what it uses.
"""

from typing import TYPE_CHECKING

from annoport.core.support.lazy import lazy_exports as lazy_exports

if TYPE_CHECKING:
    from annoport.core import errors as errors
    from annoport.core._async.client import AsyncBaseClient as AsyncBaseClient
    from annoport.core._async.download import AsyncRemoteFile as AsyncRemoteFile
    from annoport.core._async.download import AsyncRemoteUrl as AsyncRemoteUrl
    from annoport.core._async.item_stream import AsyncItemStream as AsyncItemStream
    from annoport.core._async.job import AsyncJob as AsyncJob
    from annoport.core._async.pager import AsyncPager as AsyncPager
    from annoport.core._async.resource import AsyncResource as AsyncResource
    from annoport.core._async.stream import AsyncEventStream as AsyncEventStream
    from annoport.core._sync.client import BaseClient as BaseClient
    from annoport.core._sync.download import RemoteFile as RemoteFile
    from annoport.core._sync.download import RemoteUrl as RemoteUrl
    from annoport.core._sync.item_stream import ItemStream as ItemStream
    from annoport.core._sync.job import Job as Job
    from annoport.core._sync.pager import Pager as Pager
    from annoport.core._sync.resource import Resource as Resource
    from annoport.core._sync.stream import EventStream as EventStream
    from annoport.core.contract.extensions import Account as Account
    from annoport.core.contract.extensions import AfterIdPagination as AfterIdPagination
    from annoport.core.contract.extensions import Batch as Batch
    from annoport.core.contract.extensions import Beside as Beside
    from annoport.core.contract.extensions import ClientHeader as ClientHeader
    from annoport.core.contract.extensions import Credential as Credential
    from annoport.core.contract.extensions import Download as Download
    from annoport.core.contract.extensions import EditionProbe as EditionProbe
    from annoport.core.contract.extensions import ErrorReason as ErrorReason
    from annoport.core.contract.extensions import ErrorRule as ErrorRule
    from annoport.core.contract.extensions import FilterRule as FilterRule
    from annoport.core.contract.extensions import IdFilter as IdFilter
    from annoport.core.contract.extensions import Ignored as Ignored
    from annoport.core.contract.extensions import JobCancel as JobCancel
    from annoport.core.contract.extensions import JobKind as JobKind
    from annoport.core.contract.extensions import JobLookup as JobLookup
    from annoport.core.contract.extensions import JobProgress as JobProgress
    from annoport.core.contract.extensions import JobResult as JobResult
    from annoport.core.contract.extensions import JobRetention as JobRetention
    from annoport.core.contract.extensions import JobStart as JobStart
    from annoport.core.contract.extensions import JobStates as JobStates
    from annoport.core.contract.extensions import JobSteps as JobSteps
    from annoport.core.contract.extensions import JobStorage as JobStorage
    from annoport.core.contract.extensions import ListedFile as ListedFile
    from annoport.core.contract.extensions import Login as Login
    from annoport.core.contract.extensions import NextUrlPagination as NextUrlPagination
    from annoport.core.contract.extensions import Only as Only
    from annoport.core.contract.extensions import OtherProfiles as OtherProfiles
    from annoport.core.contract.extensions import PageNumberPagination as PageNumberPagination
    from annoport.core.contract.extensions import Placeholder as Placeholder
    from annoport.core.contract.extensions import Platform as Platform
    from annoport.core.contract.extensions import Releases as Releases
    from annoport.core.contract.extensions import Same as Same
    from annoport.core.contract.extensions import Selection as Selection
    from annoport.core.contract.extensions import StartStopPagination as StartStopPagination
    from annoport.core.contract.extensions import StreamRules as StreamRules
    from annoport.core.contract.extensions import Upload as Upload
    from annoport.core.contract.extensions import UploadGroups as UploadGroups
    from annoport.core.contract.extensions import UploadOrder as UploadOrder
    from annoport.core.contract.extensions import VersionSource as VersionSource
    from annoport.core.contract.extensions import WindowPagination as WindowPagination
    from annoport.core.contract.filters import Filter as Filter
    from annoport.core.contract.operation import Operation as Operation
    from annoport.core.contract.operation import Parameter as Parameter
    from annoport.core.download.extract import Limits as Limits
    from annoport.core.download.target import Overwrite as Overwrite
    from annoport.core.events import Event as Event
    from annoport.core.http.auth import Auth as Auth
    from annoport.core.http.auth import BasicAuth as BasicAuth
    from annoport.core.http.auth import CookieAuth as CookieAuth
    from annoport.core.http.auth import HeaderAuth as HeaderAuth
    from annoport.core.http.auth import LoginAuth as LoginAuth
    from annoport.core.http.auth import NoAuth as NoAuth
    from annoport.core.http.auth import QueryAuth as QueryAuth
    from annoport.core.http.auth import SessionAuth as SessionAuth
    from annoport.core.http.connections import AsyncHttpClient as AsyncHttpClient
    from annoport.core.http.connections import HttpClient as HttpClient
    from annoport.core.http.environment import (
        settings_from_environment as settings_from_environment,
    )
    from annoport.core.http.options import ClientOptions as ClientOptions
    from annoport.core.http.options import StallTimeout as StallTimeout
    from annoport.core.http.options import TakeUp as TakeUp
    from annoport.core.http.options import TimeoutLike as TimeoutLike
    from annoport.core.http.options import Timeouts as Timeouts
    from annoport.core.http.profiles import settings_from_profile as settings_from_profile
    from annoport.core.http.response import Headers as Headers
    from annoport.core.http.response import RawResponse as RawResponse
    from annoport.core.http.response import Response as Response
    from annoport.core.http.tls import ClientCertificate as ClientCertificate
    from annoport.core.http.tls import Verify as Verify
    from annoport.core.pagination.page import Page as Page
    from annoport.core.support.progress import ProgressOption as ProgressOption
    from annoport.core.values.models import CUT as CUT
    from annoport.core.values.models import NO_ITEMS as NO_ITEMS
    from annoport.core.values.models import NO_KEYS as NO_KEYS
    from annoport.core.values.models import UNSET as UNSET
    from annoport.core.values.models import FileContent as FileContent
    from annoport.core.values.models import FileSource as FileSource
    from annoport.core.values.models import Model as Model
    from annoport.core.values.models import OneOf as OneOf
    from annoport.core.values.models import OpenIntEnum as OpenIntEnum
    from annoport.core.values.models import OpenStrEnum as OpenStrEnum
    from annoport.core.values.models import Unset as Unset
    from annoport.core.values.models import UploadFile as UploadFile
    from annoport.core.values.models import UtcDatetime as UtcDatetime
    from annoport.core.values.models import Wire as Wire
    from annoport.core.values.models import model as model
    from annoport.core.values.models import recursive_union as recursive_union
    from annoport.core.values.models import secret as secret
    from annoport.core.values.models import values_known_by as values_known_by

_EXPORTS = {
    "_async.client": ("AsyncBaseClient",),
    "_async.download": ("AsyncRemoteFile", "AsyncRemoteUrl"),
    "_async.item_stream": ("AsyncItemStream",),
    "_async.job": ("AsyncJob",),
    "_async.pager": ("AsyncPager",),
    "_async.resource": ("AsyncResource",),
    "_async.stream": ("AsyncEventStream",),
    "_sync.client": ("BaseClient",),
    "_sync.download": ("RemoteFile", "RemoteUrl"),
    "_sync.item_stream": ("ItemStream",),
    "_sync.job": ("Job",),
    "_sync.pager": ("Pager",),
    "_sync.resource": ("Resource",),
    "_sync.stream": ("EventStream",),
    "contract.extensions": (
        "Account",
        "AfterIdPagination",
        "Batch",
        "Beside",
        "ClientHeader",
        "Credential",
        "Download",
        "EditionProbe",
        "ErrorReason",
        "ErrorRule",
        "FilterRule",
        "IdFilter",
        "Ignored",
        "JobCancel",
        "JobKind",
        "JobLookup",
        "JobProgress",
        "JobResult",
        "JobRetention",
        "JobStart",
        "JobStates",
        "JobStorage",
        "JobSteps",
        "ListedFile",
        "Login",
        "NextUrlPagination",
        "Only",
        "OtherProfiles",
        "PageNumberPagination",
        "Placeholder",
        "Platform",
        "Releases",
        "Same",
        "Selection",
        "StartStopPagination",
        "StreamRules",
        "Upload",
        "UploadGroups",
        "UploadOrder",
        "VersionSource",
        "WindowPagination",
    ),
    "events": ("Event",),
    "http.auth": (
        "Auth",
        "BasicAuth",
        "CookieAuth",
        "HeaderAuth",
        "LoginAuth",
        "NoAuth",
        "QueryAuth",
        "SessionAuth",
    ),
    "http.connections": ("AsyncHttpClient", "HttpClient"),
    "http.environment": ("settings_from_environment",),
    "download.extract": ("Limits",),
    "contract.filters": ("Filter",),
    "contract.operation": ("Operation", "Parameter"),
    "http.tls": ("ClientCertificate", "Verify"),
    "http.options": ("ClientOptions", "StallTimeout", "TakeUp", "TimeoutLike", "Timeouts"),
    "pagination.page": ("Page",),
    "http.profiles": ("settings_from_profile",),
    "support.progress": ("ProgressOption",),
    "http.response": ("Headers", "RawResponse", "Response"),
    "download.target": ("Overwrite",),
    "values.models": (
        "CUT",
        "FileContent",
        "FileSource",
        "Model",
        "NO_ITEMS",
        "NO_KEYS",
        "OneOf",
        "OpenIntEnum",
        "OpenStrEnum",
        "UNSET",
        "Unset",
        "UploadFile",
        "UtcDatetime",
        "Wire",
        "model",
        "recursive_union",
        "secret",
        "values_known_by",
    ),
}

if not TYPE_CHECKING:
    # At run time only, so that type checkers know no names but those above.
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {"errors": None, **{name: module for module, names in _EXPORTS.items() for name in names}},
    )

"""What generated clients stand on: requests, retries, errors, pages, jobs, downloads and uploads.

Generated code imports from here only, so that a move inside the core touches no generated file.
Names load on first use, so that a program pays only for what it touches.
"""

from typing import TYPE_CHECKING

from annoport.core.lazy import lazy_exports as lazy_exports

if TYPE_CHECKING:
    from annoport.core import errors as errors
    from annoport.core._async.client import AsyncBaseClient as AsyncBaseClient
    from annoport.core._async.download import AsyncRemoteFile as AsyncRemoteFile
    from annoport.core._async.download import AsyncRemoteUrl as AsyncRemoteUrl
    from annoport.core._async.job import AsyncJob as AsyncJob
    from annoport.core._async.pager import AsyncPager as AsyncPager
    from annoport.core._async.resource import AsyncResource as AsyncResource
    from annoport.core._sync.client import BaseClient as BaseClient
    from annoport.core._sync.download import RemoteFile as RemoteFile
    from annoport.core._sync.download import RemoteUrl as RemoteUrl
    from annoport.core._sync.job import Job as Job
    from annoport.core._sync.pager import Pager as Pager
    from annoport.core._sync.resource import Resource as Resource
    from annoport.core.annotations import AfterIdPagination as AfterIdPagination
    from annoport.core.annotations import ClientHeader as ClientHeader
    from annoport.core.annotations import Credential as Credential
    from annoport.core.annotations import Download as Download
    from annoport.core.annotations import ErrorRule as ErrorRule
    from annoport.core.annotations import JobCancel as JobCancel
    from annoport.core.annotations import JobKind as JobKind
    from annoport.core.annotations import JobProgress as JobProgress
    from annoport.core.annotations import JobResult as JobResult
    from annoport.core.annotations import JobStart as JobStart
    from annoport.core.annotations import JobStates as JobStates
    from annoport.core.annotations import Login as Login
    from annoport.core.annotations import NextUrlPagination as NextUrlPagination
    from annoport.core.annotations import PageNumberPagination as PageNumberPagination
    from annoport.core.annotations import Platform as Platform
    from annoport.core.annotations import StartStopPagination as StartStopPagination
    from annoport.core.annotations import Upload as Upload
    from annoport.core.annotations import WindowPagination as WindowPagination
    from annoport.core.auth import Auth as Auth
    from annoport.core.auth import BasicAuth as BasicAuth
    from annoport.core.auth import HeaderAuth as HeaderAuth
    from annoport.core.auth import LoginAuth as LoginAuth
    from annoport.core.auth import NoAuth as NoAuth
    from annoport.core.auth import SessionAuth as SessionAuth
    from annoport.core.connections import AsyncHttpClient as AsyncHttpClient
    from annoport.core.connections import HttpClient as HttpClient
    from annoport.core.environment import settings_from_environment as settings_from_environment
    from annoport.core.extract import Limits as Limits
    from annoport.core.operation import Operation as Operation
    from annoport.core.operation import Parameter as Parameter
    from annoport.core.options import ClientOptions as ClientOptions
    from annoport.core.options import TimeoutLike as TimeoutLike
    from annoport.core.options import Timeouts as Timeouts
    from annoport.core.pagination import Page as Page
    from annoport.core.progress import ProgressOption as ProgressOption
    from annoport.core.response import Headers as Headers
    from annoport.core.response import RawResponse as RawResponse
    from annoport.core.response import Response as Response
    from annoport.core.targets import Overwrite as Overwrite
    from annoport.core.types import UNSET as UNSET
    from annoport.core.types import FileContent as FileContent
    from annoport.core.types import FileSource as FileSource
    from annoport.core.types import Model as Model
    from annoport.core.types import OneOf as OneOf
    from annoport.core.types import OpenIntEnum as OpenIntEnum
    from annoport.core.types import OpenStrEnum as OpenStrEnum
    from annoport.core.types import Unset as Unset
    from annoport.core.types import UploadFile as UploadFile
    from annoport.core.types import Wire as Wire
    from annoport.core.types import model as model

_EXPORTS = {
    "_async.client": ("AsyncBaseClient",),
    "_async.download": ("AsyncRemoteFile", "AsyncRemoteUrl"),
    "_async.job": ("AsyncJob",),
    "_async.pager": ("AsyncPager",),
    "_async.resource": ("AsyncResource",),
    "_sync.client": ("BaseClient",),
    "_sync.download": ("RemoteFile", "RemoteUrl"),
    "_sync.job": ("Job",),
    "_sync.pager": ("Pager",),
    "_sync.resource": ("Resource",),
    "annotations": (
        "AfterIdPagination",
        "ClientHeader",
        "Credential",
        "Download",
        "ErrorRule",
        "JobCancel",
        "JobKind",
        "JobProgress",
        "JobResult",
        "JobStart",
        "JobStates",
        "Login",
        "NextUrlPagination",
        "PageNumberPagination",
        "Platform",
        "StartStopPagination",
        "Upload",
        "WindowPagination",
    ),
    "auth": ("Auth", "BasicAuth", "HeaderAuth", "LoginAuth", "NoAuth", "SessionAuth"),
    "connections": ("AsyncHttpClient", "HttpClient"),
    "environment": ("settings_from_environment",),
    "extract": ("Limits",),
    "operation": ("Operation", "Parameter"),
    "options": ("ClientOptions", "TimeoutLike", "Timeouts"),
    "pagination": ("Page",),
    "progress": ("ProgressOption",),
    "response": ("Headers", "RawResponse", "Response"),
    "targets": ("Overwrite",),
    "types": (
        "FileContent",
        "FileSource",
        "Model",
        "OneOf",
        "OpenIntEnum",
        "OpenStrEnum",
        "UNSET",
        "Unset",
        "UploadFile",
        "Wire",
        "model",
    ),
}

if not TYPE_CHECKING:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {"errors": None, **{name: module for module, names in _EXPORTS.items() for name in names}},
    )

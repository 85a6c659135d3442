"""What generated clients stand on: requests, retries, errors, pages, jobs, downloads and uploads.

Names load on first use, so that a program pays only for what it touches.
"""

from typing import TYPE_CHECKING

from annoport.core.lazy import lazy_exports

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
    from annoport.core.auth import Auth as Auth
    from annoport.core.auth import BasicAuth as BasicAuth
    from annoport.core.auth import HeaderAuth as HeaderAuth
    from annoport.core.auth import LoginAuth as LoginAuth
    from annoport.core.auth import NoAuth as NoAuth
    from annoport.core.auth import SessionAuth as SessionAuth
    from annoport.core.errors import AnnoportError as AnnoportError
    from annoport.core.errors import ApiError as ApiError
    from annoport.core.errors import AuthenticationError as AuthenticationError
    from annoport.core.errors import BrokenAnswerError as BrokenAnswerError
    from annoport.core.errors import ChangedDuringDownloadError as ChangedDuringDownloadError
    from annoport.core.errors import ChangedDuringUploadError as ChangedDuringUploadError
    from annoport.core.errors import ClosedClientError as ClosedClientError
    from annoport.core.errors import ConfigurationError as ConfigurationError
    from annoport.core.errors import ConflictError as ConflictError
    from annoport.core.errors import CorruptFileError as CorruptFileError
    from annoport.core.errors import DecodeError as DecodeError
    from annoport.core.errors import DownloadError as DownloadError
    from annoport.core.errors import IncompleteDownloadError as IncompleteDownloadError
    from annoport.core.errors import IncompleteUploadError as IncompleteUploadError
    from annoport.core.errors import InsecureUrlWarning as InsecureUrlWarning
    from annoport.core.errors import InvalidArgumentError as InvalidArgumentError
    from annoport.core.errors import InvalidBodyError as InvalidBodyError
    from annoport.core.errors import JobCancelledError as JobCancelledError
    from annoport.core.errors import JobError as JobError
    from annoport.core.errors import JobFailedError as JobFailedError
    from annoport.core.errors import JobGoneError as JobGoneError
    from annoport.core.errors import JobNeedsInputError as JobNeedsInputError
    from annoport.core.errors import JobRefusedError as JobRefusedError
    from annoport.core.errors import JobTimeoutError as JobTimeoutError
    from annoport.core.errors import JobTokenError as JobTokenError
    from annoport.core.errors import NoFileLocksWarning as NoFileLocksWarning
    from annoport.core.errors import NoSpaceError as NoSpaceError
    from annoport.core.errors import NotFoundError as NotFoundError
    from annoport.core.errors import PaginationError as PaginationError
    from annoport.core.errors import PermissionDeniedError as PermissionDeniedError
    from annoport.core.errors import RateLimitError as RateLimitError
    from annoport.core.errors import RedirectError as RedirectError
    from annoport.core.errors import ResponseShapeWarning as ResponseShapeWarning
    from annoport.core.errors import ServerError as ServerError
    from annoport.core.errors import TargetBusyError as TargetBusyError
    from annoport.core.errors import TargetExistsError as TargetExistsError
    from annoport.core.errors import TimeoutError as TimeoutError
    from annoport.core.errors import TransportError as TransportError
    from annoport.core.errors import UnconfirmedUploadWarning as UnconfirmedUploadWarning
    from annoport.core.errors import UnknownJobStatusWarning as UnknownJobStatusWarning
    from annoport.core.errors import UnsafeArchiveError as UnsafeArchiveError
    from annoport.core.errors import UnsentError as UnsentError
    from annoport.core.errors import UnsentTimeoutError as UnsentTimeoutError
    from annoport.core.errors import UploadError as UploadError
    from annoport.core.errors import ValidationError as ValidationError
    from annoport.core.extract import Limits as Limits
    from annoport.core.operation import Operation as Operation
    from annoport.core.options import ClientOptions as ClientOptions
    from annoport.core.options import TimeoutLike as TimeoutLike
    from annoport.core.options import Timeouts as Timeouts
    from annoport.core.pagination import Page as Page
    from annoport.core.response import Response as Response
    from annoport.core.types import UNSET as UNSET
    from annoport.core.types import Model as Model
    from annoport.core.types import Unset as Unset
    from annoport.core.types import UploadFile as UploadFile

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
    "auth": ("Auth", "BasicAuth", "HeaderAuth", "LoginAuth", "NoAuth", "SessionAuth"),
    "errors": (
        "AnnoportError",
        "ApiError",
        "AuthenticationError",
        "BrokenAnswerError",
        "ChangedDuringDownloadError",
        "ChangedDuringUploadError",
        "ClosedClientError",
        "ConfigurationError",
        "ConflictError",
        "CorruptFileError",
        "DecodeError",
        "DownloadError",
        "IncompleteDownloadError",
        "IncompleteUploadError",
        "InsecureUrlWarning",
        "InvalidArgumentError",
        "InvalidBodyError",
        "JobCancelledError",
        "JobError",
        "JobFailedError",
        "JobGoneError",
        "JobNeedsInputError",
        "JobRefusedError",
        "JobTimeoutError",
        "JobTokenError",
        "NoFileLocksWarning",
        "NoSpaceError",
        "NotFoundError",
        "PaginationError",
        "PermissionDeniedError",
        "RateLimitError",
        "RedirectError",
        "ResponseShapeWarning",
        "ServerError",
        "TargetBusyError",
        "TargetExistsError",
        "TimeoutError",
        "TransportError",
        "UnconfirmedUploadWarning",
        "UnknownJobStatusWarning",
        "UnsafeArchiveError",
        "UnsentError",
        "UnsentTimeoutError",
        "UploadError",
        "ValidationError",
    ),
    "extract": ("Limits",),
    "operation": ("Operation",),
    "options": ("ClientOptions", "TimeoutLike", "Timeouts"),
    "pagination": ("Page",),
    "response": ("Response",),
    "types": ("UNSET", "UploadFile", "Model", "Unset"),
}

if not TYPE_CHECKING:
    # Only at run time: for a type checker, a name that is not above does not exist.
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {"errors": None, **{name: module for module, names in _EXPORTS.items() for name in names}},
    )

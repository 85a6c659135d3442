"""Helpers for Tator that take several requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.core import RemoteUrl
from annoport.core.contract.extensions import Download
from annoport.core.errors import DownloadError

if TYPE_CHECKING:
    from annoport_tator import Client

# An object store honours any range, sends a strong ETag, and must never see our token.
_OBJECT_STORE = Download(ranges="any", validator="etag", origin="other")


def stored_file(client: Client, project: int, key: str, *, name: str | None = None) -> RemoteUrl:
    """The object of a project's store that has `key`, such as the `path` of a media file.

    A presigned URL that expires in the middle of a download is asked for again.

    project: id of the project. key: the object's key. name: what to call the file in a folder.
    Raises DownloadError if the server gives no URL for the key.
    """

    def presigned_url() -> str:
        found = client.transfers.get_download_info(project, body={"keys": [key]})
        if not found:
            raise DownloadError(f"Tator gives no URL for the key {key!r} of project {project}")
        return found[0].url

    return RemoteUrl(client, presigned_url(), _OBJECT_STORE, name=name, renew=presigned_url)

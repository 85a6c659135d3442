"""Files in the object stores of Tator's projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.core import Download, RemoteUrl
from annoport.core.errors import DownloadError

if TYPE_CHECKING:
    from annoport_tator import Client

# An object store honours any range, sends a strong ETag, and must never see our token.
_OBJECT_STORE = Download(ranges="any", validator="etag", origin="other")


def stored_file(client: Client, project: int, key: str, *, name: str | None = None) -> RemoteUrl:
    """Return an object in a project's store, such as a media file, as a file to download.

    If its presigned URL expires during a download, a new one is requested.

    Args:
        client: A client of Tator.
        project: Id of the project.
        key: Key of the object, such as the `path` of a media file.
        name: File name to use when the target of a download is a folder.

    Raises:
        DownloadError: Tator returned no URL for the key.
        ApiError: Tator refused the request for the URL.
    """

    def presigned_url() -> str:
        found = client.transfers.get_download_info(project, body={"keys": [key]})
        if not found:
            raise DownloadError(
                f"Tator returned no URL for the key {key!r} of project {project}: check the key"
            )
        return found[0].url

    return RemoteUrl(client, presigned_url(), _OBJECT_STORE, name=name, renew=presigned_url)

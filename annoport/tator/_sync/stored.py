# Derived from _async/stored.py by tools/unasync.py: change that file instead.
"""Files in the object stores of Tator's projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annoport.core import RemoteUrl
from annoport.core.errors import DownloadError

if TYPE_CHECKING:
    from annoport_tator import Client


def stored_file(client: Client, project: int, key: str, *, name: str | None = None) -> RemoteUrl:
    """Return an object in a project's store, such as a media file, as a file to download.

    If its presigned URL expires during a download, a new one is requested.

    Args:
        client: A client of Tator.
        project: Id of the project.
        key: Key of the object, such as the `path` of a media file. Media that only refer to files
            elsewhere have URLs there; such a file is fetched from its URL.
        name: File name to use when the target of a download is a folder.

    Raises:
        DownloadError: Tator returned no URL for the key.
        ApiError: Tator refused the request for the URL.
    """
    if "://" in key:
        return client.file_at(key, name=name)

    def presigned_url() -> str:
        found = client.transfers.get_download_info(project, body={"keys": [key]})
        if not found:
            raise DownloadError(
                f"Tator returned no URL for the key {key!r} of project {project}: check the key"
            )
        return found[0].url

    # An object store must never see our token.
    url = presigned_url()
    return client.file_at(url, name=name, origin="other", renew=presigned_url)

"""Tator: every public name of `annoport_tator`, and functions that take several requests.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.tator._async.attachments import (
        async_download_attachments as async_download_attachments,
    )
    from annoport.tator._async.attachments import async_upload_attachment as async_upload_attachment
    from annoport.tator._async.copies import async_copy as async_copy
    from annoport.tator._async.create import async_create_leaves as async_create_leaves
    from annoport.tator._async.create import (
        async_create_localizations as async_create_localizations,
    )
    from annoport.tator._async.create import async_create_media as async_create_media
    from annoport.tator._async.create import async_create_states as async_create_states
    from annoport.tator._async.download_media import async_download_media as async_download_media
    from annoport.tator._async.download_media import (
        async_download_section as async_download_section,
    )
    from annoport.tator._async.pictures import async_frames as async_frames
    from annoport.tator._async.pictures import async_state_images as async_state_images
    from annoport.tator._async.project_files import (
        async_register_algorithm as async_register_algorithm,
    )
    from annoport.tator._async.project_files import async_temporary_file as async_temporary_file
    from annoport.tator._async.project_files import async_upload_report as async_upload_report
    from annoport.tator._async.selections import async_delete as async_delete
    from annoport.tator._async.selections import async_update as async_update
    from annoport.tator._async.upload_media import AsyncUploadedMedia as AsyncUploadedMedia
    from annoport.tator._async.upload_media import async_import_media as async_import_media
    from annoport.tator._async.upload_media import async_upload_media as async_upload_media
    from annoport.tator._sync.attachments import download_attachments as download_attachments
    from annoport.tator._sync.attachments import upload_attachment as upload_attachment
    from annoport.tator._sync.copies import copy as copy
    from annoport.tator._sync.create import create_leaves as create_leaves
    from annoport.tator._sync.create import create_localizations as create_localizations
    from annoport.tator._sync.create import create_media as create_media
    from annoport.tator._sync.create import create_states as create_states
    from annoport.tator._sync.download_media import download_media as download_media
    from annoport.tator._sync.download_media import download_section as download_section
    from annoport.tator._sync.pictures import frames as frames
    from annoport.tator._sync.pictures import state_images as state_images
    from annoport.tator._sync.project_files import register_algorithm as register_algorithm
    from annoport.tator._sync.project_files import temporary_file as temporary_file
    from annoport.tator._sync.project_files import upload_report as upload_report
    from annoport.tator._sync.selections import delete as delete
    from annoport.tator._sync.selections import update as update
    from annoport.tator._sync.upload_media import UploadedMedia as UploadedMedia
    from annoport.tator._sync.upload_media import import_media as import_media
    from annoport.tator._sync.upload_media import upload_media as upload_media
    from annoport.tator.annotations import Converter as Converter
    from annoport.tator.copies import Copied as Copied
    from annoport.tator.fingerprints import fingerprint as fingerprint
    from annoport.tator.selections import Selection as Selection
    from annoport.tator.selections import where as where
    from annoport.tator.sources import media as media
    from annoport.tator.sources import project as project
    from annoport.tator.sources import section as section
    from annoport.tator.uploads import MediumWriteError as MediumWriteError
    from annoport_tator import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    _BOTH = {
        "attachments": ("upload_attachment", "download_attachments"),
        "copies": ("copy",),
        "create": ("create_localizations", "create_states", "create_leaves", "create_media"),
        "download_media": ("download_media", "download_section"),
        "pictures": ("frames", "state_images"),
        "project_files": ("temporary_file", "upload_report", "register_algorithm"),
        "selections": ("update", "delete"),
        "upload_media": ("upload_media", "import_media"),
    }
    _FLOWS = {
        "AsyncUploadedMedia": "_async.upload_media",
        "Converter": "annotations",
        "Copied": "copies",
        "MediumWriteError": "uploads",
        "Selection": "selections",
        "UploadedMedia": "_sync.upload_media",
        "fingerprint": "fingerprints",
        "media": "sources",
        "project": "sources",
        "section": "sources",
        "where": "selections",
        **{name: f"_sync.{module}" for module, names in _BOTH.items() for name in names},
        **{
            f"async_{name}": f"_async.{module}" for module, names in _BOTH.items() for name in names
        },
    }
    __getattr__, __dir__ = platform_exports("tator", _FLOWS)

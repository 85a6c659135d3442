"""CVAT: every public name of `annoport_cvat`, functions that take several requests, and sources.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.cvat._async.annotations import async_copy_annotations as async_copy_annotations
    from annoport.cvat._async.annotations import (
        async_delete_annotations as async_delete_annotations,
    )
    from annoport.cvat._async.create_project import async_create_project as async_create_project
    from annoport.cvat._async.create_task import async_create_task as async_create_task
    from annoport.cvat._async.create_tasks import async_create_tasks as async_create_tasks
    from annoport.cvat._async.functions import async_run_function as async_run_function
    from annoport.cvat._async.labels import async_set_labels as async_set_labels
    from annoport.cvat._async.save_frames import async_save_frames as async_save_frames
    from annoport.cvat._async.storages import async_storage_files as async_storage_files
    from annoport.cvat._async.transfers import async_back_up as async_back_up
    from annoport.cvat._async.transfers import async_export_dataset as async_export_dataset
    from annoport.cvat._async.transfers import async_import_annotations as async_import_annotations
    from annoport.cvat._async.transfers import async_restore_project as async_restore_project
    from annoport.cvat._async.transfers import async_restore_task as async_restore_task
    from annoport.cvat._sync.annotations import copy_annotations as copy_annotations
    from annoport.cvat._sync.annotations import delete_annotations as delete_annotations
    from annoport.cvat._sync.create_project import create_project as create_project
    from annoport.cvat._sync.create_task import create_task as create_task
    from annoport.cvat._sync.create_tasks import create_tasks as create_tasks
    from annoport.cvat._sync.functions import run_function as run_function
    from annoport.cvat._sync.labels import set_labels as set_labels
    from annoport.cvat._sync.save_frames import save_frames as save_frames
    from annoport.cvat._sync.storages import storage_files as storage_files
    from annoport.cvat._sync.transfers import back_up as back_up
    from annoport.cvat._sync.transfers import export_dataset as export_dataset
    from annoport.cvat._sync.transfers import import_annotations as import_annotations
    from annoport.cvat._sync.transfers import restore_project as restore_project
    from annoport.cvat._sync.transfers import restore_task as restore_task
    from annoport.cvat.annotations import Converter as Converter
    from annoport.cvat.copies import Fitted as Fitted
    from annoport.cvat.copies import for_create as for_create
    from annoport.cvat.labels import from_label as from_label
    from annoport.cvat.labels import to_label as to_label
    from annoport.cvat.sources import job as job
    from annoport.cvat.sources import project as project
    from annoport.cvat.sources import task as task
    from annoport.cvat.unfinished import UnfinishedProjectError as UnfinishedProjectError
    from annoport.cvat.unfinished import UnfinishedTaskError as UnfinishedTaskError
    from annoport.cvat.unfinished import UnfinishedTasksError as UnfinishedTasksError
    from annoport_cvat import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    _TWICE = {
        "annotations": ("copy_annotations", "delete_annotations"),
        "create_project": ("create_project",),
        "create_task": ("create_task",),
        "create_tasks": ("create_tasks",),
        "functions": ("run_function",),
        "labels": ("set_labels",),
        "save_frames": ("save_frames",),
        "storages": ("storage_files",),
        "transfers": (
            *("back_up", "export_dataset", "import_annotations", "restore_project"),
            "restore_task",
        ),
    }
    _FLOWS = {
        "Converter": "annotations",
        "Fitted": "copies",
        "UnfinishedProjectError": "unfinished",
        "UnfinishedTaskError": "unfinished",
        "UnfinishedTasksError": "unfinished",
        "for_create": "copies",
        "from_label": "labels",
        "job": "sources",
        "project": "sources",
        "task": "sources",
        "to_label": "labels",
        **{name: f"_sync.{module}" for module, names in _TWICE.items() for name in names},
        **{
            f"async_{name}": f"_async.{module}"
            for module, names in _TWICE.items()
            for name in names
        },
    }
    __getattr__, __dir__ = platform_exports("cvat", _FLOWS)

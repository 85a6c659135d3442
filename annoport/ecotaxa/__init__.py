"""EcoTaxa: every public name of `annoport_ecotaxa`, and functions that take several requests.

Names load on first use.
"""

from typing import TYPE_CHECKING

from annoport._platform_module import platform_exports

if TYPE_CHECKING:
    from annoport.ecotaxa._async.classify import async_classify as async_classify
    from annoport.ecotaxa._async.exports import async_export_table as async_export_table
    from annoport.ecotaxa._async.images import async_download_images as async_download_images
    from annoport.ecotaxa._async.imports import async_import_folder as async_import_folder
    from annoport.ecotaxa._async.objects import async_objects_table as async_objects_table
    from annoport.ecotaxa._async.projects import async_edit as async_edit
    from annoport.ecotaxa._async.taxa import async_taxa_named as async_taxa_named
    from annoport.ecotaxa._sync.classify import classify as classify
    from annoport.ecotaxa._sync.exports import export_table as export_table
    from annoport.ecotaxa._sync.images import download_images as download_images
    from annoport.ecotaxa._sync.imports import import_folder as import_folder
    from annoport.ecotaxa._sync.objects import objects_table as objects_table
    from annoport.ecotaxa._sync.projects import edit as edit
    from annoport.ecotaxa._sync.taxa import taxa_named as taxa_named
    from annoport.ecotaxa.annotations import Converter as Converter
    from annoport.ecotaxa.bundle import Bundle as Bundle
    from annoport.ecotaxa.bundle import BundleProblem as BundleProblem
    from annoport.ecotaxa.bundle import check_bundle as check_bundle
    from annoport.ecotaxa.pulling import pull as pull
    from annoport.ecotaxa.questions import ImportQuestion as ImportQuestion
    from annoport.ecotaxa.sources import project as project
    from annoport.ecotaxa.tsv import read_tsv as read_tsv
    from annoport.ecotaxa.tsv import write_tsv as write_tsv
    from annoport_ecotaxa import *  # noqa: F403 - its __all__ lists them
else:
    # Only at run time: for a type checker, a name that is not above does not exist.
    _FLOWS = {
        "Bundle": "bundle",
        "BundleProblem": "bundle",
        "Converter": "annotations",
        "ImportQuestion": "questions",
        "async_classify": "_async.classify",
        "async_download_images": "_async.images",
        "async_edit": "_async.projects",
        "async_export_table": "_async.exports",
        "async_import_folder": "_async.imports",
        "async_objects_table": "_async.objects",
        "async_taxa_named": "_async.taxa",
        "check_bundle": "bundle",
        "classify": "_sync.classify",
        "download_images": "_sync.images",
        "edit": "_sync.projects",
        "export_table": "_sync.exports",
        "import_folder": "_sync.imports",
        "objects_table": "_sync.objects",
        "project": "sources",
        "pull": "pulling",
        "read_tsv": "tsv",
        "taxa_named": "_sync.taxa",
        "write_tsv": "tsv",
    }
    __getattr__, __dir__ = platform_exports("ecotaxa", _FLOWS)

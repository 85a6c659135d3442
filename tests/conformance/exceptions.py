"""What a judge gets wrong, by name and with a reason; everything else is our fault."""

from __future__ import annotations

import re

import attrs


@attrs.frozen(kw_only=True)
class Excepted:
    """A fault that is not ours.

    Attributes:
        judge, platform, variant: Where it occurs; None is any variant.
        operations: The operations that it is for; it must occur in each of them.
        fault: A regular expression, searched in the text of the fault.
        reason: Why the judge is wrong.
    """

    judge: str
    platform: str
    operations: frozenset[str]
    variant: str | None = None
    fault: str
    reason: str

    def covers(
        self, *, judge: str, platform: str, operation: str, variant: str, fault: str
    ) -> bool:
        """Return whether a fault is this one."""
        return (
            (judge, platform) == (self.judge, self.platform)
            and operation in self.operations
            and self.variant in (None, variant)
            and re.search(self.fault, fault) is not None
        )


_SEGMENTS = "the path parameter holds slashes, which OpenAPI 3.0 cannot express; servers take them"
_EMPTY = "it treats an empty value of a required query parameter as missing"
_MISSING = "Request query must have required property"

EXCEPTIONS = (
    Excepted(
        judge="prism",
        platform="cvat",
        operations=frozenset(
            {
                "jobs_create_dataset_export",
                "jobs_retrieve_dataset",
                "projects_create_dataset_export",
                "projects_retrieve_annotations",
                "tasks_create_dataset_export",
                "tasks_retrieve_dataset",
            }
        ),
        variant="low",
        fault=_MISSING,
        reason=_EMPTY,
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operations=frozenset(
            {
                "add_taxon_in_central",
                "collection_by_short_title",
                "collection_by_title",
                "db_direct_query",
                "get_current_user_prefs",
                "list_common_files",
                "reclassify_object_set",
                "samples_search",
                "search_collections",
                "search_organizations",
                "search_taxa",
                "set_current_user_prefs",
                "set_project_predict_settings",
            }
        ),
        variant="low",
        fault=_MISSING,
        reason=_EMPTY,
    ),
    Excepted(
        judge="prism",
        platform="tator",
        operations=frozenset({"GetMediaByName", "LeafSuggestion"}),
        variant="low",
        fault=_MISSING,
        reason=_EMPTY,
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operations=frozenset({"list_user_files"}),
        variant="special",
        fault="hasn't been found in the specification",
        reason=_SEGMENTS,
    ),
    Excepted(
        judge="steady",
        platform="ecotaxa",
        operations=frozenset({"list_user_files"}),
        variant="special",
        fault=r"^E2001 ",
        reason=_SEGMENTS,
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operations=frozenset({"create_user", "update_user"}),
        fault='must match format "date-time"',
        reason="the server writes and takes times in UTC without an offset, which that format has",
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operations=frozenset({"get_object_set"}),
        fault="entries for .* items",
        reason="its random lists, which belong together, differ in length; no schema forbids it",
    ),
    Excepted(
        judge="prism",
        platform="cvat",
        operations=frozenset({"cloudstorages_create", "cloudstorages_partial_update"}),
        fault=r"'Request body property (manifests must be array|owner must be object)'",
        reason="it reads each part of a form as one text, even a repeated or a JSON part",
    ),
    Excepted(
        judge="steady",
        platform="cvat",
        operations=frozenset({"tasks_create_data"}),
        fault=r"^E3012 at body\.validation_params: ",
        reason="it reads a JSON part of a form as text if its schema is a union",
    ),
    Excepted(
        judge="steady",
        platform="cvat",
        operations=frozenset({"tasks_create_data"}),
        fault=r"^E4003 at body\.filename_pattern: ",
        reason="a form has no null; CVAT reads the empty text as null",
    ),
)

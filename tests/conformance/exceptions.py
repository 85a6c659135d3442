"""What a judge gets wrong, by name and with a reason; everything else is our fault."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import attrs


@attrs.frozen(kw_only=True)
class Excepted:
    """A fault that is not ours.

    Attributes:
        judge, platform, operation, variant: Where it occurs; all but the judge are shell patterns.
        fault: A regular expression, searched in the text of the fault.
        reason: Why the judge is wrong.
    """

    judge: str
    platform: str = "*"
    operation: str = "*"
    variant: str = "*"
    fault: str
    reason: str

    def covers(
        self, *, judge: str, platform: str, operation: str, variant: str, fault: str
    ) -> bool:
        """Return whether a fault is this one."""
        return (
            judge == self.judge
            and fnmatchcase(platform, self.platform)
            and fnmatchcase(operation, self.operation)
            and fnmatchcase(variant, self.variant)
            and re.search(self.fault, fault) is not None
        )


_SEGMENTS = "the path parameter holds slashes, which OpenAPI 3.0 cannot express; servers take them"

EXCEPTIONS = (
    Excepted(
        judge="prism",
        variant="low",
        fault="Request query must have required property",
        reason="it treats an empty value of a required query parameter as missing",
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operation="list_user_files",
        variant="special",
        fault="hasn't been found in the specification",
        reason=_SEGMENTS,
    ),
    Excepted(
        judge="steady",
        platform="ecotaxa",
        operation="list_user_files",
        variant="special",
        fault=r"^E2001 ",
        reason=_SEGMENTS,
    ),
    Excepted(
        judge="prism",
        platform="ecotaxa",
        operation="get_object_set",
        fault="entries for .* items",
        reason="its random lists, which belong together, differ in length; no schema forbids it",
    ),
    Excepted(
        judge="prism",
        platform="cvat",
        operation="cloudstorages_*",
        fault=r"'Request body property (manifests must be array|owner must be object)'",
        reason="it reads each part of a form as one text, even a repeated or a JSON part",
    ),
    Excepted(
        judge="steady",
        platform="cvat",
        operation="tasks_create_data",
        fault=r"^E3012 at body\.validation_params: ",
        reason="it reads a JSON part of a form as text if its schema is a union",
    ),
    Excepted(
        judge="steady",
        platform="cvat",
        operation="tasks_create_data",
        fault=r"^E4003 at body\.filename_pattern: ",
        reason="a form has no null; CVAT reads the empty text as null",
    ),
    Excepted(
        judge="steady",
        variant="random",
        fault=r"^E4003 ",
        reason="it counts UTF-16 units where JSON Schema counts characters",
    ),
)

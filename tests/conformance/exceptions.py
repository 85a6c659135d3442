"""What a judge gets wrong, by name and with a reason; everything else is a fault of ours."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import attrs


@attrs.frozen(kw_only=True)
class Excepted:
    """A fault that is not ours.

    judge, platform, operation: whose; shell patterns. fault: searched in the fault's text.
    """

    judge: str
    platform: str = "*"
    operation: str = "*"
    fault: str
    reason: str

    def covers(self, judge: str, platform: str, operation: str, fault: str) -> bool:
        """Whether a fault is this one."""
        return (
            fnmatchcase(judge, self.judge)
            and fnmatchcase(platform, self.platform)
            and fnmatchcase(operation, self.operation)
            and re.search(self.fault, fault) is not None
        )


EXCEPTIONS: tuple[Excepted, ...] = ()

"""The version of annoport: asking the installed metadata for it takes longer than a request."""

from typing import Final

VERSION: Final = "0.1.0"

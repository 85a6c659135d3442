"""All errors and warnings of annoport, for `except` clauses and warning filters."""

from annoport.core.errors import *  # noqa: F403 - its `__all__` is the list

"""One script for each library that is measured; each runs in the library's own environment.

Except for `ours`, they import nothing of this project but `protocol`.
"""

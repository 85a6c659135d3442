"""One script for each library that is measured; each runs in the library's own environment.

They import nothing of this project but `protocol`, except `ours`.
"""

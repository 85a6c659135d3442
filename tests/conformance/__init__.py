"""Judges that nobody here wrote: every operation is called, and they say if it was right.

Run `python -m tests.conformance --help`.
"""

"""Independent judges: every operation is called, and they decide whether the request is right.

Run `python -m tests.conformance --help`.
"""

"""The rules of a safe download: what to ask for, when to resume, what to keep on disk.

These modules touch the local disk only; the shells do the networking.
"""

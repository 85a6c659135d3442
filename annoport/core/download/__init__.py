"""The rules of a safe download: what to ask for, when to resume, what lies on the disk.

The only input and output here is with the local disk; the network is the shells' business.
"""

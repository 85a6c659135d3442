"""Run all fuzz programs: `python -m tests.fuzz --runs 1000 --seed 1`."""

from __future__ import annotations

import sys

from tests.fuzz import downloads, transfers

if __name__ == "__main__":
    sys.exit(downloads.main() | transfers.main([]))

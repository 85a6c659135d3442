"""Run the `annoport` command as `python -m annoport`."""

from __future__ import annotations

import sys

from annoport.cli import main

sys.exit(main())

"""`python -m annoport` is the `annoport` command."""

from __future__ import annotations

import sys

from annoport.cli import main

sys.exit(main())

"""`python -m app`: the command line, where its script is not on the path. Knows nothing else."""

from __future__ import annotations

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m batteries.simulator`: see cli.py."""

import sys

from batteries.simulator.cli import main

if __name__ == "__main__":
    sys.exit(main())

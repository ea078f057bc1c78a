"""`python -m marstek_site.launcher`: what `manage.py up` becomes once it has read the settings."""

from __future__ import annotations

import sys

from .console import Console
from .errors import LaunchFailed, StopRequested
from .options import parse
from .site import run_site


def main() -> int:
    """Run the site until it is told to stop; the exit code."""
    options = parse()
    console = Console(sys.stderr if options.is_json else sys.stdout)
    try:
        run_site(options, console)
    except LaunchFailed as error:
        sys.stderr.write(f"marstek: {error}\n")
        return error.exit_code
    except StopRequested:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

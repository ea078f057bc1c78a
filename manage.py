#!/usr/bin/env python3
"""Run a command of the site: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Say what is wrong with the settings in one line, else run the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marstek_site.settings")
    if sys.version_info < (3, 11):  # noqa: UP036  who types `python3` may have another one
        sys.exit("marstek: Python 3.11 or newer is needed, this is " + sys.version.split()[0])
    try:
        from django.conf import settings
    except ModuleNotFoundError:
        sys.exit("marstek: Django is missing here: use `make run`, or .venv/bin/python manage.py")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.DEBUG  # noqa: B018  the first access reads the settings
    except ImproperlyConfigured as error:
        sys.exit(f"marstek: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

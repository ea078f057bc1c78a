"""A process that has loaded everything once and forks the site's processes from itself.

Started by the launcher with one end of a socket pair. Each request is a JSON message, answered in
order: {"become": NAME, "arguments": [...]} with two file descriptors (output, errors) -> {"pid"};
{"ended": PID} -> {"code"}. The memory of what is loaded is shared by all of them, and a start takes
milliseconds. No threads here: a fork copies only the thread that forks.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import socket
import sys
from importlib import import_module
from io import TextIOWrapper

import django

LONGEST_REQUEST = 4096
PR_SET_NAME = 15
# not marstek_site.wsgi: it looks at the static files, which are collected later
SHARED = (
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.concurrency.thread",
    "celery.worker.consumer",
    "django_celery_beat.schedulers",
    "gunicorn.arbiter",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
    "marstek_site.urls",
    "psycopg",
)
Order = tuple[str, list[str]]


def main(descriptor: int) -> None:
    """Load, then fork on request until the launcher closes its end."""
    link = socket.socket(fileno=descriptor)
    load_everything()
    link.send(b"{}")
    order = serve(link)
    link.close()
    if order:
        become(*order)


def load_everything() -> None:
    """What every process of the site needs, kept out of the garbage collector's way."""
    django.setup()
    for name in SHARED:
        import_module(name)
    from .celery import app  # once Django is set up

    app.loader.import_default_modules()
    app.finalize()
    gc.collect()
    gc.freeze()


def serve(link: socket.socket) -> Order | None:
    """Answer requests. Returns None at the end, and in each fork what it shall become."""
    while True:
        words, descriptors, _flags, _address = socket.recv_fds(link, LONGEST_REQUEST, 2)
        if not words:
            return None
        request = json.loads(words)
        if "ended" in request:
            answer = {"code": _code(request["ended"])}
        else:
            pid = os.fork()
            if pid == 0:
                settle(request["become"], *descriptors)
                return request["become"], request["arguments"]
            answer = {"pid": pid}
        for descriptor in descriptors:
            os.close(descriptor)
        link.send(json.dumps(answer).encode())


def settle(name: str, output: int, errors: int) -> None:
    """In the fork: a session, a name and outputs of its own; dead with the nursery."""
    from .processes import die_with_parent

    die_with_parent()
    os.setsid()
    os.dup2(output, 1)
    os.dup2(errors, 2)
    for descriptor in (output, errors):
        os.close(descriptor)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    ctypes.CDLL(None).prctl(PR_SET_NAME, f"marstek-{name}".encode()[:15], 0, 0, 0)


def become(name: str, arguments: list[str]) -> None:
    """Run the process, or a management command that ends."""
    from django.core.management import ManagementUtility

    from .processes import PROCESSES

    if name in PROCESSES:
        PROCESSES[name]()
    else:
        ManagementUtility(["manage.py", name, *arguments]).execute()


def _code(pid: int) -> int:
    """The exit code of a fork that has ended; negative: the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marstek_site.settings")
    main(int(sys.argv[1]))

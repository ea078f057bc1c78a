"""The processes of the site: `python -m marstek_site.processes web|devices|worker|beat|bot`.

What `celery worker` and `gunicorn` would do, without their command lines (10 MB less in each), and
with the settings as the only place to set things. compose.yaml starts each like this; `up` forks
them from one process that has loaded everything already (`marstek_site.nursery`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import django

PR_SET_PDEATHSIG = 1


def web() -> None:
    """Pages. Eight threads ride out slow phones; a proxy is believed only where one is named."""
    from django.conf import settings
    from gunicorn.app.base import BaseApplication  # only this process serves

    class Site(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in gunicorn_settings(settings).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from marstek_site.wsgi import application

            return application

    Site().run()


def gunicorn_settings(settings: Any) -> dict[str, Any]:
    """How gunicorn runs the site."""
    return {
        "bind": settings.WEB_BIND,
        "worker_class": "gthread",
        "workers": 1,
        "threads": 8,
        "preload_app": True,  # the worker shares the memory of what is loaded
        "graceful_timeout": 3,
        "loglevel": "warning",
        "control_socket_disable": True,  # it would be made in the user's home
        "forwarded_allow_ips": ",".join(settings.TRUSTED_PROXIES),
        "post_fork": lambda _server, _worker: begin_to_serve(),
    }


def begin_to_serve() -> None:
    """In gunicorn's worker: dead with its parent, and seen by the other processes."""
    from django.conf import settings
    from django.utils import timezone

    from notifications.presence import show_presence

    from .launcher.probes import answers_http
    from .vital_signs import WEB

    die_with_parent()
    show_presence(WEB, timezone.now, lambda: answers_http(settings.WEB_BIND))


def devices() -> None:
    """The only owner of UDP sockets: one process with threads."""
    from django.conf import settings

    _work("devices", settings.DEVICES_QUEUE, pool="threads", concurrency=8)


def worker() -> None:
    """Everything else in the background."""
    _work("worker", "default", pool="prefork", concurrency=1)


def _work(name: str, queue: str, *, pool: str, concurrency: int) -> None:
    from .celery import app

    running = app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=queue,
        pool_cls=pool,
        concurrency=concurrency,
        without_gossip=True,  # nobody here asks other workers anything
        without_mingle=True,
        quiet=True,
    )
    running.start()
    sys.exit(running.exitcode)


def beat() -> None:
    """The clock: what is due, from the database."""
    from .celery import app

    app.Beat(quiet=True).run()


def bot() -> None:
    """What people write to the household's bot; without a token it waits for one."""
    import threading

    from django.utils import timezone

    from notifications.bot import run_bot  # its models need the settings

    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit())  # also out of a long poll
    run_bot(timezone.now, threading.Event())


PROCESSES: dict[str, Callable[[], None]] = {
    "web": web,
    "devices": devices,
    "worker": worker,
    "beat": beat,
    "bot": bot,
}


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, however that happens."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def main(words: list[str]) -> None:
    """Become the named process."""
    if len(words) != 1 or words[0] not in PROCESSES:
        sys.exit(f"usage: python -m marstek_site.processes {'|'.join(PROCESSES)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marstek_site.settings")
    django.setup()
    PROCESSES[words[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])

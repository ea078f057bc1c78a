"""The devices process: the owner's lock, the gateway's loop, and the poller that uses it.

A Celery worker that consumes the devices queue becomes the owner before it takes its first task.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from datetime import UTC, datetime
from typing import Any

from celery.signals import (
    celeryd_after_setup,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from django.conf import settings
from django.dispatch import Signal

from notifications.queue import publish

from .marstek.front import GatewayThread
from .networks import lan_interfaces
from .owner import OwnerLock, Ownership
from .poller import Poller

log = logging.getLogger(__name__)
OWNER_QUIET_S = 5.0  # a former owner's last exchange: its time-out and its gap (2.5 s each)
# For the rooms above, which this one does not know. Receivers of the first get `gateway`
# (GatewayThread) and `poller`; those of the second get `is_clean`: whether the sockets still work,
# so that last words can be said to the batteries (then they may take up to 20 s).
sockets_opened = Signal()
sockets_closing = Signal()


class DevicesProcess:
    """Owns the sockets while it holds the lock."""

    def __init__(self) -> None:
        self.poller: Poller | None = None
        self._gateway: GatewayThread | None = None
        self._stopping = threading.Lock()
        self.ownership = Ownership(
            OwnerLock(),
            on_won=self._open,
            on_lost=self._close,
            on_replaced=lambda: os.kill(os.getpid(), signal.SIGTERM),
        )

    def _open(self) -> None:
        gateway = open_gateway()
        self._gateway, self.poller = gateway, Poller(gateway, gateway.gateway, clock)
        log.info("this process owns the batteries of its network now")
        sockets_opened.send(DevicesProcess, gateway=gateway, poller=self.poller)
        publish("scheduling.tend_batteries")  # not only with beat's next tick

    def _close(self) -> None:
        sockets_closing.send(DevicesProcess, is_clean=False)
        gateway, self._gateway, self.poller = self._gateway, None, None
        if gateway is not None:
            gateway.stop()

    def stop(self) -> None:
        """Say the last words to the batteries, close the sockets, let go of the lock.

        Once is enough; a second caller waits until the first is through."""
        with self._stopping:
            if self.poller is not None:
                sockets_closing.send(DevicesProcess, is_clean=True)
            self.ownership.stop()


def clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def open_gateway() -> GatewayThread:
    """A running gateway on the configured address. It is silent at first: an answer to a former
    owner, be it a worker or a command, may still come."""
    gateway = GatewayThread(
        bind_address=settings.GATEWAY_BIND_ADDRESS,
        ephemeral_ports=settings.GATEWAY_EPHEMERAL_PORTS,
        clock=clock,
        settle_s=OWNER_QUIET_S,
        networks=lan_interfaces,
    )
    gateway.start()
    return gateway


_process: DevicesProcess | None = None


def current_poller() -> Poller | None:
    """The poller of this process; None (said once a call) where it does not own the sockets now."""
    poller = _process.poller if _process is not None else None
    if poller is None:
        log.warning("not polled: this process does not own the batteries' sockets now")
    return poller


@celeryd_after_setup.connect
def own_batteries(instance: Any = None, **_kwargs: object) -> None:
    """Wait for the lock before the first task is taken: a second worker stays idle here."""
    global _process  # noqa: PLW0603  one per process by nature
    if settings.DEVICES_QUEUE in instance.app.amqp.queues.consume_from:
        _process = DevicesProcess()
        _process.ownership.wait_for_lock()


@worker_ready.connect
def start_gateway(**_kwargs: object) -> None:
    """Open the sockets once the worker is ready for tasks."""
    if _process is not None:
        _process.ownership.start()


@worker_shutting_down.connect
def begin_stop(**_kwargs: object) -> None:
    """SIGTERM has come: stop beside the tasks that still run, so that a poll in flight ends too."""
    if _process is not None:
        threading.Thread(target=_process.stop, name="stop").start()


@worker_shutdown.connect
def stop_gateway(**_kwargs: object) -> None:
    """Close the sockets before the process ends."""
    if _process is not None:
        _process.stop()

"""Real servers for every test: PostgreSQL and Valkey of this run's own, started when first asked.

Each pytest process (each xdist worker too) has its own pair in its own temporary folder.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.environment import set_up_django

VAR_DIR = set_up_django()  # here, not by an ini option: the environment must stand first

from django.conf import settings  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402
from whitenoise.middleware import WhiteNoiseMiddleware  # noqa: E402

from batteries import devices  # noqa: E402
from marstek_site import paths  # noqa: E402
from marstek_site.checkup import broker  # noqa: E402
from marstek_site.launcher.child import Child  # noqa: E402
from marstek_site.launcher.servers import throwaway_servers  # noqa: E402
from tests import network_guard  # noqa: E402

hypothesis_settings.register_profile(
    "suite",
    deadline=None,  # a shared machine pauses
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Leave what is loaded now out of every later garbage collection: a twentieth of the CPU."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse every contact with another machine."""
    with pytest.MonkeyPatch.context() as patch:
        network_guard.install(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def fast_passwords() -> None:
    """A quick hasher: the real one takes 0.2 s on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def no_former_owner() -> None:
    """Gateways of this process need not wait for answers to another one: there is none."""
    devices.OWNER_QUIET_S = 0.0


@pytest.fixture(scope="session", autouse=True)
def quick_ping() -> None:
    """No worker runs beside these tests: a check-up does not wait a second for one."""
    broker.PING_S = 0.05


@pytest.fixture(scope="session", autouse=True)
def static_files_read_once() -> Iterator[None]:
    """Each of Django's test clients builds the middleware anew: without this, each reads the
    some 200 static files again."""
    read_all = WhiteNoiseMiddleware.add_files_from_finders
    known: dict[str, object] = {}

    def add_known_files(middleware: WhiteNoiseMiddleware) -> None:
        if not known:
            read_all(middleware)
            known.update(middleware.files)
        middleware.files.update(known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_known_files)
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Child]]:
    """The running servers by name: `database` and `broker`. Every database test has them."""
    with throwaway_servers(VAR_DIR, paths.run_dir()) as children:
        yield children


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    servers: dict[str, Child], django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """pytest-django's hook before the test database is made: the server must run by then."""

"""After a sudden stop of this machine: told once, with since when and how the batteries are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from notifications.events import Event
from notifications.models import Notification
from scheduling.process import close_desk
from scheduling.restarting import note_clean_stop, note_tended, sudden_stop
from tests.batteries.virtual_home import VirtualHome, virtual_home

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=2)


def off_for(home: VirtualHome, span: timedelta) -> list[Notification]:
    """Nothing is tended meanwhile; then twice again."""
    home.site.advance_to(home.now + span)
    home.tick(2)
    return list(Notification.objects.filter(event=Event.UNCLEAN_RESTART))


def test_two_hours_without_current() -> None:
    with virtual_home() as home:
        home.tick(2)
        stopped_at = home.now
        (notice,) = off_for(home, HOURS)
        soc = home.battery().soc  # as read after the gap
    assert notice.times == 1
    assert notice.params["batteries"] == [{"name": "Garage", "mode": "Auto", "soc": soc}]
    since = datetime.fromisoformat(notice.params["since"])
    assert timedelta(0) <= stopped_at - since < timedelta(seconds=90)


def test_a_clean_stop_is_no_news() -> None:
    with virtual_home() as home:
        home.tick(2)
        note_clean_stop(home.now)
        assert off_for(home, HOURS) == []


def test_a_process_that_died_alone_is_no_news() -> None:
    with virtual_home() as home:
        home.tick(2)
        assert off_for(home, timedelta(minutes=3)) == []


def test_the_first_start_is_no_news() -> None:
    with virtual_home() as home:
        assert off_for(home, HOURS) == []


@pytest.mark.parametrize(("is_clean", "is_news"), [(True, False), (False, True)])
def test_how_the_process_let_go_decides(is_clean: bool, is_news: bool) -> None:
    note_tended(timezone.now())
    close_desk(is_clean=is_clean)
    assert (sudden_stop(timezone.now() + HOURS) is not None) == is_news

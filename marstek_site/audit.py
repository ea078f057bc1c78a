"""Who did what: logins, changes in the administration, orders, as one list.

More sources are added with `audited(sort, source)`, where `source(limit)` gives its newest
entries, the newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from axes.models import AccessAttempt, AccessLog
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from notifications.models import Notification
from notifications.wording import words
from scheduling.intentions import Override, OverrideKind
from scheduling.models import Order, Origin
from scheduling.presentation import target_words
from scheduling.targets import TargetMode

MOST_LISTED = 200


class Sort(TextChoices):
    """What an entry is about."""

    LOGIN = "login", pgettext_lazy("audit", "login")
    CHANGE = "change", pgettext_lazy("audit", "change")
    ORDER = "order", pgettext_lazy("audit", "order")
    NOTICE = "notice", pgettext_lazy("audit", "notice")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did."""

    at: datetime
    sort: Sort
    who: str
    what: str
    is_trouble: bool = False


Source = Callable[[int], Iterable[Entry]]
SOURCES: dict[Sort, list[Source]] = {}


def audited(sort: Sort, source: Source) -> None:
    """Add a source: `source(limit)` gives its newest entries, the newest first."""
    SOURCES.setdefault(sort, []).append(source)


def entries(sort: Sort | None = None, limit: int = MOST_LISTED) -> list[Entry]:
    """The newest of all sorts, or of one, the newest first."""
    wanted = [sort] if sort else list(SOURCES)
    found = [source(limit) for one in wanted for source in SOURCES.get(one, [])]
    return list(islice(merge(*found, key=lambda entry: entry.at, reverse=True), limit))


def _logins(limit: int) -> list[Entry]:
    rows = AccessLog.objects.order_by("-attempt_time")[:limit]
    return [
        Entry(row.attempt_time, Sort.LOGIN, row.username or "—", _came_from(row.ip_address))
        for row in rows
    ]


def _came_from(address: str | None) -> str:
    return _("logged in from %(address)s") % {"address": address or "—"}


def _failures(limit: int) -> list[Entry]:
    """Those that are still counted: a login that succeeds forgets them."""
    rows = AccessAttempt.objects.order_by("-attempt_time")[:limit]
    return [
        Entry(row.attempt_time, Sort.LOGIN, row.username or "—", _failed(row), is_trouble=True)
        for row in rows
    ]


def _failed(row: AccessAttempt) -> str:
    text = _("could not log in from %(address)s; attempts: %(count)d")
    return text % {"address": row.ip_address or "—", "count": row.failures_since_start}


def _changes(limit: int) -> list[Entry]:
    rows = LogEntry.objects.select_related("user", "content_type").order_by("-action_time")
    return [
        Entry(row.action_time, Sort.CHANGE, row.user.get_username(), _change(row))
        for row in rows[:limit]
    ]


def _change(row: LogEntry) -> str:
    kind = row.content_type.name if row.content_type else "—"
    name = f"{kind} “{row.object_repr}”"
    if row.action_flag == ADDITION:
        return _("added %(name)s") % {"name": name}
    if row.action_flag == DELETION:
        return _("deleted %(name)s") % {"name": name}
    how = {"name": name, "how": row.get_change_message()}
    return _("changed %(name)s: %(how)s") % how


def _orders(limit: int) -> list[Entry]:
    rows = Order.objects.select_related("battery", "asked_by")[:limit]
    return [Entry(row.asked_at, Sort.ORDER, _orderer(row), _order(row)) for row in rows]


def _overrides(limit: int) -> list[Entry]:
    """What people ordered that no order has followed from: hands off, and what begins later."""
    rows = Override.objects.filter(orders=None).exclude(kind=OverrideKind.YIELD)
    rows = rows.select_related("battery", "asked_by")
    return [
        Entry(row.starts_at, Sort.ORDER, _overrider(row), _override(row))
        for row in rows.order_by("-starts_at")[:limit]
    ]


def _overrider(row: Override) -> str:
    return row.asked_by.get_username() if row.asked_by else str(Origin(row.origin).label)


def _override(row: Override) -> str:
    what = TargetMode(row.mode_type).label if row.mode_type else row.get_kind_display()
    return f"{row.battery.name}: {what}"


def _orderer(order: Order) -> str:
    return order.asked_by.get_username() if order.asked_by else str(order.get_origin_display())


def _order(order: Order) -> str:
    how = {
        "battery": order.battery.name,
        "what": target_words(order, order.asked_at),
        "state": order.get_state_display(),
    }
    return _("%(battery)s: %(what)s – %(state)s") % how


def _read_notices(limit: int) -> list[Entry]:
    rows = Notification.objects.exclude(acknowledged_at=None).select_related("acknowledged_by")
    return [
        Entry(row.acknowledged_at, Sort.NOTICE, _reader(row), words(row).title)
        for row in rows.order_by("-acknowledged_at")[:limit]
        if row.acknowledged_at
    ]


def _reader(notice: Notification) -> str:
    return notice.acknowledged_by.get_username() if notice.acknowledged_by else "—"


audited(Sort.LOGIN, _logins)
audited(Sort.LOGIN, _failures)
audited(Sort.CHANGE, _changes)
audited(Sort.ORDER, _orders)
audited(Sort.ORDER, _overrides)
audited(Sort.NOTICE, _read_notices)

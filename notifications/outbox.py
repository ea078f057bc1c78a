"""The outbox: a row for each message and channel, claimed, sent, and written down.

Delivered at least once. A claim is a conditional UPDATE, so however often the task runs, one
process sends. Killed between sending and writing it down, the message may have arrived or not:
after the claim's time it is sent again and says that it may be a repetition. A red day that nobody
heard of is worse than a message read twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from .addressees import Channel
from .events import KINDS, Event
from .hearing import due_moment, hears, preference_of, usable_channels
from .models import Delivery, DeliveryState, Notification, Phase
from .queue import start_task

DELIVER = "notifications.deliver"
CLAIM = timedelta(seconds=120)
CLOCK_BACK = timedelta(minutes=1)
GIVE_UP = timedelta(hours=12)
LONGEST_PAUSE = timedelta(minutes=30)
OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


def tell_everybody(notice: Notification, now: datetime) -> None:
    """A row for each channel that wants to hear that it began, and has none yet."""
    event = Event(notice.event)
    wanted = [c for c in usable_channels() if hears(c, event, notice.params)]
    _put(notice, wanted, Phase.BEGAN, now)


def tell_over(notice: Notification, now: datetime, *, says_so: bool) -> None:
    """It is over: what nobody has sent is dropped, and who was told is told again."""
    began = notice.deliveries.filter(phase=Phase.BEGAN).select_for_update()
    told = [delivery.pk for delivery in began if _may_know(delivery)]
    unsent = began.filter(state=DeliveryState.WAITING)
    unsent.update(state=DeliveryState.DROPPED, answer="over before it was told")
    if says_so:
        channels = Channel.objects.filter(deliveries__in=told).select_related("person")
        _put(notice, channels, Phase.OVER, now)


def tell(notice: Notification, channel: Channel, now: datetime) -> Delivery:
    """One message over one channel, whatever its person has chosen."""
    _put(notice, [channel], Phase.BEGAN, now)
    return Delivery.objects.get(notification=notice, channel=channel, phase=Phase.BEGAN)


def _may_know(delivery: Delivery) -> bool:
    return delivery.may_have_arrived or delivery.state in (
        DeliveryState.SENT,
        DeliveryState.SENDING,
    )


def _put(notice: Notification, channels: Iterable[Channel], phase: Phase, now: datetime) -> None:
    kind = KINDS[Event(notice.event)]
    rows = []
    for channel in channels:
        due_at = due_moment(preference_of(channel.person), kind, now)
        rows.append(
            Delivery(
                notification=notice,
                channel=channel,
                phase=phase,
                due_at=due_at,
                give_up_at=due_at + GIVE_UP,
            )
        )
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        start_task(DELIVER)


def due_deliveries(now: datetime) -> list[Delivery]:
    """What is to be sent now, the oldest first. What can go nowhere today is not among it."""
    abandoned = Q(claimed_at__lte=now - CLAIM) | Q(claimed_at__gt=now + CLOCK_BACK)
    Delivery.objects.filter(abandoned, state=DeliveryState.SENDING).update(
        state=DeliveryState.WAITING, may_have_arrived=True, answer="killed while it was sent"
    )
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    waiting.filter(give_up_at__lte=now).update(state=DeliveryState.LATE)
    usable = waiting.filter(due_at__lte=now, channel__is_on=True, channel__fault="")
    return list(usable.select_related("channel__person", "notification").order_by("id"))


def claim(delivery: Delivery, now: datetime) -> bool:
    """Take it for ourselves. Of two at once one gets True."""
    free = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.WAITING)
    taken = free.filter(attempts=delivery.attempts).update(
        state=DeliveryState.SENDING, claimed_at=now, attempts=F("attempts") + 1
    )
    if taken:
        delivery.attempts += 1
        delivery.claimed_at = now
    return bool(taken)


def is_still_wanted(delivery: Delivery) -> bool | None:
    """Whether it is worth sending; None: that depends on another message still under way."""
    notice = delivery.notification
    if delivery.phase == Phase.BEGAN:
        return (
            notice.recovered_at is None and notice.acknowledged_by_id != delivery.channel.person_id
        )
    began = Delivery.objects.filter(
        notification=notice, channel=delivery.channel, phase=Phase.BEGAN
    ).first()
    if began is None:
        return False
    if began.state in OPEN and not began.may_have_arrived:
        return None
    return began.state == DeliveryState.SENT or began.may_have_arrived


def sent(delivery: Delivery, now: datetime) -> None:
    """It arrived."""
    _write(delivery, state=DeliveryState.SENT, sent_at=now, answer="")


def drop(delivery: Delivery) -> None:
    """Nobody needs it any more."""
    _write(delivery, state=DeliveryState.DROPPED)


def refuse(delivery: Delivery, answer: str) -> None:
    """It will never be taken."""
    _write(delivery, state=DeliveryState.REFUSED, answer=answer)


def put_off(
    delivery: Delivery,
    now: datetime,
    answer: str,
    *,
    wait: timedelta | None = None,
    may_have_arrived: bool = False,
) -> None:
    """Another try later: after `wait`, else each time twice as late, up to half an hour."""
    pause = min(timedelta(minutes=2 ** min(delivery.attempts - 1, 10)), LONGEST_PAUSE)
    _write(
        delivery,
        state=DeliveryState.WAITING,
        due_at=now + (pause if wait is None else wait),
        answer=answer,
        may_have_arrived=delivery.may_have_arrived or may_have_arrived,
    )


def _write(delivery: Delivery, **values: object) -> None:
    """Unless the claim was lost meanwhile: then somebody else writes."""
    mine = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.SENDING, claimed_at=delivery.claimed_at
    )
    answer = values.get("answer")
    if isinstance(answer, str):
        values["answer"] = answer[:80]
    with transaction.atomic():
        mine.update(**values)

"""What a battery last answered, as a file to show to others: nobody's addresses and names in it.

Each line is a document that `python -m batteries.marstek decode` understands.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from .last_answer import LastAnswer
from .marstek.capture import line_text
from .marstek.wire import object_of
from .masking import Masker
from .models import Battery
from .profile import battery_profile

Document = dict[str, object]


def last_answers(battery: Battery) -> list[LastAnswer]:
    """One a method and outcome, silences included, without their texts: one query."""
    rows = LastAnswer.objects.filter(battery=battery).defer("request", "answer")
    return list(rows.order_by("method", "-asked_at"))


def answers_file_name(battery: Battery, now: datetime) -> str:
    """Kind of battery and day; its name is nobody's business."""
    family = battery_profile(battery).family.replace("_", "-")
    return f"marstek-answers-{family}-{timezone.localtime(now):%Y-%m-%d}.jsonl"


def answers_file(battery: Battery) -> bytes:
    """The last answers, errors included, masked; empty where nothing was answered yet."""
    rows = LastAnswer.objects.filter(battery=battery).exclude(answer="")
    documents = [_document(battery, row) for row in rows.order_by("method", "outcome")]
    masker = _masker(battery, documents)
    for document in documents:
        masker.learn(document)
    lines = (_line(masker, document) for document in documents)
    return "".join(lines).encode()


def _document(battery: Battery, row: LastAnswer) -> Document:
    return {
        "model": battery.model or None,
        "firmware": battery.firmware,
        "request_method": row.method,
        "outcome": row.outcome,
        "asked_at": row.asked_at.isoformat(),
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "request": object_of(row.request.encode()),
        "answer": object_of(row.answer.encode()),
    }


def _masker(battery: Battery, documents: list[Document]) -> Masker:
    """Knows every battery of the household: one may say something of another."""
    known = Battery.objects.values_list("name", "ble_mac", "wifi_mac")
    kept = [battery.model, *(str(document["request_method"]) for document in documents)]
    return Masker(
        names=[name for name, _ble, _wifi in known],
        macs=[mac for _name, *macs in known for mac in macs if mac],
        kept=kept,
    )


def _line(masker: Masker, document: Document) -> str:
    masked = masker.masked(document)
    return line_text(masked) if isinstance(masked, dict) else ""

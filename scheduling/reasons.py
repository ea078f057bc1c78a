from datetime import datetime
from .intentions import Decision


def decision_sentence(row: Decision, now: datetime) -> str:
    return row.reason

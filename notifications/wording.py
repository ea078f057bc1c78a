"""What a notice says: a title and a text that names what to do, from its event and params.

Pure, in the language that is active. A title has at most 80 characters, a text at most 300. A
param that is missing or unreadable is a dash: a message never fails for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from . import figures
from .events import Event
from .models import Notification
from .phrases import OVER, TEXTS, Phrase

log = logging.getLogger(__name__)
LONGEST_TITLE, LONGEST_TEXT, LONGEST_STATES = 80, 300, 110


@dataclass(frozen=True, slots=True)
class Words:
    """A message for a person."""

    title: str
    text: str


def words(notice: Notification, *, is_over: bool = False) -> Words:
    """What this notice says; `is_over`: that it has ended."""
    event = Event(notice.event)
    spoken = Spoken(_known(notice))
    phrase = _over(event) if is_over else TEXTS[event]
    title, text = str(phrase.title) % spoken, str(phrase.text) % spoken
    if not is_over and event in SPECIAL:
        text = SPECIAL[event](spoken)
    if not is_over and event in SPECIAL_TITLES:
        title = SPECIAL_TITLES[event](spoken)
    if spoken.lacking:
        log.warning("notice %s of %s lacks %s", event, notice.subject, sorted(spoken.lacking))
    return Words(figures.short(title, LONGEST_TITLE), figures.short(text, LONGEST_TEXT))


def says_when_over(event: str) -> bool:
    """Whether people are told that this event is over."""
    return event in OVER


def _over(event: Event) -> Phrase:
    return OVER.get(event) or Phrase(TEXTS[event].title, _("This is over. Nothing to do."))


def _known(notice: Notification) -> dict[str, Any]:
    """Its params, and the moments that the row itself knows."""
    own = {"since": notice.created_at, "at": notice.recovered_at or notice.last_at}
    return {**own, **notice.params}


class Spoken(Mapping[str, str]):
    """The params of a notice, each as it is said; what is missing is noted in `lacking`."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.lacking: set[str] = set()

    def __getitem__(self, name: str) -> str:
        value = self.params.get(name)
        try:
            if value is not None:
                return SPOKEN.get(name, figures.short)(value)
        except (TypeError, ValueError, AttributeError, KeyError, InvalidOperation):
            pass
        self.lacking.add(name)
        return figures.MISSING

    def __iter__(self) -> Any:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)


def _colour(code: Any) -> str:
    words = {
        "blue": pgettext("colour", "blue"),
        "white": pgettext("colour", "white"),
        "red": pgettext("colour", "red"),
    }
    return words[str(code)]


def _wanted(code: Any) -> str:
    """What a battery shall do, after “is to”."""
    words = {
        "auto": pgettext("is to", "follow the house (Auto)"),
        "ai": pgettext("is to", "follow the vendor’s price plan (AI)"),
        "hold": pgettext("is to", "stand still"),
        "charge": pgettext("is to", "charge"),
        "discharge": pgettext("is to", "feed the house"),
    }
    return words[str(code)]


def _says(statements: Any) -> str:
    """Who says which colour: a list of {"source", "colour"}."""
    said = [f"{figures.short(s['source'])} ({_colour(s['colour'])})" for s in statements]
    return figures.listed(said, LONGEST_STATES)


def _batteries(states: Any) -> str:
    """How each battery is: a list of {"name", "mode", "soc"}; no mode: it does not answer."""
    said = [f"{figures.short(s['name'])} ({_state(s)})" for s in states]
    return figures.listed(said, LONGEST_STATES)


def _state(state: Mapping[str, Any]) -> str:
    if not state.get("mode"):
        return pgettext("battery", "silent")
    soc = state.get("soc")
    return f"{state['mode']}" if soc is None else f"{state['mode']}, {figures.percent(soc)}"


SPOKEN: dict[str, Callable[[Any], str]] = {
    "at": figures.moment,
    "batteries": _batteries,
    "before": _colour,
    "by": figures.clock,
    "colour": _colour,
    "day": figures.day,
    "free_percent": figures.percent,
    "from_at": figures.clock,
    "names": figures.names,
    "not_ready": figures.names,
    "needed_wh": figures.kilowatt_hours,
    "power_w": figures.watts,
    "saved_eur": figures.euros,
    "says": _says,
    "served_wh": figures.kilowatt_hours,
    "since": figures.moment,
    "soc": figures.percent,
    "stands_still": figures.names,
    "target": figures.percent,
    "temperature": figures.degrees,
    "until": figures.clock,
    "tried_at": figures.clock,
    "wanted": _wanted,
}


def _red_tomorrow_title(spoken: Spoken) -> str:
    if spoken.params.get("is_sure", True):
        return str(TEXTS[Event.RED_TOMORROW].title) % spoken
    return _("Possibly red: %(day)s") % spoken


def _red_tomorrow(spoken: Spoken) -> str:
    """What is done tonight, and by whom. `not_ready`: those that failed the rehearsal, an empty
    list where none did; `stands_still`: those that nobody wakes if we die."""
    if not spoken.params.get("serves", True):
        return _(
            "Red days are not served: that is switched off in the household’s settings. Charge the"
            " batteries tonight between 22:00 and 06:00, or switch it on there."
        )
    if not spoken.params.get("is_automatic", True):
        return _(
            "Automation is off: nothing is done by itself. Charge the batteries tonight between"
            " 22:00 and 06:00, or switch automation on."
        )
    plan = str(TEXTS[Event.RED_TOMORROW].text) % spoken
    not_ready, still = spoken.params.get("not_ready"), spoken.params.get("stands_still")
    if not_ready:
        failed = _("Not ready in the rehearsal: %(not_ready)s. The home page says why.")
        return f"{plan} {failed % spoken}"
    if not still:
        well = _("The rehearsal went well.") if not_ready is not None else ""
        return " ".join(part for part in (plan, well, _("Nothing to do.")) if part)
    warning = _(
        "If this machine stops tonight, at a standstill from 06:00: %(stands_still)s. Choose Auto"
        " in the Marstek app then."
    )
    return f"{plan} {warning % spoken}"


def _red_in_danger(spoken: Spoken) -> str:
    """The cause (`why`), what was tried, and the exact hand action: before 06:00 (`phase` eve) or
    after (day)."""
    why = str(spoken.params.get("why", ""))
    causes = {
        "no_answer": _("%(name)s does not answer."),
        "not_proved": _("%(name)s does not follow its orders."),
        "too_slow": _("%(name)s will be at %(soc)s at 06:00 instead of %(target)s."),
        "automation_off": _("Automation is off."),
        "hands_off": _("Hands off is in force until %(until)s."),
        "override": _("An order given by hand is in force until %(until)s."),
    }
    cause = causes.get(why, str(TEXTS[Event.RED_IN_DANGER].text)) % spoken
    action = _hand_action(why, str(spoken.params.get("phase", "eve"))) % spoken
    return " ".join(part for part in (cause, _tried(spoken), action) if part)


def _tried(spoken: Spoken) -> str:
    if "tried" not in spoken.params:
        return ""
    text = ngettext(
        "Its order was written %(tried)s time since %(tried_at)s.",
        "Its order was written %(tried)s times since %(tried_at)s.",
        int(spoken.params["tried"]),
    )
    return text % spoken


def _hand_action(why: str, phase: str) -> str:
    if why == "automation_off":
        return _("Switch automation on, on the home page.")
    if why in ("hands_off", "override"):
        return _("End it on the home page.")
    if phase == "day":
        return _("Now, in the Marstek app: open %(name)s and choose Auto.")
    return _(
        "Now, in the Marstek app: open %(name)s, choose Manual, and let it charge at full power"
        " until 06:00. At 06:00 choose Auto there."
    )


SPECIAL: dict[Event, Callable[[Spoken], str]] = {
    Event.RED_TOMORROW: _red_tomorrow,
    Event.RED_IN_DANGER: _red_in_danger,
}
SPECIAL_TITLES: dict[Event, Callable[[Spoken], str]] = {Event.RED_TOMORROW: _red_tomorrow_title}

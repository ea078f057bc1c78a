"""Counts of what passed through the gateway, for the health page and for tests."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Stats:
    """Datagrams since the gateway was made. Everything from `malformed` on was dropped."""

    sent: int = 0
    received: int = 0
    answered: int = 0
    timed_out: int = 0
    malformed: int = 0  # no answer at all: garbage, cut off, too long
    echoed: int = 0  # a request that came back, mostly our own broadcast
    foreign: int = 0  # from an address that nobody asked
    late: int = 0  # to an attempt that was given up
    duplicate: int = 0  # to an attempt that was answered
    unmatched: int = 0  # with an id that was never sent there

    @property
    def dropped(self) -> int:
        """Received, and of no use."""
        return (
            self.malformed
            + self.echoed
            + self.foreign
            + self.late
            + self.duplicate
            + self.unmatched
        )

    def counts(self) -> dict[str, int]:
        """All of them by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

"""Firewalls of this machine, as far as somebody who is not root can tell: there or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Firewall:
    """One that may drop what batteries answer, and the command that shows its rules."""

    name: str
    look: str


def firewalls(root: Path = Path("/")) -> list[Firewall]:
    """Those that are switched on; the friendliest to read first. Rules only root may see."""
    return list(_firewalls(root))


def _firewalls(root: Path) -> Iterator[Firewall]:
    if "ENABLED=yes" in _lines(root / "etc/ufw/ufw.conf"):
        yield Firewall("ufw", "sudo ufw status verbose")
    if any("firewalld" in _lines(comm) for comm in root.glob("proc/[0-9]*/comm")):
        yield Firewall("firewalld", "sudo firewall-cmd --list-all")
    modules = {line.split()[0] for line in _lines(root / "proc/modules") if line.strip()}
    if "nf_tables" in modules:
        yield Firewall("nftables", "sudo nft list ruleset")
    if "iptable_filter" in modules or "filter" in _lines(root / "proc/net/ip_tables_names"):
        yield Firewall("iptables", "sudo iptables -S INPUT")


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return []

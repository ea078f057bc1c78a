"""The batteries that a demonstration starts with."""

from __future__ import annotations

from ipaddress import IPv4Address

from batteries.models import Battery

NAMES = ("Garage", "Cave", "Atelier")


def register_demo_batteries(first_address: str, first_port: int) -> None:
    """Register the simulated batteries once: a person may rename, retire and delete them."""
    if Battery.objects.exists():
        return
    Battery.objects.bulk_create(
        Battery(
            name=name,
            ip_address=str(IPv4Address(first_address) + number),
            udp_port=first_port + number,
        )
        for number, name in enumerate(NAMES)
    )

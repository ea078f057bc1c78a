"""Where the site is reached: for a person who reads it from a log and types it on a phone."""

from __future__ import annotations

import ipaddress

from django.conf import settings

from batteries.networks import interface_address, lan_interfaces

__all__ = ["interface_address", "lan_addresses", "site_urls"]


def site_urls() -> list[str]:
    """Addresses without a final slash, the best first: PUBLIC_URL, or where we listen."""
    if settings.PUBLIC_URL:
        return [settings.PUBLIC_URL]
    host, _, port = settings.WEB_BIND.rpartition(":")
    if ipaddress.ip_address(host.strip("[]")).is_unspecified:
        return [f"http://{address}:{port}" for address in ["127.0.0.1", *lan_addresses()]]
    return [f"http://{host}:{port}"]


def lan_addresses() -> list[str]:
    """This machine's IPv4 addresses, loopback and container bridges aside."""
    return [str(interface.ip) for interface in lan_interfaces()]

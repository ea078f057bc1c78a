"""Addresses and names out of what devices say: the same original always gives the same stand-in.

Stand-ins keep the form of what they stand for, so a masked answer decodes like the original: MACs
become locally administered ones, addresses those that are reserved for documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from .marstek.values import Mode

MAC = re.compile(
    r"(?<![0-9a-f])(?:[0-9a-f]{12}|[0-9a-f]{2}([:. -])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![0-9a-f])",
    re.IGNORECASE,
)
IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
IPV6 = re.compile(r"(?<![0-9a-f:])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*(?![0-9a-f:])", re.IGNORECASE)
TELLS_NOTHING = re.compile(r"0+(?:\.0+){3}|255\.[\d.]+")  # no address, and masks of a network
PRIVATE_KEY = re.compile(
    r"ssid|name|serial|^sn$|user|mail|account|token|passw|location", re.IGNORECASE
)
WHOLE_WORD_BELOW = 4  # a short name is part of too many words


class Masker:
    """Masks JSON documents with one memory of stand-ins.

    `names` and `macs` are known before; words in `kept`, such as the model, stay readable.
    """

    def __init__(
        self, names: Iterable[str] = (), macs: Iterable[str] = (), kept: Iterable[str] = ()
    ) -> None:
        self._kept = [word.casefold() for word in (*Mode, *kept)]
        self._macs: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for name in names:
            self._stand_in(name)
        for mac in macs:
            self._mac_stand_in(mac)

    def learn(self, document: object) -> None:
        """Remember what is private in a document, to know it again wherever it stands."""
        self.masked(document)

    def masked(self, document: object, *, is_private: bool = False) -> object:
        """The document with stand-ins in its texts; `is_private`: each text is a name."""
        if isinstance(document, dict):
            return {
                self._without_addresses(key): self.masked(
                    value, is_private=is_private or bool(PRIVATE_KEY.search(key))
                )
                for key, value in document.items()
            }
        if isinstance(document, list):
            return [self.masked(item, is_private=is_private) for item in document]
        if not isinstance(document, str) or not document:
            return document
        return self._stand_in(document) if is_private else self._text(document)

    def _text(self, text: str) -> str:
        text = self._without_addresses(text)
        names = [name for name in self._names if name not in self._kept]
        if not names:
            return text
        pattern = "|".join(map(self._pattern, sorted(names, key=len, reverse=True)))
        return re.sub(pattern, lambda found: self._stand_in(found[0]), text, flags=re.IGNORECASE)

    def _pattern(self, name: str) -> str:
        """For a name anywhere in a text; as a word of its own where it is short, or a part of a
        word that is kept."""
        is_part = len(name) < WHOLE_WORD_BELOW or any(name in word for word in self._kept)
        return rf"(?<!\w){re.escape(name)}(?!\w)" if is_part else re.escape(name)

    def _stand_in(self, name: str) -> str:
        return self._names.setdefault(name.casefold(), f"name-{len(self._names) + 1}")

    def _without_addresses(self, text: str) -> str:
        text = MAC.sub(lambda found: self._mac_stand_in(found[0]), text)
        for mac, stand_in in self._macs.items():  # also within longer numbers
            text = re.sub(mac, stand_in, text, flags=re.IGNORECASE)
        return IPV6.sub(self._ipv6, IPV4.sub(self._ipv4, text))

    def _mac_stand_in(self, mac: str) -> str:
        plain = re.sub(r"[:. -]", "", mac).lower()
        if not plain.strip("0") or plain in self._macs.values():
            return mac
        return self._macs.setdefault(plain, f"02{len(self._macs) + 1:010d}")

    def _ipv4(self, found: re.Match[str]) -> str:
        if TELLS_NOTHING.fullmatch(found[0]):
            return found[0]
        plain = ".".join(str(int(octet)) for octet in found[0].split("."))
        return self._addresses.setdefault(plain, f"192.0.2.{len(self._addresses) + 1}")

    def _ipv6(self, found: re.Match[str]) -> str:
        try:
            address = ip_address(found[0])
        except ValueError:
            return found[0]  # a time of day, mostly
        if address == IPv6Address(0):
            return found[0]
        return self._addresses.setdefault(str(address), f"2001:db8::{len(self._addresses) + 1}")

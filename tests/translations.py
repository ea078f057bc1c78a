"""French messages without GNU gettext: `python -m tests.translations update|check`.

`update` reads every message out of code and templates, keeps the translations that still belong to
one, drops the others, and writes locale/fr/LC_MESSAGES/django.po and .mo. `check` changes nothing
and exits with 1 where a message has no French, is no longer used or loses a placeholder, or where
the files are not what `update` would write.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
PO_PATH = BASE_DIR / "locale" / "fr" / "LC_MESSAGES" / "django.po"
FIRST_DAY = datetime(2026, 11, 23, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|<[^>]+>")
CODE_DIRS = ("marstek_site", "scheduling", "batteries", "tempo", "notifications")
ONE, MANY, IN_CONTEXT, MANY_IN_CONTEXT = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {
    name + lazy: arguments
    for lazy in ("", "_lazy")
    for name, arguments in {
        "gettext": ONE,
        "ngettext": MANY,
        "pgettext": IN_CONTEXT,
        "npgettext": MANY_IN_CONTEXT,
    }.items()
} | {"_": ONE, "gettext_noop": ONE}


def sources() -> Iterator[Path]:
    """Every Python file of ours and every template."""
    for name in CODE_DIRS:
        yield from sorted((BASE_DIR / name).rglob("*.py"))
    yield from sorted((BASE_DIR / "templates").rglob("*.html"))


def as_python(path: Path) -> bytes:
    """The file as the extractor takes it: of a template, Django leaves only the calls."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".html":
        return text.encode()
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.strip() for line in lines).encode()  # indentation would be Python's


def used_messages() -> Catalog:
    """What code and templates ask a translation for, with the files that do."""
    used = Catalog(locale="fr", charset="utf-8")
    for path in sources():
        place = path.relative_to(BASE_DIR).as_posix()
        found = extract("python", io.BytesIO(as_python(path)), keywords=KEYWORDS)
        for _line, message, _comments, context in found:
            used.add(message, locations=[(place, 0)], context=context)
    return used


def kept_translations() -> Catalog:
    """The catalogue as it is committed; empty at first."""
    if not PO_PATH.exists():
        return Catalog(locale="fr", charset="utf-8")
    return read_po(io.BytesIO(PO_PATH.read_bytes()), locale="fr")


def empty_catalog() -> Catalog:
    """A catalogue whose header never changes, so that only messages make a difference."""
    return Catalog(
        locale="fr",
        project="Marstek batteries",
        version="1",
        header_comment="# French. Written by `python -m tests.translations update`.",
        msgid_bugs_address="none",
        last_translator="the team <none>",
        language_team="French <none>",
        creation_date=FIRST_DAY,
        revision_date=FIRST_DAY,
        charset="utf-8",
        fuzzy=False,
    )


def merged() -> Catalog:
    """Every used message, with the French that is known."""
    used, kept = used_messages(), kept_translations()
    result = empty_catalog()
    for message in used:
        if message.id:
            old = kept.get(message.id, message.context)
            string = old.string if old is not None else ""
            result.add(
                message.id,
                string,
                locations=sorted(set(message.locations)),
                context=message.context,
            )
    return result


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as text, in an order that does not depend on line numbers."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=96, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalogue as Django loads it."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def problems() -> Iterator[str]:
    """What keeps French from being complete, one line each."""
    catalog = merged()
    wanted = {(message.id, message.context) for message in catalog}
    for message in catalog:
        yield from _problems_of(message)
    for message in kept_translations():
        if (message.id, message.context) not in wanted:
            yield f"no longer used: {message.id!r}"
    if not PO_PATH.exists() or PO_PATH.read_bytes() != po_bytes(catalog):
        yield f"{PO_PATH.name} is not up to date"
    elif PO_PATH.with_suffix(".mo").read_bytes() != mo_bytes(catalog):
        yield "django.mo is not what django.po gives"


def _problems_of(message: Message) -> Iterator[str]:
    if not message.id:
        return
    english = message.id if isinstance(message.id, str) else message.id[-1]
    string = message.string or ""
    for french in [string] if isinstance(string, str) else string:
        if not french:
            yield f"no French: {english!r}"
        elif set(PLACEHOLDER.findall(french)) != set(PLACEHOLDER.findall(english)):
            yield f"other placeholders in French: {english!r}"


def update() -> list[str]:
    """Write both files; the problems that are left."""
    catalog = merged()
    PO_PATH.parent.mkdir(parents=True, exist_ok=True)
    PO_PATH.write_bytes(po_bytes(catalog))
    PO_PATH.with_suffix(".mo").write_bytes(mo_bytes(catalog))
    return list(problems())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["update", "check"])
    what = parser.parse_args(arguments).what
    found = update() if what == "update" else list(problems())
    for problem in found:
        sys.stderr.write(f"translations: {problem}\n")
    if found and what == "check":
        sys.stderr.write("translations: run `python -m tests.translations update`, then fill in\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What `manage.py up` hands over: read from the settings there, plain words here."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass

SIMULATED = 3


@dataclass(frozen=True)
class Options:
    """What to run."""

    bind: str
    is_demo: bool
    demo_address: str
    demo_port: int
    is_json: bool


def parse(words: list[str] | None = None) -> Options:
    """Options from the command line that `as_words` made."""
    parser = ArgumentParser(prog="marstek_site.launcher")
    parser.add_argument("--bind", required=True)
    parser.add_argument("--demo", dest="is_demo", action="store_true")
    parser.add_argument("--demo-address", default="127.0.0.11")
    parser.add_argument("--demo-port", type=int, default=30001)
    parser.add_argument("--json", dest="is_json", action="store_true")
    return Options(**vars(parser.parse_args(words)))


def as_words(options: Options) -> list[str]:
    """The command line of these options."""
    words = ["--bind", options.bind]
    words += ["--demo-address", options.demo_address, "--demo-port", str(options.demo_port)]
    return words + ["--demo"] * options.is_demo + ["--json"] * options.is_json

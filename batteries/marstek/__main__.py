"""`python -m batteries.marstek decode FILE`: captured answers in, typed values out.

One JSON document a line on stdout. A broken line gives a document with `error`; then the exit code
is 1, with one line on stderr. FILE "-" is standard input.
"""

import argparse
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Sequence
from pathlib import Path

from .capture import LineBroken, decoded_line, line_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _decode_file(options.file)
    except BrokenPipeError:  # the reader went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"{options.file} cannot be read: {error.strerror or error}\n")
        return 1


def _decode_file(name: str) -> int:
    if name == "-":
        return _decode_lines(sys.stdin.buffer)
    with Path(name).open("rb") as lines:
        return _decode_lines(lines)


def _decode_lines(lines: Iterable[bytes]) -> int:
    broken = 0
    for number, read in enumerate(lines, start=1):
        line = read.removeprefix(BOM_UTF8)  # editors on Windows begin files with one
        if not line.strip():
            continue
        try:
            document = {"line": number} | decoded_line(line)
        except LineBroken as error:
            broken += 1
            document = {"line": number, "error": str(error)}
        sys.stdout.write(line_text(document))
    sys.stdout.flush()
    if broken:
        noun = "line is" if broken == 1 else "lines are"
        sys.stderr.write(f"{broken} {noun} no captured answer: see error in the output\n")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m batteries.marstek", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    decode = commands.add_parser("decode", help="captured answers into typed values")
    decode.add_argument("file", help='one captured answer a line; "-" is standard input')
    return parser


if __name__ == "__main__":
    sys.exit(main())

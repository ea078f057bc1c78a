"""compose.yaml for real: `python -m tests.compose.run` where a container engine can be had.

Builds the image from the Dockerfile, starts the whole stack, logs in, finds a simulated battery
on the host's loopback, sees it polled and orders it through the worker on the host's network,
stops and kills and restarts every service, and prints what happened when. Not part of `make test`:
it lasts a quarter of an hour. DOCKER_HOST names another engine.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial

from tests.compose import images
from tests.compose.battery import (
    NAME,
    await_shown,
    enter,
    find,
    free_port,
    has_row,
    now,
    order_by_command,
    order_by_page,
    simulated_battery,
)
from tests.compose.engine import (
    Failed,
    Stack,
    build,
    compose_program,
    docker,
    engine_version,
    until,
)
from tests.compose.transcript import say, since
from tests.compose.visitor import Visitor

IMAGE = "marstek-site"
PROJECT = f"marstek-try-{os.getpid()}"
OURS = ("web", "devices", "worker", "beat", "bot")  # bot waits for a token
SERVICES = ("db", "redis", *OURS)
LISTENS = re.compile(r"^\s*\d+: \S+ \S+ 0A ", re.MULTILINE)  # a line of /proc/net/tcp
KEY = (
    "import hashlib; from marstek_site import settings;"
    "print(hashlib.sha256(settings.SECRET_KEY.encode()).hexdigest())"
)


def main() -> None:
    """The story; its end code is 0 where all went well, or where there is no engine or Compose."""
    try:
        engine, program = engine_version(), compose_program()
    except Failed as error:
        say(f"SKIPPED: {error}")
        return
    say(f"engine {engine}, {' '.join(program)}")
    try:
        tell(program)
    except Failed as error:
        sys.exit(f"FAILED: {error}")
    say("all went well")


def tell(program: list[str]) -> None:
    """Everything from the images to the end. Raises Failed."""
    servers = images.provide()
    say(f"images: {' '.join(servers.values())}")
    port = free_port(socket.SOCK_STREAM)
    given = {"GATEWAY_BIND_ADDRESS": "127.0.0.1", "WEB_BIND": f"127.0.0.1:{port}"}
    stack = Stack(program, PROJECT, servers | given)
    stack.compose("build", within_s=1800)
    size_mb = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) / 1e6
    say(f"image built: {size_mb:.0f} MB")
    share_one_secret()
    try:
        live(stack)
    except Failed:
        sys.stdout.write(stack.compose("logs", "--tail", "30") + "\n")
        raise
    finally:
        stack.compose("down", "--volumes", "--timeout", "30")
        say("stopped, volumes removed")


def live(stack: Stack) -> None:
    """The life of one stack. Raises Failed."""
    stack.compose("up", "-d", within_s=300)
    say("up")
    stack.await_health("web")
    closed_to_the_network(stack)
    confined(stack)
    visitor = log_in(stack)
    with simulated_battery(IMAGE) as battery:
        find(visitor, battery)
        enter(stack, visitor, battery)
        order_by_command(stack, visitor, battery, -500)
        order_by_page(stack, visitor, battery, 600)
        stack.await_health(*SERVICES)
        say("healthy: " + " ".join(SERVICES))
        for service in OURS:
            restart(stack, visitor, service)
        kill(stack, visitor, "devices")
        lose(stack, visitor, "db", {"web": "/healthz answers 503", "devices": "not held for 15 s"})
        lose(stack, visitor, "redis", {"web": "/healthz answers 503", "worker": "for 30 s"})
        reboot(stack, visitor)
        update(stack, visitor)
        say("after all of that the order of two hours is still in force:")
        await_shown(visitor, battery, 600, time.monotonic())
    say(memory(stack))


def share_one_secret() -> None:
    """Six containers at once on an empty state volume make one key."""
    volume = f"{PROJECT}-secret"
    docker("volume", "create", volume)
    words = ("docker", "run", "--rm", "--volume", f"{volume}:/var/lib/marstek", IMAGE)
    try:
        runs = [
            subprocess.Popen([*words, "python", "-c", KEY], stdout=subprocess.PIPE)
            for _number in range(6)
        ]
        keys = {run.communicate(timeout=120)[0] for run in runs}
        mode = docker(*words[1:], "stat", "-c", "%U %a", "/var/lib/marstek/secret_key")
    finally:
        docker("volume", "rm", volume)
    if len(keys) != 1 or len(keys.pop()) != 65 or mode != "marstek 600":
        raise Failed(f"six first starts at once did not make one key (file: {mode})")
    say("six first starts at once share one secret, of mode 600")


def closed_to_the_network(stack: Stack) -> None:
    """PostgreSQL and Redis listen on no port of any network, and nothing is published."""
    for service in ("db", "redis"):
        listening = LISTENS.findall(stack.inside(service, "cat", "/proc/net/tcp", "/proc/net/tcp6"))
        if listening or stack.facts(service)["HostConfig"]["NetworkMode"] != "none":
            raise Failed(f"{service} listens on the network: {listening}")
    published = {one: docker("port", stack.container(one)) for one in SERVICES}
    if any(published.values()):
        raise Failed(f"ports are published: {published}")
    say("db and redis listen on no port; no port is published")


def confined(stack: Stack) -> None:
    """Our processes are no root, and write nothing but their own state."""
    for service in OURS:
        facts = stack.facts(service)["HostConfig"]
        user = stack.inside(service, "id", "-u")
        if user == "0" or not facts["ReadonlyRootfs"] or facts["CapDrop"] != ["ALL"]:
            raise Failed(f"{service} may do more than it needs (user {user})")
    with suppress(Failed):
        stack.inside("web", "touch", "/app/manage.py", "/run/redis/x", "/run/postgresql/x")
        raise SystemExit("FAILED: web can write outside its state")
    say("our processes: no root, no capabilities, read-only")


def log_in(stack: Stack) -> Visitor:
    """By the one-time link of a command; the first start has printed one too."""
    if "/welcome/" not in stack.compose("logs", "migrate"):
        raise Failed("the first start printed no link")
    words = ("python", "manage.py", "login_link", "--json")
    visitor = Visitor(json.loads(stack.inside("web", *words))["url"])
    if "anna" not in visitor.get("/"):
        raise Failed("the home page does not know who logged in")
    say("logged in through a one-time link")
    return visitor


def restart(stack: Stack, visitor: Visitor, service: str) -> None:
    """One of our processes ends cleanly and comes again."""
    began_s = time.monotonic()
    stack.compose("restart", "--timeout", "30", service)
    restarted_s = time.monotonic() - began_s
    recover(stack, visitor, by_itself=service == "beat")
    say(f"{service} restarted in {restarted_s:.0f} s, all well {since(began_s)} after the word")


def kill(stack: Stack, visitor: Visitor, service: str) -> None:
    """One of our processes dies; the engine starts it again."""
    began_s = time.monotonic()
    with suppress(Failed):  # it takes the command along
        stack.inside(service, "sh", "-c", "kill -9 -1")
    until(lambda: stack.facts(service)["RestartCount"], within_s=30, what="a start by the engine")
    recover(stack, visitor)
    say(f"{service} killed with -9, started again by the engine, all well {since(began_s)} later")


def lose(stack: Stack, visitor: Visitor, service: str, complaints: dict[str, str]) -> None:
    """A server goes away: health checks say so. It comes back: all goes on by itself."""
    stack.compose("stop", service)
    for one, words in complaints.items():
        until(lambda: words in stack.check(one), within_s=60, what=f"{one} says {words!r}")  # noqa: B023
    began_s = time.monotonic()
    stack.compose("start", service)
    recover(stack, visitor)
    said = ", ".join(f"{one}: {words}" for one, words in complaints.items())
    say(f"{service} away ({said}); back, all well {since(began_s)} later")


def reboot(stack: Stack, visitor: Visitor) -> None:
    """All containers at once and in no order, as after a power cut."""
    began_s = time.monotonic()
    containers = [stack.container(service) for service in reversed(SERVICES)]
    docker("kill", *containers)
    docker("start", *containers)
    recover(stack, visitor, by_itself=True)
    say(f"all killed and started at once, all well {since(began_s)} later")
    stack.await_health(*SERVICES)
    say("healthy: " + " ".join(SERVICES))


def update(stack: Stack, visitor: Visitor) -> None:
    """A new image, and `up -d` again, as docs/operations.md says: nothing is lost."""
    began_s, former = time.monotonic(), [stack.container(one) for one in SERVICES]
    build("--tag", IMAGE, "--label", f"try={PROJECT}", ".")
    stack.compose("up", "-d", within_s=300)
    recover(stack, visitor, by_itself=True)
    left = [one for one, old in zip(SERVICES, former, strict=True) if stack.container(one) == old]
    if left != ["db", "redis"]:
        raise Failed(f"the update left as they were: {left}")
    say(f"updated: our four replaced, the servers left alone, all well {since(began_s)} later")


def recover(stack: Stack, visitor: Visitor, *, by_itself: bool = False) -> None:
    """Every check is content, the session still holds, and a poll goes all the way.

    `by_itself` waits for the poll that the clock asks for; else a command asks through the queue.
    """
    began = until(partial(clock, stack), within_s=60, what="the database answers")
    for one in OURS:
        until(lambda: not stack.check(one), within_s=150, what=f"{one} is well")  # noqa: B023
    if "anna" not in visitor.get("/"):
        raise Failed("the session is lost")
    if not by_itself:
        stack.inside("worker", "python", "manage.py", "poll_batteries", NAME)
    until(partial(has_row, stack, began), within_s=150, what="a new row of the battery")


def clock(stack: Stack) -> str:
    """The database's clock; empty where it does not answer."""
    with suppress(Failed):
        return now(stack)
    return ""


def memory(stack: Stack) -> str:
    """What each container holds."""
    names = [stack.container(service) for service in SERVICES]
    form = "{{.MemUsage}}"
    held = docker("stats", "--no-stream", "--format", form, *names).splitlines()
    words = [f"{one} {text.split()[0]}" for one, text in zip(SERVICES, held, strict=True)]
    return "memory: " + ", ".join(words)


if __name__ == "__main__":
    main()

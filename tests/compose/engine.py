"""The container engine and one stack on it, by their command lines."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from marstek_site.paths import BASE_DIR

Found = TypeVar("Found")


class Failed(Exception):
    """A step of the story ended otherwise than it must."""


def run(*words: str, within_s: float = 60, **environment: str) -> str:
    """What a command says on stdout. Raises Failed with its last lines where it fails."""
    try:
        done = subprocess.run(
            words,
            cwd=BASE_DIR,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failed(f"{' '.join(words[:6])} ended with {done.returncode}:\n{last}")
    return done.stdout.strip()


def docker(*words: str, within_s: float = 60) -> str:
    """What `docker ...` says. The engine is the one of DOCKER_HOST, else the machine's."""
    return run("docker", *words, within_s=within_s)


def build(*words: str) -> str:
    """`docker build ...` with the builder that needs no plugin."""
    return run("docker", "build", "--quiet", *words, within_s=1800, DOCKER_BUILDKIT="0")


def engine_version() -> str:
    """The engine's version and processor. Raises Failed where none answers."""
    try:
        return docker("version", "--format", "{{.Server.Version}} {{.Server.Arch}}")
    except Failed as error:
        raise Failed(f"no container engine answers: {error}") from error


def compose_program() -> list[str]:
    """`docker compose` where it is installed, else `docker-compose`. Raises Failed without."""
    try:
        docker("compose", "version")
    except Failed as error:
        if not shutil.which("docker-compose"):
            raise Failed("Compose is missing: apt-get install docker-compose") from error
        return ["docker-compose"]
    return ["docker", "compose"]


def until(look: Callable[[], Found], *, within_s: float, what: str) -> Found:
    """The first true thing that `look` returns. Raises Failed after `within_s`."""
    deadline_s = time.monotonic() + within_s
    while not (found := look()):
        if time.monotonic() > deadline_s:
            raise Failed(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.5)  # there is nothing to wait on: the engine is asked over its command line
    return found


@dataclass(frozen=True)
class Stack:
    """The services of compose.yaml as one project of its own."""

    program: list[str]
    project: str
    environment: dict[str, str]

    def compose(self, *words: str, within_s: float = 120) -> str:
        """What Compose says to these words."""
        project = ("--project-name", self.project)
        quiet = {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0", **self.environment}
        return run(*self.program, *project, *words, within_s=within_s, **quiet)

    def inside(self, service: str, *words: str) -> str:
        """What a command in a service's container says."""
        return self.compose("exec", "-T", service, *words)

    def container(self, service: str) -> str:
        """The identity of a service's container."""
        return self.compose("ps", "-q", service)

    def facts(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container."""
        facts: list[dict[str, Any]] = json.loads(docker("inspect", self.container(service)))
        return facts[0]

    def health(self, service: str) -> str:
        """starting, healthy or unhealthy, as the container's health check found."""
        return str(self.facts(service)["State"]["Health"]["Status"])

    def check(self, service: str) -> str:
        """The same check of one of our own processes, made now: what is wrong, or nothing."""
        try:
            self.inside(service, "marstek_site/healthy", service)
        except Failed as error:
            return str(error).splitlines()[-1]
        return ""

    def query(self, sql: str) -> str:
        """What the database answers."""
        return self.inside("db", "psql", "-U", "marstek", "-Atc", sql)

    def await_health(self, *services: str, within_s: float = 240) -> None:
        """Wait until the health checks of all these say so. Raises Failed."""
        for service in services:
            until(
                lambda name=service: self.health(name) == "healthy",  # type: ignore[misc]
                within_s=within_s,
                what=f"{service} is healthy",
            )

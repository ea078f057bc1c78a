"""The images that compose.yaml and the Dockerfile name: had, pulled, or stand-ins made here.

The stand-in for Debian is made by debootstrap as Debian's own image is, and carries this machine's
package sources and certificates, so that the shipped Dockerfile builds on it as it is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from marstek_site.paths import BASE_DIR
from tests.compose.engine import Failed, build, docker, run

DEBIAN = "debian:bookworm-slim"
POSTGRES, REDIS = "postgres:17-bookworm", "redis:7-bookworm"
STANDINS = BASE_DIR / "tests" / "compose" / "standins"
CERTIFICATES = Path("/usr/local/share/ca-certificates")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
SOURCES = ("sources.list", "sources.list.d/debian.sources", "apt.conf.d/80proxy")
PIP_CONF = "[global]\ncert = /etc/host-certificates.pem\n"


def provide() -> dict[str, str]:
    """The images of the servers, as compose.yaml's variables name them. Raises Failed."""
    if not is_here(DEBIAN):
        make_debian()
    return {
        "POSTGRES_IMAGE": server_image(POSTGRES, "postgres"),
        "REDIS_IMAGE": server_image(REDIS, "redis"),
    }


def is_here(image: str) -> bool:
    """Whether the engine has the image, or can pull it."""
    for words in (("image", "inspect", image), ("pull", "--quiet", image)):
        try:
            docker(*words, within_s=900)
        except Failed:
            continue
        return True
    return False


def server_image(official: str, kind: str) -> str:
    """The official image, or the name of a stand-in that was built for it."""
    if is_here(official):
        return official
    name = f"marstek-standin-{kind}"  # never the official name: other stacks may use this engine
    build("--tag", name, "--file", str(STANDINS / f"Dockerfile.{kind}"), str(STANDINS))
    return name


def make_debian() -> None:
    """Debian 12 by debootstrap, under the name that the Dockerfile starts from."""
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        raise Failed(f"{DEBIAN} cannot be pulled; root and debootstrap are needed to make one")
    with tempfile.TemporaryDirectory(prefix="marstek-debian-") as name:
        root = Path(name)
        run("debootstrap", "--variant=minbase", "bookworm", name, within_s=900)
        lay_over(root)
        for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / folder)
            (root / folder).mkdir()
        import_tree(root)


def lay_over(root: Path) -> None:
    """This machine's package sources and certificates: what makes a build possible just here."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name in SOURCES:
        if (Path("/etc/apt") / name).is_file():
            shutil.copy(Path("/etc/apt") / name, root / "etc/apt" / name)
    own = root / str(CERTIFICATES).lstrip("/")
    if CERTIFICATES.is_dir():
        shutil.copytree(CERTIFICATES, own, dirs_exist_ok=True)
    if BUNDLE.is_file():
        shutil.copy(BUNDLE, root / "etc/host-certificates.pem")
        index = os.environ.get("PIP_INDEX_URL", "")
        (root / "etc/pip.conf").write_text(PIP_CONF + (f"index-url = {index}\n" if index else ""))


def import_tree(root: Path) -> None:
    """A folder as an image. Raises Failed."""
    with tempfile.NamedTemporaryFile(prefix="marstek-debian-", suffix=".tar") as archive:
        run("tar", "-C", str(root), "-cf", archive.name, ".", within_s=300)
        docker("import", archive.name, DEBIAN, within_s=300)

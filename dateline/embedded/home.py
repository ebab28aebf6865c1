"""Builds what the servers need besides the fetched jars, once, in the user's cache.

    servers-<key>/
      lib/              the entitlement jar without its module descriptor
      classes/          our main classes, compiled
      modules/          the bundles that Elasticsearch loads:
        transport-netty4/  its HTTP layer, links to fetched jars
        dateline/          our plugin: language analysis and GET /

The key is a hash of all that goes in, so a changed source or lock file builds another one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import EmbeddedError
from .jars import LOCK_FILE, cache_dir, jars_of, version_of
from .java_runtime import OLDEST, find_java, java_environment
from .locks import held

SOURCES = Path(__file__).with_name("java")
ENTITLEMENT = "elasticsearch-entitlement"

_DESCRIPTOR = """\
name={name}
description={description}
version={version}
elasticsearch.version={version}
java.version={java}
classname={classname}
"""


@dataclass(frozen=True, slots=True)
class Home:
    """A built home, and the paths that a command line needs from it."""

    root: Path

    @property
    def kafka_class_path(self) -> str:
        """For ``-cp``."""
        jars = (str(jar.path) for jar in jars_of("kafka"))
        return os.pathsep.join([str(self.root / "classes"), *jars])

    @property
    def elasticsearch_class_path(self) -> str:
        """For ``-cp``: the main class only, the rest are modules."""
        return str(self.root / "classes")

    @property
    def elasticsearch_module_path(self) -> str:
        """For ``--module-path``."""
        jars = [j.path for j in jars_of("elasticsearch") if j.artifact != ENTITLEMENT]
        return os.pathsep.join([*map(str, jars), str(self.root / "lib" / f"{ENTITLEMENT}.jar")])


def _sources() -> list[Path]:
    return sorted(SOURCES.rglob("*.java"))


@cache
def home_key() -> str:
    """What the built home depends on, as a short hash: this file, the lock file, the sources."""
    digest = hashlib.sha256()
    for path in (Path(__file__), LOCK_FILE, *_sources()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def home_dir() -> Path:
    """Where the home is or will be built."""
    return cache_dir() / f"servers-{home_key()}"


def ensure_home(report: Callable[[str], None] | None = None) -> Home:
    """The home, built if need be from jars that lie in the cache. Raises EmbeddedError."""
    target = home_dir()
    try:
        if not target.is_dir():
            with held(cache_dir() / "home.lock"):
                if not target.is_dir():
                    if report is not None:
                        report("building the servers' home, once")
                    _build(target)
    except OSError as error:
        raise EmbeddedError(
            f"cannot build the servers' home in the cache folder {cache_dir()}",
            found=str(error),
            expected="a folder that this user may read and write, with a few MB free",
            remedy="mend its permissions, make room, or let XDG_CACHE_HOME name another folder",
        ) from error
    return Home(target)


def _build(target: Path) -> None:
    # A name that no other process uses, and one rename at the end: never half a home.
    work = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        work.chmod(0o755)
        _compile(work / "classes")
        (work / "lib").mkdir()
        _without_descriptor(
            next(j.path for j in jars_of("elasticsearch") if j.artifact == ENTITLEMENT),
            work / "lib" / f"{ENTITLEMENT}.jar",
        )
        _transport_bundle(work / "modules" / "transport-netty4")
        _plugin_bundle(work / "modules" / "dateline", work / "classes")
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _compile(classes: Path) -> None:
    """All sources at once; the class paths of both servers do not contradict each other."""
    compiler = jars_of("compiler")[0].path
    class_path = [j.path for role in ("kafka", "elasticsearch") for j in jars_of(role)]
    command = [
        str(find_java().executable),
        *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(compiler)),
        "org.eclipse.jdt.internal.compiler.batch.Main",
        *("-source", str(OLDEST), "-target", str(OLDEST), "-encoding", "UTF-8"),
        *("-nowarn", "-proc:none", "-d", str(classes)),
        *("-cp", os.pathsep.join(map(str, class_path))),
        *map(str, _sources()),
    ]
    run = subprocess.run(
        command,
        env=java_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if run.returncode != 0:
        raise EmbeddedError(
            "cannot compile the servers' wrapper classes",
            found=(run.stderr or run.stdout).strip()[-4000:],
            remedy="this is a fault of Dateline: please report it with this text",
        )


def _without_descriptor(source: Path, target: Path) -> None:
    """A copy of the entitlement jar as an automatic module of the same name.

    Its descriptor requires ``jdk.jdi`` and ``jdk.jlink``, which a small runtime lacks. Nothing
    that needs them is ever started here.
    """
    manifest = "Manifest-Version: 1.0\r\nAutomatic-Module-Name: org.elasticsearch.entitlement\r\n"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("META-INF/MANIFEST.MF", manifest + "\r\n")
        for entry in old.infolist():
            if entry.filename not in ("META-INF/MANIFEST.MF", "module-info.class"):
                new.writestr(entry, old.read(entry), zipfile.ZIP_STORED)


def _transport_bundle(folder: Path) -> None:
    folder.mkdir(parents=True)
    for jar in jars_of("transport"):
        # Relative, so that the cache may be moved; a link, so that a refetched jar is seen.
        (folder / jar.name).symlink_to(Path("../../..") / jar.path.relative_to(cache_dir()))
    descriptor = _DESCRIPTOR.format(
        name="transport-netty4",
        description="HTTP and transport over Netty",
        version=version_of("elasticsearch"),
        java=OLDEST,
        classname="org.elasticsearch.transport.netty4.Netty4Plugin",
    )
    (folder / "plugin-descriptor.properties").write_text(
        descriptor + "modulename=org.elasticsearch.transport.netty4\n", encoding="utf-8"
    )


def _plugin_bundle(folder: Path, classes: Path) -> None:
    """Moves the plugin's classes out of the class path into a jar of their own."""
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "dateline-analysis.jar", "w") as jar:
        for path in sorted((classes / "dateline" / "analysis").rglob("*.class")):
            jar.write(path, path.relative_to(classes).as_posix())
    shutil.rmtree(classes / "dateline" / "analysis")
    descriptor = _DESCRIPTOR.format(
        name="dateline",
        description="Language analysis and the root of the REST interface",
        version=version_of("elasticsearch"),
        java=OLDEST,
        classname="dateline.analysis.DatelinePlugin",
    )
    (folder / "plugin-descriptor.properties").write_text(descriptor, encoding="utf-8")

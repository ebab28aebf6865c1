"""Makes ``jars.lock``: ``python -m dateline.embedded.lock``. Needs the network.

Kafka and Elasticsearch are resolved apart, since they run in processes of their own and want
different versions of the same libraries.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from .jars import LOCK_FILE, Jar
from .repository import repository_urls

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
ELASTICSEARCH = "org.elasticsearch:elasticsearch:9.5.3"
TRANSPORT = "org.elasticsearch.plugin:transport-netty4:9.5.3"
COMPILER = "org.eclipse.jdt:ecj:3.46.100"

#: Kafka logs through slf4j 1.7; without a binding it says nothing at all.
SLF4J_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl"

HEADER = """\
# What the embedded Kafka and Elasticsearch are made of: role, Maven coordinate, SHA-256, bytes.
# Made by `python -m dateline.embedded.lock`; not edited by hand.
"""


def _resolve(context: Any, coordinate: str) -> list[Any]:
    inputs, transitive = context.resolver.resolve([context.create_dependency(coordinate)])
    return [
        dependency
        for dependency in (*inputs, *transitive)
        if dependency.type == "jar" and dependency.scope not in ("test", "provided")
    ]


def _jar(role: str, dependency: Any) -> Jar:
    if dependency.classifier:
        raise ValueError(f"{dependency}: classifiers are not supported by the lock file")
    content = Path(dependency.artifact.resolve()).read_bytes()
    return Jar(
        role,
        dependency.groupId,
        dependency.artifactId,
        dependency.version,
        hashlib.sha256(content).hexdigest(),
        len(content),
    )


def make_lock(downloads: Path) -> list[Jar]:
    """Resolves everything anew, with ``downloads`` as scratch space."""
    from jgo.maven import MavenContext

    urls = {f"repository{number}": url for number, url in enumerate(repository_urls())}
    context = MavenContext(repo_cache=downloads, remote_repos=urls, timeout=60)

    kafka = _resolve(context, KAFKA)
    log4j = next(d.version for d in kafka if d.artifactId == "log4j-core")
    binding = context.create_dependency(f"{SLF4J_BINDING}:{log4j}")
    elasticsearch = _resolve(context, ELASTICSEARCH)
    on_module_path = {(d.groupId, d.artifactId) for d in elasticsearch}
    by_role = {
        "kafka": [*kafka, binding],
        "elasticsearch": elasticsearch,
        "transport": [
            d
            for d in _resolve(context, TRANSPORT)
            if (d.groupId, d.artifactId) not in on_module_path
        ],
        "compiler": [context.create_dependency(COMPILER)],
    }
    jars = [_jar(role, d) for role, dependencies in by_role.items() for d in dependencies]

    # One folder holds them all, so a name must mean one content.
    contents: dict[str, str] = {}
    for jar in jars:
        if contents.setdefault(jar.name, jar.sha256) != jar.sha256:
            raise ValueError(f"two different jars are named {jar.name}")
    return sorted(jars, key=lambda jar: (list(by_role).index(jar.role), jar.coordinate))


def main() -> int:
    """Writes the lock file and says what is in it."""
    with tempfile.TemporaryDirectory() as scratch:
        jars = make_lock(Path(scratch))
    LOCK_FILE.write_text(HEADER + "".join(f"{jar.line()}\n" for jar in jars), encoding="utf-8")
    total = sum(jar.size for jar in jars) / 1e6
    print(f"{LOCK_FILE.name}: {len(jars)} jars, {total:.0f} MB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

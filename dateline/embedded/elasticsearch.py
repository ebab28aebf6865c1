"""How the embedded Elasticsearch is set up, and how to see that it answers."""

from __future__ import annotations

import http.client
import json
from pathlib import Path

from .home import Home
from .ports import HOST
from .processes import Launch, write_file

NAME = "elasticsearch"

_JVM = (
    "-Xms512m",
    "-Xmx512m",
    "-XX:MaxDirectMemorySize=256m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-OmitStackTraceInFastThrow",
    # As the distribution starts it: Netty without tricks that newer Javas forbid.
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "--add-modules=ALL-MODULE-PATH",
    "--enable-native-access=org.elasticsearch.nativeaccess,org.apache.lucene.core",
)


def settings(folder: Path, port: int, transport_port: int) -> dict[str, object]:
    """One node on the loopback interface. Keys and values as in ``elasticsearch.yml``."""
    return {
        "cluster.name": "dateline",
        "node.name": "dateline",
        "discovery.type": "single-node",
        "network.host": HOST,
        "http.port": port,
        "transport.port": transport_port,
        "path.data": [str(folder / "data")],
        "path.logs": str(folder / "logs"),
        "http.max_content_length": "100mb",
        # No index comes into being by a slip of the pen.
        "action.auto_create_index": False,
        # With the serial collector a small heap holds garbage for long: the breaker would count
        # it, and refuse searches and bulks while nothing is short.
        "indices.breaker.total.use_real_memory": "false",
        # The defaults are shares of the disk, and a laptop's disk is often 95 % full.
        # It counts a large document eight times: with the default of a tenth of this heap, one of
        # the largest size (`max_document_bytes`) would never be taken.
        "indexing_pressure.memory.limit": "25%",
        "cluster.routing.allocation.disk.watermark.low": "500mb",
        "cluster.routing.allocation.disk.watermark.high": "300mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "200mb",
    }


def prepare(data_dir: Path, home: Home, run: str, port: int, transport_port: int) -> Launch:
    """Writes the configuration and says how to start."""
    folder = data_dir / NAME
    # JSON is YAML, and quotes whatever a path may contain.
    content = json.dumps(settings(folder, port, transport_port), indent=1)
    write_file(folder / "config" / "elasticsearch.yml", content + "\n")
    return Launch(
        name=NAME,
        folder=folder,
        run=run,
        jvm_options=(
            *_JVM,
            *("--module-path", home.elasticsearch_module_path),
            *("-cp", home.elasticsearch_class_path),
        ),
        main_class="dateline.server.ElasticsearchServer",
        arguments=(str(home.root), "config"),
    )


def answers(port: int, *, recovered: bool) -> bool:
    """Whether the cluster is there; with ``recovered``, whether all that it held can be searched.

    The latter is status yellow: each primary shard is up (there are no replicas on one node).
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/_cluster/health?timeout=1s")
        response = connection.getresponse()
        health = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
    if response.status != http.client.OK:
        return False
    return not recovered or health.get("status") in ("yellow", "green")

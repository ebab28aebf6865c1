"""The Kubernetes example: valid by the published schemas, and true to the product.

No cluster was at hand (docs/clusters.md). Here each manifest is read as Kubernetes would, and each
name in it is one that exists: settings, commands, topics, groups, keys, ports, versions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from dateline.cli import COMMANDS
from dateline.settings import NAMES, PREFIX, SECRETS, Settings, load
from dateline.topics import Topics
from deploy.rights import in_elasticsearch
from processors.app import group_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
SCHEMAS: dict[str, Any] = json.loads(
    (Path(__file__).with_name("kubernetes.schemas.json")).read_text("utf-8")
)
STAGES = {"producer": "produce", "processor": "process", "sink": "sink"}

OBJECTS: list[dict[str, Any]] = [
    one
    for path in sorted(FOLDER.rglob("*.yaml"))
    for one in yaml.safe_load_all(path.read_text("utf-8"))
]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


def flaws(manifest: dict[str, Any]) -> list[str]:
    """What its published schema says of it."""
    schema = {**SCHEMAS["kinds"][manifest["kind"]], "$defs": SCHEMAS["$defs"]}
    found = Draft202012Validator(schema).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]


def container(stage: str) -> dict[str, Any]:
    (only,) = of_kind("Deployment")[stage]["spec"]["template"]["spec"]["containers"]
    return only  # type: ignore[no-any-return]


def environ(stage: str) -> dict[str, str]:
    """The environment that a stage gets; ``(secret)`` for a key of a Secret."""
    found: dict[str, str] = {}
    for source in container(stage)["envFrom"]:
        found |= of_kind("ConfigMap")[source["configMapRef"]["name"]]["data"]
    for one in container(stage)["env"]:
        found[one["name"]] = one.get("value", "(secret)")
    return found


@pytest.mark.parametrize(
    "manifest", OBJECTS, ids=lambda one: f"{one['kind']} {one['metadata']['name']}"
)
def test_it_is_valid(manifest: dict[str, Any]) -> None:
    assert flaws(manifest) == []
    assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "dateline"


@pytest.mark.parametrize(
    ("kind", "name", "slip"),
    [
        ("Deployment", "sink", lambda m: m["spec"].update(replica=3)),
        ("Deployment", "sink", lambda m: m["spec"].pop("selector")),
        (
            "Deployment",
            "sink",
            lambda m: m["spec"]["template"]["spec"]["containers"][0].update(ports="9464"),
        ),
        ("NetworkPolicy", "nothing-else", lambda m: m["spec"].update(policyType=["Egress"])),
        ("ScaledObject", "processor", lambda m: m["spec"].update(maxReplicas=4)),
    ],
)
def test_the_schemas_see_a_slip(kind: str, name: str, slip: Any) -> None:
    broken = json.loads(json.dumps(of_kind(kind)[name]))
    slip(broken)
    assert flaws(broken)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gets_settings_that_exist_and_fit_together(stage: str, tmp_path: Path) -> None:
    given = environ(stage)
    for name in given:
        plain = name.removeprefix(PREFIX).lower()
        assert plain in NAMES or plain.removesuffix("_file") in SECRETS, name
    # Secrets as files; the settings must be such that the command would start.
    for name, value in given.items():
        if name.endswith("_FILE"):
            assert value.startswith("/etc/dateline/secrets/")
            key = value.rpartition("/")[2]
            assert key in of_kind("Secret")[f"dateline-{stage}"]["stringData"]
            (tmp_path / key).write_text("a-secret")
            given[name] = str(tmp_path / key)
    settings = load(environ=given, folder=tmp_path)
    assert settings.kafka_security_protocol == "SASL_SSL"
    assert settings.metrics_port == container(stage)["ports"][0]["containerPort"]
    assert settings.metrics_address == "0.0.0.0"
    needs = in_elasticsearch(stage, settings) is not None  # type: ignore[arg-type]
    assert bool(settings.elasticsearch_url) == bool(settings.elasticsearch_api_key) == needs
    if needs:
        assert settings.elasticsearch_url and settings.elasticsearch_url.startswith("https://")


@pytest.mark.parametrize("stage", STAGES)
def test_no_secret_is_in_the_environment(stage: str) -> None:
    for name in environ(stage):
        assert name.removeprefix(PREFIX).lower() not in SECRETS


@pytest.mark.parametrize("stage", STAGES)
def test_a_pod_is_as_restricted_as_the_compose_services(stage: str) -> None:
    pod = of_kind("Deployment")[stage]["spec"]["template"]["spec"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    assert container(stage)["image"] == compose["services"][stage]["image"]
    assert container(stage)["args"][0] == STAGES[stage]
    assert container(stage)["args"][0] in COMMANDS
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"USER {pod['securityContext']['runAsUser']}:" in (ROOT / "Dockerfile").read_text()
    inner = container(stage)["securityContext"]
    assert inner == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    # Its services would be variables that begin with DATELINE_.
    assert pod["enableServiceLinks"] is False
    limit = compose["services"][stage]["mem_limit"]
    assert container(stage)["resources"]["limits"]["memory"] == limit.replace("m", "Mi")


@pytest.mark.parametrize("stage", STAGES)
def test_probes_and_volumes_are_there(stage: str) -> None:
    one = container(stage)
    (port,) = one["ports"]
    for probe, path in (("liveness", "/live"), ("readiness", "/ready"), ("startup", "/live")):
        assert one[f"{probe}Probe"]["httpGet"] == {"path": path, "port": port["name"]}
    pod = of_kind("Deployment")[stage]["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounted = {mount["name"]: mount["mountPath"] for mount in one["volumeMounts"]}
    assert volumes.keys() == mounted.keys()
    for volume in volumes.values():
        if "configMap" in volume:
            assert volume["configMap"]["name"] in of_kind("ConfigMap")
        if "secret" in volume:
            assert volume["secret"]["secretName"] in of_kind("Secret")
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in of_kind("PersistentVolumeClaim")
    # What is named is there, where it is mounted.
    for name, value in environ(stage).items():
        if value.startswith("/etc/dateline/authorities/"):
            files = of_kind("ConfigMap")["dateline-authorities"]["data"]
            assert value.rpartition("/")[2] in files, name
    assert one["workingDir"] == mounted["feeds"]
    assert "dateline.toml" in of_kind("ConfigMap")["dateline-feeds"]["data"]
    assert mounted["data"] == "/data" and mounted["tmp"] == "/tmp"


def test_only_the_producer_is_alone_and_keeps_what_it_knows() -> None:
    producer = of_kind("Deployment")["producer"]["spec"]
    assert producer["replicas"] == 1 and producer["strategy"] == {"type": "Recreate"}
    # What KEDA decides must not be set back by every `kubectl apply`.
    assert "replicas" not in of_kind("Deployment")["processor"]["spec"]


def test_selectors_meet_the_pods() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for name, one in of_kind("Deployment").items()
    }

    def met(selector: dict[str, Any]) -> set[str]:
        wanted = selector.get("matchLabels", {}).items()
        return {name for name, found in labels.items() if wanted <= found.items()}

    for name, deployment in of_kind("Deployment").items():
        assert met(deployment["spec"]["selector"]) == {name}
    for name, budget in of_kind("PodDisruptionBudget").items():
        assert met(budget["spec"]["selector"]) == {name}
    policies = {n: met(p["spec"]["podSelector"]) for n, p in of_kind("NetworkPolicy").items()}
    assert policies == {
        "nothing-else": set(STAGES),
        "stages-to-kafka": set(STAGES),
        "sink-to-elasticsearch": {"sink"},
        "producer-to-feeds": {"producer"},
        "metrics-from-monitoring": set(STAGES),
    }


def test_the_network_lets_through_what_the_settings_name() -> None:
    def ports(name: str, way: str) -> set[int]:
        rules = of_kind("NetworkPolicy")[name]["spec"][way]
        return {port["port"] for rule in rules for port in rule["ports"]}

    given = environ("sink")
    kafka = given["DATELINE_KAFKA_BOOTSTRAP_SERVERS"].split(",")
    assert {int(one.rpartition(":")[2]) for one in kafka} <= ports("stages-to-kafka", "egress")
    search = int(given["DATELINE_ELASTICSEARCH_URL"].rpartition(":")[2])
    assert ports("sink-to-elasticsearch", "egress") == {search}
    metrics = int(given["DATELINE_METRICS_PORT"])
    assert ports("metrics-from-monitoring", "ingress") == {metrics}


def test_workers_come_by_the_lag_of_the_processor_s_group() -> None:
    scaled = of_kind("ScaledObject")["processor"]["spec"]
    (trigger,) = scaled["triggers"]
    given = environ("processor")
    assert scaled["scaleTargetRef"]["name"] in of_kind("Deployment")
    assert scaled["maxReplicaCount"] == int(given["DATELINE_TOPIC_PARTITIONS"])
    assert trigger["metadata"]["consumerGroup"] == group_of(Settings())
    assert trigger["metadata"]["topic"] == Topics.of(Settings()).raw
    assert trigger["metadata"]["bootstrapServers"] == given["DATELINE_KAFKA_BOOTSTRAP_SERVERS"]
    mechanism = given["DATELINE_KAFKA_SASL_MECHANISM"].lower().replace("-sha-", "_sha")
    assert trigger["metadata"]["sasl"] == mechanism
    # A new group begins at the beginning; KEDA's default would see no lag before its first commit.
    assert trigger["metadata"]["offsetResetPolicy"] == "earliest"
    secret = of_kind("Secret")["dateline-scaler"]["stringData"]
    access = of_kind("TriggerAuthentication")[trigger["authenticationRef"]["name"]]
    assert {one["key"] for one in access["spec"]["secretTargetRef"]} == set(secret)


def test_the_examples_hold_no_secret() -> None:
    for secret in of_kind("Secret").values():
        for key, value in secret["stringData"].items():
            if "username" not in key:
                assert value == "CHANGE-ME" or value.startswith("replace "), key


def test_the_feeds_are_ones_that_the_producer_reads(tmp_path: Path) -> None:
    from producers import table

    listed = of_kind("ConfigMap")["dateline-feeds"]["data"]["dateline.toml"]
    (tmp_path / "dateline.toml").write_text(listed, encoding="utf-8")
    assert [one.polled for one in table.load(tmp_path).values()] == [True]

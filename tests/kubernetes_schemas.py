"""Makes `tests/unit/kubernetes.schemas.json`: what Kubernetes and KEDA publish, cut to what we use.

    pip install kubernetes-validate==1.37.0      (22 MB; only for this)
    python -m tests.kubernetes_schemas KEDA_CHECKOUT

The schemas of Kubernetes are those that kubernetes-validate carries (Apache-2.0, made from
Kubernetes' own OpenAPI description); KEDA's are its CustomResourceDefinitions (Apache-2.0).
Descriptions are left out, and unknown keys are refused, as ``kubectl apply`` does.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

KUBERNETES = "1.34.0"
#: kind to the file that holds its schema
KINDS = {
    "Namespace": "namespace-v1",
    "ConfigMap": "configmap-v1",
    "Secret": "secret-v1",
    "PersistentVolumeClaim": "persistentvolumeclaim-v1",
    "Deployment": "deployment-apps-v1",
    "PodDisruptionBudget": "poddisruptionbudget-policy-v1",
    "NetworkPolicy": "networkpolicy-networking-v1",
}
KEDA = {"ScaledObject": "scaledobjects", "TriggerAuthentication": "triggerauthentications"}
TARGET = Path(__file__).parent / "unit" / "kubernetes.schemas.json"


def without_descriptions(schema: Any) -> Any:
    """The same, but for the text (a property may be called ``description``, too)."""
    if isinstance(schema, list):
        return [without_descriptions(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_descriptions(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }


def closed(schema: Any) -> Any:
    """A CustomResourceDefinition's schema that refuses what it does not know."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
    return schema


def main(keda: Path) -> None:
    """Write the file."""
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema"
    version = folder / f"v{KUBERNETES}-local-strict"
    everything = json.loads((version / "_definitions.json").read_text("utf-8"))["$defs"]
    kinds: dict[str, Any] = {}
    needed: dict[str, Any] = {}

    def collect(schema: Any) -> None:
        if isinstance(schema, list):
            for one in schema:
                collect(one)
        elif isinstance(schema, dict):
            reference = schema.get("$ref")
            if isinstance(reference, str):
                name = reference.rpartition("/")[2]
                schema["$ref"] = f"#/$defs/{name}"
                if name not in needed:
                    needed[name] = without_descriptions(everything[name])
                    collect(needed[name])
            for one in schema.values():
                collect(one)

    for kind, name in KINDS.items():
        found = json.loads((version / f"{name}.json").read_text("utf-8"))
        kinds[kind] = without_descriptions(found)
        collect(kinds[kind])
    for kind, name in KEDA.items():
        path = keda / "config/crd/bases" / f"keda.sh_{name}.yaml"
        (found,) = yaml.safe_load(path.read_text("utf-8"))["spec"]["versions"]
        schema = closed(without_descriptions(found["schema"]["openAPIV3Schema"]))
        schema["properties"]["metadata"] = {"type": "object"}
        kinds[kind] = schema
    told = {
        "source": f"Kubernetes {KUBERNETES} and KEDA, Apache-2.0; see tests/kubernetes_schemas.py",
        "kinds": kinds,
        "$defs": dict(sorted(needed.items())),
    }
    TARGET.write_text(json.dumps(told, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

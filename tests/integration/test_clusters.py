"""Clusters of one's own: Kafka with TLS, passwords and rights, Elasticsearch behind TLS and a key.

One start of the real servers serves all of it. Elasticsearch's gate is a fake (`tests.secured`).
"""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest
from elastic_transport import Urllib3HttpNode
from elasticsearch import ApiError

from dateline import connections
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.errors import Unavailable, UsageError
from dateline.settings import PREFIX, Settings, as_environment
from dateline.topics import ensure_topics
from deploy.rights import STAGES, Right, Stage, in_elasticsearch, in_kafka
from producers.producer import produce
from sinks import generations, ledger
from tests.secured import (
    API_KEY,
    HOST,
    KEY_PASSWORD,
    PASSWORDS,
    SEARCH_PASSWORD,
    Certificates,
    Gate,
    SecuredStack,
    api_key,
    password,
    serving,
)

pytestmark = pytest.mark.servers

#: seconds; a machine that does much else starts a stage late
PATIENCE = 240.0
KAFKA_STAGES: tuple[Stage, ...] = ("producer", "processor", "sink", "operator")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secured(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[SecuredStack]:
    folder = tmp_path_factory.mktemp("secured")
    with SecuredStack(folder, certificates, KAFKA_STAGES) as stack:
        yield stack


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are refused give up soon: nobody waits here for a broker that may come back."""
    monkeypatch.setattr(connections, "_BOOTSTRAP_MS", 500)


# --- Kafka: who gets in ------------------------------------------------------------------------


def ways_in(stack: SecuredStack) -> dict[str, Settings]:
    certificate, key = stack.certificates.client("dateline")
    locked_certificate, locked_key = stack.certificates.client("locked", password=KEY_PASSWORD)
    return {
        "TLS": stack.settings("TLS"),
        **{name: stack.settings("SASL", kafka_sasl_mechanism=name) for name in PASSWORDS},
        "without TLS": stack.settings("BARE"),
        "a certificate of ours": stack.settings(
            "MUTUAL", kafka_ssl_certfile=certificate, kafka_ssl_keyfile=key
        ),
        "a key with a password": stack.settings(
            "MUTUAL",
            kafka_ssl_certfile=locked_certificate,
            kafka_ssl_keyfile=locked_key,
            kafka_ssl_keyfile_password=KEY_PASSWORD,
        ),
    }


@pytest.mark.parametrize(
    "way", ["TLS", *PASSWORDS, "without TLS", "a certificate of ours", "a key with a password"]
)
def test_both_clients_of_kafka_get_in(secured: SecuredStack, way: str) -> None:
    """kafka-python (producer, sink, commands) and aiokafka as Faust sets it up (processor)."""
    settings = ways_in(secured)[way]
    with kafka_admin(settings) as admin:
        assert admin.describe_cluster()["brokers"]
    assert brokers_seen_by_faust(settings)


def brokers_seen_by_faust(settings: Settings) -> int:
    import asyncio

    from aiokafka.client import AIOKafkaClient
    from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

    from processors.app import _addresses, _credentials

    async def look() -> int:
        given = credentials_to_aiokafka_auth(_credentials(settings), None)
        client = AIOKafkaClient(bootstrap_servers=_addresses(settings), **given)
        try:
            await client.bootstrap()
            return len(client.cluster.brokers())
        finally:
            await client.close()

    return asyncio.run(look())


# --- Kafka: who does not get in, and what they are told ------------------------------------------


def ways_out(stack: SecuredStack) -> dict[str, Settings]:
    of = stack.certificates
    stranger, key = of.client("stranger", ours=False)
    tls = stack.settings("TLS")
    changed = msgspec.structs.replace
    return {
        "another password": stack.settings("SASL", kafka_sasl_password="guessedSesame"),
        "another SCRAM password": stack.settings(
            "SASL", kafka_sasl_mechanism="SCRAM-SHA-512", kafka_sasl_password="guessedSesame"
        ),
        "a user that SCRAM does not know": stack.settings(
            "SASL", kafka_sasl_mechanism="SCRAM-SHA-256", kafka_sasl_username="sink"
        ),
        "another authority": changed(tls, kafka_ssl_cafile=of.other_authority),
        "this system's authorities": changed(tls, kafka_ssl_cafile=None),
        "another host name": stack.settings("WRONGHOST"),
        "an address in place of the name": changed(
            tls, kafka_bootstrap_servers=f"127.0.0.1:{stack.ports['TLS']}"
        ),
        "an expired certificate": stack.settings("EXPIRED"),
        "no certificate of ours": stack.settings("MUTUAL"),
        "a stranger's certificate": stack.settings(
            "MUTUAL", kafka_ssl_certfile=stranger, kafka_ssl_keyfile=key
        ),
        "no TLS where there is some": changed(
            tls, kafka_security_protocol="PLAINTEXT", kafka_ssl_cafile=None
        ),
        "TLS where there is none": changed(
            tls, kafka_bootstrap_servers=stack.kafka_bootstrap.replace("127.0.0.1", HOST)
        ),
        "no password where one is asked for": changed(
            tls, kafka_bootstrap_servers=stack.address("SASL")
        ),
        "a password where none is asked for": changed(
            stack.settings("SASL"), kafka_bootstrap_servers=stack.address("TLS")
        ),
    }


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("way", "setting"),
    [
        ("another password", "kafka_sasl_password"),
        ("another SCRAM password", "kafka_sasl_password"),
        ("a user that SCRAM does not know", "kafka_sasl_username"),
        ("another authority", "kafka_ssl_cafile"),
        ("this system's authorities", "kafka_ssl_cafile"),
        ("another host name", "kafka_bootstrap_servers"),
        ("an address in place of the name", "kafka_bootstrap_servers"),
        ("an expired certificate", "has expired"),
        ("no certificate of ours", "kafka_ssl_certfile"),
        ("a stranger's certificate", "kafka_ssl_certfile"),
        ("no TLS where there is some", "kafka_security_protocol"),
        ("TLS where there is none", "kafka_security_protocol"),
        ("no password where one is asked for", "kafka_security_protocol"),
        ("a password where none is asked for", "kafka_security_protocol"),
    ],
)
def test_who_does_not_get_in_is_told_the_setting(
    secured: SecuredStack, way: str, setting: str
) -> None:
    settings = ways_out(secured)[way]
    with pytest.raises(Unavailable) as refused, kafka_admin(settings):
        pass
    told = str(refused.value)
    assert "does not let us in" in told and setting in told
    assert "Sesame" not in told
    with pytest.raises(Exception):  # noqa: B017 - aiokafka's errors are many
        brokers_seen_by_faust(settings)


@pytest.mark.parametrize(
    ("changed", "setting"),
    [
        ({"kafka_ssl_cafile": "/nowhere.pem"}, "kafka_ssl_cafile"),
        ({"kafka_ssl_cafile": __file__}, "kafka_ssl_cafile"),
        ({"kafka_ssl_certfile": "/nowhere.pem"}, "kafka_ssl_certfile"),
        ({"kafka_ssl_keyfile_password": "wrongSesame"}, "kafka_ssl_keyfile_password"),
        ({"kafka_ssl_keyfile_password": None}, "kafka_ssl_keyfile_password"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    secured: SecuredStack, changed: dict[str, Any], setting: str
) -> None:
    settings = msgspec.structs.replace(ways_in(secured)["a key with a password"], **changed)
    with pytest.raises(UsageError) as refused, kafka_admin(settings):
        pass
    assert setting in str(refused.value)
    assert "Sesame" not in str(refused.value)


# --- Elasticsearch: who gets in, and who does not ------------------------------------------------


@pytest.fixture(scope="module")
def gate(secured: SecuredStack, certificates: Certificates) -> Iterator[Gate]:
    """Knows a key and a password; both may do everything."""
    known = {api_key(): None, password("dateline"): None}
    certificate = certificates.server("elasticsearch", HOST)
    with serving(Gate(secured.elasticsearch_url, certificate, known)) as opened:
        yield opened


def at(gate: Gate, certificates: Certificates, **more: Any) -> Settings:
    """Settings of whoever comes with the key, unless told otherwise."""
    given = {
        "elasticsearch_url": gate.url,
        "elasticsearch_ca_certs": certificates.authority,
        "elasticsearch_api_key": API_KEY,
        **more,
    }
    return msgspec.structs.replace(Settings(), **given)


@pytest.mark.parametrize("way", ["a key", "user and password"])
def test_elasticsearch_lets_in_who_has(gate: Gate, certificates: Certificates, way: str) -> None:
    settings = at(gate, certificates)
    if way != "a key":
        settings = at(
            gate,
            certificates,
            elasticsearch_api_key=None,
            elasticsearch_username="dateline",
            elasticsearch_password=SEARCH_PASSWORD,
        )
    with elasticsearch_client(settings) as client:
        assert generations.list_generations(client, settings) == []


@pytest.mark.parametrize(
    ("way", "setting"),
    [
        ("another key", "elasticsearch_api_key"),
        ("another authority", "elasticsearch_ca_certs"),
        ("this system's authorities", "elasticsearch_ca_certs"),
        ("another host name", "elasticsearch_url"),
        ("an expired certificate", "has expired"),
        ("no certificate of ours", "elasticsearch_client_cert"),
        ("no TLS where there is some", "elasticsearch_url"),
    ],
)
def test_elasticsearch_s_refusals_name_the_setting(
    secured: SecuredStack, certificates: Certificates, way: str, setting: str
) -> None:
    of = certificates
    changed: dict[str, str | None] = {}
    opened = Gate(secured.elasticsearch_url, of.server("elasticsearch", HOST), {api_key(): None})
    match way:
        case "another key":
            changed = {"elasticsearch_api_key": "guessedSesame"}
        case "another authority":
            changed = {"elasticsearch_ca_certs": of.other_authority}
        case "this system's authorities":
            changed = {"elasticsearch_ca_certs": None}
        case "another host name":
            opened.certificate = of.server("elsewhere", "search.example")
        case "an expired certificate":
            opened.certificate = of.server("expired", HOST, expired=True)
        case "no certificate of ours":
            opened.authority = of.authority
    with serving(opened):
        settings = at(opened, of, **changed)
        if way == "no TLS where there is some":
            url = opened.url.replace("https", "http")
            settings = msgspec.structs.replace(settings, elasticsearch_url=url)
        with (
            pytest.raises(Unavailable) as refused,
            elasticsearch_client(settings, timeout=5) as client,
        ):
            generations.list_generations(client, settings)
    assert setting in str(refused.value)
    assert "Sesame" not in str(refused.value)


def test_a_client_s_certificate_is_shown(secured: SecuredStack, certificates: Certificates) -> None:
    certificate, key = certificates.client("searcher", password=KEY_PASSWORD)
    opened = Gate(
        secured.elasticsearch_url,
        certificates.server("elasticsearch", HOST),
        {api_key(): None},
        authority=certificates.authority,
    )
    with serving(opened):
        settings = at(
            opened,
            certificates,
            elasticsearch_client_cert=certificate,
            elasticsearch_client_key=key,
            elasticsearch_client_key_password=KEY_PASSWORD,
        )
        with elasticsearch_client(settings) as client:
            assert generations.list_generations(client, settings) == []


def test_nobody_is_trusted_but_who_is_named(gate: Gate, certificates: Certificates) -> None:
    settings = at(gate, certificates)
    with elasticsearch_client(settings) as client:
        generations.list_generations(client, settings)
        (node,) = client.transport.node_pool.all()
        assert isinstance(node, Urllib3HttpNode)
        context: ssl.SSLContext = node.pool.conn_kw["ssl_context"]
    assert len(context.get_ca_certs()) == 1
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED


# --- Sizes ---------------------------------------------------------------------------------------


def test_shards_and_replicas_reach_the_indices(secured: SecuredStack) -> None:
    settings = msgspec.structs.replace(
        Settings(), elasticsearch_url=secured.elasticsearch_url, index_prefix="sized-"
    )
    first = msgspec.structs.replace(settings, index_shards=2, index_replicas=1)
    with elasticsearch_client(settings) as client:

        def sizes() -> dict[str, tuple[str, str]]:
            found = client.indices.get_settings(index="sized-*").body
            of = {name: one["settings"]["index"] for name, one in found.items()}
            return {n: (o["number_of_shards"], o["number_of_replicas"]) for n, o in of.items()}

        generations.ensure(client, first)
        ledger.ensure(client, first)
        assert set(sizes().values()) == {("2", "1")} and len(sizes()) == 2

        # Existing ones get more replicas, never fewer; shards come with the next generation.
        more = msgspec.structs.replace(settings, index_shards=3, index_replicas=2)
        generations.ensure(client, more)
        ledger.ensure(client, more)
        assert set(sizes().values()) == {("2", "2")}
        generations.ensure(client, settings)
        ledger.ensure(client, settings)
        assert set(sizes().values()) == {("2", "2")}
        made = generations.create_next(client, more)
        assert sizes()[made.index] == ("3", "2")


# --- Rights --------------------------------------------------------------------------------------


def acl(stage: Stage, right: Right) -> Any:
    from kafka.admin import (
        ACL,
        ACLOperation,
        ACLPermissionType,
        ACLResourcePatternType,
        ResourcePattern,
        ResourceType,
    )

    operation = {"DescribeConfigs": "DESCRIBE_CONFIGS"}.get(
        right.operation, right.operation.upper()
    )
    pattern = "PREFIXED" if right.prefixed else "LITERAL"
    return ACL(
        f"User:{stage}",
        "*",
        ACLOperation[operation],
        ACLPermissionType.ALLOW,
        ResourcePattern(
            ResourceType[right.resource.upper()], right.name, ACLResourcePatternType[pattern]
        ),
    )


@contextlib.contextmanager
def granted(
    stack: SecuredStack, settings: Settings, without: Callable[[Stage, Right], bool] | None = None
) -> Iterator[None]:
    """The rights of `deploy.rights`, but for those that are left out; taken back at the end."""
    from kafka import KafkaAdminClient

    rights = [
        # Read and Write hold Describe in them; that one is not what is missing.
        acl(stage, right._replace(operation="Describe") if taken else right)
        for stage in KAFKA_STAGES
        for right in in_kafka(stage, settings)
        for taken in [without is not None and without(stage, right)]
        if not taken or right.operation in ("Read", "Write")
    ]
    with KafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap) as admin:
        assert not admin.create_acls(rights)["failed"]
        try:
            yield
        finally:
            admin.delete_acls(rights)


def stage_settings(
    stack: SecuredStack, gate: Gate, stage: Stage, shared: Settings, folder: Path
) -> Settings:
    """What one stage is given: its own user and key, and nothing that it does not need."""
    given = msgspec.structs.replace(
        stack.as_user(stage),
        data_dir=str(folder / stage),
        topic_prefix=shared.topic_prefix,
        index_prefix=shared.index_prefix,
        nlp_processes=1,
    )
    if in_elasticsearch(stage, shared) is None:
        return given
    of = stack.certificates
    return msgspec.structs.replace(
        given,
        elasticsearch_url=gate.url,
        elasticsearch_ca_certs=of.authority,
        elasticsearch_api_key=f"{stage}{API_KEY}",
    )


@pytest.fixture
def shared(secured: SecuredStack, request: pytest.FixtureRequest) -> Settings:
    """Prefixes of the test's own, and the topics under them, made by an administrator."""
    name = f"c{abs(hash(request.node.nodeid)) % 10**8}"
    settings = msgspec.structs.replace(
        Settings(),
        kafka_bootstrap_servers=secured.kafka_bootstrap,
        elasticsearch_url=secured.elasticsearch_url,
        topic_prefix=f"{name}.",
        index_prefix=f"{name}-",
    )
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
    return settings


@pytest.fixture
def guarded(secured: SecuredStack, certificates: Certificates, shared: Settings) -> Iterator[Gate]:
    """Lets each stage do what its role says."""
    roles = {stage: in_elasticsearch(stage, shared) for stage in STAGES}
    known = {api_key(f"{stage}{API_KEY}"): role for stage, role in roles.items() if role}
    certificate = certificates.server("elasticsearch", HOST)
    with serving(Gate(secured.elasticsearch_url, certificate, known)) as opened:
        yield opened


class Command:
    """``dateline ...`` as a process; what it says is kept."""

    def __init__(self, settings: Settings, folder: Path, *arguments: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{arguments[0]}.said"
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dateline", *arguments],
                env={
                    **{k: v for k, v in os.environ.items() if not k.startswith(PREFIX)},
                    **as_environment(settings),
                },
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.path.read_text("utf-8", "replace")

    def ends(self) -> int:
        """Its exit status."""
        return self.process.wait(PATIENCE)

    def stop(self) -> None:
        """As a service is stopped."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def test_the_secured_pipeline_with_exactly_its_rights(
    secured: SecuredStack, guarded: Gate, shared: Settings, tmp_path: Path
) -> None:
    """Produce, process, index, search, look, account, replay and switch: each as a user of its own,
    Kafka over SASL_SSL, Elasticsearch over TLS with a key."""

    def given(stage: Stage) -> Settings:
        return stage_settings(secured, guarded, stage, shared, tmp_path)

    def done(stage: Stage, *arguments: str) -> Command:
        command = Command(given(stage), tmp_path / f"{stage}-{len(said)}", *arguments)
        said.append(command)
        return command

    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "kim.txt").write_text(STORY, encoding="utf-8")
    said: list[Command] = []
    with granted(secured, shared):
        processor, sink = done("processor", "process"), done("sink", "sink")
        try:
            producer = done("producer", "produce", str(inbox), "--once")
            assert producer.ends() == 0, producer.said()

            until = time.monotonic() + PATIENCE
            while articles(shared) == 0:
                states = (processor.process.poll(), sink.process.poll())
                assert states == (None, None), processor.said() + sink.said()
                assert time.monotonic() < until, processor.said() + sink.said()
                time.sleep(0.5)
            assert "Sondertruppen" in done_and_said(done("reader", "search", "Sondertruppen"))
            for arguments in (
                ("status", "--json"),
                ("reconcile",),
                ("replay", "--from", "enriched"),
                ("index", "switch"),
            ):
                command = done("operator", *arguments)
                assert command.ends() == 0, command.said()
            assert "Sondertruppen" in done_and_said(done("desk", "search", "Sondertruppen"))
            for one in (processor, sink):
                assert one.process.poll() is None, one.said()
                assert "Sesame" not in arguments_of(one.process.pid)
        finally:
            for one in said:
                one.stop()
    assert guarded.refused == []
    # What they said, and what they keep: positions, the breaker's word, Faust's folder.
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > len(said)
    for path in (*written, secured.data_dir / "servers.json"):
        assert b"Sesame" not in path.read_bytes(), path


def articles(settings: Settings) -> int:
    """How many a search would see, asked past all gates."""
    with elasticsearch_client(settings) as client, contextlib.suppress(ApiError):
        return int(client.count(index=generations.alias(settings))["count"])
    return 0


def arguments_of(pid: int) -> str:
    """What anybody on the machine sees of a process and its children."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return " ".join(" ".join(one.cmdline()) for one in family)


def done_and_said(command: Command) -> str:
    assert command.ends() == 0, command.said()
    return command.said()


STORY = """Nordkoreas Truppe in Kursk

SEOUL, 28. November (dpa) - Nordkorea hat nach Angaben aus Seoul weitere Sondertruppen nach Kursk
geschickt. Das sagte ein Sprecher des Verteidigungsministeriums am Freitag.
"""


@pytest.mark.parametrize(
    ("stage", "operation", "name", "told"),
    [
        ("producer", "DescribeConfigs", "articles.enriched", "DescribeConfigs"),
        ("producer", "Describe", "articles.settled", "Describe"),
        ("producer", "Write", "articles.raw", "write to {}articles.raw"),
        ("processor", "Read", "articles.raw", "needs the right to read it"),
        ("processor", "Read", "dateline-process", "may not read as group {}dateline-process"),
        ("processor", "Write", "articles.enriched", "TopicAuthorizationFailed"),
        ("sink", "Read", "articles.enriched", "may not read {}articles.enriched"),
        ("sink", "Read", "dateline-sink-", "GroupAuthorizationFailed"),
        ("sink", "Read", "articles.dead", "may not read {}articles.dead"),
    ],
)
def test_a_right_that_is_missing_is_named(
    secured: SecuredStack,
    gate: Gate,
    shared: Settings,
    tmp_path: Path,
    stage: Stage,
    operation: str,
    name: str,
    told: str,
) -> None:
    (tmp_path / "kim.txt").write_text(STORY, encoding="utf-8")
    arguments = {
        "producer": ("produce", str(tmp_path / "kim.txt"), "--once"),
        "processor": ("process",),
        "sink": ("sink",),
    }[stage]
    settings = stage_settings(secured, gate, stage, shared, tmp_path)
    if settings.elasticsearch_api_key:
        settings = msgspec.structs.replace(settings, elasticsearch_api_key=API_KEY)
    if stage == "processor":
        everything = msgspec.structs.replace(shared, data_dir=str(tmp_path / "first"))
        produce(everything, [str(tmp_path / "kim.txt")], once=True)

    def missing(of: Stage, right: Right) -> bool:
        taken = right.name.endswith(name) and right.operation == operation
        return of == stage and taken

    with granted(secured, shared, missing):
        command = Command(settings, tmp_path / stage, *arguments)
        try:
            until = time.monotonic() + PATIENCE
            while told.format(shared.topic_prefix) not in command.said():
                assert time.monotonic() < until, command.said()
                time.sleep(0.2)
        finally:
            command.stop()

"""docker-compose.yml holds together: with itself, with .env, with the settings and commands.

No Docker engine runs here, so what an engine would say is checked by hand: names that must
exist, conditions that can be met, rights, versions. What the servers say to their settings is
another test's business (the broker's: tests/integration/test_compose_kafka.py).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from dateline import __version__
from dateline.cli import COMMANDS, cli
from dateline.embedded import elasticsearch as embedded_elasticsearch
from dateline.embedded import kafka as embedded_kafka
from dateline.embedded.jars import locked_jars
from dateline.records import RawDocument
from dateline.settings import NAMES, PREFIX, Settings, load
from deploy import make_env
from producers import feeds, table

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
RAW: dict[str, Any] = yaml.safe_load(TEXT)

#: of the Compose specification, as far as they are of use here: a typing error is in none of them
TOP = {"name", "services", "volumes", "networks", "configs", "secrets", "include"}
SERVICE = {
    *("build", "cap_add", "cap_drop", "command", "configs", "cpus", "depends_on", "entrypoint"),
    *("env_file", "environment", "healthcheck", "image", "init", "labels", "logging", "mem_limit"),
    *("network_mode", "networks", "ports", "profiles", "pull_policy", "read_only", "restart"),
    *("secrets", "security_opt", "stop_grace_period", "stop_signal", "tmpfs", "ulimits", "user"),
    *("volumes", "working_dir"),
}
HEALTHCHECK = {"test", "interval", "timeout", "retries", "start_period"}
STAGES = {"producer", "processor", "sink"}
OURS = STAGES | {"setup-certificates", "setup-users", "setup-kibana", "dateline"}
SERVERS = {"kafka", "elasticsearch", "kibana"}

REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:[-?])([^}]*))?\})")


def references() -> Iterator[tuple[str, str, str]]:
    """Each variable of .env that the file asks for: name, operator, what follows it."""
    for escaped, name, operator, rest in REFERENCE.findall(TEXT):
        if not escaped:
            yield name, operator, rest


def env_file(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def interpolated(node: Any, env: dict[str, str]) -> Any:
    """As Compose fills the file in; a missing variable is an error with its message."""
    if isinstance(node, dict):
        return {key: interpolated(value, env) for key, value in node.items()}
    if isinstance(node, list):
        return [interpolated(value, env) for value in node]
    if not isinstance(node, str):
        return node

    def fill(match: re.Match[str]) -> str:
        escaped, name, operator, rest = match.groups()
        if escaped:
            return "$"
        if env.get(name):
            return env[name]
        if operator == ":-":
            return str(rest)
        raise KeyError(f"{name} {rest}")

    return REFERENCE.sub(fill, node)


ENV = env_file(make_env.content())
SERVICES: dict[str, dict[str, Any]] = interpolated(RAW["services"], ENV)


def megabytes(size: str) -> float:
    return float(size[:-1]) * {"m": 1, "g": 1024}[size[-1]]


def test_the_services_are_those_that_are_promised() -> None:
    assert set(SERVICES) == SERVERS | OURS
    assert RAW["name"] == "dateline"


def test_only_keys_of_the_specification() -> None:
    assert {key for key in RAW if not key.startswith("x-")} <= TOP
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE, name
        assert set(service.get("healthcheck", {})) <= HEALTHCHECK, name
        assert {"image", "logging"} <= set(service), name
        for variable, value in service.get("environment", {}).items():
            assert isinstance(value, str), f"{name}: {variable} would be guessed at by YAML"


def test_the_order_of_starting_can_be_met() -> None:
    order: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        order[name] = set(service.get("depends_on", {}))
        for target, how in service.get("depends_on", {}).items():
            assert target in SERVICES, f"{name} waits for {target}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[target], f"{target} is never healthy"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[target]["restart"] == "no", f"{target} never completes"
    # Raises CycleError where services wait for each other.
    started = list(TopologicalSorter(order).static_order())
    assert started.index("setup-certificates") < started.index("elasticsearch")
    assert started.index("setup-users") < min(started.index("kibana"), started.index("sink"))


def test_everything_that_runs_on_has_a_health_check_and_comes_back() -> None:
    for name in SERVERS | STAGES:
        assert "healthcheck" in SERVICES[name], name
        assert SERVICES[name]["restart"] == "unless-stopped", name
        assert "mem_limit" in SERVICES[name], name


def mounts(service: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Source, target, whether read only."""
    for volume in service.get("volumes", []):
        if isinstance(volume, dict):
            yield volume["source"], volume["target"], volume.get("read_only", False)
        else:
            source, target, *mode = volume.split(":")
            yield source, target, mode == ["ro"]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Where `make_env` has made what it makes."""
    make_env.make(tmp_path)
    return tmp_path


def test_volumes_are_declared_and_used(made: Path) -> None:
    used = set()
    for name, service in SERVICES.items():
        for source, target, read_only in mounts(service):
            if source.startswith("."):
                assert read_only, f"{name} may change {source}"
                assert (made / source).exists() or (ROOT / source).is_file(), source
            else:
                used.add(source)
            if source == "certificates":
                assert read_only or name == "setup-certificates", f"{name} may change {target}"
    assert used == set(RAW["volumes"])


def test_folders_of_others_are_only_read_and_not_made_in_passing() -> None:
    bound = [one for service in SERVICES.values() for one in service.get("volumes", [])]
    bound = [one for one in bound if isinstance(one, dict)]
    assert {one["target"].rpartition("/")[2] for one in bound} >= {"inbox", "dateline"}
    for one in bound:
        assert one["read_only"] is True and one["bind"] == {"create_host_path": False}


def test_without_a_change_the_producer_reads_the_inbox(made: Path) -> None:
    [feed] = table.load(made / make_env.FEEDS).values()
    assert SERVICES["producer"]["command"] == ["produce"]
    assert (ENV["INBOX"], feed.location, True) in mounts(SERVICES["producer"])
    assert not feed.polled


def test_the_inbox_is_the_feed_that_produce_with_its_path_is(made: Path, tmp_path: Path) -> None:
    """As the producer was called once: under another name all would be published again."""
    inbox = tmp_path / "elsewhere"
    inbox.mkdir()
    (inbox / "one.txt").write_text("HARBOUR\n\nThe harbour is open again.\n", encoding="utf-8")
    path = made / make_env.FEEDS / make_env.TABLE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"/inbox"', f'"{inbox}"'), encoding="utf-8")
    [feed] = table.load(path.parent).values()
    assert feed.location == str(inbox)
    [listed] = feeds.documents(feed.location, Settings(), feed=feed.name)
    [called] = feeds.documents(str(inbox), Settings())
    assert isinstance(listed, RawDocument) and isinstance(called, RawDocument)
    assert listed.feed == called.feed


def test_every_stage_finds_the_table_in_its_working_folder(made: Path) -> None:
    for name in STAGES | {"dateline"}:
        service = SERVICES[name]
        found = {target: made / source for source, target, _ in mounts(service)}
        inside = f"{service['working_dir']}/{make_env.TABLE}"
        path = found.get(inside) or found[service["working_dir"]] / make_env.TABLE
        load(environ=service["environment"], folder=path.parent)
        assert path == made / make_env.FEEDS / make_env.TABLE


def test_secrets_of_othersreach_those_alone_who_read_feeds(made: Path) -> None:
    variables = f"{ENV['FEEDS']}/{make_env.VARIABLES}"
    assert (made / variables).stat().st_mode & 0o777 == 0o600
    for name, service in SERVICES.items():
        reads = name in ("producer", "dateline")
        assert service.get("env_file", []) == ([variables] if reads else []), name
        assert (ENV["FEEDS"] in {source for source, _, _ in mounts(service)}) == reads, name


def test_every_variable_is_in_the_env_file() -> None:
    asked = {name for name, _, _ in references()}
    made = env_file(make_env.content())
    example = env_file((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert asked == set(made) == set(example)
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == make_env.content(example=True)
    # Compose would hand a stray DATELINE_ in .env to nobody, silently.
    assert not any(name.startswith(PREFIX) for name in made)


def test_the_example_holds_no_secret_and_defaults_agree() -> None:
    example = env_file((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert all(example[name] == "" for name, _ in make_env.SECRETS)
    defaults = {name: value for name, value, _ in make_env.CHOICES}
    for name, operator, rest in references():
        if name in defaults:
            assert (operator, rest) == (":-", defaults[name]), name


def test_without_env_the_message_says_what_to_do() -> None:
    secrets = {name for name, _ in make_env.SECRETS}
    for name, operator, rest in references():
        if name in secrets:
            assert operator == ":?" and "python deploy/make_env.py" in rest, name
    with pytest.raises(KeyError, match=r"run python deploy/make_env\.py"):
        interpolated(RAW["services"], {})


def test_every_setting_exists_and_its_value_is_taken() -> None:
    for name in STAGES | {"dateline"}:
        environ = SERVICES[name]["environment"]
        unknown = {key for key in environ if key[len(PREFIX) :].lower() not in NAMES}
        assert not unknown, name
        settings = load(environ=environ, folder=ROOT / "deploy")
        assert settings.kafka_sasl_password == ENV["KAFKA_DATELINE_PASSWORD"]
        assert settings.elasticsearch_password == ENV["ELASTICSEARCH_DATELINE_PASSWORD"]
        assert settings.kafka_security_protocol == "SASL_PLAINTEXT"
        assert ENV["KAFKA_DATELINE_PASSWORD"] not in repr(settings)
        targets = {target for _, target, _ in mounts(SERVICES[name])}
        assert str(Path(str(settings.elasticsearch_ca_certs)).parent) in targets
    for name, service in SERVICES.items():
        if name not in STAGES | {"dateline"}:
            assert not any(key.startswith(PREFIX) for key in service.get("environment", {}))


def test_every_command_is_one() -> None:
    called = {name: SERVICES[name]["command"] for name in STAGES | {"dateline"}}
    called["healthcheck"] = SERVICES["producer"]["healthcheck"]["test"][2:]
    assert SERVICES["producer"]["healthcheck"]["test"][:2] == ["CMD", "dateline"]
    for name, (command, *arguments) in called.items():
        assert command in COMMANDS, name
        with cli.make_context("dateline", [command, *arguments]) as context:
            subcommand = cli.get_command(context, command)
            assert subcommand is not None
            # Raises UsageError where an argument or an option is not known.
            subcommand.make_context(command, list(arguments), parent=context)


def test_versions_agree_with_the_embedded_servers_and_the_clients() -> None:
    locked = {jar.artifact: jar.version for jar in locked_jars()}
    # A digest may follow (docs/containers.md).
    images = {name: SERVICES[name]["image"].partition("@")[0] for name in SERVERS}
    tags = {name: image.rsplit(":", 1) for name, image in images.items()}
    assert tags["kafka"] == ["apache/kafka", locked["kafka-server"]]
    assert tags["elasticsearch"][1] == tags["kibana"][1] == locked["elasticsearch"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    [client] = re.findall(r"^elasticsearch==([\d.]+)", lock, re.MULTILINE)
    assert client.split(".")[0] == tags["kibana"][1].split(".")[0]
    assert {SERVICES[name]["image"] for name in OURS} == {f"dateline:{__version__}"}
    assert [name for name in SERVICES if "build" in SERVICES[name]] == ["setup-certificates"]


def test_the_stages_can_do_little_and_be_many() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True, name
        assert any(entry.startswith("/tmp:") for entry in service["tmpfs"]), name
        # Who names no user runs as the image's own, which the Dockerfile's test looks at.
        assert service.get("user") == ("0:0" if name == "setup-certificates" else None), name
    for name, service in SERVICES.items():
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["cap_drop"] == ["ALL"] and "cap_add" not in service, name
        assert "container_name" not in service, name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} listens to the whole world"
    for name in ("processor", "sink"):
        # Nothing of its own that two of them would share.
        shared = {"certificates", f"{ENV['FEEDS']}/{make_env.TABLE}"}
        assert {source for source, _, _ in mounts(SERVICES[name])} == shared
        assert "ports" not in SERVICES[name]


def test_the_models_fit_into_the_memory() -> None:
    settings = load(environ=SERVICES["processor"]["environment"], folder=ROOT / "deploy")
    assert settings.nlp_processes > 0, "as many as the machine has cores would not be known here"
    most = settings.nlp_processes * settings.nlp_memory_mb
    assert most + 256 <= megabytes(SERVICES["processor"]["mem_limit"])
    heap = re.search(r"-Xmx(\w+)", SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"])
    assert heap
    assert 2 * megabytes(heap[1]) <= megabytes(SERVICES["elasticsearch"]["mem_limit"])


def broker_properties() -> dict[str, str]:
    """As the image makes them out of the environment: KAFKA_A_B is a.b."""
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in SERVICES["kafka"]["environment"].items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }


def test_the_broker_is_set_up_like_the_embedded_one() -> None:
    here, embedded = broker_properties(), embedded_kafka.properties(1, 2)
    own_network = {"listeners", "advertised.listeners", "listener.security.protocol.map"}
    own_network |= {"controller.quorum.voters", "inter.broker.listener.name", "log.dirs"}
    tuning = {"broker.session.timeout.ms", "num.recovery.threads.per.data.dir"}
    tuning |= {"group.initial.rebalance.delay.ms", "log.cleaner.dedupe.buffer.size"}
    shared = set(embedded) - own_network - tuning
    assert {key: here.get(key) for key in shared} == {key: embedded[key] for key in shared}
    stored = {target for _, target, _ in mounts(SERVICES["kafka"])}
    assert here["log.dirs"] in stored


def test_only_the_listener_with_a_password_can_be_reached() -> None:
    here = broker_properties()
    protocols = dict(pair.split(":") for pair in here["listener.security.protocol.map"].split(","))
    for listener in here["listeners"].split(","):
        name, address = listener.split("://")
        if not address.startswith("127.0.0.1:"):
            assert protocols[name] == "SASL_PLAINTEXT", listener
    assert (
        f'user_dateline="{ENV["KAFKA_DATELINE_PASSWORD"]}"'
        in (here["listener.name.client.plain.sasl.jaas.config"])
    )


def test_elasticsearch_asks_for_a_password_over_tls_and_makes_no_index_by_itself() -> None:
    environ = SERVICES["elasticsearch"]["environment"]
    assert environ["xpack.security.enabled"] == "true"
    assert environ["xpack.security.http.ssl.enabled"] == "true"
    patterns = environ["action.auto_create_index"].split(",")
    assert not any(re.match(p.replace(".", r"\.").replace("*", ".*"), "articles") for p in patterns)
    embedded = embedded_elasticsearch.settings(ROOT, 1, 2)
    watermarks = {key for key in embedded if "watermark" in key}
    assert watermarks <= set(environ)


def test_no_password_shows_in_the_list_of_processes() -> None:
    secrets = {ENV[name] for name, _ in make_env.SECRETS}
    for name, service in SERVICES.items():
        told = yaml.safe_dump(
            [service.get(key) for key in ("command", "entrypoint", "healthcheck")]
        )
        assert not any(secret in told for secret in secrets), name
        assert "PASSWORD" not in told, name


def test_kibana_speaks_of_files_and_variables_that_are_there() -> None:
    text = (ROOT / "deploy" / "kibana.yml").read_text(encoding="utf-8")
    environ = SERVICES["kibana"]["environment"]
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert set(re.findall(r"\$\{(\w+)\}", code)) == set(environ)
    targets = {target for _, target, _ in mounts(SERVICES["kibana"])}
    settings = yaml.safe_load(text)
    [authority] = settings["elasticsearch.ssl.certificateAuthorities"]
    assert str(Path(authority).parent) in targets
    assert settings["elasticsearch.username"] == "kibana_system"


def test_passwords_are_random_and_never_written_twice(tmp_path: Path) -> None:
    assert ".env" in make_env.make(tmp_path)
    path = tmp_path / ".env"
    assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / make_env.INBOX).is_dir()
    made = env_file(path.read_text(encoding="utf-8"))
    secrets = [made[name] for name, _ in make_env.SECRETS]
    assert len(set(secrets)) == len(secrets)
    for name, _ in make_env.SECRETS:
        if name == "KAFKA_CLUSTER_ID":
            assert re.fullmatch(r"[\w][\w-]{21}", made[name])
        else:
            assert re.fullmatch(r"[A-Za-z0-9]{32}", made[name])
    before = path.read_bytes()
    assert make_env.make(tmp_path) == []
    assert path.read_bytes() == before


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o000])
def test_containers_may_read_what_is_made_for_them_whatever_the_umask(
    umask: int, tmp_path: Path
) -> None:
    kibana = tmp_path / make_env.KIBANA
    kibana.parent.mkdir()
    kibana.touch(mode=0o600)
    before = os.umask(umask)
    try:
        make_env.make(tmp_path)
    finally:
        os.umask(before)
    for folder in (make_env.INBOX, make_env.FEEDS):
        assert (tmp_path / folder).stat().st_mode & 0o777 & 0o055 == 0o055, folder
    for file in (kibana, tmp_path / make_env.FEEDS / make_env.TABLE):
        assert file.stat().st_mode & 0o044 == 0o044, file
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays_and_what_is_missing_is_made(made: Path) -> None:
    table_file, secrets_file = (
        made / make_env.FEEDS / name for name in (make_env.TABLE, make_env.VARIABLES)
    )
    table_file.write_text("[feeds]\nmine = '/inbox'\n", encoding="utf-8")
    secrets_file.unlink()
    (made / make_env.INBOX).rmdir()
    assert make_env.make(made) == [make_env.INBOX, f"{make_env.FEEDS}/{make_env.VARIABLES}"]
    assert (made / make_env.INBOX).is_dir() and secrets_file.is_file()
    assert "mine" in table_file.read_text(encoding="utf-8")


def test_the_command_succeeds_where_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python deploy/make_env.py && docker compose up` goes on after an upgrade, too."""
    monkeypatch.setattr(make_env, "ROOT", tmp_path)
    assert make_env.main() == 0
    assert make_env.TABLE in capsys.readouterr().out
    (tmp_path / make_env.FEEDS / make_env.VARIABLES).unlink()
    assert make_env.main() == 0
    told = capsys.readouterr().out
    assert f"made {make_env.FEEDS}/{make_env.VARIABLES}" in told and ".env is there" in told
    assert make_env.main() == 0
    assert "nothing was made" in capsys.readouterr().out
    env = env_file((tmp_path / ".env").read_text(encoding="utf-8"))
    assert not any(env[name] in told for name, _ in make_env.SECRETS)


def test_folders_are_made_where_the_env_file_says(made: Path, tmp_path: Path) -> None:
    path = made / ".env"
    elsewhere, others = tmp_path / "srv" / "wire copy", tmp_path / "srv" / "feeds"
    text = path.read_text(encoding="utf-8")
    text = text.replace(f"INBOX={make_env.INBOX}", f"INBOX='{elsewhere}' # of the agency")
    text = text.replace(f"FEEDS={make_env.FEEDS}", f"export FEEDS = {others}  # ours")
    path.write_text(text, encoding="utf-8")
    files = [others / name for name in (make_env.TABLE, make_env.VARIABLES)]
    assert make_env.make(made) == [str(one) for one in (elsewhere, others, *files)]
    assert files[1].stat().st_mode & 0o777 == 0o600
    assert elsewhere.stat().st_mode & 0o055 == 0o055
    # Once there, it is the user's: nobody is let in who was not.
    elsewhere.chmod(0o700)
    assert make_env.make(made) == []
    assert elsewhere.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("FEEDS=/srv/feeds", "/srv/feeds"),
        ("FEEDS=/srv/feeds   # ours", "/srv/feeds"),
        ("FEEDS=/srv/feeds#1", "/srv/feeds#1"),
        ("FEEDS='/srv/my feeds' # ours", "/srv/my feeds"),
        ('FEEDS="/srv/\\"my\\" feeds"', '/srv/"my" feeds'),
        ("  export FEEDS = /srv/feeds\r", "/srv/feeds"),
        ("FEEDS=", ""),
        ("FEEDS= # none", ""),
        ("FEEDS=one\nFEEDS=two", "two"),
        ("# FEEDS=/srv/feeds", None),
        ("FEEDS", None),
    ],
)
def test_an_env_file_is_read_as_compose_reads_it(line: str, value: str | None) -> None:
    assert make_env.assignments(f"INBOX=x\n{line}\n").get("FEEDS") == value


def test_passwords_that_the_env_file_lacks_are_added(made: Path) -> None:
    """Compose names the variable and says to run make_env: that has to help."""
    path = made / ".env"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("ELASTIC_PASSWORD=", "KAFKA_CLUSTER"))]
    path.write_text("\n".join([*kept, "ELASTIC_PASSWORD="]), encoding="utf-8")
    path.chmod(0o644)
    assert make_env.make(made) == ["ELASTIC_PASSWORD in .env", "KAFKA_CLUSTER_ID in .env"]
    text = path.read_text(encoding="utf-8")
    assert text.startswith("\n".join(kept)) and path.stat().st_mode & 0o007 == 0
    interpolated(RAW["services"], dict(make_env.assignments(text)))
    assert make_env.make(made) == []


@pytest.mark.parametrize("value", ["${HOME}/feeds", "/srv/\x1b[31mfeeds"])
def test_a_folder_that_cannot_be_read_off_is_told_in_a_line(
    value: str, made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (made / ".env").write_text(f"FEEDS={value}\n", encoding="utf-8")
    monkeypatch.setattr(make_env, "ROOT", made)
    assert make_env.main() == 1
    told = capsys.readouterr().err
    assert "FEEDS in .env" in told and told.rstrip("\n").isprintable()


def test_a_folder_that_cannot_be_made_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deploy").write_text("a file")
    monkeypatch.setattr(make_env, "ROOT", tmp_path)
    assert make_env.main() == 1
    assert "deploy" in capsys.readouterr().err


def test_the_env_file_is_made_by_one_command_and_git_does_not_take_it() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import runpy; runpy.run_path('deploy/make_env.py')"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert shown.stdout == b""
    private = [".env", "deploy/inbox/", f"deploy/feeds/{make_env.VARIABLES}"]
    ignored = subprocess.run(
        ["git", "check-ignore", *private], cwd=ROOT, capture_output=True, check=False
    )
    assert ignored.stdout.decode().split() == private

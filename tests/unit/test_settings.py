"""Settings: flags, then DATELINE_*, then dateline.toml, then defaults; secrets are never shown."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dateline.errors import UsageError
from dateline.settings import Settings, as_environment, load
from sinks import generations, ledger


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "dateline.toml").write_text("nlp_batch = 1\nsink_batch = 1\n[topic]\npartitions=7")
    environ = {"DATELINE_NLP_BATCH": "2", "DATELINE_SINK_BATCH": "2"}
    found = load({"nlp_batch": 3, "sink_batch": None}, environ=environ, folder=tmp_path)
    assert (found.nlp_batch, found.sink_batch, found.topic_partitions) == (3, 2, 7)
    assert found.index_shards == Settings().index_shards


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"DATELINE_NLP_BATCH": "many"}, "DATELINE_NLP_BATCH"),
        ({"DATELINE_NLP_BATCH": "0"}, "DATELINE_NLP_BATCH"),
        ({"DATELINE_NLP_BACTH": "3"}, "DATELINE_NLP_BATCH"),
        ({"DATELINE_KAFKA_SECURITY_PROTOCOL": "TELNET"}, "DATELINE_KAFKA_SECURITY_PROTOCOL"),
        ({"DATELINE_KAFKA_SASL_PASSWORD_FILE": "/nowhere"}, "DATELINE_KAFKA_SASL_PASSWORD_FILE"),
        ({"DATELINE_KAFKA_BOOTSTRAP_SERVERS": "one:9092,two"}, "DATELINE_KAFKA_BOOTSTRAP_SERVERS"),
        ({"DATELINE_KAFKA_BOOTSTRAP_SERVERS": "one:many"}, "DATELINE_KAFKA_BOOTSTRAP_SERVERS"),
        ({"DATELINE_ELASTICSEARCH_URL": "localhost:9200"}, "DATELINE_ELASTICSEARCH_URL"),
        ({"DATELINE_ELASTICSEARCH_URL": "http://localhost"}, "DATELINE_ELASTICSEARCH_URL"),
        ({"DATELINE_ELASTICSEARCH_URL": "http://one:99999"}, "DATELINE_ELASTICSEARCH_URL"),
        ({"DATELINE_KAFKA_BOOTSTRAP_SERVERS": "one:65536"}, "DATELINE_KAFKA_BOOTSTRAP_SERVERS"),
        ({"DATELINE_KAFKA_BOOTSTRAP_SERVERS": "one:0"}, "DATELINE_KAFKA_BOOTSTRAP_SERVERS"),
        ({"DATELINE_KAFKA_BOOTSTRAP_SERVERS": "one:1/a"}, "DATELINE_KAFKA_BOOTSTRAP_SERVERS"),
        ({"DATELINE_TOPIC_PREFIX": "the desk."}, "DATELINE_TOPIC_PREFIX"),
        ({"DATELINE_TOPIC_PREFIX": "desk/"}, "DATELINE_TOPIC_PREFIX"),
        ({"DATELINE_TOPIC_PREFIX": "d" * 240}, "DATELINE_TOPIC_PREFIX"),
        *(
            ({"DATELINE_INDEX_PREFIX": prefix}, "DATELINE_INDEX_PREFIX")
            for prefix in ("Desk-", "Äpfel-", "_desk", "-desk", "+desk", "d" * 241, "ö" * 121)
        ),
        *(
            ({"DATELINE_INDEX_PREFIX": f"a{sign}b"}, "DATELINE_INDEX_PREFIX")
            for sign in '\\/*?"<>|,#: \n\x1b\x9b\udcff'
        ),
        ({"DATELINE_DATA_DIR": "~nobody-of-this-name/x"}, "DATELINE_DATA_DIR"),
        (
            {"DATELINE_KAFKA_SASL_PASSWORD_FILE": "~nobody-of-this-name/x"},
            "DATELINE_KAFKA_SASL_PASSWORD_FILE",
        ),
    ],
)
def test_a_bad_setting_names_its_place(environ: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load(environ=environ, folder=tmp_path)
    assert named in str(refused.value)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("NLP_BATCH", "many", "expected a whole number"),
        ("METRICS_PORT", "65536", "expected a whole number <= 65535"),
        ("METRICS_PORT", "any", "expected a whole number"),
        ("BREAKER_SHARE", "half", "expected a number"),
        ("LOG_FORMAT", "xml", "expected one of auto, json, text"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI", "expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"),
    ],
)
def test_what_a_setting_may_be_is_told_in_words(
    name: str, value: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as refused:
        load(environ={f"DATELINE_{name}": value}, folder=tmp_path)
    assert str(refused.value).endswith(f"found {value!r}; {expected}")


@pytest.mark.parametrize(
    "prefix", ["", "desk-1.", "größe-", "news+", "a_b", "50%", "desk@night;", ".desk", "新聞-"]
)
def test_prefixes_that_the_servers_take_are_taken(prefix: str, tmp_path: Path) -> None:
    environ = {"DATELINE_TOPIC_PREFIX": "Desk_1.", "DATELINE_INDEX_PREFIX": prefix}
    found = load(environ=environ, folder=tmp_path)
    assert (found.topic_prefix, found.index_prefix) == ("Desk_1.", prefix)


def test_the_longest_prefix_of_indices_leaves_room_for_every_name(tmp_path: Path) -> None:
    most = load(environ={"DATELINE_INDEX_PREFIX": "d" * 240}, folder=tmp_path)
    names = [generations.index_of(most, 1), generations.alias(most), generations.desk_alias(most)]
    names += [ledger.index_of(most), ledger.alias(most)]
    assert max(map(len, names)) == 255


def test_addresses_that_the_clients_can_read_are_taken(tmp_path: Path) -> None:
    environ = {
        "DATELINE_KAFKA_BOOTSTRAP_SERVERS": "kafka-1:9092, 127.0.0.1:9093,[::1]:9094",
        "DATELINE_ELASTICSEARCH_URL": "https://search.example.org:443/behind/a/proxy",
    }
    assert load(environ=environ, folder=tmp_path).elasticsearch_url is not None


@pytest.mark.parametrize("name", ["elasticsearch_api_key", "kibana_api_key"])
@pytest.mark.parametrize("key", ["line-1\nline-2", "two words", "geheimö"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(
    name: str, key: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=name) as refused:
        load(environ={f"DATELINE_{name.upper()}": key}, folder=tmp_path)
    assert not any(word in str(refused.value) for word in key.split())


def test_bad_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "dateline.toml").write_text("nlp_batch = ")
    with pytest.raises(UsageError, match=r"dateline\.toml"):
        load(environ={}, folder=tmp_path)
    (tmp_path / "dateline.toml").write_text("nlp_bach = 3")
    with pytest.raises(UsageError, match="nlp_bach"):
        load(environ={}, folder=tmp_path)


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    load(environ={"DATELINE_SERVICE_HOST": "10.0.0.1"}, folder=tmp_path)


def test_secrets_come_from_files_and_are_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    environ = {
        "DATELINE_KAFKA_SASL_PASSWORD_FILE": str(secret),
        "DATELINE_ELASTICSEARCH_API_KEY": "abc123",
    }
    found = load(environ=environ, folder=tmp_path)
    assert found.kafka_sasl_password == "hunter2"
    for told in (repr(found), str(found), str(found.shown())):
        assert "hunter2" not in told and "abc123" not in told
    bad = {"DATELINE_ELASTICSEARCH_API_KEY": "abc123", "DATELINE_NLP_BATCH": "x"}
    with pytest.raises(UsageError) as refused:
        load(environ=bad, folder=tmp_path)
    assert "abc123" not in str(refused.value)


@pytest.mark.parametrize(
    ("stands", "meant"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b" hunter2\t \n", " hunter2\t "),
        (b"hunter2\n\n", "hunter2"),
        (b"hunter2\r\n\r\n", "hunter2"),
        (b"\xef\xbb\xbfhunter2\r\n", "hunter2"),
    ],
)
def test_a_secret_loses_what_editors_add_and_nothing_else(
    stands: bytes, meant: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(stands)
    environ = {"DATELINE_KAFKA_SASL_PASSWORD_FILE": str(tmp_path / "secret")}
    assert load(environ=environ, folder=tmp_path).kafka_sasl_password == meant
    (tmp_path / "dateline.toml").write_text(
        f"kafka_sasl_password_file = '{tmp_path / 'secret'}'", encoding="utf-8"
    )
    assert load(environ={}, folder=tmp_path).kafka_sasl_password == meant


@pytest.mark.parametrize(
    ("stands", "lines"),
    [
        (b"hunter2\n# old\n", 2),
        (b"\nhunter2", 2),
        (b"hunter2\r# old\r\n\r\nhunter1\r\n", 4),
    ],
)
def test_a_file_with_more_than_a_secret_is_refused_and_not_quoted(
    stands: bytes, lines: int, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(stands)
    environ = {"DATELINE_KAFKA_SASL_PASSWORD_FILE": str(tmp_path / "secret")}
    with pytest.raises(UsageError, match="DATELINE_KAFKA_SASL_PASSWORD_FILE") as refused:
        load(environ=environ, folder=tmp_path)
    assert f"found {lines} lines" in str(refused.value)
    assert "hunter" not in str(refused.value) and "#" not in str(refused.value)


@pytest.mark.parametrize("stands", [b"", b"\n", b"\xef\xbb\xbf", b"\xffhunter2"])
def test_a_file_that_holds_no_secret_is_named(stands: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(stands)
    with pytest.raises(UsageError, match="DATELINE_ELASTICSEARCH_PASSWORD_FILE") as refused:
        load(
            environ={"DATELINE_ELASTICSEARCH_PASSWORD_FILE": str(tmp_path / "secret")},
            folder=tmp_path,
        )
    assert str(tmp_path / "secret") in str(refused.value)
    assert "hunter2" not in str(refused.value) and "xff" not in str(refused.value)


def test_a_variable_that_is_empty_sets_nothing(tmp_path: Path) -> None:
    environ = {"DATELINE_KAFKA_SASL_PASSWORD_FILE": "", "DATELINE_TOPIC_PREFIX": ""}
    assert load(environ=environ, folder=tmp_path).kafka_sasl_password is None


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dateline.toml"
    path.write_text("elasticsearch_api_key = 'hunter2'")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="elasticsearch_api_key_file") as refused:
        load(environ={}, folder=tmp_path)
    assert "hunter2" not in str(refused.value)
    path.chmod(0o600)
    assert load(environ={}, folder=tmp_path).elasticsearch_api_key == "hunter2"
    (tmp_path / "key").write_text("hunter2")
    path.write_text(f"elasticsearch_api_key_file = '{tmp_path / 'key'}'")
    path.chmod(0o644)
    assert load(environ={}, folder=tmp_path).elasticsearch_api_key == "hunter2"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"KAFKA_SSL_CAFILE": "ca.pem"}, "kafka_security_protocol"),
        (
            {"ELASTICSEARCH_CA_CERTS": "ca.pem", "ELASTICSEARCH_URL": "http://search:9200"},
            "elasticsearch_url",
        ),
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "kafka_sasl_username is missing"),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "me"},
            "kafka_sasl_password is missing",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEYFILE": "key.pem"},
            "kafka_ssl_certfile",
        ),
        ({"ELASTICSEARCH_CLIENT_KEY": "key.pem"}, "elasticsearch_client_cert"),
    ],
)
def test_security_that_would_have_no_effect_is_refused(
    given: dict[str, str], named: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=named):
        load(environ={f"DATELINE_{key}": value for key, value in given.items()}, folder=tmp_path)


def test_a_child_process_gets_the_same_settings(tmp_path: Path) -> None:
    given = msgspec.structs.replace(
        Settings(), topic_prefix="", nlp_timeout=7.5, kafka_sasl_password="x", index_replicas=0
    )
    # ... whatever the folder it is started in says of what its parent left unset
    (tmp_path / "dateline.toml").write_text("topic_prefix = 'other.'\nkafka_sasl_username = 'y'")
    assert load(environ=as_environment(given), folder=tmp_path) == given
    assert load({"nlp_batch": 5}, environ=as_environment(given)).nlp_batch == 5


@pytest.mark.parametrize("name", ["ELASTICSEARCH_URL", "KAFKA_BOOTSTRAP_SERVERS"])
def test_an_address_with_a_password_is_refused_and_not_shown(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        load(environ={f"DATELINE_{name}": "https://me:hunter2@host:9200"}, folder=tmp_path)
    assert "hunter2" not in str(refused.value) and name in str(refused.value)

"""Settings: flags, then ``DATELINE_*``, then ``dateline.toml``, then the defaults below.

One flat list of names. ``kafka_bootstrap_servers`` is ``DATELINE_KAFKA_BOOTSTRAP_SERVERS`` in the
environment, and in ``dateline.toml`` either that name or ``bootstrap_servers`` in table
``[kafka]``. A secret may come from a file: ``..._file`` names it. Secrets are never printed.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from dateline.errors import UsageError

PREFIX = "DATELINE_"
FILE = "dateline.toml"
#: all settings of a parent process, for its children (`as_environment`)
_WHOLE = "DATELINE_SETTINGS"
#: tables of dateline.toml that are not settings, but lists of their own
_TABLES = frozenset({"feeds", "providers", "words"})
#: never shown, and hidden wherever they stand in what is said
SECRETS = frozenset(
    {
        "kafka_sasl_password",
        "kafka_ssl_keyfile_password",
        "elasticsearch_password",
        "elasticsearch_api_key",
        "elasticsearch_client_key_password",
        "kibana_password",
        "kibana_api_key",
    }
)

Count = Annotated[int, Meta(ge=1)]


def _default_data_dir() -> str:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return str(Path(base) / "dateline")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every setting, with its default. Sizes in bytes, times in seconds unless the name says."""

    #: host:port, comma separated; without it, servers.json in data_dir is asked
    kafka_bootstrap_servers: str | None = None
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    kafka_ssl_cafile: str | None = None
    kafka_ssl_certfile: str | None = None
    kafka_ssl_keyfile: str | None = None
    kafka_ssl_keyfile_password: str | None = None
    #: http(s)://host:port; without it, servers.json in data_dir is asked
    elasticsearch_url: str | None = None
    elasticsearch_username: str | None = None
    elasticsearch_password: str | None = None
    elasticsearch_api_key: str | None = None
    elasticsearch_ca_certs: str | None = None
    elasticsearch_client_cert: str | None = None
    elasticsearch_client_key: str | None = None
    elasticsearch_client_key_password: str | None = None
    #: http(s)://host[:port][/base-path] of a Kibana, for `dateline kibana import`; no stage asks it
    kibana_url: str | None = None
    kibana_username: str | None = None
    kibana_password: str | None = None
    kibana_api_key: str | None = None
    kibana_ca_certs: str | None = None
    #: where the embedded servers, positions of feeds and Faust's files lie
    data_dir: str = msgspec.field(default_factory=_default_data_dir)
    #: put before the names of topics, consumer groups, indices and aliases
    topic_prefix: str = ""
    index_prefix: str = ""
    #: of articles.raw and articles.enriched when they are created
    topic_partitions: Count = 4
    #: of all topics when they are created; that they have as many is checked at each start
    topic_replication: Count = 1
    #: replicas that must have a record before it counts as written; without it, all but one
    topic_min_insync_replicas: Count | None = None
    #: a larger document is refused (its first 64 kB go to the dead letters)
    max_document_bytes: Count = 8 * 1024 * 1024
    #: a folder of spaCy pipelines of one's own, each in a folder within: they come before those
    #: that are installed, and before those that ship
    models_dir: str | None = None
    #: the editor's table of entities (docs/enrichment.md, Corrections); without it, `entities.toml`
    #: in data_dir where there is one
    entities_file: str | None = None
    #: the language of canonical names (`canonical` of places and organisations), whatever the
    #: article's own is
    gazetteer_language: Literal["de", "en", "fr"] = "en"
    #: spaCy processes of one `process`; 0: as many as there are cores, four at most
    nlp_processes: Annotated[int, Meta(ge=0)] = 0
    #: articles given to one spaCy process at a time, and such batches in flight
    nlp_batch: Count = 32
    nlp_in_flight: Count = 4
    #: a batch that takes longer has hung: its process is killed and the batch bisected
    nlp_timeout: Annotated[float, Meta(gt=0)] = 120.0
    #: a spaCy process that has grown beyond this is replaced (resident megabytes)
    nlp_memory_mb: Count = 1500
    #: articles the sink writes in one bulk request at most, and how long it gathers them
    sink_batch: Count = 500
    sink_linger: Annotated[float, Meta(ge=0)] = 0.2
    #: a stage stops when more than this share of the last so many records of a worker is bad,
    #: before it dead-letters the rest, too; share 1 lets everything through (`dateline.breaker`)
    breaker_share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    breaker_window: Count = 500
    #: of an index when it is created
    index_shards: Count = 1
    index_replicas: Annotated[int, Meta(ge=0)] = 0
    index_refresh_interval: str = "1s"
    #: feeds over HTTP: bytes of one answer at most, unpacked; seconds between two requests to one
    #: host; seconds to connect, without anything coming, and for all of an answer
    http_max_bytes: Count = 16 * 1024 * 1024
    http_gap: Annotated[float, Meta(ge=0)] = 1.0
    http_connect_timeout: Annotated[float, Meta(gt=0)] = 10.0
    http_read_timeout: Annotated[float, Meta(gt=0)] = 30.0
    http_timeout: Annotated[float, Meta(gt=0)] = 120.0
    #: what feeds' servers are told of who asks; an address to write to is polite
    http_user_agent: str | None = None
    #: Kafka forgets a dead worker after this many seconds
    session_timeout: Annotated[float, Meta(ge=6)] = 10.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: one event a line as JSON, or lines for people; auto: JSON where a stage runs as a service
    #: (`produce`, `process`, `sink`) and standard error is no terminal
    log_format: Literal["auto", "json", "text"] = "auto"
    #: where each stage tells how it does over HTTP (docs/metrics.md): no port, no server; 0: any
    #: that is free, as the log and `dateline status` say. `run` takes it and the next two
    metrics_port: Annotated[int, Meta(ge=0, le=65535)] | None = None
    #: the address it binds to; in a container 0.0.0.0, or nobody outside can ask
    metrics_address: str = "127.0.0.1"

    def shown(self) -> dict[str, Any]:
        """Every setting, secrets hidden: for people and logs."""
        return {
            name: "(hidden)" if name in SECRETS and value is not None else value
            for name, value in msgspec.structs.asdict(self).items()
        }

    def __repr__(self) -> str:
        return f"Settings({self.shown()})"

    @property
    def data_path(self) -> Path:
        """`data_dir` as an absolute path."""
        return Path(self.data_dir).expanduser().resolve()


NAMES = frozenset(Settings.__struct_fields__)


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Settings from all four places; flags that are None were not given.

    Raises UsageError that names the place of the bad value.
    """
    environ = os.environ if environ is None else environ
    if _WHOLE in environ:
        given = {name: value for name, value in (flags or {}).items() if value is not None}
        return msgspec.structs.replace(msgspec.json.decode(environ[_WHOLE], type=Settings), **given)
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}

    path = (folder or Path.cwd()) / FILE
    for name, value in _from_file(path).items():
        values[name], origin[name] = value, str(path)
    for key, value in environ.items():
        if not key.startswith(PREFIX):
            continue
        name = key[len(PREFIX) :].lower()
        if name.removesuffix("_file") in SECRETS and name.endswith("_file"):
            if value != "":
                values[name.removesuffix("_file")] = _secret(value, key)
                origin[name.removesuffix("_file")] = key
        elif name in NAMES:
            if value != "":
                values[name], origin[name] = value, key
        elif close := difflib.get_close_matches(name, NAMES, n=1, cutoff=0.85):
            # Others use the prefix too (Kubernetes, for one), so only a likely slip is an error.
            raise UsageError(
                f"unknown setting {key}",
                expected=f"{PREFIX}{close[0].upper()}",
                remedy=f"unset {key} or correct its name.",
            )
    for name, value in (flags or {}).items():
        if value is not None:
            values[name], origin[name] = value, f"--{name.replace('_', '-')}"
    try:
        return _safe(msgspec.convert(values, Settings, strict=False), origin)
    except msgspec.ValidationError as error:
        found = re.search(r"\$\.(\w+)", str(error))
        name = found.group(1) if found else ""
        raise UsageError(
            f"bad value of {name or 'a setting'} (from {origin.get(name, 'the settings')})",
            found=None if name in SECRETS else repr(values.get(name)),
            expected=_expected(name, str(error)),
        ) from error


def _expected(name: str, told: str) -> str:
    """What a setting may be. told: what msgspec says of one that may not."""
    choices = get_type_hints(Settings).get(name)
    named = [get_args(one) for one in (choices, *get_args(choices)) if get_origin(one) is Literal]
    if named:
        return f"one of {', '.join(map(str, named[0]))}"
    # ``Expected `int` >= 1, got `str` - at `$.name```: what was found stands there already.
    told = told.partition(" - at")[0].partition(", got")[0].removeprefix("Expected ")
    return re.sub(r"`(\w+)(?: \| null)?`", lambda kind: _KINDS.get(kind[1], kind[1]), told)


_KINDS = {"int": "a whole number", "float": "a number", "str": "text", "array": "a list"}


def _safe(settings: Settings, origin: Mapping[str, str]) -> Settings:
    """Addresses that the clients can read, without a password: they are shown in many places; paths
    that can be one, and prefixes that may begin a name.

    Raises UsageError.
    """
    for name, expected in _ADDRESSES.items():
        address = getattr(settings, name)
        if not address:
            continue
        if "@" in address:
            raise UsageError(
                f"{name} (from {origin.get(name)}) holds credentials",
                expected="an address alone",
                remedy="put them into their own settings (see `dateline doctor --settings`).",
            )
        parts = address.split(",") if name == "kafka_bootstrap_servers" else [address]
        if not all(re.fullmatch(_FORMS[name], part.strip()) for part in parts):
            raise UsageError(
                f"bad value of {name} (from {origin.get(name)})",
                found=repr(address),
                expected=expected,
            )
    for name in _PATHS:
        path = getattr(settings, name)
        try:
            if path:
                Path(path).expanduser().resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError(
                f"bad value of {name} (from {origin.get(name)})",
                found=f"{path!r} ({error})",
                expected="a path",
            ) from error
    for name, (may_begin, expected) in _PREFIXES.items():
        prefix = getattr(settings, name)
        if not may_begin(prefix):
            raise UsageError(
                f"bad value of {name} (from {origin.get(name)})",
                found=repr(prefix),
                expected=expected,
            )
    _agree(settings)
    return settings


def _agree(settings: Settings) -> None:
    """What cannot work, and what would only look safe: an authority that nobody checks. Raises
    UsageError. (Credentials that are not asked for harm nobody: `dateline doctor` names them.)"""
    kafka = settings.kafka_security_protocol
    https = (settings.elasticsearch_url or "https:").lower().startswith("https:")
    kibana = (settings.kibana_url or "https:").lower().startswith("https:")
    for names, effective, found, remedy in (
        (
            _KAFKA_TLS,
            kafka.endswith("SSL"),
            f"kafka_security_protocol {kafka}",
            "set it to SSL or SASL_SSL.",
        ),
        (_ELASTICSEARCH_TLS, https, "elasticsearch_url http://", "set it to https://..."),
        (("kibana_ca_certs",), kibana, "kibana_url http://", "set it to https://..."),
    ):
        given = [name for name in names if getattr(settings, name)]
        if given and not effective:
            raise UsageError(
                f"{given[0]} is set, but would have no effect", found=found, remedy=remedy
            )
    if kafka.startswith("SASL"):
        for name in ("kafka_sasl_username", "kafka_sasl_password"):
            if not getattr(settings, name):
                raise UsageError(f"{name} is missing", expected=f"a value, for {kafka}")
    for name in ("elasticsearch_api_key", "kibana_api_key"):
        key = getattr(settings, name)
        if key and not re.fullmatch(r"[!-~]+", key):
            # Told here: what sends it would put the whole key into its error.
            raise UsageError(
                f"{name} cannot be sent",
                found="a blank, a line break or a letter beyond ASCII in it",
                expected="the encoded form of the key, one word",
            )
    for one, other in (
        ("kafka_ssl_keyfile", "kafka_ssl_certfile"),
        ("elasticsearch_client_key", "elasticsearch_client_cert"),
    ):
        if getattr(settings, one) and not getattr(settings, other):
            raise UsageError(f"{one} is set without {other}", expected="both, or neither")


_KAFKA_TLS = ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile")
_ELASTICSEARCH_TLS = (
    *("elasticsearch_ca_certs", "elasticsearch_client_cert"),
    "elasticsearch_client_key",
)

_ADDRESSES = {
    "elasticsearch_url": "http(s)://host:port",
    "kafka_bootstrap_servers": "host:port, several with commas between them",
    "kibana_url": "http(s)://host, with port and base path where it has them",
}
#: a name, an IPv4 address or an IPv6 one in brackets; a path after the port for Elasticsearch
#: behind a proxy
_HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s/:?#\[\]]+)"
_PORT = r":0*(?:6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})(?=$|/)"
_PATH = r"(?:/[^\s?#]*)?"
_FORMS = {
    "elasticsearch_url": rf"https?://{_HOST}{_PORT}{_PATH}",
    "kafka_bootstrap_servers": f"{_HOST}{_PORT}",
    "kibana_url": rf"https?://{_HOST}(?:{_PORT})?{_PATH}",
}

#: whether something is there is for others to say
_PATHS = (
    *("data_dir", "models_dir", "entities_file", "kafka_ssl_cafile", "kafka_ssl_certfile"),
    *("kafka_ssl_keyfile", "elasticsearch_ca_certs", "elasticsearch_client_cert"),
    *("elasticsearch_client_key", "kibana_ca_certs"),
)
#: what follows the prefix in the longest name of ours (`sinks.generations.index_of`), in bytes, and
#: what Elasticsearch takes in all
_INDEX, _INDEX_BYTES = len("articles-000001"), 255


def _may_begin_topic(prefix: str) -> bool:
    """Kafka takes 249 of these characters for a topic's name."""
    return re.fullmatch(r"[A-Za-z0-9._-]{0,200}", prefix) is not None


def _may_begin_index(prefix: str) -> bool:
    """Whether Elasticsearch takes it at the beginning of an index, an alias and a template; an
    installation that runs with one must go on. (It takes control characters, too, but names are
    shown on terminals; half a surrogate is what an environment has that is no UTF-8.)"""
    return (
        re.match(r"[-_+]", prefix) is None
        and re.search(r'[\\/*?"<>| ,#:\x00-\x1f\x7f-\x9f\ud800-\udfff]', prefix) is None
        and prefix == prefix.lower()
        and len(prefix.encode()) + _INDEX <= _INDEX_BYTES
    )


#: setting to whether it may begin a name, and that in words
_PREFIXES = {
    "topic_prefix": (
        _may_begin_topic,
        "letters (a to z), digits, ., _ and -, 200 at most",
    ),
    "index_prefix": (
        _may_begin_index,
        'no capitals, no blank, none of \\ / * ? " < > | , # :, not -, _ or + first, '
        f"{_INDEX_BYTES - _INDEX} bytes at most",
    ),
}


def as_environment(settings: Settings) -> dict[str, str]:
    """All settings as they are, in one environment variable: for a child process of this one.

    The child reads no ``dateline.toml``: what is unset here must not be set there.
    """
    return {_WHOLE: msgspec.json.encode(settings).decode()}


def document(path: Path) -> dict[str, Any]:
    """``dateline.toml`` as it stands, {} where there is none. Raises UsageError."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", found=str(error), expected="TOML") from error


def _from_file(path: Path) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    inline: list[str] = []
    for key, value in document(path).items():
        if key in _TABLES:
            continue
        pairs = (
            {f"{key}_{inner}": given for inner, given in value.items()}
            if isinstance(value, dict)
            else {key: value}
        )
        for name, given in pairs.items():
            secret = name.removesuffix("_file")
            if secret in SECRETS and name.endswith("_file"):
                flat[secret] = _secret(str(given), f"{path}: {name}")
            elif name in NAMES:
                flat[name] = given
                if name in SECRETS:
                    inline.append(name)
            else:
                raise UsageError(f"{path}: unknown setting {name}", remedy="correct its name.")
    if inline and path.stat().st_mode & 0o077:
        raise UsageError(
            f"{path}: {inline[0]} can be read by others than the file's owner",
            found=f"mode {path.stat().st_mode & 0o777:o}",
            remedy=f"chmod 600 {path}; or put the secret into a file of its own, and name that "
            f"with {inline[0]}_file; or into the environment.",
        )
    return flat


def _secret(path: str, origin: str) -> str:
    """What stands in a secret's file: one line. A byte order mark and line breaks at the end are an
    editor's; blanks are its own.

    Raises UsageError.
    """
    try:
        text = Path(path).expanduser().read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        # Its own words quote what it could not read.
        raise UsageError(
            f"the secret's file that {origin} names cannot be read",
            found=path,
            expected="text in UTF-8",
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        # No such file; no name of a file; no such user behind ``~``.
        raise UsageError(
            f"the secret's file that {origin} names cannot be read", found=f"{path!r} ({error})"
        ) from error
    secret = text.rstrip("\r\n")
    if not secret:
        raise UsageError(
            f"the secret's file that {origin} names is empty",
            found=path,
            expected="the secret, in one line",
        )
    if (lines := len(re.split(r"\r\n|\r|\n", secret))) > 1:
        # The server would only refuse it, and nobody would see why.
        raise UsageError(
            f"the secret's file that {origin} names holds more than a secret",
            found=f"{lines} lines in {path}",
            expected="the secret alone, in one line",
        )
    return secret

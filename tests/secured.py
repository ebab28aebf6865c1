"""The real Kafka with TLS, passwords and rights, and a TLS gate before the real Elasticsearch.

Kafka is the embedded one with more listeners: its own checks of certificates, passwords and rights
are what is tested. Of Elasticsearch no server with security can be had without Docker, so `Gate`
stands before the embedded one: **a fake**, which ends TLS, asks for a credential and lets through
what a table of ours says that a role may do.
"""

from __future__ import annotations

import base64
import datetime as dt
import fnmatch
import functools
import http.client
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import trustme

from dateline.embedded import EmbeddedStack, kafka
from dateline.embedded.home import Home
from dateline.embedded.ports import free_port
from dateline.embedded.processes import Launch
from dateline.settings import Settings
from tests.local_server import listening

HOST = "localhost"
#: passwords of the users that Kafka knows, by mechanism; each a word that nothing else holds
PASSWORDS = {
    "PLAIN": "plain-Sesame-1",
    "SCRAM-SHA-256": "scram-Sesame-2",
    "SCRAM-SHA-512": "scram-Sesame-3",
}
KEY_PASSWORD = "key-Sesame-4"
API_KEY = "api-Sesame-5"
SEARCH_PASSWORD = "search-Sesame-6"


@dataclass(frozen=True)
class Certificates:
    """PEM files: an authority, another one, and what they signed."""

    folder: Path

    @functools.cached_property
    def _ours(self) -> trustme.CA:
        return trustme.CA()

    @functools.cached_property
    def _others(self) -> trustme.CA:
        return trustme.CA()

    @functools.cached_property
    def authority(self) -> str:
        """Whom clients should trust."""
        return self._write("ca.pem", self._ours.cert_pem.bytes())

    @functools.cached_property
    def other_authority(self) -> str:
        """Somebody else's."""
        return self._write("other-ca.pem", self._others.cert_pem.bytes())

    def server(self, name: str, *hosts: str, expired: bool = False) -> str:
        """Key and certificate in one file, for these host names."""
        ended = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        given = self._ours.issue_cert(
            *hosts,
            not_after=ended if expired else None,
            not_before=ended - dt.timedelta(days=30) if expired else None,
        )
        chain = b"".join(blob.bytes() for blob in given.cert_chain_pems)
        return self._write(f"{name}.pem", _pkcs8(given) + chain)

    def client(
        self, name: str, *, password: str | None = None, ours: bool = True
    ) -> tuple[str, str]:
        """Certificate and key of a client; the key encrypted where a password is given."""
        authority = self._ours if ours else self._others
        given = authority.issue_cert(f"{name}.example", common_name=name)
        key = _pkcs8(given, password)
        mark = "" if ours else "-other"
        chain = b"".join(blob.bytes() for blob in given.cert_chain_pems)
        return (
            self._write(f"{name}{mark}.crt", chain),
            self._write(f"{name}{mark}.key", key),
        )

    def _write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


def _pkcs8(given: trustme.LeafCert, password: str | None = None) -> bytes:
    """The key as Kafka reads it (it knows no other PEM of a key)."""
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(given.private_key_pem.bytes(), None)
    encryption: serialization.KeySerializationEncryption = (
        serialization.NoEncryption()
        if password is None
        else serialization.BestAvailableEncryption(password.encode())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


#: listener to its protocol; PLAINTEXT beside them belongs to whoever sets the test up
LISTENERS = {
    "TLS": "SSL",
    "MUTUAL": "SSL",
    "SASL": "SASL_SSL",
    "BARE": "SASL_PLAINTEXT",
    "WRONGHOST": "SSL",
    "EXPIRED": "SSL",
}


class SecuredStack(EmbeddedStack):
    """Kafka and Elasticsearch as always, Kafka with `LISTENERS` and with rights (no ACL, no entry).

    The plain listener is for whoever sets the test up: it may do everything. users: known to the
    two listeners with passwords, besides ``dateline``, which may do everything too.
    """

    def __init__(
        self, data_dir: Path, certificates: Certificates, users: Sequence[str] = ()
    ) -> None:
        super().__init__(data_dir, report=lambda _line: None)
        self.certificates = certificates
        self.users = ("dateline", *users)
        taken: set[int] = set()
        self.ports: dict[str, int] = {}
        for name in LISTENERS:
            self.ports[name] = free_port(taken)
            taken.add(self.ports[name])
        self._kafka.prepare = self._prepare

    def address(self, listener: str) -> str:
        """``localhost:PORT``."""
        return f"{HOST}:{self.ports[listener]}"

    def start(self) -> None:
        """As always; then the users with SCRAM are made."""
        super().start()
        self._make_scram_users()

    def _prepare(
        self, data_dir: Path, home: Home, run: str, port: int, controller_port: int
    ) -> Launch:
        launch = kafka.prepare(data_dir, home, run, port, controller_port)
        known = kafka.properties(port, controller_port)
        path = launch.folder / "config" / "server.properties"
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in self._properties(known).items())
        return launch

    def _properties(self, known: Mapping[str, str]) -> dict[str, str]:
        def more(key: str, entries: Iterator[str]) -> str:
            return ",".join([known[key], *entries])

        of = self.certificates
        found = {
            "listeners": more("listeners", (f"{n}://127.0.0.1:{p}" for n, p in self.ports.items())),
            "advertised.listeners": more(
                "advertised.listeners", (f"{n}://{HOST}:{p}" for n, p in self.ports.items())
            ),
            "listener.security.protocol.map": more(
                "listener.security.protocol.map", (f"{n}:{p}" for n, p in LISTENERS.items())
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:dateline",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": of.authority,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": of.server("kafka", HOST),
            "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
            "listener.name.mutual.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": ",".join(PASSWORDS),
            "listener.name.wronghost.ssl.keystore.location": of.server("wrong", "kafka.example"),
            "listener.name.expired.ssl.keystore.location": of.server("old", HOST, expired=True),
        }
        users = " ".join(f'user_{user}="{PASSWORDS["PLAIN"]}"' for user in self.users)
        package = "org.apache.kafka.common.security"
        for listener in ("sasl", "bare"):
            prefix = f"listener.name.{listener}"
            found[f"{prefix}.plain.sasl.jaas.config"] = (
                f"{package}.plain.PlainLoginModule required {users};"
            )
            for mechanism in ("scram-sha-256", "scram-sha-512"):
                found[f"{prefix}.{mechanism}.sasl.jaas.config"] = (
                    f"{package}.scram.ScramLoginModule required;"
                )
        return found

    def _make_scram_users(self) -> None:
        from kafka import KafkaAdminClient
        from kafka.admin import UserScramCredentialUpsertion

        with KafkaAdminClient(bootstrap_servers=self.kafka_bootstrap) as admin:
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
                # One at a time: of several for one user, 4.3 silently takes none.
                told = admin.alter_user_scram_credentials(
                    [UserScramCredentialUpsertion("dateline", mechanism, PASSWORDS[mechanism])]
                )
                assert told == {"dateline": None}, told

    def settings(self, listener: str, **more: Any) -> Settings:
        """Settings that fit a listener, as user ``dateline`` where it asks for one."""
        given: dict[str, Any] = {
            "kafka_bootstrap_servers": self.address(listener),
            "kafka_security_protocol": LISTENERS[listener],
        }
        if LISTENERS[listener].endswith("SSL"):
            given["kafka_ssl_cafile"] = self.certificates.authority
        if LISTENERS[listener].startswith("SASL"):
            given["kafka_sasl_mechanism"] = more.get("kafka_sasl_mechanism", "PLAIN")
            given["kafka_sasl_username"] = "dateline"
            given["kafka_sasl_password"] = PASSWORDS[given["kafka_sasl_mechanism"]]
        return msgspec.structs.replace(Settings(), **{**given, **more})

    def as_user(self, user: str, **more: Any) -> Settings:
        """Settings of one of ``users``, over TLS."""
        return self.settings("SASL", kafka_sasl_username=user, **more)


# --- Elasticsearch's gate ----------------------------------------------------------------------

#: what a request is, after Elasticsearch's own names of its actions: method, path, action. The
#: first part of a path is what it is about, unless it begins with an underscore.
_ACTIONS = (
    ("GET", r"/_index_template/.*", "indices:admin/index_template/get"),
    ("PUT", r"/_index_template/.*", "indices:admin/index_template/put"),
    ("GET", r"/_cluster/health.*", "cluster:monitor/health"),
    ("GET", r"/", "cluster:monitor/main"),
    ("POST", r"/_aliases", "indices:admin/aliases"),
    ("POST", r"/_search", "indices:data/read/search"),
    ("DELETE", r"/_pit", "indices:data/read/close_point_in_time"),
    ("POST", r"/[^_/][^/]*/_pit", "indices:data/read/open_point_in_time"),
    ("POST|PUT", r"/[^_/][^/]*/_bulk", "indices:data/write/bulk"),
    ("POST", r"/[^_/][^/]*/_mget", "indices:data/read/mget"),
    ("GET|POST", r"/[^_/][^/]*/_(search|count)", "indices:data/read/search"),
    ("GET|POST", r"/[^_/][^/]*/_refresh", "indices:admin/refresh"),
    ("GET", r"/[^_/][^/]*/_settings.*", "indices:monitor/settings/get"),
    ("PUT", r"/[^_/][^/]*/_settings", "indices:admin/settings/update"),
    ("GET", r"/[^_/][^/]*/_mapping", "indices:admin/mappings/get"),
    ("PUT", r"/[^_/][^/]*/_mapping", "indices:admin/mapping/put"),
    ("GET", r"/[^_/][^/]*", "indices:admin/get"),
    ("PUT", r"/[^_/][^/]*", "indices:admin/create"),
    ("DELETE", r"/[^_/][^/]*", "indices:admin/delete"),
)
#: what a privilege grants, after Elasticsearch's reference
_GRANTED = {
    "read": r"indices:data/read/.*",
    "write": r"indices:data/write/.*",
    "manage": r"indices:(monitor|admin)/.*",
    "view_index_metadata": r"indices:(admin/(get|mappings/get|aliases/get)|monitor/settings/get)",
    "monitor": r"cluster:monitor/.*",
    "manage_index_templates": r"indices:admin/index_template/.*",
}


@dataclass
class Gate:
    """Before Elasticsearch: TLS, a credential, and what its role may do. A fake.

    certificate: its own; without one it speaks no TLS. known: the value of the ``Authorization``
    header to a role (None: everything). authority: whose certificates clients must have.
    """

    upstream: str
    certificate: str | None
    known: Mapping[str, dict[str, Any] | None]
    authority: str | None = None
    #: what was refused, for whoever looks at a failure
    refused: list[str] = field(default_factory=list)
    host: str = HOST
    port: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.host}:{self.port}"

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One request, refused or passed on."""
        given = headers.get("Authorization", "")
        if given not in self.known:
            return self._refuse(401, f"unable to authenticate user for REST request [{path}]")
        role = self.known[given]
        if role is not None and (action := self._not_granted(role, method, path)):
            return self._refuse(403, f"action [{action}] is unauthorized for {path}")
        host = self.upstream.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            kept = {k: v for k, v in headers.items() if k.lower() in ("content-type", "accept")}
            connection.request(method, path, body or None, kept)
            found = connection.getresponse()
            content = found.read()
            named = {k: v for k, v in found.getheaders() if k.lower() in _PASSED_ON}
            return found.status, named, content
        finally:
            connection.close()

    def _refuse(self, status: int, reason: str) -> tuple[int, Mapping[str, str], bytes]:
        self.refused.append(f"{status} {reason}")
        told = {"error": {"type": "security_exception", "reason": reason}, "status": status}
        named = {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch"}
        return status, named, msgspec.json.encode(told)

    def _not_granted(self, role: Mapping[str, Any], method: str, path: str) -> str | None:
        """The action that the role does not hold; None where it may."""
        path = unquote(path.partition("?")[0])
        action = next(
            (
                a
                for methods, p, a in _ACTIONS
                if re.fullmatch(methods, method) and re.fullmatch(p, path)
            ),
            "unknown to the gate",
        )
        granted = list(role["cluster"])
        about = path.split("/")[1]
        if about and not about.startswith("_"):
            for one in about.split(","):
                granted_here = [
                    privilege
                    for entry in role["indices"]
                    if any(fnmatch.fnmatchcase(one, name) for name in entry["names"])
                    for privilege in entry["privileges"]
                ]
                if not any(re.fullmatch(_GRANTED[g], action) for g in granted_here):
                    return action
            return None
        if action == "indices:admin/aliases" or action.startswith("indices:data/read/"):
            # About what the body names: for whoever may do it to an index at all.
            granted += [p for entry in role["indices"] for p in entry["privileges"]]
        return None if any(re.fullmatch(_GRANTED[g], action) for g in granted) else action


_PASSED_ON = frozenset({"content-type", "x-elastic-product"})


def api_key(value: str = API_KEY) -> str:
    """The header that a client with this key sends."""
    return f"ApiKey {value}"


def password(user: str, value: str = SEARCH_PASSWORD) -> str:
    """The header that a client with user and password sends."""
    return "Basic " + base64.b64encode(f"{user}:{value}".encode()).decode()


@contextmanager
def serving(gate: Gate) -> Iterator[Gate]:
    """The gate, open; its port is known then."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            given = {name.title(): value for name, value in self.headers.items()}
            status, headers, content = gate.answer(self.command, self.path, given, body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

        def log_message(self, *_given: object) -> None:
            pass

    with listening(Handler, gate.certificate, gate.authority) as port:
        gate.port = port
        yield gate

"""The one-shot services of docker-compose.yml. Nothing but Python's own library and openssl.

    setup.py certificates FOLDER   a certificate authority, and Elasticsearch's certificate
    setup.py users                 Kibana's password, and the stages' role and user
    setup.py kibana FILE           import of the saved objects

Each may be run again at any time: what is right already stays as it is. Exit status 1, with one
line on standard error, when something is wrong.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: The authority's key is thrown away, so its certificate and the server's end together.
DAYS = 1095
#: renewed by the next `docker compose up` when fewer seconds than this are left
RENEWED_BEFORE = 60 * 24 * 3600
#: names by which Elasticsearch is called: by the stages, and by its own health check
NAMES = "DNS:elasticsearch,DNS:localhost,IP:127.0.0.1"
FILES = ("elasticsearch.key", "elasticsearch.crt", "ca.crt")

#: All of it, so that no machine's own configuration has a say. Both key identifiers are there
#: because Python 3.13 refuses certificates without.
_CONFIG = f"""
[req]
prompt = no
distinguished_name = name
x509_extensions = authority
[name]
CN = Dateline authority
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {NAMES}
"""
_NEW_KEY = "-config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

#: seconds to wait for a server that is just starting
PATIENCE = 180.0
_PAUSE = 2.0
_BUSY = frozenset({408, 429, 502, 503, 504})

#: what the stages may do: everything with their own indices and template, and see the health
ROLE: dict[str, Any] = {
    "cluster": ["monitor", "manage_index_templates"],
    "indices": [{"names": ["articles", "articles-*", "ledger", "ledger-*"], "privileges": ["all"]}],
}


class SetupError(Exception):
    """What is wrong, and what to do about it."""


# --- certificates ------------------------------------------------------------------------------


def certificates(folder: Path) -> bool:
    """Make the three `FILES` unless good ones are there; whether new ones were made.

    The authority's key exists only while it signs: nobody can make another certificate with it.
    """
    if shutil.which("openssl") is None:
        raise SetupError("openssl is missing in this image")
    if _good(folder):
        return False
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        (made / "openssl.cnf").write_text(_CONFIG, encoding="utf-8")
        _openssl(f"req -x509 {_NEW_KEY} -keyout ca.key -out ca.crt -days {DAYS}", made)
        _openssl(
            f"req {_NEW_KEY} -subj /CN=elasticsearch -keyout elasticsearch.key -out request", made
        )
        _openssl(
            "x509 -req -in request -CA ca.crt -CAkey ca.key -CAcreateserial -extfile openssl.cnf"
            f" -extensions server -days {DAYS} -out elasticsearch.crt",
            made,
        )
        for name in FILES:
            # Beside its place, then moved: Elasticsearch watches the files and must not see half.
            waiting = folder / f".{name}.new"
            waiting.write_bytes((made / name).read_bytes())
            waiting.chmod(0o640 if name.endswith(".key") else 0o644)
            waiting.replace(folder / name)
    if not _good(folder):
        raise SetupError("the certificates that were just made do not fit together")
    return True


def _good(folder: Path) -> bool:
    """Whether all are there, belong together and will not end soon."""
    if not all((folder / name).is_file() for name in FILES):
        return False
    try:
        _openssl("verify -CAfile ca.crt elasticsearch.crt", folder)
        for name in ("ca.crt", "elasticsearch.crt"):
            _openssl(f"x509 -in {name} -noout -checkend {RENEWED_BEFORE}", folder)
        of_key = _openssl("pkey -in elasticsearch.key -pubout", folder)
        return of_key == _openssl("x509 -in elasticsearch.crt -noout -pubkey", folder)
    except SetupError:
        return False


def _openssl(command: str, folder: Path) -> bytes:
    done = subprocess.run(
        ["openssl", *command.split()], cwd=folder, capture_output=True, check=False
    )
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise SetupError(f"openssl {command.split(maxsplit=1)[0]} failed: {told}")
    return done.stdout


# --- users -------------------------------------------------------------------------------------

#: method, path, body, headers -> status, body; raises OSError when nobody answers
Send = Callable[[str, str, "bytes | None", Mapping[str, str]], "tuple[int, bytes]"]
Sleep = Callable[[float], None]
_JSON = {"Content-Type": "application/json"}


def users(
    send: Send, environ: Mapping[str, str], *, patience: float = PATIENCE, sleep: Sleep = time.sleep
) -> None:
    """Set Kibana's password, make the role and the user of the stages. Raises SetupError."""
    kibana = {"password": _needed(environ, "KIBANA_SYSTEM_PASSWORD")}
    stages = {
        "password": _needed(environ, "ELASTICSEARCH_DATELINE_PASSWORD"),
        "roles": ["dateline"],
        "full_name": "Dateline's stages",
    }
    for method, path, body in (
        ("POST", "/_security/user/kibana_system/_password", kibana),
        ("PUT", "/_security/role/dateline", ROLE),
        ("PUT", "/_security/user/dateline", stages),
    ):
        _ask(send, method, path, json.dumps(body).encode(), _JSON, patience, sleep)


# --- saved objects -----------------------------------------------------------------------------


def kibana(
    send: Send, objects: bytes, *, patience: float = PATIENCE, sleep: Sleep = time.sleep
) -> int:
    """Import saved objects over those of the same id; how many. Raises SetupError."""
    boundary = f"dateline-{uuid.uuid4().hex}"
    body = (
        (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="file"; filename="dateline.ndjson"\r\n'
            "Content-Type: application/ndjson\r\n\r\n"
        ).encode()
        + objects
        + f"\r\n--{boundary}--\r\n".encode()
    )
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "kbn-xsrf": "dateline",
    }
    answer = _ask(
        send, "POST", "/api/saved_objects/_import?overwrite=true", body, headers, patience, sleep
    )
    try:
        result = json.loads(answer)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise SetupError(f"KIBANA_URL does not answer as Kibana does: {answer[:200]!r}")
    if not result.get("success"):
        raise SetupError(f"Kibana did not take all objects: {result.get('errors', result)}")
    return int(result.get("successCount", 0))


# --- asking a server ---------------------------------------------------------------------------


def _ask(
    send: Send,
    method: str,
    path: str,
    body: bytes | None,
    headers: Mapping[str, str],
    patience: float,
    sleep: Sleep,
) -> bytes:
    waited = 0.0
    while True:
        try:
            status, answer = send(method, path, body, headers)
            told = f"{status} {answer[:500].decode('utf-8', 'replace')}"
        except (OSError, http.client.HTTPException) as error:
            status, answer, told = 0, b"", f"{type(error).__name__}: {error}"
        if 200 <= status < 300:
            return answer
        if status == 401:
            raise SetupError(
                "ELASTIC_PASSWORD of .env is not the one that Elasticsearch was first started with"
            )
        if (status and status not in _BUSY) or waited >= patience:
            raise SetupError(f"{method} {path}: {told}")
        sleep(_PAUSE)
        waited += _PAUSE


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the superuser's password to wherever it points."""

    def redirect_request(self, *_told: Any) -> None:
        """None: the answer itself is the error."""
        return


def sender(base: str, password: str, authority: str | None) -> Send:
    """Requests as ``elastic`` to one server; certificates are verified."""
    context = ssl.create_default_context(cafile=authority) if authority else None
    token = base64.b64encode(f"elastic:{password}".encode()).decode()
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if context is not None:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    opener = urllib.request.build_opener(*handlers)

    def send(
        method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        request = urllib.request.Request(  # noqa: S310 - the address comes from the compose file
            base + path,
            data=body,
            method=method,
            headers={**headers, "Authorization": f"Basic {token}"},
        )
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    return send


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise SetupError(f"{name} is not set: run python deploy/make_env.py")
    return value


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """One step; the exit status."""
    try:
        match list(arguments):
            case ["certificates", folder]:
                made = certificates(Path(folder))
                print("certificates made" if made else "the certificates are good")
            case ["users"]:
                users(
                    sender(
                        _needed(environ, "ELASTICSEARCH_URL"),
                        _needed(environ, "ELASTIC_PASSWORD"),
                        _needed(environ, "ELASTICSEARCH_CA"),
                    ),
                    environ,
                )
                print("users are set")
            case ["kibana", file]:
                count = kibana(
                    sender(
                        _needed(environ, "KIBANA_URL"), _needed(environ, "ELASTIC_PASSWORD"), None
                    ),
                    Path(file).read_bytes(),
                )
                print(f"{count} saved objects imported")
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (SetupError, OSError, ValueError) as error:
        print(f"setup: {_plain(str(error))}", file=sys.stderr)
        return 1
    return 0


def _plain(told: str) -> str:
    """What servers say, for a terminal: control characters escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

"""The audit fails on what it promises to find, and on nothing else."""

from __future__ import annotations

import pytest

from tests import audit

# In pieces, so that the audit does not find them here.
LETTERS = "Ab3dEf6hIj9l" * 4
LEAKS = {
    "a private key": ["-----BEGIN " + "PRIVATE KEY-----", "BEGIN ENCRYPTED " + "PRIVATE KEY"],
    "a token of a known service": ["AKIA" + "ABCDEFGHIJKLMNOP", "ghp_" + LETTERS[:36]],
    "a password": ['password = "' + LETTERS[:16] + '"', "API_KEY=" + LETTERS[:20]],
}


@pytest.mark.parametrize(("what", "line"), [(k, line) for k in LEAKS for line in LEAKS[k]])
def test_a_leak_is_found_and_named(what: str, line: str) -> None:
    assert audit.FORBIDDEN[what].search(line)


@pytest.mark.parametrize(
    "line",
    [
        "elasticsearch_password: str | None = None",
        "KAFKA_PASSWORD: ${KAFKA_DATELINE_PASSWORD:?run python deploy/make_env.py}",
        '{"DATELINE_KAFKA_SASL_PASSWORD_FILE": "/nowhere"}',
        'assert secret == "our-word"',
        "token = tokens[index + 1]",
    ],
)
def test_what_only_looks_like_one_passes(line: str) -> None:
    assert not [what for what in LEAKS if audit.FORBIDDEN[what].search(line)]


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ("Apache-2.0", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("License :: OSI Approved :: ISC License (ISCL)", True),
        ("License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", True),
        ("PSF-2.0", True),
        ("GNU GPL, see disclaimer", False),
        ("AGPL-3.0-only", False),
        ("LGPL-2.1 AND MIT", False),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2) BSD", False),
        ("limited permit, miscellaneous", False),
        ("", False),
    ],
)
def test_a_licence_is_judged_by_whole_words(told: str, may: bool) -> None:
    assert audit.distributable(told) is may

"""Damaged wires are read or refused, never a crash: some hundred of the cases of ``make fuzz``."""

from __future__ import annotations

import pytest

from tests import fuzz


def test_damaged_documents_are_read_or_refused() -> None:
    source = fuzz.originals()
    outcomes = {fuzz.read(fuzz.mutated(source, f"0:{number}")) for number in range(400)}
    assert {"article", "refused"} <= outcomes <= {"article", "refused", "skipped", "no format"}


def test_a_fault_is_found_with_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    from dateline.formats.plaintext import PlainText

    def broken(*_: object) -> object:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(PlainText, "parse", broken)
    assert fuzz.read(b"Guten Tag.\n").startswith("FAULT: plaintext")

"""Where, when and whose: datelines in the forms that agencies send; nothing in them is invented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dateline.article import Dateline
from dateline.formats import wirecopy
from tests.unit.test_format_plaintext import article


@pytest.mark.parametrize(
    ("opening", "city", "date"),
    [
        ("Jan 3 (Reuters) -", None, "Jan 3"),
        ("April 28 (Reuters) -", None, "April 28"),
        ("28.4. (dpa) -", None, "28.4."),
        ("Paris, 28 avr 2025 (AFP) -", "Paris", "28 avr 2025"),
        ("Paris, 21 jan 2019 (AFP) -", "Paris", "21 jan 2019"),
        ("PARIS, 28 MARS (AFP) -", "Paris", "28 MARS"),
        ("PARIS, 28 AVR (AFP) -", "Paris", "28 AVR"),
        ("Frankfurt (Oder) (dpa) -", "Frankfurt (Oder)", None),
        ("Halle (Saale) (dpa/sa) -", "Halle (Saale)", None),
        ("Berlin und Moskau (dpa) -", "Berlin", None),
        ("LONDON AND PARIS, May 3 (Reuters) -", "London", "May 3"),
        ("Paris et Londres, 3 mars (AFP) -", "Paris", "3 mars"),
        ("Trinidad and Tobago (AP) -", "Trinidad and Tobago", None),
        ("UPDATE 2-Berlin (Reuters) -", "Berlin", None),
        ("LEAD, S.D. (AP) -", "Lead", None),
        ("MOSCOW, May 3. /TASS/.", "Moscow", "May 3"),
        ("Odense /ritzau/:", "Odense", None),
        ("SEATTLE (BUSINESS WIRE) --", "Seattle", None),
        ("(ANSA) - Rome, October 11 -", "Rome", "October 11"),
        ("(ANSA-AFP) - PARIGI, 24 FEB -", "Parigi", "24 FEB"),
        ("BRUSSEL 05/01 (BELGA) =", "Brussel", "05/01"),
        ("(BELGA) =", None, None),
        ("OSLO (NTB):", "Oslo", None),
        ("МОСКВА, 5 января. /ТАСС/.", "Москва", "5 января"),
        ("القاهرة 5 يناير (رويترز) -", "القاهرة", "5 يناير"),
        ("TOKYO, Jan. 5, Kyodo -", "Tokyo", "Jan. 5"),
        ("TOKYO, Jan. 5, Kyodo News -", "Tokyo", "Jan. 5"),
        ("LONDON (Thomson Reuters Foundation) -", "London", None),
        ("KYIV. Jan 5 (Interfax-Ukraine) -", "Kyiv", "Jan 5"),
        ("WASHINGTON D.C. (AP) -", "Washington D.C.", None),
        ("ST. LOUIS (AP) -", "St. Louis", None),
    ],
)
def test_city_and_date(opening: str, city: str | None, date: str | None) -> None:
    found = wirecopy.take_dateline(f"{opening} Text.")
    assert found is not None
    assert (found.dateline.city, found.dateline.date) == (city, date)
    sent = re.sub(r" (?:--?|=)$|(?<=\)):$", "", opening)
    assert (found.dateline.text, found.rest) == (sent, "Text.")


@pytest.mark.parametrize(
    ("opening", "city", "date", "provider"),
    [
        ("SEATTLE--(BUSINESS WIRE)--", "Seattle", None, "business-wire"),
        ("IRVING, Texas--(BUSINESS WIRE)--", "Irving", None, "business-wire"),
        ("DUBLIN--(BUSINESS WIRE)--March 5, 2026--", "Dublin", "March 5, 2026", "business-wire"),
        ("FRANKFURT (Dow Jones)--", "Frankfurt", None, "dow-jones"),
        ("ATHENS (ANA-MPE)-", "Athens", None, "ana"),
        ("東京（共同）", "東京", None, "kyodo"),
    ],
)
def test_the_copy_may_follow_without_a_space(
    opening: str, city: str, date: str | None, provider: str
) -> None:
    found = wirecopy.take_dateline(f"{opening}Text.")
    assert found is not None
    assert (found.dateline.city, found.dateline.date, found.provider) == (city, date, provider)
    assert found.rest == "Text."


@pytest.mark.parametrize(
    "opening",
    [
        "Ein (dpa)-Bericht sagt mehr.",
        "Der Bericht (AFP)-Korrespondentin sagt mehr.",
        "Erika Muster (Reuters): Was sagen Sie dazu?",
        "Foto (dpa): Im Hafen liegt ein Schiff.",
        "Deutsche Bahn (dpa) = Mehr.",
        "Anna (23)--Schülerin in Bergen.",
        "The price (Oct 5) - what it is.",
        "東京で事故（二人）が起きた。",
    ],
)
def test_brackets_and_dashes_that_are_no_dateline(opening: str) -> None:
    assert wirecopy.take_dateline(opening) is None


@pytest.mark.parametrize(
    ("line", "city", "date", "source"),
    [
        ("BERGEN, May 3", "Bergen", "May 3", None),
        ("May 3", None, "May 3", None),
        ("20260503T080000Z", None, None, None),
        ("Bergen (Vestland) (Nobody)", "Bergen", None, "Nobody"),
    ],
)
def test_a_declared_dateline(
    line: str, city: str | None, date: str | None, source: str | None
) -> None:
    found = wirecopy.declared_dateline(line)
    assert found is not None
    assert (found.text, found.city, found.date, found.source) == (line, city, date, source)


@pytest.mark.parametrize(
    ("paragraph", "rest"),
    [
        ("BERGEN - The quay is dry.", "The quay is dry."),
        ("Bergen, Norway — The quay is dry.", "The quay is dry."),
        ("Bergen-based sailors wait.", None),
        ("Bergen waits.", None),
        ("Oslo - The quay is dry.", None),
        ("", None),
    ],
)
def test_a_place_that_is_declared_is_taken_off_though_no_source_follows(
    paragraph: str, rest: str | None
) -> None:
    declared = Dateline(text="Bergen, Norway", city="Bergen")
    assert wirecopy.after_place(paragraph, declared) == rest


def test_brackets_that_hold_nothing_are_no_source() -> None:
    for paragraph in ("PARIS, 3 mars (\xa0\xa0) - Texte.", "(\xa0\xa0) - Texte."):
        assert wirecopy.take_dateline(paragraph) is None


def test_a_person_and_her_party_are_no_dateline() -> None:
    assert wirecopy.take_dateline("Erika Muster (CDU) (dpa) - das war sie.") is None
    assert wirecopy.take_dateline("Erika Muster (CDU) - das war sie.") is None


def test_the_tag_before_a_dateline_is_an_update() -> None:
    found = article("UPDATE 2-Berlin (Reuters) - Der Damm hält.\n")
    assert (found.update_kind, found.update_number) == (["update"], 2)
    assert found.title == "Der Damm hält."


def test_the_datelines_of_real_files(shared: Path) -> None:
    lines = (shared / "wires" / "LITERAL.tsv").read_text("utf-8").splitlines()
    rows = [row for row in (line.split("\t") for line in lines) if row[1] == "dateline"]
    sent = {json.loads(row[2]).strip(" -") for row in rows}
    known = [dateline for dateline in sent if re.search(r"\((?:dpa|AFP)\b[^)]*\)$", dateline)]
    assert len(known) >= 10
    for dateline in known:
        found = wirecopy.take_dateline(f"{dateline} - Text.")
        assert found is not None, dateline
        city = re.split(r"[,/(]", dateline)[0].strip()
        assert (found.dateline.city or "").casefold() == city.casefold(), dateline
        date = re.search(r", (.*\d) \(", dateline)
        assert found.dateline.date == (date[1] if date else None)
        assert (found.dateline.text, found.rest) == (dateline, "Text.")

"""``[feeds]`` of dateline.toml: what may be said of a feed, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from dateline import settings
from dateline.errors import InputError, UsageError
from producers.access import Access, Credentials
from producers.feeds import Folder, Reader, open_feed
from producers.table import FASTEST, SLOWEST, Source, chosen, given, load

WHOLE = """
[feeds.dpa]
location = "https://wire.example/feed?desk=1"
format = "rss"
language = "de_at"
zone = "Europe/Berlin"
provider = "Deutsche Presse-Agentur"
fastest = "30s"
slowest = "2h"
pages = 3
next = "meta.next"
items = "rows"
resume = true
by_link = true
ca_certs = "ours.pem"

[feeds.dpa.credentials]
query = "apikey"
variable = "DPA_KEY"

[feeds]
inbox = "inbox/"
"""


def listed(folder: Path, toml: str) -> dict[str, Source]:
    (folder / settings.FILE).write_text(toml, encoding="utf-8")
    return load(folder)


def test_all_that_may_be_said_of_a_feed(tmp_path: Path) -> None:
    found = listed(tmp_path, WHOLE.replace("[feeds]\ninbox", "[feeds.inbox]\nlocation"))
    dpa, inbox = found["dpa"], found["inbox"]
    assert dpa.polled
    assert (dpa.name, dpa.feed, dpa.format) == ("dpa", "dpa", "rss")
    assert (dpa.language, dpa.zone, dpa.provider) == ("de-AT", "Europe/Berlin", "dpa")
    assert (dpa.fastest, dpa.slowest, dpa.pages) == (30, 7200, 3)
    assert (dpa.next, dpa.items, dpa.resume, dpa.by_link) == ("meta.next", "rows", True, True)
    assert dpa.credentials == Credentials(query="apikey", variable="DPA_KEY")
    assert not inbox.polled
    assert (inbox.location, inbox.fastest, inbox.slowest) == ("inbox/", FASTEST, SLOWEST)


def test_a_location_alone_is_enough(tmp_path: Path) -> None:
    found = listed(tmp_path, '[feeds]\ninbox = "inbox/"\nwire = "https://wire.example/"')
    assert [one.location for one in found.values()] == ["inbox/", "https://wire.example/"]
    assert load(tmp_path / "nowhere") == {}


def test_what_else_stands_in_the_file_is_no_matter(tmp_path: Path) -> None:
    found = listed(tmp_path, 'nlp_batch = 3\n[feeds]\na = "x/"\n[providers.acme]\nzone = "UTC"')
    assert list(found) == ["a"]
    assert settings.load(environ={}, folder=tmp_path).nlp_batch == 3


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "location"),
        ('location = ""', "location ''"),
        ('location = "-"', "location"),
        ("location = 7", "str"),
        ('location = "ftp://wire.example/"', "an address of ftp"),
        ('location = "file:///etc/passwd"', "an address of file"),
        ('location = "https:///feed"', "without a host"),
        ('location = "https://wire.example:port/"', "port"),
        ('location = "https://wire.example/a b"', "white space"),
        ('location = "https://desk:hunter-two@wire.example/"', "user and password"),
        ('location = "https://wire.example/?apikey=hunter-two"', "parameter apikey"),
        ('location = "https://wire.example/?Access_Token=hunter-two"', "Access_Token"),
        ('location = "x"\nlanguage = "german please"', "language"),
        ('location = "x"\nzone = "Europe/Bärlin"', "zone"),
        ('location = "x"\nzone = "../../etc/passwd"', "zone"),
        ('location = "x"\nformat = "rzz"', "unknown format 'rzz'"),
        ('location = "x"\nfastest = "soon"', "fastest 'soon'"),
        ('location = "x"\nfastest = 0', "fastest 0 s"),
        ('location = "x"\nfastest = "2h"\nslowest = "1h"', "fastest 7200 s, slowest 3600 s"),
        ('location = "x"\npages = 0', "pages 0"),
        ('location = "x"\nfastets = "1m"', "unknown key fastets; expected fastest"),
        ('location = "x"\ncredentials = {}', "one of basic, bearer, header and query"),
        (
            'location = "x"\ncredentials = {bearer = true, header = "X", variable = "V"}',
            "one of basic, bearer, header and query",
        ),
        ('location = "x"\ncredentials = {bearer = true}', "in a variable or in a file"),
        (
            'location = "x"\ncredentials = {bearer = true, variable = "V", file = "f"}',
            "one of the two",
        ),
        (
            'location = "x"\ncredentials = {basic = "desk", password = "hunter-two"}',
            "unknown key password",
        ),
        (
            'location = "x"\ncredentials = {header = "X: y", variable = "V"}',
            "no name of a header",
        ),
    ],
)
def test_a_mistake_names_the_feed_and_shows_no_secret(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        listed(tmp_path, f"[feeds.dpa]\n{line}")
    assert "bad [feeds.dpa]" in str(refused.value)
    assert told in str(refused.value)
    assert "hunter" not in str(refused.value) + repr(refused.value)


@pytest.mark.parametrize("name", ["", " ", "a\\nb", "https://wire.example/"])
def test_a_name_is_one_line_of_text(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a feed"):
        listed(tmp_path, f'[feeds]\n"{name}" = "x/"')


def test_feeds_that_are_no_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"bad \[feeds\]"):
        listed(tmp_path, "feeds = 5")
    with pytest.raises(UsageError, match=r"bad \[feeds.a\]"):
        listed(tmp_path, "[feeds]\na = 5")


# --- what a command means ------------------------------------------------------------------------


def test_without_a_feed_all_that_are_listed_are_meant(tmp_path: Path) -> None:
    found = listed(tmp_path, '[feeds]\na = "x/"\nb = "https://wire.example/"')
    assert chosen([], found, None) == list(found.values())
    assert chosen(["b", "y/", "b"], found, None) == [found["b"], Source(location="y/")]
    with pytest.raises(UsageError, match="no feed"):
        chosen([], {}, None)


def test_a_name_is_given_to_what_has_none(tmp_path: Path) -> None:
    found = listed(tmp_path, '[feeds]\na = "x/"')
    assert [one.name for one in chosen(["a", "y/"], found, "desk")] == ["a", "desk"]


def test_what_is_polled_is_told_from_a_path() -> None:
    assert given("https://wire.example/").polled
    assert given("HTTP://wire.example/").polled
    for path in ("inbox/", "-", "C:/inbox", "a:b", "./https://x"):
        assert not given(path).polled
    with pytest.raises(UsageError, match="an address of file"):
        given("file:///etc/passwd")


def test_an_address_with_a_secret_has_a_name_and_a_form_without() -> None:
    source = given("https://desk:hunter-two@wire.example/x?token=hunter-two&a=1")
    assert source.feed == "https://wire.example/x?token=***&a=1"
    assert "hunter" not in repr(source) + str(source)
    with pytest.raises(UsageError) as refused:
        given("https://desk:hunter-two@wire.example:port/?token=hunter-two")
    assert "hunter" not in str(refused.value)


def test_what_is_said_of_a_folder_goes_with_its_documents(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.json").write_text('{"uri": "urn:a"}')
    source = Source(
        name="desk", location=str(tmp_path / "inbox"), language="de", zone="UTC", provider="dpa"
    )
    opened = open_feed(source.location, source.name)
    assert isinstance(opened, Folder)
    (found,) = opened.arrivals(Reader(settings.Settings()).of(source))
    assert found is not None and found.document is not None
    document = found.document
    assert (document.feed, document.language, document.zone, document.provider) == (
        "desk",
        "de",
        "UTC",
        "dpa",
    )


# --- secrets -------------------------------------------------------------------------------------


def test_a_secret_is_read_anew_for_each_poll(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter-two\n")
    access = Access("https://wire.example/", Credentials(bearer=True, file=str(file)))
    access.renew()
    assert access.dressed("https://wire.example/")[1] == {"Authorization": "Bearer hunter-two"}
    file.write_text("hunter-three")
    access.renew()
    assert access.dressed("https://wire.example/")[1] == {"Authorization": "Bearer hunter-three"}


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (None, "No such file"),
        (b"", "empty"),
        (b"\xff\xfe", "cannot be read"),
        (b"a\nb", "one line"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_by_its_place(
    tmp_path: Path, held: bytes | None, told: str
) -> None:
    file = tmp_path / "secret"
    if held is not None:
        file.write_bytes(held)
    with pytest.raises(InputError) as refused:
        Credentials(bearer=True, file=str(file)).secret()
    assert told in str(refused.value)
    assert str(file) in str(refused.value)


def test_credentials_are_described_by_where_they_are() -> None:
    shown = {
        "basic, user desk, from V": Credentials(basic="desk", variable="V"),
        "bearer, from f": Credentials(bearer=True, file="f"),
        "header X-Key, from V": Credentials(header="X-Key", variable="V"),
        "parameter apikey, from V": Credentials(query="apikey", variable="V"),
    }
    assert {str(one): one for one in shown.values()} == shown

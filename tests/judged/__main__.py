"""``python -m tests.judged [places|search]``: how often what is said or found is right.

``places``: each band of a place's confidence. ``search``: nDCG and recall of the judged queries, by
kind and in all, on an Elasticsearch of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import msgspec

from dateline.settings import Settings


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.judged", description=__doc__)
    parser.add_argument("what", nargs="?", default="places", choices=("places", "search"))
    parser.add_argument("--around", type=int, help="generated articles around the judged ones")
    parser.add_argument("--elasticsearch", metavar="URL", help="an empty one to use instead")
    given = parser.parse_args()
    if given.what == "places":
        _places()
    else:
        _search(given.elasticsearch, given.around)


def _places() -> None:
    from processors.enrichers.places import Places
    from tests.judged.places import BANDS, answers, cases

    with tempfile.TemporaryDirectory() as folder:
        places = Places(Settings(data_dir=str(Path(folder))))
        told = [(case, *answers(places, case)) for case in cases()]
    for case, answer, confidence in told:
        if answer != case.meant:
            print(f"{case.line:4} {answer:10} not {case.meant:10} {confidence:4.2f} {case.shown}")
    known = [case for case, _, _ in told if case.meant != "-"]
    print(f"\n{len(told)} places, {len(known)} of them knowable")
    print("confidence   said  right  precision  of the knowable")
    for low, high in BANDS:
        band = [(case, answer) for case, answer, sure in told if low <= sure < high]
        right = sum(answer == case.meant for case, answer in band)
        if band:
            share = f"{right / len(band):9.3f}  {right / len(known):15.3f}"
            print(f"{low:4.2f}-{min(high, 1):4.2f} {len(band):8} {right:6}  {share}")


def _search(url: str | None, around: int | None) -> None:
    from dateline.connections import elasticsearch_client
    from dateline.embedded import EmbeddedStack
    from sinks import template
    from tests.judged import search

    with tempfile.TemporaryDirectory() as folder:
        if url is None:
            with EmbeddedStack(Path(folder) / "servers") as stack:
                return _search(stack.elasticsearch_url, around)
        settings = msgspec.structs.replace(
            Settings(), elasticsearch_url=url, index_prefix="judged-", data_dir=folder
        )
        count = search.AROUND if around is None else around
        with elasticsearch_client(settings) as client:
            try:
                names = search.index(client, settings, count)
                answered = [search.ask(client, settings, names, one) for one in search.queries()]
            finally:
                client.indices.delete(index="judged-articles-000001", ignore_unavailable=True)
                client.options(ignore_status=404).indices.delete_index_template(
                    name=template.template_name(settings)
                )
    for one in answered:
        if one.ndcg < 1 or one.recall < 1 or set(one.found) - one.query.answers.keys():
            lacking = ", ".join(one.query.answers.keys() - set(one.found)) or "-"
            extra = ", ".join(name for name in one.found if name not in one.query.answers)
            print(f"{one.query.typed}: nDCG {one.ndcg:.2f}, lacks {lacking}, wrong {extra or '-'}")
    print(f"\n{count} articles around {len(set(names.values()))}")
    print("group         queries  nDCG@10  recall@50  precision")
    for group, asked, gain, found, right in search.means(answered):
        print(f"{group:13} {asked:7} {gain:8.3f} {found:10.3f} {right:10.3f}")


if __name__ == "__main__":
    main()

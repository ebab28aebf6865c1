"""Every metric, named once: what it is, what it means, what to do about it.

Names follow Prometheus's conventions: base units (seconds, bytes), counters end in ``_total``, and
what is a moment ends in ``_timestamp_seconds`` (since 1970). Each has the label ``stage``. Labels
of others' making (a feed's name, a reason) take so many values at most (`LABELS`); what comes then
is counted under ``other``, so that no feed can fill a server's memory.

Facts of a consumer group (lag, the age of the oldest) are told by each of its workers for the
whole of it, so that one that lives tells of one that died: take their maximum, never their sum.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["counter", "gauge", "histogram"]

#: values that a label may take in one process, before the rest is ``other``; those that are not
#: here have few by nature
LABELS = {"feed": 200, "provider": 200, "reason": 40, "generation": 20, "model": 50}

#: seconds: a fraction of one to a day
_LATENCY = (0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400)
_WORK = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
_RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric. labels: besides ``stage``. stages: who tells it. meaning: also its help text.
    remedy: what to do when it is not as it should be. buckets: of a histogram, upper bounds."""

    name: str
    kind: Kind
    meaning: str
    remedy: str
    stages: tuple[str, ...] = ("producer", "processor", "sink")
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def unit(self) -> str:
        """By its name: ``seconds``, ``bytes``, ``records``, or a plain number."""
        parts = self.name.removesuffix("_total").split("_")
        return parts[-1] if parts[-1] in ("seconds", "bytes", "records") else "number"

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which its samples are exposed."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)


BUILD = Metric(
    name="dateline_build_info",
    kind="gauge",
    labels=("version", "schema"),
    meaning="Always 1. Which version of Dateline runs, and the newest schema of articles it reads.",
    remedy="More than one version for longer than an upgrade takes: restart what was forgotten.",
)
READY = Metric(
    name="dateline_ready",
    kind="gauge",
    meaning="1 while the stage is connected and works, 0 while it starts, waits for a server or "
    "ends. What `/ready` answers.",
    remedy="Ask `/ready`, which says why; then see whether Kafka and Elasticsearch answer "
    "(`dateline status`).",
)
LOOP_AGE = Metric(
    name="dateline_loop_age_seconds",
    kind="gauge",
    labels=("loop",),
    meaning="Seconds since a loop of the stage last turned. What `/live` judges.",
    remedy="A stage whose loop stands still is ended by its liveness probe, or by its own "
    "watchdog. Please report it, with its last log lines.",
)
LAG = Metric(
    name="dateline_lag_records",
    kind="gauge",
    labels=("topic", "generation"),
    meaning="Records that wait: of the consumer group's topic, those it has not passed; of the "
    "producer, those that Kafka has not confirmed. Of the whole group: take the maximum. "
    "`generation` is that of the index for the sink, of a replay for the processor, else empty.",
    remedy="Judge it by the age of the oldest. Where both grow: start more workers, up to the "
    "number of partitions; see `dateline_ready` and `dateline_retries_total` for what holds "
    "them up.",
)
OLDEST = Metric(
    name="dateline_oldest_waiting_seconds",
    kind="gauge",
    labels=("topic", "generation"),
    meaning="How long the oldest of those records has waited; 0 where none does. A raw record "
    "waits since its receipt, an enriched one since it was enriched. Of the whole group: take the "
    "maximum.",
    remedy="As for the lag. It grows by a second each second while a stage stands still: see that "
    "it runs, and its log.",
)
TOPIC = Metric(
    name="dateline_topic_records",
    kind="gauge",
    labels=("topic",),
    meaning="Records that were ever written to a topic. Every worker tells the same.",
    remedy="None by itself. A jump of `articles.dead` is `dateline_outcomes_total` with the "
    "outcome `dead`.",
    stages=("processor", "sink"),
)
OUTCOMES = Metric(
    name="dateline_outcomes_total",
    kind="counter",
    labels=("outcome", "reason", "generation"),
    meaning="What became of what the stage read, once that is confirmed. Producer: documents "
    "`published`, `refused` (their items, too), `unchanged`. Processor: items `enriched`, "
    "`dead`, `skipped`. Sink: articles `indexed`, `superseded`, `withdrawn`, `withheld`, "
    "`embargoed`, `duplicate`, `refused`, for each generation. `reason` says "
    "what is wrong with what is refused, dead or skipped. Work that a crash made necessary again "
    "is counted again.",
    remedy="A share of dead or refused that rises: `dateline dead list` shows them with their "
    "bytes; mend the feed or the parser, then `dateline dead retry`.",
)
BATCH = Metric(
    name="dateline_batch_records",
    kind="histogram",
    buckets=_RECORDS,
    meaning="Records in one batch of work.",
    remedy="Small batches are right on a quiet wire. Small ones with a lag mean that records come "
    "slowly out of Kafka.",
    stages=("processor", "sink"),
)
BATCH_TIME = Metric(
    name="dateline_batch_seconds",
    kind="histogram",
    buckets=_WORK,
    meaning="From the beginning of a batch's work until all of it is confirmed, tries in an "
    "outage included.",
    remedy="Processor: compare with `dateline_model_seconds_total`; the rest is waiting for a free "
    "process, and for Kafka. Sink: nearly all of it is Elasticsearch: see its bulk queue, heap and "
    "disk.",
    stages=("processor", "sink"),
)
LATENCY = Metric(
    name="dateline_latency_seconds",
    kind="histogram",
    buckets=_LATENCY,
    meaning="From a document's receipt until the stage's part of it is confirmed. Replays do not "
    "count, nor what is published again.",
    remedy="The first stage with a high one is where articles wait: see its lag and its batches.",
)
SEARCHABLE = Metric(
    name="dateline_searchable_seconds",
    kind="histogram",
    buckets=_LATENCY,
    meaning="From a document's receipt until a search finds its article: a sample of what each "
    "batch indexed is looked for until it is there. What another version overtook does not count.",
    remedy="Compare with `dateline_latency_seconds` of the sink: what lies between is "
    "Elasticsearch's refresh (`index_refresh_interval`).",
    stages=("sink",),
)
RETRIES = Metric(
    name="dateline_retries_total",
    kind="counter",
    labels=("what",),
    meaning="What had to be tried again: `kafka_send` (records that Kafka did not confirm), "
    "`kafka_read`, `kafka_commit`, `elasticsearch_write`, `app` (the processor's consumer was made "
    "anew), `join` (a sink's consumer was).",
    remedy="Some are normal when a server restarts. A steady rate is an overloaded or half-dead "
    "server: see its log. Nothing is lost meanwhile.",
)
MODEL = Metric(
    name="dateline_model_seconds_total",
    kind="counter",
    labels=("step",),
    meaning="Seconds that the language processes spent, by step: `parse`, and each enricher by "
    "its name. Its rate divided by `dateline_nlp_processes` is how busy they are.",
    remedy="Near 1 with a lag: the processor is at its limit; start more workers or give them "
    "more cores.",
    stages=("processor",),
)
NLP = Metric(
    name="dateline_nlp_processes",
    kind="gauge",
    meaning="Language processes that are alive.",
    remedy="Fewer than `nlp_processes` for more than a minute: see the log for why they die.",
    stages=("processor",),
)
NLP_MEMORY = Metric(
    name="dateline_nlp_memory_bytes",
    kind="gauge",
    meaning="Resident memory of the largest language process, after its last batch.",
    remedy="One that grows beyond `nlp_memory_mb` is replaced. Where the container's limit is "
    "below that times `nlp_processes`, it is killed first: raise the limit, or lower the setting.",
    stages=("processor",),
)
NLP_ENDED = Metric(
    name="dateline_nlp_ended_total",
    kind="counter",
    labels=("how",),
    meaning="Language processes that ended: `died` in the middle of work, or `replaced` for their "
    "memory.",
    remedy="`died`: usually out of memory (the kernel's log says so); the articles are tried again "
    "one by one, and what alone ends a process three times is a dead letter.",
    stages=("processor",),
)
MODELS = Metric(
    name="dateline_model_info",
    kind="gauge",
    labels=("language", "model", "version"),
    meaning="Always 1. Which model reads which language.",
    remedy="More than one version for a language for longer than an upgrade takes: restart what "
    "was forgotten; `dateline replay --stale` brings the archive up to date.",
    stages=("processor",),
)
BREAKER = Metric(
    name="dateline_breaker_half_open",
    kind="gauge",
    labels=("generation",),
    meaning="1 after the stage stopped itself because nearly all was bad, until a whole window of "
    "good records has passed.",
    remedy="Its log names the most frequent reasons. Mend the cause; or, where the records are "
    "rightly refused, let them through once with DATELINE_BREAKER_SHARE=1.",
    stages=("processor", "sink"),
)
GENERATION = Metric(
    name="dateline_generation_fed",
    kind="gauge",
    labels=("generation",),
    meaning="1 for each generation of the index that this sink feeds.",
    remedy="A generation that serves and is fed by nobody grows old: start a sink.",
    stages=("sink",),
)
ARTICLES = Metric(
    name="dateline_articles_total",
    kind="counter",
    labels=("provider", "generation"),
    meaning="Live articles that the sink has dealt with, by provider, whatever became of them.",
    remedy="See `dateline_provider_last_article_timestamp_seconds`.",
    stages=("sink",),
)
PROVIDER_LAST = Metric(
    name="dateline_provider_last_article_timestamp_seconds",
    kind="gauge",
    labels=("provider",),
    meaning="When the newest live article of a provider was received.",
    remedy="A provider that is silent for much longer than usual: see its feeds, then ask it. "
    "`dateline gaps` lists missing transmission numbers.",
    stages=("sink",),
)
FEED_DOCUMENTS = Metric(
    name="dateline_feed_documents_total",
    kind="counter",
    labels=("feed", "outcome"),
    meaning="Documents of a feed by outcome: `published`, `refused`, `unchanged`.",
    remedy="As `dateline_outcomes_total`; this says whose.",
    stages=("producer",),
)
FEED_BYTES = Metric(
    name="dateline_feed_bytes_total",
    kind="counter",
    labels=("feed",),
    meaning="Bytes of the documents of a feed that Kafka has confirmed.",
    remedy="None by itself: for sizing.",
    stages=("producer",),
)
FEED_LAST = Metric(
    name="dateline_feed_last_document_timestamp_seconds",
    kind="gauge",
    labels=("feed",),
    meaning="When the newest document of a feed that was published was received.",
    remedy="A feed that is silent for much longer than usual: see whether its server answers, "
    "whether its folder is still filled.",
    stages=("producer",),
)
FEED_SUCCESS = Metric(
    name="dateline_feed_last_success_timestamp_seconds",
    kind="gauge",
    labels=("feed",),
    meaning="When the server of a polled feed last gave what was asked for, be it nothing new.",
    remedy="`dateline status` shows the error of its last poll, `dateline feeds check NAME` asks "
    "it now.",
    stages=("producer",),
)
FEED_FAILURES = Metric(
    name="dateline_feed_failures",
    kind="gauge",
    labels=("feed",),
    meaning="Polls of a feed that failed, in a row; 0 once it answers again.",
    remedy="`dateline status` shows the error, `dateline feeds check NAME` asks it now: an address "
    "that moved, a credential that expired, a server that is away. It is asked again and again, "
    "with growing pauses, and what it still holds then is not lost.",
    stages=("producer",),
)
FEED_NEXT = Metric(
    name="dateline_feed_next_poll_timestamp_seconds",
    kind="gauge",
    labels=("feed",),
    meaning="When a polled feed will be asked next.",
    remedy="One that lies in the past for minutes: the producer is held up; see its `/ready`.",
    stages=("producer",),
)

CATALOGUE: tuple[Metric, ...] = (
    *(BUILD, READY, LOOP_AGE),
    *(LAG, OLDEST, TOPIC, OUTCOMES, BATCH, BATCH_TIME, LATENCY, SEARCHABLE, RETRIES),
    *(MODEL, NLP, NLP_MEMORY, NLP_ENDED, MODELS, BREAKER),
    *(GENERATION, ARTICLES, PROVIDER_LAST),
    *(FEED_DOCUMENTS, FEED_BYTES, FEED_LAST, FEED_SUCCESS, FEED_FAILURES, FEED_NEXT),
)
#: what the client library tells of the process itself (Linux only), beside ours
PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_start_time_seconds",
    "process_open_fds",
    "process_max_fds",
)

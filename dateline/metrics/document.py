"""docs/metrics.md out of the catalogue."""

from __future__ import annotations

from dateline.metrics.catalogue import CATALOGUE, LABELS, PROCESS, Metric

_HEAD = """\
# Metrics, health and logs

<!-- Made by `make metrics` from dateline/metrics/catalogue.py; a test holds the two together. -->

Each stage tells how it does over HTTP where it is given a port:

```
DATELINE_METRICS_PORT=9464 dateline process      # or metrics_port in dateline.toml; 0: any free one
curl localhost:9464/metrics
```

| Path | Answers |
|---|---|
| `/metrics` | everything below, for Prometheus |
| `/live` | 200 while the stage's loops turn, else 503 and which one does not. An outage of Kafka or Elasticsearch is no reason to be dead |
| `/ready` | 200 while it is connected and takes what comes, else 503 and what it waits for |

Without `metrics_port` there is no server, and nothing is counted. With 0 each stage takes a port
that is free, so as many run on one host as you like; the log says which
(`"event":"listening"`), and `dateline status` lists them with their answer to `/ready`. `dateline run`
takes the port for itself (the producer), the next for the processor and the one after for the sink,
so 65533 is the last that it can be given. GET and HEAD are answered; a connection that is not done
after ten seconds is closed, and so is the oldest of more than 32, whatever it waits for.
It is bound to 127.0.0.1 unless `metrics_address` says otherwise (in a container: 0.0.0.0). There is
no password and no TLS: names of feeds and providers can be read there, so let nobody but Prometheus
reach it.

`deploy/monitoring/` has alert rules and a Grafana dashboard; [operations.md](operations.md) says
what to do for each alert. What it costs: `python -m bench metrics`.

## Logs

Where a stage runs as a service (`produce`, `process`, `sink`, and standard error is no terminal),
each line is one event in JSON; on a terminal, and under `run`, it is text. `log_format` (`auto`,
`json`, `text`) decides otherwise, `log_level` how much. What libraries say has the same shape, and
secrets of the settings are hidden in all of it. Only what Python itself writes when it crashes is
text.

```json
{"message":"enriched","level":"debug","logger":"processors.stage","stage":"processor","event":"enriched","uri":"urn:example:4711","raw":"articles.raw[2]@17","topic":"articles.raw","partition":2,"offset":17,"time":"2026-03-01T12:00:00.123456Z"}
```

One article is followed by `uri` (the story's identity) or `raw` (where its document lies) through all
stages: `published`, `enriched` or `dead` or `skipped`, then `indexed`, `superseded`, `withdrawn`
and so on, each at level `debug`; what is `refused` is a `warning`. `topic`, `partition` and `offset`
are of the record that the stage wrote (producer) or read. Afterwards, `dateline trace URI` tells the
same from the topics and the ledger, without any log.

## What is counted

Each has the label `stage` (`producer`, `processor`, `sink`) besides those that are named. Labels of
others' making are cut to 100 characters and take so many values at most in one process, then
`other`: {limits}.

Facts of a consumer group (`dateline_lag_records`, `dateline_oldest_waiting_seconds`,
`dateline_topic_records`) are told by each of its workers for the whole group: take their maximum
(`max by (stage, topic, generation) (...)`), never their sum.

"""  # noqa: E501 - a document's lines

_TAIL = """\
## Of the process

The client library adds what Linux tells of the process itself, the language processes not included:
{process}.
"""


def text() -> str:
    """The document."""
    limits = ", ".join(f"`{label}` {most}" for label, most in LABELS.items())
    parts = [_HEAD.replace("{limits}", limits)]
    parts += [_section(metric) for metric in CATALOGUE]
    parts.append(_TAIL.replace("{process}", ", ".join(f"`{name}`" for name in PROCESS)))
    return "".join(parts)


def _section(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
    facts = (
        f"{metric.kind}, in {metric.unit}; labels: {labels}; told by: {', '.join(metric.stages)}"
    )
    if metric.buckets:
        facts += f"; buckets up to {', '.join(f'{bound:g}' for bound in metric.buckets)}"
    return (
        f"### {metric.name}\n\n{facts}.\n\n{metric.meaning}\n\n**What to do.** {metric.remedy}\n\n"
    )

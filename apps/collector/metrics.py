"""What the collector counts of itself, and how Prometheus reads it. One event loop writes, so nothing is locked."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
_HELP = {
    "accepted": "Rows on disk and acknowledged, by source and entity.",
    "quarantined": "Rows refused one by one and kept with their reasons, by source and entity.",
    "refused": "Requests refused as a whole, by reason.",
    "webhooks": "Webhook deliveries, by sender and what became of them.",
    "touches": "Visits of links and pixels, by kind and user agent class.",
    "touches_lost": "Visits that were redirected though their touch could not be kept.",
    "bytes": "Bytes on disk.",
    "fsyncs": "Times that the disk was made to keep what was written.",
    "commit_failures": "Groups of rows that the disk did not take.",
    "segments_landed": "Segments that became landed files.",
    "seal_failures": "Times that a segment could not be landed yet.",
    "recovered_bytes_cut": "Torn bytes that nobody was told were kept, cut off when starting.",
}


class Metrics:
    def __init__(self) -> None:
        self._counters: dict[str, Counter[tuple[tuple[str, str], ...]]] = {name: Counter() for name in _HELP}
        self._buckets = [0] * (len(_BUCKETS) + 1)
        self._seconds = 0.0

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        self._counters[name][tuple(labels.items())] += amount

    def observe(self, seconds: float) -> None:
        """How long one acknowledged batch took, from its last byte to the answer."""
        self._buckets[bisect_left(_BUCKETS, seconds)] += 1
        self._seconds += seconds

    def value(self, name: str, **labels: str) -> int:
        return self._counters[name][tuple(labels.items())]

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Prometheus' text format. `gauges` are read at the moment of asking: name to help and value."""
        return "\n".join([*self._lines(), *self._histogram(), *_gauge_lines(gauges)]) + "\n"

    def _lines(self) -> Iterable[str]:
        for name, counter in self._counters.items():
            full = f"weir_collector_{name}_total"
            yield f"# HELP {full} {_HELP[name]}"
            yield f"# TYPE {full} counter"
            for labels, value in sorted(counter.items()):
                yield f"{full}{_labels(labels)} {value}"
            if not counter:
                yield f"{full} 0"

    def _histogram(self) -> Iterable[str]:
        name, running = "weir_collector_batch_seconds", 0
        yield f"# HELP {name} From the last byte of a batch to its answer, the disk included."
        yield f"# TYPE {name} histogram"
        for bound, count in zip((*map(str, _BUCKETS), "+Inf"), self._buckets, strict=True):
            running += count
            yield f'{name}_bucket{{le="{bound}"}} {running}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {running}"


def _gauge_lines(gauges: Mapping[str, tuple[str, float]]) -> Iterable[str]:
    for name, (description, value) in gauges.items():
        full = f"weir_collector_{name}"
        yield f"# HELP {full} {description}"
        yield f"# TYPE {full} gauge"
        yield f"{full} {value:g}"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

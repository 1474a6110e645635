"""Figures that this process counts itself, for Prometheus."""

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest


class Metrics:
    """The figures of one application; nothing is shared with another in the same process."""

    def __init__(self) -> None:
        """Start at zero."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._asked_s = Histogram(
            "live_ask_seconds", "Time that a question to ingest took.", ["question"], registry=self._registry
        )

    def asked(self, question: str, took_s: float) -> None:
        """Count one question to ingest, answered or not."""
        self._asked_s.labels(question).observe(took_s)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)

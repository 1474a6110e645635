"""For whoever watches the service: is it alive, does it serve users truthfully, how much does it do."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from live.strict_json import to_json
from live.web.state import WebState, of

NOT_KEPT = {"Cache-Control": "no-store"}
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


async def healthz(request: Request) -> Response:
    """GET /healthz: the process answers."""
    return Response(b'{"alive":true}', 200, NOT_KEPT, "application/json")


async def readyz(request: Request) -> Response:
    """GET /readyz: 200 while users get the truth, otherwise 503 and what is missing (T110)."""
    state = of(request)
    missing = state.missing()
    members = {
        "ready": not missing,
        "missing": missing,
        "bus": state.connected(),
        "boards": {race: board.version for race, board in state.boards.by_race.items()},
        "ingest": {
            "heard_ms_ago": state.heard_ms_ago(),
            "version": state.health.version if state.health else 0,
        },
        "canary": canary_members(state),
        "backup": {"ms_ago": state.backup_ms_ago(), "trouble": state.health.backup.trouble if state.health else ""},
    }
    return Response(to_json(members), 503 if missing else 200, NOT_KEPT, "application/json")


def canary_members(state: WebState) -> dict[str, int | None]:
    """Return how long ago a canary came through the whole chain, and how long the latest took, in ms."""
    canary = state.canary
    return {
        "age_ms": canary.age_ms(state.wall_ms()),
        "p50_ms": canary.took_ms(0.5),
        "p95_ms": canary.took_ms(0.95),
    }


async def metrics(request: Request) -> Response:
    """GET /metrics: this process, and ingest as this process hears of it."""
    state = of(request)
    heard = CollectorRegistry()
    heard.register(_Heard(state))
    return Response(state.metrics.text() + generate_latest(heard), 200, NOT_KEPT, PROMETHEUS)


class _Heard(Collector):
    def __init__(self, state: WebState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state, health = self._state, self._state.health
        yield GaugeMetricFamily("live_bus_connected", "1 while the broker holds our connection.", state.connected())
        yield GaugeMetricFamily("live_ready", "1 while /readyz says yes.", not state.missing())
        if state.clients is not None:
            yield GaugeMetricFamily("live_clients", "Phones and screens on this process.", state.clients())
        if health is not None:
            age_s = (state.heard_ms_ago() or 0) / 1000
            yield GaugeMetricFamily("live_ingest_heard_seconds_ago", "Since ingest's last sign of life.", age_s)
            yield GaugeMetricFamily("live_journal_version", "Facts in the journal.", health.version)
            yield CounterMetricFamily("live_passages", "Passages in the journal.", health.passages)
            yield CounterMetricFamily("live_rejected", "Messages that could not be understood.", health.rejected)
            failing = bool(health.backup.trouble)
            yield GaugeMetricFamily("live_backup_failing", "1 while no backup can be made.", failing)
            age_ms = state.backup_ms_ago()
            if age_ms is not None:
                yield GaugeMetricFamily("live_backup_age_seconds", "Since the newest good backup.", age_ms / 1000)
        yield from self._canary()
        yield from self._broker()
        yield from self._boards()

    def _canary(self) -> Iterator[Metric]:
        canary = self._state.canary
        age_ms = canary.age_ms(self._state.wall_ms())
        if age_ms is not None:
            help = "Since a canary came through broker, journal and boards to here."
            yield GaugeMetricFamily("live_canary_age_seconds", help, age_ms / 1000)
        help = "From the canary's device to here, of the latest 120."
        took = GaugeMetricFamily("live_canary_latency_seconds", help, labels=["quantile"])
        for share in (0.5, 0.95):
            if (took_ms := canary.took_ms(share)) is not None:
                took.add_metric([str(share)], took_ms / 1000)
        yield took

    def _broker(self) -> Iterator[Metric]:
        broker = self._state.broker
        if broker is None:
            return
        yield CounterMetricFamily("live_broker_restarts", "Of the broker, to free it from an error.", broker.restarts)
        help = "What users of the broker did that is not theirs: publish, client_id, flood."
        trespasses = CounterMetricFamily("live_broker_trespasses", help, labels=["what"])
        for what, times in sorted(broker.counts.items()):
            trespasses.add_metric([what], times)
        yield trespasses

    def _boards(self) -> Iterator[Metric]:
        versions = GaugeMetricFamily("live_board_version", "Version of the board held here.", labels=["race"])
        rows = GaugeMetricFamily("live_board_rows", "Rows of the board held here.", labels=["race"])
        ages = GaugeMetricFamily("live_board_age_seconds", "Since the newest fact of the race.", labels=["race"])
        for race, board in self._state.boards.by_race.items():
            versions.add_metric([race], board.version)
            rows.add_metric([race], len(board.rows))
            if board.head is not None and board.head.as_of_ms:
                ages.add_metric([race], (self._state.now_ms() - board.head.as_of_ms) / 1000)
        yield from (versions, rows, ages)

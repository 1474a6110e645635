"""Questions to ingest over the bus, and waiting for its words: answers, verdicts, watermarks."""


class NoAnswer(Exception):
    """Ingest did not answer in time; its text is for people."""


class Refused(Exception):
    """Ingest understood and says no; `status` is that of HTTP."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

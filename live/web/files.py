"""The list of results in each of its formats: one door for the API and for `live export`."""

from typing import Final

from live.programme import Event
from live.web.paper_lists import results_pdf
from live.web.results import Results, as_csv, as_json
from live.web.workbook import as_xlsx

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""The formats there are, with their media types."""

SLOW: Final = ("xlsx", "pdf")
"""These are made in a thread whatever their size."""


def render(results: Results, form: str, event: Event, language: str, origin: str = "") -> bytes:
    """Return the list in one of `FORMATS`. CSV and JSON are for programs, and the same in every language.

    `origin` is the public address that the paper's QR code leads to; empty: no code.
    """
    if form == "csv":
        return as_csv(results)
    if form == "json":
        return as_json(results)
    if form == "xlsx":
        return as_xlsx(results, event, language)
    return results_pdf(results, event, language, origin)

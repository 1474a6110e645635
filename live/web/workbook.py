"""The list of results as a spreadsheet. XlsxWriter stays in this module.

The first sheet is the contract's table, its header in the first row, so that programs read it as they read the CSV. In
which state it is, as of when, stands on each printed page and on a second sheet.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from live.programme import Event
from live.web.results import COLUMNS, FORMULA, Results, table
from live.web.said import about, state_line

WIDE: Final = {"team": 32, "company": 26, "category": 12, "status": 14, "time": 10}
"""Widths of columns in letters; the others have nine."""


def as_xlsx(results: Results, event: Event, language: str) -> bytes:
    """Return the list as XLSX. Numbers are numbers, a time is the text that page and paper show, a bib is text.

    Nothing in it is a formula or a link, whatever it begins with.
    """
    import xlsxwriter  # a tenth of what a process loads: without it phones are back sooner after a restart

    race, out = results.board.race, BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made = datetime.fromtimestamp(max(0, results.head.as_of_ms) // 1000, UTC).replace(tzinfo=None)
    said = state_line(results.board, event, language)
    book.set_properties({"title": f"{race.name} – {event.name}", "comments": said, "created": made})
    _list(book, results, said.replace("&", "&&"), race.name.replace("&", "&&"))
    sheet = book.add_worksheet("info")
    sheet.set_column(0, 1, 28)
    for number, line in enumerate(about(results, event, language)):
        _write(sheet, number, line, None)
    book.close()
    return out.getvalue()


def _list(book: Any, results: Results, said: str, name: str) -> None:
    bold, quoted = book.add_format({"bold": True, "bottom": 1}), book.add_format({"quote_prefix": True})
    sheet = book.add_worksheet("results")
    sheet.freeze_panes(1, 3)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L&B{name}&R{said}"[:255])
    sheet.set_footer("&R&P / &N")
    header, *rows = table(results)
    for column, title in enumerate(header):
        sheet.set_column(column, column, WIDE.get(str(title), 9))
    _write(sheet, 0, header, bold, bold)
    for number, row in enumerate(rows, start=1):
        _write(sheet, number, row, quoted)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)


def _write(sheet: Any, number: int, row: Sequence[str | int | None], quoted: Any, every: Any = None) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int):
            sheet.write_number(number, column, value, every)
        elif value:
            sheet.write_string(number, column, value, quoted if value.startswith(FORMULA) else every)

"""[info] of event.toml: what the organiser tells those who come, by language; each line of a text is one thing."""

from live.programme import INFO, Info
from live.toml_table import Table

MAX_TEXT = 2_000


def read_info(table: Table, languages: tuple[str, ...]) -> Info:
    """Return the texts, as far as they are given; what is wrong with one goes to the findings."""
    found = {name: lines for name in INFO if (lines := _by_language(table, name, languages))}
    table.done()
    return found


def _by_language(table: Table, name: str, languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if not table.has(name):
        table.raw(name, None)
        return {}
    given = table.table(name).values
    texts = {language: text for language, text in given.items() if isinstance(text, str) and language in languages}
    if len(texts) < len(given):
        table.problem(name, "the text is not by language of the event", 'Write { fr = "…", nl = "…", en = "…" }')
    elif languages[0] not in texts:
        table.problem(name, f"the text in {languages[0]!r} is missing", f'Add {languages[0]} = "…"')
    for language, text in texts.items():
        if len(text) > MAX_TEXT:
            table.problem(name, f"a text of {len(text)} characters", f"Write {MAX_TEXT} at most", language)
    lines = {language: tuple(filter(None, map(str.strip, text.splitlines()))) for language, text in texts.items()}
    return {language: each for language, each in lines.items() if each}

"""Fastest laps and the ranking of companies in words, for page and paper."""

from typing import Any

from live.boards import RaceBoard
from live.contests import same_laps
from live.honours import CompanyStanding, company_ranking, fastest
from live.times import format_time
from live.web.pages import tongue


def best_laps(board: RaceBoard, language: str) -> list[dict[str, str]]:
    """Return the fastest lap and the fastest of each leg; of equals, each."""
    t = tongue(language).catalogue
    return [
        {
            # Translators: the fastest lap on which a runner joins: "Best A".
            "name": t.gettext("Best lap") if each.leg is None else t.gettext("Best {runner}").format(runner=each.leg),
            "bib": bib,
            "team": board.race.by_bib[bib].team,
            "lap": tongue(language).words.say("lap", n=lap),
            "time": format_time(each.lap_ms, tenths=each.tenths),
        }
        for each in fastest(board)
        for bib, lap in each.laps
    ]


def company_rule(board: RaceBoard, language: str) -> str:
    """Return the rule of the ranking of companies, in a sentence."""
    t, n = tongue(language).catalogue, board.race.companies_count
    if n == 1:
        return t.gettext("A company is ranked by its best team.")
    return t.gettext("A company is ranked by the sum of the times of its best {n} teams.").format(n=n)


def company_time(board: RaceBoard, standing: CompanyStanding, language: str) -> str:
    """Return a company's time, behind its laps where they are not the same for all; empty where no team is in."""
    if standing.time_ms is None:
        return ""
    time = format_time(standing.time_ms, tenths=standing.tenths)
    return time if same_laps(board.race) else f"{tongue(language).words.count('laps', standing.laps)}, {time}"


def company_rows(board: RaceBoard, language: str) -> list[dict[str, Any]]:
    """Return the companies in order; who has too few teams in is below the others, and says why (T78)."""
    t = tongue(language).catalogue
    return [
        {
            "place": "" if each.place is None else str(each.place),
            "company": each.company,
            "bibs": ", ".join(each.bibs),
            "time": company_time(board, each, language),
            "reason": ""
            if each.place is not None
            else t.gettext("incomplete: {n} of {m} teams finished").format(n=len(each.bibs), m=each.needed),
        }
        for each in company_ranking(board)
    ]

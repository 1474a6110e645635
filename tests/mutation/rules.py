"""The rules of the core, each with what takes it out: without the rule a test must be red.

Who changes a rule changes its line here. A number at the beginning of a name is that of `docs/rules.md`, "From passage
to crossing"; `Rank` and `Missed` are its other chapters.
"""

from typing import NamedTuple

from tests.mutation.explaining import EXPLAIN
from tests.mutation.judging import OF_THE_JUDGE
from tests.mutation.meeting import OF_THE_MEETING, WITH_TESTS_OF_THEIR_OWN


class Rule(NamedTuple):
    """A rule of one file: `old` stands in it exactly once, and `new` in its place leaves the rule out."""

    file: str
    name: str
    old: str
    new: str


JUDGED = (
    ("T56: who runs in whose place", "self.order.get(code, code)", "code"),
    ("an entry without D and E runs without them", "for code in ordered if code in entered", "for code in ordered"),
    ("the lap begins for others with the first end", "self.first_ms = min(", "self.first_ms = max("),
    ("bibs end a lap only as far as somebody is unseen", "*self.unnamed[: max(free, 0)]", "*self.unnamed"),
    (
        "nobody is missing from a lap that was proved",
        "if self.proved or len(self.crossed) ==",
        "if len(self.crossed) ==",
    ),
    ("3: who is missing", "if runner not in self.crossed]", "if runner in self.crossed]"),
    ("7: a bib is one of the missing", "max(len(unseen) - len(self.unnamed), 0)", "len(unseen)"),
)

COURSE = (
    ("8: the least time to a point", "race.min_lap_ms * race.course.at_m[point] //", "race.min_lap_ms * 0 //"),
    (
        "the least time from a point over the line",
        "race.course.length_m - at_m[point] + at_m",
        "race.course.length_m + at_m",
    ),
    ("and on to the next point", " - at_m[point] + at_m[next_point])", " - at_m[point])"),
)

ENTRIES = (
    ("T58: a swap has two sides", "self.a if wearer == self.b else wearer", "wearer"),
    (
        "T58: who is not swapped wears what he wore",
        "self.b if wearer == self.a else self.a if wearer == self.b else wearer",
        "self.b if wearer == self.a else self.a",
    ),
    (
        "T60: one chip on several runners of a team is a baton",
        "worn.setdefault(chip, []).append(runner.code)",
        "worn[chip] = [runner.code]",
    ),
    (
        "T60: one chip on two teams is in conflict",
        "self._entered.setdefault(chip, []).append(wearer)",
        "self._entered[chip] = [wearer]",
    ),
    (
        "T66: one bib in several races",
        "self._bibs.setdefault(entry.bib, []).append(race.id)",
        "self._bibs[entry.bib] = [race.id]",
    ),
    (
        "T07: an assignment taken back is none",
        "before, self._assigned = self._assigned, {}",
        "before = dict(self._assigned)",
    ),
    (
        "T57: of two assignments at one instant the later stands",
        "bisect_right(spans, from_ms",
        "bisect_left(spans, from_ms",
    ),
    (
        "T58: a swap moves what is assigned from a later instant on",
        "spans[n] = (from_ms, [swap.other(each) for each in wearers])",
        "pass",
    ),
    ("T58: only from a later instant on", "if from_ms > swap.from_ms:", "if True:"),
    ("T58: the chips of both", "self.chips(swap.a) | self.chips(swap.b)", "self.chips(swap.a)"),
    (
        "T58: what they wear from its instant on",
        "self._begin_span(chip, swap.from_ms, [swap",
        "self._begin_span(chip, EVER_MS, [swap",
    ),
    ("T58: chips assigned are worn too", " | {chip for chip, wearers in spans if wearer in wearers}", ""),
    ("T58: chips of the entry are worn too", "self._own.get(wearer, set()) | ", ""),
    ("T57: a chip is worn from an instant on", "if from_ms <= at_ms:", "if True:"),
    ("T57: that instant included", "if from_ms <= at_ms:", "if from_ms < at_ms:"),
)

LAPS = (
    (
        "laps without a gap",
        "        if one.first_ms is None:\n            break",
        "        if one.first_ms is None:\n            continue",
    ),
    ("laps before the one that changed stand", "known.laps[: since - 1]", "known.laps"),
    ("who is missing from laps that stand", "[n for n in known.incomplete if n < since]", "()"),
    (
        "who was missing from laps made anew is not",
        "for n in known.incomplete if n < since",
        "for n in known.incomplete",
    ),
    ("3: the last of those who run it", "last = max(one.ends", "last = min(one.ends"),
    (
        "Rank 4: the lap is counted from the restart",
        "    if restart_ms is not None:\n        begin_ms",
        "    if False:\n        begin_ms",
    ),
    ("Rank 4: only where the restart comes earlier", "begin_ms = min(begin_ms, restart_ms)", "begin_ms = restart_ms"),
    ("Rank 4: the sum of the laps", "elapsed_ms + lap_ms, quality", "last.at_ms - gun_ms, quality"),
    ("T54: unseen runners are waived", "() if one.number in terms.waived else one.missing", "one.missing"),
    (
        "T54: an accepted end is corrected",
        '"corrected" if crossing.reason == "confirmed_unread" else "estimated"',
        '"estimated"',
    ),
    ("T81: an official's time is corrected", "crossing.sighting.trust == OFFICIAL or crossing", "crossing"),
    ("T23: the time of a clock set right is corrected", " or crossing.sighting.shifted else", " else"),
    ("the version of a lap: who crossed", "[*lap.crossed.values(), *lap.late.values()", "[*lap.late.values()"),
    ("the version of a lap: who was late", "*lap.late.values(), *lap.unnamed]", "*lap.unnamed]"),
    ("the version of a lap: bibs", "*lap.late.values(), *lap.unnamed]", "*lap.late.values()]"),
    ("the version of a lap: who passed a point", "crossings.extend(passed.values())", "pass"),
    (
        "the version of a lap: the latest",
        "return max([crossing",
        "return min([crossing",
    ),
    ("the version of the laps before", "latest = max(latest, last_fact(one))", "latest = last_fact(one)"),
    (
        "the version of open laps",
        "max([last.latest if last else 0, *map(last_fact, open_laps)])",
        "last.latest if last else 0",
    ),
    ("at a point: the last of those together", "max([ms for", "min([ms for"),
    ("at a point: together is within arrive_within", " if ms < first_ms + race.arrive_within_ms])", "])"),
    (
        "at a point: the first, where the first makes the lap",
        'if len(passed) > 1 and race.team_time == "last":',
        "if len(passed) > 1:",
    ),
    ("at a point: from the gun", "point, at_ms, at_ms - gun_ms)", "point, at_ms, at_ms)"),
    ("the furthest point", "max(seen_at, key=", "min(seen_at, key="),
)

STANDINGS = (
    ("T82: a status by hand survives", "if ruled.status is not None:\n", "if False:\n"),
    ("not started without a gun", "if gun_ms is None or now_ms < gun_ms:", "if now_ms < (gun_ms or 0):"),
    ("not started before the gun", "if gun_ms is None or now_ms < gun_ms:", "if gun_ms is None:"),
    (
        "finished with the last lap",
        "if race.laps_total is not None and len(team.laps) >= race.laps_total:",
        "if False:",
    ),
    (
        "finished with a lap that ends after the closing",
        "if closing_ms is not None and team.laps and team.laps[-1].end_ms >= closing_ms:",
        "if False:",
    ),
    ("running until a lap ends after the closing", " and team.laps[-1].end_ms >= closing_ms:", ":"),
    ("a timed race is open", "race.duration_ms is not None or race.finish", "race.finish"),
    ("with_leader is open", ' or race.finish == "with_leader"', ""),
    ("where a finished team was last is the line", 'team.beyond if became != "finished" else None', "team.beyond"),
    ("Rank 5: a penalty counts", "time_ms += ruled.adjust_ms", "pass"),
    ("Rank 5: in the final time only", 'if became == "finished" and time_ms is not None:', "if time_ms is not None:"),
    ("T65: the walk has no places", "ranked = race.ranked and (became", "ranked = (became"),
    ("T54: who is not back when the race is closed has no place", " and (open_ended(race) or not closed)))", "))"),
    ("T54: a team is placed while it runs", ' or (became == "running" and (open_ended(race) or not closed)))', ")"),
    (
        "T74: only who runs or has finished has a place",
        'ranked = race.ranked and (became == "finished" or (',
        "ranked = race.ranked and (True or (",
    ),
    (
        "Rank 6: no place without a time",
        "and time_ms is not None and not nought(became, time_ms)",
        "and not nought(became, time_ms or 1)",
    ),
    ("T65: the walk has no order", "if race.ranked else (GROUP[became],)", ""),
    ("the version of a row: the laps", "version=max(team.fact, ruled.fact, fact)", "version=max(ruled.fact, fact)"),
    (
        "the version of a row: what was ruled",
        "version=max(team.fact, ruled.fact, fact)",
        "version=max(team.fact, fact)",
    ),
    (
        "the version of a row: the race",
        "version=max(team.fact, ruled.fact, fact)",
        "version=max(team.fact, ruled.fact)",
    ),
    (
        "a time at a point is measured",
        '"measured" if beyond or not last else last.quality',
        '"measured" if not last else last.quality',
    ),
    ("T72: retired is behind running", '"dnf": 3', '"dnf": 1'),
    ("Rank 1: finished before running", '"running": 1', '"running": 0'),
    ("T43: not started is behind running", '"not_started": 2', '"not_started": 0'),
    ("T75: out of competition is behind retired", '"out_of_competition": 4', '"out_of_competition": 2'),
    ("not started by ruling is behind out of competition", '"dns": 5', '"dns": 3'),
    ("T74: disqualified is last", '"dsq": 6', '"dsq": 4'),
    ("T43: without a time behind those with one", "return (group, 1)", "return (group, -1)"),
    ("let off a lap is behind who ran it", "return (group, 0, -laps, time_ms)", "return (group, 0, time_ms)"),
    (
        "Rank 1: a lapped finisher is behind who is a lap ahead",
        "return (0, 0, -laps, -at_m, time_ms)",
        "return (group, 0, -laps, -at_m, time_ms)",
    ),
    ("T68: more laps first", "return (group, 0, -laps, -at_m, time_ms)", "return (group, 0, 0, -at_m, time_ms)"),
    (
        "T68: then the furthest point",
        "return (group, 0, -laps, -at_m, time_ms)",
        "return (group, 0, -laps, 0, time_ms)",
    ),
    (
        "T68: then who was there earlier",
        "return (group, 0, -laps, -at_m, time_ms)",
        "return (group, 0, -laps, -at_m, 0)",
    ),
    # -- the closing
    (
        "who is disqualified does not close the race",
        "for contender, lap in ends if contender.closes_with(lap.end_ms))",
        "for contender, lap in ends)",
    ),
    ("with_leader: the first to end the last lap", "return min(closed, key", "return max(closed, key"),
    ("a flag falls with all that its team ran", "(Closing(lap.end_ms, lap.latest)", "(Closing(lap.end_ms, 0)"),
    ("in a timed race, too", "found = Closing(lap.end_ms, lap.latest)", "found = Closing(lap.end_ms, 0)"),
    ("a timed race counts from each gun", "<= contender.gun_ms + duration_ms:", "<= duration_ms:"),
    ("T75: who cannot win does not close a timed race", " or not contender.closes_with(lap.end_ms):", ":"),
    ("nor is it waited for", "        if contender.out_ms is None:\n", "        if True:\n"),
    (
        "T74: a flag that has fallen stays",
        "return self.out_ms is None or end_ms < self.out_ms",
        "return self.out_ms is None",
    ),
    ("a crossing after the time, not at it", "if lap.end_ms <= contender", "if lap.end_ms < contender"),
    ("or are overdue", "if all(is_overdue(race, other, lap.end_ms) for other in ahead):", "if not ahead:"),
    ("led: more laps first", "return (-len(done), ", "return (0, "),
    ("led: then further at a point", "return (-len(done), -at_m, ", "return (-len(done), 0, "),
    ("led: a point passed after the time does not count", "if split.at_ms <= time_ms]", "]"),
    ("led: then earlier", "done[-1].elapsed_ms if done else 0", "0"),
    ("overdue without a lap", "else (contender.gun_ms, race.min_lap_ms)", "else (contender.gun_ms, 0)"),
    ("overdue: 1.25 times the last lap", "last_ms + lap_ms * OVERDUE_PERCENT // 100", "last_ms + lap_ms"),
    ("overdue: the last lap by the time", "if lap.end_ms <= at_ms]", "]"),
)

MISSED = (
    ("Missed: nowhere for 0.7 of a lap", "NOWHERE_PERCENT = 70", "NOWHERE_PERCENT = 60"),
    ("Missed: 0.7 is enough", "NOWHERE_PERCENT = 70", "NOWHERE_PERCENT = 80"),
    ("Missed: where nothing is known, twice min_lap", "UNHEARD_OF = 2", "UNHEARD_OF = 1"),
    ("Missed: the lap counts from the restart", "restart_ms = self.terms.restarts.get(number)", "restart_ms = None"),
    (
        "Missed: a lap with an estimated end says nothing",
        "self.estimated(number) or self.estimated(number - 1)",
        "self.estimated(number - 1)",
    ),
    ("Missed: who joins did not run the lap before", "if runner not in before]", "]"),
    (
        "Missed: nobody joins after the last lap",
        "if self.terms.race.laps_total is not None and number > self.terms.race.laps_total:",
        "if False:",
    ),
    ("Missed: the last lap hides none", " or number == scene.terms.race.laps_total or", " or"),
    ("Missed: both halves are possible laps", "if took_ms < 2 * least_ms:", "if took_ms < 0 * least_ms:"),
    ("Missed: the next runner may come in alone", "silence = alone(scene, number, start_ms)", "silence = None"),
    ("Missed: one rival is enough to ask", "field.lone_ms(number) if own_ms is None else None", "None"),
    (
        "Missed: where nothing else is known",
        "field.lone_ms(number) if own_ms is None else None",
        "field.lone_ms(number)",
    ),
    (
        "Missed: evidence wants a lap too long; a lone rival cannot say so",
        "if sure and waited_ms is not None",
        "if waited_ms is not None",
    ),
    ("Missed: who stood beside the mat was not running", "if stood_by(scene, number, end_ms, silence):", "if False:"),
    ("Missed: who was never read waiting is no evidence", "waited_ms is not None and (end_ms", "(end_ms"),
    ("Missed: without evidence it is a doubt", "waited_ms), evidence=False)", "waited_ms), evidence=True)"),
    ("Missed: nothing is asked about an estimate", "if scene.estimated(number - 1) or not", "if not"),
    (
        "Missed: the lap itself says nothing of how long it should take",
        "[each for each in near if each[0] != number]",
        "list(near)",
    ),
    ("Missed: the unread end in equal parts", "max(2, round(took_ms / expected_ms))", "2"),
    (
        "Missed: not before he was last read waiting",
        "start_ms + took_ms // parts, waited_ms or 0)",
        "start_ms + took_ms // parts, 0)",
    ),
    (
        "Missed: comes in with the team",
        "scene.reads(runner, end_ms - wait_ms + 1, end_ms + wait_ms)",
        "scene.reads(runner, 0, end_ms + wait_ms)",
    ),
    ("Missed: or just behind it", "end_ms - wait_ms + 1, end_ms + wait_ms)", "end_ms - wait_ms + 1, end_ms)"),
    (
        "Missed: read waiting less than min_lap before",
        "if silence is not None and silence.last_ms is not None and end_ms - silence.last_ms < least_ms:",
        "if False:",
    ),
    (
        "Missed: the runner of the lap after that is read there",
        "return any(scene.reads(runner, end_ms + wait_ms, end_ms + least_ms) for runner in waiting)",
        "return False",
    ),
    (
        "Missed: later than arrive_within",
        "scene.reads(runner, end_ms + wait_ms, end",
        "scene.reads(runner, end_ms - wait_ms, end",
    ),
    (
        "Missed: earlier than min_lap",
        "end_ms + wait_ms, end_ms + least_ms)",
        "end_ms + wait_ms, end_ms + 9 * least_ms)",
    ),
)

INFERRING = (
    ("T86: an accepted answer ends the lap there", "if each[0] not in terms.confirmed), None)", "if False), None)"),
    (
        "T86: an answer that was accepted is a doubt no more",
        "(terms, unread={**terms.unread, lap: at_ms}, ",
        "(terms, unread=terms.unread, ",
    ),
    ("Missed: evidence is counted", "if each.evidence and each.lap not in terms.unread), None)", "if False), None)"),
    (
        "T86: a refused answer: it was one lap",
        "for number in numbers if number not in refused)",
        "for number in numbers)",
    ),
    ("T46: no answer once the true passage has come", "or at_ms + least_ms <= end_ms:", "or True:"),
    ("T54: an answer about a lap that has not ended", "if end_ms is None or scene", "if end_ms is not None and scene"),
    ("doubts are looked at again", "*inferred.doubts, *open_laps", "*open_laps"),
    ("the laps near what changed are looked at", "[*around, *inferred.doubts", "[*inferred.doubts"),
    ("new evidence is counted", "if any(each.evidence for each in found.values()):", "if False:"),
    (
        "a team with a doubt depends on the field",
        "inferred.judge is not None or inferred.doubts or",
        "inferred.judge is not None or",
    ),
    ("T10: what was inferred of what is taken back is no more", "if len(judge.judged.crossings) > heard:", "if False:"),
    ("a team with a lap proved depends on the field", " or inferred.doubts or plain.proofs:", " or inferred.doubts:"),
)

LAP_TIMES = (
    ("Missed: more than 1.7 times", "TOO_LONG_PERCENT = 170", "TOO_LONG_PERCENT = 150"),
    ("Missed: 1.7 times is enough", "TOO_LONG_PERCENT = 170", "TOO_LONG_PERCENT = 190"),
    ("Missed: more than 1.3 times the other", "ALSO_LONG_PERCENT = 130", "ALSO_LONG_PERCENT = 110"),
    ("Missed: 1.3 times the other is enough", "ALSO_LONG_PERCENT = 130", "ALSO_LONG_PERCENT = 150"),
    (
        "Missed: a lap that is no longer measured is forgotten",
        "            del times[bisect_left(times, (old, bib))]\n",
        "            pass\n",
    ),
    (
        "Missed: of several rivals none asks alone",
        "times[0][0] if len(times) == 1 else None",
        "times[0][0] if times else None",
    ),
    ("Missed: who waits is looked at when a lone rival comes", " or lone_ms != self.lone_ms(index + 1)", ""),
    ("Missed: one team is no field", "None if len(times) < 2 else", "None if len(times) < 1 else"),
    ("Missed: carried over by what the field took", "lap_ms * rivals_ms // there_ms if known else lap_ms", "lap_ms"),
    ("Missed: the median of its other laps", "lower_median(sorted(carried)) if", "max(carried) if"),
    ("Missed: the median of the rivals", "self._median_ms(times) // self", "times[-1][0] // self"),
    ("Missed: both say that it was long", "return lap_ms * 100 // max(known) > ALSO_LONG_PERCENT", "return True"),
    ("Missed: one says that it was too long", " or lap_ms * 100 // min(known) <= TOO_LONG_PERCENT", ""),
    ("the field knows whose lap may hide one", "            self._tails[index].add(bib)\n", "            pass\n"),
    (
        "a lap of which the field expects otherwise has moved",
        "self._replace(index, bib, old, new):",
        "self._replace(index, bib, old, new) and False:",
    ),
    ("and touches the teams with a long lap near it", "for bib in self._tails[n - 1]}", "for bib in ()}"),
)

DOUBTS = (
    ("T86: a doubt is named by its lap and what it is about", "self.bib, self.lap, self.what)", "self.bib)"),
    (
        "T86: an id that is none names no doubt",
        "if kind in BEHIND_BIB and len(words) == BEHIND_BIB[kind] else None",
        "",
    ),
    ("T54: overdue can be accepted", '"estimated-passage" | "overdue"), [_', '"estimated-passage"), [_'),
    ("T46: an estimate can be answered", '("missed-passage" | "estimated-passage" | ', '("missed-passage" | '),
    ("T46: a missed passage can be answered", '("missed-passage" | "estimated-passage" | ', '("estimated-passage" | '),
    ("several answers about one team", "unread={**old.unread, int(at_ms): accept}", "unread={int(at_ms): accept}"),
    (
        "T60b: a late crossing accepted, not refused",
        '"late-crossing", [lap, runner] if accept and',
        '"late-crossing", [lap, runner] if',
    ),
    ("several late crossings accepted", "late=old.late | {(int(lap), runner)}", "late=frozenset({(int(lap), runner)})"),
    ("T54: the unseen accepted, not refused", '"unseen", [lap] if accept and', '"unseen", [lap] if'),
    ("the unseen of several laps accepted", "waived=old.waived | {int(lap)}", "waived=frozenset({int(lap)})"),
    ("an answer about no instant is none", "if at_ms.isdecimal():", "if True:"),
    ("T54b: a late crossing is a doubt", 'yield about("late_crossing", crossing.at_ms, runner)', "yield from ()"),
    ("T62: too fast is a doubt", 'yield about("too_fast", crossing.at_ms, runner or ANYBODY)', "yield from ()"),
    ("T55: not together is a doubt", "max(ends) - min(ends) > race.together_ms", "False"),
    (
        "T55: up to `together` is together",
        "max(ends) - min(ends) > race.together_ms",
        "max(ends) - min(ends) >= race.together_ms",
    ),
    ("T46: an estimated end is a doubt", 'one.estimate.reason == "unread_line":', "False:"),
    ("T46: an end that was accepted is none", ' and one.estimate.reason == "unread_line":', ":"),
    (
        "T03: two contents under one number are a doubt",
        'yield Doubt("conflict", race',
        'yield from () and Doubt("conflict", race',
    ),
    ("a missed passage is a doubt", 'yield Doubt("missed_passage"', 'yield from () and Doubt("missed_passage"'),
    ("T42, T73: only who is out is seen after it", 'if ruled.status not in ("dnf", "dns"):', "if False:"),
    ("T42: who did not start", 'if ruled.status not in ("dnf", "dns"):', 'if ruled.status != "dnf":'),
    ("T73: after he retired", 'since_ms = ruled.set_at_ms if ruled.status == "dnf" else -1', "since_ms = -1"),
    (
        "T42: did not start, whenever that was ruled",
        'ruled.set_at_ms if ruled.status == "dnf" else -1',
        "ruled.set_at_ms",
    ),
    ("T73: what counts only", 'if c.verdict == "counted" and c.at_ms > since_ms]', "if c.at_ms > since_ms]"),
)

MARKS = (
    ("no marks without a gun", "if gun_ms is None:", "if False:"),
    ("an instant never lies before the mark that precedes it", "if split.at_ms > made[-1].at_ms:", "if True:"),
    (
        "the next lap begins with its restart",
        "base_ms = _begin_ms(lap.end_ms, one.number + 1, restarts)",
        "base_ms = lap.end_ms",
    ),
    ("an estimated end is not measured", 'lap.quality != "estimated"', "True"),
    (
        "the restart only where it comes earlier",
        "min(end_ms, restarts.get(lap, end_ms)) if lap > 1",
        "restarts.get(lap, end_ms) if lap > 1",
    ),
)

EXPERIENCE = (
    ("the latest records count", "LATEST = 64", "LATEST = 4"),
    ("fewer than four say nothing", "ENOUGH = 4", "ENOUGH = 3"),
    ("four are enough", "ENOUGH = 4", "ENOUGH = 5"),
    ("what came later does not exist", "return bisect_left(self._instants, at_ms)", "return len(self._instants)"),
    (
        "nor what came at that instant",
        "return bisect_left(self._instants, at_ms)",
        "return bisect_left(self._instants, at_ms + 1)",
    ),
    ("a record taken back is forgotten in the summary", "if self._count > len(self._records):", "if False:"),
    ("worth a new forecast when twice as many have passed", "count *= 2", "count += ENOUGH"),
    ("from the moment after", "self._instants[count - 1] + 1)", "self._instants[count - 1])"),
    ("a summary of other records is made anew", "if count != self._count:", "if self._cached is None:"),
    (
        "a point is measured by a third of the teams",
        "3 * self._count(lap, point, at_ms) >= ended",
        "self._count(lap, point, at_ms) >= ended",
    ),
    (
        "a point that hardly anybody is seen at is not",
        "return ended < ENOUGH or 3 * self._count(lap, point, at_ms) >= ended",
        "return True",
    ),
    ("the lap before speaks for a point", "while ended < ENOUGH and lap > 1:", "while False:"),
    ("a new point is believed", "return ended < ENOUGH or 3", "return 3"),
    ("the median of two is between them", "(ordered[half - 1] + ordered[half]) // 2", "ordered[half]"),
    ("the width holds four in five", "known[-(-(len(known) + 1) * 4 // 5) - 1]", "known[-1]"),
    ("the width is not the median's", "known[-(-(len(known) + 1) * 4 // 5) - 1]", "known[len(known) // 2]"),
    ("who was right is believed", "return int((PPM * 1_000 // (mean_ppm + 1_000)) ** 4)", "return 1"),
)

FORECAST = (
    ("the usual lap is of the last five", "USUAL_LAPS = 5", "USUAL_LAPS = 50"),
    (
        "late by rivals from the beginning of the lap",
        "last.base_ms - last.took_ms + usual_ms",
        "last.base_ms + usual_ms",
    ),
    (
        "late at his own pace where no rival has come round",
        "last.at_ms if 2 * race.course.at_m[last.point] < race.course.length_m else 0",
        "last.at_ms",
    ),
    (
        "the pace up to an early point says little",
        "return 2 * own.at_ms - last.at_ms if 2 * race.course.at_m[last.point] < race.course.length_m else 0",
        "return 0",
    ),
    ("as of an instant", "self.at_ms = max(last.at_ms, as_of_ms)", "self.at_ms = last.at_ms"),
    (
        "inside the lap the pace of this lap",
        "self.here_ms = None if last.point == line else last.took_ms",
        "self.here_ms = None",
    ),
    ("again as on the lap before", "if mark.lap == lap - 1:", "if False:"),
    ("the last lap", "self.last_ms = laps[0] if laps else None", "self.last_ms = None"),
    ("the usual lap", "self.usual_ms = median(laps) if len(laps) > 1 else None", "self.usual_ms = None"),
    (
        "who should have been there is expected now",
        "Forecast(max(first.at_ms, as_of_ms), first.error_ms",
        "Forecast(first.at_ms, first.error_ms",
    ),
    ("at the line too", "[Forecast(max(prospect.to_line.at_ms, as_of_ms)", "[Forecast(prospect.to_line.at_ms"),
    ("and at later ends", "Forecast(max(at_ms, as_of_ms), max(half_ms", "Forecast(at_ms, max(half_ms"),
    ("further is never surer", "max(half_ms, ends[-1].error_ms)", "half_ms"),
    ("the last end is the finish", "ends[-1] if race.laps_total is not None else None", "ends[-1]"),
    ("only so many ends", "tuple(ends[:ENDS])", "tuple(ends)"),
    ("nothing after the last lap", "if race.laps_total is not None and lap > race.laps_total:", "if False:"),
    ("a point that is measured", "if inside and experience.measures(own.lap, point.id, own.at_ms):", "if inside:"),
    ("later laps take what the field took on them", "lap_ms = lap_ms * (against or PPM) // PPM", "pass"),
    (
        "a later lap begins with its restart",
        "at_ms = min(at_ms, restarts.get(lap, at_ms)) + lap_ms",
        "at_ms = at_ms + lap_ms",
    ),
    ("also one that nobody has run", "(known or lap <= max(restarts, default=0))", "known"),
    ("nothing to go by, nothing to expect", "    if not weight:\n        return None\n", "    weight = weight or 1\n"),
    ("experts by their weight", "total += each * by", "total += each * max(trust.weights)"),
    ("a stop rarely comes twice", "min(usual_ms, own.last_ms) if", "max(usual_ms, own.last_ms) if"),
    (
        "the team's pace against the field's",
        "return [ms * ppm // PPM if ms and ppm else None",
        "return [ms if ms and ppm else None",
    ),
)

FIELD = (
    ("a sample teaches", "TEACHERS = 512", "TEACHERS = 50_000"),
    (
        "who does not teach is not learned from",
        "if teacher is None or teacher.marks is marks:",
        "teacher = teacher or self._teachers.setdefault(number, Teacher())\n        if teacher.marks is marks:",
    ),
    (
        "what is new takes back what came later",
        "            self._take_back(event)\n            insort",
        "            insort",
    ),
    (
        "the earliest instant that it touches",
        "if self._touched_ms is None or event[0] < self._touched_ms:",
        "if self._touched_ms is None:",
    ),
    (
        "what was touched is told once",
        "touched_ms, self._touched_ms = self._touched_ms, None",
        "touched_ms = self._touched_ms",
    ),
    ("without marks nothing is expected", "if not marks:", "if marks is None:"),
    ("a new forecast as of an instant", " and as_of_ms <= marks[-1].at_ms:", ":"),
    ("taken back from the logs", "log.take_back()", "pass"),
    ("an estimate teaches nothing", "        if mark.measured:\n", "        if True:\n"),
    ("two points at one instant teach no pace", "if prospect is None or took_ms <= 0:", "if prospect is None:"),
    ("what the field took lately", "self.experience.lately[start.point, mark.point],\n", ""),
    (
        "how far off forecasts were",
        "errors.add(mark.at_ms, how_far_off(expected, took_ms))\n                taught.append(errors)",
        "pass",
    ),
)

RULINGS = (
    (
        "T26: a drift is interpolated on request",
        "return shift.by_ms + (shift.to_by_ms - shift.by_ms) * (at_ms - first_ms) // (last_ms - first_ms)",
        "return shift.by_ms",
    ),
    ("T02: the same decision again", "if entered.decision.id in self.entered:", "if False:"),
    ("an entry with a start of its own", "if entry.start_ms is not None:\n", "if False:\n"),
    (
        "T39: the gun of a start group",
        "for key in ((race.id, None), (race.id, entry.wave))",
        "for key in ((race.id, None),)",
    ),
    (
        "T38: the gun for all",
        "for key in ((race.id, None), (race.id, entry.wave))",
        "for key in ((race.id, entry.wave),)",
    ),
    ("T38: the gun fired last", "return max(fired)[1]", "return min(fired)[1]"),
    ("a gun planned for a wave", "return race.gun_ms if wave is None else wave.gun_ms", "return race.gun_ms"),
    (
        "T83: a decision revoked never was",
        "            if not any(r in self._holding",
        "            if True or not any(r in self._holding",
    ),
    ("T83: a revocation revoked is none", "r in self._holding and self.entered", "self.entered"),
    ("T85: voided, then restored", "isinstance(ruling, VoidPassage)\n", "True\n"),
    ("T03: a restoring without a content chooses none", " and ruling.fact is not None:", ":"),
    ("T03: who voids it has decided, too", "if self.voided[identity] or identity", "if identity"),
    ("T85: and who restores it has not", "            self.settled.pop(identity, None)\n", "            pass\n"),
    (
        "T89: a status taken off takes off nothing else",
        "replace(old, status=ruling.status,",
        "Ruled(status=ruling.status,",
    ),
    ("T73: a status holds since it was ruled", ", set_at_ms=decision.at_ms)", ")"),
    ("two penalties add up", "adjust_ms=old.adjust_ms + ruling.by_ms", "adjust_ms=ruling.by_ms"),
    (
        "T24: of two shifts the later stands",
        "for shift in reversed(self.shifts.get(device, ())):",
        "for shift in self.shifts.get(device, ()):",
    ),
    ("T24: a shift from an instant on", "if since(shift.from_at_ms) <= at_ms and", "if"),
    ("T24: that instant included", "if since(shift.from_at_ms) <= at_ms and", "if since(shift.from_at_ms) < at_ms and"),
    ("T24: a shift up to an instant", "(shift.to_at_ms is None or at_ms <= shift.to_at_ms)", "True"),
    ("T24: that instant included too", "or at_ms <= shift.to_at_ms)", "or at_ms < shift.to_at_ms)"),
    ("T56: who is not named takes the further places", "ordered = [*named, *rest, ", "ordered = [*named, "),
    (
        "T84: a swap is of two teams",
        "((ruling.race, ruling.a.bib), (ruling.race, ruling.b.bib))",
        "((ruling.race, ruling.a.bib),)",
    ),
    ("T84: an answer is of the doubt's team", "((parts[1], parts[2]),) if parts is not None else ()", "()"),
)

BELONGING = (
    ("1: twelve hours before", "EARLIEST_MS = 12 * HOUR_MS", "EARLIEST_MS = 10 * HOUR_MS"),
    ("1: and no more", "EARLIEST_MS = 12 * HOUR_MS", "EARLIEST_MS = 14 * HOUR_MS"),
    ("1: forty-eight hours after", "LATEST_MS = 48 * HOUR_MS", "LATEST_MS = 40 * HOUR_MS"),
    ("1: and no more than those", "LATEST_MS = 48 * HOUR_MS", "LATEST_MS = 50 * HOUR_MS"),
    ("1: of the planned start of the wave", "(wave.start_ms if wave else race.start_ms)", "race.start_ms"),
    ("1: of the entry's own start", "entry.start_ms or (wave", "(wave"),
    ("T65: a line of two courses is both courses'", "point == race.course.line == other.line", "False"),
    (
        "T65: a point of another course is not",
        "if device.course == race.course.id:\n        return True\n    other",
        "return True\n    other",
    ),
    ("a point that is not on the course", "if point not in race.course.at_m:", "if False:"),
)

PLACES = (
    (
        "equal times share a place",
        "bisect_left(self._keys, team.row.key) + 1",
        "bisect_right(self._keys, team.row.key)",
    ),
    (
        "no place where none is due",
        " if team.row is not None and team.row.placed else None",
        " if team.row is not None else None",
    ),
    (
        "T74: a disqualified team has no place at a lap",
        'team.row.status not in ("dsq", "out_of_competition")',
        'team.row.status != "out_of_competition"',
    ),
    (
        "T75: nor one out of competition",
        'team.row.status not in ("dsq", "out_of_competition")',
        'team.row.status != "dsq"',
    ),
)

RACE = (
    ("a row names ten doubts", "MOST_DOUBTS = 10", "MOST_DOUBTS = 11"),
    (
        "T54: who is not back is asked about when the race is closed",
        "and self.ruled.closed is not None and self.race.ranked",
        "and False and self.race.ranked",
    ),
    ("T54: unseen only when the wait is over", "now_ms >= wait_over_ms or", "True or"),
    ("T54: and then without a fact", "self._wake(team, wait_over_ms)", "pass"),
    ("T54: unseen at the finish only", 'if became == "finished" and (last := ', "if (last := "),
    ("overdue only when it should have come round", "        if now_ms >= late_ms:\n", "        if True:\n"),
    (
        "overdue at the next end of a lap, not at the finish",
        "expected = team.outlook.ends[0] if",
        "expected = team.outlook.ends[-1] if",
    ),
    (
        "who was seen inside the loop is waited for at his own pace",
        "if team.outlook.ends else at_own_pace(self.race, team.marks)",
        "if team.outlook.ends else None",
    ),
    ("and as long as his rivals took", "if now_ms >= late_ms and not team.outlook.ends:", "if False:"),
    ("of whom nothing else is known", "if now_ms >= late_ms and not team.outlook.ends:", "if now_ms >= late_ms:"),
    (
        "again when they turn out slower",
        "if lap in moved]\n        for team in late",
        "if False]\n        for team in late",
    ),
    ("who was not seen since the gun is told of", "        if awaited is not None:\n", "        if False:\n"),
    ("and awaited on the pages", "outlook.next or self._first_laps.of(team.entry.bib)\n", "outlook.next\n"),
    ("as is who is overdue by the pace that he had", 'any(doubt.kind == "overdue"', 'any(doubt.kind == ""'),
    (
        "an alarm that goes off early is set again",
        "                self._wake(team, team.wake_ms)\n",
        "                pass\n",
    ),
    ("one that is too late makes way for an earlier one", " or at_ms < team.alarm_ms:", ":"),
    ("who was seen is on his way", "team.gun_ms if set_out and team", "team.gun_ms if team"),
    (
        "who was seen on the start mat has been nowhere yet",
        "len(team.marks) == 1 or (len(team.marks) == 2 and at_m[team.marks[1].point] == 0)",
        "len(team.marks) == 1",
    ),
    ("and that without a fact", "            self._wake(self.teams[upcoming[1]], upcoming[0])\n", "            pass\n"),
    ("overdue without a fact", "self._wake(team, late_ms)", "pass"),
    ("T86: an answered doubt is none", "if doubt.id not in rulings.resolved]", "]"),
    # -- what is passed over to be fast
    ("no second look only where nothing was missed", "if team.well and not team.ended", "if not team.ended"),
    ("nor once a lap has ended", "if team.well and not team.ended and", "if team.well and"),
    ("nor while the field moves", "not team.ended and not moved:", "not team.ended:"),
    ("who depends on the field is looked at with it", " | self._inferred) - ", ") - "),
    ("a head that is another is told", "stands = (self.version, self.gun_ms, self.ruled)", "stands = ()"),
    ("a row that is another is told", "if not self._touched and stands ==", "if stands =="),
    ("T32: implausible by what the others did", "        if rows:  # nobody", "        if False:  # nobody"),
    ("a doubt that is gone is written", " and team.written == (team.inferred.doubts, team.outlook):", ":"),
    ("a ruling is written", "if not team.stale and team.since is None", "if team.since is None"),
    ("a lap that is another is written", "team.since is None and team.written ==", "team.written =="),
    (
        "a row whose forecast alone is another is told",
        "return judged + self._prospects.renew(rulings.restarts[self.race.id], judged)",
        "return judged + self._prospects.renew(rulings.restarts[self.race.id], judged) * 0",
    ),
)

FLAG = (
    (
        "who has retired, or did not start, closes no race",
        'status in ("dnf", "dns", "dsq", "out_of_competition")',
        'status in ("dns", "dsq", "out_of_competition")',
    ),
    (
        "nor who is disqualified",
        'status in ("dnf", "dns", "dsq", "out_of_competition")',
        'status in ("dnf", "dns", "out_of_competition")',
    ),
    (
        "T75: nor who is out of competition",
        'status in ("dnf", "dns", "dsq", "out_of_competition")',
        'status in ("dnf", "dns", "dsq")',
    ),
    (
        "and its version, too",
        "            for team in judged:\n                team.stale = True",
        "            for team in []:\n                team.stale = True",
    ),
    ("a closing that is another is everybody's", "        if self.fell != was:\n", "        if False:\n"),
)

STAGE = (
    (
        "planned before the first gun",
        'for s in ("finished", "dnf")):\n            return "planned"',
        'for s in ("finished", "dnf")):\n            return "running"',
    ),
    ("T74: a race whose teams were all ruled out has begun", "if not self._begun and not any(", "if not any("),
    (
        "running while anybody is to start",
        'if self._statuses.get("not_started") else "provisional"',
        'if False else "provisional"',
    ),
    ("provisional when nobody runs", 'else "provisional"', 'else "running"'),
    (
        "provisional since the crossing that ended it",
        "if ruled.status is None or home else",
        "if ruled.status is None else",
    ),
)

LINGERING = (
    ("T06: who was away for a while begins anew", "if passage.at_ms > last_ms + NEAR_MS:", "if False:"),
    ("T06: a breath is no stay", "if last_ms - since_ms >= STAYS_MS and", "if"),
    ("T06: who went away stays no more", " and last_ms + NEAR_MS >= self._latest_ms", ""),
)

STATES = (
    ("of two closings the first stands", "self.closed = self.closed or entered", "self.closed = entered"),
    (
        "a race opened again is closed no more",
        "self.closed = self.pending = self.published = None",
        "self.pending = self.published = None",
    ),
    ("nor official", "self.closed = self.pending = self.published = None", "self.closed = self.pending = None"),
    ("T90: of two freezes the first stands", "self.frozen = self.frozen or entered", "self.frozen = entered"),
    ("T90: revealed is frozen no more", "self.frozen = None\n            case _", "pass\n            case _"),
    ("T83: of two publications the first stands", "if self.published is not None:", "if False:"),
    ("a second official confirms by the id", "ruling.confirms == first.decision.id and ", ""),
    ("nobody confirms himself", " and entered.decision.by != first.decision.by", ""),
    ("one official is enough where one is asked", "if officials < 2 or confirmed:", "if confirmed:"),
    ("the first word of two waits", "elif first is None and ruling.confirms is None:", "elif False:"),
)

PUBLICATION = (
    ("T87: which edition it was then", "for each in self._made if each[0] <= at_ms]", "for each in self._made]"),
    ("a podium has three places", "PODIUM = 3", "PODIUM = 2"),
    ("and no more", "PODIUM = 3", "PODIUM = 4"),
    ("T87: a new publication is a new edition", "if published.fact != self._by:", "if False:"),
    ("T87: a result that changes is one too", "        elif differ:\n", "        elif False:\n"),
    (
        "T87: a doubt or a forecast changes no result",
        "return replace(row, version=0, doubts=(), next=None, finish=None)",
        "return row",
    ),
    ("T87: the edition before is kept", "self.before = self._shown.copy()", "self.before = {}"),
    ("T47: an earlier lap is open too", "if before and row.status in", "if False and row.status in"),
    ("T77: a provisional lap is open", "if row.provisional and row.status in", "if False and row.status in"),
    ("T77: an estimated lap is open", 'if "e" in row.lap_qualities and row.status', "if False and row.status"),
    (
        "a podium in each category",
        ', **{f"category:{each}": board.standings(only=_of_category(each)) for each in categories}}',
        "}",
    ),
    ("T77: who may have come before the third", "podium.setdefault(bib, PODIUM)", "pass"),
    ("T77: who came after him does not", "(on_it[-1].row.time_ms if full else None)", "(None)"),
    ("T77: a podium that is not full", "full = len(on_it) >= PODIUM and all(", "full = all("),
    ("T77: who runs has not come", ' and all(each.row.status == "finished" for each in on_it)', ""),
    ("what is on the podium comes first", "key=lambda each: not each.podium", "key=lambda each: bool(each.podium)"),
)

STATE_REFUSALS = (
    ("a race that has not started cannot be closed", 'if state == "planned":', "if False:"),
    ("an official race cannot be closed", 'if state == "official":', "if False:"),
    ("a race is closed once", "if live.ruled.closed is not None:", "if False:"),
    ("a race is published once", "if live.ruled.published is not None:\n        raise", "if False:\n        raise"),
    ("two officials where two are asked", "if meeting.event.officials_to_publish > 1:", "if False:"),
    ("a race is frozen once", "if live.ruled.frozen is not None:", "if False:"),
    ("what is not frozen cannot be revealed", "if live.ruled.frozen is None:", "if False:"),
)

CHECKPOINTS = (
    (
        "T106: a few late take a few back",
        "return len(judge.judged.crossings) - heard <= len(judge.steps)",
        "return len(judge.judged.crossings) == heard",
    ),
    ("T106: older ones are kept, further apart", "            self._frames.append(old)\n", "            pass\n"),
    ("T106: from the beginning of the race on", "del self._frames[::2]", "self._frames.clear()"),
    ("T10: what counted for a lap does not, taken back", "        del one.crossed[key]\n", "        pass\n"),
    ("T10: nor at a point", "        del one.splits[crossing.sighting.point][crossing.runner]\n", "        pass\n"),
    ("T10: nor has he crossed", "_put_back(judge.last, key, last)", "pass"),
    ("T10: nor ended the lap", "_put_back(judge.last_lap, key, last_lap)", "pass"),
    ("T10: its lap is as it was", "        one.settle()\n", "        pass\n"),
    ("a lap that changed makes what shares it worthless", "while taken and taken[-1].first > since:", "while False:"),
    (
        "T10: what has heard more than what came late is forgotten",
        "while self._kept and self._kept[-1].heard > heard:",
        "while False:",
    ),
    ("T10: of the older ones too", "while self._frames and self._frames[-1].heard > heard:", "while False:"),
    (
        "the laps that can change are the judge's own",
        "first = max(1, len(judge.laps) - OPEN_LAPS + 1)",
        "first = len(judge.laps) + 1",
    ),
    (
        "who hopes is taken back too",
        "other.hoping = {key: twins[id(each)] for key, each in judge.hoping.items()}",
        "other.hoping = {}",
    ),
    (
        "who has crossed is taken back too",
        "other.last = {key: twins.get(id(each), each) for key, each in judge.last.items()}",
        "other.last = {}",
    ),
    (
        "the last crossing of the team too",
        "other.latest = judge.latest and twins.get(id(judge.latest), judge.latest)",
        "other.latest = None",
    ),
    (
        "the laps that runners have ended too",
        "other.last_lap, other.unread = dict(judge.last_lap), ",
        "other.last_lap, other.unread = judge.last_lap, ",
    ),
    ("no judge is handed out that has heard more", " if each.heard <= heard), None)", "), None)"),
)

PAST = (
    (
        "T90: nobody is told of an edition behind the freeze",
        "counted = live if frozen is None else as_frozen(meeting, frozen).races[live.race.id]",
        "counted = live",
    ),
    (
        "T03: of two contents the past knows what was seen by then",
        "if any(each.race == live.race.id for twice in meeting.said_twice for each in meeting.heard[twice]):",
        "if False:",
    ),
    (
        "a crossing added later does not change what was",
        "case AddCrossing(crossed_at_ms=crossed_at_ms) if crossed_at_ms > at_ms:",
        "case AddCrossing():",
    ),
    ("T38: the instant of a gun is its own", "case FireGun(gun_at_ms=at_ms) | AddCrossing", "case AddCrossing"),
    (
        "a status is of the instant at which it was ruled",
        "        case SetStatus() | AdjustTime():\n            return decision.at_ms\n",
        "",
    ),
    ("known: only what was heard by then", "if heard.heard_at_ms > at_ms and heard.race", "if False and heard.race"),
    (
        "T90: an official sees through a freeze",
        'return None if live is None or "official" in about else',
        "return None if live is None else",
    ),
    ("T90: the frozen board is of the facts before the freeze", "if recorded.seq < frozen.fact]", "]"),
    ("T90: of a frozen race no edition before is told", "[] if frozen is not None else [_members", "[_members"),
)

PACE = (
    ("T32: three times the median", "SLOWEST = 3", "SLOWEST = 2"),
    ("T32: and no more", "SLOWEST = 3", "SLOWEST = 4"),
    ("T32: so many have finished", "FEWEST = 5", "FEWEST = 6"),
    ("T32: who has not finished after all", "        if old is not None:\n", "        if False:\n"),
)

SUGGESTING = (
    ("T19: who is due within three minutes", "off_ms <= NEAR_MS else None", "True else None"),
    ("T19: there and not elsewhere", "if there == point and off_ms", "if off_ms"),
    ("T19: who runs", 'team.row.status != "running" or ', ""),
    ("T19: seen there by another device", "if off_ms <= race.together_window_ms:", "if False:"),
    ("T19: but not long before", "if off_ms <= race.together_window_ms:", "if True:"),
    ("T19: the nearest in time first", "for _, _, bib in sorted(found)]", "for _, _, bib in found]"),
)

SLIPS = (("T19: two letters exchanged", "yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)", "pass"),)

BOARDS = (
    (
        "Rank 3: equal times share the place",
        "            if key != last_key:\n                place",
        "            if True:\n                place",
    ),
    (
        "Rank 1: who has no place leaves no gap",
        "            placed += 1\n            if key",
        "            placed = len(shown) + 1\n            if key",
    ),
    (
        "T71: a page sent before the gun takes nobody back",
        ' and (row.status != "not_started" or old.status == "not_started")',
        "",
    ),
    (
        "an older row never takes the place of a newer",
        "return version > old_version and row != old",
        "return row != old",
    ),
    (
        "an older head changes nothing",
        "if self.head is None or (head.version, head.as_of_ms) >= (self.head.version, self.head.as_of_ms):",
        "if True:",
    ),
    (
        "T94: the last of the pieces brings the version",
        "if isinstance(message, BoardChanges) and message.more:",
        "if False:",
    ),
    ("T92: another journal is another board", "        if head.journal != self._journal:\n", "        if False:\n"),
    (
        "a row of an unknown bib is passed over",
        "            if entry is None:\n                continue\n",
        "            entry = entry or self.race.entries[0]\n",
    ),
    (
        "the gap is measured at the last lap of both",
        "behind_ms = elapsed_ms - first_elapsed_ms[row.laps - 1]",
        "behind_ms = elapsed_ms - first_elapsed_ms[-1]",
    ),
    ("T69: a lap less at the finish", "row.laps - under_way)", "row.laps - 1)"),
    ("T69: lapped", "bisect_right(first_elapsed_ms, elapsed_ms) - row.laps)", "0)"),
    ("T69: no gap without a lap", "    if row.laps == 0:\n", "    if False:\n"),
    (
        "no gap to who was behind there",
        "return (None if behind_ms < 0 else behind_ms), lapped",
        "return behind_ms, lapped",
    ),
    ("T67: equal at a lap", "                if elapsed_ms != last_ms:\n", "                if True:\n"),
    (
        "T74: no place at a lap for who is out of the ranking",
        'due = row.status not in ("dsq", "out_of_competition")',
        "due = True",
    ),
)

HONOURS = (
    ("T78: no company, no ranking", "        if not company:\n", "        if False:\n"),
    (
        "T75: who has no place counts for none",
        "row is not None and row.placed and row.status",
        "row is not None and row.status",
    ),
    ("the best n", "best = sorted(finished.get(company, []))[:needed]", "best = sorted(finished.get(company, []))"),
    ("T78: too few teams are listed below", "found.append((len(best) < needed, ", "found.append((False, "),
    ("T78: without a place", "place = None if incomplete else position", "place = position"),
    (
        "T67: companies of equal time share the place",
        "if ranked and place is not None and (ranked[-1].laps, ranked[-1].time_ms) == (-less, time_ms):",
        "if False:",
    ),
    ("T69: of a company too, more laps come before less time", "-len(best), -laps, time_ms", "-len(best), 0, time_ms"),
    (
        "T69: the best of a company has run more laps",
        ".append((-row.laps, row.time_ms or 0",
        ".append((0, row.time_ms or 0",
    ),
    ("equals share the fastest lap", "for each in laps if each.lap_ms == least)", "for each in laps[:1])"),
    ("T74: no lap of who is out of the ranking", 'row.status in ("dsq", "out_of_competition") or', "False or"),
    ("T76: nor one of nought", "row.lap_times_ms[lap - 1] <= 0 or", "False or"),
    ("an official's time is never the fastest", ' or "c" in ends:', ":"),
    (
        "what begins with an estimate is not measured",
        "row.lap_qualities[max(0, lap - 2) : lap]",
        "row.lap_qualities[lap - 1 : lap]",
    ),
    ("nor while somebody was unseen", " and not {lap - 1, lap} & set(row.incomplete)", ""),
    ("a leg is the first lap of its runner", "            if runner not in seen:\n", "            if True:\n"),
    ("who alone runs all has no leg", "return joins if len(joins) > 1 else {}", "return joins"),
)

CONTESTS = (
    (
        "T69: close only to who ran as many laps",
        "within_one_second((key[:-1], first[key]",
        "within_one_second((0, first[key]",
    ),
    (
        "T76: it must be ruled",
        'if row.status == "finished" and (row.time_ms or 0) <= 0]\n        doubtful = [row for',
        "if False]\n        doubtful = [row for",
    ),
    (
        "T77: a doubt of who is out and may be in",
        "return bool(row.doubts) and _may_have_come(row, before_ms)",
        "return False",
    ),
    (
        "T73: of who retired and was seen after it",
        'any(doubt.startswith("seen-after-status/") for doubt in row.doubts) and',
        "False and",
    ),
    (
        "T73: another doubt of who retired is none here",
        'any(doubt.startswith("seen-after-status/") for doubt in row.doubts) and',
        "True and",
    ),
    (
        "T77: of who finished and may have finished before",
        'if row.status != "finished" or not any(doubt.startswith(EARLIER)',
        "if True or not any(doubt.startswith(EARLIER)",
    ),
    (
        "T77: what makes nobody earlier holds nothing up",
        "or not any(doubt.startswith(EARLIER) for doubt in row.doubts):",
        "or not row.doubts:",
    ),
    ("T77: by an earlier crossing of his", "before_ms is None or last_ms <= before_ms or", "True or"),
    ("T77: which can have been the last", "if ms >= _least_ms(race)), default", "), default"),
    ("T77: of a company, too", "if _may_be_before(board.race, row, None) and", "if False and"),
    ("T67: equals share the place", "first.setdefault(key, position)", "first[key] = position"),
    ("T67: a shared prize is named so", "shared=times[key] > 1, ", "shared=False, "),
    ("a rival can be as fast as anybody can run", "max(0, left) * race.min_lap_ms", "0"),
    (
        "his next lap may have begun with the first",
        "sum(row.lap_times_ms) - race.arrive_within_ms)",
        "sum(row.lap_times_ms))",
    ),
    ("where laps are open who is slower may come before", " or not same_laps(race) or", " or"),
    ("who can only be later is none", " or _earliest_ms(race, row) <= before_ms", " or True"),
    ("a company with too few teams is no rival", "        if len(best) < needed:\n            continue\n", ""),
    (
        "nor one that can only be later",
        "if timed and before_ms is not None and sum(each[0] for each in best) > before_ms:",
        "if False:",
    ),
    ("of a leg the lap on which its runner joins", "and (last_lap is None or row.laps < last_lap)", ""),
    ("a lap not measured whole that was longer", "if before_ms is None or each.lap_ms <= before_ms:", "if True:"),
    ("each team has one best lap", "best.setdefault(each.bib, Winner(", "best[each.bib] = (Winner("),
)

FIRST_LAPS = (
    (
        "overdue past 1.25 times the field's first lap",
        "gun_ms + usual_ms * OVERDUE_PERCENT // 100 + 1, bib",
        "gun_ms + usual_ms + 1, bib",
    ),
    ("and not before", "(now_ms - usual_ms * OVERDUE_PERCENT // 100 - 1,", "(now_ms - usual_ms - 1,"),
    (
        "who is back is out no more",
        "            del self._out[bisect_left(self._out, (old, bib))]\n",
        "            pass\n",
    ),
    (
        "whoever is next",
        "for gun_ms, bib in self._out[self._beyond(usual_ms, now_ms) :]:",
        "for gun_ms, bib in self._out:",
    ),
)

PRIZES = (
    ("there is no prize behind the last", "if not 1 <= number <= len(board.race.prizes):", "if False:"),
    ("so many places", "if each.place <= prize.places)", ")"),
    (
        "rivals until the race is closed",
        'if board.head is None or board.head.state not in ("provisional", "official"):',
        "if True:",
    ),
    ("who is not in is waited for", "        if rivals and before_ms is None:\n", "        if False:\n"),
    (
        "T77: no winner of whom a runner is unseen",
        "if by_all_laps and (row.provisional or row.incomplete):",
        "if False:",
    ),
    ("T77: in whatever lap", "(row.provisional or row.incomplete)", "row.provisional"),
    (
        "T77: none by an estimate",
        'if by_all_laps and (row.quality == "estimated" or "e" in row.lap_qualities):',
        "if False:",
    ),
    ("T77: none with a doubt", "    if row.doubts:\n", "    if False:\n"),
)

GIVEN = (
    ("T88: a decision revoked gave nothing", ' or not each["holds"]:', ":"),
    ("T88: others hold it now", "if _who(race, award.prize, each.bibs) != _who(race, award.prize, now):", "if False:"),
    ("T88: a company is the same whichever teams count", 'if prize.among != "companies":', "if True:"),
    (
        "a whole prize given anew leaves nothing of the earlier",
        "        if ruling.place is None:\n            standing",
        "        if False:\n            standing",
    ),
)

WALKERS = (
    (
        "T65: who is out of the ranking is on the course",
        '    if row.status in ("dsq", "out_of_competition"):\n',
        "    if False:\n",
    ),
    ("T65: until he is back", "if laps_total is not None and row.laps >= laps_total:", "if True:"),
    (
        "T65: nobody is out before the gun",
        'return "out" if begun or row.point is not None else "waiting"',
        'return "out"',
    ),
    ("T65: unseen on the way", "unseen=sum(row.point is None for row in out)", "unseen=0"),
    (
        "T65: of whom nothing was heard nothing is said",
        "        if row is not None:\n",
        "        row = row or next(iter(board.rows.values()))\n        if True:\n",
    ),
)

ARRIVALS = (
    ("overdue past 1.25 times", "OVERDUE_PERCENT = 125", "OVERDUE_PERCENT = 150"),
    ("and not before", "OVERDUE_PERCENT = 125", "OVERDUE_PERCENT = 110"),
    ("a drawn team stops before the mat", "STOPS_PERCENT = 3", "STOPS_PERCENT = 0"),
    (
        "who runs is expected",
        'if row.status != "running" or row.next is None:\n            continue',
        "if row.next is None:\n            continue",
    ),
    ("at the point that is asked for", "if point is None or there == point:", "if True:"),
    ("the earliest first", "in sorted(found, key=lambda each: each[:2])]", "in found]"),
    (
        "T90: nothing is late on a frozen board",
        " or board.head is None or board.head.frozen:",
        " or board.head is None:",
    ),
    ("an overdue team is not drawn", "if now_ms > overdue_at_ms(row.at_ms, row.next):", "if False:"),
)

TABLE = {
    "judged": JUDGED,
    "course": COURSE,
    "entries": ENTRIES,
    "laps": LAPS,
    "standings": STANDINGS,
    "missed": MISSED,
    "inferring": INFERRING,
    "lap_times": LAP_TIMES,
    "doubts": DOUBTS,
    "marks": MARKS,
    "experience": EXPERIENCE,
    "forecast": FORECAST,
    "field": FIELD,
    "rulings": RULINGS,
    "belonging": BELONGING,
    "places": PLACES,
    "race": RACE,
    "flag": FLAG,
    "stage": STAGE,
    "lingering": LINGERING,
    "first_laps": FIRST_LAPS,
}

AROUND_IT = {
    "states": STATES,
    "publication": PUBLICATION,
    "state_refusals": STATE_REFUSALS,
    "checkpoints": CHECKPOINTS,
    "past": PAST,
    "pace": PACE,
    "suggesting": SUGGESTING,
    "explain": EXPLAIN,
}

OF_BOARDS = {
    "boards": BOARDS,
    "honours": HONOURS,
    "contests": CONTESTS,
    "prizes": PRIZES,
    "given": GIVEN,
    "walkers": WALKERS,
    "arrivals": ARRIVALS,
    "slips": SLIPS,
}
AROUND_THE_JUDGE = frozenset(AROUND_IT | WITH_TESTS_OF_THEIR_OWN | OF_BOARDS)
"""Files that have tests of their own."""

ALL = OF_THE_JUDGE | TABLE | OF_THE_MEETING | AROUND_IT | WITH_TESTS_OF_THEIR_OWN
RULES = [Rule(f"ingest/{file}.py", *row) for file, rows in ALL.items() for row in rows]
RULES += [Rule(f"{file}.py", *row) for file, rows in OF_BOARDS.items() for row in rows]

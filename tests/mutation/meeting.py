"""The rules around the judge: what a meeting takes in, refuses and tells; rows as in `rules.py`."""

TEAM = (
    (
        "T10: what comes before what was judged takes the judging back",
        "if place < self.heard and self.judge is not None:",
        "if False:",
    ),
    (
        "who hands over to somebody who has not run with him",
        "self.exchanges = any(set(terms.runs(lap)).isdisjoint(terms.runs(lap + 1)) for lap in legs)",
        "self.exchanges = False",
    ),
    (
        "T10: a team taken back counts anew from there",
        "since = rewound if since is None else min(since, rewound)",
        "pass",
    ),
    (
        "T10: of several taken back, from the first that changes",
        "self.rewound = min(first, self.rewound or first)",
        "self.rewound = first",
    ),
    (
        "who is passed over was heard",
        "        self.heard = len(self.sightings)\n        if since is not None:\n",
        "        if since is not None:\n",
    ),
    ("of whom something was inferred is looked at anew", "since if was is None else 1)", "since)"),
    ("no glance where a lap was found unread", "if not quiet or self.judge.proofs:", "if not quiet:"),
    (
        "no glance where officials answered",
        " and not self.exchanges and not answers.unread\n",
        " and not self.exchanges\n",
    ),
    (
        "marks are made anew by another gun",
        "        if self.since == 1:\n            kept = ()",
        "        if False:\n            kept = ()",
    ),
    (
        "a doubt about a lap that is another is none",
        "in self.lap_doubts.items() if number < since}",
        "in self.lap_doubts.items()}",
    ),
    (
        "a race that closes otherwise is judged anew",
        "if self.closed is None or self.closed.terms != terms:",
        "if self.closed is None:",
    ),
    (
        "a race opened again is as if it had never closed",
        "        self.hold(self.unclosed_judge.judged, self.unclosed, 1)\n",
        "        pass\n",
    ),
)

ATTRIBUTION = (
    (
        "T03: of two contents the earlier counts, whichever came first",
        "said.sort(key=lambda v: (v[0], v[1].at_ms,",
        "said.sort(key=lambda v: (v[0], v[2].fact, v[1].at_ms,",
    ),
    ("T03: and that is a doubt", "team.conflicts[heard.passage.identity] = heard.passage.at_ms", "pass"),
    ("T83: a passage taken out counts for nothing", "if self.rulings.voided.get(identity):", "if False:"),
    (
        "a point of another course",
        "elif point is None or not on_course(live.race, device, point, self.event):",
        "elif point is None:",
    ),
    (
        "T32: a date on which the race is not",
        "elif not team.plausible_ms[0] <= at_ms <= team.plausible_ms[1]:",
        "elif False:",
    ),
    ("what is set aside is kept", "        team.set_aside[identity] = heard\n", ""),
    ("and gone once it is given to another", "team.set_aside.pop(heard.passage.identity, None)", "pass"),
    (
        "T03: unless an official chose another",
        "(each.fact != chosen, each.passage, each)",
        "(False, each.passage, each)",
    ),
    ("T03: once he has, there is no doubt", "                if not decided:\n", "                if True:\n"),
    ("T03: what came after he did asks again", "decided = newest < self", "decided = 0 < self"),
    ("T03: the team of the other content is told, too", "            self._whose(other, ruled)\n", ""),
    ("T03: a conflict is gone with its passage", "team.conflicts.pop(heard.passage.identity, None)", "pass"),
)

ENACTMENT = (
    (
        "T03: another choice lets another content count",
        "self.heard[identity] = variants = self._in_turn(variants)",
        "pass",
    ),
    ("T90: the board of a freeze is kept", "self.races[frozen.race].freeze(entered.decision.id)", "pass"),
    (
        "T56: another order is judged from the start",
        "            team.judge = None\n            live.mark(bib)",
        "            live.mark(bib)",
    ),
    (
        "an answer to a doubt is judged from the start",
        "self.races[race].teams[bib].judge = None",
        "pass",
    ),
    ("a clock set right moves what it said", "                heard.shift_ms = shift_ms\n", "                pass\n"),
    ("T32: it may be earlier than it was thought", "            self._note_instants_anew()\n", "            pass\n"),
    ("the earliest gun is the race's", "live.gun_ms = min((team.gun_ms", "live.gun_ms = max((team.gun_ms"),
)

MEETING = (
    (
        "a decision for a second official to confirm says so",
        "waits = any(entered == state.pending for state in self.rulings.states.values())",
        "waits = False",
    ),
    ("facts in another order are put in order", "            self._put_in_order()\n", "            pass\n"),
    (
        "a gun is reached without a fact",
        "            self._mark(race, bib)\n        for live",
        "            pass\n        for live",
    ),
    ("a wait ends without a fact", "            live.ring(self._now_ms)\n", "            pass\n"),
    (
        "a replay's boards change by facts alone",
        'if self.clock == "facts":\n            return None',
        "if False:\n            return None",
    ),
    ("every page is told once", "            live.dirty_pages.clear()\n", "            pass\n"),
)

PROSPECTS = (
    (
        "T60c: after a restart the field learns anew",
        "if self._field.restarts != restarts:",
        "if False:",
    ),
    (
        "what came late changes what is expected of those after it",
        "for team in (*renewed, *(self._teams[bib] for _, bib in later)):",
        "for team in renewed:",
    ),
    (
        "and their rows are written anew",
        "return [self._teams[bib] for _, bib in later if bib not in known]",
        "return []",
    ),
)

WEARING = (
    ("T60: a chip on two teams is nobody's", "if len(wearers) == 1:", "if wearers:"),
    (
        "T60: and says so",
        'heard.reason = "chip_on_two_teams" if wearers else "unknown_chip"',
        'heard.reason = "unknown_chip"',
    ),
    ("a bib is of the race that was named", "if heard.passage.race is not None:", "if False:"),
    ("a bib of two races needs its race", "if len(known) != 1:", "if not known:"),
    (
        "T19: a runner whom the team does not have",
        "if all(runner != member.code for member in races[known[0]].race.by_bib[bib].runners):",
        "if False:",
    ),
)

REFUSALS = (
    ("no wave that there is not", "if ruling.wave is not None and ruling.wave not in waves:", "if False:"),
    ("no restart of the first lap", "if not 2 <= ruling.lap <=", "if not 1 <= ruling.lap <="),
    ("no restart after the last", "<= (race.laps_total or ruling.lap):", "<= ruling.lap:"),
    (
        "no passage that is not in the journal",
        "if variants is None:",
        "if False:",
    ),
    (
        "no crossing at a point that there is not",
        "if ruling.point is not None and ruling.point not in race.course.at_m:",
        "if False:",
    ),
    ("nothing of a decision that there is not", "if ruling.decision not in meeting.rulings.entered:", "if False:"),
    (
        "no race that there is not",
        "    if live is None:\n        raise ValueError",
        "    if False:\n        raise ValueError",
    ),
    ("no bib that there is not", "    if entry is None:\n", "    if False:\n"),
    ("no runner whom the team has not", "    if runner not in codes:\n", "    if False:\n"),
    ("nobody exchanges chips with himself", "    if ruling.a == ruling.b:\n", "    if False:\n"),
    (
        "nor a chip that he does not wear",
        "    if not meeting.roster.chips(",
        "    if False and not meeting.roster.chips(",
    ),
    ("T56: an order names somebody", "    if not order:\n", "    if False:\n"),
    ("T56: nobody twice", "    if twice:\n", "    if False:\n"),
    ("T56: not more than run", "    if len(order) > len(race.roles):\n", "    if False:\n"),
    ("no device that there is not", "    if ruling.device not in devices:\n", "    if False:\n"),
)

AT_LINE = (
    (
        "T09: what is a minute old is no news",
        "if raw is None or now_ms - raw.told.at_ms > FRESH_MS:",
        "if raw is None:",
    ),
    ("T36: nobody on the mat before the first lap can end", "heard.at_ms < gun_ms + live.race.min_lap_ms", "False"),
    ("only at the line", "seen is None or not seen.at_line:", "seen is None:"),
    (
        "T06: a runner once in a minute",
        "if any(_same_runner(each, heard.bib, seen) for each in self._kept[heard.race]):",
        "if False:",
    ),
    (
        "what was taken back is of this team no more",
        '    return replace(told, state="ignored"',
        '    return replace(told, state="counted"',
    ),
    ("T50: who waits is not called", "not _is_due(live.race, live.teams[heard.bib], seen.runners))", "False)"),
    ("T61: nor who is home", '    if row.status == "finished" and not row.provisional:\n', "    if False:\n"),
    ("who was not due is told once he counts", 'each.silent and now.state in ("raw", "ignored")', "each.silent"),
    (
        "a witness saw somebody cross",
        'if crossing.verdict == "ignored" and crossing.reason in STILL_CROSSED:',
        "if False:",
    ),
    (
        "after a restart who waited stays silent",
        'raw.silent = raw.told.state == "ignored" and',
        "raw.silent = False and",
    ),
    ("told once only", "            if now != each.told:\n", "            if True:\n"),
)

CLOCKS = (
    ("T32: ahead by more than two seconds", "AHEAD_MS = 2 * SECOND_MS", "AHEAD_MS = 60 * SECOND_MS"),
    ("T23: behind by more than five seconds", "BEHIND_MS = 5 * SECOND_MS", "BEHIND_MS = 60 * SECOND_MS"),
    ("T23: the way over a network is no fault", "BEHIND_MS = 5 * SECOND_MS", "BEHIND_MS = 0"),
    ("a device that was off line says nothing", "max(heard) - min(heard) >= LIVE_MS", "True"),
    ("nor a handful of readings", "len(heard) >= ENOUGH and", ""),
    ("T24: a clock that stepped has two spans", "abs(joined[-1].least_ms - span.least_ms) <= SAME_MS", "True"),
    ("T24: that part where it stepped", "        _part(readings, one, other)\n", "        pass\n"),
    ("T30: what stands still is no clock", "None if stands_still or not delays else", "None if not delays else"),
    (
        "T25: each time it was switched on is a span",
        "if not runs or each.said_ms < runs[-1][-1].said_ms:",
        "if not runs:",
    ),
    ("T11: held back is no slow clock", "found += [held_back] if held_back else", "found +="),
    (
        "T11: gaps that are all alike say nothing",
        "waits >= HELD_BACK and most_ms - least_ms > SAME_MS",
        "waits >= HELD_BACK",
    ),
    ("in a replay the instant of reception says nothing", "    if heard_live:\n", "    if True:\n"),
    ("no ruling that moves what is right", "wrong if _between(said_ms, wrong) <= number else", "wrong if True else"),
    ("T27: who types is slower than a mat", "BY_HAND_MS if by_hand else DIFFERS_MS", "DIFFERS_MS"),
    ("T27: two of three crossings differ alike", " and 3 * len(alike) >= 2 * len(later_ms) else", " else"),
    ("T27: four crossings at least", "    if len(later_ms) < ENOUGH:\n", "    if not later_ms:\n"),
)

DEVICE_DOUBTS = (
    (
        "a doubt that was answered is none",
        '[doubt for doubt in found if doubt["id"] not in meeting.rulings.resolved]',
        "found",
    ),
    ("T25: in a replay dated by the facts before", "heard.heard_at_ms if wall else latest_ms", "heard.heard_at_ms"),
    (
        "what was set aside asks no more",
        "return meeting.rulings.voided.get(heard.passage.identity, False)",
        "return False",
    ),
    ("of the race that was named", "if passage.race in (None, live.race.id):", "if True:"),
    ("T07: as many as were read", '"count": len(instants)', '"count": 1'),
)

OF_THE_MEETING = {
    "team": TEAM,
    "attribution": ATTRIBUTION,
    "enactment": ENACTMENT,
    "meeting": MEETING,
    "prospects": PROSPECTS,
    "wearing": WEARING,
    "refusals": REFUSALS,
}
WITH_TESTS_OF_THEIR_OWN = {"at_line": AT_LINE, "clocks": CLOCKS, "device_doubts": DEVICE_DOUBTS}

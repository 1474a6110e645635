"""The rules by which one team's passages become crossings, in the rooms of the judge; rows as in `rules.py`."""

PROGRESS = (
    ("3: where the first makes the lap, anybody ends it", 'terms.race.team_time == "last"', "True"),
    ("2: laps found unread end in their order", "terms.unread.items(), reverse=True", "terms.unread.items()"),
    ("5: no lap after the last", "if self.total is not None and number > self.total:", "if False:"),
    ("2: the first lap begins with the gun", "            return self.gun_ms\n", "            return 0\n"),
    ("a lap ended after the closing is the last", "first_ms >= self.closing_ms:", "False:"),
    ("the closing crossing is the closer's last", "first_ms >= self.closing_ms:", "first_ms > self.closing_ms:"),
    ("T60c: a mass restart begins a lap", "restart_ms = self.restarts.get(number)", "restart_ms = None"),
    ("2: the restart only where it comes earlier", "else min(first_ms, restart_ms)", "else restart_ms"),
    ("T60c: with the restart a lap begins before the one before has ended", "return restart_ms if", "return None if"),
    (
        "T60c: finished when all laps have ended, in whatever order",
        "return not self.restarts or all",
        "return True or all",
    ),
    ("4: a lap is for those who run it", "if runner in self.runs(number):", "if True:"),
)

COUNTING = (
    (
        "3: a team-mate beside the first is no witness of his",
        "if last is None or self.together or not",
        "if True or self.together or not",
    ),
    ("3: beside him is who runs the lap, too", " or runner not in self.runs(last.lap):\n", ":\n"),
    (
        "6: of who is beside the first each witness is his own",
        "        if before is not None:\n",
        "        if False:\n",
    ),
    ("3: the first is who crossed first by his best witness", "            self.first_of(lap)\n", ""),
    ("3: and not who was later", "if first.at_ms < counted.at_ms and", "if"),
    ("7: a bib typed by hand was who was seen next", "        if counted.runner is None:\n", "        if False:\n"),
    ("3: who was the first before is beside him now", "{**lap.beside, counted.runner: first}", "{**lap.beside}"),
    (
        "6: a team-mate is no witness where the first makes the lap",
        "return last if last.runner is None or last.runner in seen.runners else None",
        "return last",
    ),
    ("4: nor has he crossed who waits", " and (self.together or crossing.runner in self.runs(last.lap)):", ":"),
    (
        "T45: an official may rule a shorter lap",
        "if seen.trust == OFFICIAL:\n            return seen",
        "if False:\n            return seen",
    ),
    ("T45: but none that ends as it begins", "return seen.at_ms > start_ms", "return seen.at_ms >= start_ms"),
    ("2: min_lap", "return seen.at_ms >= start_ms + self.race.min_lap_ms", "return seen.at_ms >= start_ms"),
    (
        "2: min_lap itself is possible",
        "seen.at_ms >= start_ms + self.race.min_lap_ms\n",
        "seen.at_ms > start_ms + self.race.min_lap_ms\n",
    ),
    (
        "5: already finished",
        'if self.finished():\n            crossing.judge("ignored", "already_finished"',
        'if False:\n            crossing.judge("ignored", "already_finished"',
    ),
    (
        "2: already crossed",
        "elif last is not None and crossing.at_ms < last.at_ms + self.race.min_lap_ms:",
        "elif False:",
    ),
    ("4: waiting again once min_lap is over", " and crossing.at_ms < last.at_ms + self.race.min_lap_ms:", ":"),
    (
        "2: already crossed, on the lap just begun",
        "if last is not None and last.lap == number - 1 and (",
        "if False and (",
    ),
    ("T62: already crossed is of the lap before", " and last.lap == number - 1 and (", " and ("),
    ("T36: still at the start", "elif crossing.at_ms < start_ms + self.race.min_lap_ms // 2:", "elif False:"),
    (
        "T62: too fast in the second half of min_lap",
        "start_ms + self.race.min_lap_ms // 2:",
        "start_ms + self.race.min_lap_ms:",
    ),
    (
        "T36: the first half ends at the half",
        "at_ms < start_ms + self.race.min_lap_ms // 2",
        "at_ms <= start_ms + self.race.min_lap_ms // 2",
    ),
    ("4: at the start, or at the exchange", '"at_the_start" if number == 1 else "at_the_exchange"', '"at_the_start"'),
    ("T62: the first who was too fast raises the doubt", "key: lap.hasty.get(key, crossing)}", "key: crossing}"),
    ("2: near is within arrive_within", "return other.at_ms - one.at_ms < self.race.arrive_within_ms", "return True"),
    (
        "2: near is until the wait is over",
        "return other.at_ms - one.at_ms < self",
        "return other.at_ms - one.at_ms <= self",
    ),
    ("2: who hoped and is not of the lap does not end it", "if key in lap.needed and key not in", "if key not in"),
    (
        "2: who hoped long before the opener did not come with him",
        "key not in lap.crossed and self.near(crossing, opener):",
        "key not in lap.crossed:",
    ),
    (
        "2: his late crossing was none when it opens the lap",
        "if owed is not None and owed.late.get(key) is crossing:",
        "if False:",
    ),
    (
        "7: the bib typed a moment before was he",
        "if crossing.at_ms - bib_alone.opened_ms <= self.race.together_window_ms:",
        "if False:",
    ),
    (
        "7: the bib typed long before was another",
        "if crossing.at_ms - bib_alone.opened_ms <= self.race.together_window_ms:",
        "if True:",
    ),
    ("2: who ended a lap hopes no more", "self.hoping.pop(key, None)\n        if self.latest", "if self.latest"),
    (
        "7: a bib is a witness of the team's last crossing",
        "if self.latest is None or crossing.opened_ms >= self.latest.opened_ms:",
        "if self.latest is None:",
    ),
    ("6: together_window", "seen.at_ms <= crossing.opened_ms + self.race.together_window_ms", "True"),
    (
        "6: together_window counts from the earliest witness",
        "seen.at_ms <= crossing.opened_ms + self.race.together_window_ms",
        "seen.at_ms <= crossing.at_ms + self.race.together_window_ms",
    ),
    (
        "6: up to the last moment of the window",
        "seen.at_ms <= crossing.opened_ms + self.race.together_window_ms",
        "seen.at_ms < crossing.opened_ms + self.race.together_window_ms",
    ),
    (
        "6: the more trusted gives the instant",
        "if counted.sighting is not None and crossing.sighting.trust < counted.sighting.trust:",
        "if False:",
    ),
    (
        "6: the earliest among equals",
        "crossing.sighting.trust < counted.sighting.trust:",
        "crossing.sighting.trust <= counted.sighting.trust:",
    ),
    (
        "6: the lap ends at the more trusted instant",
        '            lap.settle()\n        crossing.judge("ignored", "witness"',
        '        crossing.judge("ignored", "witness"',
    ),
    (
        "6: a bib absorbed is unnamed no more",
        "lap.unnamed = tuple(each for each in lap.unnamed if each is not bib_alone)\n",
        "pass\n",
    ),
    ("6: the bib's instant opens the window", "crossing.opened_ms = bib_alone.opened_ms\n", "pass\n"),
    (
        "6: the bib's instant where it is trusted as much",
        "if bib_alone.sighting.trust <= crossing.sighting.trust:",
        "if bib_alone.sighting.trust < crossing.sighting.trust:",
    ),
    (
        "6: the mat's instant before the bib's",
        "if bib_alone.sighting.trust <= crossing.sighting.trust:",
        "if True:",
    ),
    ("6: the crossing has the instant of the sighting that it is of", "counted.at_ms, other.at_ms = ", "_ = "),
)

POINTS = (
    (
        "8: who has finished passes no point",
        "number = self.due(runner)\n        if number is None:\n            crossing",
        "number = self.due(runner) or 1\n        if number is None:\n            crossing",
    ),
    ("a point proves the laps before", "            self.prove_by_point(number, seen)\n", "            pass\n"),
    (
        "4: waiting at a point",
        'if self.start_ms(number) is None:\n                crossing.judge("ignored", "waiting"',
        'if False:\n                crossing.judge("ignored", "waiting"',
    ),
    ("a point passed twice proves the line between", "        self.pass_unread_line(runner, number, seen)\n", ""),
    (
        "8: least time at a point",
        "if seen.at_ms >= start_ms + least_ms(self.race, seen.point):\n                best",
        "if True:\n                best",
    ),
    (
        "8: the least time itself is possible",
        "if seen.at_ms >= start_ms + least_ms(self.race, seen.point):\n                best",
        "if seen.at_ms > start_ms + least_ms(self.race, seen.point):\n                best",
    ),
    (
        "T60c: after a restart a point is of the lap that he is on",
        "            if self.lap(lap).first_ms is None:\n                break",
        "            if False:\n                break",
    ),
    ("8: too soon at a point", "if best is None:\n", "if False:\n"),
    ("2: a point says that he is on the next lap", "if best > number:", "if False:"),
    ("only who runs the next lap too proves this one", " or self.next_lap(runner, number) != number + 1:", ":"),
    (
        "only a point at or beyond this one was a lap before",
        "if runner in passed and at_m[point] >= here_m",
        "if runner in passed",
    ),
    ("the same point again counts too", "at_m[point] >= here_m", "at_m[point] > here_m"),
    (
        "not in less time than anybody needs from point to point",
        "if seen.at_ms - before_ms < least_between_ms(self.race, point, seen.point):",
        "if False:",
    ),
    (
        "the unread line is placed in proportion",
        "before_ms + (seen.at_ms - before_ms) * to_line_m // (to_line_m + at_m[seen.point])",
        "before_ms + (seen.at_ms - before_ms) // 2",
    ),
    ("a point proves several laps", "while under_way > 1 and self.start_ms(under_way) is None:", "while False:"),
    (
        "a point proves what there was time for",
        "if seen.at_ms < start_ms + unread * self.race.min_lap_ms + least_ms(self.race, seen.point):",
        "if False:",
    ),
    ("time for each of the laps", "unread * self.race.min_lap_ms + least_ms", "self.race.min_lap_ms + least_ms"),
    (
        "time for the way to the point",
        "self.race.min_lap_ms + least_ms(self.race, seen.point):\n            return",
        "self.race.min_lap_ms:\n            return",
    ),
    ("their ends are placed in proportion", "(lap + 1) * length_m // run_m", "(lap + 1) // (unread + 1)"),
    (
        "an end that an official accepted says so",
        '"confirmed_unread" if number in self.terms.confirmed else "unread_line"',
        '"unread_line"',
    ),
    (
        "who cannot have run another lap disproves",
        "if not self.possible(self.laps[number - 1].first_ms or 0, seen):",
        "if False:",
    ),
    (
        "what was seen on laps that had not begun is taken back",
        "for passed in lap.splits.values() if lap.number > number else ():",
        "for passed in ():",
    ),
    (
        "what was seen on the lap itself stands",
        "for passed in lap.splits.values() if lap.number > number else ():",
        "for passed in lap.splits.values():",
    ),
    (
        "later laps are proved no more either",
        "for lap in self.laps[number - 1 :]:",
        "for lap in self.laps[number - 1 : number]:",
    ),
    ("6: two at a point are one split", "if counted is not None and self.is_witness(counted, seen):", "if False:"),
    ("8: the first counts", "elif counted is not None:\n", "elif False:\n"),
    ("8: before the lap's end", "elif first_ms is not None and seen.at_ms >= first_ms:", "elif False:"),
    ("2: who was seen at a point hopes no more", "            self.hoping.pop(runner, None)\n", ""),
)

BIB_ALONE = (
    (
        "7: a bib at a point",
        "if seen.point != self.line:\n            self.split_of_bib",
        "if False:\n            self.split_of_bib",
    ),
    (
        "7: a bib beside the mat is a witness",
        "if self.latest is not None and self.is_witness(self.latest, seen):",
        "if False:",
    ),
    ("7: the earliest open lap", "while self.closed(self.open_lap, seen.at_ms):", "while False:"),
    (
        "7: a bib after the last lap",
        'crossing.judge("ignored", "already_finished" if over else "waiting"',
        'crossing.judge("ignored", "waiting"',
    ),
    (
        "7: a bib too early is no lap",
        "elif self.possible(start_ms, seen):\n            self.count_bib",
        "elif True:\n            self.count_bib",
    ),
    ("7: a bib too early in a later lap has already crossed", "elif number > 1:\n", "elif False:\n"),
    (
        "7: a lap is open until its first end",
        "if lap.first_ms is None:\n            return False\n        return not lap.missing",
        "return not lap.missing",
    ),
    ("7: a lap that nobody is missing from is closed", "return not lap.missing or at_ms >= lap", "return at_ms >= lap"),
    (
        "7: a lap is closed when the wait is over",
        "return not lap.missing or at_ms >= lap.first_ms + self.race.arrive_within_ms",
        "return not lap.missing",
    ),
    (
        "7: until the wait is over it is open",
        "or at_ms >= lap.first_ms + self.race",
        "or at_ms > lap.first_ms + self.race",
    ),
    ("7: where one alone runs the lap, it was he", "if len(lap.needed) == 1:", "if False:"),
    (
        "7: a bib's crossing is the team's last",
        "self.move(lap.number)\n        self.latest = crossing\n",
        "self.move(lap.number)\n",
    ),
    ("7: a bib that opens the lap brings those seen with it", "if opened:\n", "if False:\n"),
    (
        "8: a bib at a point is of the latest lap that it can be",
        "for number in reversed(numbers):",
        "for number in numbers:",
    ),
    (
        "8: a bib at a point too soon",
        "if seen.at_ms >= start_ms + least_ms(self.race, seen.point):\n                self.split(ANYBODY",
        "if True:\n                self.split(ANYBODY",
    ),
)

CROSSINGS = (
    (
        "T10: while somebody hopes nothing is taken back by itself",
        "        if self.hoping:\n            self.steps.clear()\n            return\n",
        "",
    ),
    (
        "T10: nor what changed more than a standing",
        'if crossing.verdict != "counted":\n                    self.steps',
        "if False:\n                    self.steps",
    ),
    ("2: a lap found unread ends before what is seen after it", "self.unread[-1][1] <= sighting.at_ms", "False"),
    ("T54: an accepted end needs nobody seen after it", "self.unread[-1][0] in self.terms.confirmed", "False"),
    ("1: nothing before the gun", "self.gun_ms is None or seen.at_ms < self.gun_ms", "self.gun_ms is None"),
    ("1: nothing without a gun", "self.gun_ms is None or seen.at_ms < self.gun_ms", "seen.at_ms < (self.gun_ms or 0)"),
    ("1: the gun itself is not before the start", "seen.at_ms < self.gun_ms:", "seen.at_ms <= self.gun_ms:"),
    ("7: a bib without a runner", "elif not seen.runners:", "elif False:"),
    (
        "8: the line alone ends laps",
        "if seen.point == self.line:\n                self",
        "if True:\n                self",
    ),
    (
        "T60: a baton seen again at once is who has just crossed",
        "if seen.point == self.line and self.just_crossed(runner, seen) is not None:",
        "if False:",
    ),
    (
        "T60: who has just crossed is seen again at the line, not at a point",
        "if seen.point == self.line and self.just_crossed(",
        "if self.just_crossed(",
    ),
    ("T60: a baton is who can still arrive with the others", "min(in_time or dues)[1]", "min(dues)[1]"),
    ("T60: a baton is who is due", "min(in_time or dues)[1]", "max(in_time or dues)[1]"),
    ("T60: a baton when nobody is due any more", " if dues else seen.runners[0]", ""),
    (
        "T60: in time for a lap only while the others can still come",
        "first_ms is None or seen.at_ms < first_ms + self.race.arrive_within_ms",
        "True",
    ),
    (
        "T60: in time until the wait is over",
        "first_ms is None or seen.at_ms < first_ms + self.race.arrive_within_ms",
        "first_ms is None or seen.at_ms <= first_ms + self.race.arrive_within_ms",
    ),
    ("6: seen again at once is a witness", "if (last := self.just_crossed(runner, seen)) is not None:", "if False:"),
    (
        "3: nor does he end the next lap at once, even by an official",
        " or self.is_witness(self.last.get(key), seen):",
        ":",
    ),
    ("a proved lap is owed by nobody", "self.past_proof(runner, self.due(runner), seen)", "self.due(runner)"),
    ("T81: an official's time holds", "if self.terms.added and self.is_overruled(runner, seen):", "if False:"),
    ("T81: for the same runner only", "runner in added.runners and 0 <", "0 <"),
    ("T81: against an earlier read only", "0 < added.at_ms - seen.at_ms <", "added.at_ms - seen.at_ms <"),
    ("T81: less than min_lap before", "seen.at_ms < self.race.min_lap_ms and added.fact", "seen.at_ms and added.fact"),
    ("T81: that came after his decision only", " and added.fact < seen.fact", ""),
    (
        "T81: a crossing that he added at the line only",
        "if added.at_line and seen.trust != OFFICIAL",
        "if seen.trust != OFFICIAL",
    ),
    ("T81: not against another official's", "if added.at_line and seen.trust != OFFICIAL", "if added.at_line"),
    ("5: after the last lap, and not in the race", 'already_finished" if done else "not_in_race"', 'already_finished"'),
    (
        "2: a straggler does not open the next lap alone",
        "if again is None or seen.trust == OFFICIAL:",
        "if True:",
    ),
    ("2: an official may say that he does", "if again is None or seen.trust == OFFICIAL:", "if again is None:"),
    (
        "2: who was seen just before the opener came with him",
        "(key, number, crossing)\n                self.join_hoping(number, crossing)\n            else",
        "(key, number, crossing)\n            else",
    ),
    (
        "2: a straggler's next lap is long after the team",
        "if seen.at_ms >= again.at_ms + self.race.min_lap_ms:",
        "if False:",
    ),
    (
        "2: a straggler who lingers has already crossed",
        "if seen.at_ms >= again.at_ms + self.race.min_lap_ms:",
        "if True:",
    ),
    (
        "2: min_lap after he was seen it is another lap",
        "if seen.at_ms >= again.at_ms + self.race.min_lap_ms:",
        "if seen.at_ms > again.at_ms + self.race.min_lap_ms:",
    ),
    (
        "2: arrive_within",
        "        elif seen.at_ms < first_ms + self.race.arrive_within_ms:\n            self.count(key, number",
        "        elif True:\n            self.count(key, number",
    ),
    (
        "2: when the wait is over he is late",
        "        elif seen.at_ms < first_ms + self.race.arrive_within_ms:\n            self.count(key, number",
        "        elif seen.at_ms <= first_ms + self.race.arrive_within_ms:\n            self.count(key, number",
    ),
    (
        "2: late for one lap an official may say that he ended the next",
        "if self.possible(start_ms, seen) and seen.trust == OFFICIAL:",
        "if False:",
    ),
    (
        "2: an official's crossing too is possible or not",
        "if self.possible(start_ms, seen) and seen.trust == OFFICIAL:",
        "if seen.trust == OFFICIAL:",
    ),
    (
        "2: who is ruled to open the lap brings those seen with him",
        "self.count(key, later, crossing)\n                    self.join_hoping(later, crossing)",
        "self.count(key, later, crossing)",
    ),
    (
        "2: late, and hoping for the next lap",
        "                        self.hope(key, later, crossing)\n",
        "                        pass\n",
    ),
    (
        "2: hoping for the next lap is late for his own",
        "                    self.late(key, owed, crossing)\n                    if",
        "                    if",
    ),
    ("T60b: an accepted late crossing is of its lap alone", 'if crossing.verdict != "counted":  # else', "if True:  #"),
    (
        "2: he hopes for a lap that he can have run",
        "                if self.possible(start_ms, seen):\n                    self.late(",
        "                if True:\n                    self.late(",
    ),
    (
        "2: unread before, he is a lap on with the others",
        "if seen.at_ms < first_ms + self.race.arrive_within_ms:\n                if self",
        "if False:\n                if self",
    ),
    (
        "2: in time for a lap that he can have run",
        "if self.possible(start_ms, seen):\n                    self.count",
        "if True:\n                    self.count",
    ),
    (
        "2: late is late for the lap that he owes last",
        "owed, later = later, self.next_lap(runner, later)",
        "later = self.next_lap(runner, later)",
    ),
    (
        "T81: an official's late crossing counts",
        "        if seen.trust == OFFICIAL:\n            self.count(key, owed, crossing)\n        else:",
        "        if True:",
    ),
    ("T60b: an accepted late crossing ends its lap", "if (number, key) in self.terms.late:", "if False:"),
    (
        "2: long after the team is questionable",
        'crossing.judge("questionable", "long_after_the_team", number)\n        self.move',
        'crossing.judge("ignored", "already_crossed", number)\n        self.move',
    ),
    ("T60b: a late crossing is a doubt", "lap.late = {**lap.late, key: crossing}\n", "pass\n"),
    (
        "2: who was late is not late again at once",
        "self.last[key] = self.hoping[key] = crossing",
        "self.hoping[key] = crossing",
    ),
    ("2: who was late hopes", "self.last[key] = self.hoping[key] = crossing", "self.last[key] = crossing"),
    (
        "2: with his late crossing his lap is over",
        "self.last[key] = self.hoping[key] = crossing\n        self.last_lap[key] = number",
        "self.last[key] = self.hoping[key] = crossing",
    ),
    ("2: late stays late while he hopes", 'if crossing.verdict != "questionable":\n', "if True:\n"),
    ("2: two who hope open the lap together", "if others and key in self.lap(number).needed:", "if False:"),
    ("2: one alone who hopes does not", "if others and key in self.lap(number).needed:", "if True:"),
    ("2: nobody hopes with himself", "if k != key and self.near(c, crossing)]", "if self.near(c, crossing)]"),
    ("2: two who hope together are near", "if k != key and self.near(c, crossing)]", "if k != key]"),
)

OF_THE_JUDGE = {
    "progress": PROGRESS,
    "counting": COUNTING,
    "points": POINTS,
    "bib_alone": BIB_ALONE,
    "crossings": CROSSINGS,
}

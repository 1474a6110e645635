"""What the boards of a simulated race must show in the end."""

from collections import defaultdict

from live.programme import Race
from live.rehearsal.simulate import Simulation


def expected_ms(simulation: Simulation, race: Race) -> dict[str, int]:
    """Return each team's time by the most trusted witnesses of its last lap; not those with a missed crossing."""
    line = race.course.line
    gun_ms = next(gun.gun_at_ms for gun in simulation.guns if gun.race == race.id)
    missed = {crossing.bib for crossing in simulation.missed if (crossing.race, crossing.point) == (race.id, line)}
    finish_ms: dict[str, int] = defaultdict(int)
    for crossing in simulation.crossings:
        ends = (crossing.race, crossing.point, crossing.lap) == (race.id, line, len(race.legs))
        if ends and crossing.bib not in missed:
            finish_ms[crossing.bib] = max(finish_ms[crossing.bib], simulation.shown_ms[crossing])
    return {bib: at_ms - gun_ms for bib, at_ms in finish_ms.items()}

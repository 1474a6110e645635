"""docs/rules.md promises cases; each is a test that names its number."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
RULES = TESTS.parent / "docs" / "rules.md"
LAST_OF_THE_CORE = 92
"""The cases behind it are of delivery and display."""
NUMBER = re.compile(r"\bT\d{2,3}[bc]?\b")


def test_each_case_of_the_rules_is_a_test_that_names_it() -> None:
    """And each case up to T92 that any test names stands in the rules, and each that a test of the judge names."""
    promised = set(re.findall(r"^\| (T\d+[bc]?) \|", RULES.read_text(), re.MULTILINE))
    judged = [*(TESTS / "ingest").glob("test_*.py"), *(TESTS / "races").glob("test_*.py")]
    judged += [TESTS / f"test_{each}.py" for each in ("honours", "prizes", "walkers")]
    named = {number for file in judged for number in NUMBER.findall(file.read_text())}
    others = {number for file in TESTS.rglob("test_*.py") for number in NUMBER.findall(file.read_text())}
    named |= {number for number in others if int(number[1:3]) <= LAST_OF_THE_CORE and len(number.rstrip("bc")) == 3}
    assert promised == named

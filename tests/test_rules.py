"""docs/rules.md promises cases; each is a test that names its number."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
RULES = TESTS.parent / "docs" / "rules.md"
NUMBER = re.compile(r"\bT\d{2,3}[bc]?\b")


def test_each_case_of_the_rules_is_a_test_that_names_it() -> None:
    """And each case that a test of the judge names stands in the rules."""
    promised = set(re.findall(r"^\| (T\d+[bc]?) \|", RULES.read_text(), re.MULTILINE))
    judged = [*(TESTS / "ingest").glob("test_*.py"), *(TESTS / "races").glob("test_*.py")]
    judged += [TESTS / f"test_{each}.py" for each in ("honours", "prizes", "walkers")]
    named = {number for file in judged for number in NUMBER.findall(file.read_text())}
    assert promised == named

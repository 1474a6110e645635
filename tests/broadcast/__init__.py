"""Tests of the fan-out: from a board heard to a message on a phone."""

"""SMARTRUN Live: live race tracking from the mat to the phone."""

import live.compiled  # noqa: F401  # before any module of the core: it says in which form they are found

"""Tests of the event folder."""

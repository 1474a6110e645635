"""SMARTRUN Live: live race tracking from the mat to the phone."""

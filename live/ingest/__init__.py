"""Ingest: passages and decisions in, the truth about the race out."""

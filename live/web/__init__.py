"""Web: pages for people, the API for programs."""

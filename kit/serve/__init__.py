"""Serve: Voila with our own page around the notebook, and who is who in the room."""

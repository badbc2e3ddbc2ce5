"""Store: what is kept. SQLite through SQLAlchemy Core; one small Store whose verbs name what happens."""

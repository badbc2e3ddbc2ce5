"""What each `kit` command does; cli.py parses and dispatches. Entrances: they may use everything."""

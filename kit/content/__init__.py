"""Content: YAML text in, checked playbook and scenarios out. Knows nothing of runs, stores or screens."""

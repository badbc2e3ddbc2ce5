"""Views: a run becomes blocks (plain data), and one widget draws them. Neither knows the store."""

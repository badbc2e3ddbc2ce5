"""What race.py is made of: how each contender is opened, who visits it, and what it must show."""

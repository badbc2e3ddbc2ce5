"""The room: a trainee's page, screen by screen. May use everything, as the other entrances do."""

"""The desk: the facilitator's and manager's page, place by place. May use everything, as the other entrances do."""

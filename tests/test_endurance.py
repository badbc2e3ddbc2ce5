"""The short form of the endurance run: people join in bursts, play while the workshop is disturbed, and lose nothing (see endurance.py)."""

import pytest
from endurance import Plan, run, told

SHORT = Plan(people=4, seconds=10, bursts=2, burst_size=8, every=1, locks=(1, 2), pace=0.2, ready=6, day=6)


@pytest.mark.expects_errors
def test_people_play_through_killed_kernels_dropped_sockets_a_locked_database_and_a_killed_server_and_lose_nothing() -> None:
    result = run(SHORT)
    print(told(result))
    assert not result.problems, told(result)

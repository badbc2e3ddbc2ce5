"""`kit graph`: a scenario's scenes and endings as a drawing, or in the terminal."""

from pathlib import Path

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.play.graph import graph
from kit.report.graph import lines, svg


def drawn(scenario: Scenario, playbook: Playbook) -> str:
    """The graph as lines for a terminal."""
    return "\n".join([scenario.title, *lines(graph(scenario, playbook)), "", "* the best path    ! nobody gets here    (+2, trust -1) an option's value, and what it does to trust"])


def write_drawing(scenario: Scenario, playbook: Playbook, path: Path) -> None:
    """The graph as an SVG file. Raises OSError."""
    path.write_text(svg(graph(scenario, playbook)), encoding="utf-8")

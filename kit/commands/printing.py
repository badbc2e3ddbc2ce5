"""`kit print`: a scenario as one page for paper, with its branch map in pieces that can be read there. Nothing is kept."""

import math
import re
from pathlib import Path

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.play.graph import Graph, graph
from kit.report.graph import GAP_X, HEIGHT, MARGIN, WIDTH, svg
from kit.report.page import page
from kit.ui import blocks as b
from kit.ui import print_views

COLUMNS = 3   # of the map, side by side: more would be too small to read on paper
_STRIP = COLUMNS * (WIDTH + GAP_X)
_SIZE = re.compile(r'viewBox="[^"]*" width="\d+" height="\d+"')
_BOX = re.compile(r'<rect x="(\d+)" y="(\d+)"')
_LINE = re.compile(r'd="M(\d+) (\d+) C\S+ \S+ \S+ \S+ (\d+) (\d+)"')


class NotAPage(Exception):
    """The file named is not one for a page; says so in words."""


def print_to(scenario: Scenario, playbook: Playbook, path: Path, *, handout: bool) -> None:
    """Everything, or the handout without the key, as an HTML file. Raises NotAPage, OSError."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise NotAPage(f"{path} is not the name of a page. Name one that ends in .html, such as {scenario.id}.html.")
    view = print_views.handout(scenario) if handout else print_views.everything(scenario, playbook, drawings(scenario, playbook))
    path.write_text(page(view), encoding="utf-8", newline="\n")


def drawings(scenario: Scenario, playbook: Playbook) -> list[b.Block]:
    """The branch map from left to right in strips, each with the ways of its scenes in words."""
    made = graph(scenario, playbook)
    whole = svg(made)
    count = math.ceil((max(node.depth for node in made.nodes) + 1) / COLUMNS)
    return [b.picture("The branch map" if count == 1 else f"The branch map, {n + 1} of {count}", _strip(whole, n * _STRIP), _ways(scenario, made, n)) for n in range(count)]


def _strip(whole: str, left: int) -> str:
    """The same drawing through a window that is as high as what is to be seen in it."""
    right = left + _STRIP
    feet = [int(y) + HEIGHT for x, y in _BOX.findall(whole) if left <= int(x) < right]
    feet += [max(int(y1), int(y2)) + HEIGHT // 2 for x1, y1, x2, y2 in _LINE.findall(whole) if int(x1) < right and int(x2) > left]
    height = max(feet) + MARGIN
    return _SIZE.sub(f'viewBox="{left} 0 {_STRIP} {height}" width="{_STRIP}" height="{height}"', whole, count=1)


def _ways(scenario: Scenario, made: Graph, strip: int) -> list[str]:
    here = {node.id for node in made.nodes if node.depth // COLUMNS == strip}
    return [*(print_views.ways(scenario, scene) for scene in scenario.scenes if scene.id in here),
            *(f"{ending.id}: the ending “{ending.title}”, {print_views.when(ending)}" for ending in scenario.endings if ending.id in here)]

"""A scenario's graph as a drawing (SVG) and as lines of text. No scripts in the drawing; every text in it is escaped."""

import textwrap
from html import escape

from kit.play.graph import Edge, Graph, Node

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 190, 84, 120, 28, 24
LETTERS = 27   # that fit on a line of a box


def svg(graph: Graph) -> str:
    """The drawing: scenes from left to right, the best path in bold, what nobody reaches dashed and said so."""
    places = _places(graph)
    width = max(x for x, _ in places.values()) + WIDTH + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT + MARGIN
    nodes = "".join(_box(node, *places[node.id]) for node in graph.nodes)
    edges = "".join(_line(edge, places) for edge in graph.edges)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'aria-labelledby="graph-title graph-text" font-family="system-ui, sans-serif" font-size="13">'
            f'<title id="graph-title">{escape(graph.title)}</title><desc id="graph-text">{escape("; ".join(lines(graph)))}</desc>'
            f'<style>{_STYLE}</style><rect width="{width}" height="{height}" class="ground"/>{edges}{nodes}</svg>')


_STYLE = (".ground{fill:#fff}.box{fill:#fff;stroke:#6b7484}.best .box{stroke:#2451b3;stroke-width:3}.ending .box{fill:#f7f6f3}.lost .box{stroke-dasharray:5 4;stroke:#a8261c}"
          "text{fill:#1e2430}.small{font-size:11px;fill:#4a5263}.name{font-weight:650}.edge{fill:none;stroke:#6b7484}.best.edge{stroke:#2451b3;stroke-width:3}"
          "@media (prefers-color-scheme: dark){.ground{fill:#14171d}.box{fill:#1d212a;stroke:#8993a5}.ending .box{fill:#14171d}.best .box{stroke:#8fb2ff}.lost .box{stroke:#ff9d93}"
          "text{fill:#eceff4}.small{fill:#b4bccb}.edge{stroke:#8993a5}.best.edge{stroke:#8fb2ff}}")


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """The upper left corner of each box: a column for each depth; the best path on top, the others below it in the file's order."""
    below: dict[int, int] = {}
    places = {}
    for node in graph.nodes:
        row = 0 if node.is_on_best_path else below.get(node.depth, 1)
        below[node.depth] = max(row + 1, below.get(node.depth, 1))
        places[node.id] = (MARGIN + node.depth * (WIDTH + GAP_X), MARGIN + row * (HEIGHT + GAP_Y))
    return places


def _box(node: Node, x: int, y: int) -> str:
    kind = " ".join(filter(None, ["ending" if node.is_ending else "scene", "best" if node.is_on_best_path else "", "" if node.is_reached else "lost"]))
    facts = "nobody gets here" if not node.is_reached else ("ending" if node.is_ending else f"{node.ask} · {node.stake:g} to keep")
    words = textwrap.wrap(node.words, LETTERS, max_lines=2, placeholder=" …")
    texts = [f'<text x="{x + 10}" y="{y + 20}" class="name">{escape(_cut(node.id))}</text>', f'<text x="{x + 10}" y="{y + HEIGHT - 10}" class="small">{escape(facts)}</text>',
             *(f'<text x="{x + 10}" y="{y + 38 + 15 * n}" class="small">{escape(line)}</text>' for n, line in enumerate(words))]
    return f'<g class="{kind}"><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="10" class="box"/>{"".join(texts)}</g>'


def _line(edge: Edge, places: dict[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT // 2, y2 + HEIGHT // 2
    bend = max(40, (x2 - x1) // 2)
    return (f'<path class="edge{" best" if edge.is_on_best_path else ""}" d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}">'
            f"<title>{escape(_led(edge))}</title></path>")


def _cut(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


def lines(graph: Graph) -> list[str]:
    """The graph in words: each scene, and where its answers lead. `*` marks the best path, `!` what nobody reaches."""
    told = []
    for node in graph.nodes:
        sign = "*" if node.is_on_best_path else ("!" if not node.is_reached else " ")
        facts = "ending" if node.is_ending else f"{node.ask}, {node.stake:g} to keep"
        told.append(f"{sign} {node.id} ({facts}{'' if node.is_reached else ', nobody gets here'})")
        told += [f"    {'*' if edge.is_on_best_path else '-'}> {edge.target}: {', '.join(edge.answers)}" for edge in graph.edges if edge.source == node.id]
    return told


def _led(edge: Edge) -> str:
    return f"{edge.source} to {edge.target}: {', '.join(edge.answers)}"

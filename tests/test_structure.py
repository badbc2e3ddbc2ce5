"""The rooms of the house: who may import whom, and that the docs say what the code has."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KIT = ROOT / "kit"
MAY_IMPORT = {   # part -> the parts of kit it may import beside itself
    "content": set(),
    "stats": set(),
    "play": {"content", "stats", "words"},
    "store": {"content", "play", "codes"},
    "report": {"content", "play", "stats"},
    "ui": {"content", "play", "stats", "codes", "words"},
    "serve": {"codes", "words"},
    "codes": set(),
    "words": set(),
    "places": set(),
    "library": {"content", "play", "places"},
    "writing": {"content", "places"},
}
WIRES = {"app", "room", "desk", "commands", "cli", "__main__"}   # entrances: they may import everything


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module} | {
        a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return {part_of(m) for m in found if m.split(".")[0] == "kit"} - {""}


@pytest.mark.parametrize("path", sorted(KIT.rglob("*.py")), ids=lambda p: str(p.relative_to(KIT)))
def test_arrows_point_inward(path: Path) -> None:
    part = path.relative_to(KIT).parts[0].removesuffix(".py")
    if part in WIRES or part == "__init__":
        return
    extra = imports(path) - MAY_IMPORT[part] - {part}
    assert not extra, f"{path.relative_to(ROOT)} imports {extra}"


def test_the_screen_knows_no_files_and_no_store() -> None:
    for path in (KIT / "ui").glob("*.py"):
        assert not re.search(r"content\.(read|yamltext)|kit\.store", path.read_text(encoding="utf-8")), path


def test_the_pure_core_opens_nothing() -> None:
    for path in (KIT / "play").glob("*.py"):
        names = {n.id for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Name)}
        assert not names & {"open", "print", "input"}, path


def test_every_module_says_what_it_is_for() -> None:
    for path in KIT.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_notebooks_are_thin() -> None:
    import json

    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        assert cells[0]["cell_type"] == "markdown" and 1 <= len(code) <= 2
        assert all(not c.get("outputs") for c in cells)
        assert not any(isinstance(n, ast.FunctionDef | ast.For | ast.If) for source in code for n in ast.walk(ast.parse(source)))


# --- docs ------------------------------------------------------------------------------------------------

def block_types() -> set[str]:
    return set(re.findall(r'"type": "(\w+)"', (KIT / "ui" / "blocks.py").read_text(encoding="utf-8")))


def test_every_block_is_documented_and_drawn_three_times() -> None:
    from kit.ui.terminal import _DRAW

    documented = set(re.findall(r"^\| (\w+) \|", (ROOT / "docs" / "blocks.md").read_text(encoding="utf-8").split("## Messages")[0], re.M)) - {"type"}
    script = (KIT / "ui" / "page.js").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^  (\w+)(?:\(block|: \(block)", script.split("const draw = {")[1].split("\n};")[0], re.M))
    page = (KIT / "report" / "page.html.j2").read_text(encoding="utf-8")
    kept = set(re.findall(r'block\.type == "(\w+)"', page)) | set(re.findall(r'"(\w+)"', re.search(r"block\.type in \(([^)]*)\)", page)[1]))
    assert block_types() == documented == drawn == kept == set(_DRAW)


def test_every_message_is_documented_and_handled() -> None:
    documented = set(re.findall(r"^\| (\w+) \|", (ROOT / "docs" / "blocks.md").read_text(encoding="utf-8").split("## Messages")[1], re.M)) - {"type"}
    entrances = [path.read_text(encoding="utf-8") for path in (*(KIT / "room").glob("*.py"), *(KIT / "desk").glob("*.py"))]
    handled = {name for text in entrances for name in re.findall(r'"(\w+)": (?:self\._|lambda _m: (?:self\.|None))', text)} | {"save"}
    shown = [path.read_text(encoding="utf-8") for path in (KIT / "ui").glob("*views.py")]
    sent = {pair for text in shown for pair in re.findall(r'\{"type": "(\w+)", "(?:screen|mode|scenario|run|person|minutes)"|\{"type": "(\w+)"\}', text)}
    assert documented == handled | {"print", "leave"}
    assert {name for pair in sent for name in pair if name} <= documented


def test_every_command_is_in_the_readme() -> None:
    from kit.cli import main

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in (n for n, command in main.commands.items() if not command.hidden):
        assert f"kit {name}" in readme, f"kit {name} is not in the README"


def test_the_example_in_the_readme_passes_and_its_message_is_the_checkers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kit.commands.checking import check_paths
    from kit.commands.checking.show import in_text

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", readme, re.S)[1]
    (tmp_path / "scenarios").mkdir()
    monkeypatch.chdir(tmp_path)
    first = Path("scenarios/first.yaml")
    first.write_text(example, encoding="utf-8")
    assert check_paths([first]).findings == () and len(example.splitlines()) <= 10
    first.write_text(example.replace("keeps: [be-sure-it-is-over]", "keeps: [be-sure-its-over]"), encoding="utf-8")
    told = "\n".join(in_text(check_paths([first]).findings))
    assert told.split() == re.search(r"    (scenarios/first\.yaml:.*?)\n\n", readme, re.S)[1].split()

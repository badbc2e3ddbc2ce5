"""What `kit check` prints: findings with their lines, as text or JSON; figures; the values of answers; what a code means."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from kit.commands.checking import Checked, CheckedFile
from kit.content.explain import Explained, explained
from kit.content.finding import LINE_BREAK, Finding, line_at, visible, with_line
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Compose, Order, Scenario, Write
from kit.content.yamltext import Unreadable, read_text
from kit.play.answer import best_answer, judge
from kit.play.figures import prove

# --- findings -----------------------------------------------------------------------------------------------

def lines_of(path: str) -> list[str]:
    """The lines of a file as YAML counts them; none when it cannot be read, which then is a finding of its own."""
    try:
        return LINE_BREAK.split(read_text(Path(path)))
    except Unreadable:
        return []


def in_text(findings: Iterable[Finding], width: int = 100) -> list[str]:
    lines = cache(lines_of)
    return [with_line(finding, lines(finding.path), width) for finding in findings]


def in_json(findings: Iterable[Finding]) -> str:
    """A list of objects: path, line, col, code, severity, says, why, cure, snippet."""
    lines = cache(lines_of)
    return json.dumps([_object(finding, lines) for finding in findings], indent=2, ensure_ascii=False)


def _object(finding: Finding, lines: Callable[[str], list[str]]) -> dict[str, Any]:
    return {"path": finding.path, "line": finding.line, "col": finding.col, "code": finding.code, "severity": finding.severity, "says": finding.says,
            "why": explained()[finding.code].why, "cure": finding.cure, "snippet": line_at(lines(finding.path), finding, 200)[0].strip()}


def in_words(code: str, meaning: Explained) -> str:
    """What `--explain` says of a code."""
    parts = [f"{code}: {meaning.title}", meaning.why, f"Bad:\n\n{_indented(meaning.bad)}", f"Good:\n\n{_indented(meaning.good)}"]
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip().splitlines())


# --- figures ------------------------------------------------------------------------------------------------

def figures_of(checked: Checked) -> str:
    """A table: paths, what is at stake, mean score by chance and at 7 right in 10, endings that can be reached."""
    lines = [f"{'scenario':24} {'paths':>6}  {'stake':>5} {'scored':>6} {'largest':>7}  {'chance':>6} {'7 in 10':>7}  endings"]
    for scenario, playbook in checked.loaded:
        proof = prove(scenario, playbook)
        whole = sum(proof.stakes)
        largest = f"{max(proof.stakes) / whole:.0%}" if whole else "-"
        lines.append(f"{scenario.id:24} {proof.paths:6}  {whole:5g} {len(proof.stakes):6} {largest:>7}  {proof.random_mean:6.1f} {proof.skilled_mean:7.1f}  "
                     f"{len(proof.endings)} of {len(scenario.endings)}: {', '.join(proof.endings)}")
    return "\n".join(lines)


# --- values -------------------------------------------------------------------------------------------------

def values_of(file: CheckedFile, width: int = 100) -> str:
    """Scene by scene what each answer is worth, the best one marked, and which rules make it so; '' without a scenario."""
    if file.scenario is None or file.playbook is None:
        return ""
    scenario: Scenario = file.scenario
    scenes = [line for scene in scenario.scenes for line in _scene_values(scene, file.playbook, width)]
    return "\n".join([f"{scenario.id}: * marks the best answer, the number is its worth (what it keeps, less what it breaks).", *scenes])


def _scene_values(scene: AnyScene, playbook: Playbook, width: int) -> list[str]:
    head = _cut(f"{scene.id} ({scene.ask}), {_stake(scene, playbook)}: {scene.question}", width)
    if isinstance(scene, Write):
        return ["", head, f"    to check oneself against: {', '.join(scene.rules)}"]
    if isinstance(scene, Order):
        steps = sorted(scene.steps, key=lambda step: step.place)
        return ["", head, f"    the right order keeps {_weighed(scene.keeps, playbook)}", *(f"    {step.place}  {_cut(f'{step.id}: {step.text}', width - 7)}" for step in steps)]
    worth = [playbook.worth(part.keeps, part.breaks) for part in scene.parts]
    best = [w > 0 for w in worth] if isinstance(scene, Compose) else [w == max(worth) for w in worth]
    marks = ["*" if is_best else " " for is_best in best]
    if isinstance(scene, BestAndWorst):
        marks = ["x" if w == min(worth) and mark == " " else mark for w, mark in zip(worth, marks, strict=True)]
    lines = ["", head]
    for mark, value, part in zip(marks, worth, scene.parts, strict=True):
        place = f"place {part.place}, " if isinstance(scene, Compose) and part.place else ""
        lines += [f"  {mark} {value:+3}  {_cut(f'{part.id}: {part.text}', width - 9)}", f"          {place}{_why(part, playbook)}"]
    return lines


def _stake(scene: AnyScene, playbook: Playbook) -> str:
    if isinstance(scene, Write):
        return "nothing at stake"
    best = best_answer(scene, playbook)
    said = {"best_and_worst": "; best makes three quarters of it, worst (x) one", "compose": f"; best: {' '.join(best)}"}.get(scene.ask, "")
    return f"{judge(scene, best, playbook).stake:g} at stake{said}"


def _why(part: Any, playbook: Playbook) -> str:
    kept, broken = _weighed(part.keeps, playbook), _weighed(part.breaks, playbook)
    return "; ".join([*([f"keeps {kept}"] if kept else []), *([f"breaks {broken}"] if broken else [])]) or "keeps and breaks nothing"


def _weighed(rules: Iterable[str], playbook: Playbook) -> str:
    return ", ".join(f"{rule} ({playbook.rule[rule].weight}{', red line' if playbook.rule[rule].red_line else ''})" for rule in rules)


def _cut(words: str, width: int) -> str:
    words = visible(" ".join(words.split()))
    return words if len(words) <= width else f"{words[: width - 4]} ..."

"""`kit check`: the findings in files and folders, and the figures of the scenarios in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kit.content.finding import Finding
from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.library import (
    PLAYBOOK,
    NoPlaybook,
    home_of,
    is_training,
    load_playbook,
    load_scenario,
    load_training_set,
    playbook_folder,
    scenario_files,
    training_files,
)
from kit.play.prove import prove


@dataclass(frozen=True)
class Checked:
    """How many files were read (and how many not, for want of a playbook), what was found, and what loaded, with its playbook."""

    files: int
    unchecked: int
    findings: tuple[Finding, ...]
    loaded: tuple[tuple[Scenario, Playbook], ...]


def check_paths(paths: Iterable[Path]) -> Checked:
    """Every file named, and every file of the folders named. A scenario elsewhere goes by the kit's own playbook."""
    findings: list[Finding] = []
    loaded: list[tuple[Scenario, Playbook]] = []
    files = list(dict.fromkeys(file for path in paths for file in _files_in(path)))
    unchecked = 0
    playbooks = {folder: _playbook(folder, findings) for folder in dict.fromkeys(playbook_folder(home_of(f)) for f in files)}
    for file in files:
        playbook = playbooks[playbook_folder(home_of(file))]
        if file.name == PLAYBOOK:
            continue
        if playbook is None:
            unchecked += 1
            continue
        if is_training(file):
            findings += load_training_set(file, playbook).findings
            continue
        reading = load_scenario(file, playbook)
        findings += reading.findings
        loaded += [(reading.content, playbook)] if reading.content else []
    return Checked(len(files), unchecked, tuple(dict.fromkeys(findings)), tuple(loaded))


def _files_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [p for p in [path / PLAYBOOK] if p.is_file()] + scenario_files(path) + training_files(path)


def _playbook(folder: Path, findings: list[Finding]) -> Playbook | None:
    try:
        playbook, found = load_playbook(folder)
    except NoPlaybook as none:
        findings += none.findings
        return None
    findings += found
    return playbook


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

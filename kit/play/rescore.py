"""An old run by another playbook: the same picks, the same way through the same scenario, judged anew. What was shown then stays."""

from dataclasses import dataclass
from typing import Any

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Order, Scenario, Write
from kit.play.run import Run
from kit.play.score import Score, score


@dataclass(frozen=True)
class Reason:
    """A change of the playbook, and by how many points of the score (0-100) it alone moves this run."""

    says: str
    moves: float


@dataclass(frozen=True)
class Rescored:
    """A run's score as it was shown, and by the other playbook; `now` is None when that lacks rules (`vanished`)."""

    then: Score
    now: Score | None
    vanished: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def changes_score(self) -> bool:
        return self.now is not None and abs(self.now.value - self.then.value) > 1e-9

    @property
    def changes_band(self) -> bool:
        return self.now is not None and self.now.band.title != self.then.band.title


def rescore(run: Run, playbook: Playbook) -> Rescored:
    """Score a finished run as it was shown and by this playbook. Raises ValueError if it is not over."""
    then, counted = score(run), rules_that_count(run.scenario)
    vanished = tuple(sorted(counted - playbook.rule.keys()))
    if vanished:
        return Rescored(then, None, vanished, ())
    now = score(run, playbook)
    found = Rescored(then, now, (), ())
    return Rescored(then, now, (), _reasons(run, then, playbook)) if found.changes_score or found.changes_band else found


def rules_that_count(scenario: Scenario) -> frozenset[str]:
    """Every rule that a score of this scenario can turn on."""
    return frozenset(name for scene in scenario.scenes for name in rules_at_play(scene))


def rules_at_play(scene: AnyScene) -> frozenset[str]:
    """The rules that answers to this scene keep or break; none where one's own words are asked for."""
    if isinstance(scene, Order):
        return frozenset(scene.keeps)
    return frozenset() if isinstance(scene, Write) else frozenset(name for part in scene.parts for name in (*part.keeps, *part.breaks))


def _reasons(run: Run, then: Score, playbook: Playbook) -> tuple[Reason, ...]:
    """What changed between the playbooks and moves this run, each tried alone; all of it if nothing does so alone."""
    moved = []
    for says, changed in _changes(run, playbook):
        alone = score(run, changed)
        moved.append((Reason(says, alone.value - then.value), alone.value != then.value or alone.band.title != then.band.title))
    telling = [reason for reason, tells in moved if tells] or [reason for reason, _ in moved]
    return tuple(sorted(telling, key=lambda reason: (-abs(reason.moves), reason.says)))


def _changes(run: Run, playbook: Playbook) -> list[tuple[str, Playbook]]:
    """Each difference to the playbook of the run that could matter to it, in words, and that playbook with this alone changed."""
    old, changes = run.playbook, []
    for name in sorted(rules_that_count(run.scenario)):
        before, after = old.rule[name], playbook.rule[name]
        told = [f"weight {before.weight} to {after.weight}"] if before.weight != after.weight else []
        if before.red_line != after.red_line:
            told.append("now a red line" if after.red_line else "no longer a red line")
        if told:
            rule = before.model_copy(update={"weight": after.weight, "red_line": after.red_line})
            changes.append((f"{name}: {', '.join(told)}", _with(old, rules=tuple(rule if r.id == name else r for r in old.rules))))
    if (old.bands, old.pass_mark) != (playbook.bands, playbook.pass_mark):
        told = [f"pass mark {old.pass_mark} to {playbook.pass_mark}"] if old.pass_mark != playbook.pass_mark else []
        told += ["bands drawn anew"] if old.bands != playbook.bands else []
        changes.append((", ".join(told), _with(old, bands=playbook.bands, pass_mark=playbook.pass_mark)))
    return changes


def _with(playbook: Playbook, **changed: Any) -> Playbook:
    """The playbook with fields changed; made anew, because a copy would keep what was worked out from the old ones."""
    return Playbook(**{name: getattr(playbook, name) for name in Playbook.model_fields} | changed)

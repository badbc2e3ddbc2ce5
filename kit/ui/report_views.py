"""Reports as views, to print or to keep: one person's, everybody's, and what scoring again changes. Pure; nobody is ranked."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario, Write
from kit.content.values import content_hash
from kit.play.debrief import note
from kit.play.rescore import Rescored
from kit.play.run import Run, Step
from kit.play.score import CompetencyCount, RuleCount, Score, score
from kit.stats.few import ENOUGH, FEW, Share, share_of
from kit.ui import blocks as b
from kit.ui.result_views import result
from kit.ui.views import MODE_WORDS, Played, View
from kit.words import count

Content = TypeVar("Content", Playbook, Scenario)


# --- one person -------------------------------------------------------------------------------------------

def person(name: str, played: list[Played]) -> View:
    """The first finished run of each scenario, with its reasons; later ones are practice and only counted."""
    first = [p for p in played if p.is_first]
    rest = [p for p in played if not p.is_first]
    return b.view(f"Report on {name or 'a person without a name'}", "report person", [
        b.heading(name or "No name", kicker="Report on one person"),
        b.text("The first finished run of each scenario. A score is a sample of a few scenes: read it with its reasons, and not as a verdict on a person."),
        *([b.table("Runs", ["Scenario", "When", "How", "Score of 100", "Between (90 %)"], [_line(p) for p in first])] if first
          else [b.notice("No run is finished yet.")]),
        *([b.text(_left_out(rest), small=True)] if rest else []),
        *[block for p in first for block in _run(p)],
    ], screen="report")


def _line(played: Played) -> list[str]:
    made = score(played.run)
    red = " (red line)" if made.red_lines else ""
    return [played.run.scenario.title, played.started_at[:10], MODE_WORDS[played.mode], f"{made.value:.0f}, {made.band.title.lower()}{red}", f"{made.low:.0f} and {made.high:.0f}"]


def _left_out(rest: list[Played]) -> str:
    later = sum(p.run.is_over for p in rest)
    told = [count(number, what) for number, what in ((later, "later run"), (len(rest) - later, "unfinished run")) if number]
    return f"Not shown: {' and '.join(told)}."


def _run(played: Played) -> list[b.Block]:
    """The result as the person saw it; of each scene, which there can be opened, what a page has room for."""
    shown = [block for block in result(played)["blocks"] if block["type"] not in ("actions", "details")]
    return [*shown, b.entries("Scene by scene", [_scene(step, played.run.playbook) for step in played.run.steps])]


def _scene(step: Step, playbook: Playbook) -> b.Block:
    made = note(step, playbook)
    did = [f"{word}: {rule.title}" for word, rules in (("Broke", made.broken), ("Missed", made.missed), ("Kept", made.kept)) for rule in rules]
    is_own = isinstance(step.scene, Write)
    return b.entry(f"{step.number}. {step.scene.question}", words=" / ".join(made.said), facts="Own words; not scored." if is_own else " ".join(did),
                   state="" if is_own or not made.better else f"Better: {' / '.join(made.better)}")


# --- everybody --------------------------------------------------------------------------------------------

def cohort(runs: list[Run], *, people: int) -> View:
    """First finished runs together: by scenario, by competency and by rule. Only what was played with the same content is pooled."""
    cases, books = _grouped(runs, lambda run: run.scenario), _grouped(runs, lambda run: run.playbook)
    return b.view("Report on everybody", "report cohort", [
        b.heading("Everybody together", kicker="Report"),
        b.text(f"{count(people, 'person')}, {count(len(runs), 'first finished run')}. Later runs are practice and are not counted."),
        b.notice(f"Below {FEW} answers there are counts only, below {ENOUGH} a share with the range in which it lies with 90 % certainty. "
                 "Several answers of one person are alike, so the true range is wider."),
        *([b.table("Scenarios", ["Scenario", "Runs", "Bands", "Red line crossed"], [_case(case, some, cases) for case, some in cases.items()])] if runs
          else [b.text("No run is finished yet.")]),
        *[block for book, some in books.items() for block in _by_rules(book, some)],
    ], screen="report")


def share(count: int, of: int) -> str:
    """A share in words, as far as so many answers can bear it."""
    made = share_of(count / of, of) if of else Share(0)
    if made.share is None:
        return f"{count} of {of}"
    if made.low is None or made.high is None:
        return f"{100 * made.share:.0f} % of {of}"
    return f"{100 * made.low:.0f} to {100 * made.high:.0f} % ({count} of {of})"


def _case(case: Scenario, runs: list[Run], cases: Iterable[Scenario]) -> list[str]:
    """A scenario's line; its version is named when there are several."""
    made = [score(run) for run in runs]
    version = f" (version {content_hash(case)[:6]})" if sum(other.id == case.id for other in cases) > 1 else ""
    bands = Counter(s.band.title for s in sorted(made, key=lambda s: s.band.at_least))
    return [case.title + version, str(len(runs)), ", ".join(f"{title}: {share(number, len(runs))}" for title, number in bands.items()),
            share(sum(bool(s.red_lines) for s in made), len(runs))]


def _by_rules(book: Playbook, runs: list[Run]) -> list[b.Block]:
    made = [score(run) for run in runs]
    skills = [_tally(skill.title, [c for s in made for c in s.competencies if c.competency == skill.id]) for skill in book.competencies]
    rules = [_tally(rule.title, [c for s in made for c in s.rules if c.rule == rule.id]) for rule in book.rules]
    return [b.heading("By competency and rule", level=3, kicker=f"{count(len(runs), 'run')} by playbook {content_hash(book)[:6]}"),
            b.table("Competencies", ["Competency", "Kept", "Missed", "Broken"], list(filter(None, skills))),
            b.table("Rules", ["Rule", "Kept", "Missed", "Broken"], list(filter(None, rules)))]


def _tally(title: str, counts: Sequence[RuleCount | CompetencyCount]) -> list[str]:
    """How often of all occasions it was kept, missed and broken; empty without an occasion."""
    of = sum(c.occasions for c in counts)
    return [title, *(share(sum(getattr(c, word) for c in counts), of) for word in ("kept", "missed", "broken"))] if of else []


# --- scoring again ----------------------------------------------------------------------------------------

def rescored(runs: list[tuple[str, Scenario, Rescored, str]]) -> View:
    """Whose band changes under today's playbook and why; runs are (who, scenario, what came of it, why)."""
    changed = [r for r in runs if r[2].changes_band]
    stuck = [r for r in runs if r[2].vanished]
    moved = sum(made.changes_score for _, _, made, _ in runs if not made.changes_band)
    return b.view("Scored again", "rescored", [
        b.heading("Scored again by today's playbook"),
        b.text(f"{count(len(runs), 'finished run')}: {len(changed)} in another band, {moved} with another score in the same band, "
               f"{len(runs) - len(changed) - moved - len(stuck)} as before, {len(stuck)} that cannot be scored again. "
               "What was shown then is kept as it was."),
        *([b.entries("In another band", [_entry(who, case, f"{_called(made.then)} -> {_called(made.now)}", why) for who, case, made, why in changed if made.now])] if changed else []),
        *([b.entries("Not scored again", [_entry(who, case, f"stays {_called(made.then)}", why) for who, case, made, why in stuck])] if stuck else []),
    ], screen="report")


def _entry(who: str, case: Scenario, state: str, why: str) -> b.Block:
    return b.entry(f"{who}, {case.title}", words=why, state=state)


def _called(made: Score) -> str:
    return f"{made.value:.0f} {made.band.title}"


def _grouped(runs: Iterable[Run], by: Callable[[Run], Content]) -> dict[Content, list[Run]]:
    groups: dict[Content, list[Run]] = defaultdict(list)
    for run in runs:
        groups[by(run)].append(run)
    return groups

"""A score in words: what held, what each pick cost, the better words, and at most three things to work on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import AnyScene, BestAndWorst, Order, Write
from kit.play.answer import Answer, Verdict, best_answer, judge
from kit.play.run import Run, Step
from kit.play.score import Score
from kit.words import count

MOST_TO_WORK_ON = 3


@dataclass(frozen=True)
class Cited:
    """A claim and the article that makes it."""

    claim: str
    says: str
    source: str
    at: str


@dataclass(frozen=True)
class Note:
    """One scene afterwards. `said` and `better` are the words themselves; `better` is empty after the best answer."""

    number: int
    scene: AnyScene
    said: tuple[str, ...]
    better: tuple[str, ...]
    reply: str
    feedback: str
    kept: tuple[Rule, ...]
    broken: tuple[Rule, ...]
    missed: tuple[Rule, ...]
    cited: tuple[Cited, ...]
    lost: float
    stake: float
    broke: float
    trust_before: int
    trust: int

    @property
    def kept_weight(self) -> float:
        """What was kept of the stake: with what was broken taken off, it is the value of the answer."""
        return max(0.0, self.stake - self.lost + self.broke)


@dataclass(frozen=True)
class WorkOn:
    """A rule that cost something: how much, in which scenes, and words to try instead."""

    rule: Rule
    lost: float
    scenes: tuple[int, ...]
    words: tuple[str, ...]


def note(step: Step, playbook: Playbook) -> Note:
    """What one step did, with the words that would have been better."""
    best = best_answer(step.scene, playbook)
    verdict = step.verdict
    return Note(
        number=step.number, scene=step.scene, said=in_words(step.scene, step.answer),
        better=() if verdict.lost < 1e-9 and not isinstance(step.scene, Write) else in_words(step.scene, best),
        reply=step.outcome.reply or "", feedback=step.outcome.feedback or _from_the_rules(verdict.breaks or verdict.misses or verdict.keeps, playbook),
        kept=_rules(step.scene.rules if isinstance(step.scene, Write) else verdict.keeps, playbook), broken=_rules(verdict.breaks, playbook), missed=_rules(verdict.misses, playbook),
        cited=cited(step.outcome.cites or _resting(verdict, playbook), playbook),
        lost=verdict.lost, stake=verdict.stake, broke=playbook.worth(verdict.breaks, ()), trust_before=step.trust_before, trust=step.trust,
    )


def in_words(scene: AnyScene, answer: Answer) -> tuple[str, ...]:
    """The answer as it reads."""
    if isinstance(scene, Write):
        return answer
    text = {part.id: part.text for part in scene.parts}
    if isinstance(scene, BestAndWorst):
        return (f"Best: {text[answer[0]]}", f"Worst: {text[answer[1]]}")
    return tuple(text[part] for part in answer)


def cited(claims: Iterable[str], playbook: Playbook) -> tuple[Cited, ...]:
    return tuple(Cited(c, playbook.claim[c].says, source_name(c, playbook), playbook.claim[c].at) for c in claims if c in playbook.claim)


def source_name(claim: str, playbook: Playbook) -> str:
    source = playbook.source_of[claim]
    return f"{source.title} ({source.publisher})" if source.publisher else source.title


def sentence(score: Score) -> str:
    """The one sentence that explains the number."""
    if not score.scenes:
        return "Nothing in this run is scored."
    kept, stake, broken = (_number(n) for n in (score.kept, score.stake, score.broken))
    text = f"You kept {kept} of the {stake} that was there to keep, and broke {broken}." if score.broken else f"You kept {kept} of the {stake} that was there to keep, and broke nothing."
    if score.path_stake > score.stake + 1e-9:
        text += f" Your way held {_number(score.path_stake)}; a detour does not count as extra, so the best way's {stake} is the measure."
    return text


def margin_sentence(score: Score) -> str:
    """How sure the score is, for the person who got it."""
    if not score.scenes:
        return ""
    text = f"From {count(score.scenes, 'scored scene')} alone it could be anything from {score.low:.0f} to {score.high:.0f}."
    if not score.verdict:
        return f"{text} Below six scored scenes nothing can be said about the pass mark of {score.pass_mark}."
    if score.verdict == "not above":
        return f"{text} A red line was crossed, so it does not count as above the pass mark of {score.pass_mark}."
    if score.verdict == "near":
        return f"{text} That is near the pass mark of {score.pass_mark}: one run cannot tell on which side."
    return f"{text} That is {score.verdict} the pass mark of {score.pass_mark}."


def work_on(run: Run, score: Score) -> tuple[WorkOn, ...]:
    """At most three rules that cost most, broken ones first, each with the words that would have kept it."""
    playbook = run.playbook
    lost: dict[str, float] = defaultdict(float)
    where: dict[str, list[Step]] = defaultdict(list)
    for step in run.steps:
        there = judge(step.scene, best_answer(step.scene, playbook), playbook).keeps
        for name in step.verdict.breaks | step.verdict.misses:   # a break costs the rule's weight, and what was there to keep
            times = (name in step.verdict.breaks) + (name in there)
            lost[name] += times * playbook.rule[name].weight
            where[name].append(step)
    broken = {count.rule for count in score.rules if count.broken}
    ranked = sorted(lost, key=lambda name: (name not in score.red_lines, -lost[name], name not in broken, name))
    return tuple(WorkOn(playbook.rule[name], lost[name], tuple(s.number for s in where[name]), _words_for(where[name], playbook))
                 for name in ranked[:MOST_TO_WORK_ON])


def strengths(run: Run, score: Score) -> tuple[Rule, ...]:
    """The rules that were kept every time, those of most weight first; at most three."""
    always = [c for c in score.rules if c.kept and not c.broken and not c.missed]
    ranked = sorted(always, key=lambda c: (-c.kept * run.playbook.rule[c.rule].weight, c.rule))
    return tuple(run.playbook.rule[c.rule] for c in ranked[:3])


def _words_for(steps: list[Step], playbook: Playbook) -> tuple[str, ...]:
    spoken = next((s for s in steps if not isinstance(s.scene, Order | Write)), None)
    if spoken is None:
        return ()
    words = in_words(spoken.scene, best_answer(spoken.scene, playbook))
    return (words[0].removeprefix("Best: "),) if isinstance(spoken.scene, BestAndWorst) else words


def _rules(names: Iterable[str], playbook: Playbook) -> tuple[Rule, ...]:
    return tuple(rule for rule in playbook.rules if rule.id in set(names))


def _from_the_rules(names: Iterable[str], playbook: Playbook) -> str:
    """Feedback for an option whose author wrote none: what the rules say."""
    return " ".join(f"{rule.title} {rule.why}" for rule in _rules(names, playbook))


def _resting(verdict: Verdict, playbook: Playbook) -> tuple[str, ...]:
    rules = _rules(verdict.breaks or verdict.misses or verdict.keeps, playbook)
    return tuple(rule.rests_on[0] for rule in rules)


def _number(value: float) -> str:
    return f"{round(value, 1):g}"

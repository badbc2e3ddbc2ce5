"""A role-play's score: rules rated by what was seen and heard, from 1 to 5, and what to say about it. Pure.

Definitions and their reasons: docs/scoring.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import BestAndWorst, Choose, Scenario
from kit.content.training import NOT_SEEN
from kit.play.answer import best_answer

VALUES = (NOT_SEEN, 1, 2, 3, 4, 5)
NEED_EVIDENCE = (1, 5)
HELD = 4               # rated so or better: a strength
MOST_TO_WORK_ON = 3
MOST_UNSEEN = 1 / 3    # of the rules; beyond it there is no score


@dataclass(frozen=True)
class Rating:
    """One rule's rating, 1 to 5 or NOT_SEEN, and what was seen or heard."""

    rule: str
    value: int
    evidence: str = ""

    @property
    def needs_evidence(self) -> bool:
        return self.value in NEED_EVIDENCE and not self.evidence.strip()


Ratings = Mapping[str, Rating]   # by rule


@dataclass(frozen=True)
class RatedScore:
    """A role-play's score, 0-100, or None with the reason; how many rules it rests on."""

    value: float | None
    seen: int
    unseen: int
    why: str


def rated_score(ratings: Ratings, rules: Iterable[str], playbook: Playbook) -> RatedScore:
    """Each rating r counts (r - 1) / 4, weighted by its rule. `rules` are those of the script, all of which have to be rated."""
    names = tuple(rules)
    seen = [ratings[name] for name in names if name in ratings and ratings[name].value != NOT_SEEN]
    open_, unseen = sum(name not in ratings for name in names), sum(name in ratings and ratings[name].value == NOT_SEEN for name in names)
    if open_:
        return RatedScore(None, len(seen), unseen, f"{open_} of {len(names)} rules {'is' if open_ == 1 else 'are'} not rated yet.")
    if unseen > MOST_UNSEEN * len(names):
        return RatedScore(None, len(seen), unseen, f"{unseen} of {len(names)} rules were not seen. That is more than a third, so there is no score.")
    weights = [playbook.rule[rating.rule].weight for rating in seen]
    value = sum(w * (rating.value - 1) / 4 for w, rating in zip(weights, seen, strict=True)) / sum(weights)
    return RatedScore(100 * value, len(seen), unseen, "" if not unseen else f"{unseen} of {len(names)} rules not seen, and left out.")


def missing(ratings: Ratings, rules: Iterable[str], playbook: Playbook) -> list[str]:
    """What a rater still owes, in words; empty when they are done."""
    owed = []
    for name in rules:
        title = playbook.rule[name].title.rstrip(".")
        if name not in ratings:
            owed.append(f"“{title}” is not rated.")
        elif ratings[name].needs_evidence:
            owed.append(f"“{title}” is rated {ratings[name].value}: say what you saw or heard.")
    return owed


def held(ratings: Ratings, playbook: Playbook) -> list[Rating]:
    """What held, the weightiest first."""
    good = [r for r in ratings.values() if r.value >= HELD]
    return sorted(good, key=lambda r: (-r.value * playbook.rule[r.rule].weight, r.rule))


@dataclass(frozen=True)
class ToWorkOn:
    """A rule to work on: its rating, and words that would have kept it, from the same scenario where there are some."""

    rating: Rating
    rule: Rule
    words: tuple[str, ...]


def to_work_on(ratings: Ratings, scenario: Scenario, playbook: Playbook) -> list[ToWorkOn]:
    """At most three: where the most weight was left lying."""
    low = [r for r in ratings.values() if NOT_SEEN < r.value < HELD]
    low.sort(key=lambda r: (-(5 - r.value) * playbook.rule[r.rule].weight, r.rule))
    return [ToWorkOn(r, playbook.rule[r.rule], words_for(r.rule, scenario, playbook)) for r in low[:MOST_TO_WORK_ON]]


def words_for(rule: str, scenario: Scenario, playbook: Playbook) -> tuple[str, ...]:
    """What the best option of a scene says that keeps the rule, from the first such scene."""
    for scene in scenario.scenes:
        if isinstance(scene, Choose | BestAndWorst):
            best = next(o for o in scene.options if o.id == best_answer(scene, playbook)[0])
            if rule in best.keeps:
                return (best.text,)
    return ()


def settled_at_once(first: Ratings, second: Ratings) -> dict[str, Rating]:
    """Where two raters agree, their rating, with the evidence of both."""
    return {name: Rating(name, mine.value, " / ".join(dict.fromkeys(filter(None, (mine.evidence.strip(), second[name].evidence.strip())))))
            for name, mine in first.items() if name in second and second[name].value == mine.value}


def gaps(theirs: Ratings, own: Ratings) -> dict[str, int]:
    """Own rating minus the rater's, for each rule that both have seen."""
    return {name: own[name].value - r.value for name, r in theirs.items() if name in own and NOT_SEEN not in (r.value, own[name].value)}

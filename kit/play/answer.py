"""An answer: what one may say in a scene, what it keeps and breaks, and what it is worth.

An answer is a tuple of texts: the option (choose); best and worst (best_and_worst); the blocks chosen, in
order (compose); all steps, in order (order); one's own words (write).
"""

import hashlib
from dataclasses import dataclass
from itertools import combinations

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Choose, Compose, Order, Outcome, Write

Answer = tuple[str, ...]
MOST_WORDS = 4000   # characters of a free answer


class Refused(ValueError):
    """An answer that this scene cannot take; its text says why, to the person who gave it."""


@dataclass(frozen=True)
class Verdict:
    """What an answer did in its scene: rules by what became of them, its value, and what there was to keep."""

    keeps: frozenset[str]
    breaks: frozenset[str]
    misses: frozenset[str]
    value: float
    stake: float

    @property
    def lost(self) -> float:
        return self.stake - self.value

    @property
    def share(self) -> float:
        """The part of the stake that was kept; 1 is the best answer. May be below 0."""
        return self.value / self.stake if self.stake else 1.0


def read_answer(scene: AnyScene, given: object) -> Answer:
    """What came from outside as an answer to this scene. Raises Refused for anything else."""
    if not isinstance(given, list | tuple) or not all(isinstance(part, str) for part in given):
        raise Refused("That is not an answer to this scene.")
    if not all(can_be_kept(part) for part in given):
        raise Refused("There is a character in it that cannot be kept. Leave it out.")
    answer = tuple(given)
    if isinstance(scene, Write):
        return _read_words(answer)
    ids = [part.id for part in scene.parts]
    if len(set(answer)) != len(answer) or not set(answer) <= set(ids):
        raise Refused("That is not one of the answers to this scene.")
    wanted = {"choose": (1, 1, "Choose one of the options first."),
              "best_and_worst": (2, 2, "Name one option as the best and another as the worst."),
              "compose": (1, len(ids), "Choose at least one part."),
              "order": (len(ids), len(ids), "Put all the steps in order.")}
    least, most, says = wanted[scene.ask]
    if not least <= len(answer) <= most:
        raise Refused(says)
    return answer


def can_be_kept(text: str) -> bool:
    """Whether the text can be written as UTF-8; half a character, which a browser can send, cannot."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _read_words(answer: Answer) -> Answer:
    if len(answer) != 1 or not answer[0].strip():
        raise Refused("Write a sentence or two first.")
    if len(answer[0]) > MOST_WORDS:
        raise Refused(f"That is longer than {MOST_WORDS} characters. Say it more briefly.")
    return (answer[0].strip(),)


def shown_order(scene: AnyScene, seed: str) -> tuple[str, ...]:
    """The ids in the order in which this run shows them: by SHA-256 of seed, scene and option."""
    ids = sorted((part.id for part in scene.parts),
                 key=lambda part: hashlib.sha256(f"{seed}\n{scene.id}\n{part}".encode()).hexdigest())
    if isinstance(scene, Order):
        wrong, pairs = inversions(scene, tuple(ids))
        if 2 * wrong < pairs:
            ids.reverse()
    return tuple(ids)


def inversions(scene: AnyScene, ids: Answer) -> tuple[int, int]:
    """(pairs that stand the wrong way round, pairs that have a right way round) among the placed parts."""
    place = {part.id: part.place for part in scene.parts}
    pairs = [(place[a], place[b]) for a, b in combinations(ids, 2) if place[a] and place[b] and place[a] != place[b]]
    return sum(a > b for a, b in pairs), len(pairs)


def judge(scene: AnyScene, answer: Answer, playbook: Playbook) -> Verdict:
    """What the answer keeps, breaks and misses, its value and the scene's stake (see docs/scoring.md)."""
    if isinstance(scene, Write):
        return Verdict(frozenset(), frozenset(), frozenset(), 0, 0)
    if isinstance(scene, Order):
        return _judge_order(scene, answer, playbook)
    keeps, breaks = _named(scene, answer)
    best_keeps, best_breaks = _named(scene, best_answer(scene, playbook))
    best = playbook.worth(best_keeps, best_breaks)
    value: float = playbook.worth(keeps, breaks)
    if isinstance(scene, Compose):
        value = _composed(scene, answer, value, playbook)
    elif not isinstance(scene, Choose):
        value = 0.75 * value + 0.25 * best * _worst_named(scene, answer[1], playbook)
    return Verdict(keeps, breaks, best_keeps - keeps - breaks, value, best)


def best_answer(scene: AnyScene, playbook: Playbook) -> Answer:
    """The answer that is worth most. For a free answer, the model."""
    if isinstance(scene, Write):
        return (scene.model,)
    if isinstance(scene, Order):
        return tuple(step.id for step in sorted(scene.steps, key=lambda step: step.place))
    if isinstance(scene, Compose):
        good = [block for block in scene.blocks if _worth(block, playbook) > 0]
        return tuple(block.id for block in sorted(good, key=lambda block: block.place or 10))
    ranked = sorted(scene.options, key=lambda option: -_worth(option, playbook))
    return (ranked[0].id,) if isinstance(scene, Choose) else (ranked[0].id, ranked[-1].id)


def outcome_of(scene: AnyScene, answer: Answer, playbook: Playbook) -> Outcome:
    """What follows from the answer: reply, feedback, trust, next."""
    if isinstance(scene, Write):
        return Outcome(next=scene.next)
    if isinstance(scene, Compose | Order):
        share = round(judge(scene, answer, playbook).share, 9)
        return next(o for o in scene.outcomes if o.at_least is None or share >= o.at_least)
    return next(option for option in scene.options if option.id == answer[0])


def _worth(part: object, playbook: Playbook) -> int:
    return playbook.worth(part.keeps, part.breaks)


def _named(scene: AnyScene, answer: Answer) -> tuple[frozenset[str], frozenset[str]]:
    """(rules kept, rules broken). What a chosen block breaks is broken, whatever another keeps."""
    chosen = [part for part in scene.parts if part.id in (answer if isinstance(scene, Compose) else answer[:1])]
    breaks = frozenset(name for part in chosen for name in part.breaks)
    return frozenset(name for part in chosen for name in part.keeps) - breaks, breaks


def _composed(scene: Compose, answer: Answer, content: float, playbook: Playbook) -> float:
    if content <= 0:
        return content
    worthy = {block.id for block in scene.blocks if _worth(block, playbook) > 0}
    wrong, pairs = inversions(scene, tuple(part for part in answer if part in worthy))
    order = 1 - wrong / pairs if pairs else 1.0
    return content * (0.8 + 0.2 * order)


def _worst_named(scene: AnyScene, named: str, playbook: Playbook) -> int:
    """1 for the lowest value, -1 for the best, else 0."""
    worth = {option.id: _worth(option, playbook) for option in scene.parts}
    if worth[named] == min(worth.values()):
        return 1
    return -1 if worth[named] == max(worth.values()) else 0


def _judge_order(scene: Order, answer: Answer, playbook: Playbook) -> Verdict:
    best = playbook.worth(scene.keeps, ())
    wrong, pairs = inversions(scene, answer)
    value = best * max(0.0, 1 - 2 * wrong / pairs) if pairs else float(best)
    rules, none = frozenset(scene.keeps), frozenset[str]()
    return Verdict(none if wrong else rules, none, rules if wrong else none, value, best)

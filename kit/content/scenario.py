"""What a scenario is: scenes that ask, what follows from each answer, and the endings. Frozen models only."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from kit.content.values import MOST_TRUST, CauseId, ClaimId, Id, Model, Phase, RuleId, Share, SideId, Target, TrustRange, Who, Whole, Words, Yes, fault

ASKS = ("choose", "best_and_worst", "compose", "order", "write")
Rules = tuple[RuleId, ...]
TrustChange = Annotated[Whole, Field(ge=-3, le=3)]


class Turn(Model):
    """One thing said; written `- Name: words`."""

    who: Words
    words: Words

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"who", "words"}:
            return value
        if isinstance(value, dict) and len(value) == 1:
            (who, words), = value.items()
            return {"who": who, "words": words}
        raise fault("E208", "a turn of talk is one name and what is said.", 'Write `- Dana: "I wondered when you would ring."`')


class Outcome(Model):
    """What follows from an answer: how the client takes it, why, and where it leads."""

    reply: Words | None = None
    feedback: Words | None = None
    cites: tuple[ClaimId, ...] = ()
    trust: TrustChange = 0
    next: Target | None = None


class Option(Outcome):
    id: Id
    text: Words
    keeps: Rules = ()
    breaks: Rules = ()
    tempting: Words | None = None


class Block(Model):
    """A part of something composed; `place` says where it belongs, if it does."""

    id: Id
    text: Words
    place: Annotated[Whole, Field(ge=1, le=9)] | None = None
    keeps: Rules = ()
    breaks: Rules = ()


class OrderStep(Model):
    id: Id
    text: Words
    place: Annotated[Whole, Field(ge=1, le=9)]


class SharedOutcome(Outcome):
    """What follows when at least this share (0-1) of what was at stake was kept."""

    at_least: Annotated[Share, Field(gt=0, le=1)] | None = None


class PairsWith(Model):
    """The scene that this one makes a pair with: one fact differs there, and with it the best option."""

    scenario: Id
    scene: Id
    fact: Words


class _Scene(Model):
    id: Id
    phase: Phase | None = None
    practises: tuple[SideId, ...] = ()
    situation: Words
    talk: tuple[Turn, ...] = ()
    question: Words


class Choose(_Scene):
    """Pick one option."""

    ask: Literal["choose"] = "choose"
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=5)]
    pairs_with: PairsWith | None = None

    @property
    def parts(self) -> tuple[Option, ...]:
        return self.options


class BestAndWorst(_Scene):
    """Name the best option and the worst."""

    ask: Literal["best_and_worst"]
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=5)]
    pairs_with: PairsWith | None = None

    @property
    def parts(self) -> tuple[Option, ...]:
        return self.options


class Compose(_Scene):
    """Choose the blocks that belong, and put them in order."""

    ask: Literal["compose"]
    blocks: Annotated[tuple[Block, ...], Field(min_length=5, max_length=9)]
    outcomes: Annotated[tuple[SharedOutcome, ...], Field(min_length=1)]

    @property
    def parts(self) -> tuple[Block, ...]:
        return self.blocks


class Order(_Scene):
    """Put all the steps in order."""

    ask: Literal["order"]
    keeps: Annotated[Rules, Field(min_length=1)]
    steps: Annotated[tuple[OrderStep, ...], Field(min_length=3, max_length=9)]
    outcomes: Annotated[tuple[SharedOutcome, ...], Field(min_length=1)]

    @property
    def parts(self) -> tuple[OrderStep, ...]:
        return self.steps


class Write(_Scene):
    """Answer in one's own words; never scored by the machine."""

    ask: Literal["write"]
    rules: Annotated[Rules, Field(min_length=1)]
    model: Words
    next: Target | None = None

    @property
    def parts(self) -> tuple[()]:
        return ()


def _ask(value: Any) -> str:
    return str(value.get("ask", "choose")) if isinstance(value, dict) else str(getattr(value, "ask", "choose"))


AnyScene = Choose | BestAndWorst | Compose | Order | Write
Scene = Annotated[
    Annotated[Choose, Tag("choose")] | Annotated[BestAndWorst, Tag("best_and_worst")]
    | Annotated[Compose, Tag("compose")] | Annotated[Order, Tag("order")] | Annotated[Write, Tag("write")],
    Discriminator(_ask),
]


class Client(Model):
    name: Words
    business: Words | None = None
    together: Words | None = None
    wants: Words | None = None
    feels: Words | None = None


class Ending(Model):
    """How it looks afterwards. Reached by name, or by the trust that is left."""

    id: Id
    title: Words
    text: Words
    trust: TrustRange | None = None
    best: Yes = False


class Minutes(Model):
    tell: Annotated[Whole, Field(ge=1, le=60)] | None = None
    close: Annotated[Whole, Field(ge=1, le=60)] | None = None
    decide: Annotated[Whole, Field(ge=1, le=60)] | None = None
    after: Annotated[Whole, Field(ge=1, le=60)] | None = None


class RolePlay(Model):
    """A script for two people and a rater."""

    trainee: Words
    client: Words
    beats: Annotated[tuple[Words, ...], Field(min_length=1)]
    opening: Words
    minutes: Minutes
    rules: Annotated[Rules, Field(min_length=6, max_length=10)]
    stop_word: Words = "pause"


class Scenario(Model):
    """One break-up with one client: a graph of scenes without loops, and its endings."""

    id: Id
    format: Annotated[Whole, Field(ge=1, le=1)] = 1
    title: Words
    summary: Words | None = None
    status: Literal["draft", "ready"] = "draft"
    language: Words = "en"
    cause: CauseId
    who: Who
    level: Annotated[Whole, Field(ge=1, le=3)] = 1
    trust: Annotated[Whole, Field(ge=0, le=MOST_TRUST)] = 5
    role: Words | None = None
    client: Client | None = None
    scenes: Annotated[tuple[Scene, ...], Field(min_length=1)]
    endings: Annotated[tuple[Ending, ...], Field(min_length=1)]
    roleplay: RolePlay | None = None
    debrief: tuple[Words, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_what_has_no_name(cls, value: Any) -> Any:
        return with_names(value) if isinstance(value, dict) else value

    @cached_property
    def scene(self) -> dict[str, AnyScene]:
        return {scene.id: scene for scene in self.scenes}

    @cached_property
    def ending(self) -> dict[str, Ending]:
        return {ending.id: ending for ending in self.endings}

    @cached_property
    def can_keep(self) -> frozenset[str]:
        """The rules that some answer in this scenario keeps."""
        options = [part for scene in self.scenes for part in scene.parts if isinstance(part, Option | Block)]
        ordered = [scene.keeps for scene in self.scenes if isinstance(scene, Order)]
        return frozenset(rule for keeps in [*(o.keeps for o in options), *ordered] for rule in keeps)

    @property
    def language_tag(self) -> str:
        """The language if it is written as a tag such as en or pt-BR, else `und`: not said."""
        return self.language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", self.language) else "und"

    def ending_at(self, trust: int) -> Ending:
        """The ending that `next: end` takes. A single ending needs no range."""
        by_trust = [e for e in self.endings if e.trust and e.trust.holds(trust)]
        return by_trust[0] if by_trust else self.endings[0]

    def target(self, scene_id: str, named: str | None) -> str:
        """Where a `next` leads: a scene id, an ending id or `end`. Left out: the next scene in the file."""
        if named:
            return named
        ids = [scene.id for scene in self.scenes]
        after = ids.index(scene_id) + 1
        return ids[after] if after < len(ids) else "end"

    @cached_property
    def minutes(self) -> int:
        """How long it takes to play, in whole minutes: reading at 200 words a minute, 20 seconds a pick."""
        texts = [s.situation for s in self.scenes] + [p.text for s in self.scenes for p in s.parts]
        words = sum(len(text.split()) for text in texts)
        return max(1, round(words / 200 + len(self.scenes) / 3))


def with_names(raw: dict[str, Any]) -> dict[str, Any]:
    """The raw scenario with an id wherever the author left one out: scene-1, ending-1, option a, b, c."""
    def named(things: object, name: Callable[[int], str]) -> object:
        if not isinstance(things, list | tuple):
            return things
        taken = {t["id"] for t in things if isinstance(t, dict) and isinstance(t.get("id"), str)}
        free = (name(n) for n in range(len(things) + len(taken)) if name(n) not in taken)
        return [{"id": next(free), **t} if isinstance(t, dict) and "id" not in t else t for t in things]

    def scene(raw_scene: object) -> object:
        if not isinstance(raw_scene, dict):
            return raw_scene
        parts = {key: named(raw_scene[key], lambda n: chr(97 + n) if n < 26 else f"part-{n + 1}") for key in ("options", "blocks", "steps") if key in raw_scene}
        return {**raw_scene, **parts}

    scenes = named(raw.get("scenes"), lambda n: f"scene-{n + 1}")
    named_scenes = [scene(s) for s in scenes] if isinstance(scenes, list) else scenes
    changed = {"scenes": named_scenes, "endings": named(raw.get("endings"), lambda n: f"ending-{n + 1}")}
    return {**raw, **{key: value for key, value in changed.items() if key in raw}}

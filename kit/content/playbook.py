"""What a playbook is: rules, what they rest on, and the words for trust and scores. Frozen models only."""

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import Field

from kit.content.values import ClaimId, CompetencyId, Id, Model, Phases, TensionId, TrustRange, Who, Whole, Words, Yes


class Claim(Model):
    """One piece of an article's advice, in our own words."""

    id: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}$")]
    at: Words
    phase: Phases
    who: Who
    says: Words
    same_as: ClaimId | None = None


class Source(Model):
    """An article, and the claims it makes."""

    id: Id
    title: Words
    publisher: Words | None = None
    published: Words | None = None
    gist: Words
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]


class Competency(Model):
    id: Id
    title: Words
    says: Words


class Cause(Model):
    id: Id
    title: Words


class TrustWord(Model):
    word: Words
    trust: TrustRange


class Band(Model):
    """How a score is called: from `at_least` (0-100) upwards."""

    title: Words
    at_least: Annotated[Whole, Field(ge=0, le=100)]
    says: Words


class Sides(Model):
    a: Words
    b: Words


class Tension(Model):
    """Claims that pull apart, and how the playbook settles it."""

    id: Annotated[str, Field(pattern=r"^X[0-9]{1,2}$")]
    between: Annotated[tuple[ClaimId, ...], Field(min_length=2)]
    pull: Words
    settled: Words
    sides: Sides


class Unless(Model):
    tension: TensionId
    says: Words


class Anchors(Model):
    """What a rater sees or hears at a rating of 1, 3 and 5."""

    poor: Words = Field(alias="1")
    fair: Words = Field(alias="3")
    good: Words = Field(alias="5")

    @property
    def at(self) -> dict[int, str]:
        """The words by their rating."""
        return {1: self.poor, 3: self.fair, 5: self.good}


class Rule(Model):
    """One thing to do in an ending: what can be kept, broken or missed."""

    id: Id
    title: Words
    competency: CompetencyId
    phase: Phases
    who: Who
    weight: Annotated[Whole, Field(ge=1, le=3)]
    red_line: Yes = False
    why: Words
    do: Words
    dont: Words
    unless: Unless | None = None
    rests_on: Annotated[tuple[ClaimId, ...], Field(min_length=1)]
    anchors: Anchors


class Form(Model):
    """A fixed list of whole scenarios, for self-assessment."""

    a: tuple[Id, ...] = ()
    b: tuple[Id, ...] = ()


class Playbook(Model):
    """The rules, what they rest on, and the words for trust and scores."""

    format: Annotated[Whole, Field(ge=1, le=1)] = 1
    language: Words = "en"
    pass_mark: Annotated[Whole, Field(ge=1, le=100)] = 75
    competencies: Annotated[tuple[Competency, ...], Field(min_length=1)]
    causes: Annotated[tuple[Cause, ...], Field(min_length=1)]
    trust_words: Annotated[tuple[TrustWord, ...], Field(min_length=1)]
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    tensions: tuple[Tension, ...]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    forms: Form = Form()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @cached_property
    def rule(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def claim(self) -> dict[str, Claim]:
        return {claim.id: claim for source in self.sources for claim in source.claims}

    @cached_property
    def source_of(self) -> dict[str, Source]:
        """Claim id -> the article that makes the claim."""
        return {claim.id: source for source in self.sources for claim in source.claims}

    @cached_property
    def cause(self) -> dict[str, Cause]:
        return {cause.id: cause for cause in self.causes}

    def worth(self, keeps: Iterable[str], breaks: Iterable[str]) -> int:
        """The weights of the rules kept, less those of the rules broken; each rule counts once."""
        weigh = lambda names: sum(self.rule[name].weight for name in set(names))  # noqa: E731
        return weigh(keeps) - weigh(breaks)

    def twins(self, claim_id: str) -> frozenset[str]:
        """The claim and every claim that gives the same advice in another article."""
        head = self.claim[claim_id].same_as or claim_id
        return frozenset(c.id for c in self.claim.values() if head in (c.id, c.same_as))

    def trust_word(self, trust: int) -> str:
        return next(t.word for t in self.trust_words if t.trust.holds(trust))

    def band(self, score: float) -> Band:
        return max((b for b in self.bands if b.at_least <= score), key=lambda b: b.at_least)

"""What a training set is: five written performances of one script, each with its reference ratings and why. Frozen models only."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from kit.content.scenario import Rules, Turn
from kit.content.values import Id, Model, RuleId, ScriptId, Whole, Words, fault

NOT_SEEN = 0
PERFORMANCES = 5   # enough to tell raters apart, few enough to be read in one sitting


def _rating(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value   # as the store keeps it
    if value == "not seen":
        return NOT_SEEN
    if value in ("1", "2", "3", "4", "5"):
        return int(value)
    raise fault("E215", f"`{value}` is not a rating.", "Write 1, 2, 3, 4 or 5, or `not seen`.")


class Rated(Model):
    """One rule's reference rating (1-5, or NOT_SEEN; written `not seen`), and the words that it rests on."""

    rule: RuleId
    rating: Annotated[int, BeforeValidator(_rating)]
    because: Words


class Performance(Model):
    """One talk as it went: what was said (`Stage` says what was done), and how it is rated."""

    id: Id
    title: Words
    talk: Annotated[tuple[Turn, ...], Field(min_length=1)]
    ratings: Annotated[tuple[Rated, ...], Field(min_length=1)]
    red_lines: Rules = ()


class TrainingSet(Model):
    """Five performances of the same script. Which rules are rated is the script's to say."""

    id: Id
    format: Annotated[Whole, Field(ge=1, le=1)] = 1
    title: Words
    script: ScriptId
    performances: Annotated[tuple[Performance, ...], Field(min_length=PERFORMANCES, max_length=PERFORMANCES)]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules to rate, in order: the same ones in every performance."""
        return tuple(rated.rule for rated in self.performances[0].ratings)

    @property
    def reference(self) -> dict[tuple[str, str], int]:
        """(performance, rule) -> reference rating."""
        return {(p.id, rated.rule): rated.rating for p in self.performances for rated in p.ratings}

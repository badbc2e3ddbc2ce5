"""How two raters of the same role-plays agree: first what a manager understands, the statistics behind “more”."""

from collections.abc import Sequence
from typing import Any

from kit.play.rate import NOT_SEEN
from kit.stats.agreement import Differences, alpha, differences, kappa
from kit.stats.few import FEW
from kit.stats.given import NoNumber
from kit.stats.intraclass import icc
from kit.stats.items import cronbach, difficulty, discrimination
from kit.ui import blocks as b
from kit.ui.desk_views import desk_page
from kit.ui.rating_views import Played, both_done
from kit.words import count

View = dict[str, Any]
Pair = tuple[int | None, int | None]


def agreement(room: str, all_played: Sequence[Played]) -> View:
    """Over all role-plays that two raters have rated."""
    rated = [p for p in all_played if both_done(p)]
    pairs = [pair for p in rated for pair in pairs_of(p)]
    at = {"type": "desk", "screen": "roleplay", "show": "agreement"}
    back = b.actions([b.action("All role-plays", {"type": "desk", "screen": "roleplay"})])
    if not rated:
        return desk_page(room, "Role-play", "roleplay agreement", [b.heading("How raters agree", level=3), b.text(
            "This needs a role-play that two people have rated, each without seeing the other's rating. Open one, and take the second seat."), back], at=at)
    return desk_page(room, "Role-play", "roleplay agreement", [
        b.heading("How raters agree", level=3),
        b.text(f"{count(len(rated), 'role-play')} rated by two, {len(pairs)} pairs of ratings. The first rater is compared with the second."),
        *_in_plain_words(pairs), b.details("More: the statistics", _statistics(pairs, rated)), back], at=at)


def pairs_of(played: Played) -> list[Pair]:
    """For each rule of the script what the first and the second rater gave; None where a rater did not see it."""
    first, second = (played.seats[name].ratings for name in ("first", "second"))
    return [(_seen(first, rule), _seen(second, rule)) for rule in played.script.rules]


def _seen(ratings: Any, rule: str) -> int | None:
    return None if rule not in ratings or ratings[rule].value == NOT_SEEN else ratings[rule].value


def _in_plain_words(pairs: list[Pair]) -> list[b.Block]:
    firsts, seconds = [a for a, _ in pairs], [c for _, c in pairs]
    apart, quadratic = differences(firsts, seconds), kappa(firsts, seconds, weights="quadratic")
    if isinstance(apart, NoNumber):
        return [b.notice(apart.why, tone="warn")]
    near = round(apart.within_one * apart.n)
    share = f"{near} of {apart.n}" + (f" ({apart.within_one:.0%})" if apart.n >= FEW else "")
    unseen = f" Left out, because a rater did not see the rule: {apart.left_out}." if apart.left_out else ""
    few = [b.notice(f"{apart.n} pairs are few: take these figures as a start for a talk, not as a verdict.", tone="info")] if apart.n < FEW else []
    return [b.card([
        b.bullets([f"Mean difference: {_difference(apart)}", f"Within one: {share}.",
                   f"Quadratic kappa: {_kappa_words(quadratic)}"]), b.text(f"Kappa is 1 when both always agree, and 0 when they agree no more than by chance.{unseen}", small=True)]), *few]


def _difference(apart: Differences) -> str:
    if isinstance(apart.bias, NoNumber):
        return f"{apart.distance:.1f} (one pair only)."
    value = apart.bias.value
    who = "neither rater is milder" if abs(value) < 0.05 else f"the {'first' if value > 0 else 'second'} rater is milder by {abs(value):.2f}"
    return f"{who}; on average the ratings lie {apart.distance:.2f} apart."


def _kappa_words(figure: Any) -> str:
    return figure.why if isinstance(figure, NoNumber) else f"{figure.value:.2f} (95 % interval {figure.low:.2f} to {figure.high:.2f})."


def _statistics(pairs: list[Pair], rated: Sequence[Played]) -> list[b.Block]:
    rows = [[f"ICC, {words}, {'mean of both' if of_mean else 'one rater'}", *_cells(icc(pairs, form=form, of_mean=of_mean))]
            for form, words in (("one-way", "one-way"), ("agreement", "absolute agreement"), ("consistency", "consistency")) for of_mean in (False, True)]
    rows += [["Cohen's kappa, plain", *_cells(kappa([a for a, _ in pairs], [c for _, c in pairs]))]]
    rows += [[f"Krippendorff's alpha, {scale}", *_cells(alpha(pairs, scale=scale))] for scale in ("nominal", "ordinal", "interval")]
    shown: list[b.Block] = [b.table("Agreement of two raters", ["Figure", "Value", "95 % interval", "Pairs"], rows)]
    for title, same in _by_script(rated).items():
        shown.append(_items(title, same))
    return [*shown, b.text("What each figure answers, and where its formula comes from: docs/statistics.md.", small=True)]


def _cells(figure: Any) -> list[str]:
    if isinstance(figure, NoNumber):
        return [figure.why, "", ""]
    interval = f"{figure.low:.2f} to {figure.high:.2f}" if hasattr(figure, "low") else "-"
    return [f"{figure.value:.2f}", interval, str(figure.n)]


def _by_script(rated: Sequence[Played]) -> dict[str, list[Played]]:
    """Role-plays of the same script: same scenario, same rules."""
    scripts: dict[tuple[str, tuple[str, ...]], list[Played]] = {}
    for played in rated:
        scripts.setdefault((played.scenario.title, tuple(played.script.rules)), []).append(played)
    return {title: same for (title, _), same in scripts.items()}


def _items(title: str, same: list[Played]) -> b.Block:
    """Each rule of a script as an item: how high it is rated, and how it goes with the others."""
    rows = [[None if first is None or second is None else ((first + second) / 2 - 1) / 4 for first, second in pairs_of(p)] for p in same]
    whole = cronbach(rows)
    cells = [[same[0].playbook.rule[rule].title, *_value(high), *_value(goes)]
             for rule, high, goes in zip(same[0].script.rules, difficulty(rows), discrimination(rows), strict=True)]
    says = whole.why if isinstance(whole, NoNumber) else f"Cronbach's alpha {whole.value:.2f}"
    return b.table(f"{title}, {count(len(same), 'role-play')}. {says}", ["Rule", "Mean share (0 to 1)", "Correlation with the rest"], cells)


def _value(figure: Any) -> list[str]:
    return ["-"] if isinstance(figure, NoNumber) else [f"{figure.value:.2f}"]

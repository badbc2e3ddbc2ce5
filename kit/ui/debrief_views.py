"""The debrief of a role-play: one page to talk about. Strengths first, at most three things to work on, the score last."""

from typing import Any

from kit.play.debrief import cited
from kit.play.rate import RatedScore, Ratings, gaps, held, rated_score, to_work_on
from kit.ui import blocks as b
from kit.ui.desk_views import desk_page
from kit.ui.rating_views import Played, back, called, opening, title, value_words

View = dict[str, Any]


def score_of(played: Played) -> RatedScore | None:
    return rated_score(played.in_force.ratings, played.script.rules, played.playbook) if played.in_force else None


def score_words(made: RatedScore | None) -> str:
    if made is None:
        return "not rated yet"
    return made.why if made.value is None else f"{made.value:.0f} of 100"


def debrief(room: str, played: Played, *, own_page: bool = False) -> View:
    """One page to talk about: strengths first, at most three things to work on, red lines, rule by rule."""
    blocks = debrief_blocks(played)
    does = [b.action("Print", {"type": "print"}), b.action("Save as a page", {"type": "save_debrief", "roleplay": played.id}), back(played, own_page=own_page)]
    key = f"roleplay {played.id} debrief"
    if own_page:
        return b.view("Debrief", key, [b.heading("Your role-play", focus=True), *blocks, b.actions(does)], screen="debrief")
    return desk_page(room, "Role-play", key, [*blocks, b.actions(does)], at=opening(played, show="debrief"))


def debrief_blocks(played: Played) -> list[b.Block]:
    sat, made = played.in_force, score_of(played)
    assert sat is not None and made is not None
    raters = [played.seats[name].rater for name in ("first", "second") if name in played.seats]
    seats = ("settled",) if sat is played.seats.get("settled") else ("first", "second")
    return [
        b.heading(called(played), level=3, kicker=f"{played.made_at[:10]} · rated by {' and '.join(raters)}{', settled' if seats == ('settled',) else ''}"),
        *_crossed(played, seats),
        *_strengths(played, sat.ratings),
        *_work_on(played, sat.ratings),
        b.card([b.text(f"Score: {score_words(made)}{'' if made.value is None else '.'} {made.why if made.value is not None else ''}".strip()),
                b.text("Each rated rule counts from 0 (a 1) to 1 (a 5), by its weight. It is one conversation: it shows what happened here, not what somebody is like.", small=True)],
               label="The score"),
        b.table("Rule by rule", ["Rule", "Rating", *(["Self"] if "self" in played.seats else []), "What was seen and heard"],
                [[title(played, name), value_words(sat.ratings.get(name)), *([value_words(played.seats["self"].ratings.get(name))] if "self" in played.seats else []),
                  sat.ratings[name].evidence if name in sat.ratings else ""] for name in played.script.rules]),
        *_gap(played, sat.ratings),
        *([b.heading("Questions to talk about", level=3), b.bullets(list(played.scenario.debrief))] if played.scenario.debrief else []),
    ]


def _crossed(played: Played, seats: tuple[str, ...]) -> list[b.Block]:
    crossed = played.red_lines(*seats)
    return [b.notice(f"A red line was crossed: {title(played, name)} Talk about this first.", tone="bad") for name in crossed]


def _strengths(played: Played, ratings: Ratings) -> list[b.Block]:
    good = held(ratings, played.playbook)
    lines = [f"{title(played, r.rule)} ({r.value}){f' {r.evidence}' if r.evidence else ''}" for r in good]
    return [b.card([b.bullets(lines)], tone="good", label="What held")] if lines else []


def _work_on(played: Played, ratings: Ratings) -> list[b.Block]:
    shown = []
    for item in to_work_on(ratings, played.scenario, played.playbook):
        first = item.rule.rests_on[0]
        shown.append(b.card([
            *([b.text(f"Seen and heard: {item.rating.evidence}")] if item.rating.evidence else []), b.text(item.rule.do),
            *([b.quote("Words to try", item.words)] if item.words else []),
            b.sources([(c.says, f"{c.source}, {c.at}") for c in cited((first,), played.playbook)])], tone="warn", label=f"{item.rule.title} ({item.rating.value})"))
    return [b.heading("To work on", level=3), *shown] if shown else []


def _gap(played: Played, ratings: Ratings) -> list[b.Block]:
    own = played.seats.get("self")
    if own is None or not own.done_at:
        return []
    apart = gaps(ratings, own.ratings)
    higher, lower = [n for n, gap in apart.items() if gap >= 1], [n for n, gap in apart.items() if gap <= -1]
    lines = [f"{played.trainee_name} rated themself higher: {_titles(played, higher)}" if higher else "", f"{played.trainee_name} rated themself lower: {_titles(played, lower)}" if lower else ""]
    return [b.card([b.bullets([line for line in lines if line] or ["Both see it alike."])], label="How the two views compare")]


def _titles(played: Played, names: list[str]) -> str:
    return "; ".join(f"“{title(played, name).rstrip('.')}”" for name in names)

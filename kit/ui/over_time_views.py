"""A trainee's own page over time as a view: what to practise next, which rules they kept, and every run. What counts: play/over_time.py."""

from collections.abc import Sequence
from typing import Any

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.play.form import kept_for_forms
from kit.play.over_time import Next, Profile, competency_share, next_up, profile, rule_share
from kit.play.score import CompetencyCount, RuleCount, Score, score
from kit.stats.few import Share
from kit.ui import blocks as b
from kit.ui.form_views import practise_in
from kit.ui.progress_views import NO_TREND, margin_words, score_words, share_words, when_words
from kit.ui.views import MODE_WORDS, Played, trouble_notice

View = dict[str, Any]
MOST_SCENARIOS = 3   # buttons under one rule
NOTHING_YET = "You have not finished a scenario yet. As soon as you have, this page shows what you kept, what to practise next, and every run you played."
FORM_UNDER_WAY = "You are in the middle of a self-assessment form. What you answer there shows here when the form is finished."
ALL_KEPT = "Nothing to mend: you have kept every rule each time it came up. Scenarios you have not played yet may ask for others."
ALL_PLAYED = ("You have played every scenario that is open to you. Play one again whenever you like: "
              "it no longer changes what is counted here, and it is the best way to find the words.")
PLAYED_OUT = "You have played every scenario that practises this. Playing one again is good practice, too."
NOWHERE = "No scenario that is open to you practises this. The playbook says more about it."
HOW_COUNTED = ("An occasion is an answer that kept the rule, broke it, or missed it: the best answer would have kept it, and yours did not. "
               "The share is what was kept of all occasions; that of a competency goes by the weight of its rules. From three occasions on it is shown, "
               "with the range in which it could lie (90 %). Answers of one person go together, so in truth the range is somewhat wider. "
               "It says how you decided in these scenes, not what you are like.")


def progress(played: Sequence[Played], playbook: Playbook, ready: Sequence[Scenario], *, form_under_way: bool = False, trouble: str = "") -> View:
    """`played` are the person's runs, oldest first, without what is not told yet."""
    finished = [p for p in played if p.run.is_over]
    made = profile([p.run for p in finished if p.is_first], playbook)
    return b.view("Your progress", "progress", [
        b.heading("Your progress", focus=True, kicker=f"Scenarios finished: {made.runs}" if made.runs else ""),
        *trouble_notice(trouble),
        *([b.text(FORM_UNDER_WAY)] if form_under_way else []),
        *([*_next_blocks(made, playbook, ready, played), *_profile_blocks(made, playbook)] if finished else [b.text(NOTHING_YET)]),
        *_run_blocks(played),
        b.actions([b.action("Read the playbook", {"type": "open", "screen": "playbook"}),
                   b.action("Back to the scenarios", {"type": "open", "screen": "home"}, primary=True)]),
    ], screen="progress", at={"type": "open", "screen": "progress"})


# --- what to practise next ------------------------------------------------------------------------------------

def _next_blocks(made: Profile, playbook: Playbook, ready: Sequence[Scenario], played: Sequence[Played]) -> list[b.Block]:
    if not made.rules:
        return []
    done = {p.run.scenario.id for p in played if p.run.is_over}
    begun = {p.run.scenario.id: p.id for p in played if not p.run.is_over}
    left = {s.id for s in ready} - kept_for_forms(playbook) - done
    todo = next_up(made, playbook, ready, done)
    return [b.heading("To practise next", level=3), *([] if left else [b.notice(ALL_PLAYED, tone="good")]),
            *([] if todo else [b.text(ALL_KEPT)]),
            *[b.card([b.text(f"{why(item.count)} {item.rule.do}"), *(_where(item, begun) if left else [])], label=item.rule.title) for item in todo]]


def why(count: RuleCount) -> str:
    """What became of a rule that was not always kept, in words."""
    lost = [f"{word} {times}" for word, times in (("missed", count.missed), ("broken", count.broken)) if times]
    if count.occasions == 1:
        return f"{lost[0].split()[0].capitalize()} the one time it came up."
    return f"{' and '.join(lost).capitalize()} of {count.occasions} times."


def _where(item: Next, begun: dict[str, str]) -> list[b.Block]:
    """Buttons that start what practises the rule, or go on with it where it is begun."""
    if not item.scenarios:
        return [b.text(PLAYED_OUT if item.is_played_out else NOWHERE)]
    more = len(item.scenarios) - MOST_SCENARIOS
    does = [b.action(f"Go on with “{s.title}”", {"type": "resume", "run": begun[s.id]}, about=item.rule.title) if s.id in begun else practise_in(s, item.rule)
            for s in item.scenarios[:MOST_SCENARIOS]]
    return [b.actions(does), *([b.text(f"On the list, {more} more {'practises' if more == 1 else 'practise'} it.", small=True)] if more > 0 else [])]


# --- which rules were kept ------------------------------------------------------------------------------------

def _profile_blocks(made: Profile, playbook: Playbook) -> list[b.Block]:
    if not made.rules:
        return []
    bars = [_bar(c.title, count, competency_share(count, made, playbook)) for c in playbook.competencies for count in made.competencies if count.competency == c.id]
    return [b.heading("What you kept", level=3), b.text(_counted(made, playbook)),
            b.bars("By competency (a bar from three occasions on)", bars),
            *[_rule_by_rule(c.id, c.title, made, playbook) for c in playbook.competencies if any(count.competency == c.id for count in made.competencies)],
            b.text(HOW_COUNTED, small=True)]


def _counted(made: Profile, playbook: Playbook) -> str:
    runs = "the one scenario you finished" if made.runs == 1 else f"the {made.runs} scenarios you finished"
    return (f"Counted: your first run of {runs}; runs after the first are practice. "
            f"So far {len(made.rules)} of the playbook's {len(playbook.rules)} rules came up.")


def _rule_by_rule(competency: str, title: str, made: Profile, playbook: Playbook) -> b.Block:
    mine = [count for count in made.rules if playbook.rule[count.rule].competency == competency]
    return b.details(f"{title}: rule by rule", [
        b.bars(f"{title}, rule by rule (a bar from three occasions on)", [_bar(playbook.rule[count.rule].title, count, rule_share(count)) for count in mine])])


def _bar(title: str, count: RuleCount | CompetencyCount, figure: Share) -> tuple[str, float | None, str]:
    counts = f"kept {count.kept}, missed {count.missed}, broken {count.broken}"
    return title, figure.share, counts if figure.share is None else f"{counts} · {share_words(count.kept, figure)}"


# --- every run --------------------------------------------------------------------------------------------------

def _run_blocks(played: Sequence[Played]) -> list[b.Block]:
    if not played:
        return []
    return [b.heading("Your runs", level=3), b.text(NO_TREND, small=True), b.entries("Your runs, latest first", [_run(p) for p in reversed(played)])]


def _run(played: Played) -> b.Block:
    title, when = played.run.scenario.title, f"{when_words(played.started_at)} UTC"
    facts, ending = f"{when} · {MODE_WORDS[played.mode].lower()}", played.run.ending
    if ending is None:
        go_on = b.action("Go on", {"type": "resume", "run": played.id}, about=f"{title}, {when}")
        return b.entry(title, facts=facts, state=f"In progress: scene {len(played.run.picks) + 1}", does=[go_on])
    counts = "first run, it counts" if played.is_first else "played again, does not count"
    see = b.action("See the result", {"type": "result", "run": played.id}, about=f"{title}, {when}")
    return b.entry(title, facts=f"{facts} · {counts}", words=f"How it ended: {ending.title}", state=_score(score(played.run)), does=[see])


def _score(made: Score) -> str:
    said = score_words(made.value, made.low, made.high, margin_words(made.verdict, made.pass_mark))
    return f"A red line was crossed. {said}" if made.red_lines else said

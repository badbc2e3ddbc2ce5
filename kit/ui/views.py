"""A trainee's screens as views: pure functions of a run and of what is known about it.

Nothing that has not been earned is in a view: before a pick there is no key in it (not even the options'
ids, which may give it away), and in an assessment nothing but the client's reply until the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.codes import grouped
from kit.content.playbook import Playbook, Rule
from kit.content.scenario import AnyScene, Scenario, Write
from kit.content.values import MOST_TRUST
from kit.play.answer import Refused
from kit.play.debrief import Note, cited, margin_sentence, note, sentence, strengths, work_on
from kit.play.run import Run, Step
from kit.play.score import LEAST_OCCASIONS, Score, score, scenes_left
from kit.ui import blocks as b
from kit.ui.form_views import SURE_WORDS

View = dict[str, Any]
PHASE_WORDS = {"decide": "before the news", "tell": "giving or taking the news", "close": "from the news to the last day",
               "after": "afterwards", "always": "in every phase"}
WHO_WORDS = {"client": "they are leaving us", "us": "we are letting them go", "both": "both want it"}
LEVEL_WORDS = {1: "first steps", 2: "steady", 3: "demanding"}
MODE_WORDS = {"practice": "Practice", "assessment": "Assessment", "form a": "Self-assessment, form A", "form b": "Self-assessment, form B"}
MOST_NAME = 40


@dataclass(frozen=True)
class Played:
    """What the list and the history need of a stored run."""

    id: str
    run: Run
    mode: str
    started_at: str
    is_first: bool      # the first finished run of its scenario


# --- coming in and choosing -------------------------------------------------------------------------------

def welcome(name: str = "", *, trouble: str = "") -> View:
    return b.view("Welcome", "welcome", [
        b.heading("Learn to end a client relationship well", focus=True),
        b.text("You talk a client through a parting, scene by scene. After each answer you hear how they take it, and why."),
        *_trouble(trouble),
        b.form([b.field("name", "What should we call you?", hint="A first name will do, or leave it empty. Nobody else in the room sees it.",
                        value=name, most=MOST_NAME)], button="Come in", send={"type": "name"}),
        b.text("Your answers are kept on the computer that runs this workshop, under this name or none, until its facilitator erases them.", small=True),
    ], screen="welcome")


def home(name: str, ready: tuple[Scenario, ...], playbook: Playbook, played: list[Played], mode: str, *,
         roleplays: Sequence[b.Block] = (), forms: Sequence[b.Block] = (), code: str = "", can_leave: bool = False, trouble: str = "") -> View:
    hello = f"Welcome, {name}." if name else "Welcome."
    modes = [("practice", "Practice: feedback after each answer", {"type": "mode", "mode": "practice"}),
             ("assessment", "Assessment: feedback at the end", {"type": "mode", "mode": "assessment"})]
    return b.view("Scenarios", f"home {mode}", [
        b.heading("Choose a scenario", focus=True, kicker=hello),
        *_trouble(trouble),
        *([b.entries("Your role-plays", list(roleplays))] if roleplays else []),
        *forms,
        b.choice("How do you want to play?", modes, mode),
        b.entries("Scenarios", [_scenario_entry(s, playbook, played, mode) for s in ready]) if ready
        else b.notice("No scenario is ready yet. Whoever runs this workshop can see why with `kit check`.", tone="warn"),
        b.actions([b.action("Read the playbook", {"type": "open", "screen": "playbook"}),
                   b.action("Your history", {"type": "open", "screen": "history"}),
                   b.action("Change your name", {"type": "open", "screen": "welcome"}),
                   *([b.action("Go on on another device", {"type": "code"}), b.action("Not me", {"type": "leave"})] if can_leave else [])]),
        *([b.notice(f"Your resume code is {grouped(code)}. Type it on the other device when you come in; it works once. It is not shown again.", tone="good")] if code else []),
    ], screen="home", say=f"Your resume code is {' '.join(code)}." if code else "")


def _scenario_entry(scenario: Scenario, playbook: Playbook, played: list[Played], mode: str) -> b.Block:
    mine = [p for p in played if p.run.scenario.id == scenario.id]
    unfinished = next((p for p in reversed(mine) if not p.run.is_over), None)
    first = next((p for p in mine if p.is_first), None)
    facts = f"{playbook.cause[scenario.cause].title} · {WHO_WORDS[scenario.who]} · {LEVEL_WORDS[scenario.level]} · about {scenario.minutes} minutes"
    about = scenario.title
    if unfinished:
        at = len(unfinished.run.picks) + 1
        state = f"In progress: scene {at}, {MODE_WORDS[unfinished.mode].lower()}"
        does = [b.action("Go on", {"type": "resume", "run": unfinished.id}, primary=True, about=about)]
    elif first:
        result = score(first.run)
        state = f"Finished: {result.value:.0f} of 100 the first time, {result.band.title.lower()}"
        does = [b.action("See the result", {"type": "result", "run": first.id}, about=about),
                b.action("Play again", {"type": "play", "scenario": scenario.id, "mode": mode}, about=about)]
    else:
        state = "Not played yet"
        does = [b.action("Play", {"type": "play", "scenario": scenario.id, "mode": mode}, primary=True, about=about)]
    return b.entry(scenario.title, facts=facts, words=scenario.summary or "", state=state, does=does)


# --- playing ----------------------------------------------------------------------------------------------

_BUTTONS = {"choose": "Choose this", "best_and_worst": "Name these two", "compose": "Send it like this", "order": "In this order", "write": "That is what I would say"}
_HINTS = {
    "choose": "Keys 1 to 5 choose, Enter confirms.",
    "best_and_worst": "Mark one as best and another as worst.",
    "compose": "Add the parts that belong, leave out the rest, and put them in order.",
    "order": "Move the steps until the order is right.",
    "write": "This is not scored by the machine. You check it yourself afterwards.",
}


def numbered(shown: tuple[str, ...]) -> dict[str, str]:
    """The numbers by which the browser names the options, and what they stand for."""
    return {str(n): part for n, part in enumerate(shown, start=1)}


def answer_named(run: Run, given: object) -> object:
    """The answer that the browser named by numbers, as ids; free words stay as they are. Raises Refused."""
    if run.scene is None or isinstance(run.scene, Write):
        return given
    ids = numbered(run.shown)
    if not isinstance(given, list) or not all(isinstance(g, str) and g in ids for g in given):
        raise Refused("That is not one of the answers to this scene.")
    return [ids[g] for g in given]


def scene(run: Run, *, run_id: str, mode: str, trouble: str = "") -> View:
    """The scene that waits for an answer."""
    here, step = run.scene, len(run.picks) + 1
    assert here is not None
    text_of = {part.id: part.text for part in here.parts}
    ask = b.ask(here.ask, here.question, [(n, text_of[i]) for n, i in numbered(run.shown).items()],
                run=run_id, step=step, button=_BUTTONS[here.ask], hint=_HINTS[here.ask],
                sure=list(SURE_WORDS.items()) if mode.startswith("form") and not isinstance(here, Write) else None)
    return b.view(f"{run.scenario.title}, scene {step}", f"{run_id} {step}", [
        *_scene_head(run, here, step, mode, run.trust, focus=True),
        *(_who_is_who(run.scenario) if step == 1 else []),
        *_what_happens(here),
        *_trouble(trouble),
        ask,
        _leave(),
    ], screen="scene")


def feedback(run: Run, *, run_id: str, mode: str, trouble: str = "") -> View:
    """What the last pick brought: in practice with its reasons, in an assessment the client's reply alone."""
    step = run.steps[-1]
    made = note(step, run.playbook)
    shown = [*_reply(run.scenario, made)]
    if mode == "practice":
        shown += [*_trust_change(made, run.playbook), _reasons(made)]
    onward = b.action("See how it ends" if run.is_over else "Go on", {"type": "next", "run": run_id, "step": step.number}, primary=True)
    return b.view(f"{run.scenario.title}, after scene {step.number}", f"{run_id} {step.number} said", [
        *_scene_head(run, step.scene, step.number, mode, step.trust if mode == "practice" else None),
        b.details("The scene again", [*_what_happens(step.scene), b.text(step.scene.question)]),
        b.heading("How it goes on" if isinstance(step.scene, Write) else "What happens", level=3, focus=True),
        *shown,
        *_trouble(trouble),
        b.actions([onward]),
        _leave(),
    ], say=made.reply, screen="feedback")


def _scene_head(run: Run, here: AnyScene, number: int, mode: str, trust: int | None, *, focus: bool = False) -> list[b.Block]:
    cause = run.playbook.cause[run.scenario.cause].title
    of = f" of about {len(run.picks) + scenes_left(run)}" if mode == "practice" else ""   # a longer way would tell of a mistake
    kicker = f"{cause} · scene {number}{of}{'' if mode == 'practice' else f' · {MODE_WORDS[mode].lower()}'}"
    head = [b.heading(run.scenario.title, focus=focus, kicker=kicker)]
    if mode == "practice" and trust is not None:
        head.append(b.meter("The client's trust", trust, MOST_TRUST, run.playbook.trust_word(trust)))
    return head


def _who_is_who(scenario: Scenario) -> list[b.Block]:
    shown = [b.text(scenario.role)] if scenario.role else []
    if scenario.client:
        client = scenario.client
        facts = ", ".join(filter(None, [client.name, client.business]))
        shown.append(b.text(f"Your client: {facts}." + (f" With you: {client.together}." if client.together else "")))
    return [b.card(shown, label="Who is who")] if shown else []


def _what_happens(here: AnyScene) -> list[b.Block]:
    return [b.text(here.situation), *([b.talk([(t.who, t.words) for t in here.talk])] if here.talk else [])]


def _reply(scenario: Scenario, made: Note) -> list[b.Block]:
    said = b.quote("You said" if isinstance(made.scene, Write) else "Your answer", made.said, ordered=made.scene.ask in ("order", "compose"))
    return [said, *([b.text(made.reply)] if made.reply else [])]


def _trust_change(made: Note, playbook: Playbook) -> list[b.Block]:
    change = made.trust - made.trust_before
    if isinstance(made.scene, Write):
        return []
    words = "Trust stays where it was" if not change else f"Trust {'rises' if change > 0 else 'falls'} by {abs(change)}"
    return [b.text(f"{words}: {made.trust} of {MOST_TRUST}, {playbook.trust_word(made.trust)}.", small=True)]


def _reasons(made: Note) -> b.Block:
    """The feedback card: why, the rules, better words, and what they rest on."""
    if isinstance(made.scene, Write):
        return _self_check(made)
    shown = [b.text(made.feedback), _chips(made)]
    if made.better:
        label = {"order": "The order that works", "best_and_worst": "Better named", "compose": "What would have carried further"}.get(made.scene.ask, "Better here")
        shown.append(b.quote(label, made.better, ordered=made.scene.ask in ("order", "compose")))
    tempting = _tempting(made)
    if tempting:
        shown.append(b.text(f"Why one might say it: {tempting}", small=True))
    shown.append(_sources(made.cited))
    return b.card(shown, tone=_tone(made), label=_headline(made))


def _self_check(made: Note) -> b.Block:
    return b.card([b.text("Hold your words against these, one by one:"),
                   b.bullets([rule.title for rule in made.kept]), b.quote("One way to say it", made.better)], label="Check it yourself")


def _headline(made: Note) -> str:
    if any(rule.red_line for rule in made.broken):
        return "A red line"
    if made.lost < 1e-9:
        return "That held"
    if made.broken:
        return "That cost something"
    return "Something was left out"


def _tone(made: Note) -> str:
    if any(rule.red_line for rule in made.broken):
        return "bad"
    return "good" if made.lost < 1e-9 else "warn"


def _chips(made: Note) -> b.Block:
    broken = [("red line" if r.red_line else "broken", r.title) for r in made.broken]
    return b.chips([*broken, *[("missed", r.title) for r in made.missed], *[("kept", r.title) for r in made.kept]])


def _tempting(made: Note) -> str:
    if made.scene.ask not in ("choose", "best_and_worst") or not made.better:
        return ""
    picked = next((o for o in made.scene.parts if made.said[0].removeprefix("Best: ") == o.text), None)
    return (picked.tempting or "") if picked else ""


def _sources(items: tuple[Any, ...]) -> b.Block:
    return b.sources([(c.says, f"{c.source}, {c.at}") for c in items])


def _leave() -> b.Block:
    return b.actions([b.action("Back to the scenarios", {"type": "open", "screen": "home"}), b.action("Playbook", {"type": "open", "screen": "playbook"})])


# --- the result -------------------------------------------------------------------------------------------

def result(played: Played, *, ready: tuple[Scenario, ...] = (), trouble: str = "") -> View:
    """Band and score with its margin, why, what to work on (and in which of the `ready` scenarios), scene by scene."""
    run, made = played.run, score(played.run)
    again = b.action("Play it again", {"type": "play", "scenario": run.scenario.id, "mode": played.mode}, about=run.scenario.title)
    return b.view(f"{run.scenario.title}: result", f"{played.id} result", [
        *_result_blocks(played, made, ready),
        *_trouble(trouble),
        b.actions([again, b.action("Print", {"type": "print"}), b.action("Save as a page", {"type": "save", "run": played.id}),
                   b.action("Back to the scenarios", {"type": "open", "screen": "home"}, primary=True)]),
    ], say=sentence(made), screen="result")


def _result_blocks(played: Played, made: Score, ready: tuple[Scenario, ...]) -> list[b.Block]:
    run, ending = played.run, played.run.ending
    assert ending is not None
    return [
        b.heading(ending.title, focus=True, kicker=f"{run.scenario.title} · how it ended"),
        b.text(ending.text),
        *_what_they_felt(run.scenario),
        *_red_lines(made, run.playbook),
        *_score_blocks(played, made),
        *_strength_blocks(run, made),
        *_work_on_blocks(run, made, ready),
        b.heading("Scene by scene", level=3),
        *[_scene_by_scene(step, run.playbook) for step in run.steps],
    ]


def _what_they_felt(scenario: Scenario) -> list[b.Block]:
    client = scenario.client
    if not client or not (client.wants or client.feels):
        return []
    parts = [f"wanted {client.wants}" if client.wants else "", f"felt {client.feels}" if client.feels else ""]
    return [b.text(f"What {client.name} did not say: {client.name.split()[0]} {' and '.join(filter(None, parts))}.", small=True)]


def _red_lines(made: Score, playbook: Playbook) -> list[b.Block]:
    return [b.notice(f"A red line was crossed: {playbook.rule[name].title} Such a run is not above the pass mark, whatever its score.", tone="bad")
            for name in made.red_lines]


def _score_blocks(played: Played, made: Score) -> list[b.Block]:
    practice = "" if played.is_first else "This was not your first run of this scenario, so it counts as practice."
    shown = [
        b.heading(f"{made.band.title}: {made.value:.0f} of 100", level=3),
        b.scale("Score", round(made.value, 1), round(made.low, 1), round(made.high, 1), made.pass_mark, "pass mark"),
        b.text(f"{sentence(made)} {made.band.says}"),
        b.text(" ".join(filter(None, [margin_sentence(made), practice])), small=True),
    ]
    items = [(_competency(played.run.playbook, c.competency), c.share if c.occasions >= LEAST_OCCASIONS else None,
              f"kept {c.kept}, missed {c.missed}, broken {c.broken}") for c in made.competencies]
    return [b.card(shown), b.bars("By competency (a bar from three occasions on)", items)]


def _competency(playbook: Playbook, name: str) -> str:
    return next(c.title for c in playbook.competencies if c.id == name)


def _strength_blocks(run: Run, made: Score) -> list[b.Block]:
    held = strengths(run, made)
    return [b.heading("What held", level=3), b.bullets([rule.title for rule in held])] if held else []


def _work_on_blocks(run: Run, made: Score, ready: tuple[Scenario, ...]) -> list[b.Block]:
    todo = work_on(run, made)
    if not todo:
        return [b.notice("Nothing was lost in this run. Try it from the other side: a scenario in which you are the one who ends it.", tone="good")]
    shown = [b.heading("To work on", level=3)]
    for item in todo:
        where = "scene " + ", ".join(map(str, item.scenes)) if len(item.scenes) == 1 else "scenes " + ", ".join(map(str, item.scenes))
        shown.append(b.card([b.text(item.rule.do), *([b.quote("Words to try", item.words)] if item.words else []),
                             _sources(cited(item.rule.rests_on[:1], run.playbook)), *_practise(item.rule, run.scenario, ready)],
                            label=f"{item.rule.title} ({where})"))
    return shown


def _practise(rule: Rule, here: Scenario, ready: tuple[Scenario, ...]) -> list[b.Block]:
    """A button that starts another scenario in which the rule can be kept, if there is one."""
    other = next((s for s in ready if s.id != here.id and rule.id in s.can_keep), None)
    if other is None:
        return []
    return [b.actions([b.action(f"Practise it in “{other.title}”", {"type": "play", "scenario": other.id, "mode": "practice"}, about=rule.title)])]


def _scene_by_scene(step: Step, playbook: Playbook) -> b.Block:
    made = note(step, playbook)
    if isinstance(step.scene, Write):
        summary = f"{step.number}. {step.scene.question} Your own words; not scored."
    else:
        broke = f", and broke {made.broke:g}" if made.broke else ""
        summary = f"{step.number}. {step.scene.question} Kept {round(made.kept_weight, 1):g} of {made.stake:g}{broke}."
    return b.details(summary, [b.text(step.scene.situation, small=True), *_reply_in_result(made), _reasons(made)])


def _reply_in_result(made: Note) -> list[b.Block]:
    return [b.quote("Your answer", made.said, ordered=made.scene.ask in ("order", "compose")), *([b.text(made.reply)] if made.reply else [])]


# --- playbook and history ---------------------------------------------------------------------------------

def playbook_view(playbook: Playbook, *, back: b.Message) -> View:
    """The playbook to read: rules by competency, tensions, sources."""
    shown = [b.heading("The playbook", focus=True), b.text("What to do when a client relationship ends, and which article says so."),
             b.actions([b.action("Back", back, primary=True)])]
    for competency in playbook.competencies:
        shown += [b.heading(competency.title, level=3), b.text(competency.says)]
        shown += [_rule(rule, playbook) for rule in playbook.rules if rule.competency == competency.id]
    shown += [b.heading("Where the advice pulls two ways", level=3)]
    shown += [b.details(t.pull, [b.text(t.settled), b.bullets([t.sides.a + ".", t.sides.b + "."]),
                                 _sources(cited(t.between, playbook))]) for t in playbook.tensions]
    shown += [b.heading("The articles", level=3)]
    shown += [b.details(s.title, [b.text(s.gist), b.sources([(c.says, c.at) for c in s.claims])]) for s in playbook.sources]
    return b.view("The playbook", "playbook", [*shown, b.actions([b.action("Back", back, primary=True)])], screen="playbook")


def _rule(rule: Rule, playbook: Playbook) -> b.Block:
    when = ", ".join(PHASE_WORDS[phase] for phase in rule.phase)
    facts = f"Weight {rule.weight} · {when}" + ("" if rule.who == "both" else f" · when {WHO_WORDS[rule.who]}")
    shown = [*([b.notice("A red line: a run that crosses it is not above the pass mark.", tone="bad")] if rule.red_line else []),
             b.text(rule.why), b.text(f"Do: {rule.do}"), b.text(f"Don't: {rule.dont}"),
             *([b.text(f"Unless: {rule.unless.says}")] if rule.unless else []), b.text(facts, small=True),
             _sources(cited(rule.rests_on, playbook))]
    return b.details(rule.title, shown)


def history(played: list[Played], *, trouble: str = "") -> View:
    shown: list[b.Block] = [b.heading("Your history", focus=True), *_trouble(trouble)]
    if played:
        shown.append(b.entries("Runs, latest first", [_history_entry(p) for p in reversed(played)]))
    else:
        shown.append(b.text("You have not played yet."))
    return b.view("Your history", "history", [*shown, b.actions([b.action("Back to the scenarios", {"type": "open", "screen": "home"}, primary=True)])], screen="history")


def _history_entry(played: Played) -> b.Block:
    when = played.started_at[:16].replace("T", " ") + " UTC"
    facts = f"{when} · {MODE_WORDS[played.mode].lower()}"
    if not played.run.is_over:
        go_on = b.action("Go on", {"type": "resume", "run": played.id}, about=played.run.scenario.title)
        return b.entry(played.run.scenario.title, facts=facts, state=f"In progress: scene {len(played.run.picks) + 1}", does=[go_on])
    made = score(played.run)
    state = f"{made.value:.0f} of 100, {made.band.title.lower()} · {'first run' if played.is_first else 'practice'}"
    see = b.action("See the result", {"type": "result", "run": played.id}, about=f"{played.run.scenario.title}, {when}")
    return b.entry(played.run.scenario.title, facts=facts, state=state, does=[see])


def trouble_view(words: str) -> View:
    """When nothing else can be shown."""
    return b.view("High Note", "trouble", [b.heading("This does not work at the moment", focus=True), b.notice(words, tone="bad")], screen="trouble")


def with_trouble(view: View, words: str) -> View:
    """The same screen, and what went wrong, at its end, where the button was pressed."""
    return {**view, "blocks": [*view["blocks"], *_trouble(words)]}


def _trouble(words: str) -> list[b.Block]:
    return [b.notice(words, tone="bad")] if words else []

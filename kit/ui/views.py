"""A trainee's screens as views: pure functions of a run and of what is known about it.

Nothing that has not been earned is in a view: before a pick there is no key in it (not even the options'
ids, which may give it away), and in an assessment nothing but the client's reply until the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.codes import grouped
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Scenario, Write
from kit.content.values import MOST_TRUST
from kit.play.answer import Refused
from kit.play.debrief import Note, note
from kit.play.run import Run
from kit.play.score import scenes_left, score
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
    """What the list and the page over time need of a stored run."""

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
        *trouble_notice(trouble),
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
        *trouble_notice(trouble),
        *([b.entries("Your role-plays", list(roleplays))] if roleplays else []),
        *forms,
        b.choice("How do you want to play?", modes, mode),
        b.entries("Scenarios", [_scenario_entry(s, playbook, played, mode) for s in ready]) if ready
        else b.notice("No scenario is ready yet. Whoever runs this workshop can see why with `kit check`.", tone="warn"),
        b.actions([b.action("Read the playbook", {"type": "open", "screen": "playbook"}),
                   *([b.action("Your progress", {"type": "open", "screen": "progress"})] if any(p.run.is_over for p in played) else []),
                   b.action("Change your name", {"type": "open", "screen": "welcome"}),
                   *([b.action("Go on on another device", {"type": "code"}), b.action("Not me", {"type": "leave"})] if can_leave else [])]),
        *([b.notice(f"Your resume code is {grouped(code)}. Type it on the other device when you come in; it works once. It is not shown again.", tone="good")] if code else []),
    ], screen="home", say=f"Your resume code is {' '.join(code)}." if code else "", at={"type": "open", "screen": "home"})


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
    return b.spoken(scenario.language_tag, b.entry(scenario.title, facts=facts, words=scenario.summary or "", state=state, does=does))[0]


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
        *(who_is_who(run.scenario) if step == 1 else []),
        *what_happens(here, run.scenario.language_tag),
        *trouble_notice(trouble),
        *b.spoken(run.scenario.language_tag, ask),
        _leave(),
    ], screen="scene")


def feedback(run: Run, *, run_id: str, mode: str, trouble: str = "") -> View:
    """What the last pick brought: in practice with its reasons, in an assessment the client's reply alone."""
    step, language = run.steps[-1], run.scenario.language_tag
    made = note(step, run.playbook)
    shown = reply(made, language)
    if mode == "practice":
        shown += [*trust_change(made, run.playbook), reasons(made, language)]
    onward = b.action("See how it ends" if run.is_over else "Go on", {"type": "next", "run": run_id, "step": step.number}, primary=True)
    return b.view(f"{run.scenario.title}, after scene {step.number}", f"{run_id} {step.number} said", [
        *_scene_head(run, step.scene, step.number, mode, step.trust if mode == "practice" else None),
        b.details("The scene again", [*what_happens(step.scene, language), *b.spoken(language, b.text(step.scene.question))]),
        b.heading("How it goes on" if isinstance(step.scene, Write) else "What happens", level=3, focus=True),
        *shown,
        *trouble_notice(trouble),
        b.actions([onward]),
        _leave(),
    ], say=made.reply, screen="feedback")


def _scene_head(run: Run, here: AnyScene, number: int, mode: str, trust: int | None, *, focus: bool = False) -> list[b.Block]:
    cause = run.playbook.cause[run.scenario.cause].title
    of = f" of about {len(run.picks) + scenes_left(run)}" if mode == "practice" else ""   # a longer way would tell of a mistake
    kicker = f"{cause} · scene {number}{of}{'' if mode == 'practice' else f' · {MODE_WORDS[mode].lower()}'}"
    head = b.spoken(run.scenario.language_tag, b.heading(run.scenario.title, focus=focus, kicker=kicker))
    if mode == "practice" and trust is not None:
        head.append(b.meter("The client's trust", trust, MOST_TRUST, run.playbook.trust_word(trust)))
    return head


def who_is_who(scenario: Scenario) -> list[b.Block]:
    shown = b.spoken(scenario.language_tag, b.text(scenario.role)) if scenario.role else []
    if scenario.client:
        client = scenario.client
        facts = ", ".join(filter(None, [client.name, client.business]))
        shown.append(b.text(f"Your client: {facts}." + (f" With you: {client.together}." if client.together else "")))
    return [b.card(shown, label="Who is who")] if shown else []


def what_happens(here: AnyScene, language: str) -> list[b.Block]:
    return b.spoken(language, b.text(here.situation), *([b.talk([(t.who, t.words) for t in here.talk])] if here.talk else []))


def reply(made: Note, language: str) -> list[b.Block]:
    said = b.quote("You said" if isinstance(made.scene, Write) else "Your answer", made.said, ordered=made.scene.ask in ("order", "compose"))
    return b.spoken(language, said, *([b.text(made.reply)] if made.reply else []))


def trust_change(made: Note, playbook: Playbook) -> list[b.Block]:
    change = made.trust - made.trust_before
    if isinstance(made.scene, Write):
        return []
    words = "Trust stays where it was" if not change else f"Trust {'rises' if change > 0 else 'falls'} by {abs(change)}"
    return [b.text(f"{words}: {made.trust} of {MOST_TRUST}, {playbook.trust_word(made.trust)}.", small=True)]


def reasons(made: Note, language: str) -> b.Block:
    """The feedback card: why, the rules, better words, and what they rest on. The scenario's words are in this language."""
    if isinstance(made.scene, Write):
        return _self_check(made, language)
    shown = [*b.spoken(language, b.text(made.feedback)), _chips(made)]
    if made.better:
        label = {"order": "The order that works", "best_and_worst": "Better named", "compose": "What would have carried further"}.get(made.scene.ask, "Better here")
        shown += b.spoken(language, b.quote(label, made.better, ordered=made.scene.ask in ("order", "compose")))
    tempting = _tempting(made)
    if tempting:
        shown.append(b.text(f"Why one might say it: {tempting}", small=True))
    shown.append(sources(made.cited))
    return b.card(shown, tone=_tone(made), label=_headline(made))


def _self_check(made: Note, language: str) -> b.Block:
    return b.card([b.text("Hold your words against these, one by one:"),
                   b.bullets([rule.title for rule in made.kept]), *b.spoken(language, b.quote("One way to say it", made.better))], label="Check it yourself")


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


def sources(items: tuple[Any, ...]) -> b.Block:
    return b.sources([(c.says, f"{c.source}, {c.at}") for c in items])


def _leave() -> b.Block:
    return b.actions([b.action("Back to the scenarios", {"type": "open", "screen": "home"}), b.action("Playbook", {"type": "open", "screen": "playbook"})])


def trouble_view(words: str) -> View:
    """When nothing else can be shown."""
    return b.view("High Note", "trouble", [b.heading("This does not work at the moment", focus=True), b.notice(words, tone="bad")], screen="trouble")


def with_trouble(view: View, words: str) -> View:
    """The same screen, and what went wrong, at its end, where the button was pressed."""
    return {**view, "blocks": [*view["blocks"], *trouble_notice(words)]}


def trouble_notice(words: str) -> list[b.Block]:
    return [b.notice(words, tone="bad")] if words else []

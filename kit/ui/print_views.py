"""A scenario on paper: everything a facilitator needs when the projector is dead, and a handout without the key. Pure; plays nothing."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import shorten
from typing import Any

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Block, Choose, Compose, Ending, Option, Order, Outcome, RolePlay, Scenario, SharedOutcome, Write
from kit.content.values import MOST_TRUST
from kit.play.answer import best_answer, judge, shown_order
from kit.play.debrief import cited
from kit.ui import blocks as b
from kit.ui.rating_views import phases
from kit.ui.views import LEVEL_WORDS, PHASE_WORDS, WHO_WORDS

View = dict[str, Any]
SEED = "paper"   # of the order of the options: the handout and the key must go by the same letters
LETTERS = "ABCDEFGHI"
HINTS = {
    "choose": "Choose one.", "best_and_worst": "Name the best one and the worst one.", "compose": "Which of these belong, and in which order?",
    "order": "Put all of them in order.", "write": "Write it down in your own words.",
}
BY_HAND = ("What an order keeps: all, less twice the share of the pairs of steps that stand the wrong way round. What a choice of parts keeps: their worth together, "
           "as a share of what is to keep; up to a fifth less where their order is wrong.")
BLANK = "_" * 20


def letters(scene: AnyScene) -> dict[str, str]:
    """The letter of each option, block or step on paper, in the order in which they stand there."""
    return dict(zip(shown_order(scene, SEED), LETTERS, strict=False))


def everything(scenario: Scenario, playbook: Playbook, drawings: Sequence[b.Block]) -> View:
    """For the facilitator, and sheets to hand out. `drawings` are the pictures of the branch map."""
    parts = [_map(scenario, drawings), _scenes(scenario), _key(scenario, playbook), *_roleplay(scenario, playbook), *_debrief(scenario)]
    return b.view(f"{scenario.title}: on paper", "print", [*_cover(scenario, playbook), *[block for part in parts for block in part]], screen="print")


def handout(scenario: Scenario) -> View:
    """For a trainee: who is who and the scenes. Nothing of the key, nor what an answer brings, nor how it ends."""
    head = [b.heading(scenario.title, kicker="Handout"), *_role(scenario), b.text(
        "Read scene 1, decide, and say your letter. You will be told what happens, and which scene comes next: read no other one before.")]
    return b.view(f"{scenario.title}: handout", "handout", [*head, *_asked(scenario)], screen="print")


# --- the front --------------------------------------------------------------------------------------------------

def _cover(scenario: Scenario, playbook: Playbook) -> list[b.Block]:
    facts = [f"Why it ends: {playbook.cause[scenario.cause].title}", f"Whose decision: {WHO_WORDS[scenario.who]}", f"Level: {LEVEL_WORDS[scenario.level]}",
             f"About {scenario.minutes} minutes", f"The client's trust at the start: {scenario.trust} of {MOST_TRUST}, {playbook.trust_word(scenario.trust)}"]
    return [
        b.heading(scenario.title, kicker="On paper · for the facilitator"),
        *([b.notice("This scenario is a draft.", tone="warn")] if scenario.status == "draft" else []),
        *([b.text(scenario.summary)] if scenario.summary else []),
        b.bullets(facts), *_role(scenario), *_behind(scenario),
        b.heading("How to play it on paper", level=3),
        b.bullets(["Give everybody the handout (kit print with --handout), or read the scenes aloud. The letters are the same.",
                   "After each scene let the room vote by letter. Look the letter up in the key: read out what happens, say why, then go where it leads.",
                   f"Keep the client's trust on a flip chart: it begins at {scenario.trust}, and never leaves 0 to {MOST_TRUST}. It decides how the story ends.",
                   "Print on one side only: each part begins a new sheet, so the briefs and the rating sheet can be handed out."]),
        b.text(f"Parts: {', '.join(_parts(scenario))}.", small=True),
    ]


def _parts(scenario: Scenario) -> list[str]:
    played = ["the trainee's brief", "the client's brief", "the rating sheet"] if scenario.roleplay else []
    return ["branch map", "the scenes", "the key", *played, *(["questions for the debrief"] if scenario.debrief else [])]


def _role(scenario: Scenario) -> list[b.Block]:
    client = scenario.client
    facts = [scenario.role or "", f"Your client: {', '.join(filter(None, [client.name, client.business]))}." if client else "",
             f"With you: {client.together}." if client and client.together else ""]
    return [b.card([b.text(fact) for fact in facts if fact], label="Who is who")] if any(facts) else []


def _behind(scenario: Scenario) -> list[b.Block]:
    """What the facilitator knows of the client and the trainee does not."""
    client = scenario.client
    facts = [f"Wants: {client.wants}" if client and client.wants else "", f"Feels: {client.feels}" if client and client.feels else ""]
    return [b.card([b.bullets([fact for fact in facts if fact])], label="What moves the client")] if any(facts) else []


def _part(title: str, scenario: Scenario, *, about: str = "") -> b.Block:
    """The heading of a part, which begins a sheet."""
    return b.heading(title, kicker=" · ".join(filter(None, [scenario.title, about])), sheet=True)


def _map(scenario: Scenario, drawings: Sequence[b.Block]) -> list[b.Block]:
    return [_part("Branch map", scenario), b.text("Bold: the best path. Dashed: nobody gets there.", small=True), *drawings]


def ways(scenario: Scenario, scene: AnyScene) -> str:
    """Where a scene's answers lead, in one line: `2. silence: A, C to scene 3; B to scene 4`."""
    if isinstance(scene, Write):
        answers = [("any answer", scene.next)]
    elif isinstance(scene, Choose | BestAndWorst):
        by_letter = letters(scene)
        answers = [(by_letter[option.id], option.next) for option in sorted(scene.options, key=lambda option: by_letter[option.id])]
    else:
        answers = [(_share(outcome), outcome.next) for outcome in scene.outcomes]
    led = [(_leads(scenario, scene, next_), words) for words, next_ in answers]
    if len({place for place, _ in led}) == 1:
        return f"{_number(scenario, scene)}. {scene.id}: any answer to {led[0][0]}"
    together = {place: ", ".join(words for other, words in led if other == place) for place, _ in led}
    return f"{_number(scenario, scene)}. {scene.id}: {'; '.join(f'{words} to {place}' for place, words in together.items())}"


def _number(scenario: Scenario, scene: AnyScene) -> int:
    return list(scenario.scene).index(scene.id) + 1


def _leads(scenario: Scenario, scene: AnyScene, named: str | None) -> str:
    target = scenario.target(scene.id, named)
    if target in scenario.scene:
        return f"scene {_number(scenario, scenario.scene[target])}"
    if target in scenario.ending:
        return f"the ending “{scenario.ending[target].title}”"
    return f"the ending “{scenario.endings[0].title}”" if not any(e.trust for e in scenario.endings) else "the ending that fits the trust"


# --- the scenes -------------------------------------------------------------------------------------------------

def _scenes(scenario: Scenario) -> list[b.Block]:
    return [_part("The scenes", scenario), *_asked(scenario)]


def _asked(scenario: Scenario) -> list[b.Block]:
    return [block for scene in scenario.scenes for block in _scene(scenario, scene)]


def _scene(scenario: Scenario, scene: AnyScene) -> list[b.Block]:
    text_of = {part.id: part.text for part in scene.parts}
    parts = [b.text(f"{letter}.  {_one_line(text_of[part])}") for part, letter in letters(scene).items()]
    return [
        b.heading(f"Scene {_number(scenario, scene)}", level=3, kicker=PHASE_WORDS[scene.phase].capitalize() if scene.phase else ""),
        b.text(scene.situation), *([b.talk([(turn.who, turn.words) for turn in scene.talk])] if scene.talk else []),
        b.card([*parts, b.text(HINTS[scene.ask], small=True)], label=scene.question),
    ]


def _one_line(words: str) -> str:
    return " ".join(words.split())


# --- the key ----------------------------------------------------------------------------------------------------

def _key(scenario: Scenario, playbook: Playbook) -> list[b.Block]:
    claims = sorted({claim for scene in scenario.scenes for outcome in _outcomes(scene) for claim in outcome.cites})
    return [
        _part("The key", scenario, about="not for trainees"),
        b.text("An answer is worth the weights of the rules it keeps, less the weights of those it breaks.", small=True),
        *([b.text(BY_HAND, small=True)] if any(isinstance(scene, Compose | Order) for scene in scenario.scenes) else []),
        *[block for scene in scenario.scenes for block in _solved(scenario, scene, playbook)],
        b.heading("How it ends", level=3), *[_ending(ending) for ending in scenario.endings],
        *([b.heading("What the key rests on", level=3), b.sources([(f"{c.claim}: {c.says}", f"{c.source}, {c.at}") for c in cited(claims, playbook)])] if claims else []),
    ]


def _outcomes(scene: AnyScene) -> tuple[Outcome, ...]:
    if isinstance(scene, Write):
        return ()
    return scene.options if isinstance(scene, Choose | BestAndWorst) else scene.outcomes


def _solved(scenario: Scenario, scene: AnyScene, playbook: Playbook) -> list[b.Block]:
    stake = judge(scene, best_answer(scene, playbook), playbook).stake
    kicker = "Not scored by the machine" if isinstance(scene, Write) else f"{_best(scene, playbook)} · {stake:g} to keep"
    head = b.heading(f"Scene {_number(scenario, scene)}: {scene.question}", level=3, kicker=kicker)
    if isinstance(scene, Write):
        return [head, *_written(scenario, scene, playbook)]
    if isinstance(scene, Choose | BestAndWorst):
        by_letter = letters(scene)
        return [head, *[_option(scenario, scene, option, by_letter[option.id], playbook) for option in sorted(scene.options, key=lambda o: by_letter[o.id])]]
    belongs = _blocks(scene, playbook) if isinstance(scene, Compose) else [b.chips([("kept", playbook.rule[name].title) for name in scene.keeps])]
    return [head, *belongs, *[_shared(scenario, scene, outcome, playbook) for outcome in scene.outcomes]]


def _best(scene: AnyScene, playbook: Playbook) -> str:
    """The best answer, by letters."""
    by_letter, best = letters(scene), best_answer(scene, playbook)
    if isinstance(scene, Order | Compose):
        place = {part.id: part.place or len(LETTERS) for part in scene.parts}
        steps = [" or ".join(sorted(by_letter[part] for part in group)) for _, group in groupby(best, key=lambda part: place[part])]
        return f"Best: {', then '.join(steps)}"
    return f"Best: {by_letter[best[0]]}" + (f", worst: {by_letter[best[1]]}" if isinstance(scene, BestAndWorst) else "")


def _option(scenario: Scenario, scene: AnyScene, option: Option, letter: str, playbook: Playbook) -> b.Block:
    worth, is_best = playbook.worth(option.keeps, option.breaks), option.id == best_answer(scene, playbook)[0]
    tempting = [b.text(f"Why people pick it: {option.tempting}", small=True)] if option.tempting else []
    label = f"{letter} · worth {worth:+d}{' · the best answer' if is_best else ''}"
    return b.card([b.text(shorten(option.text, 90, placeholder=" …"), small=True), *_chips(option.keeps, option.breaks, playbook), *_follows(option), *tempting,
                   b.text(_facts(scenario, scene, option), small=True)], tone="good" if is_best else "", label=label)


def _chips(keeps: Iterable[str], breaks: Iterable[str], playbook: Playbook) -> list[b.Block]:
    kept = [("kept", playbook.rule[name].title) for name in keeps]
    broken = [("red line" if playbook.rule[name].red_line else "broken", playbook.rule[name].title) for name in breaks]
    return [b.chips([*kept, *broken])] if kept or broken else []


def _follows(outcome: Outcome) -> list[b.Block]:
    reply = [b.quote("What happens", (outcome.reply,))] if outcome.reply else []
    return [*reply, *([b.text(outcome.feedback)] if outcome.feedback else [])]


def _facts(scenario: Scenario, scene: AnyScene, outcome: Outcome) -> str:
    trust = f"Trust {outcome.trust:+d}" if outcome.trust else "Trust stays"
    rests = [f"rests on {', '.join(outcome.cites)}"] if outcome.cites else []
    return " · ".join([trust, f"leads to {_leads(scenario, scene, outcome.next)}", *rests])


def _shared(scenario: Scenario, scene: AnyScene, outcome: SharedOutcome, playbook: Playbook) -> b.Block:
    return b.card([*_follows(outcome), b.text(_facts(scenario, scene, outcome), small=True)], label=f"Kept: {_share(outcome)}")


def _share(outcome: SharedOutcome) -> str:
    return f"{outcome.at_least:.0%} or more" if outcome.at_least else "less"


def _blocks(scene: Compose, playbook: Playbook) -> list[b.Block]:
    by_letter = letters(scene)
    rows = [[by_letter[block.id], shorten(block.text, 60, placeholder=" …"), f"place {block.place}" if block.place else "leave it out" if block.breaks else "any place",
             f"{playbook.worth(block.keeps, block.breaks):+d}", _told(block, playbook)]
            for block in sorted(scene.blocks, key=lambda block: by_letter[block.id])]
    return [b.table("What each part does", ["Letter", "Part", "Belongs", "Worth", "Rules"], rows)]


def _told(block: Block, playbook: Playbook) -> str:
    words = [(word, playbook.rule[name].title) for word, names in (("kept", block.keeps), ("broken", block.breaks)) for name in names]
    return "; ".join(f"{word}: {title.rstrip('.')}" for word, title in words)


def _written(scenario: Scenario, scene: Write, playbook: Playbook) -> list[b.Block]:
    rules = [b.text("Check what was written against:", small=True), b.bullets([playbook.rule[name].title for name in scene.rules])]
    return [b.card([b.quote("As it might be said", (scene.model,)), *rules, b.text(f"Leads to {_leads(scenario, scene, scene.next)}", small=True)], label="Own words")]


def _ending(ending: Ending) -> b.Block:
    return b.card([b.text(ending.text)], tone="good" if ending.best else "", label=f"{ending.title} · {when(ending)}{' · the best ending' if ending.best else ''}")


def when(ending: Ending) -> str:
    """What it takes to end so."""
    if ending.trust is None:
        return "where an answer leads to it"
    low, high = ending.trust.low, ending.trust.high
    return f"at a trust of {low}" if low == high else f"at a trust of {low} to {high}"


# --- role-play and debrief --------------------------------------------------------------------------------------

def _roleplay(scenario: Scenario, playbook: Playbook) -> list[list[b.Block]]:
    script = scenario.roleplay
    return [_trainee(scenario, script), _client(scenario, script), _sheet(scenario, script, playbook)] if script else []


def _trainee(scenario: Scenario, script: RolePlay) -> list[b.Block]:
    return [_part("The trainee's brief", scenario, about="for you alone"), b.text(script.trainee), b.text("Whoever plays the client speaks first."), *_time(script)]


def _client(scenario: Scenario, script: RolePlay) -> list[b.Block]:
    return [_part("The client's brief", scenario, about="secret: only for the person who plays the client"), b.text(script.client), b.quote("You open with", (script.opening,)),
            b.heading("How it gets harder, in this order", level=3), b.bullets(list(script.beats)), *_time(script)]


def _time(script: RolePlay) -> list[b.Block]:
    return [b.heading("Time", level=3), b.bullets([f"{name}: {length} minutes" for name, length in phases(script)]),
            b.text(f"Either of you may say “{script.stop_word}” at any time: the play stops for a moment.", small=True)]


def _sheet(scenario: Scenario, script: RolePlay, playbook: Playbook) -> list[b.Block]:
    rules = [playbook.rule[name] for name in script.rules]
    red = [rule for rule in playbook.rules if rule.red_line]
    return [
        _part("Rating sheet", scenario, about="role-play"),
        b.text(f"Trainee {BLANK}  Rater {BLANK}  Day {BLANK[:12]}"),
        b.text("Rate what you see and hear, rule by rule: 1, 3 and 5 are described, 2 and 4 lie between. What the conversation never came to is “not seen”. "
               "A 1 or a 5 needs a line of evidence: what was said or done.", small=True),
        *[b.rate(rule.id, rule.title, rule.anchors.at, value=None, evidence="", send={"type": "rate"}) for rule in rules],
        *([b.ticks("Red lines: tick what was crossed", [(f"{rule.title} ({rule.dont})", False, {"type": "red_line", "rule": rule.id}) for rule in red])] if red else []),
    ]


def _debrief(scenario: Scenario) -> list[list[b.Block]]:
    return [[_part("Questions for the debrief", scenario), b.bullets(list(scenario.debrief))]] if scenario.debrief else []

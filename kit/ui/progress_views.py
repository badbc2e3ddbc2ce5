"""The progress of everybody at the desk as views: pure functions of figures. Nobody is ranked; names stand in the order they came."""

from dataclasses import dataclass
from textwrap import shorten
from typing import Any, Protocol

from kit.stats.few import Share
from kit.ui import blocks as b
from kit.ui.desk_views import REFRESH_SECONDS, View, desk_page
from kit.words import count

PARTS = (("rules", "Rules kept"), ("scenes", "Scene by scene"), ("people", "People over time"), ("time", "Time spent"))
SMALL_N = ("Few answers say little: below 30 there are counts only; from 30 to 59 a share stands with the range in which it could lie (90 %); "
           "from 60 it stands alone. Answers of one person go together, so in truth the range is somewhat wider.")
HOW_KEPT = ("Each cell says how often a rule was kept, of the occasions to keep it; the stronger the tint, the more was kept. "
            "The share of a competency is by the weight of its rules.")
MOST_SITUATION = 200   # characters: enough to know the scene again
NO_TREND = "Different scenarios are not equally hard, and one run says little: look at the ranges before you see a trend."
NOBODY = "Nobody has finished a scenario yet. The figures come by themselves as people finish."


class Count(Protocol):
    """What became of occasions to keep rules."""

    kept: int
    missed: int
    broken: int

    @property
    def figure(self) -> Share: ...


@dataclass(frozen=True)
class Line:
    """A rule or competency: its counts over everything, then for each version of a scenario."""

    title: str
    counts: list[Count]


@dataclass(frozen=True)
class Way:
    """A way through a scene, how many took it, and whether it is the best."""

    words: str
    is_best: bool
    times: int
    figure: Share


@dataclass(frozen=True)
class SceneLine:
    """A scene and the ways through it; none, if it is answered in one's own words or nobody came to it."""

    number: int
    question: str
    situation: str
    ask: str
    answers: int
    ways: list[Way]


@dataclass(frozen=True)
class Somebody:
    """A person, by how many scenarios they finished, how many finished runs they have and when the last of them began."""

    person: str
    called: str
    scenarios: int
    runs: int
    last: str


@dataclass(frozen=True)
class Attempt:
    """A finished run of one person. `margin` says where it lies to the pass mark."""

    at: str
    title: str
    score: float
    low: float
    high: float
    margin: str
    mode: str
    is_first: bool


def version_words(title: str, number: int, of: int, since: str) -> str:
    """A scenario's name; where several versions were played, which one it is and since when."""
    return title if of == 1 else f"{title}, version {number} (since {since[:10]})"


def counted_words(people: int, runs: int) -> str:
    """What the figures are made of."""
    return f"Counted: {count(runs, 'run')} of {count(people, 'person')}. Of each scenario only the first run that somebody finished counts; later ones are practice."


def when_words(at: str) -> str:
    return at[:16].replace("T", " ")


def margin_words(verdict: str, pass_mark: int) -> str:
    """What a score's verdict says, for a row of a table."""
    if not verdict:
        return "too few scenes to say"
    return f"{verdict} the pass mark of {pass_mark}" + (" (red line)" if verdict == "not above" else "")


def score_words(score: float, low: float, high: float, margin: str) -> str:
    """A run's score, never without its margin."""
    return f"{score:.0f} of 100, could be {low:.0f} to {high:.0f}: {margin}"


# --- what was kept ------------------------------------------------------------------------------------------

def rules(room: str, counted: str, versions: list[str], competencies: list[Line], lines: list[Line]) -> View:
    """The cohort by competency and by rule, over everything and for each scenario."""
    if not versions:
        return _progress(room, "rules", [b.text(NOBODY)])
    blocks = [b.text(counted), b.text(HOW_KEPT, small=True), b.text(SMALL_N, small=True)]
    for title, what, some in (("By competency", "Competency", competencies), ("By rule", "Rule", lines)):
        blocks += [b.heading(title, level=3), _heat(what, versions, some), b.details(f"{title}, as a table", [_rows(what, versions, some)])]
    return _progress(room, "rules", blocks)


def _heat(what: str, versions: list[str], lines: list[Line]) -> b.Block:
    rows = [(line.title, [(kept_words(c), c.figure.share) for c in line.counts]) for line in lines]
    return b.heat(f"{what} by scenario: kept", [what, "All scenarios", *versions], rows)


def _rows(what: str, versions: list[str], lines: list[Line]) -> b.Block:
    rows = [[line.title, version, *(str(n) for n in (c.kept, c.missed, c.broken, c.figure.n)), *share_columns(c.figure)]
            for line in lines for version, c in zip(["All scenarios", *versions], line.counts, strict=True) if c.figure.n]
    return b.table(f"{what} by scenario: kept, missed and broken", [what, "Scenario", "Kept", "Missed", "Broken", "Occasions", "Share kept", "From", "To"],
                   rows, name=f"progress-{what.lower()}")


def kept_words(count: Count) -> str:
    return share_words(count.kept, count.figure)


def share_words(times: int, figure: Share) -> str:
    """As much as n carries: counts, a share with its range, or a share."""
    if not figure.n:
        return "–"
    if figure.share is None:
        return f"{times} of {figure.n}"
    margin = f" ({100 * figure.low:.0f} to {100 * figure.high:.0f})" if figure.low is not None and figure.high is not None else ""
    return f"{100 * figure.share:.0f} %{margin} of {figure.n}"


def share_columns(figure: Share) -> list[str]:
    """Share, low and high in per cent; empty where n does not carry them."""
    return ["" if value is None else f"{100 * value:.0f} %" for value in (figure.share, figure.low, figure.high)]


# --- scene by scene -----------------------------------------------------------------------------------------

def scenes(room: str, counted: str, versions: list[tuple[str, str]], chosen: str, lines: list[SceneLine]) -> View:
    """What people picked in each scene of one version (named by its hash) of a scenario, in the scenario's order."""
    if not versions:
        return _progress(room, "scenes", [b.text(NOBODY)])
    switch = b.choice("Which scenario?", [(name, words, {"type": "version", "version": name}) for name, words in versions], chosen)
    rows = [[f"{line.number}. {line.question}", way.words, str(way.times), str(way.figure.n), *share_columns(way.figure), "best" if way.is_best else ""]
            for line in lines for way in line.ways]
    head = ["Scene", "Picked", "How many", "Of", "Share", "From", "To", "Which is"]
    return _progress(room, "scenes", [
        switch, b.text(counted), b.text(SMALL_N, small=True), *(block for line in lines for block in _scene(line)),
        b.details("All scenes, as a table", [b.table("What people picked, scene by scene", head, rows, name="progress-scenes")])], version=chosen)


_HOW = {"choose": "", "best_and_worst": " Counted by the one named best.", "compose": " Counted by what came of it.", "order": " Counted by what came of it."}


def _scene(line: SceneLine) -> list[b.Block]:
    head = b.heading(f"{line.number}. {line.question}", level=3)
    if not line.answers:
        return [head, b.text("Nobody came to this scene.", small=True)]
    people = count(line.answers, "person")
    if line.ask == "write":
        return [head, b.text(f"{people} answered in their own words.", small=True)]
    items = [(way.words, way.figure.share, share_words(way.times, way.figure) + (" · best" if way.is_best else "")) for way in line.ways]
    return [head, b.text(shorten(line.situation, MOST_SITUATION, placeholder=" …"), small=True), b.bars(f"What {people} picked.{_HOW[line.ask]}", items)]


# --- people over time ---------------------------------------------------------------------------------------

def people(room: str, everybody: list[Somebody]) -> View:
    """Everybody, to choose one person's runs from."""
    if not everybody:
        return _progress(room, "people", [b.text("Nobody is in yet.")])
    rows = [[p.called, str(p.scenarios), str(p.runs), when_words(p.last)] for p in everybody]
    see = [[b.action("See the runs", {"type": "person", "person": p.person}, about=p.called)] if p.runs else [] for p in everybody]
    return _progress(room, "people", [
        b.text("Choose somebody to see their finished runs in order of time. People stand in the order in which they came."),
        b.table(f"People: {len(rows)}", ["Name", "Scenarios finished", "Finished runs", "Last one began (UTC)"], rows, actions=see, name="progress-people")])


def person(room: str, who: Somebody, attempts: list[Attempt]) -> View:
    """One person's finished runs, oldest first."""
    kind = ["first run" if a.is_first else "practice" for a in attempts]
    chart = [(f"{when_words(a.at)} · {a.title}", a.score / 100, f"{score_words(a.score, a.low, a.high, a.margin)}; {first}")
             for a, first in zip(attempts, kind, strict=True)]
    rows = [[when_words(a.at), a.title, f"{a.score:.0f}", f"{a.low:.0f}", f"{a.high:.0f}", a.margin, first, a.mode]
            for a, first in zip(attempts, kind, strict=True)]
    head = ["Began (UTC)", "Scenario", "Score of 100", "Could be from", "to", "Pass mark", "Counts as", "Mode"]
    return _progress(room, "people", [
        b.heading(who.called, level=3),
        b.text(NO_TREND),
        b.bars("Scores in order of time", chart), b.details("These runs, as a table", [b.table(f"Finished runs of {who.called}", head, rows, name="progress-runs")]),
        b.actions([b.action("Everybody", {"type": "part", "part": "people"})])], person=who.person)


# --- time spent ---------------------------------------------------------------------------------------------

def time(room: str, counted: str, runs: list[tuple[str, float, int]], scenes_: list[tuple[str, str, float | None, int, int]]) -> View:
    """(scenario, minutes, runs) and (scenario, scene, seconds, answers, left out); times are middle values."""
    if not runs:
        return _progress(room, "time", [b.text(NOBODY)])
    return _progress(room, "time", [
        b.text(counted),
        b.text("Seconds run from when a scene came up, that is from the start or from having read what came before, to its answer. "
               "Whatever took more than 30 minutes is left out: somebody went away. The middle value is the median: half took longer, half took less. "
               "Of a few answers it says little.", small=True),
        b.table("Minutes for a whole run, reading included", ["Scenario", "Minutes, middle value", "Runs"],
                [[title, f"{minutes:.1f}", str(n)] for title, minutes, n in runs], name="progress-minutes"),
        b.table("Seconds to an answer, scene by scene", ["Scenario", "Scene", "Seconds, middle value", "Answers", "Left out"],
                [[title, question, "" if seconds is None else f"{seconds:.0f}", str(n), str(left)] for title, question, seconds, n, left in scenes_],
                name="progress-seconds")])


def _progress(room: str, part: str, shown: list[b.Block], **at: Any) -> View:
    """The page; `at` is what else brings its reader back here. It is the same screen in all its parts, but for one person's."""
    switch = b.choice("What do you want to see?", [(name, words, {"type": "part", "part": name}) for name, words in PARTS], part)
    key = f"progress person {at['person'][:8]}" if "person" in at else "progress"
    return desk_page(room, "Progress", key, [switch, *shown], refresh=REFRESH_SECONDS, at={"type": "desk", "screen": "progress", "part": part, **at})

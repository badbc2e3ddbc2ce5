"""What the race must show, and where a peer is better: sentences from figures. Measures nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from measuring import Figures, shown

from racing.contenders import CONTENDERS

Raw = dict[str, dict[str, Figures]]   # load -> contender -> figures

LOADS = {"1": "one visitor", "10": "10 at once", "30": "30 at once", "30in5s": "30 over five seconds", "10x30": "ten times 30 at once", "chromium1": "one visitor in Chromium"}
FIGURES = {"view p95": ("first view, p95", "s"), "scene p95": ("first scene to answer, p95", "s"), "scene p50": ("first option, median", "s"),
           "feedback p95": ("answer to feedback, p95", "s"), "feedback p50": ("answer to feedback, median", "s"), "CPU s": ("processor a person", "s"),
           "MB each": ("memory for one person more", "MB"), "MB all": ("memory of everything", "MB"), "requests": ("requests", ""), "kB": ("traffic a person", "kB")}
VOILAS = ("cold", "voila", "plain")   # the same notebook on stock Voila, one written for it, and its best case
BETTER = {"10": ("scene p95", "feedback p95", "CPU s", "MB each", "MB all", "requests", "kB"), "chromium1": ("scene p50", "feedback p50", "requests", "kB")}
BETTER["1"] = BETTER["30"] = BETTER["30in5s"] = BETTER["10"]
WHY_MEMORY = ("Memory: Streamlit, Panel and Solara keep everybody in one process, so one person more is some lists and objects. With us, as with any Voila, "
              "each person has a kernel, a process of their own: what goes wrong in one stops nobody else, at the price of these megabytes.")


@dataclass(frozen=True)
class Wanted:
    """A figure of ours beside a peer's: the peer's at least so many times ours, or ours at most so many times the peer's; without a peer, ours at most so much."""

    load: str
    figure: str
    ours: str
    peer: str = ""
    at_least: float = 0
    at_most: float = 0
    is_strict: bool = False   # more than is asked of us: not our first view, but the scene behind it

    def told(self, raw: Raw) -> tuple[bool | None, str]:
        """Whether it is reached (None: not measured), and a sentence."""
        mine, theirs = (raw.get(self.load, {}).get(name, {}).get(self.figure) for name in (self.ours, self.peer))
        what = f"{LOADS[self.load]}, {FIGURES[self.figure][0]}"
        if mine is None or (self.peer and theirs is None):
            return None, f"{what}: {_title(self.ours)}{' and ' + _title(self.peer) if self.peer else ''}"
        unit = FIGURES[self.figure][1]
        said = f"{what}: {_title(self.ours)} {shown(mine)} {unit}"
        if theirs is None:
            return mine <= self.at_most, f"{said}; wanted at most {self.at_most:g} {unit}"
        said += f", {_title(self.peer)} {shown(theirs)} {unit}"
        if self.at_most:
            return mine / theirs <= self.at_most, f"{said}: {shown(mine / theirs)} times as long; wanted at most {self.at_most:g}"
        return theirs / mine >= self.at_least, f"{said}: {shown(theirs / mine)} times; wanted {self.at_least:g}"


def _title(name: str) -> str:
    return CONTENDERS[name].title


def _all_wanted() -> Iterator[Wanted]:
    for ours, of_voila, of_others in (("ours", 8, 3), ("ready", 15, 6)):
        for figure, is_strict in (("view p95", False), ("scene p95", True)):
            for peer, times in [*((peer, of_voila) for peer in VOILAS), *((peer, of_others) for peer in ("streamlit", "panel", "solara"))]:
                yield Wanted("30", figure, ours, peer, at_least=times, is_strict=is_strict)
    yield Wanted("30in5s", "view p95", "ours", at_most=0.15)
    yield Wanted("30in5s", "scene p95", "ours", at_most=0.15, is_strict=True)
    for peer in VOILAS:
        yield Wanted("30", "CPU s", "ours", peer, at_least=8)
    for ours, times in (("ours", 2), ("ready", 1.5)):
        for page in ("static", "saved"):
            yield Wanted("chromium1", "scene p50", f"{ours}-back", page, at_most=times)
            yield Wanted("chromium1", "scene p50", ours, page, at_most=times, is_strict=True)


WANTED = tuple(_all_wanted())


def verdict(raw: Raw, came: dict[str, dict[str, str]]) -> list[str]:
    """Line by line: reached or not; who of ours got in; and how much was not measured."""
    word = {True: "reached", False: "NOT REACHED"}
    told = [(wanted, *wanted.told(raw)) for wanted in WANTED]
    lines = [f"{word[is_reached]:13}{'strictly: ' if wanted.is_strict else ''}{said}" for wanted, is_reached, said in told if is_reached is not None]
    for load, row in came.items():
        lines += [f"{word[_are_all(got)]:13}{LOADS[load]}, everybody in: {_title(name)} {got}" for name, got in row.items() if CONTENDERS[name].is_ours]
    missing = [said for _, is_reached, said in told if is_reached is None]
    return [*lines, *([f"Not measured in this run: {len(missing)} more, such as {missing[0]}"] if missing else [])]


def _are_all(got: str) -> bool:
    some, _, all_ = got.partition("/")
    return some == all_


def better(raw: Raw) -> list[str]:
    """Where a peer has a lower figure than ours without waiting kernels, said plainly, with what ours is."""
    if not any("ours" in row for row in raw.values()):
        return ["(High Note itself was not measured in this run.)"]
    lines = []
    for load, row in raw.items():
        for figure in BETTER.get(load, ()):
            mine, unit = row.get("ours", {}).get(figure), FIGURES[figure][1]
            lower = {name: of[figure] for name, of in row.items() if CONTENDERS[name].guest and not CONTENDERS[name].is_ours
                     and of[figure] is not None and mine is not None and of[figure] < mine}
            if lower:
                said = ", ".join(f"{_title(name)} {shown(number)}" for name, number in lower.items())
                lines.append(f"{LOADS[load]}, {FIGURES[figure][0]}: {said}; High Note {shown(mine)} {unit}".rstrip())
    return [*lines, WHY_MEMORY] if any("memory" in line for line in lines) else lines

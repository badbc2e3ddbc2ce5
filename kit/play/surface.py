"""What can be seen of an option without understanding it: its length, politeness, hedges, absolutes, the playbook's own words.

If such features told the best option, a scenario could be passed without reading the situation. They are measured here, and used
by `fairness`; nobody tunes words to these lists.
"""

import re
from collections.abc import Sequence

from kit.content.playbook import Playbook
from kit.content.scenario import Option

POLITE = frozenset("please thank thanks sorry glad grateful appreciate welcome kindly happy pleasure".split())
HEDGES = frozenset("perhaps maybe might could would possibly probably rather little bit seem seems sometime think".split())
ABSOLUTES = frozenset("always never immediately all every must only nothing everything completely at-once".split())
NEGATIONS = frozenset("no not nothing never nobody none cannot don't doesn't won't isn't".split())
ME, YOU, US = frozenset("i me my mine myself".split()), frozenset("you your yours".split()), frozenset("we us our ours".split())
COMMON = frozenset("the a an and or but to of in on at for with from by is are was were be been it its that this they them their he she his her as if so what when who how do does did have has had will "
                   "can may one two".split())
COUNTED = ("words", "sentences", "polite", "hedges", "absolutes", "negations", "me", "you", "us", "numbers", "questions", "quoted", "commas", "playbook words")
FEATURES = (*COUNTED, "longest", "shortest")


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:['’-][a-z]+)*", text.lower().replace("’", "'"))


def playbook_words(playbook: Playbook) -> frozenset[str]:
    """The words of the rules' titles and of what they ask for, without the commonest."""
    told = " ".join(f"{rule.title} {rule.do}" for rule in playbook.rules)
    return frozenset(words_of(told)) - COMMON - ME - YOU - US


def counts(text: str, known: frozenset[str]) -> dict[str, float]:
    """What is COUNTED in one text; `known` are the playbook's words."""
    words = words_of(text)
    listed = dict(zip(("polite", "hedges", "absolutes", "negations", "me", "you", "us", "playbook words"), (POLITE, HEDGES, ABSOLUTES, NEGATIONS, ME, YOU, US, known), strict=True))
    found = {name: float(sum(word in among for word in words)) for name, among in listed.items()}
    return {"words": float(len(words)), "sentences": float(len(re.findall(r"[.!?](?:\s|$|\")", text))), "numbers": float(len(re.findall(r"\d+", text))),
            "questions": float(text.count("?")), "quoted": float('"' in text), "commas": float(text.count(",")), **found}


def features(options: Sequence[Option], playbook: Playbook) -> list[tuple[float, ...]]:
    """FEATURES of each option of a scene, as distances from the scene's mean."""
    known = playbook_words(playbook)
    counted = [counts(option.text, known) for option in options]
    lengths = [row["words"] for row in counted]
    rows = [(*(row[name] for name in COUNTED), float(row["words"] == max(lengths)), float(row["words"] == min(lengths))) for row in counted]
    means = [sum(column) / len(column) for column in zip(*rows, strict=True)]
    return [tuple(value - mean for value, mean in zip(row, means, strict=True)) for row in rows]

"""`kit check --explain`: every code that the checker has is explained, and every example does what it says."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
import yaml
from click.testing import CliRunner

from kit.cli import main
from kit.commands.checking import check_paths
from kit.content.explain import explained
from kit.places import shipped

KIT = Path(__file__).parent.parent / "kit"
SHIPPED = shipped("scenarios")
SCENARIO = {   # key -> its lines; an example's own keys take their place
    "title": "title: The last call\n", "cause": "cause: price-rise\n", "who": "who: client\n",
    "scenes": "scenes:\n  - situation: It is so.\n    question: What now?\n    options:\n"
              "      - {text: Ring Dana., keeps: [news-by-voice]}\n      - {text: Write to her.}\n",
    "endings": "endings: [{title: Two weeks later, text: You know.}]\n",
}
SCENE = {"situation": "situation: It is so.\n", "question": "question: What now?\n",
         "options": "options:\n  - {text: Ring Dana., keeps: [news-by-voice]}\n  - {text: Write to her.}\n"}
RULE = {"title": "Do it", "competency": "say-it-well", "phase": "tell", "who": "both", "weight": "1", "why": "It helps.", "do": "This.", "dont": "That.",
        "rests_on": ["T03"], "anchors": {"1": "Never", "3": "Sometimes", "5": "Always"}}
Files = dict[str, str | bytes]


def parsed(text: str) -> dict:
    return yaml.load(text, Loader=yaml.BaseLoader)


PLAYBOOK = (SHIPPED / "playbook.yaml").read_text(encoding="utf-8")
TRAINING = parsed((SHIPPED / "training" / "learn.yaml").read_text(encoding="utf-8"))


def filled(example: str, lines: dict[str, str]) -> str:
    """The example, with the lines of every key that it does not have itself (and needs)."""
    own = set(re.findall(r"^(\w+) *:", example, flags=re.MULTILINE))
    needless = {"options"} if own & {"ask"} else set()
    return "".join(words for key, words in lines.items() if key not in own | needless) + example


def in_scene(example: str) -> str:
    scene = indent(filled(example, SCENE), "    ")
    return filled(f"scenes:\n  -{scene[3:]}", SCENARIO)


def with_more(example: dict) -> str:
    """The shipped playbook with the example's items added to its lists, or in place of what is no list of things with ids."""
    playbook = parsed(PLAYBOOK)
    for key, value in example.items():
        is_added = key in ("rules", "sources", "tensions", "causes", "competencies")
        known = {item["id"] for item in playbook[key]} if is_added else set()
        playbook[key] = playbook[key] + [item for item in value if item["id"] not in known] if is_added else value
    return yaml.safe_dump(playbook)


def in_performance(example: dict) -> str:
    first, *others = TRAINING["performances"]
    return yaml.safe_dump({**TRAINING, "performances": [{**first, **example}, *others]})


def several(example: str) -> str:
    """Two examples are too long to be written out, and say so."""
    if "200 times more" in example:
        return in_scene(example.replace("[a]", str([f"a{n}" for n in range(201)])))
    if found := re.search(r"(.*?) *# .*?(?:same (\d+) times|once)", example):
        scene = f"  - {{situation: So., {found[1]}, options: [{{text: Ring., keeps: [news-by-voice]}}, {{text: Write.}}]}}\n"
        return filled("scenes:\n" + scene * int(found[2] or 1), SCENARIO)
    return in_scene(example)


MAKE: dict[str, Callable[[str], Files]] = {   # at -> the files that the example is a part of
    "file": lambda example: {"a.yaml": example},
    "scenario": lambda example: {"a.yaml": filled(example, SCENARIO)},
    "scene": lambda example: {"a.yaml": several(example)},
    "latin-1": lambda example: {"a.yaml": example.encode("latin-1" if "Latin-1" in example else "utf-8")},
    "large": lambda example: {"a.yaml": "# words\n" * (int(re.search(r"(\d+) kB", example)[1]) * 128)},
    "folder": lambda example: {"a.yaml/b.txt": ""} if "folder" in example else {"a.yaml": example},
    "files": lambda example: {name: filled("", SCENARIO) for name in re.findall(r"# (\S+)", example)},
    "playbook": lambda example: {"playbook.yaml": with_more(parsed(example))},
    "rule": lambda example: {"playbook.yaml": with_more({"rules": [{**RULE, **parsed(example)}]})},
    "training": lambda example: {"training/learn.yaml": yaml.safe_dump({**TRAINING, **parsed(example)})},
    "performance": lambda example: {"training/learn.yaml": in_performance(parsed(example))},
}


AROUND: Files = {"playbook.yaml": PLAYBOOK, "the-last-call.yaml": filled("", SCENARIO), "half-written.yaml": "title: Half\n",
                 "the-rates-letter.yaml": (SHIPPED / "the-rates-letter.yaml").read_bytes()}


def found_in(folder: Path, files: Files) -> set[tuple[str, str, str]]:
    """(file, code, words) of everything that the checker finds in a library of these files, hints too."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    checked = check_paths([folder])
    return {(Path(f.path).name, f.code, f.says) for f in [*checked.findings, *checked.hints]}


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str, str]]:
    """What is found in the small library around the examples: nothing of that is an example's doing."""
    return found_in(tmp_path_factory.mktemp("around"), AROUND)


def test_every_code_that_the_sources_have_is_explained_and_no_other() -> None:
    in_sources = {code for path in KIT.rglob("*.py") for code in re.findall(r'"([EWI]\d{3})"', path.read_text(encoding="utf-8"))}
    assert in_sources == set(explained())


@pytest.mark.parametrize("code", explained())
def test_the_bad_example_gives_its_code_and_the_good_one_does_not(tmp_path: Path, around: set[tuple[str, str, str]], code: str) -> None:
    meaning = explained()[code]
    bad, good = (found_in(tmp_path / example, {**AROUND, **MAKE[meaning.at](getattr(meaning, example))}) - around for example in ("bad", "good"))
    assert code in {found for _, found, _ in bad}
    assert code not in {found for _, found, _ in good}, good


@pytest.mark.parametrize("code", explained())
def test_what_is_explained_is_short_and_in_words(code: str) -> None:
    meaning = explained()[code]
    assert meaning.title.endswith(".") and 4 <= len(meaning.title.split()) <= 16
    assert meaning.why.endswith(".") and 40 < len(meaning.why) < 260
    assert meaning.bad != meaning.good and max(len(line) for line in (meaning.bad + meaning.good).splitlines()) <= 110


@pytest.mark.parametrize("code", explained())
def test_a_code_is_explained_in_the_terminal(code: str) -> None:
    meaning, result = explained()[code], CliRunner().invoke(main, ["check", "--explain", code.lower()])
    assert result.exit_code == 0 and result.output.startswith(f"{code}: {meaning.title}\n\n{meaning.why}\n\nBad:\n\n")
    assert meaning.good.splitlines()[0].strip() in result.output


@pytest.mark.parametrize(("code", "says"), [("W35", "Did you mean `W35"), ("E999", "There is no code E999."), ("", "There is no code"), ("x" * 500, "There is no code")])
def test_a_code_that_is_not_there_is_answered_with_the_nearest(code: str, says: str) -> None:
    result = CliRunner().invoke(main, ["check", "--explain", code])
    assert result.exit_code == 2 and says in result.output and len(result.output) < 300

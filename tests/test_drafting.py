"""`kit new` and the author's page: the draft works as it stands, and nothing on the page is merely said."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kit.cli import main
from kit.commands.drafting import MARKER, MOST_LETTERS, TEMPLATE, NameTaken, write_draft
from kit.content.finding import Finding
from kit.content.scenario import ASKS, Scenario
from kit.library import Library, load_scenario
from kit.play.debrief import margin_sentence, sentence
from kit.play.run import Run, pick
from kit.play.score import score

PAGE = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
YAML = [text for kind, text in BLOCKS if kind == "yaml"]
SMALLEST, *SCENES = YAML
FILE = "the-last-call.yaml"


def kit(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.output


def read(path: Path, library: Library) -> tuple[Scenario | None, tuple[Finding, ...]]:
    reading = load_scenario(path, library.playbook)
    return reading.content, reading.findings


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def draft(tmp_path: Path, library: Library) -> Scenario:
    content, _ = read(write_draft(tmp_path, "The last call"), library)
    assert content
    return content


# --- the draft --------------------------------------------------------------------------------------------

def test_kit_new_writes_a_draft_that_passes_the_strict_check(here: Path) -> None:
    code, said = kit("new", "The last call", "--folder", str(here))
    assert (code, said.splitlines()[0]) == (0, f"Wrote {here / FILE}.")
    assert kit("check", "--strict", FILE) == (0, "1 file, 0 errors, 0 warnings.\n")


def test_the_draft_bears_the_name_and_is_for_its_author_alone(draft: Scenario) -> None:
    assert (draft.id, draft.title, draft.status) == ("the-last-call", "The last call", "draft")
    assert TEMPLATE.read_text(encoding="utf-8").count(MARKER) == 1


def test_the_draft_is_small_has_three_options_a_branch_and_endings_by_trust(draft: Scenario) -> None:
    assert len(draft.scenes) == 3
    assert [len(scene.options) for scene in draft.scenes] == [3, 3, 3]
    assert len({option.next for option in draft.scenes[0].options}) == 2
    assert all(ending.trust for ending in draft.endings)


def test_every_way_through_the_draft_comes_to_an_ending_and_every_ending_is_come_to(draft: Scenario, library: Library) -> None:
    runs, over = [Run(draft, library.playbook)], []
    while runs:
        run = runs.pop()
        runs += [pick(run, (option.id,)) for option in run.scene.options] if run.scene else []
        over += [run] if run.is_over else []
    assert len(over) == 9
    assert {run.ending for run in over} == set(draft.endings)


def test_what_keeps_the_draft_from_being_ready_is_only_that_it_is_short(tmp_path: Path, library: Library) -> None:
    path = write_draft(tmp_path, "short")
    path.write_text(path.read_text(encoding="utf-8").replace("status: draft ", "status: ready "), encoding="utf-8")
    content, findings = read(path, library)
    assert content and content.status == "ready"
    assert {finding.code for finding in findings} == {"W350"}


def commented_out(template: str) -> list[str]:
    """The scenes that stand in the draft as notes."""
    runs = groupby(template.splitlines(), key=lambda line: line.startswith("#   "))
    return ["\n".join(line.removeprefix("# ") for line in lines) for is_scene, lines in runs if is_scene]


def test_each_commented_out_way_to_ask_works_when_it_is_copied_to_its_place(tmp_path: Path, library: Library) -> None:
    template, asked = TEMPLATE.read_text(encoding="utf-8"), []
    for scene in commented_out(template):
        path = tmp_path / "longer.yaml"
        path.write_text(template.replace("# --- how it ends", f"{scene}\n\n# --- how it ends"), encoding="utf-8")
        content, findings = read(path, library)
        assert content and not findings, findings
        asked.append(content.scenes[-1].ask)
    assert asked == ["compose", "order", "write"]


def test_the_draft_shows_every_key_of_the_format() -> None:
    template = TEMPLATE.read_text(encoding="utf-8")
    later = {"pairs_with", *keys_of_the_models()["PairsWith"]}   # a pair needs a second scene, with the same words: nothing to begin with
    keys = {key for model, keys in keys_of_the_models().items() if model != "Minutes" for key in keys} - later
    assert {key for key in keys if not re.search(rf"(?<![\w-]){key}:(\s|$)", template)} == set()


# --- names ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "file"), [
    ("The last call", "the-last-call"),
    ("  The   last\tcall ", "the-last-call"),
    ("the-last-call.yaml", "the-last-call"),
    ("Grüße an Łódź", "gruesse-an-lodz"),
    ("Gru\u0308n", "gruen"),
    ("Zoë’s & Søren's café", "zoes-sorens-cafe"),
    ('She said: "no" # yes', "she-said-no-yes"),
    ("{x}: [*y] & !z | %", "x-y-z"),
    ("2026", "2026"),
    ("no", "no"),
    ("..the end..", "the-end"),
    ("x" * MOST_LETTERS, "x" * MOST_LETTERS),
])
def test_a_name_becomes_an_id_and_stays_the_title(tmp_path: Path, library: Library, name: str, file: str) -> None:
    path = write_draft(tmp_path, name)
    assert path == tmp_path / f"{file}.yaml"
    content, findings = read(path, library)
    assert content and not findings
    assert content.id == file


@pytest.mark.parametrize(("name", "title"), [
    ("my-scenario", "My scenario"), ("the-last-call.yaml", "The last call"), ('She said: "no" # yes', 'She said: "no" # yes'), ("Gru\u0308n", "Grün"),
])
def test_a_name_that_is_an_id_already_becomes_words_and_any_other_stays_as_it_is(tmp_path: Path, library: Library, name: str, title: str) -> None:
    content, _ = read(write_draft(tmp_path, name), library)
    assert content and content.title == title


@pytest.mark.parametrize(("name", "says"), [
    ("", "A scenario needs a name"),
    ("  ", "A scenario needs a name"),
    ("..", "cannot become the name of a file"),
    ("?!", "cannot become the name of a file"),
    ("Последний звонок", "cannot become the name of a file"),
    ("../outside", "looks like a path"),
    ("a/b", "looks like a path"),
    ("a\\b", "looks like a path"),
    ("/etc/passwd", "looks like a path"),
    ("x" * (MOST_LETTERS + 1), "too long for a file: 61 letters, and 60 is the most"),
    ("word " * 5000, "too long for a file"),
    ("end", "means something else here"),
    ("Playbook", "means something else here"),
    ("a\x00b", "cannot be shown"),
    ("a\x1b[31mb", "cannot be shown"),
    ("a\udcffb", "cannot be shown"),
])
def test_a_name_that_cannot_become_an_id_is_refused_in_words_and_leaves_nothing(tmp_path: Path, name: str, says: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    code, said = kit("new", name, "--folder", str(folder))
    assert code == 2
    assert says in said and "Traceback" not in said
    assert list(tmp_path.rglob("*")) == [folder]


# --- writing ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_a_scenario_that_is_there_is_never_overwritten(tmp_path: Path, ending: str) -> None:
    mine = tmp_path / f"the-last-call{ending}"
    mine.write_text("title: mine\n")
    code, said = kit("new", "The Last Call!", "--folder", str(tmp_path))
    assert code == 2
    assert f"{mine} is there already" in said
    assert mine.read_text() == "title: mine\n"
    assert list(tmp_path.iterdir()) == [mine]


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere.txt")
    with pytest.raises(NameTaken):
        write_draft(tmp_path, "The last call")
    assert not (tmp_path / "elsewhere.txt").exists()


def test_of_many_at_once_one_writes_and_the_others_are_told(tmp_path: Path) -> None:
    def attempt(_: int) -> bool:
        try:
            return bool(write_draft(tmp_path, "The last call"))
        except NameTaken:
            return False

    with ThreadPoolExecutor(8) as several:
        assert sorted(several.map(attempt, range(8))) == [False] * 7 + [True]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said = kit("new", "x", "--folder", str(tmp_path / "nowhere"))
    assert code == 2
    assert f"There is no folder {tmp_path / 'nowhere'}." in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disc_is_said_in_words_and_leaves_no_half_scenario(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match=f"{FILE} cannot be written: File too large."):
            write_draft(tmp_path, "The last call")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


# --- the author's page: examples -----------------------------------------------------------------------------

def test_the_smallest_scenario_has_ten_lines() -> None:
    assert len(SMALLEST.splitlines()) == 10


@pytest.mark.parametrize("example", [text for text in YAML if text.startswith("title:")])
def test_a_whole_scenario_on_the_page_passes_the_strict_check(here: Path, example: str) -> None:
    (here / FILE).write_text(example, encoding="utf-8")
    assert kit("check", "--strict", FILE) == (0, "1 file, 0 errors, 0 warnings.\n")


@pytest.mark.parametrize("example", SCENES)
def test_a_scene_on_the_page_works_in_the_smallest_scenario(tmp_path: Path, library: Library, example: str) -> None:
    path = tmp_path / FILE
    path.write_text(SMALLEST.replace("endings:", f"{example}endings:"), encoding="utf-8")
    content, findings = read(path, library)
    assert content and not findings, findings
    assert len(content.scenes) == 2


def test_the_page_shows_all_five_ways_to_ask() -> None:
    shown = [re.findall(r"ask: (\w+)", scene) for scene in SCENES]
    assert [["choose"], *(ask for ask in shown if ask)] == [[ask] for ask in ASKS]


def broken(block: str) -> tuple[str, str]:
    """The smallest scenario with a block's change made in it, and what the block says that the checker says."""
    change, says = re.split(rf"^(?={re.escape(FILE)}:)", block, maxsplit=1, flags=re.MULTILINE)
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " -")
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " +")
    assert SMALLEST.count(old) == 1
    return SMALLEST.replace(old, new), says


@pytest.mark.parametrize("block", [text for kind, text in BLOCKS if kind == "diff"], ids=lambda text: re.findall(r" ([EW]\d{3}) ", text)[-1])
def test_the_checker_says_of_each_mistake_just_what_the_page_says(here: Path, block: str) -> None:
    text, says = broken(block)
    (here / FILE).write_text(text, encoding="utf-8")
    _, said = kit("check", FILE)
    whole = said.rsplit("\n1 file,", 1)[0] + "\n"
    assert says in (whole, re.sub(r"^ *\d* \| .*\n", "", whole, flags=re.MULTILINE))   # with the lines in question, or the words alone


def test_the_first_mistake_on_the_page_is_shown_as_the_screen_shows_it() -> None:
    first = next(text for kind, text in BLOCKS if kind == "diff")
    assert re.search(r"^ +8 \| .*\n +\| +\^\n", first, flags=re.MULTILINE)


def test_the_page_shows_at_least_ten_mistakes() -> None:
    assert len([kind for kind, _ in BLOCKS if kind == "diff"]) >= 10


@pytest.mark.parametrize("block", [text for kind, text in BLOCKS if kind == "console"])
def test_a_terminal_on_the_page_shows_what_really_happens(here: Path, block: str) -> None:
    (here / FILE).write_text(SMALLEST, encoding="utf-8")
    command, says = block.split("\n", 1)
    assert kit(*command.removeprefix("$ kit ").split())[1] == says


def test_every_command_and_switch_on_the_page_exists() -> None:
    written = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()] + re.findall(r"`(kit [^`]+)`", PAGE)
    assert written
    for line in written:
        _, command, *rest = line.split()
        switches = {name for option in main.commands[command].params for name in option.opts}
        assert {word for word in rest if word.startswith("--")} <= switches, line


def test_every_kind_of_block_on_the_page_is_tried() -> None:
    assert {kind for kind, _ in BLOCKS} == {"yaml", "diff", "console", "sh"}


# --- the author's page: every key ------------------------------------------------------------------------------

WHERE = {
    "Scenario": ["the file"], "Client": ["client"], "Choose": ["a scene", "choose"], "BestAndWorst": ["a scene", "best_and_worst"],
    "Compose": ["a scene", "compose"], "Order": ["a scene", "order"], "Write": ["a scene", "write"], "PairsWith": ["pairs_with"], "Option": ["an option"],
    "Block": ["a block"], "OrderStep": ["a step"], "SharedOutcome": ["an outcome"], "Ending": ["an ending"],
    "RolePlay": ["roleplay"], "Minutes": ["minutes"],
}
NOT_WRITTEN = {"Turn", "TrustRange"}   # written as `- Name: words` and `7-10`, without keys


def keys_of_the_models() -> dict[str, dict[str, Any]]:
    """Model -> key -> its JSON Schema, and `required`; from the models themselves."""
    schema = Scenario.model_json_schema()
    models = {"Scenario": schema, **schema["$defs"]}
    keys = {name: {key: {**what, "required": key in model.get("required", ())} for key, what in model["properties"].items()}
            for name, model in models.items() if name not in NOT_WRITTEN}
    del keys["Scenario"]["id"]   # the file's name
    for model in keys.values():
        model.get("id", {})["required"] = False   # whoever has no id is given one
    for ask in ("BestAndWorst", "Compose", "Order", "Write"):
        del keys[ask]["ask"]   # the same key as in Choose, where it may be left out
    return keys


def keys_on_the_page() -> dict[str, dict[str, list[str]]]:
    """Where -> key -> the other cells of its row."""
    table = PAGE.partition("## Every key\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines() if line.startswith("|")]
    found: dict[str, dict[str, list[str]]] = {}
    where = ""
    for first, keys, *cells in rows[2:]:
        where = first.strip("`") or where
        found.setdefault(where, {}).update({key: cells for key in re.findall(r"`(\w+)`", keys)})
    return found


def bounds(schema: Any) -> set[str]:
    """Every value that a schema allows by name, and every bound it sets."""
    if isinstance(schema, list):
        return set().union(*map(bounds, schema))
    if not isinstance(schema, dict):
        return set()
    own = {str(schema[key]) for key in ("const", "minimum", "maximum", "ge", "gt", "le", "minItems", "maxItems") if key in schema}
    return own | set(schema.get("enum", ())) | bounds(schema.get("anyOf", []))


def test_the_table_knows_every_model_and_every_key_and_no_other() -> None:
    models, page = keys_of_the_models(), keys_on_the_page()
    assert set(models) == set(WHERE)
    for model, keys in models.items():
        assert {key for where in WHERE[model] for key in page[where]} - {"ask"} == set(keys) - {"ask"}, model
    assert set(page) == {where for several in WHERE.values() for where in several}


@pytest.mark.parametrize("model", WHERE)
def test_the_table_says_what_is_required_what_is_the_default_and_what_is_allowed(model: str) -> None:
    rows = {key: cells for where in WHERE[model] for key, cells in keys_on_the_page()[where].items()}
    for key, schema in keys_of_the_models()[model].items():
        what, left_out, allowed = rows[key]
        if what.startswith("as for an option"):
            continue
        assert what and left_out and allowed, key
        assert (left_out == "required") == schema["required"], key
        assert is_said(schema.get("default"), left_out), key
        assert all(re.search(rf"(?<![\w.]){re.escape(bound)}(?!\w)", allowed) for bound in bounds(schema)), key


def is_said(default: object, cell: str) -> bool:
    """Nothing stands for itself; any other default is named."""
    return default in (None, []) or f"`{'no' if default is False else default}`" in cell


def test_what_the_page_calls_as_for_an_option_is_so() -> None:
    models = keys_of_the_models()
    for where, model in (("a block", "Block"), ("a step", "OrderStep"), ("an outcome", "SharedOutcome")):
        for key, cells in keys_on_the_page()[where].items():
            if cells[0].startswith("as for an option"):
                assert models[model][key] == models["Option"][key], (where, key)


# --- the author's page: the score ------------------------------------------------------------------------------

def test_the_worked_example_is_what_the_code_makes_of_it(draft: Scenario, library: Library) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| `([\w-]+)`: (.*?) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, flags=re.MULTILINE)
    run = Run(draft, library.playbook)
    for _, answer, *_ in rows:
        run = pick(run, (answer,))
    made = score(run)
    assert [(s.scene.id, s.answer[0], s.verdict.value, s.verdict.stake, s.verdict.lost) for s in run.steps] == [
        (scene, answer, int(worth), int(stake), int(lost)) for scene, answer, _, worth, stake, lost in rows]
    named = [dict((rule, int(weight)) for rule, weight in re.findall(r"`([\w-]+)` \((\d)\)", why)) for _, _, why, *_ in rows]
    assert named == [{rule: library.playbook.rule[rule].weight for rule in s.verdict.keeps | s.verdict.breaks} for s in run.steps]
    page = " ".join(PAGE.split())
    assert f"Together {made.stake:.0f} at stake and {made.lost:.0f} lost: 100 x (1 - {made.lost:.0f} / {made.stake:.0f}) = **{made.value:.0f} of 100**" in page
    assert f'"{sentence(made)}"' in page
    assert re.search(r"it could be anything from \d+ to \d+", margin_sentence(made))[0] in page


def test_the_red_lines_on_the_page_are_those_of_the_playbook(library: Library) -> None:
    line = re.search(r"\*\*red lines\*\*: (.*?)\. ", " ".join(PAGE.split()))[1]
    assert re.findall(r"`([\w-]+)`", line) == [rule.id for rule in library.playbook.rules if rule.red_line]


def test_every_ask_is_named_where_the_page_says_which_there_are() -> None:
    assert re.findall(r"`(\w+)`", keys_on_the_page()["a scene"]["ask"][2]) == list(ASKS)


def test_the_page_is_short_enough_to_be_read() -> None:
    assert len(PAGE.splitlines()) < 480

"""The commands as people run them: play in the terminal, list, export and erase people."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kit import places
from kit.app import Trainee
from kit.cli import main
from kit.commands import serving
from kit.library import Library
from kit.store.store import Store


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    return tmp_path


def run(*words: str, said: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, words, input=said)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_scenario_is_played_to_its_result_in_the_terminal() -> None:
    code, told = run("play", "the-new-desk", "--seed", "x", said="1\n" * 3 + "1 2 3 4 5 6\n" + "1\n" * 3 + "1 2 3 4 5 6\n" + "1\n" * 9)
    assert code == 0
    assert "of 100" in told and "Scene by scene" in told


def test_bad_answers_are_asked_again_and_q_leaves() -> None:
    code, told = run("play", "the-new-desk", said="99\nx\n\n1 2\nq\n")
    assert code == 0 and told.count("That is not one of the answers") >= 2 and "Left before the end." in told


def test_an_assessment_in_the_terminal_gives_no_feedback_on_the_way() -> None:
    _, told = run("play", "the-new-desk", "--mode", "assessment", said="1\n")
    assert "kept:" not in told and "trust" not in told.lower().replace("trusted", "")


def test_the_end_of_the_input_leaves_without_a_traceback() -> None:
    code, told = run("play", "the-new-desk")
    assert code == 0 and "Left before the end." in told


def test_an_unknown_scenario_is_told_with_the_nearest(tmp_path: Path) -> None:
    code, told = run("play", "the-new-dsk")
    assert code == 2 and "Did you mean `the-new-desk`?" in told
    code, told = run("play", str(tmp_path / "none.yaml"))
    assert code == 2 and "cannot be read" in told


def play_one_pick(person: str, name: str, library: Library) -> None:
    table = Trainee(person, library, Store(places.data_folder()))
    for message in ({"type": "name", "name": name}, {"type": "play", "scenario": "the-new-desk"}):
        table.handle(None, message)
    table.handle(None, {"type": "pick", "run": table.run.id, "step": 1, "answer": ["1"]})


def test_people_are_listed_exported_and_erased(data: Path, library: Library) -> None:
    play_one_pick("p1", "Ann Example", library)
    code, told = run("people", "list")
    assert code == 0 and "Ann Example" in told and "1 person." in told
    code, told = run("people", "export", "Ann Example")
    assert code == 0
    kept = json.loads(told)
    assert kept["runs"][0]["picks"][0]["step"] == 1
    code, told = run("people", "export", "p1", "--to", str(data / "ann.json"))
    assert code == 0 and json.loads((data / "ann.json").read_text()) == kept
    assert run("people", "erase", "Ann Example", said="n\n")[0] == 1
    assert "Ann Example" in run("people", "list")[1]
    assert run("people", "erase", "Ann Example", "--yes")[0] == 0
    assert "0 people." in run("people", "list")[1]
    assert b"Ann Example" not in b"".join(p.read_bytes() for p in data.iterdir() if p.name.startswith("high-note"))


def test_a_name_that_two_have_is_not_guessed(data: Path, library: Library) -> None:
    play_one_pick("p1", "Ann", library)
    play_one_pick("p2", "Ann", library)
    code, told = run("people", "erase", "Ann", "--yes")
    assert code == 2 and "2 people are called Ann" in told
    code, told = run("people", "export", "Nobody")
    assert code == 2 and "Nobody here is called" in told


def test_an_export_that_cannot_be_written_is_told(data: Path, library: Library) -> None:
    play_one_pick("p1", "Ann", library)
    code, told = run("people", "export", "Ann", "--to", str(data / "no" / "such" / "file.json"))
    assert code == 2 and "Could not write" in told


def test_a_scenario_is_played_from_one_of_its_scenes() -> None:
    code, told = run("play", "the-new-desk", "--from", "december", said="q\n")
    assert code == 0 and "scene 1" in told
    code, told = run("play", "the-new-desk", "--from", "decembre")
    assert code == 2 and "Did you mean `december`?" in told


def test_a_path_is_printed_in_words_the_best_one_if_nothing_else_is_said(library: Library, tmp_path: Path) -> None:
    code, told = run("script", "the-new-desk")
    assert code == 0 and "100 of 100" in told and "Scene 1: october" in told
    weaker = next(o.id for o in library.scenarios[[s.id for s in library.scenarios].index("the-new-desk")].scenes[0].options if o.breaks)
    code, told = run("script", "the-new-desk", weaker)
    assert code == 0 and "100 of 100" not in told
    code, told = run("script", "the-new-desk", "no-such-answer")
    assert code == 2 and "is no answer to `october`" in told
    code, told = run("script", "the-new-desk", "--to", str(tmp_path / "path.html"))
    assert code == 0 and "<h3>Scene 1: october</h3>" in (tmp_path / "path.html").read_text(encoding="utf-8")


def test_the_pilot_asks_without_situations_and_counts_what_was_found(library: Library) -> None:
    scenario = next(s for s in library.scenarios if s.id == "the-new-desk")
    code, told = run("pilot", "the-new-desk", "--no-situation", said="9\n" + "1\n" * 20)
    assert code == 0 and "A number from 1 to" in told and "The best option was found in" in told
    assert not any(" ".join(scene.situation.split()[:6]) in " ".join(told.split()) for scene in scenario.scenes)


def test_help_is_there_for_every_command() -> None:
    for name in main.commands:
        code, told = run(name, "--help")
        assert code == 0 and len(told) > 100


@pytest.mark.parametrize(("asked", "ip", "named"), [(False, "127.0.0.1", False), (True, "0.0.0.0", True)])
def test_the_desk_is_for_this_computer_unless_asked_otherwise(data: Path, monkeypatch: pytest.MonkeyPatch, asked: bool, ip: str, named: bool) -> None:
    monkeypatch.setattr(serving.network, "own_address", lambda: "192.168.1.7")
    room, desk = serving._settings(data, port=20_000, people=3, ready=0, here_only=False, desk_on_network=asked, hosts=(), verbose=False)
    assert desk.ip == ip and ("192.168.1.7" in desk.hosts) == named and "192.168.1.7" in room.hosts
    assert len(desk.code) == 24 and desk.code != room.code

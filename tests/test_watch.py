"""`kit check --watch`: what changed is checked again, and only that; what is told is new; Ctrl-C ends it with the last exit code."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from content import PLAYBOOK, SCENARIO, edit

from kit.commands.checking import check_paths, watch
from kit.commands.checking.watch import Change, Watch, in_a_line

NAMELESS = edit(SCENARIO, "title: The price rise", "title:")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in [("playbook", PLAYBOOK), ("one", SCENARIO), ("two", SCENARIO)]:
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are checked, in the order in which they are."""
    names: list[str] = []
    really = watch.check_file
    monkeypatch.setattr(watch, "check_file", lambda file, playbook: (names.append(file.name), really(file, playbook))[1])
    return names


def told(change: Change | None) -> tuple[list[str], list[str], int]:
    """(the files that changed or are gone, the codes that are new, how many are mended)"""
    assert change
    return [f.name for f in (*change.files, *change.gone)], [f.code for f in change.new], change.mended


def test_when_nothing_changed_nothing_is_checked_and_nothing_told(folder: Path, checked: list[str]) -> None:
    looking = Watch([folder])
    assert sorted(checked) == ["one.yaml", "playbook.yaml", "two.yaml"]
    assert looking.look() is None and len(checked) == 3


def test_only_the_file_that_changed_is_checked_again(folder: Path, checked: list[str]) -> None:
    looking = Watch([folder])
    del checked[:]
    (folder / "one.yaml").write_text(NAMELESS)
    assert told(looking.look()) == (["one.yaml"], ["E203"], 0)
    assert checked == ["one.yaml"]
    (folder / "one.yaml").write_text(SCENARIO)
    assert told(looking.look()) == (["one.yaml"], [], 1)


def test_a_problem_that_only_moved_is_not_told_again(folder: Path) -> None:
    (folder / "one.yaml").write_text(NAMELESS)
    looking = Watch([folder])
    (folder / "one.yaml").write_text(edit(f"# a note\n{NAMELESS}", "phase: decide", "phase: never"))
    assert told(looking.look()) == (["one.yaml"], ["E206"], 0)


def test_a_changed_playbook_has_everything_checked_again(folder: Path, checked: list[str]) -> None:
    looking = Watch([folder])
    del checked[:]
    (folder / "playbook.yaml").write_text(PLAYBOOK.replace("ring-first", "ring-soon"))
    assert told(looking.look()) == (["playbook.yaml"], ["E206"] * 4, 0)
    assert sorted(checked) == ["one.yaml", "playbook.yaml", "two.yaml"]


def test_a_broken_playbook_leaves_the_scenarios_unchecked_until_it_is_mended(folder: Path) -> None:
    looking = Watch([folder])
    (folder / "playbook.yaml").write_text("rules: [")
    assert told(looking.look()) == (["playbook.yaml"], ["E104"], 0) and looking.checked.unchecked == 2
    (folder / "playbook.yaml").write_text(PLAYBOOK)
    assert told(looking.look()) == (["playbook.yaml"], [], 1) and looking.checked.unchecked == 0


def test_a_new_file_is_checked_and_a_file_that_is_gone_is_forgotten(folder: Path) -> None:
    looking = Watch([folder])
    (folder / "three.yaml").write_text(NAMELESS)
    assert told(looking.look()) == (["three.yaml"], ["E203"], 0)
    (folder / "three.yaml").unlink()
    assert told(looking.look()) == (["three.yaml"], [], 1)
    assert looking.checked.findings == () and looking.look() is None


def test_a_file_named_alone_may_vanish_and_come_back(folder: Path) -> None:
    looking = Watch([folder / "one.yaml"])
    (folder / "one.yaml").unlink()
    assert told(looking.look()) == (["one.yaml"], [], 0)
    (folder / "one.yaml").write_text(NAMELESS)
    assert told(looking.look())[1] == ["E203"]


def test_a_training_set_is_checked_again_with_its_script(folder: Path, checked: list[str]) -> None:
    (folder / "training").mkdir()
    (folder / "training" / "learn.yaml").write_text("title: Learn\nscript: one\nperformances: []\n")
    looking = Watch([folder])
    del checked[:]
    (folder / "one.yaml").write_text(NAMELESS)
    looking.look()
    assert sorted(checked) == ["learn.yaml", "one.yaml"]


def test_a_file_that_is_put_in_the_place_of_another_in_the_same_moment_is_seen(folder: Path) -> None:
    looking = Watch([folder])
    stat = (folder / "one.yaml").stat()
    (folder / "new").write_text(edit(SCENARIO, "trust: 6-10", "trust: 6-01"))   # as many bytes
    os.utime(folder / "new", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (folder / "new").replace(folder / "one.yaml")
    assert told(looking.look()) == (["one.yaml"], ["E207"], 0)


def test_what_the_watch_comes_to_is_what_a_new_check_finds(folder: Path) -> None:
    looking = Watch([folder])
    for name, text in [("one", NAMELESS), ("playbook", PLAYBOOK + "forms: {a: [gone], b: []}\n"), ("two", edit(SCENARIO, "phase: decide", "phase: tell"))]:
        (folder / f"{name}.yaml").write_text(text)
        looking.look()
        anew = check_paths([folder])
        assert (looking.checked.findings, looking.checked.hints) == (anew.findings, anew.hints)


def test_a_change_is_told_in_a_line_with_the_time(folder: Path) -> None:
    looking = Watch([folder])
    for name in ("one", "two", "three", "four"):
        (folder / f"{name}.yaml").write_text(NAMELESS)
    change = looking.look()
    assert change and in_a_line(change, datetime(2030, 1, 1, 9, 5, 3)) == "09:05:03 four.yaml, one.yaml, three.yaml and 1 more: 4 new, 0 mended. Now 4 errors, 0 warnings."


def test_one_change_among_many_files_is_answered_at_once(folder: Path) -> None:
    for n in range(200):
        (folder / f"more-{n}.yaml").write_text(SCENARIO)
    looking = Watch([folder])
    (folder / "one.yaml").write_text(NAMELESS)
    started = time.process_time()
    assert told(looking.look()) == (["one.yaml"], ["E203"], 0)
    assert time.process_time() - started < 1


def wait_for(output: Path, words: str) -> str:
    """What was printed so far, as soon as these words are in it."""
    until = time.monotonic() + 30
    while words not in (said := output.read_text()):
        assert time.monotonic() < until, said
        time.sleep(0.05)
    return said


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize(("last", "exit_code"), [(NAMELESS, 1), (SCENARIO, 0)])
def test_watching_tells_what_changes_and_ctrl_c_ends_it_with_the_last_exit_code(folder: Path, tmp_path_factory: pytest.TempPathFactory, last: str, exit_code: int) -> None:
    output = tmp_path_factory.mktemp("out") / "said"
    with output.open("w") as file:
        run = subprocess.Popen([sys.executable, "-u", "-m", "kit", "check", "--watch", folder], stdout=file, stderr=subprocess.STDOUT)
    try:
        wait_for(output, "3 files, 0 errors, 0 warnings. Watching; Ctrl-C ends it.\n")
        (folder / "two.yaml").write_text(edit(SCENARIO, "phase: decide", "phase: tell"))
        wait_for(output, "2 new, 0 mended. Now 0 errors, 2 warnings.")
        (folder / "two.yaml").write_text(last)
        wait_for(output, "2 mended. Now")
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=30) == exit_code
    finally:
        run.kill()
    said = output.read_text()
    assert re.search(r"^\d\d:\d\d:\d\d two\.yaml: 2 new, 0 mended", said, flags=re.M) and "Traceback" not in said
    assert said.count("W314") == 2

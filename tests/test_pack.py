"""Packs: what goes in comes out, nothing is overwritten unasked, and a pack that means harm writes nothing at all."""

import io
import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.cli import main
from kit.commands import packfile, packing, unpacking
from kit.commands.checking import check_paths
from kit.commands.packfile import MANIFEST, Refused, name_fault, read_pack
from kit.content.values import content_hash
from kit.library import load, load_playbook
from kit.writing import Texts

SIX = ("the-rates-letter", "the-new-desk", "the-eleventh-round", "the-best-payer", "two-roads", "the-wrong-port")
SMALL = """\
title: The report nobody answered
cause: finished-in-silence
who: client
scenes:
  - situation: The last report went out in May.
    question: What do you do?
    options:
      - {text: "Ring and ask.", keeps: [be-sure-it-is-over]}
      - {text: "Send a card.", breaks: [be-sure-it-is-over]}
endings: [{title: An honest answer, text: "They know."}]
"""
BROKEN = SMALL.replace("who: client", "who: nobody")


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first six scenarios, their playbook and their training sets."""
    folder = tmp_path_factory.mktemp("six") / "scenarios"
    shutil.copytree(ROOT / "scenarios" / "training", folder / "training")
    for name in (*SIX, "playbook"):
        shutil.copy(ROOT / "scenarios" / f"{name}.yaml", folder)
    return folder


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of one small scenario, which is the one in use."""
    folder = tmp_path / "small"
    folder.mkdir()
    shutil.copy(ROOT / "scenarios" / "playbook.yaml", folder)
    (folder / "first.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.setenv("KIT_SCENARIOS", str(folder))
    return folder


@pytest.fixture
def good(small: Path, tmp_path: Path) -> Path:
    """A pack of it."""
    packing.pack([], tmp_path / "good.highnote")
    return tmp_path / "good.highnote"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def is_refused(pack: Path, into: Path, because: str, *more: str) -> None:
    """The command says why, with exit code 2, and no file anywhere near has changed."""
    home = into.parent
    before = {name: raw for name, raw in files_in(home).items()}
    code, told = run("unpack", pack, "--to", into, *more)
    told, because = (words.replace(str(home), "HOME") for words in (told, because))   # where the test is run is no reason
    assert code == 2 and because in told and "Traceback" not in told, told
    assert files_in(home) == before and not list(home.glob("**/.high-note-*"))


# --- there and back -----------------------------------------------------------------------------------------------

def test_a_round_trip_brings_the_same_bytes_and_the_same_content(six: Path, tmp_path: Path) -> None:
    packed = packing.pack([six], tmp_path / "six.highnote")
    done = unpacking.unpack(tmp_path / "six.highnote", tmp_path / "new")
    assert files_in(tmp_path / "new") == files_in(six)
    assert set(done.written) == set(packed.names) == {f"{name}.yaml" for name in (*SIX, "playbook", "training/learn", "training/certify")}
    there, here = load(six), load(tmp_path / "new")
    assert [content_hash(s) for s in here.scenarios] == [content_hash(s) for s in there.scenarios] and content_hash(here.playbook) == content_hash(there.playbook)
    manifest, _ = read_pack(tmp_path / "six.highnote")
    assert {name: facts["content"] for name, facts in manifest["files"].items() if "/" not in name and name != "playbook.yaml"} == {
        f"{s.id}.yaml": content_hash(s) for s in there.scenarios}


def test_what_was_unpacked_passes_the_checker_and_can_be_packed_again(six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    packing.pack([six], tmp_path / "one.highnote")
    unpacking.unpack(tmp_path / "one.highnote", tmp_path / "new")
    assert not any(f.is_error for f in check_paths([tmp_path / "new"]).findings)
    packing.pack([tmp_path / "new"], tmp_path / "two.highnote")
    assert (tmp_path / "one.highnote").read_bytes() == (tmp_path / "two.highnote").read_bytes()


def test_the_same_files_make_the_same_bytes_today_and_tomorrow(small: Path, tmp_path: Path) -> None:
    for path in small.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    made = packing.pack([], tmp_path / "a.highnote")
    script = f"import time; time.time = lambda: 4e9\nfrom pathlib import Path\nfrom kit.commands import packing\npacking.pack([], Path({str(tmp_path / 'b.highnote')!r}))"
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}, timeout=60)
    assert (tmp_path / "a.highnote").read_bytes() == (tmp_path / "b.highnote").read_bytes()
    assert made.made == "2023-11-14T22:13:20Z"   # when the files were last changed


def test_the_date_is_the_one_that_the_builder_names(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert packing.pack([], tmp_path / "a.highnote").made == "1970-01-01T00:00:00Z"
    for wrong in ("yesterday", "1e9", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        code, told = run("pack", "--to", tmp_path / "b.highnote")
        assert code == 2 and "SOURCE_DATE_EPOCH" in told and not (tmp_path / "b.highnote").exists()


def test_chosen_scenarios_bring_their_playbook_and_their_training_sets_only(six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_SCENARIOS", str(six))
    assert packing.pack([Path("two-roads")], tmp_path / "a.highnote").names == ("playbook.yaml", "two-roads.yaml")
    scripted = packing.pack([six / "the-rates-letter.yaml"], tmp_path / "b.highnote").names
    assert scripted == ("playbook.yaml", "the-rates-letter.yaml", "training/learn.yaml")


def test_a_scenario_without_a_playbook_of_its_own_brings_the_one_it_goes_by(tmp_path: Path) -> None:
    (tmp_path / "alone.yaml").write_text(SMALL, encoding="utf-8")
    packing.pack([tmp_path / "alone.yaml"], tmp_path / "a.highnote")
    assert read_pack(tmp_path / "a.highnote")[1]["playbook.yaml"] == (ROOT / "scenarios" / "playbook.yaml").read_bytes()


def test_a_file_that_ends_in_yml_comes_out_as_yaml_and_finds_itself_again(small: Path, tmp_path: Path) -> None:
    (small / "first.yaml").rename(small / "first.yml")
    assert packing.pack([], tmp_path / "a.highnote").names == ("first.yaml", "playbook.yaml")
    assert unpacking.unpack(tmp_path / "a.highnote", small).same == ("first.yaml", "playbook.yaml")
    assert not (small / "first.yaml").exists()


# --- what is not packed -------------------------------------------------------------------------------------------

def test_errors_are_told_and_nothing_is_packed_unless_drafts_are_wanted(small: Path, tmp_path: Path) -> None:
    (small / "second.yaml").write_text(BROKEN, encoding="utf-8")
    pack = tmp_path / "a.highnote"
    code, told = run("pack", "--to", pack)
    assert code == 2 and f"{small / 'second.yaml'}:3:" in told and "E206" in told and not pack.exists()
    assert run("pack", small / "first.yaml", "--to", pack)[0] == 0
    assert run("pack", "--to", tmp_path / "b.highnote", "--drafts")[0] == 0
    is_refused(tmp_path / "b.highnote", tmp_path / "new", "second.yaml:3:")
    assert run("unpack", tmp_path / "b.highnote", "--to", tmp_path / "new", "--drafts")[0] == 0
    assert (tmp_path / "new" / "second.yaml").read_text(encoding="utf-8") == BROKEN


def test_a_playbook_with_errors_is_not_packed_and_not_unpacked(small: Path, good: Path, tmp_path: Path) -> None:
    (small / "playbook.yaml").write_text("rules: [", encoding="utf-8")
    code, told = run("pack", "--to", tmp_path / "a.highnote", "--drafts")
    assert code == 2 and f"{small / 'playbook.yaml'}:" in told and not (tmp_path / "a.highnote").exists()
    is_refused(forged(tmp_path, good, lambda files: files | {"playbook.yaml": b"rules: ["}), tmp_path / "new", "playbook.yaml:2:", "--drafts")


@pytest.mark.parametrize(("words", "because"), [
    (("nothing-like-it",), "There is no file, folder or scenario nothing-like-it."), (("frist",), "Did you mean `first`?"), (("x" * 5000,), ""),
    (("{small}/playbook.yaml",), "There is no scenario there."), (("{small}/notes.txt",), "those end in .yaml"), (("{small}", "{other}"), "more than one folder")])
def test_what_cannot_be_packed_is_told(small: Path, tmp_path: Path, words: tuple[str, ...], because: str) -> None:
    (small / "notes.txt").write_text("-", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "second.yaml").write_text(SMALL, encoding="utf-8")
    code, told = run("pack", *(word.format(small=small, other=tmp_path / "other") for word in words), "--to", tmp_path / "a.highnote")
    assert code == 2 and because in told and not (tmp_path / "a.highnote").exists()


def test_names_that_another_computer_could_not_hold_are_not_packed(small: Path, tmp_path: Path) -> None:
    for name in ("con", "Second", "zwei wege"):
        path = small / f"{name}.yaml"
        path.write_text(SMALL, encoding="utf-8")
        assert run("pack", "--to", tmp_path / "a.highnote", "--drafts")[0] == 2
        path.unlink()
    (small / "first.yml").write_text(SMALL, encoding="utf-8")
    code, told = run("pack", "--to", tmp_path / "a.highnote")
    assert code == 2 and "one and the same scenario" in told


def test_a_pack_replaces_nothing_unasked(small: Path, good: Path, tmp_path: Path) -> None:
    first = good.read_bytes()
    code, told = run("pack", "--to", good)
    assert code == 0 and "Already there, and the same" in told
    (small / "first.yaml").write_text(SMALL + "# more\n", encoding="utf-8")
    assert run("pack", "--to", good)[0] == 2 and good.read_bytes() == first
    assert run("pack", "--to", good, "--replace")[0] == 0 and good.read_bytes() != first
    assert run("pack", "--to", small / "first.yaml", "--replace")[0] == 2 and (small / "first.yaml").read_text(encoding="utf-8").endswith("# more\n")
    assert run("pack", "--to", tmp_path / "no" / "where.highnote")[0] == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.highnote", "small"]


# --- nothing that is there is lost --------------------------------------------------------------------------------

def test_what_is_there_and_the_same_is_left_alone_and_told(small: Path, good: Path) -> None:
    (small / "first.yaml").write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())   # as Windows and mail leave it
    before = {p.name: p.stat().st_mtime_ns for p in small.iterdir()}
    code, told = run("unpack", good)
    assert code == 0 and told.count("the same: left alone") == 2 and "0 files written" in told
    assert {p.name: p.stat().st_mtime_ns for p in small.iterdir()} == before


def test_a_file_that_differs_stops_all_of_it_until_it_may_be_replaced(small: Path, good: Path, tmp_path: Path) -> None:
    mine = SMALL.replace("Ring and ask.", "Ring her and ask.")
    (small / "first.yaml").write_text(mine, encoding="utf-8")
    (small / "playbook.yaml").unlink()   # this one would be new
    is_refused(good, small, str(small / "first.yaml"))
    done = unpacking.unpack(good, small, over=True)
    assert done.written == ("playbook.yaml",) and (small / "first.yaml").read_text(encoding="utf-8") == SMALL
    assert done.replaced["first.yaml"].read_text(encoding="utf-8") == mine
    texts = Texts(small, tmp_path / "data")
    assert [texts.earlier_text("first", version.name) for version in texts.earlier("first")] == [mine]   # the studio offers it


def test_a_second_replacement_keeps_the_first_one_too(small: Path, good: Path) -> None:
    for words in ("One.", "Two."):
        (small / "first.yaml").write_text(SMALL.replace("They know.", words), encoding="utf-8")
        unpacking.unpack(good, small, over=True)
    kept = [p.read_text(encoding="utf-8") for p in sorted((small / ".backup").iterdir())]
    assert ["One." in kept[0], "Two." in kept[1], len(kept)] == [True, True, 2]


def test_another_playbook_is_never_replaced_unasked_and_the_rules_are_named(small: Path, good: Path) -> None:
    book = small / "playbook.yaml"
    raw, rules = book.read_text(encoding="utf-8"), [r.id for r in load_playbook(small)[0].rules]
    mine = raw.replace(f"  - id: {rules[0]}\n", "  - id: a-rule-of-my-own\n", 1)
    assert mine != raw
    book.write_text(mine.replace("pass_mark: 75", "pass_mark: 80"), encoding="utf-8")
    code, told = run("unpack", good)
    assert code == 2 and f"rules only in the pack: {rules[0]}." in told and "rules only here: a-rule-of-my-own." in told and "80" in book.read_text(encoding="utf-8")
    assert ("other parts that differ: pass_mark." in told) == ("pass_mark: 75" in raw)
    code, told = run("unpack", good, "--replace")
    assert code == 0 and book.read_text(encoding="utf-8") == raw and "a-rule-of-my-own" in next((small / ".backup").iterdir()).read_text(encoding="utf-8")


def test_a_playbook_that_differs_in_its_comments_alone_says_so(small: Path, good: Path) -> None:
    with (small / "playbook.yaml").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    assert "every rule is the same" in run("unpack", good)[1]
    (small / "playbook.yaml").write_text("rules: [", encoding="utf-8")
    assert "cannot be read" in run("unpack", good)[1]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_fault_on_the_way_brings_everything_back(small: Path, good: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The disk gives up, or somebody presses Ctrl-C, at each of the moves."""
    (small / "first.yaml").write_text(SMALL + "# mine\n", encoding="utf-8")
    (small / "playbook.yaml").write_text((small / "playbook.yaml").read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before, moves, real = files_in(small), [], Path.replace

    def replaces(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == at:
            raise KeyboardInterrupt if at == 2 else OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replaces)
    if at == 3:   # there are only two
        assert unpacking.unpack(good, small, over=True).replaced.keys() == {"first.yaml", "playbook.yaml"}
        return
    with pytest.raises(KeyboardInterrupt if at == 2 else Refused):
        unpacking.unpack(good, small, over=True)
    assert files_in(small) == before and not (small / ".backup").exists() and not list(small.glob(".high-note-*"))


def test_a_file_that_somebody_saves_at_that_very_moment_is_not_lost(small: Path, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = packfile.write_files

    def meanwhile(folder: Path, files: dict[str, bytes]) -> None:
        real(folder, files)
        if folder.parent == small:
            (small / "first.yaml").write_text("theirs", encoding="utf-8")

    (small / "first.yaml").unlink()
    monkeypatch.setattr(unpacking, "write_files", meanwhile)
    with pytest.raises(Refused, match="at this very moment"):
        unpacking.unpack(good, small)
    assert (small / "first.yaml").read_text(encoding="utf-8") == "theirs"


def test_links_and_folders_in_the_way_are_not_followed_or_replaced(small: Path, good: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "precious.yaml").write_text("precious", encoding="utf-8")
    for make in (lambda p: p.symlink_to(tmp_path / "elsewhere" / "precious.yaml"), lambda p: p.symlink_to(tmp_path / "nowhere"), Path.mkdir, os.mkfifo):
        into = tmp_path / "into"
        into.mkdir()
        make(into / "first.yaml")
        is_refused(good, into, "is a link or a folder", "--replace")
        shutil.rmtree(into)
    (small / "first.yaml").write_text(SMALL + "# mine\n", encoding="utf-8")
    (small / ".backup").symlink_to(tmp_path / "elsewhere")
    is_refused(good, small, "is a link to another place", "--replace")
    (tmp_path / "file").write_text("-", encoding="utf-8")
    is_refused(good, tmp_path / "file", "is not a folder")
    is_refused(good, tmp_path / "no" / "where", "cannot be written")


def test_a_folder_for_training_that_is_a_link_is_not_followed(six: Path, tmp_path: Path) -> None:
    packing.pack([six], tmp_path / "six.highnote")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "training").symlink_to(tmp_path / "elsewhere")
    is_refused(tmp_path / "six.highnote", tmp_path / "into", "is a link to another place")
    assert not list((tmp_path / "elsewhere").iterdir())


# --- packs that mean harm -----------------------------------------------------------------------------------------

def forged(folder: Path, good: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Path:
    """A pack with other files, whose hashes are right."""
    manifest, files = read_pack(good)
    files = change(dict(files))
    listed = {name: {"sha256": sha256(raw).hexdigest(), "content": manifest["files"].get(name, {}).get("content")} for name, raw in files.items()}
    return zipped(folder, [(MANIFEST, json.dumps({**manifest, "files": listed}).encode()), *files.items()])


def zipped(folder: Path, entries: list[tuple[Any, bytes]], *, how: int = zipfile.ZIP_STORED) -> Path:
    path = folder / "forged.highnote"
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, raw in entries:
            archive.writestr(name, raw)
    return path


HARMFUL_NAMES = {
    "/etc/passwd.yaml": "place of its own", "\\windows\\x.yaml": "place of its own", "C:/x.yaml": "place of its own", "c:x.yaml": "place of its own",
    "../x.yaml": "leads out", "training/../../x.yaml": "leads out", "..\\x.yaml": "leads out", "a\\b.yaml": "backslash", "training\\x.yaml": "backslash",
    "con.yaml": "Windows", "NUL.yaml": "Windows", "training/com1.yaml": "Windows", "lpt9.yaml": "Windows", "x.yaml.": "Windows", "x.yaml ": "Windows", "aux": "Windows",
    "training./x.yaml": "Windows", "x.yml": "holds only", "x.py": "holds only", ".bashrc": "holds only", "a/b.yaml": "holds only", "training/a/b.yaml": "holds only",
    "training/": "holds only", "X.yaml": "holds only", "first.yaml:stream": "holds only", "x y.yaml": "holds only", "./x.yaml": "Windows", "//x.yaml": "place of its own",
    "training/playbook.yaml": "holds only", "playbook.schema.json": "holds only", "end.yaml": "holds only", f"{'x' * 90}.yaml": "holds only", "\u202elmay.yaml": "holds only",
    "x\x1b[31m.yaml": "holds only", "ﬁrst.yaml": "holds only", "first.yaml\n": "holds only", "-.yaml": "holds only", ".yaml": "holds only",
}


@pytest.mark.parametrize("name", HARMFUL_NAMES, ids=ascii)
def test_no_name_leads_anywhere_but_to_a_file_of_a_library(good: Path, tmp_path: Path, name: str) -> None:
    is_refused(forged(tmp_path, good, lambda files: files | {name: SMALL.encode()}), tmp_path / "new", HARMFUL_NAMES[name])


@given(st.text(st.sampled_from("ab./\\:-_ \x00\nC~*%é") | st.characters(), max_size=12).map(lambda s: s + ".yaml") | st.text(max_size=20))
@settings(derandomize=True, max_examples=400, deadline=None, database=None)
def test_a_name_that_is_taken_is_one_plain_file_in_the_folder(name: str) -> None:
    if not name_fault(name):
        path = Path("/home/me/scenarios", name)
        assert path == Path(os.path.normpath(path)) and path.parent in (Path("/home/me/scenarios"), Path("/home/me/scenarios/training"))
        assert name.isascii() and name.islower() and name.isprintable() and path.suffix in (".yaml", ".json")


def test_a_name_cut_short_by_a_nul_is_seen_whole(good: Path, tmp_path: Path) -> None:
    path = forged(tmp_path, good, lambda files: files | {"second.yamlXzz": SMALL.encode()})
    path.write_bytes(path.read_bytes().replace(b"second.yamlXzz", b"second.yaml\0zz"))
    is_refused(path, tmp_path / "new", "second.yaml\\x00zz")


def test_a_second_name_in_another_alphabet_is_refused(good: Path, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("second.yaml")
    other = b"../evil.yaml"
    entry.extra = struct.pack("<HHBL", 0x7075, 5 + len(other), 1, zipfile.crc32(b"second.yaml")) + other
    _, files = read_pack(good)
    packed = zipped(tmp_path, [(MANIFEST, b"{}"), *files.items(), (entry, SMALL.encode())])
    code, _ = run("unpack", packed, "--to", tmp_path / "new")
    assert code == 2 and not (tmp_path / "new").exists() and not (tmp_path / "evil.yaml").exists()
    entry.filename = other.decode()   # as later Pythons read it
    with pytest.raises(Refused, match="a second name"):
        packfile._look_at(entry)


@pytest.mark.parametrize(("kind", "because"), [(stat.S_IFLNK, "link to another place"), (stat.S_IFIFO, "no plain file"), (stat.S_IFCHR, "no plain file"), (stat.S_IFDIR, "no plain file")])
def test_links_pipes_devices_and_folders_are_refused(good: Path, tmp_path: Path, kind: int, because: str) -> None:
    entry = zipfile.ZipInfo("second.yaml")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    is_refused(zipped(tmp_path, [(entry, b"/etc/passwd")]), tmp_path / "new", because)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(good: Path, tmp_path: Path) -> None:
    _, files = read_pack(good)
    is_refused(zipped(tmp_path, [*files.items(), ("first.yaml", b"other")]), tmp_path / "new", "twice")
    is_refused(zipped(tmp_path, [(MANIFEST, b"{}"), (MANIFEST, b"{}")]), tmp_path / "new", "twice")


def test_more_files_than_a_pack_can_hold_are_refused(good: Path, tmp_path: Path) -> None:
    many = {f"s-{n}.yaml": b"-" for n in range(500)}
    is_refused(forged(tmp_path, good, lambda files: files | many), tmp_path / "new", "500 is the most")
    is_refused(zipped(tmp_path, [(f"s-{n}.yaml", b"") for n in range(6000)]), tmp_path / "new", "more entries than a pack can have")


def test_a_file_too_large_is_refused(good: Path, tmp_path: Path) -> None:
    is_refused(forged(tmp_path, good, lambda files: files | {"second.yaml": os.urandom(2 * 1024 * 1024 + 1)}), tmp_path / "new", "larger than 2 MB")


def test_files_too_large_together_are_refused_while_they_are_read(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packfile, "MOST_IN_ALL", 300_000)
    packed = zipped(tmp_path, [(f"s-{n}.yaml", os.urandom(2048) * 50) for n in range(4)], how=zipfile.ZIP_DEFLATED)
    assert packed.stat().st_size < 300_000
    is_refused(packed, tmp_path / "new", "together")
    packed.write_bytes(packed.read_bytes() + os.urandom(700_000))
    is_refused(packed, tmp_path / "new", "too large for a pack")


def test_a_bomb_is_stopped_by_what_comes_out_whatever_its_header_says(tmp_path: Path, good: Path) -> None:
    is_refused(zipped(tmp_path, [("bomb.yaml", bytes(1024 * 1024))], how=zipfile.ZIP_DEFLATED), tmp_path / "new", "100 times")
    path = zipped(tmp_path, [("bomb.yaml", bytes(50 * 1024 * 1024))], how=zipfile.ZIP_DEFLATED)
    raw, says = path.read_bytes(), struct.pack("<L", 50 * 1024 * 1024)
    assert raw.count(says) == 2
    for lie in (10, 1_000_000, 0xFFFFFFF0):
        path.write_bytes(raw.replace(says, struct.pack("<L", lie)))
        code, told = run("unpack", path, "--to", tmp_path / "new")
        assert code == 2 and not (tmp_path / "new").exists(), told


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path, good: Path) -> None:
    """As a flat zip bomb does: every entry of the list points at the same data."""
    raw = zipped(tmp_path, [(f"s-{n}.yaml", SMALL.encode() * 20) for n in range(9)]).read_bytes()
    start = raw.index(b"PK\x01\x02")
    first, end = raw[:raw.index(b"PK\x03\x04", 4)], raw.rindex(b"PK\x05\x06")
    one = raw[start:raw.index(b"PK\x01\x02", start + 4)]
    listing = b"".join(one.replace(b"s-0.yaml", b"s-%d.yaml" % n) for n in range(9))
    tail = bytearray(raw[end:])
    tail[12:20] = struct.pack("<LL", len(listing), len(first))
    (tmp_path / "forged.highnote").write_bytes(first + listing + bytes(tail))
    is_refused(tmp_path / "forged.highnote", tmp_path / "new", "share their bytes")


@pytest.mark.parametrize("bit", [0x1, 0x41, 0x2001])
def test_encrypted_entries_are_refused(good: Path, tmp_path: Path, bit: int) -> None:
    raw = bytearray(good.read_bytes())
    at = 0
    while (at := raw.find(b"PK\x01\x02", at + 1)) > 0:
        raw[at + 8:at + 10] = struct.pack("<H", bit)
    (tmp_path / "forged.highnote").write_bytes(raw)
    is_refused(tmp_path / "forged.highnote", tmp_path / "new", "encrypted")


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_are_refused(tmp_path: Path, good: Path, how: int) -> None:
    is_refused(zipped(tmp_path, [("first.yaml", SMALL.encode())], how=how), tmp_path / "new", "compressed in a way")


def test_a_pack_that_another_program_has_zipped_anew_is_taken(good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(good) as archive:
        again = zipped(tmp_path, [(name, archive.read(name)) for name in archive.namelist()], how=zipfile.ZIP_DEFLATED)
    assert unpacking.unpack(again, tmp_path / "new").written == ("first.yaml", "playbook.yaml")


def with_manifest(folder: Path, good: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    manifest, files = read_pack(good)
    made = change(manifest)
    raw = made if isinstance(made, bytes) else json.dumps(manifest).encode()
    return zipped(folder, [(MANIFEST, raw), *files.items()])


@pytest.mark.parametrize(("change", "because"), [
    (lambda m: m.update(format=2), "a newer kit"), (lambda m: m.update(format=10 ** 400), "a newer kit"), (lambda m: m.update(format=True), "not one that"),
    (lambda m: m.update(format="1"), "not one that"), (lambda m: m.pop("format"), "not one that"), (lambda m: m.pop("files"), "not one that"),
    (lambda m: m.update(files=[]), "not one that"), (lambda m: m["files"].update({"first.yaml": "x"}), "not one that"), (lambda m: m["files"]["first.yaml"].pop("sha256"), "not one that"),
    (lambda m: m["files"]["first.yaml"].update(sha256="0" * 64), "its hash is another"), (lambda m: m["files"].pop("first.yaml"), "does not know it"),
    (lambda m: m["files"].update({"../\x1b[2J": {"sha256": "0", "content": None}}), "'../\\x1b[2J' is missing"), (lambda m: m["files"]["first.yaml"].update(content="0" * 64), "does not say what was packed"),
    (lambda m: b"", "cannot be read"), (lambda m: b"[]", "not one that"), (lambda m: b"\xff\xfe", "cannot be read"), (lambda m: b"[" * 100_000, "cannot be read"),
    (lambda m: b"{\"format\": " + b"9" * 10_000 + b"}", "cannot be read")])
def test_a_manifest_that_does_not_fit_is_refused(good: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object], because: str) -> None:
    is_refused(with_manifest(tmp_path, good, change), tmp_path / "new", because)


def test_a_pack_of_another_version_of_the_kit_may_read_otherwise(good: Path, tmp_path: Path) -> None:
    def older(manifest: dict[str, Any]) -> None:
        manifest["kit"] = "0.0.9"
        manifest["files"]["first.yaml"]["content"] = "0" * 64

    assert unpacking.unpack(with_manifest(tmp_path, good, older), tmp_path / "new").written == ("first.yaml", "playbook.yaml")


def test_a_pack_without_its_manifest_or_its_playbook_is_refused(good: Path, tmp_path: Path) -> None:
    _, files = read_pack(good)
    is_refused(zipped(tmp_path, list(files.items())), tmp_path / "new", "has no manifest.json")
    is_refused(forged(tmp_path, good, lambda f: {"first.yaml": f["first.yaml"]}), tmp_path / "new", "has no playbook.yaml")


def test_errors_in_a_pack_are_told_by_their_line_and_nothing_is_written(good: Path, tmp_path: Path) -> None:
    is_refused(forged(tmp_path, good, lambda f: f | {"first.yaml": BROKEN.encode()}), tmp_path / "new", "first.yaml:3:")
    for evil, code in ((b"title: !!python/object/apply:os.system ['touch /tmp/owned']", "E111"), (b"a: &a [*a, *a]", "E110"), (b"title: \x07", "E104"), (b"title: \xff", "E103")):
        is_refused(forged(tmp_path, good, lambda f, evil=evil: f | {"second.yaml": evil}), tmp_path / "new", code)
    is_refused(forged(tmp_path, good, lambda f: f | {"training/learn.yaml": b"title: x\nscript: nowhere\n"}), tmp_path / "new", "training/learn.yaml:")


@pytest.mark.parametrize("raw", [b"", b"PK", b"title: no zip\n", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + bytes(10), b"\x1f\x8b\x08" + bytes(50), b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18)])
def test_what_is_no_zip_is_refused(good: Path, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "forged.highnote").write_bytes(raw)
    is_refused(tmp_path / "forged.highnote", tmp_path / "new", "Error")


def test_what_is_no_file_is_refused(good: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.highnote")
    for path in (tmp_path, tmp_path / "pipe.highnote", tmp_path / "nothing.highnote", Path("/dev/zero"), tmp_path / ("x" * 5000)):
        is_refused(path, tmp_path / "new", "Error")


@settings(derandomize=True, max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_pack_cut_short_or_damaged_anywhere_is_refused_or_reads_the_same(good: Path, tmp_path: Path, data: st.DataObject) -> None:
    whole = good.read_bytes()
    near_the_end = whole.index(b"PK\x01\x02")
    places = st.integers(0, len(whole) - 1) | st.integers(near_the_end, len(whole) - 1) | st.integers(0, 1500)
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(places)] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(places):]
    (tmp_path / "damaged.highnote").write_bytes(raw)
    try:
        _, files = read_pack(tmp_path / "damaged.highnote")
    except Refused:
        return
    assert files == read_pack(good)[1]


def test_nothing_of_a_zip_is_left_when_every_byte_of_its_list_is_tried(good: Path, tmp_path: Path) -> None:
    """Every byte of the list of entries set to all ones, one by one: no other fault than a refusal, no other file than the right ones."""
    whole = good.read_bytes()
    for at in range(whole.index(b"PK\x01\x02"), len(whole)):
        raw = bytearray(whole)
        raw[at] ^= 0xFF
        (tmp_path / "damaged.highnote").write_bytes(raw)
        try:
            _, files = read_pack(tmp_path / "damaged.highnote")
        except Refused:
            continue
        assert files == read_pack(good)[1], at


def test_the_library_in_use_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_SCENARIOS", str(tmp_path / "gone"))
    code, told = run("pack", "--to", tmp_path / "a.highnote")
    assert code == 2 and "cannot be read" in told


def test_what_is_in_memory_is_what_zip_programs_read(good: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(good.read_bytes())) as archive:
        assert archive.testzip() is None and archive.namelist() == [MANIFEST, "first.yaml", "playbook.yaml"]
        assert json.loads(archive.read(MANIFEST))["format"] == 1

"""What is kept, for whom, and what is said when it cannot be kept."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given
from worlds import option, playbook, played, runs, scenario, scene, steady

from kit.cli import main
from kit.content.values import content_hash
from kit.play.answer import Answer
from kit.play.run import Run, pick
from kit.play.score import score
from kit.store import file as module
from kit.store.store import FILE, NotSaved, Store, StoredRun, WrongStep
from kit.store.tables import SCHEMA_VERSION

BOOK = playbook({"a": 2, "b": 1})
CASE = scenario(scene("first", options=[option("right", "a"), option("wrong", breaks="b")]),
                scene("words", "write", rules=["a"], model="As it might be said."), scene("last", options=[option("right", "b"), option("wrong")]))
NOBODY = 65534   # the user id of nobody in particular


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy database is given up after a moment, not after seconds."""
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.3)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return _with_ann(Store(tmp_path / "data"))


def _with_ann(store: Store) -> Store:
    store.name_person("ann", "Ann")
    return store


def _start(store: Store, person: str = "ann") -> StoredRun:
    return store.start_run(person, CASE, BOOK, mode="practice")


def _answered(store: Store, stored: StoredRun, *answers: Answer) -> StoredRun:
    for answer in answers:
        stored = store.add_pick(stored, pick(stored.run, answer))
    return stored


def _rows(folder: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return connection.execute(question).fetchall()


def _raw(folder: Path) -> bytes:
    """Every byte of the database's files, the log and the shared memory too."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


# --- files ------------------------------------------------------------------------------------------------------

def test_only_this_user_can_read_what_is_kept(store: Store) -> None:
    _answered(store, _start(store), ("right",))
    folder = store.path.parent
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert FILE in files and set(files.values()) == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(0o644)
    (tmp_path / FILE).chmod(0o644)
    Store(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_database_of_another_version_is_left_alone_and_said_to_be_so(tmp_path: Path) -> None:
    Store(tmp_path).engine.dispose()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("UPDATE schema_version SET version = ?", (SCHEMA_VERSION + 1,))
        connection.execute("DROP TABLE picks")
        connection.commit()
    with pytest.raises(NotSaved, match=f"another version of High Note .its schema is {SCHEMA_VERSION + 1}, this one reads {SCHEMA_VERSION}"):
        Store(tmp_path)
    assert ("picks",) not in _rows(tmp_path, "SELECT name FROM sqlite_master")


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"This is not a database, whatever its name says. " * 100)
    with pytest.raises(NotSaved, match="damaged"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("A file is in the way.")
    with pytest.raises(NotSaved, match=r"^Could not open: .+\.$"):
        Store(tmp_path / "data")


# --- runs -------------------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_whatever_was_picked_is_there_again_and_replays(tmp_path_factory: Any, run: Run) -> None:
    folder = tmp_path_factory.mktemp("data")
    store = _with_ann(Store(folder))
    stored = store.start_run("ann", run.scenario, run.playbook, mode="practice")
    stored = _answered(store, stored, *run.picks)
    (again,) = Store(folder).runs_of("ann")
    assert Store(folder).all_runs() == [again]
    assert again == stored and again.run.steps == stored.run.steps and again.run.picks == run.picks
    kept = [(scene_, json.loads(shown)) for scene_, shown in _rows(folder, "SELECT scene, shown FROM picks ORDER BY step")]
    assert kept == [(step.scene.id, list(step.shown)) for step in again.run.steps]


def test_where_somebody_was_and_how_far_they_read_is_there_again(store: Store) -> None:
    stored = store.has_read(_answered(store, _start(store), ("right",)), 1)
    store.is_at("ann", stored.id)
    again = Store(store.path.parent).run_at("ann")
    assert again == stored and again.read == 1
    store.is_at("ann", "")
    assert store.run_at("ann") is None


def test_runs_come_oldest_first_each_with_a_seed_of_its_own(store: Store) -> None:
    started = [_start(store).id for _ in range(5)]
    found = store.runs_of("ann")
    assert [run.id for run in found] == started
    assert len({run.run.seed for run in found}) == 5


def test_a_name_can_be_changed_and_may_be_empty(store: Store) -> None:
    assert store.name_of("bob") is None
    for name in ("Bob", "Bobby", ""):
        store.name_person("bob", name)
        assert store.name_of("bob") == name
    assert [(p["id"], p["name"], p["runs"]) for p in store.people()] == [("ann", "Ann", 0), ("bob", "", 0)]


def test_nobody_sees_anothers_run(store: Store) -> None:
    store.name_person("bob", "Bob")
    stored = _start(store)
    assert store.run(stored.id, person="bob") is None and store.runs_of("bob") == []
    store.is_at("bob", stored.id)
    assert store.run_at("bob") is None


def test_a_step_is_written_once(store: Store) -> None:
    stored = _start(store)
    _answered(store, stored, ("right",))
    with pytest.raises(WrongStep):
        _answered(store, stored, ("wrong",))
    assert store.run(stored.id, person="ann").run.picks == (("right",),)


def test_a_step_cannot_be_left_out(store: Store) -> None:
    stored = _start(store)
    with pytest.raises(WrongStep):
        store.add_pick(stored, played(stored.run, ("right",), ("Words.",)))
    assert _rows(store.path.parent, "SELECT * FROM picks") == []


def test_of_many_tabs_that_answer_at_once_one_is_heard(store: Store) -> None:
    stored = _start(store)
    stores = [Store(store.path.parent) for _ in range(8)]

    def answers(one: Store) -> str:
        try:
            one.add_pick(stored, pick(stored.run, ("right",)))
        except WrongStep:
            return "too late"
        return "kept"

    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(answers, stores))
    assert sorted(heard) == ["kept"] + ["too late"] * 7


def test_two_stores_on_one_file_see_each_others_picks(store: Store) -> None:
    other = Store(store.path.parent)
    stored = _answered(store, _start(store), ("right",))
    theirs = _answered(other, other.run(stored.id, person="ann"), ("Words.",))
    assert store.run(stored.id, person="ann") == theirs
    _answered(store, theirs, ("wrong",))
    assert other.run(stored.id, person="ann").run.is_over


# --- content ------------------------------------------------------------------------------------------------------

CHANGED = scenario(scene("first", options=[option("other", "a"), option("wrong", breaks="b")]), title="The same file, written anew")


def test_a_run_replays_with_what_it_was_played_with_after_the_scenario_has_changed(store: Store) -> None:
    old = _answered(store, _start(store), ("right",))
    new = store.start_run("ann", CHANGED, BOOK, mode="practice")
    assert (CHANGED.id, new.run.scenario) == (CASE.id, CHANGED)
    for one in (store, Store(store.path.parent)):
        found = {run.id: run for run in one.runs_of("ann")}
        assert found[old.id].run.scenario == CASE and found[old.id].run.picks == (("right",),)
        assert found[new.id].run.scenario == CHANGED
    _answered(Store(store.path.parent), old, ("Words.",), ("right",))


def test_content_is_kept_once_by_its_hash(store: Store) -> None:
    for _ in range(3):
        _start(store)
    kept = set(_rows(store.path.parent, "SELECT hash, kind, name FROM content"))
    assert kept == {(content_hash(CASE), "scenario", CASE.id), (content_hash(BOOK), "playbook", "playbook")}


def test_an_old_run_can_be_scored_by_another_playbook(store: Store) -> None:
    _answered(store, _start(store), ("right",), ("Words.",), ("wrong",))
    (again,) = Store(store.path.parent).runs_of("ann")
    assert score(again.run).value == pytest.approx(100 * 2 / 3)
    assert score(again.run, playbook({"a": 1, "b": 3})).value == pytest.approx(25)


# --- export and erase -----------------------------------------------------------------------------------------------

def test_an_export_is_all_that_is_kept_about_a_person_as_plain_data(store: Store) -> None:
    store.name_person("bob", "Bob")
    _start(store, "bob")
    stored = _answered(store, _start(store), ("right",), ("Words of mine.",))
    found = json.loads(json.dumps(store.export_person("ann")))
    assert (found["id"], found["name"]) == ("ann", "Ann")
    (run,) = found["runs"]
    assert (run["id"], run["scenario_hash"], run["mode"]) == (stored.id, content_hash(CASE), "practice")
    assert [(p["step"], p["scene"], p["answer"]) for p in run["picks"]] == [(1, "first", ["right"]), (2, "words", ["Words of mine."])]
    assert "bob" not in json.dumps(found).lower()


def test_there_is_no_export_of_nobody(store: Store) -> None:
    with pytest.raises(KeyError):
        store.export_person("nobody")


NAME, WORDS = "Annegret-Xylander", "Die Worte der Xylanderin"


def _told(folder: Path) -> Store:
    """A store that somebody told a name and many words, and somebody else too."""
    store = Store(folder)
    for person, name, words in (("id-of-bob", "Bob-Quagga", "Words of the Quagga"), ("id-of-ann", NAME, WORDS)):
        store.name_person(person, name)
        for n in range(20):
            _answered(store, _start(store, person), ("right",), (f"{words} {n} " * 20,), ("wrong",))
    return store


def test_after_erasing_somebody_neither_name_nor_words_are_in_any_byte_kept(tmp_path: Path) -> None:
    store = _told(tmp_path)
    other = Store(tmp_path)
    assert other.runs_of("id-of-ann")
    assert NAME.encode() in _raw(tmp_path) and WORDS.encode() in _raw(tmp_path)
    run_ids = [run.id.encode() for run in store.runs_of("id-of-ann")]
    assert store.erase_person("id-of-ann") is True
    raw = _raw(tmp_path)
    assert not [gone for gone in (NAME.encode(), WORDS.encode(), b"id-of-ann", *run_ids) if gone in raw]
    assert b"Bob-Quagga" in raw and len(other.runs_of("id-of-bob")) == 20
    assert other.name_of("id-of-ann") is None and other.runs_of("id-of-ann") == []


def test_erasing_nobody_says_so(store: Store) -> None:
    assert store.erase_person("nobody") is False


def test_an_erased_person_who_is_still_at_the_page_is_told_so(store: Store) -> None:
    stored = _answered(store, _start(store), ("right",))
    Store(store.path.parent).erase_person("ann")
    with pytest.raises(NotSaved, match="erased"):
        _answered(store, stored, ("Words.",))


def test_and_when_they_start_another_scenario_too(store: Store) -> None:
    Store(store.path.parent).erase_person("ann")
    with pytest.raises(NotSaved, match="erased"):
        _start(store)


@pytest.mark.usefixtures("impatient")
def test_erasing_while_somebody_reads_is_done_in_full_or_said_not_to_be(tmp_path: Path) -> None:
    """A reader (a backup, another page) holds on to old pages: then erasing must not report success."""
    store = _told(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM picks").fetchall()
        try:
            store.erase_person("id-of-ann")
        except NotSaved:
            return
        assert not [gone for gone in (NAME, WORDS) if gone.encode() in _raw(tmp_path)]


@pytest.mark.usefixtures("impatient")
def test_erasing_again_finishes_what_a_reader_kept_from_being_done(tmp_path: Path) -> None:
    store = _told(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM picks").fetchall()
        try:
            store.erase_person("id-of-ann")
        except NotSaved:
            pass   # said: that is what the test above asks for
    store.erase_person("id-of-ann")
    assert not [gone for gone in (NAME, WORDS) if gone.encode() in _raw(tmp_path)]


@pytest.mark.usefixtures("impatient")
def test_who_is_told_to_erase_again_can_do_so_by_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_DATA", str(tmp_path))
    _told(tmp_path)
    erase = ["people", "erase", NAME, "--yes"]
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM picks").fetchall()
        told = CliRunner().invoke(main, erase)
        assert told.exit_code == 2 and "again" in told.output   # said in words, not as a traceback
    assert CliRunner().invoke(main, erase).exit_code == 0
    assert NAME.encode() not in _raw(tmp_path) and WORDS.encode() not in _raw(tmp_path)


# --- what cannot be kept is said, and later it works ---------------------------------------------------------------

_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def _locked_by_another_process(path: Path) -> Iterator[None]:
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate(timeout=20)


@pytest.mark.usefixtures("impatient")
def test_while_another_process_locks_the_database_nothing_is_acknowledged_and_later_it_is(tmp_path: Path) -> None:
    store = _with_ann(Store(tmp_path))
    stored = _start(store)
    with _locked_by_another_process(store.path):
        with pytest.raises(NotSaved, match="Could not save your answer: the database is busy"):
            _answered(store, stored, ("right",))
        for verb in (lambda: store.name_person("ann", "Anna"), lambda: store.is_at("ann", stored.id), lambda: store.has_read(stored, 1),
                     lambda: _start(store), lambda: store.erase_person("ann")):
            with pytest.raises(NotSaved, match="busy"):
                verb()
        assert store.name_of("ann") == Store(store.path.parent).name_of("ann") == "Ann"   # reading waits for nobody, nor does opening
        assert store.run(stored.id, person="ann").run.picks == ()
    assert _answered(store, stored, ("right",)) == store.run(stored.id, person="ann")


def test_a_lock_that_is_let_go_in_time_is_waited_for(store: Store) -> None:
    stored = _start(store)
    with ThreadPoolExecutor(1) as pool:
        with _locked_by_another_process(store.path):
            waiting = pool.submit(_answered, store, stored, ("right",))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=20).run.picks == (("right",),)


@contextmanager
def _pragma(store: Store, during: str, afterwards: str) -> Iterator[None]:
    """Whatever connection the store uses, it has this pragma; and the other one afterwards."""
    def set_it(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA {during}")

    sa.event.listen(store.engine, "checkout", set_it)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "checkout", set_it)
        with closing(store.engine.raw_connection()) as connection:
            connection.driver_connection.execute(f"PRAGMA {afterwards}")


def _until_full(store: Store) -> list[StoredRun]:
    """Starts runs with a long answer each, until no more fits; those that were acknowledged."""
    kept: list[StoredRun] = []
    try:
        for n in range(100):
            kept.append(_answered(store, _start(store), ("right",), (f"{n} " * 1000,)))
    except NotSaved as error:
        assert "the disk is full" in str(error)
        return kept
    raise AssertionError("the disk was not full")


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_kept_and_later_it_works(store: Store) -> None:
    _start(store)
    (pages,), = _rows(store.path.parent, "PRAGMA page_count")
    with _pragma(store, f"max_page_count={pages + 8}", "max_page_count=1000000"):
        kept = _until_full(store)
        found = {run.id: run.run for run in store.runs_of("ann")}
        assert kept and all(found[run.id] == run.run for run in kept)
    after = _answered(store, _start(store), ("right",), ("now " * 1000,))
    found = {run.id: run.run for run in Store(store.path.parent).runs_of("ann")}
    assert found[after.id] == after.run and all(found[run.id] == run.run for run in kept)
    assert _rows(store.path.parent, "PRAGMA integrity_check") == [("ok",)]


def test_a_database_that_turns_read_only_says_so_and_later_it_works(store: Store) -> None:
    stored = _start(store)
    with _pragma(store, "query_only=ON", "query_only=OFF"):
        with pytest.raises(NotSaved, match="Could not save your answer: the database may only be read"):
            _answered(store, stored, ("right",))
        assert store.run(stored.id, person="ann").run.picks == ()
    assert _answered(store, stored, ("right",)) == store.run(stored.id, person="ann")


@contextmanager
def _ordinary_user() -> Iterator[Path]:
    """A folder of an ordinary user, and for a while that user's rights: root may write whatever is read-only."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() != 0:
            yield Path(name)
            return
        os.chown(name, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


def test_a_read_only_file_is_said_to_be_one_and_later_it_works() -> None:
    with _ordinary_user() as folder:
        _with_ann(Store(folder)).engine.dispose()
        (folder / FILE).chmod(0o400)
        with pytest.raises(NotSaved, match="may only be read"):
            Store(folder)
        (folder / FILE).chmod(0o600)
        assert Store(folder).name_of("ann") == "Ann"


def test_a_read_only_folder_is_said_in_words_and_later_it_works() -> None:
    with _ordinary_user() as folder:
        folder.chmod(0o500)
        with pytest.raises(NotSaved, match=r"^Could not open: .+\.$"):
            Store(folder)
        folder.chmod(0o700)
        assert Store(folder).people() == []


@pytest.mark.parametrize("name", ["\ud800", "Ann\udc80"])
def test_a_name_that_cannot_be_kept_is_refused_in_words(store: Store, name: str) -> None:
    """A browser can send half a character; it is told so, as with anything else that cannot be kept."""
    with pytest.raises(NotSaved):
        store.name_person("bob", name)


def test_what_goes_to_the_log_with_a_fault_names_nobody_and_holds_no_answer(store: Store) -> None:
    """The page logs a fault with everything that led to it."""
    (pages,), = _rows(store.path.parent, "PRAGMA page_count")
    with _pragma(store, f"max_page_count={pages}", "max_page_count=1000000"), pytest.raises(NotSaved, match="full") as caught:
        while True:
            _answered(store, _start(store), ("right",), ("What nobody else should read. " * 100,))
    logged = "".join(map(str, _led_to(caught.value)))
    assert "nobody else" not in logged and "'ann'" not in logged


def _led_to(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_runs_read_by_their_ids_are_the_same_runs(store: Store) -> None:
    stored = store.has_read(_answered(store, _start(store), ("right",)), 1)
    other = _start(store)
    assert store.run_ids() == [stored.id, other.id]
    assert {r.id: r for r in store.runs_with([other.id, stored.id, "gone"])} == {r.id: r for r in store.all_runs()} == {stored.id: stored, other.id: other}

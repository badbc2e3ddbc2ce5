"""The checker on 1,000 scenarios, and one change under --watch, beside plain `yaml.safe_load` of the same files."""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from kit.commands.checking import check_paths
from kit.commands.checking.watch import PAUSE, Watch
from kit.library import scenario_files
from kit.places import shipped

SHIPPED = shipped("scenarios")


def fill(folder: Path, count: int) -> list[Path]:
    """A library of so many scenarios: the shipped ones again and again under other names, with their playbook."""
    shutil.copyfile(SHIPPED / "playbook.yaml", folder / "playbook.yaml")
    ready = scenario_files(SHIPPED)
    files = [folder / f"{ready[n % len(ready)].stem}-{n}.yaml" for n in range(count)]
    for n, file in enumerate(files):
        shutil.copyfile(ready[n % len(ready)], file)
    return files


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """(by the clock, of this process's own time on the processor)"""
    clock, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - own


def one_change(watch: Watch, file: Path, word: str) -> tuple[float, float]:
    """From the look that finds the file changed to what is told of it."""
    file.write_text(file.read_text(encoding="utf-8").replace("title:", f"{word}:", 1), encoding="utf-8")
    took = seconds(watch.look)
    file.write_text(file.read_text(encoding="utf-8").replace(f"{word}:", "title:", 1), encoding="utf-8")
    watch.look()
    return took


def measure(count: int, times: int) -> dict[str, tuple[float, float]]:
    """What -> (seconds by the clock, own seconds on the processor)."""
    with tempfile.TemporaryDirectory() as name:
        files = fill(Path(name), count)

        def plain(loader: type) -> Callable[[], object]:
            return lambda: [yaml.load(file.read_bytes(), Loader=loader) for file in files]
        took = {"yaml.safe_load": seconds(plain(yaml.SafeLoader)), "the same, by libyaml": seconds(plain(yaml.CSafeLoader))}
        took["kit check"] = seconds(lambda: check_paths([Path(name)]))
        watch = Watch([Path(name)])
        changes = [one_change(watch, files[n * count // times], "tilte") for n in range(times)]
        looks = [seconds(watch.look) for _ in range(times)]
    for what, each in (("--watch: one change", changes), ("--watch: nothing changed", looks)):
        took[what] = statistics.median(clock for clock, _ in each), statistics.median(own for _, own in each)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=1000)
    parser.add_argument("--times", type=int, default=9, help="changes under --watch; their median is told")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    took = measure(chosen.scenarios, chosen.times)
    against = took["yaml.safe_load"][1]
    print(f"| {chosen.scenarios} scenarios | s by the clock | s of its own | to yaml.safe_load |\n|---|---|---|---|")
    for what, (clock, own) in took.items():
        print(f"| {what} | {clock:.3f} | {own:.3f} | {own / against:.4f} |")
    print(f"A change is seen after {PAUSE / 2} s on average, {PAUSE} s at most, before the time above.")
    if chosen.json:
        chosen.json.write_text(json.dumps(took, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

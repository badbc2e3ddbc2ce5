"""pyproject, environment.yml and the lock files say the same; nothing is fetched at run time."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def named(requirements: list[str]) -> dict[str, str]:
    return {re.match(r"[\w.-]+", r)[0]: r for r in requirements if not r.startswith("high-note")}


def wanted() -> dict[str, str]:
    extra = PROJECT["optional-dependencies"]
    return named([*PROJECT["dependencies"], *extra["author"], *extra["test"]])


def test_environment_yml_names_the_same_packages_and_bounds() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = [d for d in environment if isinstance(d, str) and not d.startswith(("python>", "pip"))]
    by_pip = [d for entry in environment if isinstance(entry, dict) for d in entry["pip"] if not d.startswith("-e")]
    assert named(conda + by_pip) == wanted()
    assert f"python{PROJECT['requires-python']}" in environment


def test_every_dependency_is_bounded_above() -> None:
    for name, requirement in wanted().items():
        assert ">=" in requirement and "<" in requirement.split(">=")[1], name


def test_the_lock_files_pin_every_dependency_with_hashes() -> None:
    for lock, needed in (("requirements.lock", named(PROJECT["dependencies"])), ("requirements-test.lock", wanted())):
        text = (ROOT / lock).read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([\w.-]+)==", text, re.M))
        assert {n.lower() for n in needed} <= pinned, lock
        assert len(re.findall(r"^[\w.-]+==", text, re.M)) <= text.count("--hash=sha256:")


def test_serving_does_not_install_what_authors_and_tests_need() -> None:
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M))
    assert not pinned & {"jupyterlab", "pytest", "playwright", "hypothesis", "nbval"}


def test_nothing_we_ship_to_the_browser_names_another_host() -> None:
    sent = [*(ROOT / "kit" / "ui").glob("page.*"), *(ROOT / "kit" / "serve" / "jupyter").rglob("*.*"), *(ROOT / "kit" / "report").glob("*.j2")]
    assert len(sent) >= 5
    for path in sent:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")   # a name, and never fetched
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", text), path


def test_the_product_speaks_of_itself_alone() -> None:
    told = re.compile(r"/wor[k]/|shared/desig[n]|sub-?agent|languag[e] model", re.I)
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "kit").rglob("*.py"), *(ROOT / "scenarios").rglob("*.*")]:
        assert not told.search(path.read_text(encoding="utf-8")), path

"""What shows a scenario to its author: the graph, and the schema for editors. Neither may say anything else than what runs."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from worlds import runs

from kit.cli import main
from kit.commands.drafting import TEMPLATE
from kit.content.schema import FILES, MEANING, schema_of
from kit.library import Library
from kit.play.graph import graph
from kit.play.run import Run
from kit.report.graph import lines, svg

SCENARIOS = sorted(p for p in (ROOT / "scenarios").glob("*.yaml") if p.name != "playbook.yaml")


def as_an_editor_reads(path: Path) -> Any:
    """YAML as JSON has it: keys are texts."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))


@pytest.mark.parametrize("path", [*SCENARIOS, TEMPLATE], ids=lambda p: p.stem)
def test_every_shipped_scenario_fits_the_schema(path: Path, library: Library) -> None:
    schema = schema_of("scenario", library.playbook)
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(as_an_editor_reads(path))) == []


def test_the_shipped_playbook_fits_its_schema(library: Library) -> None:
    schema = schema_of("playbook", library.playbook)
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(as_an_editor_reads(ROOT / "scenarios" / "playbook.yaml"))) == []


@pytest.mark.parametrize("kind", FILES)
def test_the_schemas_on_disk_are_what_the_models_and_the_playbook_make(kind: str, library: Library) -> None:
    on_disk = json.loads((ROOT / "scenarios" / FILES[kind]).read_text(encoding="utf-8"))
    assert on_disk == schema_of(kind, library.playbook), "run `kit schema`"


@pytest.mark.parametrize("damage", [
    lambda s: s.update(titel="x"), lambda s: s.update(cause="no-such"), lambda s: s.update(level=4), lambda s: s["scenes"][0].pop("question"),
    lambda s: s["scenes"][0]["options"][0].update(keeps=["no-such-rule"]), lambda s: s["scenes"][0]["options"][0].update(trust=9), lambda s: s.update(scenes=[]),
    lambda s: s["scenes"][0]["options"][0].update(cites=["Z99"]), lambda s: s["scenes"][0].update(practises=["X3c"]), lambda s: s["scenes"][0].update(talk=[{"A": "x", "B": "y"}])])
def test_an_editor_underlines_what_does_not_fit(damage: Any, library: Library) -> None:
    scenario = as_an_editor_reads(ROOT / "scenarios" / "the-new-desk.yaml")
    damage(scenario)
    assert list(jsonschema.Draft7Validator(schema_of("scenario", library.playbook)).iter_errors(scenario))


def test_every_key_of_a_scenario_is_explained_and_says_what_the_author_s_page_says(library: Library) -> None:
    schema = schema_of("scenario", library.playbook)
    parts = {"Scenario": schema, **{n: d for n, d in schema["definitions"].items() if "properties" in d}}
    bare = [f"{name}.{key}" for name, part in parts.items() for key, value in part["properties"].items() if not value.get("description")]
    assert bare == []
    page = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8").partition("## Every key\n")[2].partition("\n## ")[0]
    assert [meaning for meaning in MEANING.values() if f"| {meaning} |" not in page] == []


def test_a_new_draft_brings_the_schema_that_its_first_line_names(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["new", "The last call", "--folder", str(tmp_path)])
    assert result.exit_code == 0
    first = (tmp_path / "the-last-call.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=scenario.schema.json" and (tmp_path / "scenario.schema.json").is_file()


# --- the graph ---------------------------------------------------------------------------------------------------

@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(runs())
def test_every_run_walks_along_the_edges_of_the_graph(run: Run) -> None:
    made = graph(run.scenario, run.playbook)
    edges, nodes = {(e.source, e.target) for e in made.edges}, {n.id: n for n in made.nodes}
    stops = [step.scene.id for step in run.steps] + ([run.ending.id] if run.ending else [run.scene.id])
    assert set(zip(stops, stops[1:], strict=False)) <= edges
    assert all(nodes[stop].is_reached for stop in stops)


def test_the_best_path_is_marked_from_the_first_scene_to_an_ending(library: Library) -> None:
    for scenario in library.scenarios:
        made = graph(scenario, library.playbook)
        best = [n for n in made.nodes if n.is_on_best_path]
        assert best[0].id == scenario.scenes[0].id and best[-1].is_ending
        assert sum(e.is_on_best_path for e in made.edges) == len(best) - 1


def test_what_nobody_reaches_is_shown_and_said(library: Library) -> None:
    scenario = next(s for s in library.scenarios if s.id == "the-new-desk")
    lost = scenario.scenes[-1].model_copy(update={"id": "lost-scene"})
    before = tuple(s.model_copy(update={"next": "end"}) if s is scenario.scenes[-1] and hasattr(s, "next") else s for s in scenario.scenes[:-1])
    cut = scenario.model_copy(update={"scenes": (*before, _ending_here(scenario.scenes[-1]), lost)})
    made = graph(cut, library.playbook)
    assert not next(n for n in made.nodes if n.id == "lost-scene").is_reached
    assert "! lost-scene" in "\n".join(lines(made)) and "nobody gets here" in svg(made)


def _ending_here(scene: Any) -> Any:
    return scene.model_copy(update={"options": tuple(o.model_copy(update={"next": "end"}) for o in scene.options)})


def test_the_drawing_is_xml_with_a_title_and_the_graph_in_words_and_escapes_every_text(library: Library) -> None:
    scenario = library.scenarios[0].model_copy(update={"title": "<script>alert('x')</script> & more"})
    drawing = svg(graph(scenario, library.playbook))
    root = ElementTree.fromstring(drawing)
    assert "<script" not in drawing and root.find("{http://www.w3.org/2000/svg}title").text == scenario.title
    assert len(root.findall(".//{http://www.w3.org/2000/svg}g")) == len(scenario.scenes) + len(scenario.endings)


def test_kit_graph_prints_and_draws(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["graph", "two-roads"])
    assert told.exit_code == 0 and "* unsaid" in told.output
    assert CliRunner().invoke(main, ["graph", "two-roads", "--to", str(tmp_path / "g.svg")]).exit_code == 0
    assert (tmp_path / "g.svg").read_text(encoding="utf-8").startswith("<svg")
    for words in (["graph", "no-such"], ["graph", "two-roads", "--to", str(tmp_path / "no" / "g.svg")]):
        failed = CliRunner().invoke(main, words)
        assert failed.exit_code == 2 and "Traceback" not in failed.output

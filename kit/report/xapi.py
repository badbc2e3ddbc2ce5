"""Steps -> xAPI 1.0.3 statements: `answered` for each, `completed` at the end of a run. No verdict on a person: `success` is left out."""

from collections.abc import Iterable, Iterator
from typing import Any

from kit.content.scenario import Scenario
from kit.play.rescore import rules_at_play
from kit.report.columns import clean, row_of
from kit.report.steps import COLUMNS, Taken, named_uuid, seconds

Statement = dict[str, Any]
HOME = "https://high-note.invalid"     # a name and no address: nothing is fetched from it
ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SCENE = "http://adlnet.gov/expapi/activities/question"
SCENARIO = "http://adlnet.gov/expapi/activities/simulation"
_OF_A_STEP = ("ask", "shown", "answer", "kept", "missed", "broken", "red_lines", "trust_before", "trust", "reply", "feedback_shown")
_OF_A_RUN = ("ending", "score_low", "score_high", "band")


def statements(taken: Iterable[Taken]) -> Iterator[Statement]:
    """The statements of these steps, in their order. The same step gives the same statement in every export, also when
    its run has gone on meanwhile: record stores refuse a known id with another content."""
    for step in taken:
        yield _answered(step)
        if step.is_last and step.score:
            yield _completed(step)


def _answered(taken: Taken) -> Statement:
    scene = taken.step.scene
    context = _context(taken)
    context["contextActivities"] = {"parent": [{"objectType": "Activity", "id": scenario_iri(taken)}]}
    row = row_of(COLUMNS, taken)
    return {
        "id": named_uuid(taken.kept.id, taken.step.number),
        **_who_and_what(taken, ANSWERED),
        "object": _activity(f"{scenario_iri(taken)}/scenes/{scene.id}", SCENE, scene.question, taken.kept.run.scenario),
        "result": {**_score(taken), **_response(row), "duration": _duration(taken.seconds), "extensions": _extensions(row, _OF_A_STEP)},
        "context": context, "timestamp": row["picked_at"], "version": "1.0.3",
    }


def _completed(taken: Taken) -> Statement:
    made, scenario = taken.score, taken.kept.run.scenario
    assert made is not None
    value = round(made.value, 6)
    whole = sum(seconds(taken.kept, step.number) for step in taken.kept.run.steps)
    row = row_of(COLUMNS, taken)
    return {
        "id": named_uuid(taken.kept.id, "completed"),
        **_who_and_what(taken, COMPLETED),
        "object": _activity(scenario_iri(taken), SCENARIO, scenario.title, scenario),
        "result": {"score": {"scaled": round(value / 100, 6), "raw": value, "min": 0, "max": 100}, "completion": True,
                   "duration": _duration(whole), "extensions": _extensions(row, _OF_A_RUN)},
        "context": _context(taken), "timestamp": row["picked_at"], "version": "1.0.3",
    }


def scenario_iri(taken: Taken) -> str:
    """Names the scenario as it was played: other content, other activity."""
    return f"{HOME}/scenarios/{taken.kept.run.scenario.id}/{taken.scenario_hash}"


def _who_and_what(taken: Taken, verb: str) -> Statement:
    actor: Statement = {"objectType": "Agent", "account": {"homePage": HOME, "name": taken.person}}
    if clean(taken.name):
        actor["name"] = clean(taken.name)
    return {"actor": actor, "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}}}


def _activity(iri: str, kind: str, name: str, scenario: Scenario) -> Statement:
    return {"objectType": "Activity", "id": iri, "definition": {"type": kind, "name": {scenario.language_tag: clean(name)}}}


def _context(taken: Taken) -> Statement:
    row = {"mode": taken.kept.mode, "playbook_hash": taken.playbook_hash}
    return {"registration": named_uuid(taken.kept.id), "platform": "High Note", "revision": taken.scenario_hash,
            "language": taken.kept.run.scenario.language_tag, "extensions": _extensions(row, tuple(row))}


def _response(row: dict[str, Any]) -> Statement:
    return {"response": row["words"]} if row["words"] else {}


def _score(taken: Taken) -> Statement:
    """The value of the answer; it can be no less than if every rule at play were broken. Nothing where nothing is at stake."""
    verdict, playbook = taken.step.verdict, taken.kept.run.playbook
    if verdict.stake <= 0:
        return {}
    least, most = float(-playbook.worth(rules_at_play(taken.step.scene), ())), round(float(verdict.stake), 6)
    raw = min(most, max(least, round(float(verdict.value), 6)))
    return {"score": {"scaled": round(min(1.0, max(-1.0, raw / most)), 6), "raw": raw, "min": least, "max": most}}


def _extensions(row: dict[str, Any], names: tuple[str, ...]) -> Statement:
    """Columns of the table of steps, under names of ours; docs/data.md says what they mean."""
    return {f"{HOME}/columns/{name}": row[name] for name in names}


def _duration(seconds_: float) -> str:
    """ISO 8601, to a hundredth of a second, as xAPI compares it."""
    return f"PT{seconds_:.2f}S"

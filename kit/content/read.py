"""A YAML file into a checked model: all faults of shape and reference at once, each with its place and cure.

Whether the content is wise (values, paths, endings) is not asked here; see `check` and `play.prove`.
"""

import json
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kit.content.finding import Finding, Problem, choice_of, listed, name_of, nearest, short
from kit.content.playbook import Playbook
from kit.content.scenario import ASKS, Scenario, with_names
from kit.content.training import TrainingSet
from kit.content.values import Known
from kit.content.yamltext import Listing, Mapping, Mark, Node, Text, Unreadable, parse, read_text

Read = TypeVar("Read", Playbook, Scenario, TrainingSet)

# Keys whose values name things: here YAML's readings of a bare word (no -> false, 010 -> 8) would do harm.
_NAMING = {"id", "next", "cause", "keeps", "breaks", "cites", "practises", "rules", "rests_on", "competency",
           "same_as", "between", "tension", "script", "rule", "red_lines", "scenario", "scene"}
MOST_FINDINGS = 200   # of one file; nobody mends more at a time, and to find the nearest word for each takes its time
_NAMED_BY_FILE: dict[type[BaseModel], str] = {Scenario: "scenario", TrainingSet: "training set"}   # what the file is called in words


@dataclass(frozen=True)
class Reading(Generic[Read]):
    """What came of a file: the content, or None when there are errors; the findings; the tree for places."""

    path: str
    content: Read | None
    findings: tuple[Finding, ...]
    tree: Node | None = None

    def place(self, problem: Problem) -> Finding:
        """The problem as a finding in this file."""
        mark = locate(self.tree, problem.way, at_key=problem.at_key) if self.tree else Mark(1, 1)
        return Finding(self.path, mark.line, mark.col, problem.code, short(problem.says), problem.cure)


def read_playbook(path: Path) -> Reading[Playbook]:
    return _read(path, Playbook, _names_in_playbook)


def read_scenario(path: Path, playbook: Playbook) -> Reading[Scenario]:
    fixed = {
        "rules": frozenset(playbook.rule), "claims": frozenset(playbook.claim), "causes": frozenset(playbook.cause),
        "sides": frozenset(t.id + side for t in playbook.tensions for side in "ab"),
    }
    return _read(path, Scenario, lambda raw: fixed | {"targets": _targets(raw)})


def read_training(path: Path, playbook: Playbook, scripts: frozenset[str]) -> Reading[TrainingSet]:
    """`scripts`: the ids of the scenarios beside it."""
    return _read(path, TrainingSet, lambda _raw: {"rules": frozenset(playbook.rule), "scripts": scripts})


def _read(path: Path, model: type[Read], names: typing.Callable[[Any], dict[str, frozenset[str]]]) -> Reading[Read]:
    shown = name_of(str(path))
    try:
        tree, findings = parse(read_text(path), shown)
    except Unreadable as unreadable:
        return Reading(shown, None, (unreadable.finding,))
    if not isinstance(tree, Mapping):
        mark = tree.mark
        only = Finding(shown, mark.line, mark.col, "E200", "the file should begin with keys such as `title:`.", "Start from `kit new NAME`.")
        return Reading(shown, None, (only,), tree)
    raw = plain(tree)
    problems = list(_bare_words(tree))
    if model in _NAMED_BY_FILE:
        problems += _own_id(raw, _NAMED_BY_FILE[model])
        raw = {**raw, "id": name_of(path.stem)}
    if model is Scenario:
        raw = with_names(raw)
    problems += _doubled_names(raw)
    content: Read | None = None
    known, further = Known(names(raw)), 0
    try:
        content = model.model_validate(raw, context=known)
    except ValidationError as error:
        errors = [e for e in error.errors(include_url=False) if not _only_follows(e)]
        problems += [_worded(e, model, known) for e in errors[:MOST_FINDINGS]]
        further = len(errors[MOST_FINDINGS:])
    draft = Reading(shown, content, (), tree)
    found = sorted({*findings[:MOST_FINDINGS], *(draft.place(p) for p in problems[:2 * MOST_FINDINGS])})
    further += len(findings[MOST_FINDINGS:]) + len(problems[2 * MOST_FINDINGS:]) + len(found[MOST_FINDINGS:])
    found = found[:MOST_FINDINGS]
    if further:
        found.append(Finding(shown, found[-1].line, found[-1].col, "E216", f"{further} further problems are not listed.", "Mend the first ones; often the others go with them."))
    return Reading(shown, None if any(f.is_error for f in found) else content, tuple(found), tree)


def plain(node: Node) -> Any:
    """The tree as dicts, lists and texts."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return {key.value: plain(value) for key, value in node.pairs}


def locate(tree: Node, way: tuple[str | int, ...], *, at_key: bool = False) -> Mark:
    """The mark of what the way leads to, or of the nearest thing on the way that is in the file."""
    node, mark = tree, Mark(1, 1)
    for n, part in enumerate(way):
        child: Node | None = None
        if n == 2 and way[0] == "scenes" and part in ASKS:   # a scene's kind stands in the way, and not in the file
            continue
        if isinstance(node, Mapping) and isinstance(part, str):
            child = node.get(part)
        elif isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
            child = node.items[part]
        if child is None:
            return mark
        by_key = isinstance(node, Mapping) and (at_key or not isinstance(child, Text))
        mark = (node.key_mark(str(part)) if by_key else None) or child.mark
        node = child
    return mark


# --- names that the file itself defines ----------------------------------------------------------------

def _ids(things: object) -> list[str]:
    if not isinstance(things, list):
        return []
    return [t["id"] for t in things if isinstance(t, dict) and isinstance(t.get("id"), str)]


def _targets(raw: dict[str, Any]) -> frozenset[str]:
    return frozenset(["end", *_ids(raw.get("scenes")), *_ids(raw.get("endings"))])


def _names_in_playbook(raw: dict[str, Any]) -> dict[str, frozenset[str]]:
    sources = raw.get("sources") if isinstance(raw.get("sources"), list) else []
    claims = [i for s in sources if isinstance(s, dict) for i in _ids(s.get("claims"))]
    return {"claims": frozenset(claims), "competencies": frozenset(_ids(raw.get("competencies"))),
            "tensions": frozenset(_ids(raw.get("tensions")))}


# --- faults that the models cannot see ------------------------------------------------------------------

def _own_id(raw: dict[str, Any], called: str) -> list[Problem]:
    if "id" not in raw:
        return []
    return [Problem(("id",), "E210", f"a {called} has no key `id`: its file's name is its id.", "Remove this line.")]


def _bare_words(node: Node, way: tuple[str | int, ...] = (), naming: bool = False) -> Iterator[Problem]:
    """Names written without quotes that YAML programs read as something else."""
    if isinstance(node, Mapping):
        for key, value in node.pairs:
            yield from _bare_words(value, (*way, key.value), key.value in _NAMING)
    elif isinstance(node, Listing):
        for n, item in enumerate(node.items):
            yield from _bare_words(item, (*way, n), naming and isinstance(item, Text))
    elif naming and node.plain and node.value:
        tag = yaml.resolver.Resolver().resolve(yaml.ScalarNode, node.value, (True, False))
        if tag != "tag:yaml.org,2002:str":
            yield Problem(way, "E209", f"`{node.value}` without quotes is read as {_as_yaml_reads(node.value)} by YAML.", f'Write "{node.value}" in quotes, or choose another name.')


def _as_yaml_reads(word: str) -> str:
    try:
        return json.dumps(yaml.safe_load(word), default=str)[:40]   # a bare scalar: nothing but a value can come of it
    except (yaml.YAMLError, ValueError, OverflowError):
        return "something else"


def _doubled_names(raw: Any, way: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Ids that stand twice in one list (and a scene that is called like an ending)."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            yield from _doubled_names(value, (*way, key))
        shared = set(_ids(raw.get("scenes"))) & set(_ids(raw.get("endings"))) if not way else set()
        for n, thing in enumerate(raw["endings"] if shared else []):
            ending = thing.get("id") if isinstance(thing, dict) else None
            if ending in shared:
                yield Problem(("endings", n), "E211", f"`{ending}` names a scene and an ending.", "`next` could not tell them apart: rename one.")
    elif isinstance(raw, list):
        seen: set[str] = set()
        for n, item in enumerate(raw):
            name = item.get("id") if isinstance(item, dict) else None
            if isinstance(name, str):
                if name in seen:
                    yield Problem((*way, n, "id"), "E211", f"the id `{name}` is used twice in `{way[-1] if way else 'this list'}`.", "Give this one another id.")
                seen.add(name)
            yield from _doubled_names(item, (*way, n))


# --- the models' own faults, in words -------------------------------------------------------------------

def _worded(error: Any, model: type[BaseModel], known: Known) -> Problem:
    way, kind, ctx, given = tuple(error["loc"]), error["type"], error.get("ctx", {}), error.get("input")
    if kind == "kit" and way == ("id",):
        return Problem(way, "E205", f"the file's name `{given}` is the {_NAMED_BY_FILE[model]}'s id, and cannot be one.", "Rename the file: small letters a-z, digits and single hyphens, such as the-first-call.yaml.")
    if kind == "kit":
        return Problem(way, ctx["code"], ctx["says"], ctx["cure"])
    if kind == "unknown":
        return Problem(way, "E206", f"`{given}` is not a {ctx['called']}.", choice_of(given, known.names[ctx["kind"]]))
    name = next((str(part) for part in reversed(way) if isinstance(part, str) and part not in ASKS), "this")
    if kind == "missing":
        return Problem(way[:-1], "E202", f"`{name}` is missing here.", f"Add a line `{name}: ...`.")
    if kind == "extra_forbidden":
        return _unknown_key(way, name, given, keys_at(model, way[:-1]))
    if kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", ctx["expected"])
        return Problem(way, "E206", f"`{given}` is not allowed for `{name}`.", f"{nearest(str(given), allowed)}Allowed: {listed(allowed)}.")
    if kind == "union_tag_invalid":
        return Problem((*way, "ask"), "E206", f"`{ctx['tag']}` is not allowed for `ask`.", f"{nearest(ctx['tag'], ASKS)}Allowed: {listed(ASKS)}.")
    if kind in ("too_short", "too_long"):
        bound = f"at least {ctx['min_length']}" if kind == "too_short" else f"at most {ctx['max_length']}"
        return Problem(way, "E212", f"`{name}` has {len(given)} here and needs {bound}.", "Add or remove some.")
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        bound = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
        key = next(k for k in ctx if k in bound)
        return Problem(way, "E213", f"`{name}: {given}` is out of range.", f"It must be {bound[key]} {ctx[key]}.")
    if kind == "string_pattern_mismatch":
        return Problem(way, "E205", f"`{given}` is not a name of this kind.", "A claim is called F01 or T12, a tension X3.")
    if kind in ("tuple_type", "list_type"):
        items = given if isinstance(given, str) and given and len(given) < 80 and "\n" not in given else "first, second"
        return Problem(way, "E214", f"`{name}` needs a list.", f"Write `{name}: [{items}]`, or each on a line of its own after a hyphen.")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return Problem(way, "E214", f"`{name}` needs keys of its own here, not {_kind_of(given)}.", f"Put its keys below it, indented. Allowed: {listed(keys_at(model, way))}.")
    return Problem(way, "E214", f"`{name}` needs a text here, not {_kind_of(given)}.", 'Write the text in "quotes" or under `>-`.')


def _only_follows(error: Any) -> bool:
    """A list counts as too short when its items are at fault: those are reported already."""
    return error["type"] == "too_short" and isinstance(error["input"], list) and len(error["input"]) >= error["ctx"]["min_length"]


def _kind_of(given: object) -> str:
    return "a list" if isinstance(given, list) else "keys" if isinstance(given, dict) else "a text" if given else "nothing"


def _unknown_key(way: tuple[str | int, ...], name: str, given: object, allowed: list[str]) -> Problem:
    name = str(way[-1])
    if given == "" and (glued := re.match(r"([a-z_]+):\S", name)):
        return Problem(way, "E201", f"after `{glued[1]}:` a space is missing.", f"Write `{glued[1]}: ...`, with a space after the colon.", at_key=True)
    if given == "" and not nearest(name, allowed):
        return Problem(way, "E201", f"`{name[:60]}` is not a key, and has no value.",
                       "If it is part of a text: inside { } a comma begins a new key. Put the text in quotes.", at_key=True)
    return Problem(way, "E201", f"`{name[:60]}` is not a key here.", f"{nearest(name, allowed)}Allowed: {listed(allowed)}.", at_key=True)


def keys_at(model: type[BaseModel], way: tuple[str | int, ...]) -> list[str]:
    """The keys that a file may use where the way leads."""
    models = [model]
    for part in way:
        if isinstance(part, int):
            continue
        kind = [m for m in models if "ask" in m.model_fields and typing.get_args(m.model_fields["ask"].annotation) == (part,)]
        models = kind or [inner for m in models for name, field in m.model_fields.items()
                          if part in (name, field.alias) for inner in _models_in(field.annotation)]
    names = [field.alias or name for m in models for name, field in m.model_fields.items()]
    return [n for n in dict.fromkeys(names) if not (model in _NAMED_BY_FILE and not way and n == "id")]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in typing.get_args(annotation) for m in _models_in(inner)]

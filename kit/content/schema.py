"""JSON Schema (draft-07) of scenario and playbook files, for completion, hover and errors in an editor.

Made from the models; the names that may be used (rules, claims, causes, sides of tensions) come from a playbook. The schema
knows the shape of a file. Whether the content is sound only `kit check` can say.
"""

from typing import Any

from pydantic import BaseModel

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario

Schema = dict[str, Any]
FILES = {"scenario": "scenario.schema.json", "playbook": "playbook.schema.json"}

# What each key is, as in the author's page; "Model.key" where the same key means another thing elsewhere.
MEANING = {
    "title": "what the list shows", "cause": "why it ends", "who": "whose decision the ending is", "scenes": "what happens; the first is the beginning",
    "endings": "how it can end", "format": "the version of this format", "status": "who sees it: only you, or trainees too", "language": "the language of your texts",
    "level": "how hard: first steps, steady, demanding", "Scenario.trust": "how far the client trusts you at the start", "summary": "one or two sentences for the list",
    "role": 'who the trainee is: "You run ..."', "client": "whom they face", "roleplay": "the story as a role-play for two and a rater", "debrief": "questions for the talk afterwards",
    "name": "the name", "business": "what they do, and how big they are", "together": "how long you have worked together", "wants": 'told at the end, after "wanted"',
    "feels": 'told at the end, after "felt"', "id": "its name, for `next`", "phase": "decide: before the news. tell: giving or taking it. close: up to the last day. after",
    "practises": "the side of a tension that is right here", "situation": "what is going on", "talk": 'what is said: `- Dana: "You wrote."`', "question": "what you ask",
    "ask": "how you ask", "options": "the answers to choose from", "BestAndWorst.options": "the answers to judge", "blocks": "the parts to choose from", "outcomes": "what follows, best first",
    "Order.keeps": "the rules that the right order keeps", "steps": "the steps to put in order", "Write.rules": "what to check one's own words against", "model": "words that would do well",
    "pairs_with": "its twin: one fact differs there, and with it the best option", "scenario": "the id of the twin's scenario, or this one's own",
    "scene": "the twin's id", "fact": "what is different there, in a sentence of at most 30 words",
    "next": "where it leads", "Write.next": "where it goes on", "text": "what the trainee reads", "keeps": "the rules it keeps", "breaks": "the rules it goes against", "reply": "how the client takes it",
    "feedback": "what the words did, why, better words", "tempting": "why a decent, busy person would choose it", "cites": "the pieces of advice it rests on", "trust": "what it does to the client's trust",
    "Block.place": "where it belongs, if it does", "place": "where it belongs; equal places: either way round", "at_least": "the share of the stake from which on it follows",
    "Ending.title": "what it is called", "Ending.text": "how things look afterwards", "Ending.trust": "the trust that leads here; a single ending needs none", "best": "the one that the best answers reach",
    "trainee": "what the trainee reads", "RolePlay.client": "what only the person reads who plays the client", "beats": "how it tightens, in this order", "opening": "the client's first words",
    "minutes": "how long each phase may take", "rules": "what the rater watches", "stop_word": "whoever says it stops the play",
    "decide": "whole minutes", "tell": "whole minutes", "close": "whole minutes", "after": "whole minutes",
}
_NAMES = {"keeps": "rules", "breaks": "rules", "rules": "rules", "cites": "claims", "rests_on": "claims", "cause": "causes", "practises": "sides"}
_NAMED_BY_KIT = {"Choose", "BestAndWorst", "Compose", "Order", "Write", "Option", "Block", "OrderStep", "Ending"}   # their `id` may be left out


def schema_of(kind: str, playbook: Playbook) -> Schema:
    """The schema of a `scenario` or `playbook` file, with this playbook's names as what may be written."""
    model: type[BaseModel] = Scenario if kind == "scenario" else Playbook
    made = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = made.pop("$defs")
    names = {"rules": {r.id: r.title for r in playbook.rules}, "claims": {c.id: c.says for c in playbook.claim.values()},
             "causes": {c.id: c.title for c in playbook.causes},
             "sides": {t.id + side: getattr(t.sides, side) for t in playbook.tensions for side in "ab"}} if kind == "scenario" else {}
    for name, part in [*definitions.items(), (made["title"], made)]:
        _mend(name, part, names)
    if kind == "scenario":
        made["properties"].pop("id")
        made["required"].remove("id")
        definitions["Turn"] = {"type": "object", "description": "One thing said: a name, and the words.", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"type": "string"}}
    definitions["TrustRange"] = {"description": "Trust from 0 to 10: 7-10, or 7.", "type": ["string", "integer"], "pattern": r"^\s*[0-9]{1,2}(\s*-\s*[0-9]{1,2})?\s*$", "minimum": 0, "maximum": 10}
    if kind == "playbook":   # a phase may stand alone, without a list
        for name in ("Rule", "Claim"):
            phases = definitions[name]["properties"]["phase"]
            definitions[name]["properties"]["phase"] = {"anyOf": [phases["items"], phases]}
    title = f"High Note {kind}"
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, "description": made.pop("description", ""), **{k: v for k, v in made.items() if k != "title"}, "definitions": definitions}


def _mend(model: str, part: Schema, names: dict[str, dict[str, str]]) -> None:
    """One model's part: what each key means, the names it may hold, and what a YAML editor reads otherwise than JSON."""
    part.pop("title", None) if "properties" in part else None
    for key, value in part.get("properties", {}).items():
        part["properties"][key] = _value(model, key, value, names)
    if model in _NAMED_BY_KIT and "id" in part.get("required", []):
        part["required"].remove("id")


def _value(model: str, key: str, value: Schema, names: dict[str, dict[str, str]]) -> Schema:
    if "anyOf" in value:   # optional: left out, never null
        value = {**value, "anyOf": [kind for kind in value["anyOf"] if kind.get("type") != "null"]}
        if len(value["anyOf"]) == 1:
            value = {**value.pop("anyOf")[0], **value}
    value = _plain({k: v for k, v in value.items() if k not in ("title", "default")})
    allowed = names.get(_NAMES.get(key, ""))
    if allowed:
        listed = {"type": "string", "enum": list(allowed), "markdownEnumDescriptions": list(allowed.values())}
        value = {**value, "items": listed} if value.get("type") == "array" else {**value, **listed}
    meaning = MEANING.get(f"{model}.{key}") or MEANING.get(key)
    return {"description": meaning, **{k: v for k, v in value.items() if k != "description"}} if meaning else value


def _plain(value: Schema) -> Schema:
    """pydantic's `ge` and `le` as JSON Schema's words; yes and no, which YAML editors read as words; lists that may be one."""
    words = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
    plain = {words.get(key, key): inner for key, inner in value.items()}
    if plain.get("type") == "boolean":
        return {**{k: v for k, v in plain.items() if k != "type"}, "enum": [True, False, "yes", "no"]}
    if "prefixItems" in plain:
        plain.pop("prefixItems")
    return plain

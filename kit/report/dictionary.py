"""docs/data.md: what every exported file holds. Made from the columns themselves, so that it cannot fall behind them."""

from kit.report import rescored, steps, xapi
from kit.report.columns import KINDS, described


def dictionary() -> str:
    """The whole page. To write it anew: python -c "from kit.report.dictionary import dictionary as d; print(d(), end='')" > docs/data.md"""
    return f"""\
# Data dictionary

Made from the code (`kit/report/dictionary.py`); a test compares the two, so change it there.

`kit export` writes every step of every run: as a table (`high-note-steps.csv`, `.xlsx`, `.jsonl`: the same rows and columns) and as xAPI
statements (`high-note-xapi.jsonl`). `kit rescore --to FILE` writes a table of finished runs. The same data give the same bytes. A file is
written whole or not at all, and only its owner may read it. Text is UTF-8. For a spreadsheet take XLSX: in it every text is a text.
CSV has an apostrophe before a text that a spreadsheet would take for a formula; JSON Lines has every text as it is.

## Privacy
A person is a pseudonym: a keyed hash (HMAC-SHA-256) of an id that means nothing outside the data folder. The key is the file `export-secret`
in that folder: with it and the store a pseudonym can be matched to a person, without it it cannot; remove it, and later exports have other
pseudonyms. Display names are left out unless `--names` is given. What people wrote in their own words is exported as they wrote it, and may
name somebody: read it before you pass it on. With few people, times and answers may tell who is who. Who is erased
(`kit people erase`) is in no later export; files that were written before are yours to delete.

## Kinds of value
{_list(KINDS)}

What is not there is `null` in JSON Lines and empty elsewhere.

## Steps: one row for each answer
Oldest run first, its steps in order. A run without an answer has no row. `value`, `stake` and `lost` are those of scoring.md: the `lost`
of a run's rows add up to what its score counts as lost.

{described(steps.COLUMNS)}

## Runs scored again: one row for each finished run
{described(rescored.COLUMNS)}

## xAPI statements
Version 1.0.3, one a line: `answered` for each step, `completed` at the end of a finished run.

| part | holds |
|---|---|
| `id` | a version 5 UUID of run and step: a second export has the same, so that a record store keeps each once |
| `actor.account` | `homePage` {xapi.HOME}, `name` the pseudonym; `actor.name` only with `--names` |
| `verb` | {xapi.ANSWERED} or {xapi.COMPLETED} |
| `object.id` | the scenario's id and content hash, and the scene's id; a changed scenario is another activity |
| `result.score` | of an answer: `raw` its value, `max` the stake, `min` what it would be if every rule at play were broken, `scaled` raw / max, not below -1; of a run: 0 to 100. None for `write` |
| `result.response` | the column `words` |
| `result.duration` | the column `seconds`; of a run their sum |
| `result.success` | left out: there is no pass or fail of a person |
| `context.registration` | the column `run` |
| `context.revision` | the scenario's content hash |
| extensions | columns of the table of steps, as {xapi.HOME}/columns/NAME |
"""


def _list(things: dict[str, str]) -> str:
    return "\n".join(f"- **{name}**: {says}" for name, says in things.items())

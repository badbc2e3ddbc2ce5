"""A new draft scenario on disk: the commented template beside this module under a new name, which is never one in use. Checks nothing.

Beside it the schemas by which an editor completes and explains what is typed; those are written anew.
"""

import json
import re
import unicodedata
from pathlib import Path

from kit.content.playbook import Playbook
from kit.content.schema import FILES, schema_of

TEMPLATE = Path(__file__).with_name("draft.yaml")
MARKER = '"(your title)"'   # in the template, where the title goes
MOST_LETTERS = 60           # in an id, as in the rest of the format
TAKEN_BY_THE_FORMAT = ("end", "playbook")

# Letters that Unicode does not take apart into a plain one and an accent.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d",
                            "ð": "d", "þ": "th", "ı": "i", "'": "", "’": ""})


class NameTaken(Exception):
    """A scenario of that name is there already; the text says where."""


def write_draft(folder: Path, name: str) -> Path:
    """Write `<folder>/<id>.yaml`. Raises NameTaken, ValueError when the name cannot become an id, OSError; all in words."""
    title = title_of(name)
    path = folder / f"{id_of(title)}.yaml"
    if not folder.is_dir():
        raise NotADirectoryError(f"There is no folder {folder}. Make it first, or name another.")
    if path.with_suffix(".yml").exists():
        raise NameTaken(_taken(path.with_suffix(".yml")))
    _write_new(path, TEMPLATE.read_text(encoding="utf-8").replace(MARKER, json.dumps(title, ensure_ascii=False)))
    return path


def write_schemas(folder: Path, playbook: Playbook) -> list[Path]:
    """The schemas of scenario and playbook files, with this playbook's names. Raises OSError, in words."""
    paths = [folder / name for name in FILES.values()]
    for kind, path in zip(FILES, paths, strict=True):
        try:
            path.write_text(json.dumps(schema_of(kind, playbook), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise _unwritten(path, error) from error
    return paths


def title_of(name: str) -> str:
    """The name as a title: an id such as `the-last-call` becomes `The last call`. Raises ValueError."""
    title = " ".join(unicodedata.normalize("NFC", name).split()).removesuffix(".yaml").removesuffix(".yml")
    if not title:
        raise ValueError("A scenario needs a name, such as `The last call`.")
    if "/" in title or "\\" in title:
        raise ValueError(f"`{title}` looks like a path. Give only a name, such as `The last call`, and the folder with --folder.")
    if not title.isprintable():
        raise ValueError("The name holds a character that cannot be shown. Type it anew, such as `The last call`.")
    is_id = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", title)
    return title.replace("-", " ").capitalize() if is_id else title


def id_of(title: str) -> str:
    """The title in small letters a-z, digits and hyphens. Raises ValueError when that leaves nothing, too much or a word in use."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_SPELT_OUT))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    made = "-".join(words)
    if not made:
        raise ValueError(f"`{title}` cannot become the name of a file. Use some letters a-z or digits, such as `The last call`.")
    if len(made) > MOST_LETTERS:
        raise ValueError(f"The name is too long for a file: {len(made)} letters, and {MOST_LETTERS} is the most. The title in the file may be longer.")
    if made in TAKEN_BY_THE_FORMAT:
        raise ValueError(f"`{made}` means something else here. Choose another name.")
    return made


def _write_new(path: Path, text: str) -> None:
    """All of the text in a file that was not there before, or no file at all."""
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise NameTaken(_taken(path)) from None
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with file:
            file.write(text)
    except OSError as error:
        path.unlink()   # half a scenario would stand in the way of the next try
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> OSError:
    return OSError(f"{path} cannot be written: {error.strerror}.")


def _taken(path: Path) -> str:
    return f"{path} is there already, and is left as it is. Choose another name."

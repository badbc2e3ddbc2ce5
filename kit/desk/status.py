"""A scenario's `status` and `title`, changed in its text: one line, and nothing else, not even a comment."""

import json
import re

_STATUS = re.compile(r"^(status:[ \t]*)(\"\w*\"|'\w*'|[\w-]*)(.*)$", re.MULTILINE)
_TITLE = re.compile(r"^title:.*\n?(?:[ \t]+\S.*\n?)*", re.MULTILINE)


def with_status(text: str, status: str) -> str:
    """The text with this status: in its line, or in a new one below the title. The same text when there is neither."""
    if found := _STATUS.search(text):
        return f"{text[: found.start()]}{found[1].rstrip()} {status}{found[3]}{text[found.end():]}"
    if found := _TITLE.search(text):
        head = text[: found.end()]
        return f"{head}{'' if head.endswith(chr(10)) else chr(10)}status: {status}\n{text[found.end():]}"
    return text


def with_title(text: str, title: str) -> str:
    """The text under another title, as a draft."""
    found = _TITLE.search(text)
    new = f"title: {json.dumps(title, ensure_ascii=False)}\n"
    return with_status(f"{text[: found.start()]}{new}{text[found.end():]}" if found else text, "draft")

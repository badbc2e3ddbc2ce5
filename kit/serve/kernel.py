"""A visitor's kernel: ipykernel without what a page never uses, the debugger (0.1 s of every start) and a history file."""

import sys

sys.modules["debugpy"] = None  # type: ignore[assignment]   # ipykernel does without when it cannot be imported

from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from traitlets.config import Config  # noqa: E402


def settings() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Minimal"   # what goes wrong is in our log; a page needs no source lines
    return config


if __name__ == "__main__":
    IPKernelApp.launch_instance(config=settings())

"""A visitor's kernel: ipykernel without what a page never uses: the debugger (0.1 s of every start), a history file, and its user's own settings."""

import sys

sys.modules["debugpy"] = None  # type: ignore[assignment]   # ipykernel does without when it cannot be imported

from ipykernel.kernelapp import IPKernelApp  # noqa: E402
from traitlets.config import Config  # noqa: E402


class VisitorsKernel(IPKernelApp):
    """Upstream also obeys the `ipython_config.py` of whoever runs it, and runs what lies in their `startup` folder: here nobody's change a page."""

    def load_config_file(self, suppress_errors: bool | None = None) -> None:
        pass

    def init_code(self) -> None:
        pass


def settings() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.xmode = "Minimal"   # what goes wrong is in our log; a page needs no source lines
    return config


if __name__ == "__main__":
    VisitorsKernel.launch_instance(config=settings())

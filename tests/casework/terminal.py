"""An operator at a terminal who repairs a stack by hand."""

from __future__ import annotations

import pytest

from infra import ops
from tests.scenario import Scenario

PERSONAL = ("王芳", "13800138000", "wang.fang")


class Operator:
    """An operator at a terminal."""

    def __init__(self, scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
        self.scenario, self._capsys = scenario, capsys

    def says(self, *command: str) -> str:
        """Run a command; return its output or the reason why it stops.

        Fail if the output contains personal data.
        """
        self._capsys.readouterr()
        try:
            ops.main(command, lambda stack, endpoint: None)
        except SystemExit as stopped:
            return str(stopped)
        said = self._capsys.readouterr().out
        assert not [word for word in PERSONAL if word in said]
        return said

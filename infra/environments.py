"""Virtual environments of tools whose packages do not fit ours: the emulator and checkov."""

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCAL = HERE.parent / ".local"
"""The folder of the local run, and of the environments of tools."""


def emulator() -> Path:
    """Return the path of the Python in the emulator's environment, which has SAM's translator too."""
    return environment("emulator", HERE / "local/requirements.txt")


def environment(tool: str, requirements: Path) -> Path:
    """Return the path of the Python in the environment of a tool. The environment is made again if its
    requirements or this Python have changed. `tool`: the name of its folder in `.local`. Raises
    subprocess.CalledProcessError if a requirement cannot be fetched."""
    folder = LOCAL / tool / "venv"
    python, mark = folder / "bin/python", folder / "made"
    state = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if not (mark.exists() and mark.read_text() == state):
        print(f"Installing {tool} (once) …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
        wanted = ("install", "--quiet", "-r", requirements)
        uv: list[str | Path] = [Path(sys.executable).parent / "uv", "pip", *wanted, "--python", python]
        # uv reads no settings of pip, such as a mirror of PyPI, so pip comes after it
        if subprocess.run(uv).returncode:
            subprocess.run([sys.executable, "-m", "pip", "--python", python, *wanted], check=True)
        mark.write_text(state)
    return python

"""The project as git would clone it, in a folder of its own, and commands as people give them there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def shell(*words: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=400, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def environment() -> dict[str, str]:
    """As on a person's machine: this environment's commands first, no tracking server, a git identity."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "DVC_", "GIT_"))}
    who = {f"GIT_{role}_{what}": "tests@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return mine | who | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{mine['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}


def bare_copy(folder: Path) -> Path:
    """The files that git would clone, without what DVC has noted of runs."""
    names = shell("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).stdout.splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / "dvc.lock").unlink(missing_ok=True)
    shell("git", "init", "-q", cwd=folder)
    return folder


def commit(folder: Path, said: str) -> None:
    shell("git", "add", "-A", cwd=folder)
    shell("git", "commit", "-qm", said, cwd=folder)


def fresh_copy(folder: Path, *choices: str) -> Path:
    """The project as git would clone it, with these choices composed and committed."""
    bare_copy(folder)
    shell("churn", "compose", *choices, cwd=folder)
    commit(folder, "choices")
    return folder

"""Files that change under the reader, a full disk, an interruption, a kill: one line, nothing partial, and a clean next run."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from pipeline.contract.verdicts import Judged
from pipeline.engine import engine
from pipeline.errors import DataUnfitError, ServiceError
from pipeline.sources import mapping, raw
from pipeline.sources.paths import Signature
from tests.contract.test_clean import IDENTITY, clean_mappings

ROOT = Path(__file__).parents[2]
HEADER = "customer_id,order_id,ordered_at\n"
ORDERS = HEADER + "".join(f"{number % 997},A{number},2020-01-{number % 28 + 1:02d}\n" for number in range(200_000))


def project(folder: Path, rows: str = ORDERS) -> Path:
    """A project whose source is one file of orders."""
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["source"] |= {"path": "in", "simulate": {}, "static_attributes": []}
    params["source"]["tables"] = {"transactions": {"path": "orders.csv", "columns": IDENTITY}}
    (folder / "in").mkdir()
    (folder / "in/orders.csv").write_text(rows, encoding="utf-8")
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return folder


COMMAND = [sys.executable, "-m", "pipeline.stages.ingest"]


def options(folder: Path, temporary: Path | None = None) -> dict:
    """Where the command runs, and where it spills."""
    (spill := temporary or folder / "spill").mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(spill)}
    return {"cwd": folder, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def _hear() -> None:
    """Interruptions count, as at a terminal: what a shell runs in the background is deaf to them, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ingest(folder: Path, **more: object) -> tuple[int, str]:
    """Exit code and standard error of a run."""
    done = subprocess.run(COMMAND, check=False, timeout=120, **options(folder) | more)
    return done.returncode, done.stderr


def written(folder: Path) -> dict[str, bytes]:
    """Every file below the outputs' folders."""
    files = (file for name in ("data", "reports", "spill") for file in (folder / name).rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run writes that nothing disturbs."""
    folder = project(tmp_path_factory.mktemp("undisturbed"))
    assert ingest(folder) == (0, "")
    assert sorted(written(folder)) == [
        "data/clean/quarantine/transactions.parquet",
        "data/clean/transactions.parquet",
        "data/identities/identities.parquet",
        "reports/ingest.json",
    ]
    return written(folder)


def _grow(file: Path) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write("8,B,2020-01-02\n")


def _exchange(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("an\nother\nfile\n", encoding="utf-8")
    other.replace(file)


DURING = [(Path.unlink, "is gone"), (_grow, "changed while it was read"), (_exchange, "changed while it was read")]


@pytest.mark.parametrize(("change", "message"), DURING)
@pytest.mark.parametrize("moment", ["before its rows are read", "after its rows are read"])
def test_a_file_that_changes_under_the_reader_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], message: str, moment: str
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + "7,A,2020-01-01\n", encoding="utf-8")
    verdicts, check = Judged._verdicts, raw.check_unchanged

    def before(judged: Judged, *given: str) -> str:
        change(file)
        return verdicts(judged, *given)

    def after(taken: Signature) -> None:
        change(file)
        check(taken)

    if moment.startswith("before"):
        monkeypatch.setattr(Judged, "_verdicts", before)
    else:
        monkeypatch.setattr(raw, "check_unchanged", after)
    with pytest.raises(DataUnfitError, match=rf"orders\.csv {message}; run again when"):
        clean_mappings(tmp_path, "transactions", [{"path": "orders.csv", "columns": IDENTITY}])
    assert not (tmp_path / "clean").exists()


def test_a_parquet_file_that_is_exchanged_for_one_of_other_columns_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine() as connection:
        for name, query in (
            ("orders", "'7' AS customer_id, 'A' AS order_id, DATE '2020-01-01' AS ordered_at"),
            ("other", "1 AS n"),
        ):
            connection.execute(f"COPY (SELECT {query}) TO '{tmp_path}/{name}.parquet'")
    verdicts = Judged._verdicts

    def exchanged(judged: Judged, *given: str) -> str:
        (tmp_path / "other.parquet").replace(tmp_path / "orders.parquet")
        return verdicts(judged, *given)

    monkeypatch.setattr(Judged, "_verdicts", exchanged)
    with pytest.raises(DataUnfitError, match=r"orders\.parquet changed while it was read"):
        clean_mappings(tmp_path, "transactions", [{"path": "orders.parquet", "columns": IDENTITY}])


def test_a_lookup_that_changes_under_the_reader_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + "7,A,2020-01-01\n", encoding="utf-8")
    (tmp_path / "names.csv").write_text("customer_id,name\n7,x\n", encoding="utf-8")
    runs = mapping.runs

    def then_grow(*given: object, **how: object) -> object:
        made = runs(*given, **how)
        _grow(tmp_path / "names.csv") if given[3] == "source.tables.transactions.lookups.names" else None
        return made

    monkeypatch.setattr(mapping, "runs", then_grow)
    lookups = {"names": {"path": "names.csv", "key": ["customer_id"]}}
    columns = IDENTITY | {"customer_id": "raw.customer_id"}
    with pytest.raises(DataUnfitError, match=r"names\.csv changed while it was read"):
        clean_mappings(tmp_path, "transactions", [{"path": "orders.csv", "columns": columns, "lookups": lookups}])


@pytest.mark.parametrize("path", ["in", "in/*/*.csv", "**/*.csv", "in/closed/1.csv", "in/open"])
def test_what_may_not_be_read_is_refused_and_not_passed_over(tmp_path: Path, path: str) -> None:
    folder = project(tmp_path, HEADER + "7,A,2020-01-01\n")
    for name in ("open", "closed"):
        (folder / "in/in" / name).mkdir(parents=True)
        (folder / "in/in" / name / "1.csv").write_text(HEADER + f"7,{name},2020-01-01\n", encoding="utf-8")
    closed = folder / ("in/in/open/1.csv" if path == "in/open" else "in/in/closed")
    text = (folder / "params.yaml").read_text(encoding="utf-8").replace("path: orders.csv", f"path: '{path}'")
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    closed.chmod(0)
    words = COMMAND
    if os.geteuid() == 0:
        if not (setpriv := shutil.which("setpriv")):
            pytest.skip("root may read everything, and there is no setpriv to give that up")
        words = [setpriv, "--bounding-set", "-dac_override,-dac_read_search", *COMMAND]
    done = subprocess.run(words, check=False, timeout=60, **options(folder))
    closed.chmod(0o755)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert closed.name in done.stderr or "source.tables.transactions.path" in done.stderr
    assert written(folder) == {}


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_a_full_disk_is_one_line_and_nothing_partial_stays(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    folder = project(tmp_path)
    code, err = ingest(folder, preexec_fn=_limited)
    assert (code, err.count("\n"), "no room left on the disk" in err) == (6, 1, True), err
    assert written(folder) == {}
    assert ingest(folder) == (0, "")
    assert written(folder) == undisturbed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    (folder := tmp_path / "disk").mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False).returncode:
        pytest.skip("a disk of 1 MB cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("packing", ["utf-16", "engine"])
def test_a_full_disk_while_spilling_is_one_line_too(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    if packing == "utf-16":
        (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-16")
        with pytest.raises(OSError, match="No space left on device"), engine():
            clean_mappings(tmp_path, "transactions", [{"path": "orders.csv", "columns": IDENTITY, "encoding": "utf-16"}])
    else:
        with pytest.raises(ServiceError, match=rf"{small_disk}/\S+: no room left on the disk"), engine("50MB") as connection:
            connection.execute("CREATE TABLE t AS SELECT hash(i), hash(i + 1), hash(i + 2) FROM range(9_000_000) AS t(i)")
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize(("sent", "code", "said"), [(signal.SIGINT, 1, "ingest: interrupted\n"), (signal.SIGKILL, -9, "")])
def test_the_run_after_an_interrupted_one_writes_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes], sent: signal.Signals, code: int, said: str
) -> None:
    folder = project(tmp_path, ORDERS * 20)
    run = subprocess.Popen(COMMAND, preexec_fn=_hear, **options(folder))  # noqa: PLW1509 (it starts no thread)
    assert run.stdout.readline() == "ingest: 1/1 transactions\n"
    time.sleep(0.5)  # the rows are being read and judged: together that takes seconds
    run.send_signal(sent)
    _, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (code, said)
    left = written(folder)
    assert not any(name.startswith(("data/clean/", "reports/ingest")) for name in left)
    assert sent == signal.SIGKILL or left == {}
    (folder / "in/orders.csv").write_text(ORDERS, encoding="utf-8")
    assert ingest(folder) == (0, "")
    assert {name: text for name, text in written(folder).items() if not name.startswith("spill/")} == undisturbed


def test_the_second_of_two_runs_at_once_is_busy(tmp_path: Path) -> None:
    folder = project(tmp_path, ORDERS * 5)
    first = subprocess.Popen(COMMAND, **options(folder))
    assert first.stdout.readline() == "ingest: 1/1 transactions\n"
    assert ingest(folder) == (5, "ingest: ingest is already running in this folder; try again when it has ended\n")
    _, err = first.communicate(timeout=60)
    assert (first.returncode, err) == (0, "")

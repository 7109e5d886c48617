"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from pipeline.disk import partial, remove, replace, sha256, write_text


def test_what_grows_lies_beside_its_place_under_a_hidden_name():
    assert partial(Path("reports/metrics.json")) == Path("reports/.metrics.json.partial")


def test_a_text_is_written_byte_for_byte_in_a_folder_that_is_made(tmp_path):
    write_text(tmp_path / "new/ids.txt", "Zoë\r\nbob\n")
    assert (tmp_path / "new/ids.txt").read_bytes() == b"Zo\xc3\xab\r\nbob\n"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["ids.txt"]


def test_a_text_killed_before_its_name_leaves_the_one_before(tmp_path, monkeypatch):
    write_text(tmp_path / "pointer", "first, and longer")

    def killed(self, target):
        assert self.read_text(encoding="utf-8") == "second", "complete before it has its name"
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_text(tmp_path / "pointer", "second")
    assert (tmp_path / "pointer").read_text(encoding="utf-8") == "first, and longer"
    write_text(tmp_path / "pointer", "third")
    assert [path.name for path in tmp_path.iterdir()] == ["pointer"]


@pytest.mark.parametrize("old", ["file", "folder", "nothing"])
@pytest.mark.parametrize("new", ["file", "folder"])
def test_what_is_complete_takes_the_place_of_anything(tmp_path, old, new):
    def make(path, kind):
        if kind == "folder":
            path.mkdir()
        if kind != "nothing":
            (path / "inside" if kind == "folder" else path).write_text(path.name, encoding="utf-8")

    make(tmp_path / "place", old)
    make(tmp_path / "complete", new)
    replace(tmp_path / "place", tmp_path / "complete")
    held = tmp_path / "place" / "inside" if new == "folder" else tmp_path / "place"
    assert held.read_text(encoding="utf-8") == "complete"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "link")
    remove(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_checksum_is_that_of_sha256sum(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

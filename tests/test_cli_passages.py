"""The command `passages`: what it lists, what it changes, and that ingest tells of edits that it kept or set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli import Said, call

TEXT = "# Gates\n\n{gates}\n\n# Soup\n\n{soup} {bread}\n"


def write(file: Path, soup: str) -> None:
    gates = "".join(f"Gate {n} is kept by keeper {n * 7}. " for n in range(20))
    file.write_text(TEXT.format(gates=gates, soup=soup, bread="Bread is free on every day of the week. " * 12))


@pytest.fixture
def there(tmp_path: Path) -> Path:
    write(tmp_path / "rules.md", "Leek soup costs four crowns.")
    assert call("ingest", tmp_path / "rules.md", "--workspace", tmp_path / "w").code == 0
    return tmp_path


def passages(there: Path, *arguments: str) -> Said:
    return call("passages", *arguments, "--workspace", there / "w", "--json")


def test_passages_are_listed_changed_and_kept(there: Path) -> None:
    listed = passages(there, "rules.md").json
    gates, soup = listed["passages"][0], listed["passages"][-1]
    assert set(soup) == {
        "id", "document_id", "document", "page", "heading", "text", "position", "enabled", "edited",
    }  # fmt: skip
    assert listed["document"] == "rules.md" and listed["edits_aside"] == [] and soup["heading"] == "Soup"
    (there / "new.txt").write_text("Leek soup costs nine crowns.\n")
    (edited,) = passages(there, "--edit", str(soup["id"]), "--text-file", str(there / "new.txt")).json["passages"]
    assert edited["edited"] and edited["text"] == "Leek soup costs nine crowns."
    parts = passages(there, "--split", str(gates["id"]), "--at", "200").json["passages"]
    (merged,) = passages(there, "--merge", str(parts[1]["id"]), str(parts[0]["id"])).json["passages"]
    assert merged["position"] == gates["position"]
    (back,) = passages(there, "--revert", str(merged["id"])).json["passages"]
    assert passages(there, "--revert", str(back["id"])).json["passages"] == [back]
    untouched = call("passages", "--revert", str(back["id"]), "--workspace", there / "w")
    assert untouched.code == 0 and "nothing to revert" in untouched.out
    assert (back["text"], back["edited"]) == (gates["text"], False)
    off = passages(there, "--off", str(back["id"])).json["passages"]
    assert off == [{**back, "enabled": False}]
    shown = call("passages", "rules.md", "--workspace", there / "w").out
    assert "edited" in shown and "off" in shown
    write(there / "rules.md", "Fish soup costs six crowns.")
    (result,) = call("ingest", there / "rules.md", "--workspace", there / "w", "--json").json["documents"]
    assert (result["edits_kept"], result["edits_aside"]) == (1, 1) and "set aside" in result["reason"]
    listed = passages(there, "rules.md").json
    assert [p["text"] for p in listed["passages"] if not p["enabled"]] == [gates["text"]]
    (aside,) = listed["edits_aside"]
    assert aside["after"] == ["Leek soup costs nine crowns."]
    assert "nine crowns" in call("passages", "rules.md", "--workspace", there / "w").out
    assert passages(there, "--discard", str(aside["edit"])).json == {"discarded": aside["edit"]}
    assert passages(there, "rules.md").json["edits_aside"] == []
    again = next(p["id"] for p in listed["passages"] if not p["enabled"])
    assert passages(there, "--on", str(again)).json["passages"][0]["enabled"]


def test_an_edit_that_cannot_be_is_one_sentence(there: Path) -> None:
    first = str(passages(there, "rules.md").json["passages"][0]["id"])
    for arguments, word in (
        (("--edit", first, "--text", " "), "empty"),
        (("--split", first, "--at", "0"), "between 1 and"),
        (("--merge", first, first), "itself"),
    ):
        said = passages(there, *arguments)
        assert said.code == 1 and word in said.json["error"] and said.err.strip() == said.json["error"]

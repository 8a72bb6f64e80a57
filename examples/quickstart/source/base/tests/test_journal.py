import json

from pay.journal import Journal
from pay.money import Money


def test_each_entry_is_one_line_of_the_file(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.record("capture", "p1", Money(3000, "EUR"))
    journal.record("refund", "p1", Money(3000, "EUR"))
    lines = (tmp_path / "journal").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["capture", "refund"]

"""The append-only record of what was captured and refunded: one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pay.money import Money


@dataclass(frozen=True)
class Entry:
    kind: str
    payment: str
    amount: Money


class Journal:
    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._path = path

    def record(self, kind: str, payment: str, amount: Money) -> None:
        entry = Entry(kind, payment, amount)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry)) + "\n")
        self.entries.append(entry)

    def of(self, payment: str, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.payment == payment and entry.kind == kind]

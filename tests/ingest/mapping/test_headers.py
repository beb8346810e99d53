"""The bank of headers: what real sheets call their columns, each judged with its values and beside its neighbours."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from ingest.mapping.proposal import propose_mapping
from ingest.model import IGNORE, KINDS, Kind, RawTable

BANK = Path(__file__).with_name("headers.yaml")
LATER_BANK = Path(__file__).with_name("headers_later.yaml")


@dataclass(frozen=True)
class Judged:
    """A header of the bank and what became of it: `wanted` are the right targets, None among them where none may be right."""

    kind: Kind
    sheet: str
    header: str
    wanted: frozenset[str | None]
    proposed: str | None

    @property
    def verdict(self) -> str:
        """`right`, `open` where a person still has to say, or `wrong`: a target that it is not."""
        if self.proposed is not None and self.proposed in self.wanted:
            return "right"
        if self.proposed is not None and self.proposed != IGNORE and ".custom:" not in self.proposed:
            return "wrong"
        return "right" if None in self.wanted else "open"

    @property
    def is_trap(self) -> bool:
        """Whether no target of ours is right."""
        return self.wanted == {None}


def _judge(bank: Path) -> Iterator[Judged]:
    for sheet in yaml.safe_load(bank.read_text(encoding="utf-8")):
        kind: Kind = sheet["kind"]
        columns = {header: cells.split(" | ") for header, _, cells in sheet["columns"]}
        frame = pa.table(
            {
                header: pa.array([None if cell == "-" else cell for cell in cells], pa.string())
                for header, cells in columns.items()
            }
        )
        mapping = propose_mapping(RawTable(header=frame.column_names, frame=frame), kind)
        proposed = {column.source: column.target for column in mapping.columns}
        for header, target, _ in sheet["columns"]:
            yield Judged(
                kind,
                sheet["sheet"],
                header,
                frozenset(target if isinstance(target, list) else [target]),
                proposed[header],
            )


def test_the_banks_are_large_and_say_nothing_twice() -> None:
    judged = list(_judge(BANK))
    assert sum(not header.is_trap for header in judged) >= 200
    assert sum(header.is_trap for header in judged) >= 50
    assert {header.kind for header in judged} == set(KINDS)
    names = Counter((header.kind, header.header) for header in [*judged, *_judge(LATER_BANK)])
    # A plain "Nombre" is another thing beside surnames, and "Cant." stands in most tills.
    assert [name for name, count in names.items() if count > 3] == []
    assert sum(count - 1 for count in names.values()) < 0.05 * names.total()


@pytest.mark.parametrize(("bank", "right_from"), [(BANK, 0.95), (LATER_BANK, 0.90)], ids=["bank", "later"])
def test_headers_get_their_target_and_never_a_wrong_one(
    bank: Path, right_from: float, capsys: pytest.CaptureFixture[str]
) -> None:
    judged = list(_judge(bank))
    verdicts = Counter((header.is_trap, header.verdict) for header in judged)
    homes, traps = (sum(header.is_trap == is_trap for header in judged) for is_trap in (False, True))
    with capsys.disabled():
        print(
            f"\n{bank.name}: {verdicts[False, 'right']} of {homes} right, {verdicts[False, 'open']} left open, "
            f"{verdicts[False, 'wrong']} wrong; {verdicts[True, 'right']} of {traps} traps without a target"
        )
    wrong = [f"{one.sheet}: {one.header} -> {one.proposed}" for one in judged if one.verdict == "wrong"]
    assert wrong == []
    assert verdicts[False, "right"] / homes >= right_from, [one for one in judged if one.verdict == "open"]

"""What a demo company is: who registers it, and the spreadsheets that it brings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoFile:
    """One spreadsheet to import, and as what: "customers", "sales" or "opportunities"."""

    path: Path
    kind: str


@dataclass(frozen=True)
class DemoCompany:
    """A made-up company of Costa Rica. Files are in the order in which they are to be imported."""

    key: str
    name: str
    industry_type: str
    currency: str
    owner_first_name: str
    owner_last_name: str
    owner_email: str
    files: tuple[DemoFile, ...]

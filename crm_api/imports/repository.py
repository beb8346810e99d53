"""Queries on imports that are the API's own; their life is in ingest.imports."""

from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from pymeai.database.tables.workspace import Import


def every() -> Select[Import]:
    """All imports."""
    return select(Import)


def find(session: Session, import_id: UUID) -> Import | None:
    """One import."""
    return session.execute(every().where(Import.import_id == import_id)).scalar_one_or_none()


def exchange_run(session: Session, import_id: UUID, expected: str | None, run_id: str | None) -> bool:
    """Note another run, unless somebody else did so since `expected` was read; says whether it was noted."""
    statement = (
        update(Import)
        .where(Import.import_id == import_id, Import.run_id.is_not_distinct_from(expected))
        .values(run_id=run_id)
        .returning(Import.import_id)
    )
    return session.execute(statement).scalar_one_or_none() is not None

"""The doctor's look at the server."""

from pymeai.database.checks import check_server
from pymeai.settings import Settings


def test_a_migrated_server_holds_in_every_line(settings: Settings) -> None:
    checks = check_server(settings)
    assert [check.name for check in checks if not check.holds] == []
    assert {"Versión de PostgreSQL", "Extensión pg_trgm", "Candados por transacción"} <= {
        check.name for check in checks
    }


def test_a_server_that_does_not_answer_is_one_line_with_what_to_do(settings: Settings) -> None:
    dead = settings.model_copy(update={"database_url": "postgresql://nadie:nada@127.0.0.1:1/nada"})
    (check,) = check_server(dead)
    assert not check.holds
    assert "PYMEAI_DATABASE_URL" in check.remedy

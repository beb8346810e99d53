"""The bank of questions, read by the grammar: what it must reach, and what it prints."""

from collections.abc import Callable

import pytest

from kula.evals.bank import cases, score
from kula.understanding import Understanding
from tests.kula.conftest import TODAY


def test_the_bank_is_read_as_it_must_be(
    read: Callable[[str], Understanding], capsys: pytest.CaptureFixture[str]
) -> None:
    result = score(read, TODAY)
    with capsys.disabled():
        print(
            f"\nKula, offline: {result.answerable} questions to answer, {result.declined} not to; precision"
            f" {result.precision:.3f}, coverage {result.coverage:.3f}, declined {result.refusals:.3f}"
        )
    assert result.precision >= 0.99, result.wrong
    assert result.coverage >= 0.97, result.wrong
    assert result.refusals == 1.0, result.wrong


def test_the_bank_is_worth_its_name() -> None:
    questions = [case.question for case in cases()]
    assert len(questions) == len(set(questions))
    assert sum(case.plan is not None for case in cases()) >= 250
    assert sum(case.plan is None for case in cases()) >= 50

"""The gate between cleaning and loading: a Great Expectations suite for each kind of import.

The library takes seconds to import, so nothing here imports it before it is used; `preload` does so ahead of time.
"""

import datetime as dt
import threading
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.model import Cleaned, Kind
from ingest.targets import REQUIRED, TARGETS
from pymeai.clock import business_today
from pymeai.costa_rica.money import format_number
from pymeai.settings import get_settings

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.expectations.expectation import Expectation

Rule = Literal["not_null", "unique", "regex", "in_set", "between", "positive", "true", "not_before"]
Severity = Literal["critical", "warning"]

_LIMIT = 1e13
# UTC without a zone, as the frame that is checked has its instants.
_EARLIEST = dt.datetime(1900, 1, 1)  # noqa: DTZ001
_LATEST = dt.datetime(2101, 1, 2)  # noqa: DTZ001
_PATTERNS = {
    "phone": (r"^\+[1-9]\d{6,14}$", "no son teléfonos en formato internacional"),
    "email": (r"^[^@\s]+@[^@\s]+\.[^@\s]{2,}$", "no son correos electrónicos"),
    "identification": (r"^[A-Z0-9]{1,20}$", "no son identificaciones"),
}
# Dates of which the second cannot come before the first.
_ORDERED = (
    ("opportunity.created_at", "opportunity.closed_at"),
    ("opportunity.entered_stage_at", "opportunity.closed_at"),
)
_lock = threading.Lock()

_ROWS_AT_ONCE = 200_000
"""Great Expectations copies what it looks at several times: of a million rows it took 280 MB at once."""


@dataclass(frozen=True)
class Check:
    """One expectation on one column, with what to tell of the rows that fail it."""

    rule: Rule
    column: str
    message: str
    severity: Severity = "critical"
    pattern: str | None = None
    values: tuple[str, ...] = ()
    low: float | dt.datetime | None = None
    high: float | dt.datetime | None = None
    other: str | None = None


@dataclass(frozen=True)
class ExpectationResult:
    """How one expectation went. `message` is Spanish and says how many rows fail, where some do."""

    name: str
    column: str | None
    success: bool
    unexpected_count: int
    message: str
    severity: Severity = "critical"


@dataclass(frozen=True)
class GateResult:
    """Whether the rows may be loaded: every critical expectation holds. Warnings do not stop them."""

    success: bool
    statistics: dict[str, int | float]
    expectations: list[ExpectationResult]

    def as_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)


def preload() -> None:
    """Imports Great Expectations, so that the first check does not wait for it (5 s and more)."""
    # It imports modules that the standard library has deprecated; that is its own affair.
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations  # noqa: F401


def check(cleaned: Cleaned, kind: Kind, *, today: dt.date | None = None) -> GateResult:
    """Runs the suite of `kind` over all rows. `today` is the business day unless given."""
    frame = cleaned.frame
    checks = checks_for(frame, kind, today or business_today(get_settings()))
    results = _results(frame, kind, checks)
    failed = [result for result in results if not result.success]
    statistics: dict[str, int | float] = {
        "rows": frame.num_rows,
        "evaluated_expectations": len(results),
        "successful_expectations": len(results) - len(failed),
        "unsuccessful_expectations": len(failed),
        "success_percent": round(100 * (len(results) - len(failed)) / len(results), 2) if results else 100.0,
    }
    return GateResult(not any(result.severity == "critical" for result in failed), statistics, results)


def checks_for(frame: pa.Table, kind: Kind, today: dt.date) -> list[Check]:
    """The suite of a kind, for the columns that the frame has."""
    checks = [
        Check("not_null", "row_number", "filas no tienen número"),
        Check("unique", "row_number", "filas comparten su número"),
    ]
    for group in REQUIRED[kind]:
        label = " o ".join(dict.fromkeys(TARGETS[name].label.lower() for name in group))
        checks.append(Check("true", _filled_name(group), f"filas no tienen {label}"))
    for name in frame.column_names:
        checks += _checks_of(name, frame.schema.field(name).type, today)
    for earlier, later in _ORDERED:
        if earlier in frame.column_names and later in frame.column_names:
            message = f"filas tienen «{TARGETS[later].label}» antes de «{TARGETS[earlier].label}»"
            checks.append(Check("not_before", later, message, "warning", other=earlier))
    return checks


def _checks_of(name: str, kind: pa.DataType, today: dt.date) -> list[Check]:
    target = TARGETS.get(name)
    if target is None:
        return []
    label = f"«{target.label}»"
    checks: list[Check] = []
    if target.choices:
        values = tuple(value for value, _ in target.choices)
        checks.append(Check("in_set", name, f"filas tienen un valor desconocido en {label}", values=values))
    if target.type in _PATTERNS:
        pattern, message = _PATTERNS[target.type]
        checks.append(Check("regex", name, f"valores de {label} {message}", pattern=pattern))
    if target.type == "percent":
        checks.append(Check("between", name, f"valores de {label} no están entre 0 y 100", low=0.0, high=100.0))
    elif name.endswith(".exchange_rate"):
        checks.append(Check("positive", name, f"valores de {label} no son mayores que cero", low=0.0, high=_LIMIT))
    elif pa.types.is_decimal(kind):
        checks.append(Check("between", name, f"valores de {label} son demasiado grandes", low=-_LIMIT, high=_LIMIT))
    if pa.types.is_timestamp(kind):
        checks.append(Check("between", name, f"fechas de {label} son imposibles", low=_EARLIEST, high=_LATEST))
    if name in ("sale.sold_at", "interaction.date_time"):
        tomorrow = dt.datetime.combine(today + dt.timedelta(days=2), dt.time(6))
        checks.append(Check("between", name, f"fechas de {label} son futuras", "warning", low=_EARLIEST, high=tomorrow))
    if name == "opportunity.value":
        checks.append(Check("between", name, f"valores de {label} son negativos", "warning", low=0.0, high=_LIMIT))
    return checks


def _results(frame: pa.Table, kind: Kind, checks: list[Check]) -> list[ExpectationResult]:
    """How each check went over all rows, so many of them at a time; only what is unique has to be seen at once."""
    if frame.num_rows <= _ROWS_AT_ONCE:
        return _run(_as_pandas(frame, kind, checks), checks)
    whole = [check for check in checks if check.rule == "unique"]
    others = [check for check in checks if check.rule != "unique"]
    found = dict(zip(whole, _run(_as_pandas(frame, kind, whole), whole), strict=True))
    for start in range(0, frame.num_rows, _ROWS_AT_ONCE):
        part = _run(_as_pandas(frame.slice(start, _ROWS_AT_ONCE), kind, others), others)
        for check, result in zip(others, part, strict=True):
            found[check] = _together(check, found[check], result) if check in found else result
    return [found[check] for check in checks]


def _together(check: Check, first: ExpectationResult, second: ExpectationResult) -> ExpectationResult:
    """One check's result over the rows of both."""
    success = first.success and second.success
    return _told(check, first.name, first.unexpected_count + second.unexpected_count, success=success)


def _filled_name(group: tuple[str, ...]) -> str:
    return "filled:" + "|".join(group)


def _as_pandas(frame: pa.Table, kind: Kind, checks: list[Check]) -> "pd.DataFrame":
    """The columns that the checks look at: decimals as floats, instants as UTC without a zone, and for each required group whether a row fills it."""
    names = {name for check in checks for name in (check.column, check.other) if name}
    columns = {}
    for name in frame.column_names:
        if name in names:
            column = frame.column(name)
            if pa.types.is_decimal(column.type):
                column = column.cast(pa.float64())
            elif pa.types.is_timestamp(column.type):
                # What Great Expectations compares at once; other resolutions it goes through one by one.
                column = column.cast(pa.timestamp("us")).cast(pa.timestamp("ns"))
            columns[name] = column
    for group in (group for group in REQUIRED[kind] if _filled_name(group) in names):
        filled = np.zeros(frame.num_rows, dtype=bool)
        for name in group:
            if name in frame.column_names:
                filled |= pc.is_valid(frame.column(name)).to_numpy(zero_copy_only=False)
        columns[_filled_name(group)] = pa.array(filled)
    table: pd.DataFrame = pa.table(columns).to_pandas()
    return table


def _run(table: "pd.DataFrame", checks: list[Check]) -> list[ExpectationResult]:
    preload()
    import great_expectations as gx

    # A context is one of the process: two imports at once must not share one half made.
    with _lock:
        context = _context(gx.get_context(mode="ephemeral"))
        source = context.data_sources.add_pandas("cleaned")
        batch = (
            source.add_dataframe_asset("rows")
            .add_batch_definition_whole_dataframe("all")
            .get_batch({"dataframe": table})
        )
        suite = gx.ExpectationSuite(
            "import", expectations=[_expectation(check, place) for place, check in enumerate(checks)]
        )
        validated = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
        # The library holds on to its last context, and the context to the rows.
        context.data_sources.delete("cleaned")
    by_place = {_place(result.expectation_config): result for result in validated.results}
    return [_result(check, by_place[place]) for place, check in enumerate(checks)]


def _place(configuration: Any) -> int:
    place: int = configuration.meta["place"]
    return place


def _expectation(check: Check, place: int) -> "Expectation":
    import great_expectations.expectations as gxe
    from great_expectations.expectations.metadata_types import FailureSeverity

    column = {"column": check.column}
    bounds = {"min_value": check.low, "max_value": check.high, "strict_min": check.rule == "positive"}
    pair = {
        "column_A": check.column,
        "column_B": check.other,
        "or_equal": True,
        "ignore_row_if": "either_value_is_missing",
    }
    kinds: dict[Rule, tuple[str, dict[str, Any]]] = {
        "not_null": ("ExpectColumnValuesToNotBeNull", column),
        "unique": ("ExpectColumnValuesToBeUnique", column),
        "regex": ("ExpectColumnValuesToMatchRegex", {**column, "regex": check.pattern}),
        "in_set": ("ExpectColumnValuesToBeInSet", {**column, "value_set": list(check.values)}),
        "true": ("ExpectColumnValuesToBeInSet", {**column, "value_set": [True]}),
        "between": ("ExpectColumnValuesToBeBetween", {**column, **bounds}),
        "positive": ("ExpectColumnValuesToBeBetween", {**column, **bounds}),
        "not_before": ("ExpectColumnPairValuesAToBeGreaterThanB", pair),
    }
    name, arguments = kinds[check.rule]
    # By name: the package exports its expectations in a way that type checkers do not see.
    expectation: Expectation = getattr(gxe, name)(
        meta={"place": place}, severity=FailureSeverity(check.severity), **arguments
    )
    return expectation


def _result(check: Check, validated: Any) -> ExpectationResult:
    if any(info.get("raised_exception") for info in _exceptions(validated.exception_info)):
        raise RuntimeError(f"the expectation {check.rule} on {check.column} could not be evaluated")
    unexpected = int(validated.result.get("unexpected_count", 0))
    return _told(check, validated.expectation_config.type, unexpected, success=bool(validated.success))


def _told(check: Check, name: str, unexpected: int, *, success: bool) -> ExpectationResult:
    message = "Se cumple." if success else f"{format_number(unexpected)} {check.message}."
    column = None if check.column.startswith("filled:") else check.column
    return ExpectationResult(name, column, success, unexpected, message, check.severity)


def _exceptions(info: dict[str, Any]) -> list[dict[str, Any]]:
    """What went wrong in evaluating, by metric or for the whole expectation."""
    if "raised_exception" in info:
        return [info]
    return [each for each in info.values() if isinstance(each, dict)]


def _context(context: "AbstractDataContext") -> "AbstractDataContext":
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context

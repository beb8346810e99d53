"""What the rows say, in Spanish. Every figure of the text is a cell of the rows, or a sum of cells."""

from dataclasses import dataclass
from typing import Any

from kula.figures import change, show
from kula.knowledge import Knowledge
from kula.periods.period import Period
from kula.reply import ReplyColumn
from kula.resolve import Resolved
from pymeai.metrics.catalogue import Catalogue, MetricInfo

_LISTED = 10
_PIPELINE_MONEY = frozenset(
    ("open_value", "won_value", "lost_value", "weighted_value", "win_rate", "average_days_to_close")
)
_PROFIT = frozenset(("gross_profit", "gross_margin"))
_NOUNS = {"sales": "ventas", "opportunities": "oportunidades", "customers": "clientes"}


@dataclass(frozen=True)
class Narrative:
    """The rows of an answer and what they are of; `names` are the periods, the main one first."""

    resolved: Resolved
    columns: list[ReplyColumn]
    rows: list[list[Any]]
    currency: str
    names: list[str]
    catalogue: Catalogue
    known: Knowledge

    def text(self) -> str:
        """The sentence or two above the table."""
        if self._is_empty():
            told = self._nothing()
        elif not self._places():
            told = self._listing()
        elif len(self._places()) == len(self.columns):
            told = self._single()
        else:
            told = self._grouped()
        return told[:1].upper() + told[1:]

    @property
    def _metric(self) -> MetricInfo:
        return self.catalogue.metrics[self.resolved.plan.metrics[0]]

    def _places(self) -> list[int]:
        return [index for index, column in enumerate(self.columns) if column.kind == "metric"]

    def _cell(self, row: list[Any], index: int) -> str:
        return show(row[index], self.columns[index].format, self.currency)

    def _label(self, row: list[Any]) -> str:
        return " · ".join(self._cell(row, index) for index, c in enumerate(self.columns) if c.kind != "metric")

    def _amount(self, value: Any) -> str:
        return show(value, self._metric.format, self.currency)

    def _when(self) -> str:
        period = self.resolved.periods[0]
        return f" ({period.name})" if period is not None and not period.is_all else ""

    def _is_empty(self) -> bool:
        places = [index for index in self._places() if not self.columns[index].name.endswith("__change")]
        return not self.rows or (bool(places) and all(not row[index] for row in self.rows for index in places))

    def _listing(self) -> str:
        listed = ", ".join(self._cell(row, 0) for row in self.rows[:_LISTED])
        more = f" y {len(self.rows) - _LISTED} más" if len(self.rows) > _LISTED else ""
        return f"Son {len(self.rows)}: {listed}{more}."

    def _grouped(self) -> str:
        plan = self.resolved.plan
        value = self._places()[0]
        if len(self.names) == 2 and len(self._places()) > 1:
            return self._compared_groups()
        if len(self.rows) == 1:
            row = self.rows[0]
            return f"{self._label(row)}: {self._cell(row, value)} de {self._metric.label.lower()}{self._when()}."
        if plan.order is not None and plan.limit is not None:
            places = enumerate(self.rows[:_LISTED], 1)
            return "; ".join(f"{n}. {self._label(row)} ({self._cell(row, value)})" for n, row in places) + "."
        return self._spread(value)

    def _spread(self, value: int) -> str:
        filled = [row for row in self.rows if row[value] is not None]
        best, worst = max(filled, key=lambda row: row[value]), min(filled, key=lambda row: row[value])
        text = (
            f"El mayor es {self._label(best)} ({self._cell(best, value)})"
            f" y el menor {self._label(worst)} ({self._cell(worst, value)})."
        )
        if self._adds_up():
            total = self._amount(sum(row[value] for row in filled))
            text = f"{self._metric.label}{self._when()}: {total} en total. {text}"
        return text

    def _adds_up(self) -> bool:
        # Distinct customers of two months are not the sum of both.
        return self._metric.additive and self._metric.name not in ("active_customers", "products_sold")

    def _compared_groups(self) -> str:
        """Both totals, where they can be added, and the group that moved most."""
        now, before = self._places()[:2]
        text = f"{self._metric.label}, {self.names[0]} frente a {self.names[1]}."
        if self._adds_up() and self.resolved.plan.limit is None:
            totals = [sum(row[index] or 0 for row in self.rows) for index in (now, before)]
            said = "; ".join(f"{name}: {self._amount(total)}" for name, total in zip(self.names, totals, strict=True))
            text = f"{self._metric.label} — {said}.{self._difference(totals[0], totals[1], self._metric.format)}"
        moved = [row for row in self.rows if row[now] is not None and row[before] is not None]
        if not moved or self._metric.format == "percent":
            return text
        most = max(moved, key=lambda row: abs(row[now] - row[before]))
        by = most[now] - most[before]
        return f"{text} El mayor cambio es {self._label(most)}: {self._amount(abs(by))} {'más' if by > 0 else 'menos'}."

    def _single(self) -> str:
        row = self.rows[0]
        if len(self.names) == 1:
            parts = [f"{c.label}{self._when()}: {self._cell(row, index)}" for index, c in enumerate(self.columns)]
            return ". ".join(parts) + "."
        return " ".join(self._compared(name, row) for name in self.resolved.plan.metrics)

    def _compared(self, name: str, row: list[Any]) -> str:
        info = self.catalogue.metrics[name]
        own = [
            index
            for index, column in enumerate(self.columns)
            if column.name == name or (column.name.startswith(f"{name}__") and not column.name.endswith("__change"))
        ]
        said = "; ".join(f"{period}: {self._cell(row, i)}" for period, i in zip(self.names, own, strict=False))
        sentence = f"{info.label} — {said}."
        if len(own) == 2:
            sentence += self._difference(row[own[0]], row[own[1]], info.format)
        compare = self.resolved.plan.compare
        if self._adds_up() and compare is not None and compare.kind == "periods":
            sentence += f" En total: {show(sum(row[i] or 0 for i in own), info.format, self.currency)}."
        return sentence

    def _difference(self, now: Any, before: Any, kind: str) -> str:
        if now is None or before is None:
            return ""
        if now == before:
            return " Es lo mismo."
        word = "más" if now > before else "menos"
        if kind == "percent":
            return f" Son {show(abs(now - before) * 100, 'number', self.currency)} puntos {word}."
        part = change(now, before)
        of_before = f" ({show(abs(part), 'percent', self.currency)})" if part else ""
        return f" Es {show(abs(now - before), kind, self.currency)} {word}{of_before}."

    def _nothing(self) -> str:
        """Nothing in that period is not the same as no such data: says which days there is data of."""
        subject = self._subject()
        span = self.known.spans.get(subject)
        if span is None:
            registered = "registrados" if subject == "customers" else "registradas"
            return f"Todavía no hay {_NOUNS[subject]} {registered}."
        period = self.resolved.periods[0]
        conditions = [condition for condition in self.resolved.filters if condition.op != "not_null"]
        what = f"No hay {_NOUNS[subject]}{' que cumplan eso' if conditions else ''}"
        if self._metric.name in _PROFIT:
            what = f"No hay datos de {self._metric.label.lower()} (hace falta el costo en las ventas)"
        when = f" en ese período ({period.dates})" if period is not None and not period.is_all else ""
        return f"{what}{when}. Hay datos de {Period(*span).dates}."

    def _subject(self) -> str:
        names = self.resolved.plan.metrics
        if any("opportunit" in name or name in _PIPELINE_MONEY for name in names):
            return "opportunities"
        return "customers" if names[0] in ("customers_count", "new_customers") else "sales"

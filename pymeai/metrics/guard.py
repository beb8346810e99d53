"""The last look at SQL before it runs: an allow-list of what a question to the marts is made of.

Whatever is not on the lists is refused, known or not, and what runs is rendered from the tree that was checked, never
the text that came in. The database's own rights stand behind this (docs/architecture.md, Roles).
"""

from collections.abc import Set
from typing import Any

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from pymeai.errors import PymeError

DIALECT = "postgres"
SCHEMA = "analytics"

STRUCTURE: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.Union, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having,
    exp.Order, exp.Ordered, exp.Limit, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Distinct,
    exp.Literal, exp.Null, exp.Boolean, exp.Placeholder, exp.DataType, exp.Paren, exp.Var, exp.Kwarg, exp.Tuple,
)  # fmt: skip
OPERATORS: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.Is, exp.In, exp.Any,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.ILike, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Case, exp.If, exp.Cast,
    exp.Window,
)  # fmt: skip
FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.Coalesce, exp.Nullif, exp.Abs, exp.TimestampTrunc,
    exp.MakeInterval,
)  # fmt: skip
ALLOWED = frozenset(STRUCTURE + OPERATORS + FUNCTIONS)

TYPES = frozenset({"DOUBLE", "DATE", "TIMESTAMP", "INT", "BIGINT", "DECIMAL", "TEXT"})
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"})


class Refused(PymeError):
    """SQL that the guard does not let through; `reason` is for the log."""

    status = 422
    default_code = "refused_sql"

    def __init__(self, reason: str) -> None:
        super().__init__("Esa consulta no está permitida.")
        self.reason = reason


def guard_text(sql: str, tables: Set[str]) -> str:
    """Check SQL text and return it rendered anew. Raises Refused."""
    try:
        trees = parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        raise Refused("unreadable") from error
    if len(trees) != 1 or trees[0] is None:
        raise Refused("not one statement")
    return guard(trees[0], tables)


def guard(tree: Any, tables: Set[str]) -> str:
    """Check a syntax tree and return its SQL, ready for psycopg (`%` doubled outside placeholders).

    `tables` are the names in the schema `analytics` that may be read. Raises Refused.
    """
    if not isinstance(tree, exp.Select | exp.Union):
        raise Refused("not a SELECT")
    tree = tree.copy()
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    for node in tree.walk():
        if type(node) not in ALLOWED:
            raise Refused(f"node {type(node).__name__}")
        _check_arguments(node)
        match node:
            case exp.Table():
                _check_table(node, tables, named)
            case exp.Column():
                _check_column(node)
            case exp.DataType() if node.this.value not in TYPES:
                raise Refused(f"type {node.this.value}")
            case exp.Literal() if node.is_string:
                node.set("this", node.this.replace("%", "%%"))
            case exp.Identifier() if "%" in node.name:
                raise Refused("identifier")
            case _:
                pass
    return str(tree.sql(dialect=DIALECT, pretty=True, comments=False))


def _check_arguments(node: exp.Expr) -> None:
    """What hides in an argument and is no node of its own."""
    if node.args.get("locks") or node.args.get("into") or node.args.get("laterals"):
        raise Refused("locks, INTO or LATERAL")
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise Refused("recursive")


def _check_table(node: exp.Table, tables: Set[str], named: Set[str]) -> None:
    if node.catalog or not isinstance(node.this, exp.Identifier):
        raise Refused("table")
    if node.db == "":
        if node.name not in named:
            raise Refused(f"table {node.name}")
    elif node.db != SCHEMA or node.name not in tables:
        raise Refused(f"table {node.db}.{node.name}")


def _check_column(node: exp.Column) -> None:
    if not isinstance(node.this, exp.Identifier) or node.args.get("db") or node.args.get("catalog"):
        raise Refused("column")
    if node.name.lower() in SYSTEM_COLUMNS:
        raise Refused(f"column {node.name}")

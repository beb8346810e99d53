"""The last look at SQL before it runs: an allow-list of what a question to the marts is made of.

Whatever is not on the lists is refused, known or not, and what runs is rendered from the tree that was checked, never
the text that came in. The database's own rights stand behind this (docs/architecture.md, Roles).
"""

from collections.abc import Set as AbstractSet
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

# What these nodes may carry; row locks, samples, LATERAL, INTO and the like are arguments and no nodes of their own.
ARGUMENTS: dict[type[exp.Expr], AbstractSet[str]] = {
    exp.Select: {
        "with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit",
    },
    exp.Union: {"with_", "this", "expression", "distinct", "order", "limit"},
    exp.Subquery: {"this", "alias", "with_"},
    exp.Table: {"this", "db", "alias"},
    exp.Join: {"this", "on", "side", "kind"},
    exp.With: {"expressions"},
    exp.CTE: {"this", "alias", "materialized"},
    exp.Column: {"this", "table"},
    exp.Distinct: {"expressions"},
    exp.Window: {"this", "partition_by", "order", "over"},
    exp.Cast: {"this", "to"},
}  # fmt: skip

TYPES = frozenset({"DOUBLE", "DATE", "TIMESTAMP", "INT", "BIGINT", "DECIMAL", "TEXT"})
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"})


class Refused(PymeError):
    """SQL that the guard does not let through; `reason` is for the log."""

    status = 422
    default_code = "refused_sql"

    def __init__(self, reason: str) -> None:
        super().__init__("Esa consulta no está permitida.")
        self.reason = reason


def guard_text(sql: str, tables: AbstractSet[str]) -> str:
    """Check SQL text and return it rendered anew. Raises Refused."""
    try:
        trees = parse(sql, dialect=DIALECT)
    except (SqlglotError, RecursionError) as error:
        raise Refused("unreadable") from error
    if len(trees) != 1 or trees[0] is None:
        raise Refused("not one statement")
    return guard(trees[0], tables)


def guard(tree: Any, tables: AbstractSet[str]) -> str:
    """Check a syntax tree and return its SQL, ready for psycopg (`%` doubled outside placeholders).

    `tables` are the names in the schema `analytics` that may be read. Raises Refused.
    """
    if not isinstance(tree, exp.Select | exp.Union):
        raise Refused("not a SELECT")
    tree = tree.copy()
    for node in tree.walk():
        kind = type(node)
        if kind not in ALLOWED:
            raise Refused(f"node {kind.__name__}")
        if kind in ARGUMENTS and (excess := {key for key, value in node.args.items() if value} - ARGUMENTS[kind]):
            raise Refused(f"{kind.__name__} with {', '.join(sorted(excess))}")
        match node:
            case exp.Table():
                _check_table(node, tables)
            case exp.Column() if node.name.lower() in SYSTEM_COLUMNS or not isinstance(node.this, exp.Identifier):
                raise Refused(f"column {node.name}")
            case exp.DataType() if node.this.value not in TYPES:
                raise Refused(f"type {node.this.value}")
            case exp.Literal() if node.is_string:
                node.set("this", node.this.replace("%", "%%"))
            case exp.Identifier() if "%" in node.name:
                raise Refused("identifier")
            case _:
                pass
    return str(tree.sql(dialect=DIALECT, pretty=True, comments=False))


def _check_table(node: exp.Table, tables: AbstractSet[str]) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise Refused("a function for a table")
    if node.db == "":
        # The server would look further, in its own catalogue, for a name that is no CTE in sight.
        if node.name not in _ctes_in_sight(node):
            raise Refused(f"table {node.name}")
    elif node.db != SCHEMA or node.name not in tables:
        raise Refused(f"table {node.db}.{node.name}")


def _ctes_in_sight(node: exp.Expr) -> set[str]:
    """Names of the CTEs that a table at this place can mean.

    Those of the queries around it; inside a CTE, those before it.
    """
    names: set[str] = set()
    child, parent = node, node.parent
    while parent is not None:
        if isinstance(parent, exp.With):
            names.update(cte.alias for cte in parent.expressions[: parent.expressions.index(child)])
        elif isinstance(clause := parent.args.get("with_"), exp.With) and clause is not child:
            names.update(cte.alias for cte in clause.expressions)
        child, parent = parent, parent.parent
    return names

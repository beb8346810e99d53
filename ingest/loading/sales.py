"""Documents and their lines into `sales`."""

import pyarrow as pa

from ingest.loading import custom_fields, lists, required, staging
from ingest.loading.context import FILL, NEVER, OVERWRITE, Load
from ingest.loading.custom_fields import as_json, sql_column
from ingest.loading.documents import Documents, documents_of
from ingest.loading.rates import Rates, with_rates
from ingest.loading.staging import Codes
from ingest.loading.upsert import CUSTOM_FILL, CUSTOM_NEVER, CUSTOM_OVERWRITE, Field, upsert

_LISTS = {
    "sale.seller": "sales.seller",
    "sale.channel": "sales.channel",
    "sale.payment_method": "sales.payment_method",
}
_NUMBERS = ("quantity", "unit_price", "discount", "cost", "total")
# On a credit note lines have the sign of its amount, which is positive.
_SIGNED = frozenset(["quantity", "cost", "total"])
_LINE_KEYS = ("code", "description", "category", "subcategory", "unit", *_NUMBERS)
_SAME = ("sold_at", "customer_id", "amount", "tax", "currency", "document_type", "lines")


def load_sales(load: Load, frame: pa.Table, people: Codes, rates: Rates) -> None:
    """Write the sales of `frame`; `people` is the customer of each row, a number of the temporary table `persons`.

    A document that is there already has its lines replaced. Documents without a number are new, but those that equal a
    sale without a number that is there (unless the same content is to be loaded again).
    """
    frame = lists.canonical(load, frame, _LISTS)
    fields = custom_fields.ensure(load, frame, "sale")
    documents = documents_of(frame, people)
    headers = with_rates(load, documents.headers, "sold_at", rates)
    staging.create(
        load.cursor, "documents", headers.rename_columns([sql_column(name) for name in headers.column_names])
    )
    lines = _stage_lines(load, documents)
    _incoming(load, headers, fields, lines)
    _match(load)
    custom_defaults = required.require_whole(load, "sale", frame, documents.of_row, "incoming_sales s", "s.document")
    present = ["customer_id", "sold_at", "amount", "currency", "exchange_rate", "document_type"]
    present += [name for name in ("seller", "channel", "payment_method", "source") if name in headers.column_names]
    present += ["external_key"]
    if "sale.tax" in frame.column_names or "line.tax" in frame.column_names:
        present.append("tax")
    if lines:
        present.append("lines")
    defaults = {"tax": "0", "lines": "'[]'"}
    outcome = upsert(
        load,
        table="sales",
        key="sale_id",
        source="incoming_sales",
        fields=[Field(name, load.policy(f"sale.{name}"), defaults.get(name)) for name in present],
        with_custom=bool(fields),
        custom_defaults=custom_defaults,
    )
    load.count("sales", outcome.inserted, outcome.updated, outcome.unchanged)
    if lines:
        load.count("sale_lines", *_counted_lines(load))


def _counted_lines(load: Load) -> tuple[int, int, int]:
    """Lines of new, of updated and of unchanged documents."""
    rows = load.rows(
        """
        select count(*) filter (where i.is_new), count(*) filter (where c.row_id is not null), count(*)
        from document_lines l join incoming_sales i using (document)
        left join import_changes c
            on c.import_id = %s and c.action = 'update' and c.table_name = 'sales' and c.row_id = i.row_id
        """,
        (load.import_id,),
    )
    new, updated, total = rows[0]
    return new, updated, total - new - updated


def _stage_lines(load: Load, documents: Documents) -> bool:
    if documents.lines is None:
        return False
    staging.create(load.cursor, "document_lines", documents.lines)
    names = documents.lines.column_names
    pairs = []
    for key in _LINE_KEYS:
        if key not in names:
            continue
        value = f"l.{key}"
        if key in _NUMBERS:
            value = f"trim_scale(l.{key} * d.sign)" if key in _SIGNED else f"trim_scale(l.{key})"
        pairs.append(f"'{key}', {value}")
    load.run(
        f"""
        create temporary table lines_of on commit drop as
        select document, jsonb_agg(jsonb_strip_nulls(jsonb_build_object({", ".join(pairs)})) order by row_number) as lines
        from document_lines l join (
            select document, case when amount < 0 then -1 else 1 end as sign from documents
        ) d using (document)
        group by document
        """
    )
    return True


def _incoming(load: Load, headers: pa.Table, fields: list[custom_fields.FilledField], lines: bool) -> None:
    """`incoming_sales`: one row a document, positive; what is negative is a credit note."""
    names = headers.column_names
    optional = [name for name in ("seller", "channel", "payment_method", "source") if name in names]
    custom = ", ".join(
        f"{as_json(headers, fields, policy)} as {name}"
        for policy, name in ((OVERWRITE, CUSTOM_OVERWRITE), (FILL, CUSTOM_FILL), (NEVER, CUSTOM_NEVER))
    )
    load.run(
        f"""
        create temporary table incoming_sales on commit drop as
        select s.document, null::uuid as row_id, true as is_new, p.customer_id, s.sold_at,
            round(abs(s.amount), 5)::numeric(18, 5) as amount, round(abs(s.tax), 5)::numeric(18, 5) as tax,
            s.currency, round(s.exchange_rate, 5)::numeric(12, 5) as exchange_rate,
            case when s.amount < 0 then 'credit_note' else coalesce(s.document_type, 'invoice') end as document_type,
            s.external_key, {"".join(f"s.{name}, " for name in optional)}
            {"lines_of.lines" if lines else "'[]'::jsonb"} as lines, {custom}
        from documents s
        left join persons p on p.person = s.person
        {"left join lines_of using (document)" if lines else ""}
        """
    )
    load.run("create index on incoming_sales (external_key)")
    load.run("analyze incoming_sales")


def _match(load: Load) -> None:
    load.run(
        """
        update incoming_sales i set row_id = s.sale_id, is_new = false
        from sales s where s.external_key = i.external_key
        """
    )
    if not load.options.repeat:
        same = " and ".join(f"s.{name} is not distinct from i.{name}" for name in _SAME)
        numbered = (
            "row_number() over (partition by sold_at, customer_id, amount, tax, currency, document_type, lines{})"
        )
        load.run(
            f"""
            with there as (
                select *, {numbered.format(" order by sale_id")} as copy from sales
                where external_key is null and sold_at in (select sold_at from incoming_sales where external_key is null)
            ), incoming as (
                select *, {numbered.format(" order by document")} as copy
                from (select document, sold_at, customer_id, amount, coalesce(tax, 0) as tax, currency, document_type,
                        coalesce(lines, '[]') as lines
                    from incoming_sales where external_key is null) keyless
            )
            update incoming_sales u set row_id = s.sale_id, is_new = false
            from incoming i join there s on {same} and s.copy = i.copy
            where u.document = i.document
            """
        )
    load.run(f"update incoming_sales set row_id = {load.new_key} where row_id is null")

"""Fills crm.analytics_data: one JSON document per organization, data_type and month, computed from the marts.

A document that is the same as before is not written again, and one whose month has nothing left is removed. Amounts are in
the organization's currency.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text

from orchestration.scope import Scope, uuids
from orchestration.steps.customer_segments import SegmentationSummary
from pymeai.database.connections import engine_for
from pymeai.settings import Settings

SALES_SUMMARY = """
    select
        organization_id,
        date_trunc('month', sold_on)::date as period_start,
        jsonb_build_object(
            'currency', min(currency),
            'net_sales', coalesce(sum(amount), 0),
            'sales_count', count(*) filter (where is_sale),
            'average_ticket', round(avg(amount) filter (where is_sale), 2),
            'active_customers', count(distinct customer_id) filter (where is_sale)
        ) as data
    from analytics.fct_sales
    where organization_id = any(:ids)
    group by organization_id, date_trunc('month', sold_on)
"""

PIPELINE_PERFORMANCE = """
    with events as (
        select organization_id, pipeline, created_on as day, 'created' as kind, value, null::integer as days
        from analytics.fct_opportunities
        where organization_id = any(:ids)
        union all
        select organization_id, pipeline, closed_on, status, value, days_to_close
        from analytics.fct_opportunities
        where organization_id = any(:ids) and status in ('won', 'lost') and closed_on is not null
    ),
    pipelines as (
        select
            organization_id,
            date_trunc('month', day)::date as period_start,
            pipeline,
            count(*) filter (where kind = 'created') as created,
            count(*) filter (where kind = 'won') as won,
            count(*) filter (where kind = 'lost') as lost,
            coalesce(sum(value) filter (where kind = 'won'), 0) as won_value,
            percentile_cont(0.5) within group (order by days) filter (where kind = 'won') as median_days_to_close
        from events
        group by organization_id, date_trunc('month', day), pipeline
    ),
    stages as (
        select
            organization_id,
            pipeline,
            stage,
            stage_position,
            count(*) as opportunities,
            coalesce(sum(value), 0) as value,
            coalesce(sum(weighted_value), 0) as weighted_value,
            count(*) filter (where is_stalled) as stalled
        from analytics.fct_opportunities
        where organization_id = any(:ids) and status = 'open'
        group by organization_id, pipeline, stage, stage_position
    ),
    open_stages as (
        select
            organization_id,
            jsonb_agg(
                jsonb_build_object(
                    'pipeline', pipeline, 'stage', stage, 'opportunities', opportunities, 'value', value,
                    'weighted_value', weighted_value, 'stalled', stalled
                )
                order by pipeline, stage_position, stage
            ) as stages
        from stages
        group by organization_id
    ),
    months as (
        select
            organization_id,
            period_start,
            jsonb_agg(
                jsonb_build_object(
                    'pipeline', pipeline, 'created', created, 'won', won, 'lost', lost, 'won_value', won_value,
                    'win_rate', round(won::numeric / nullif(won + lost, 0), 4),
                    'median_days_to_close', median_days_to_close
                )
                order by pipeline
            ) as pipelines
        from pipelines
        group by organization_id, period_start
    )
    -- What is open is known of the present alone: only the current month's document carries it.
    select
        organization_id,
        period_start,
        jsonb_build_object('pipelines', coalesce(months.pipelines, '[]'::jsonb))
        || case
            when open_stages.organization_id is null then '{}'::jsonb
            else jsonb_build_object('open_stages', open_stages.stages)
        end as data
    from months
    full join (select *, date_trunc('month', cast(:day as date))::date as period_start from open_stages) as open_stages
        using (organization_id, period_start)
"""

CUSTOMER_SEGMENTS = """
    with segments as (
        select
            organization_id,
            segment,
            count(*) as customers,
            sum(monetary) as monetary,
            count(*) filter (where 'en_riesgo' = any(flags)) as at_risk,
            count(*) filter (where 'perdiendose' = any(flags)) as being_lost,
            count(*) filter (where 'valioso' = any(flags)) as valuable
        from analytics.customer_segments
        where organization_id = any(:ids)
        group by organization_id, segment
    )
    select
        segments.organization_id,
        date_trunc('month', cast(:day as date))::date as period_start,
        jsonb_build_object(
            'customers', sum(segments.customers),
            'segments', jsonb_agg(
                jsonb_build_object(
                    'segment', segment, 'customers', customers, 'monetary', monetary, 'at_risk', at_risk,
                    'being_lost', being_lost, 'valuable', valuable
                )
                order by array_position(array['nuevo', 'frecuente', 'ocasional', 'inactivo'], segment)
            )
        ) || coalesce(cast(:summaries as jsonb) -> segments.organization_id::text, '{}'::jsonb) as data
    from segments
    group by segments.organization_id
"""

QUERIES = {
    "sales_summary": SALES_SUMMARY,
    "pipeline_performance": PIPELINE_PERFORMANCE,
    "customer_segments": CUSTOMER_SEGMENTS,
}

# The parents have no unique index, so no ON CONFLICT: the refresh lock keeps two from merging at once.
MERGE = """
    merge into crm.analytics_data as target
    using (
        select made.*, (made.period_start + interval '1 month' - interval '1 day')::date as period_end from ({query}) as made
    ) as source
    on target.organization_id = source.organization_id
        and target.organization_id = any(:ids)
        and target.data_type = :data_type
        and target.period_start = source.period_start
        and target.period_end = source.period_end
    when matched and target.data is distinct from source.data then update set data = source.data, created_at = now()
    when not matched then
        insert (data_id, organization_id, data_type, period_start, period_end, data, created_at)
        values (
            platform.uuid_v7(), source.organization_id, :data_type, source.period_start, source.period_end, source.data,
            now()
        )
"""

REMOVE = """
    delete from crm.analytics_data as target
    where target.organization_id = any(:ids)
        and target.data_type = :data_type
        -- Segments of past months are history, not something to compute again.
        and (:data_type <> 'customer_segments' or target.period_start = date_trunc('month', cast(:day as date)))
        and not exists (
            select from ({query}) as source
            where source.organization_id = target.organization_id and source.period_start = target.period_start
        )
"""


def write_analytics_data(settings: Settings, scope: Scope, summaries: Mapping[UUID, SegmentationSummary]) -> int:
    """Write the documents of the scope's organizations in one transaction; returns how many were written or removed.

    Each month keeps its last customer_segments; what pipelines hold open is in the current month's document alone.
    """
    described = {
        str(organization): {key: value for key, value in asdict(summary).items() if value is not None}
        for organization, summary in summaries.items()
    }
    written = 0
    parameters = {"day": scope.business_day, "summaries": json.dumps(described)}
    with engine_for(settings, "pipeline").begin() as connection:
        for data_type, query in QUERIES.items():
            for template in (REMOVE, MERGE):
                statement = template.replace("{query}", query)
                named = {key: value for key, value in parameters.items() if f":{key}" in statement}
                bound = text(statement).bindparams(uuids("ids", scope.organizations), data_type=data_type, **named)
                written += connection.execute(bound).rowcount
    return written

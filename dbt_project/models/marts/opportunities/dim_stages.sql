{{ config(indexes=[{'columns': ['stage_id'], 'unique': true}, {'columns': ['organization_id']}]) }}

select
    stages.organization_id,
    stages.stage_id,
    stages.pipeline_id,
    pipelines.name as pipeline,
    stages.name as stage,
    stages.position,
    stages.kind,
    stages.probability,
    stages.expected_duration_days
from {{ ref('stg_stages') }} as stages
inner join {{ ref('stg_pipelines') }} as pipelines
    on
        stages.pipeline_id = pipelines.pipeline_id
        and stages.organization_id = pipelines.organization_id
where
    {{ in_scope('stages.organization_id') }}
    and {{ in_scope('pipelines.organization_id') }}

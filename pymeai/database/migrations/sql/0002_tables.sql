-- Platform tables and columns; the parents of the tenants' tables get columns alone.

CREATE TABLE platform.throttles (
    throttle_key TEXT NOT NULL,
    hits INTEGER DEFAULT 0 NOT NULL,
    window_started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    blocked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT throttles_pkey PRIMARY KEY (throttle_key)
);

CREATE TABLE platform.api_keys (
    api_key_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_keys_pkey PRIMARY KEY (api_key_id),
    CONSTRAINT api_keys_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id),
    CONSTRAINT api_keys_user_id_fkey FOREIGN KEY(user_id) REFERENCES platform.users (user_id) ON DELETE CASCADE,
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash)
);

CREATE INDEX api_keys_organization_id_idx ON platform.api_keys (organization_id);

CREATE TABLE platform.webhooks (
    webhook_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    organization_id UUID NOT NULL,
    url TEXT NOT NULL,
    description TEXT,
    events TEXT[] NOT NULL,
    secret_version INTEGER DEFAULT 1 NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT webhooks_pkey PRIMARY KEY (webhook_id),
    CONSTRAINT webhooks_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id)
);

CREATE INDEX webhooks_organization_id_idx ON platform.webhooks (organization_id);

CREATE TABLE platform.webhook_deliveries (
    delivery_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    webhook_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    event TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    status TEXT DEFAULT 'pending' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    response_status INTEGER,
    last_error TEXT,
    delivered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (delivery_id),
    CONSTRAINT webhook_deliveries_status_check CHECK (status in ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY(webhook_id) REFERENCES platform.webhooks (webhook_id) ON DELETE CASCADE
);

CREATE INDEX webhook_deliveries_next_attempt_at_idx ON platform.webhook_deliveries (next_attempt_at) WHERE status = 'pending';

CREATE INDEX webhook_deliveries_webhook_id_idx ON platform.webhook_deliveries (webhook_id, created_at);

create index invitations_organization_id_idx on platform.invitations (organization_id);
create index password_resets_user_id_idx on platform.password_resets (user_id);
alter table platform.users add updated_at timestamptz not null default now();
alter table platform.invitations add revoked_at timestamptz;

grant select, insert, update, delete on
    platform.throttles, platform.api_keys, platform.webhooks, platform.webhook_deliveries to pymeai_api;

alter table crm.customers add merged_into uuid, add erased_at timestamptz;
alter table crm.custom_fields add template_key text;
alter table crm.pipelines add position integer, add template_key text;
alter table crm.stages add archived_at timestamptz, add template_key text;

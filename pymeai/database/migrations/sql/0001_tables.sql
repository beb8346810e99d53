-- The tables of `platform`, and the partitioned parents of the tenants' tables: columns alone, no key, no constraint,
-- no index (docs/architecture.md).

CREATE TABLE platform.organizations (
    organization_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    name TEXT NOT NULL,
    industry_type TEXT DEFAULT 'general' NOT NULL,
    subscription_plan TEXT DEFAULT 'free' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    active_until TIMESTAMP WITH TIME ZONE,
    settings JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT organizations_pkey PRIMARY KEY (organization_id)
);

CREATE TABLE platform.tenant_changes (
    organization_id UUID NOT NULL,
    transaction_id BIGINT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT tenant_changes_pkey PRIMARY KEY (organization_id, transaction_id)
);

CREATE TABLE platform.pipeline_scope (
    organization_id UUID NOT NULL,
    business_day DATE NOT NULL,
    transaction_ids BIGINT[] DEFAULT '{}'::bigint[] NOT NULL,
    CONSTRAINT pipeline_scope_pkey PRIMARY KEY (organization_id)
);

CREATE TABLE platform.exchange_rates (
    day DATE NOT NULL,
    currency TEXT NOT NULL,
    rate NUMERIC(12, 5) NOT NULL,
    CONSTRAINT exchange_rates_pkey PRIMARY KEY (day, currency)
);

CREATE TABLE platform.idempotency_keys (
    idempotency_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    organization_id UUID NOT NULL,
    user_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER,
    body JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (idempotency_id),
    CONSTRAINT idempotency_keys_organization_id_user_id_key_key UNIQUE (organization_id, user_id, key)
);

CREATE TABLE platform.users (
    user_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    organization_id UUID NOT NULL,
    email CITEXT NOT NULL,
    password_hash TEXT,
    first_name TEXT DEFAULT '' NOT NULL,
    last_name TEXT DEFAULT '' NOT NULL,
    role TEXT DEFAULT 'seller' NOT NULL,
    last_login TIMESTAMP WITH TIME ZONE,
    is_active BOOLEAN DEFAULT true NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (user_id),
    CONSTRAINT users_role_check CHECK (role in ('owner', 'admin', 'manager', 'seller', 'viewer')),
    CONSTRAINT users_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE INDEX users_organization_id_idx ON platform.users (organization_id);

CREATE TABLE platform.invitations (
    invitation_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    organization_id UUID NOT NULL,
    email CITEXT NOT NULL,
    role TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    invited_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT invitations_pkey PRIMARY KEY (invitation_id),
    CONSTRAINT invitations_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE platform.tenant_roles (
    role_name TEXT NOT NULL,
    organization_id UUID NOT NULL,
    CONSTRAINT tenant_roles_pkey PRIMARY KEY (role_name),
    CONSTRAINT tenant_roles_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id)
);

CREATE TABLE platform.tenant_status (
    organization_id UUID NOT NULL,
    refreshed_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    CONSTRAINT tenant_status_pkey PRIMARY KEY (organization_id),
    CONSTRAINT tenant_status_organization_id_fkey FOREIGN KEY(organization_id) REFERENCES platform.organizations (organization_id) ON DELETE CASCADE
);

CREATE TABLE platform.sessions (
    session_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    refresh_hash TEXT NOT NULL,
    previous_hash TEXT,
    device TEXT,
    ip TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT sessions_pkey PRIMARY KEY (session_id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY(user_id) REFERENCES platform.users (user_id) ON DELETE CASCADE,
    CONSTRAINT sessions_refresh_hash_key UNIQUE (refresh_hash)
);

CREATE INDEX sessions_user_id_idx ON platform.sessions (user_id);

CREATE TABLE platform.password_resets (
    reset_id UUID DEFAULT platform.uuid_v7() NOT NULL,
    user_id UUID NOT NULL,
    token_hash TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT password_resets_pkey PRIMARY KEY (reset_id),
    CONSTRAINT password_resets_user_id_fkey FOREIGN KEY(user_id) REFERENCES platform.users (user_id) ON DELETE CASCADE,
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash)
);

CREATE TABLE crm.analytics_data (
    "data_id" UUID,
    "organization_id" UUID,
    "data_type" TEXT,
    "period_start" DATE,
    "period_end" DATE,
    "data" JSONB,
    "created_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.custom_fields (
    "field_id" UUID,
    "organization_id" UUID,
    "entity_type" TEXT,
    "field_name" TEXT,
    "label" TEXT,
    "field_type" TEXT,
    "is_required" BOOLEAN,
    "options" JSONB,
    "display_order" INTEGER,
    "section" TEXT,
    "help_text" TEXT,
    "default" TEXT,
    "validation" JSONB,
    "archived_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.customers (
    "customer_id" UUID,
    "organization_id" UUID,
    "kind" TEXT,
    "first_name" TEXT,
    "last_name" TEXT,
    "company_name" TEXT,
    "identification_type" TEXT,
    "identification_number" TEXT,
    "email" CITEXT,
    "phone" TEXT,
    "phone_alt" TEXT,
    "address" TEXT,
    "province" TEXT,
    "canton" TEXT,
    "district" TEXT,
    "tags" TEXT[],
    "owner_user_id" UUID,
    "external_id" TEXT,
    "consent" JSONB,
    "source" TEXT,
    "custom_fields" JSONB,
    "status" TEXT,
    "created_at" TIMESTAMP WITH TIME ZONE,
    "updated_at" TIMESTAMP WITH TIME ZONE,
    "deleted_at" TIMESTAMP WITH TIME ZONE,
    "last_interaction" TIMESTAMP WITH TIME ZONE,
    "segment" TEXT,
    "lifetime_value" NUMERIC(18, 5)
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.pipelines (
    "pipeline_id" UUID,
    "organization_id" UUID,
    "name" TEXT,
    "description" TEXT,
    "is_active" BOOLEAN,
    "created_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.stages (
    "stage_id" UUID,
    "organization_id" UUID,
    "pipeline_id" UUID,
    "name" TEXT,
    "position" INTEGER,
    "color" TEXT,
    "probability" NUMERIC(5, 2),
    "expected_duration_days" INTEGER,
    "kind" TEXT,
    "suggested_activities" JSONB
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.opportunities (
    "opportunity_id" UUID,
    "organization_id" UUID,
    "pipeline_id" UUID,
    "stage_id" UUID,
    "customer_id" UUID,
    "user_id" UUID,
    "seller" TEXT,
    "title" TEXT,
    "value" NUMERIC(18, 5),
    "currency" TEXT,
    "exchange_rate" NUMERIC(12, 5),
    "product" TEXT,
    "status" TEXT,
    "board_position" DOUBLE PRECISION,
    "lost_reason" TEXT,
    "created_at" TIMESTAMP WITH TIME ZONE,
    "updated_at" TIMESTAMP WITH TIME ZONE,
    "last_stage_change" TIMESTAMP WITH TIME ZONE,
    "expected_close_date" DATE,
    "won_at" TIMESTAMP WITH TIME ZONE,
    "lost_at" TIMESTAMP WITH TIME ZONE,
    "probability" NUMERIC(5, 2),
    "probability_override" NUMERIC(5, 2),
    "next_step_at" TIMESTAMP WITH TIME ZONE,
    "description" TEXT,
    "source" TEXT,
    "external_id" TEXT,
    "custom_fields" JSONB,
    "deleted_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.interactions (
    "interaction_id" UUID,
    "organization_id" UUID,
    "customer_id" UUID,
    "opportunity_id" UUID,
    "user_id" UUID,
    "type" TEXT,
    "direction" TEXT,
    "channel" TEXT,
    "date_time" TIMESTAMP WITH TIME ZONE,
    "notes" TEXT,
    "followup_date" DATE,
    "followup_done_at" TIMESTAMP WITH TIME ZONE,
    "outcome" TEXT,
    "external_id" TEXT,
    "custom_fields" JSONB,
    "created_at" TIMESTAMP WITH TIME ZONE,
    "updated_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.sales (
    "sale_id" UUID,
    "organization_id" UUID,
    "customer_id" UUID,
    "opportunity_id" UUID,
    "user_id" UUID,
    "sold_at" TIMESTAMP WITH TIME ZONE,
    "amount" NUMERIC(18, 5),
    "tax" NUMERIC(18, 5),
    "currency" TEXT,
    "exchange_rate" NUMERIC(12, 5),
    "document_type" TEXT,
    "external_key" TEXT,
    "payment_method" TEXT,
    "source" TEXT,
    "seller" TEXT,
    "channel" TEXT,
    "custom_fields" JSONB,
    "lines" JSONB,
    "created_at" TIMESTAMP WITH TIME ZONE,
    "updated_at" TIMESTAMP WITH TIME ZONE
) PARTITION BY LIST (organization_id);

CREATE TABLE crm.stage_history (
    "history_id" UUID,
    "organization_id" UUID,
    "opportunity_id" UUID,
    "stage_id" UUID,
    "from_stage_id" UUID,
    "user_id" UUID,
    "changed_at" TIMESTAMP WITH TIME ZONE,
    "notes" TEXT,
    "time_in_stage" INTEGER
) PARTITION BY LIST (organization_id);

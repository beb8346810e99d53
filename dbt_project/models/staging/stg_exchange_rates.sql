select
    day,
    currency,
    rate
from {{ source('platform', 'exchange_rates') }}

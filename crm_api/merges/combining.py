"""What becomes of a customer when another one turns out to be the same."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pymeai.database.tables.tenant import Customer

# Columns that say one thing together: they are taken of one customer or of the other.
_TOGETHER: dict[str, tuple[str, ...]] = {
    "identification_number": ("identification_type", "identification_number"),
    "province": ("province", "canton", "district"),
}
_CHOSEN = ("kind", "status")
_FILLED = (
    "first_name", "last_name", "company_name", "identification_number", "email", "phone", "phone_alt", "address",
    "province", "owner_user_id", "external_id", "source",
)  # fmt: skip


def combined(keep: Customer, merged: Customer, fields: Mapping[str, UUID]) -> dict[str, Any]:
    """The columns of `keep` that change when `merged` becomes part of it, with their new values.

    What `keep` has stays and what it lacks is filled, but where `fields` names the customer whose value it is to be.
    Tags and custom fields come together, of each channel's consent the newest counts, and a second telephone is kept.
    """
    values: dict[str, Any] = {}
    for name in (*_CHOSEN, *_FILLED):
        chosen = fields.get(name)
        lacking = chosen is None and name in _FILLED and getattr(keep, name) is None
        if chosen == merged.customer_id or lacking:
            for column in _TOGETHER.get(name, (name,)):
                values[column] = getattr(merged, column)
    numbers = {keep.phone, keep.phone_alt, *(values[name] for name in ("phone", "phone_alt") if name in values)}
    if merged.phone and merged.phone not in numbers and not values.get("phone_alt", keep.phone_alt):
        values["phone_alt"] = merged.phone
    values["tags"] = list(dict.fromkeys([*keep.tags, *merged.tags]))
    values["custom_fields"] = {**merged.custom_fields, **keep.custom_fields}
    values["consent"] = _newest(keep.consent, merged.consent)
    return {name: value for name, value in values.items() if value != getattr(keep, name)}


def separated(before: Mapping[str, Any], after: Mapping[str, Any], keep: Customer, merged: Customer) -> dict[str, Any]:
    """The columns of `keep` that change when a merge is taken back, with their new values as JSON holds them.

    `before` and `after` are what the merge found and left of the columns that it changed. A column is as it was before
    unless somebody wrote another value since, which stays; of tags, custom fields and consent only what the merge
    brought goes.
    """
    values: dict[str, Any] = {}
    columns = {*after, *(column for names in _TOGETHER.values() for column in names)}
    now, brought_by = (plain({name: getattr(customer, name) for name in columns}) for customer in (keep, merged))
    for name in after:
        if name == "tags":
            brought = set(after[name]) - set(before[name])
            values[name] = [tag for tag in now[name] if tag not in brought]
        elif name in ("custom_fields", "consent"):
            values[name] = _separated_keys(before[name], after[name], now[name])
        else:
            together = next((names for names in _TOGETHER.values() if name in names), (name,))
            # Of what goes together the merge noted only what it changed: the rest was the same in both.
            if all(now[each] == after.get(each, brought_by[each]) for each in together):
                values[name] = before[name]
    return values


def _separated_keys(before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(now)
    for key, value in after.items():
        if before.get(key) == value or result.get(key) != value:
            continue
        if key in before:
            result[key] = before[key]
        else:
            del result[key]
    return result


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON holds them."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def _newest(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(ours)
    for channel, said in theirs.items():
        if channel not in result or _said_at(said) > _said_at(result[channel]):
            result[channel] = said
    return result


def _said_at(said: Any) -> str:
    # ISO 8601 in UTC, as the API writes it: the order of the texts is that of the moments.
    return str(said.get("at") or "") if isinstance(said, dict) else ""

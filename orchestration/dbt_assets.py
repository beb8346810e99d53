"""The dbt project as Dagster assets and asset checks, read from the manifest; dbt itself runs in orchestration.refresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster import AssetCheckKey, AssetCheckSpec, AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

CRM_ROWS = AssetKey("crm_rows")
SEGMENTS_ASSET = AssetKey(["analytics", "customer_segments"])
PLATFORM = "platform"
SEGMENTS_SOURCE = "source.pymeai.analytics.customer_segments"


@dataclass(frozen=True)
class DbtAssets:
    """Specs, and which model or test is which."""

    specs: list[AssetSpec]
    check_specs: list[AssetCheckSpec]
    keys: Mapping[str, AssetKey]
    check_keys: Mapping[str, AssetCheckKey]


class Translator(DagsterDbtTranslator):
    """Keys as dbt's schemas name them; the tenants' tables are one asset, made by imports and by the CRM."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """`crm.*` is crm_rows; everything else is schema and name."""
        if dbt_resource_props["resource_type"] == "source" and dbt_resource_props["source_name"] == "crm":
            return CRM_ROWS
        return super().get_asset_key(dbt_resource_props)


def read_dbt_assets(manifest: Mapping[str, Any]) -> DbtAssets:
    """The models and data tests of a manifest."""
    translator = Translator()
    later = _descendants(manifest, SEGMENTS_SOURCE)
    specs: list[AssetSpec] = []
    checks: dict[str, AssetCheckSpec] = {}
    keys: dict[str, AssetKey] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model":
            continue
        spec = translator.get_asset_spec(manifest, unique_id, None)
        keys[unique_id] = spec.key
        # The platform's own tables are nobody's product: in the lineage they would be arrows from nowhere to everywhere.
        upstream = [AssetDep(dep.asset_key) for dep in spec.deps if dep.asset_key.path[0] != PLATFORM]
        specs.append(spec.replace_attributes(deps=upstream, group_name=_group(node, later)))
        for child in manifest["child_map"].get(unique_id, []):
            check = translator.get_asset_check_spec(spec, manifest, child, None) if child.startswith("test.") else None
            if check is not None:
                # They run when the marts are published already, so they block nothing.
                checks[child] = check._replace(blocking=False, additional_deps=[])
    return DbtAssets(specs, list(checks.values()), keys, {test: check.key for test, check in checks.items()})


def _group(node: Mapping[str, Any], later: set[str]) -> str:
    """The layer. What stands on the segments is apart, or the lineage of groups would run in a circle."""
    layer: str = node["fqn"][1]
    if node["unique_id"] not in later:
        return layer
    return "segmentation" if layer == "staging" else "customer_marts"


def _descendants(manifest: Mapping[str, Any], unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        children = [child for child in manifest["child_map"].get(waiting.pop(), []) if child not in found]
        found.update(children)
        waiting += children
    return found

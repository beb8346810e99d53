"""The dbt project as Dagster assets and asset checks, read from the manifest; dbt itself runs in orchestration.refresh."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagster import AssetCheckKey, AssetCheckSpec, AssetDep, AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

CRM_ROWS = AssetKey("crm_rows")
SEGMENTS_ASSET = AssetKey(["analytics", "customer_segments"])
PLATFORM = "platform"


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

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer: staging, intermediate or marts."""
        layer: str = dbt_resource_props["fqn"][1]
        return layer


def read_dbt_assets(manifest: Mapping[str, Any]) -> DbtAssets:
    """The models and data tests of a manifest."""
    translator = Translator()
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
        specs.append(spec.replace_attributes(deps=upstream))
        for child in manifest["child_map"].get(unique_id, []):
            check = translator.get_asset_check_spec(spec, manifest, child, None) if child.startswith("test.") else None
            if check is not None:
                # They run when the marts are published already, so they block nothing.
                checks[child] = check._replace(blocking=False, additional_deps=[])
    return DbtAssets(specs, list(checks.values()), keys, {test: check.key for test, check in checks.items()})

"""Kula without a database: the real catalogue, and the values of an invented tenant."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from kula.grammar.parse import parse
from kula.lexicon import build_lexicon
from kula.understanding import Context, Understanding
from kula.values import ValueIndex
from pymeai.metrics.catalogue import Catalogue, load_catalogue
from pymeai.settings import Settings
from tests.kula.real_data import Asked, load_maven, load_superstore, maven, superstore
from tests.marts import build_marts

TODAY = date(2026, 11, 16)

VALUES = {
    "customer__name": [
        "Constructora López S.A.",
        "Constructora Vargas",
        "Juan Mora",
        "Juan Solano",
        "Claire Gute",
        "Hotel Las Palmas",
        "María José Quesada",
    ],
    "customer__province": ["Heredia", "San José", "Guanacaste"],
    "customer__segment": [],
    "sale_line__category": ["Furniture", "Technology", "Office Supplies", "Cemento y agregados"],
    "sale_line__product": ["Cemento gris 50kg", "Cemento blanco", "Martillo de bola", "GTX Pro", "Tour Volcán Arenal"],
    "sale__seller": ["Ana Rojas", "Luis Soto"],
    "sale__channel": ["Tienda", "WhatsApp"],
    "sale__payment_method": ["Efectivo", "Tarjeta", "SINPE Móvil"],
    "opportunity__seller": ["Darcel Schlecht", "Ana Rojas"],
    "opportunity__stage": ["Prospecting", "Engaging", "Propuesta"],
    "opportunity__product": ["GTX Pro", "GTX Basic"],
    "opportunity__lost_reason": ["Precio", "Competencia"],
}


@pytest.fixture(scope="session")
def catalogue(settings: Settings) -> Catalogue:
    """The catalogue of the project's own semantic models."""
    return load_catalogue(settings)


@pytest.fixture(scope="session")
def context(catalogue: Catalogue) -> Context:
    """What an engine knows of an invented tenant on 16 November 2026, a Monday."""
    return Context(
        catalogue=catalogue,
        lexicon=build_lexicon(catalogue),
        values=ValueIndex.build(VALUES),
        today=TODAY,
        has=frozenset({"sales", "opportunities", "customers"}),
    )


@pytest.fixture(scope="session")
def read(context: Context) -> Callable[[str], Understanding]:
    """Read a question by the grammar."""
    return lambda question: parse(question, context)


@pytest.fixture(scope="session")
def sales_frame(shared_data: Path) -> pd.DataFrame:
    """Superstore's lines, to compute answers from."""
    return superstore(shared_data)


@pytest.fixture(scope="session")
def pipeline_frame(shared_data: Path) -> pd.DataFrame:
    """Maven's opportunities, to compute answers from."""
    return maven(shared_data)


@pytest.fixture(scope="session")
def companies(settings: Settings, sales_frame: pd.DataFrame, pipeline_frame: pd.DataFrame) -> tuple[Asked, Asked]:
    """Two tenants with their marts: one that sells, and one that has opportunities alone."""
    tenants = [load_superstore(settings, sales_frame), load_maven(settings, pipeline_frame)]
    build_marts(settings, tenants)
    return Asked(settings, tenants[0]), Asked(settings, tenants[1])


@pytest.fixture
def shop(companies: tuple[Asked, Asked]) -> Asked:
    """The tenant with Superstore's sales."""
    return companies[0]


@pytest.fixture
def agency(companies: tuple[Asked, Asked]) -> Asked:
    """The tenant with Maven's opportunities."""
    return companies[1]

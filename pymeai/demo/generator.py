"""Makes the demo companies' spreadsheets: the same files for the same day and seed."""

from datetime import date
from pathlib import Path

import numpy as np

from pymeai.demo.company import DemoCompany, DemoFile
from pymeai.demo.hardware_store import open_store
from pymeai.demo.hardware_store_files import write_clients, write_quotations, write_sales
from pymeai.demo.tour_operator import open_operator
from pymeai.demo.tour_operator_files import write_bookings, write_enquiries

SEED = 506


def write_companies(folder: Path, today: date, seed: int = SEED) -> tuple[DemoCompany, ...]:
    """Write the spreadsheets of both companies below `folder`; their history ends on `today`."""
    return (_hardware_store(folder / "el-roble", today, seed), _tour_operator(folder / "pura-vida", today, seed + 1))


def _hardware_store(folder: Path, today: date, seed: int) -> DemoCompany:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    store = open_store(random, today)
    clients, sales, quotations = folder / "clientes.xlsx", folder / "ventas.csv", folder / "cotizaciones.xlsx"
    write_clients(random, store, today, clients)
    write_sales(random, store, sales)
    write_quotations(random, store, quotations)
    return DemoCompany(
        key="el-roble",
        name="Ferretería El Roble",
        industry_type="ferreteria",
        currency="CRC",
        owner_first_name="Rosa",
        owner_last_name="Araya Solís",
        owner_email="rosa@elroble.example",
        files=(DemoFile(clients, "customers"), DemoFile(sales, "sales"), DemoFile(quotations, "opportunities")),
    )


def _tour_operator(folder: Path, today: date, seed: int) -> DemoCompany:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    operator = open_operator(random, today)
    bookings, enquiries = folder / "reservas.csv", folder / "consultas.xlsx"
    write_bookings(random, operator, bookings)
    write_enquiries(random, operator, enquiries)
    return DemoCompany(
        key="pura-vida",
        name="Pura Vida Tours",
        industry_type="turismo",
        currency="USD",
        owner_first_name="Diego",
        owner_last_name="Mora Castro",
        owner_email="diego@puravidatours.example",
        files=(DemoFile(bookings, "sales"), DemoFile(enquiries, "opportunities")),
    )

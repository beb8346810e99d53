"""What the demo companies sell, at the prices of the first day of their history."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """An article of the hardware store: price in colones before tax; quantities bought at home and for a building site."""

    code: str
    name: str
    category: str
    price: int
    cost_share: float
    home: tuple[int, int]
    site: tuple[int, int]


def _products(category: str, prefix: str, cost_share: float, rows: str) -> tuple[Product, ...]:
    products = []
    for index, row in enumerate(rows.strip().splitlines(), start=1):
        name, price, home, site = (part.strip() for part in row.split("|"))
        low, high = (int(value) for value in home.split("-"))
        site_low, site_high = (int(value) for value in site.split("-"))
        products.append(
            Product(f"{prefix}{index:03d}", name, category, int(price), cost_share, (low, high), (site_low, site_high))
        )
    return tuple(products)


HARDWARE: tuple[Product, ...] = (
    *_products("Cemento y agregados", "CEM", 0.86, """
        Cemento gris 50 kg | 7250 | 1-6 | 20-120
        Cemento blanco 20 kg | 9800 | 1-2 | 2-8
        Arena fina saco | 1850 | 2-8 | 20-60
        Piedra cuarta saco | 1950 | 2-8 | 20-60
        Block 12x20x40 | 585 | 10-60 | 150-900
        Repello fino 40 kg | 5400 | 1-3 | 5-30
        Pegamix cerámica 20 kg | 4350 | 1-6 | 8-40
    """),
    *_products("Hierro y acero", "HIE", 0.84, """
        Varilla #3 6 m | 3150 | 2-8 | 20-150
        Varilla #4 6 m | 5450 | 1-5 | 15-90
        Perling 2x4 1,5 mm 6 m | 15900 | 1-4 | 8-40
        Tubo cuadrado 1x1 6 m | 8250 | 1-4 | 6-25
        Malla electrosoldada #2 | 21800 | 1-1 | 2-12
        Alambre negro kg | 1390 | 1-3 | 5-25
    """),
    *_products("Techos", "TEC", 0.8, """
        Lámina zinc ondulada #28 3,05 m | 9650 | 1-6 | 10-60
        Lámina esmaltada rectangular #26 | 16400 | 1-5 | 10-50
        Canoa PVC 3 m | 13200 | 1-3 | 3-10
        Bajante PVC 3 m | 8900 | 1-2 | 2-8
        Tornillo para techo 2" (100 u) | 6200 | 1-2 | 3-15
    """),
    *_products("Pintura", "PIN", 0.68, """
        Pintura látex satinada galón | 15900 | 1-3 | 3-15
        Pintura látex cubeta | 64500 | 1-1 | 1-6
        Anticorrosivo galón | 18700 | 1-2 | 1-6
        Esmalte brillante cuarto | 6400 | 1-3 | 1-4
        Brocha 3" | 2150 | 1-3 | 2-8
        Rodillo con felpa 9" | 3450 | 1-2 | 2-6
        Impermeabilizante cubeta | 58900 | 1-1 | 1-4
    """),
    *_products("Plomería", "PLO", 0.66, """
        Tubo PVC 1/2" SDR 13,5 6 m | 3650 | 1-4 | 5-30
        Tubo PVC 4" sanitario 6 m | 15200 | 1-2 | 3-15
        Codo PVC 1/2" | 195 | 2-8 | 20-80
        Llave de chorro | 4450 | 1-2 | 2-6
        Inodoro ahorrador | 62500 | 1-1 | 1-4
        Lavatorio con pedestal | 41800 | 1-1 | 1-3
        Tanque de agua 750 L | 79500 | 1-1 | 1-2
        Pegamento PVC 1/4 | 5950 | 1-1 | 1-4
    """),
    *_products("Electricidad", "ELE", 0.64, """
        Cable THHN #12 metro | 545 | 5-30 | 100-500
        Cable TSJ 2x14 metro | 890 | 5-20 | 30-120
        Tomacorriente doble polarizado | 1690 | 1-5 | 8-30
        Apagador sencillo | 1450 | 1-4 | 6-25
        Bombillo LED 9 W | 1250 | 2-8 | 10-40
        Breaker 20 A | 5350 | 1-2 | 2-10
        Tubo conduit 1/2" 3 m | 1580 | 2-6 | 20-80
    """),
    *_products("Herramientas", "HER", 0.7, """
        Taladro percutor 1/2" | 48900 | 1-1 | 1-2
        Esmeriladora 4 1/2" | 37500 | 1-1 | 1-2
        Martillo 16 oz | 7450 | 1-1 | 1-4
        Carretillo | 35900 | 1-1 | 1-4
        Pala redonda | 8650 | 1-1 | 2-6
        Cinta métrica 5 m | 4250 | 1-1 | 1-4
        Disco de corte 4 1/2" | 890 | 1-5 | 10-50
        Escalera aluminio 6 pies | 52400 | 1-1 | 1-2
    """),
    *_products("Madera", "MAD", 0.76, """
        Plywood 12 mm | 21900 | 1-3 | 4-20
        Regla pino 1x3 3,20 m | 2450 | 2-10 | 20-100
        Gypsum regular 1/2" | 6850 | 1-6 | 15-80
        Fibrocemento 8 mm | 13900 | 1-4 | 8-40
        Formaleta 1x12 4 varas | 9200 | 1-4 | 10-50
    """),
    *_products("Cerrajería", "CER", 0.6, """
        Llavín de pelota | 9450 | 1-2 | 2-10
        Cerradura de sobreponer | 24800 | 1-1 | 1-4
        Candado 50 mm | 6900 | 1-3 | 1-4
        Bisagra 3x3 par | 1650 | 2-6 | 6-30
        Clavos 2 1/2" kg | 1480 | 1-3 | 5-30
    """),
    *_products("Jardín", "JAR", 0.63, """
        Manguera 1/2" 15 m | 12900 | 1-1 | 1-3
        Machete 22" | 6350 | 1-1 | 2-6
        Abono 10-30-10 kg | 950 | 2-10 | 10-40
        Tijera de podar | 8900 | 1-1 | 1-2
    """),
)  # fmt: skip


@dataclass(frozen=True)
class Tour:
    """A tour: price a person in dollars, and how often it is chosen beside the others."""

    name: str
    category: str
    price: int
    popularity: float


TOURS: tuple[Tour, ...] = (
    Tour("Volcán Arenal y aguas termales", "Volcanes", 129, 10),
    Tour("Volcán Poás y Doka", "Volcanes", 98, 6),
    Tour("Canopy Monteverde", "Aventura", 85, 9),
    Tour("Rafting río Pacuare", "Aventura", 115, 7),
    Tour("Rapel Lost Canyon", "Aventura", 99, 4),
    Tour("Puentes colgantes Mistico", "Naturaleza", 62, 5),
    Tour("Manuel Antonio guiado", "Naturaleza", 79, 9),
    Tour("Canales de Tortuguero", "Naturaleza", 110, 6),
    Tour("Avistamiento de quetzales", "Naturaleza", 140, 3),
    Tour("Snorkel isla Tortuga", "Playa", 125, 6),
    Tour("Avistamiento de ballenas Uvita", "Playa", 95, 3),
    Tour("Clases de surf Tamarindo", "Playa", 70, 4),
    Tour("Tour de café y chocolate", "Cultura", 48, 6),
    Tour("City tour San José", "Cultura", 45, 4),
    Tour("Traslado SJO - La Fortuna", "Traslados", 58, 8),
    Tour("Traslado LIR - Tamarindo", "Traslados", 42, 5),
    Tour("Paquete 5 días Costa a Costa", "Paquetes", 690, 3),
    Tour("Paquete 8 días Pura Vida", "Paquetes", 1180, 2),
)

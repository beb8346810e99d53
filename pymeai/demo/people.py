"""People and companies who buy: names, identifications, phones and e-mails as Costa Rica has them. All are made up."""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from pymeai.costa_rica.text import fold


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WOMEN = _words(
    """Adriana Alejandra Ana Andrea Ángela Carolina Cristina Daniela Elena Eugenia Fabiola Gabriela Gloria Hannia Irene
    Ivannia Jéssica Jimena Karla Karol Kattia Laura Lidieth Luisa Marcela María Mariana Maritza Marta Melissa Mónica
    Natalia Olga Paola Patricia Priscilla Raquel Rocío Roxana Sandra Silvia Sofía Tatiana Vanessa Verónica Viviana
    Wendy Xinia Yesenia Yolanda"""
)
_MEN = _words(
    """Allan Álvaro Andrés Bryan Carlos César Christian Daniel David Diego Eduardo Erick Esteban Federico Fernando
    Gerardo Guillermo Hernán Hugo Ignacio Javier Jorge José Juan Leonardo Luis Manuel Marco Mario Mauricio Nelson
    Óscar Pablo Pedro Rafael Randall Ricardo Roberto Rodrigo Rolando Sebastián Sergio Víctor Walter"""
)
_SURNAMES = _words(
    """Acuña Aguilar Alfaro Alvarado Araya Arce Arias Arroyo Badilla Barrantes Bermúdez Blanco Bolaños Brenes Calderón
    Calvo Campos Carvajal Castillo Castro Céspedes Chacón Chaves Chinchilla Cordero Corrales Cruz Delgado Díaz Durán
    Espinoza Esquivel Fallas Fernández Fonseca Gamboa García Gómez González Granados Guerrero Gutiérrez Hernández
    Herrera Hidalgo Jiménez Leiva León Lobo López Madrigal Marín Martínez Mata Matarrita Méndez Mena Mejía Miranda
    Molina Monge Montero Mora Morales Moya Muñoz Murillo Naranjo Navarro Núñez Obando Ortega Oviedo Padilla Palma
    Peraza Pérez Picado Piedra Porras Prado Quesada Quirós Ramírez Retana Rivera Rodríguez Rojas Romero Rosales Ruiz
    Salas Salazar Sánchez Sandí Segura Serrano Sibaja Sojo Solano Solís Soto Tenorio Torres Trejos Ugalde Umaña Ureña
    Valerio Valverde Vargas Vásquez Vega Venegas Víquez Villalobos Villegas Zamora Zeledón Zúñiga"""
)
_BUSINESSES = (
    "Constructora", "Inversiones", "Soda", "Taller", "Condominio", "Hotel", "Restaurante", "Transportes", "Servicios",
    "Desarrollos", "Grupo", "Comercial",
)  # fmt: skip
_BUSINESS_NAMES = (
    "El Guanacaste", "La Garita", "Los Laureles", "Tres Ríos", "Monte Verde", "El Poró", "La Ceiba", "Río Segundo",
    "San Rafael", "El Coyol", "Las Brisas", "Barva", "El Cas", "Los Yoses", "Santa Bárbara", "La Pitahaya", "El Higuerón",
    "Alto Palomo", "La Carreta", "Los Ángeles", "El Yigüirro", "Cerro Alto", "La Guaria", "Vista Azul",
)  # fmt: skip
_INSTITUTIONS = (
    "Municipalidad de San Isidro", "Junta de Educación Escuela La Paz", "Junta de Educación Escuela El Carmen",
    "Asociación de Desarrollo de Barrio Jesús", "ASADA de Santa Lucía", "Colegio Técnico de Barva",
    "Asociación de Desarrollo de San Pedro", "ASADA de Birrí", "Junta de Educación Liceo San Roque",
    "Parroquia San José Obrero",
)  # fmt: skip
_LEGAL_FORMS = (" S.A.", " S.A.", " Sociedad Anónima", " SRL", " Ltda.")
# Reserved names (RFC 2606): an address made up here is nobody's.
_MAIL_HOSTS = ("correo.example", "correo.example", "buzon.example", "mensajes.example")
# By population, with the shop's own province (Heredia) first.
_PROVINCE_WEIGHTS = {
    "Heredia": 0.52, "Alajuela": 0.2, "San José": 0.18, "Cartago": 0.05, "Guanacaste": 0.02, "Puntarenas": 0.02, "Limón": 0.01,
}  # fmt: skip


@dataclass(frozen=True)
class Buyer:
    """Who buys. Identification and phones are digits alone."""

    name: str
    identification: str
    phone: str
    phone_alt: str | None
    email: str | None
    province: str
    is_company: bool


class Population:
    """Draws buyers, no two with the same name, identification or phone."""

    def __init__(self, random: Generator) -> None:
        self._random = random
        self._taken: set[str] = set()

    def person(self) -> Buyer:
        """A natural person with one or two given names and two surnames."""
        while True:
            names = _WOMEN if self._chance(0.5) else _MEN
            given = self._pick(names)
            if self._chance(0.35) and (second := self._pick(names)) != given:
                given = f"{given} {second}"
            name = f"{given} {self._pick(_SURNAMES)} {self._pick(_SURNAMES)}"
            if self._free(fold(name)):
                break
        identification = self._unique(lambda: str(self._random.integers(100_010_001, 799_999_999)))
        mail_name = fold(name).replace(" ", ".") if self._chance(0.5) else fold(name).replace(" ", "")[:14]
        return self._buyer(name, identification, f"{mail_name}@{self._pick(_MAIL_HOSTS)}", is_company=False)

    def company(self) -> Buyer:
        """A company with its legal form."""
        while True:
            name = f"{self._pick(_BUSINESSES)} {self._pick(_BUSINESS_NAMES)}"
            if self._free(fold(name)):
                break
        identification = self._unique(lambda: f"3101{self._random.integers(100_000, 899_999)}")
        site = fold(name).replace(" ", "")
        return self._buyer(name + self._pick(_LEGAL_FORMS), identification, f"compras@{site}.co.cr", is_company=True)

    def institution(self) -> Buyer:
        """A school board, a municipality, a water committee."""
        name = next(name for name in _INSTITUTIONS if self._free(fold(name)))
        identification = self._unique(lambda: f"3002{self._random.integers(100_000, 899_999)}")
        return self._buyer(name, identification, f"proveeduria@{fold(name).replace(' ', '')[:20]}.cr", is_company=True)

    def _buyer(self, name: str, identification: str, email: str, *, is_company: bool) -> Buyer:
        mobile = self._unique(
            lambda: f"{self._pick(('6', '7', '8', '8', '8'))}{self._random.integers(0, 9_999_999):07d}"
        )
        fixed = self._unique(lambda: f"22{self._random.integers(300_000, 999_999)}")
        province = str(self._random.choice(list(_PROVINCE_WEIGHTS), p=list(_PROVINCE_WEIGHTS.values())))
        return Buyer(
            name=name,
            identification=identification,
            phone=fixed if is_company and self._chance(0.6) else mobile,
            phone_alt=mobile if is_company and self._chance(0.5) else fixed if self._chance(0.12) else None,
            email=email if self._chance(0.9 if is_company else 0.55) else None,
            province=province,
            is_company=is_company,
        )

    def _pick(self, options: tuple[str, ...]) -> str:
        return options[int(self._random.integers(len(options)))]

    def _chance(self, probability: float) -> bool:
        return bool(self._random.random() < probability)

    def _free(self, value: str) -> bool:
        if value in self._taken:
            return False
        self._taken.add(value)
        return True

    def _unique(self, draw: Callable[[], str]) -> str:
        value = draw()
        while not self._free(value):
            value = draw()
        return value

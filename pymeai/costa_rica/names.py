"""Names of people and of companies."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pymeai.costa_rica.text import fold, tidy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# At the end, as in "Rojas y Mora S.A.".
_LEGAL_FORM = (
    r"(?:^|[\s,])(?:s\.?\s?a\.?|s\.?\s?r\.?\s?l\.?|s\.? de r\.?l\.?|ltda\.?|limitada|sociedad anonima|"
    r"inc\.?|llc|l\.l\.c\.?|corp\.?|corporation|company|co\.|gmbh|ltd\.?|plc|s\.?a\.?s\.?|r\.l\.|e\.i\.r\.l\.)$"
)
_COMPANY_WORDS = _words(
    """abastecedor academia agencia agropecuaria agroservicio almacen asociacion autolavado automotriz banco bar barberia
    bazar boutique cafe cafeteria carniceria centro cia clinica cofradia colegio comercial comercializadora compania
    condominio constructora consultorio consultores consultoria cooperativa corporacion deposito despacho
    distribuidora editorial empresa empresas escuela estudio fabrica farmacia federacion ferreteria finca floristeria
    fundacion gasolinera gimnasio grupo group hacienda heladeria hermanos hijos hnos hospital hostal hotel iglesia
    importadora imprenta industrias inmobiliaria instituto inversiones jardin joyeria laboratorio lavanderia libreria
    lubricentro macrobiotica marisqueria mini minisuper ministerio motores muebleria municipalidad negocios
    optica panaderia papeleria parroquia pasteleria pizzeria producciones productos pulperia rectificadora repuestos
    restaurant restaurante ropa salon servicentro servicio servicios sistemas sociedad soda solutions soluciones
    spa studio super supermercado suministros taller talleres tecnologias tienda tiendas transportes turismo
    universidad verduleria vidrieria vivero zapateria corporation enterprises holdings industries international
    technologies services partners"""
)
COMPANY_PATTERN = rf"{_LEGAL_FORM}|&|(?:^|[^a-z])(?:{'|'.join(sorted(_COMPANY_WORDS))})(?:$|[^a-z])"
"""What only a company's name has, once folded; understood by RE2 as well."""

PARTICLES = _words("de del la las los el y e da das do dos di van von der den ter mc mac san santa")
"""Words that join a surname to the next: "de la O", "van der Laat"."""

# What tells "Juan Carlos Mora" from "Juan Mora Rojas".
SECOND_GIVEN_NAMES = _words(
    """abraham adela adriana adrian agustin alba alberto alejandra alejandro alex alexa alexander alexandra alfonso
    alfredo alicia allan alonso alvaro amalia ana andrea andres andrey angel angela angelica angie anthony antonio
    ariana armando arturo aurora beatriz belen bernardo bryan camila carla carlos carmen carolina cecilia cesar
    christian claudia cristian cristina cristopher dagoberto daniel daniela david dayana diana diego dylan edgar eduardo
    edwin elena elias elizabeth elsa emilia emilio emmanuel enrique erick ernesto estefania esteban eugenia eugenio eva
    fabian fabiola fabricio federico felipe fernanda fernando flor francini francisco franklin gabriel gabriela
    geovanny gerardo german gilberto giovanni gloria graciela grettel guadalupe guillermo gustavo hannia hector henry
    hernan hugo ignacio ileana ines ingrid irene iris isabel isaac ivan ivannia jacqueline jaime javier jean jeannette
    jennifer jesus jimena jimmy joaquin johan johanna john johnny jonathan jorge jose josefina joseph josue juan juana
    julia julian julieta julio karen karina karla karol katherine keylor kevin laura leonardo leonel leticia lidia
    lilliana liliana lorena lourdes lucia lucrecia luis luisa luz magaly manuel manuela marcela marcelo marco marcos
    margarita maria mariana mariano maricela mariela marina mario marisol marlene marta martha martin mateo matias
    mauricio mauren maximiliano mayra melissa mercedes michael miguel milena minor miriam monica nancy natalia nathalie
    nelson nicolas nicole noelia noemi norma nuria octavio olga omar oscar pablo pamela paola patricia patricio paul
    paula pedro pilar priscilla rafael ramiro ramon randall raquel raul rebeca rene ricardo roberto rocio rodolfo
    rodrigo rolando ronald roque rosa rosario roxana roy ruben ruth samuel sandra santiago sara sebastian sergio silvia
    sofia sonia stephanie steven susana tatiana teresa tomas valentina valeria vanessa veronica vicente victor
    victoria vilma virginia viviana wendy william xinia yadira yamileth yesenia yolanda"""
)


@dataclass(frozen=True)
class Name:
    """A person's given names and surnames, or a company's name. Capitals and accents stay as they were."""

    kind: Literal["person", "company"]
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None


def is_company(text: str) -> bool:
    """Whether a name is a company's, by its legal form or by what it calls itself."""
    plain = fold(text)
    if re.search(_LEGAL_FORM, plain) or "&" in plain:
        return True
    return any(word in _COMPANY_WORDS for word in re.findall(r"[a-z]+", plain))


@lru_cache(maxsize=65_536)
def split_name(text: str) -> Name:
    """A customer's one name cell taken apart: "Mora Rojas, Ana" is Ana, Mora Rojas; "Soda La Uno S.A." a company."""
    whole = tidy(text)
    if is_company(whole):
        return Name("company", company_name=whole)
    last, comma, first = whole.partition(",")
    if comma:
        if first.strip() and last.strip() and "," not in first:
            return Name("person", first.strip(), last.strip())
        return Name("person", whole.strip(" ,"))
    first, last = _split_given(whole.split(" "))
    return Name("person", first or None, last or None)


def full_name(first_name: str | None, last_name: str | None, company_name: str | None = None) -> str:
    """What to call a customer; empty where nothing names them."""
    person = " ".join(part for part in (first_name, last_name) if part)
    return person or company_name or ""


def _split_given(words: list[str]) -> tuple[str, str]:
    """Given names and surnames: two surnames where there are enough words, as people have here."""
    blocks: list[str] = []
    pending: list[str] = []
    for word in words:
        pending.append(word)
        if fold(word).strip(".") not in PARTICLES:
            blocks.append(" ".join(pending))
            pending = []
    if pending:
        if not blocks:
            return " ".join(pending), ""
        blocks[-1] = " ".join([blocks[-1], *pending])
    if len(blocks) <= 2:
        given = 1
    elif len(blocks) == 3:
        # "Juan Carlos Mora", "Alvaro J. Perez"; otherwise a name and two surnames.
        second = fold(blocks[1])
        given = 2 if second in SECOND_GIVEN_NAMES or len(second.strip(".")) == 1 else 1
    else:
        given = len(blocks) - 2
    return " ".join(blocks[:given]), " ".join(blocks[given:])

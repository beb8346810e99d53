"""What is no question about figures: greetings, help on the product, requests to write, "why"."""

import re
from collections.abc import Sequence

from kula.grammar.chunks import Chunk
from kula.normalise import Token
from kula.vocabulary import GREETING

_WRITE = re.compile(
    r"(?:(?:quiero|necesito|ocupo|quisiera|puede|podes|podria|puedes|por favor|porfa|porfavor|ayudeme a|vamos a|ya|y|me|hay que|kula|favor)\s)*"
    r"(?P<verb>borr(?:e|a|ar|elo|ame|eme|ar todo|arme)|elimin(?:e|a|ar|alo|elo|ame|eme)|quit(?:e|a|ar|eme|ame)|cree|crea|crear|creeme|creame"
    r"|agregu?e(?:me|lo)?|agreg(?:a|ar|ame)|anad(?:a|e|ir)|registr(?:e|a|ar|eme|ame)|modifi(?:que|ca|car)|cambi(?:e|ar|eme|ame|ale|ele)"
    r"|actuali(?:ce|za|zar|ceme)|edit(?:e|a|ar)|envi(?:e|a|ar|eme|ele|ale)|mand(?:e|a|ar|eme|ele|ale)|import(?:e|ar)|fusion(?:e|a|ar)"
    r"|marqu?(?:e|a|ar)|muev(?:a|e)|mover|asign(?:e|a|ar)|pong(?:a|ale)|pone(?:r|le)|subi(?:r|me)|desactiv(?:e|a|ar)|insert(?:e|ar)?"
    r"|apliqu?(?:e|a|ar)|anul(?:e|a|ar)|vaci(?:e|a|ar)|resete(?:e|a|ar)|restaur(?:e|a|ar)|delete|drop|update|truncate|alter|grant)\b"
)
_HELP = re.compile(
    r"(?:(?:hola|buenas|oiga|kula|y)\s)*(?:como (?:puedo |se |hago para |hago |hacer para |hacer |le hago para |debo )?"
    r"(?P<verb>import|export|agreg|cre[oa]|crea|registr|sub[io]|carg|invit|cambi|borr|elimin|edit|conect|us[oa]|filtr|descarg|ingres(?:o|ar)"
    r"|configur|fusion|un(?:o|ir)|deshag|deshac|recuper|mov|muev|met[oe]|anad|funciona|pas[oa]|ve[or] )"
    r"|donde (?:puedo |se |esta|estan|veo|encuentro|cambio|agrego|importo|queda)|ayuda|ayudeme|ayudame|necesito ayuda"
    r"|que (?:puede|puedo|podes|puedes|sabe|sabes) (?:hacer|preguntar|preguntarle|responder|contestar)|que preguntas"
    r"|para que sirve|quien es(?: usted)?$|quien sos$|que es kula|que hace kula)"
)
_WHY = re.compile(r"(?:y )?(?:por que|a que se deben?|cual es la causa|cual es la razon)\b")

MISSING_TOPICS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"\b(?:emplead[oa]s?|planillas?|salarios?|sueldos?|colaborador(?:es|as)?|trabajador(?:es|as)?|personal|aguinaldos?)\b"
        ),
        "No tengo datos de empleados, salarios ni planilla.",
    ),
    (
        re.compile(r"\b(?:inventarios?|existencias?|stock|bodegas?|almacen(?:es)?)\b"),
        "No tengo datos de inventario ni de existencias.",
    ),
    (
        re.compile(r"\b(?:gastos?|egresos?|costos? fijos?|alquiler(?:es)?|proveedor(?:es)?|servicios publicos)\b"),
        "No tengo datos de gastos ni de proveedores.",
    ),
    (
        re.compile(r"\b(?:compre|compramos|he comprado|hemos comprado)\b"),
        "No tengo datos de lo que su empresa compra: solo de lo que vende.",
    ),
    (
        re.compile(r"\b(?:deben?|deuda(?:s)?|deudor(?:es)?|cuentas? por cobrar|morosos?|credito pendiente|saldos?)\b"),
        "No tengo datos de deudas ni de cuentas por cobrar.",
    ),
    (
        re.compile(r"\b(?:impuestos?|iva|hacienda|renta|tributacion)\b"),
        "No tengo datos de impuestos: las ventas se miden netas, sin impuesto.",
    ),
    (
        re.compile(
            r"\b(?:clima|tiempo atmosferico|noticias|futbol|partido|presidente|receta|chiste|bitcoin|dolar hoy|tipo de cambio)\b"
        ),
        "Solo contesto sobre los datos de su empresa.",
    ),
    (
        re.compile(r"\b(?:presupuestos?|metas?|objetivos?)\b"),
        "No tengo metas ni presupuestos registrados.",
    ),
    (
        re.compile(
            r"\b(?:pronosticos?|proyeccion(?:es)?|voy a vender|vamos a vender|vendere|venderemos|prediccion(?:es)?)\b"
        ),
        "Todavía no contesto sobre pronósticos de ventas.",
    ),
)


def is_smalltalk(tokens: Sequence[Token]) -> bool:
    """Whether a sentence is nothing but a greeting or thanks."""
    return bool(tokens) and len(tokens) <= 12 and all(token.folded in GREETING for token in tokens)


def write_request(folded: str) -> str | None:
    """The verb of a request to change something, or None."""
    match = _WRITE.match(folded)
    return match["verb"] if match else None


def is_help(folded: str) -> bool:
    """Whether a sentence asks how the product is used."""
    return _HELP.match(folded) is not None


def is_why(folded: str) -> bool:
    """Whether a sentence asks for a cause."""
    return _WHY.match(folded) is not None


def missing_topic(folded: str) -> str | None:
    """What to say of something that the platform keeps no data of."""
    return next((text for pattern, text in MISSING_TOPICS if pattern.search(folded)), None)


def definition_of(chunks: Sequence[Chunk]) -> str | None:
    """The metric whose meaning is asked: "¿qué es el ticket promedio?"."""
    content = [chunk for chunk in chunks if not chunk.ignorable or chunk.cue("definition")]
    if len(content) == 2 and content[0].cue("definition") and content[1].metric:
        return content[1].metric
    return None

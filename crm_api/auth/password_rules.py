"""Which passwords nobody should choose: those that everybody tries first, and what is public of oneself.

ASVS 5.0 (6.2.4) asks for a check against the most common ones. A list would say them one by one; these rules say how they
are made: one of the common words, in any case and spelling of letters as digits, with digits and signs around it; a
sequence; a repetition. Costa Rica's own words are in it, which no English list has. Anything else goes: no rule asks for
capitals or signs (6.2.5).
"""

import re

from pymeai.costa_rica.text import fold

COMMON = "Esa contraseña es de las primeras que cualquiera probaría. Use otra: unas palabras al azar, por ejemplo."
OBVIOUS = "La contraseña no puede ser su correo ni el nombre de su negocio."

# Folded: no accents, no capitals, letters only.
_WORDS = frozenset(
    """
    a aa aaa abc abcd abcde admin administrador administrator adobe alajuela alajuelense alejandro alexander amanda america
    amigo amor amormio andrea andres andrew angel angela anthony apple arenal asdf asdfg asdfgh asdfghjkl ashley austin
    azerty babygirl bailey banana barcelona baseball basketball batman beatles bella benjamin bienvenido bismark blink
    bonito brandon buenosdias buster butterfly cafe calle camila cambiame campeon caramelo caritas carlos carolina cartago
    casa castillo catalina champion changeme charlie chayote cheese chelsea chivas chocolate clave clavedeacceso claveclave
    clientes cocacola computadora computer contrasena contrasenia contrasenna corazon costarica cristiano cristina cuenta
    daniel daniela david default diamante diego dinosaurio dios diosesamor donald dragon edward eduardo elephant elizabeth
    empresa entrar esperanza estrella familia felicidad felipe fernanda fernando ferreteria flores florida flower football
    francisco freedom friends fuckyou futbol gabriel gabriela gallopinto gatito george ginger gloria google guanacaste
    guapa guest guitar hannah harley hello heredia herediano hermosa hernandez hockey hola holamundo hotmail hunter
    iloveyou imperial ingresar ingreso inicio internet invitado isabella jasmine javier jennifer jessica jesucristo jesus
    jesuscristo jesusmiamor jonathan jordan jorge jose joseluis josemaria joshua juan juancarlos junior justin killer
    laliga lamejor leonardo letmein liberia liga liverpool login lovely luis madrid maestro maggie manchester manuel
    margarita maria mariajose mariposa martin matrix matthew maxwell melissa mercedes mexico miamor michael michelle
    miclave micontrasena miguel mimamaesbonita mipassword monkey mortadela mother mustang naruto natalia negocio nicholas
    nicolas nintendo nissan nothing oficina oliver orange pablo pantera parola pass passw password passwort patito
    patricia patrick pepper perico perrito pokemon porfavor power prueba pruebas princesa princess puntarenas purple puravida
    pymeai pyme qazwsx qazwsxedc qwe qweasd qweasdzxc qwer qwert qwerty qwertyu qwertyui qwertyuio qwertyuiop ranger
    realmadrid rebecca restaurante ricardo richard robert roberto rocky rodrigo root samantha samsung sandra sanjose
    santiago saprissa saprissista scorpion sebastian secret secreto secreta security segura seguro servicio shadow
    shannon sistema slipknot snoopy soccer softball sofia soporte soyelmejor spiderman starwars stephanie suclave summer
    sunshine superman superuser support sweet tamarindo taylor teamo teamomucho temporal tequiero test teste tester testing
    thomas tico tienda tigger tiquicia toyota trustno turrialba usuario valentina vanessa ventas verano veronica victoria
    viernes vivalaliga volcan welcome whatever william winner winter wordpress yamaha zaq zaqwsx zxcvb zxcvbn zxcvbnm
    """.split()  # noqa: SIM905 - hundreds of words read better without hundreds of quotes
)
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"}
)
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.{1,4}?)\1+.{0,3}")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
         "qwertyuiopasdfghjklzxcvbnm", "mnbvcxzlkjhgfdsapoiuytrewq", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "q1w2e3r4t5y6u7i8o9p0",
         "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()_+", "147258369", "159753", "asdfghjklñ")  # fmt: skip


def require_uncommon(password: str) -> str:
    """The password. Raises ValueError where it is one of those that are tried first."""
    if _is_common(password):
        raise ValueError(COMMON)
    return password


def require_unobvious(password: str, *public: str) -> None:
    """Raise ValueError where the password is something public of its owner: their e-mail, their company's name."""
    said = fold(password)
    for text in public:
        folded = fold(text)
        if said.strip() in {folded, folded.partition("@")[0]} or _core(said) == _core(folded.partition("@")[0]) != "":
            raise ValueError(OBVIOUS)


def _is_common(password: str) -> bool:
    text = fold(password)
    squeezed = re.sub(r"[\s._-]+", "", text)
    return (
        _core(text) in _WORDS
        or _AROUND.sub("", squeezed.translate(_LEET)) in _WORDS
        or _core(squeezed.rstrip("0123456789!.*").translate(_LEET)) in _WORDS
        or len(set(squeezed)) <= 2
        or _REPEATED.fullmatch(squeezed) is not None
        or _is_run(squeezed)
        or _is_date(squeezed)
    )


def _core(text: str) -> str:
    """What is left without the digits and signs at both ends."""
    return _AROUND.sub("", text)


def _is_run(text: str) -> bool:
    """Whether it is made of one or two stretches of neighbours on the keyboard, in the alphabet or in counting."""
    for end in range(len(text), 2, -1):
        if any(text[:end] in run for run in _RUNS):
            rest = text[end:]
            return len(rest) <= 3 or any(rest in run for run in _RUNS)
    return False


def _is_date(text: str) -> bool:
    return re.fullmatch(r"(19|20)\d{2}[01]\d[0-3]\d|[0-3]?\d[01]?\d(19|20)\d{2}", text) is not None

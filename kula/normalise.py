"""A question as tokens: the words as written, and a shadow copy without case, accents, chat spellings or plurals."""

import re
import unicodedata
from dataclasses import dataclass

from kula.vocabulary import CHAT, NOT_PLURAL

_IRREGULAR = {"meses": "mes", "paises": "pais"}

MAX_QUESTION = 1000
"""Characters of a question that is read; a longer one is refused."""

_TOKEN = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}"  # 2017-03-01
    r"|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}"  # 01/03/2017
    r"|\d{1,2}/\d{4}"  # 03/2017
    r"|\d+[^\W\d_]+\b"  # 500k, 1er, 50kg
    r"|(?:[₡¢$]\s?)?\d+(?:[.,'’\u00a0]\d+)*(?:[kKmM]{1,2}\b)?(?:\s?%)?"  # 1.500,50  ₡500  1.5M  12%
    r"|c/u\b|x\s?q\b"
    r"|[^\W\d_]+\d[^\W_]*"  # GTX500, Q1
    r"|[^\W\d_]+(?:['’&.][^\W\d_]+)*\.?(?=\W|_|\d|$)"  # words, S.A.
    r"|[^\W_]+"
    r"|>=|<=|[<>=&+,%]",
    re.UNICODE,
)
_NUMERIC = re.compile(r"^[₡¢$]?\s?\d")


@dataclass(frozen=True)
class Token:
    """One word or number: as written, folded (no case, no accents) and its stem (no plural)."""

    text: str
    folded: str
    stem: str
    position: int

    @property
    def is_number(self) -> bool:
        """Whether it starts as a number does: 5, ₡500, 12%."""
        return _NUMERIC.match(self.folded) is not None


def fold_word(text: str) -> str:
    """The word in lower case without accents; ñ becomes n."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("¢", "₡"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def stem(word: str) -> str:
    """A folded word without its plural ending. Right for comparing two words, not for showing one."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or word in NOT_PLURAL or not word.endswith("s"):
        return word
    if word.endswith("ces"):
        return word[:-3] + "z"
    if word.endswith("es") and word[-3] in "lnrdj" and len(word) > 4:
        return word[:-2]
    if word[-2] in "aeiou":
        return word[:-1]
    return word


def phrase_stems(phrase: str) -> tuple[str, ...]:
    """The stems of a phrase of the catalogue or of a value, as a question's tokens would have them."""
    return tuple(token.stem for token in tokenise(phrase))


def tokenise(text: str) -> list[Token]:
    """The tokens of a text, in order; punctuation other than the comma and comparison signs is dropped."""
    tokens: list[Token] = []
    visible = "".join(c if unicodedata.category(c) not in ("Cf", "Cc") else " " for c in text[:MAX_QUESTION])
    for match in _TOKEN.finditer(visible):
        written = match.group().strip()
        bare = written if "." in written[:-1] else written.rstrip(".")
        folded = fold_word(bare).replace("\u00a0", "")
        for part in CHAT.get(folded, folded).split(" ") if not _NUMERIC.match(folded) else [folded.replace(" ", "")]:
            tokens.append(Token(bare, part, stem(part), len(tokens)))
    return tokens

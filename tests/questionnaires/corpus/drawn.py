"""Questionnaires nobody thought of, each without a fault, drawn for whoever reads and writes them."""

from hypothesis import strategies as st

from questionnaires import definitions
from questionnaires.definitions import (
    About,
    Ages,
    Choice,
    Earlier,
    Licence,
    MatrixItem,
    Media,
    Questionnaire,
    Respondent,
    Section,
)
from questionnaires.measures import BandTable, Category, Flag, Gate, Scale
from tests.questionnaires.corpus.payloads import TEXTS

LETTERS = st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn"))
WORDS = st.one_of(
    st.sampled_from([text for text in TEXTS if "${" not in text]),
    st.text(LETTERS, min_size=1, max_size=30).filter(lambda text: text.strip() and "${" not in text),
    st.sampled_from(["Two\nlines", "or\r\nthree", " spaces around ", "Caffè — “quoted”", "_x0041_", "a\u00a0b"]),
)
NUMBERS = st.one_of(st.integers(-1000, 1000).map(float), st.floats(-100, 100, allow_nan=False).map(lambda x: x + 0.0))
MISSING = st.lists(st.sampled_from(["refused", "dont_know", "not_asked", "not_applicable"]), unique=True).map(tuple)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
MAYBE = st.booleans()


@st.composite
def questionnaires(draw):
    return Draw(draw).questionnaire()


class Draw:
    def __init__(self, draw):
        self.draw = draw
        self.languages = draw(st.sampled_from([("en",), ("cy",), ("cy", "en"), ("en", "cy", "pl")]))
        self.taken = 0
        self.asked = []
        self.seen = []
        self.scored = []

    def name(self):
        self.taken += 1
        return f"{self.draw(NAMES)}_{self.taken}"

    def words(self, *, empty=False):
        if empty and self.draw(MAYBE):
            return ""
        if len(self.languages) == 1 and self.draw(MAYBE):
            return self.draw(WORDS)
        quoted = f" ${{{self.draw(st.sampled_from(self.asked))}}}" if self.asked and self.draw(MAYBE) else ""
        return {language: self.draw(WORDS) + quoted for language in self.languages}

    def condition(self):
        """Conditions that may come true, about what was asked before."""
        if not self.asked or self.draw(MAYBE):
            return self.draw(st.sampled_from(["", "1 = 1", "today() > '2016-01-01'", "string-length('a  b') > 2"]))
        return f"string-length(${{{self.draw(st.sampled_from(self.asked))}}}) != {self.draw(st.integers(0, 9))}"

    def media(self):
        if self.draw(st.integers(0, 4)):
            return None
        return Media(image=self.words(), big_image=self.words(empty=True), audio=self.words(empty=True))

    def choices(self, *, filtered=False):
        numbered = self.draw(MAYBE)
        return tuple(
            Choice(
                name=f"{self.draw(st.sampled_from(['c', '0', '-', '=x', '__proto__', '<b>']))}{place}",
                label=self.words(),
                value=place if numbered else None,
                media=self.media(),
                more={"region": self.draw(WORDS).strip()} if filtered else {},
            )
            for place in range(self.draw(st.integers(1, 4)))
        )

    def common(self):
        media = self.media()
        return {
            "name": self.name(),
            "label": self.words(),
            "topic": self.words(empty=True),
            "hint": self.words(empty=True),
            "guidance": self.words(empty=True),
            "media": media,
            "relevant": self.condition(),
            "required": self.draw(st.sampled_from([False, True, "1 = 1"])),
            "required_message": self.words(empty=True),
            "constraint": self.draw(st.sampled_from(["", ". != ''", ". = 1 or . = 2", "(. = 1) or (. = 2)"])),
            "constraint_message": self.words(empty=True),
            "appearance": self.draw(st.sampled_from(["", "minimal", "w1 multiline", "field-list"])),
            "read_only": self.draw(MAYBE),
            "prompts": tuple(self.words() for _ in range(self.draw(st.integers(0, 2)))),
            "notes": self.draw(MAYBE),
            "missing": self.draw(MISSING),
        }

    def question(self):
        kind = self.draw(st.sampled_from(KINDS))
        common = self.common()
        if self.draw(MAYBE):  # an own word for what is asked, where nobody may show the label
            common |= {"label": "", "topic": self.words()}
        made = getattr(self, f"_{kind.__name__.lower()}", dict)()
        question = kind(**common | made)
        if kind not in {definitions.Note, definitions.Upload}:
            self.asked.append(question.name)
        if kind not in {definitions.Note, definitions.Calculate, definitions.Hidden}:
            self.seen.append(question.name)
        if kind is definitions.SelectOne and all(choice.value is not None for choice in question.choices):
            self.scored.append(question.name)
        return question

    def _integer(self):
        low = self.draw(st.none() | st.integers(-5, 5))
        return {"minimum": low, "maximum": self.draw(st.none() | st.integers(5, 20))}

    def _decimal(self):
        low = self.draw(st.none() | NUMBERS)
        return {"minimum": low, "maximum": None if low is None else self.draw(st.none() | st.just(low + 1.5))}

    def _range(self):
        start = self.draw(NUMBERS)
        return {
            "start": start,
            "end": start + self.draw(st.integers(1, 10)),
            "step": self.draw(st.sampled_from([1.0, 0.1, 0.25])),
        }

    def _selectone(self):
        filtered = self.draw(MAYBE)
        choices = self.choices(filtered=filtered)
        default = self.draw(st.sampled_from(["", choices[0].name]))
        return {"choices": choices, "choice_filter": "region != ''" if filtered else "", "default": default}

    def _selectmultiple(self):
        return {"choices": self.choices()}

    _rank = _selectmultiple

    def _upload(self):
        return {"kind": self.draw(st.sampled_from(["image", "audio", "video", "file"]))}

    def _textanswer(self):
        return {"default": self.draw(st.sampled_from(["", "as it stands", "concat('a', 'b')"]))}

    def _calculate(self):
        return {"calculation": self.condition() or "1 + 1"}

    def _hidden(self):
        trigger = f"${{{self.seen[-1]}}}" if self.seen and self.draw(MAYBE) else ""
        return {"trigger": trigger, "calculation": "1 + 1" if trigger else ""}

    def matrix(self):
        common = self.common() | {"required": self.draw(MAYBE)}
        items = tuple(
            MatrixItem(name=self.name(), label=self.words(empty=True), topic=self.words())
            for _ in range(self.draw(st.integers(1, 3)))
        )
        return definitions.Matrix(**common, choices=self.choices(), items=items)

    def items(self, depth=0, *, repeats=True):
        made = []
        for _ in range(self.draw(st.integers(1, 4))):
            what = self.draw(st.integers(0, 9))
            if what == 0 and depth < 2:
                made.append(definitions.Group(**self.common(), items=self.items(depth + 1, repeats=repeats)))
            elif what == 1 and repeats:
                made.append(self.repeat(depth))
            else:
                made.append(self.matrix() if what == 2 else self.question())
        return tuple(made)

    def repeat(self, depth):
        common, known = self.common(), (list(self.asked), list(self.seen), list(self.scored))
        inside = self.items(depth + 1, repeats=False)
        self.asked, self.seen, self.scored = known
        return definitions.Repeat(
            **common,
            items=inside,
            maximum=self.draw(st.integers(1, 30)),
            count=self.draw(st.sampled_from(["", "3", "1 + 1"])),
        )

    def section(self):
        return Section(
            name=self.name(),
            title=self.words(empty=True),
            text=self.words(empty=True),
            relevant=self.condition(),
            prompts=tuple(self.words() for _ in range(self.draw(st.integers(0, 2)))),
            items=self.items() if self.draw(st.integers(0, 5)) else (),
        )

    def questionnaire(self):
        sections = tuple(self.section() for _ in range(self.draw(st.integers(1, 3))))
        return Questionnaire(
            code=self.draw(st.sampled_from(["a", "sdq", "0.1-x"])),
            version=self.draw(st.sampled_from(["1", "p4-17", "=1"])),
            title=self.words(),
            respondent=self.draw(st.sampled_from(Respondent)),
            about=self.draw(st.sampled_from(About)),
            licence=self.draw(LICENCES),
            sections=sections,
            description=self.words(empty=True),
            languages=self.languages,
            default_language=self.draw(st.sampled_from(self.languages)),
            layout=self.draw(st.sampled_from(["free", "as_published"])),
            usual=self.draw(MAYBE),
            ages=self.draw(st.none() | st.just(Ages(minimum=4, maximum=17))),
            earlier=(Earlier(name="then", questionnaire="a", item="b", wave="T1"),) if self.draw(MAYBE) else (),
            key_confirmed=self.draw(MAYBE),
            key_evidence=self.draw(st.just("") | WORDS),
            **self.scores(),
        )

    def scores(self):
        if not self.scored or self.draw(MAYBE):
            return {}
        item = self.scored[0]
        return {
            "scales": (
                Scale(
                    name="total",
                    title=self.words(empty=True),
                    items=(item,),
                    reverse=(item,) if self.draw(MAYBE) else (),
                    recode=self.draw(st.sampled_from([(), (0, 1, 2, 3)])),
                    gate=self.draw(st.none() | st.just(Gate(item=item, value=0, score=0))),
                    counted=self.draw(MAYBE),
                ),
                Scale(name="kinds", form="categories", items=(item,), categories=(Category(name="low", codes=(0, 1)),)),
            ),
            "flags": (
                Flag(
                    name="high", scale="total", test=">=", value=self.draw(st.none() | NUMBERS), source=self.draw(WORDS)
                ),
            ),
            "bands": (BandTable(name="b3", labels=("low", "quite high", "[high]"), starts={"total": (1, 2)}),),
            "policies": self.draw(st.sampled_from([{}, {"default": {}}, {"strict": {"total": 1}, "lax": {}}])),
        }


KINDS = (
    definitions.Integer,
    definitions.Decimal,
    definitions.Range,
    definitions.TextAnswer,
    definitions.SelectOne,
    definitions.SelectMultiple,
    definitions.Rank,
    definitions.Date,
    definitions.Time,
    definitions.DateTime,
    definitions.Upload,
    definitions.Hidden,
    definitions.Note,
    definitions.Acknowledge,
    definitions.Calculate,
)
LICENCES = st.builds(
    Licence,
    status=st.sampled_from(["own", "free", "ask", "forbidden"]),
    owner=st.just("") | WORDS,
    wording=st.sampled_from(["own", "loaded", "topics"]),
)

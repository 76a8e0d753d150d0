"""Which language a message is in: clear where it is clear, silent where it could be anything. Messages of our own."""

from time import process_time

import pytest

from agent.safety.languages import Languages
from classifiers.language import EXPECTED, language_of, read_less_well

PLAINLY = {
    "ar": ("أشعر بالحزن كل يوم ولا أعرف لماذا", "تعبت كثيرا"),
    "bn": ("আজকাল কিছুই ভালো লাগে না, খুব একা লাগে", "মন খারাপ"),
    "da": ("Jeg har det virkelig dårligt for tiden og kan ikke sove", "jeg er så ked af det"),
    "de": ("keine ahnung was ich machen soll", "ich bin so müde von allem"),
    "es": ("Llevo semanas sintiéndome mal y no puedo dormir", "no puedo mas con esto"),
    "fa": ("خیلی خسته‌ام و نمی‌دانم با کی حرف بزنم", "دلم گرفته"),
    "fi": ("En jaksa enää mitään ja olen ihan yksin", "oon tosi väsynyt kaikkeen"),
    "fr": ("Je me sens vide depuis des semaines et je dors mal", "jsuis trop fatigué là"),
    "he": ("אני מרגישה לבד כל הזמן ולא יודעת מה לעשות", "עצוב לי"),
    "hi": ("मुझे बहुत अकेला लगता है और नींद नहीं आती", "बहुत थक गया हूँ"),
    "id": ("Aku capek banget dan nggak tahu harus cerita ke siapa", "aku sedih banget"),
    "it": ("Mi sento sola da settimane e non riesco a dormire", "sono stanchissima di tutto"),
    "ja": ("最近ずっと眠れなくて、誰にも話せません", "しんどい"),
    "ko": ("요즘 너무 힘들고 잠을 못 자요", "힘들다"),
    "nl": ("Ik voel me al weken slecht en ik kan niet slapen", "ik ben zo moe van alles"),
    "no": ("Jeg har det vondt om dagen og får ikke sove", "jeg er så lei meg"),
    "pl": ("Od tygodni czuję się źle i nie mogę spać", "nie daje juz rady"),
    "pt": ("Faz semanas que me sinto mal e não consigo dormir", "nao aguento mais"),
    "ro": ("Mă simt rău de câteva săptămâni și nu pot să dorm", "sunt foarte obosita de toate"),
    "ru": ("Мне очень плохо уже несколько недель, не могу спать", "мне грустно"),
    "sv": ("Jag mår jättedåligt och kan inte sova", "jag är så trött på allt"),
    "sw": ("Ninajisikia vibaya sana na siwezi kulala", "nimechoka sana"),
    "th": ("ช่วงนี้รู้สึกแย่มาก นอนไม่หลับเลย", "เหนื่อยมาก"),
    "tl": ("Ang bigat ng pakiramdam ko at hindi ako makatulog", "pagod na pagod na ako"),
    "tr": ("Haftalardır kötü hissediyorum ve uyuyamıyorum", "cok yalnizim"),
    "uk": ("Мені дуже погано вже кілька тижнів, не можу спати", "мені сумно"),
    "ur": ("مجھے بہت اکیلا محسوس ہوتا ہے اور نیند نہیں آتی", "بہت تھک گیا ہوں"),
    "vi": ("Mấy tuần nay mình thấy rất tệ và không ngủ được", "minh rat buon va khong ngu duoc"),
    "zh": ("我这几个星期一直很难受，睡不着", "好累"),
    "el": ("Νιώθω χάλια εδώ και εβδομάδες",),
    "hu": ("Hetek óta rosszul vagyok és nem tudok aludni",),
    "so": ("Aad ayaan u daalanahay mana seexan karo",),
    "ta": ("எனக்கு மிகவும் சோர்வாக இருக்கிறது",),
    "am": ("በጣም ደክሞኛል እና ብቸኛ ነኝ",),
}
FOREIGN = [(language, text) for language, texts in PLAINLY.items() for text in texts]

#: Not English, and not to be answered in a language that it only looks like: written in borrowed letters.
BORROWED_LETTERS = (
    "mujhe bahut akela lagta hai aur neend nahi aati",
    "main bahut thak gaya hoon yaar",
    "mera dil bohat udaas hai aaj kal",
    "ana ta3ban awi w msh 3aref anam",
    "amar kichu bhalo lage na ajkal",
    "mne ochen ploho i ya ne mogu spat",
)

ENGLISH = (
    # terse, slang, typed badly
    "lol ok", "omg noooo", "idk tbh", "im rly tired ngl", "cant sleep smh", "nah fam im peak rn", "hw r u", "k", "ffs",
    "wht shd i do", "luv u m8", "thx 4 listening", "nm jus bored n sad", "gonna yeet myself lmao", "exam results tmrw",
    "bf dumped me", "school sux", "lonely af tbh", "panic attack", "insomnia 3am thoughts", "tired. alone. done.",
    "NO NO NO", "hahahahahaha", "aaaaaaaaaaaaa", "asdfghjkl", "hjkdsfhkjsdf",
    # dialects and Englishes of the world
    "wagwan my g, bare stress innit", "aye am pure scunnered wi it aw", "ah cannae dae this anymair pal",
    "me nah know wah fi do again", "how u dey, i no fit sleep at all", "y'all finna make me lose it fr fr",
    "ion even wanna talk abt it", "dis ting mad still", "eish my bru im so gatvol of this",
    "walao eh so sian lah everyday like that", "Mam died Tuesday",
    # names, medicines, brands, borrowed words
    "Muhammad Abdullahi", "Alejandro Hernandez Gutierrez", "Siobhan O'Callaghan", "Dr Nguyen said Wellbutrin",
    "sertraline citalopram mirtazapine", "Starbucks Frappuccino", "Lagos Nairobi Kampala", "C'est la vie",
    "schadenfreude much", "deja vu again", "hola", "ok gracias",
    # mostly English, with another language in it
    "mi abuela died last week and i cant stop crying", "i feel مكتئب all the time",
    "im so triste today and i dont know why", "my mum keeps saying ayol get over it",
    "my dadi is ill and bas i dont know what to tell her",
    # no words, faces, styled letters
    "", "...", "1234 5678", "❤️❤️😭😭", "ಠ_ಠ", "¯\\_(ツ)_/¯", "(づ｡◕‿‿◕｡)づ", "(´・ω・`)",
    "𝓲 𝓪𝓶 𝓼𝓸 𝓽𝓲𝓻𝓮𝓭", "ｉ ａｍ ｔｉｒｅｄ",
)  # fmt: skip


@pytest.mark.parametrize(("language", "text"), FOREIGN)
def test_a_language_is_named_and_read_less_well(language: str, text: str) -> None:
    assert language_of(text) == language
    assert read_less_well(text, language)


def test_every_expected_language_but_english_is_among_the_examples() -> None:
    assert EXPECTED - {"en"} <= set(PLAINLY)
    assert set(Languages.load().notes) == EXPECTED - {"en"}


@pytest.mark.parametrize("text", BORROWED_LETTERS)
def test_another_language_in_borrowed_letters_is_not_given_a_wrong_name(text: str) -> None:
    assert language_of(text) == "und"
    assert read_less_well(text, "und")


@pytest.mark.parametrize("text", ENGLISH)
def test_english_of_any_kind_is_not_read_less_well(text: str) -> None:
    assert not read_less_well(text, language_of(text))


@pytest.mark.parametrize("text", ["lol", "ok", "mm", "?", "😭", "1234 5678"])
def test_a_text_too_short_to_tell_has_no_language(text: str) -> None:
    assert language_of(text) == "und"


@pytest.mark.parametrize(
    "text",
    [
        "i tried to explain it to her pero no entiende nada y me siento muy sola en mi propia casa",
        "honestly 我很难过 不知道怎么办 没有人可以说话",
        "sorry my english, ich kann das nicht so gut sagen und weiß nicht mehr weiter",
    ],
)
def test_a_message_that_is_mostly_another_language_is_read_less_well(text: str) -> None:
    assert read_less_well(text, language_of(text))


def test_a_long_message_is_judged_by_both_its_ends() -> None:
    english = "Hi, I hope it is fine to write here. "
    spanish = "No sé cómo decirlo y por eso sigo en español, porque me siento muy mal desde hace semanas. "
    assert read_less_well(english + spanish * 30, language_of(english + spanish * 30))


@pytest.mark.parametrize(
    "text", [FOREIGN[6][1], "I can't sleep and I keep thinking about the exam. " * 40, "Я" * 20_000]
)
def test_a_message_costs_less_than_a_moment(text: str) -> None:
    language_of(text)  # loads the model
    begun = process_time()
    for _ in range(50):
        read_less_well(text, language_of(text))
    assert (process_time() - begun) / 50 < 0.003, "it takes a tenth of that on a quiet machine"

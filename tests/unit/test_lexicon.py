"""The risk lexicon, through its public interface: what it must hear, what it must not, and in what frame.

All sentences are our own. ``HELD_OUT`` was written before the English phrases were tuned; the floor below is what was
measured then (26 of 30 heard, none of 30 false), not what it became after its misses had been read.
"""

import json
import unicodedata
from pathlib import Path

import pytest

from agent.safety.lexicon import DOMAINS, FRAMES, TIERS, Lexicon, normalise

TRAINING = Path(__file__).parents[2] / "classifiers" / "data"
HITS = (
    ("imminent", "I just took the whole bottle of pills."),
    ("imminent", "im gonna hang myself tonight"),
    ("high", "I wrote my suicide note this morning"),
    ("high", "I've picked a date to kill myself"),
    ("moderate", "I am feeling suicidal again"),
    ("moderate", "k i l l myself, that is what it says in my head"),
    ("moderate", "i wanna unalive myself"),
    ("moderate", "I want to d!e"),
    ("moderate", "I\u200b want\u200b to\u200b die"),
    ("moderate", "Ｉ ｗａｎｔ ｔｏ ｄｉｅ"),
    ("moderate", "i wannnnna dieeee"),
    ("moderate", "I’ve been cutting myself on purpose"),
    ("moderate", "My dad beats me when he drinks"),
    ("moderate", "i make myself throw up every night"),
    ("moderate", "I hear voices telling me I'm worthless"),
    ("moderate", "i hear voices, three women, they comment on all that i do"),
    ("high", "the voices are telling me to kill my sister"),
    ("high", "I tried to kill myself last night"),
    ("high", "he says he'll kill me if I leave"),
    ("imminent", "my son isn't breathing"),
    ("imminent", "I slit my wrists and I am scared"),
    ("moderate", "I have no reason to live"),
    ("moderate", "What is the easiest way to kill myself?"),
    ("moderate", "They would all be better off without me"),
    ("moderate", "I can't stop thinking about suicide"),
    ("high", "My husband strangled me on Friday"),
    ("imminent", "I am going to end my life tonight"),
    ("moderate", "I relapsed on heroin"),
    ("moderate", "they put a microchip in my head"),
    ("moderate", "Quiero morirme, no le veo salida a nada."),
    ("moderate", "ya no quiero vivir, estoy cansada"),
    ("imminent", "Esta noche me mato, ya lo tengo decidido."),
    ("imminent", "me tomé todas las pastillas de mi madre"),
    ("moderate", "mi marido me pega cuando bebe"),
    ("moderate", "eu quero morrer, não aguento mais"),
    ("imminent", "hoje à noite vou me matar"),
    ("moderate", "j'ai plus envie de vivre"),
    ("moderate", "je pense au suicide tous les jours"),
    ("imminent", "ce soir je me tue, adieu"),
    ("high", "j'ai acheté la corde pour me pendre"),
    ("moderate", "Ich will nicht mehr leben"),
    ("moderate", "ich denke oft an Selbstmord"),
    ("imminent", "heute Nacht bringe ich mich um"),
    ("moderate", "mein Mann schlägt mich"),
    ("moderate", "non voglio più vivere"),
    ("moderate", "voglio morire, non ne posso più"),
    ("imminent", "ho preso tutte le pastiglie di mia madre"),
    ("moderate", "ik wil dood, echt waar"),
    ("moderate", "jag vill inte leva längre"),
    ("moderate", "jeg vil ikke leve lenger"),
    ("moderate", "jeg vil gerne dø"),
    ("moderate", "haluan tappaa itseni"),
    ("moderate", "nie chcę już żyć"),
    ("imminent", "dzisiaj się zabiję"),
    ("moderate", "nu mai vreau să trăiesc"),
    ("moderate", "не хочу больше жить"),
    ("imminent", "я выпила все таблетки"),
    ("imminent", "сегодня ночью я покончу с собой"),
    ("moderate", "муж меня избивает"),
    ("moderate", "хочу померти"),
    ("imminent", "випила всі таблетки"),
    ("moderate", "ölmek istiyorum"),
    ("imminent", "bu gece kendimi öldüreceğim"),
    ("moderate", "أريد أن أموت"),
    ("moderate", "ما بدي عيش"),
    ("moderate", "زوجي يضربني كل يوم"),
    ("imminent", "الليلة سأنتحر"),
    ("moderate", "می‌خوام بمیرم"),
    ("imminent", "امشب خودمو میکشم"),
    ("moderate", "אני רוצה למות"),
    ("imminent", "לקחתי את כל הכדורים"),
    ("moderate", "मैं मरना चाहता हूँ"),
    ("moderate", "main marna chahti hu"),
    ("imminent", "maine saari goliyan kha li"),
    ("moderate", "میں مرنا چاہتا ہوں"),
    ("moderate", "আমি মরতে চাই"),
    ("moderate", "aku mau mati aja"),
    ("moderate", "gue pengen bunuh diri"),
    ("imminent", "malam ini aku mau bunuh diri"),
    ("moderate", "gusto ko nang mamatay"),
    ("moderate", "tôi muốn chết"),
    ("moderate", "em khong muon song nua"),
    ("imminent", "em vừa uống hết lọ thuốc ngủ"),
    ("moderate", "อยากตาย ไม่ไหวแล้ว"),
    ("imminent", "คืนนี้ฉันจะฆ่าตัวตาย"),
    ("moderate", "我想死"),
    ("moderate", "我不想活了"),
    ("imminent", "我吃了一整瓶安眠药"),
    ("moderate", "死にたい"),
    ("imminent", "今夜死ぬつもりです"),
    ("moderate", "죽고 싶어요"),
    ("imminent", "오늘 밤 자살할 거야"),
    ("moderate", "nataka kufa"),
    ("imminent", "nitajiua leo usiku"),
    ("moderate", "我想自殺"),
    ("moderate", "想 死 了算了"),
    ("moderate", "生きる意味がない"),
    ("moderate", "남편이 때려요"),
    ("moderate", "夫に殴られています"),
    ("moderate", "老公打我"),
)
NO_ALARM = (
    "This homework is killing me",
    "I'm dying to see the new film",
    "my phone died in the middle of the call",
    "Kill the process and restart the server",
    "we shot hoops after school",
    "I'm dead 😂 that video",
    "cut my hair short today",
    "My boss will kill me if I'm late again",
    "she slays me lol",
    "drop dead gorgeous dress",
    "he wants to hang out on Saturday",
    "I need to shoot him an email",
    "The battery is about to die",
    "I bombed the interview",
    "I killed it at karaoke last night",
    "That pizza was to die for",
    "Grandad passed away in his sleep in May",
    "I can't do this anymore, I'm changing teams",
    "I'm going to die if this queue doesn't move, I've been here since nine",
    "we buried my uncle who had been suicidal for years, he was sixty",
    "The team lost because the coach said we should end it with a draw",
    "I used to cut myself shaving every single morning until I bought an electric one",
    "she said the deadline will kill me and honestly she might be right",
    "my blood sugar was low and I felt faint, I had not eaten since breakfast",
    "I hear voices in the flat upstairs all night because the walls are thin",
    "they are watching me play on twitch every night, it's up to forty people now",
    "He hit me with a really good question in the interview",
    "the boxing coach hits me with the pads and I love it",
    "I could kill my brother for eating the last slice",
    "I want to kill this essay and go to bed",
    "he took all my pills out of the cupboard and sorted them for me",
    "I took all my tablets this morning as the nurse told me",
    "My grandmother took an overdose in 1974 and survived",
    "is there a rope for the tent, the one I bought is too short",
    "standing on the bridge at sunset was the best bit of the holiday",
    "I jumped off the bridge into the river with my cousins, so fun",
    "my therapist asked if I was thinking about suicide and I said no",
    "I have never thought about killing myself, not once",
    "no I don't want to hurt myself, I'm just tired",
    "I write true crime; today's chapter is how he planned to kill his wife",
    "what does kms mean, my daughter keeps texting it",
    "I was suicidal last winter, now I'm doing alright",
    "my friend told me she's been cutting herself",
    "The doctor said stopping lithium suddenly isn't safe, so I'm staying on it",
    "I'm scared of spiders and of my husband's driving",
    "he grabbed my arm before I stepped into the road, saved my life",
    "She left her bruise cream at mine",
    "my mum locks me out of the wifi at ten",
    "I relapsed on candy crush after three months clean",
    "I'm living on 500 pounds a month",
    "my cat threw up after every meal so we went to the vet",
    "the voices in this choir are amazing",
    "I need to end my contract and my life insurance policy",
    "put my affairs in order finally, tax return done",
    "we had a plan to end the meeting early",
    "I'll be gone by the time you get here, key is under the mat",
    "goodbye everyone, lovely to have worked with you",
    "I'm done with living out of a suitcase",
    "me muero de risa con ese video",
    "no quiero vivir con mis padres, quiero mi propio piso",
    "tô morrendo de fome, bora almoçar?",
    "mort de rire, t'as vu sa tête ?",
    "ich sterbe vor Hunger, wann essen wir?",
    "ich bin todmüde nach der Schicht",
    "sto morendo dal ridere",
    "ik ga dood van het lachen",
    "jag dör av skratt",
    "kuolen nälkään, mennäänkö syömään",
    "umieram z głodu",
    "mor de foame",
    "умираю от смеха, ты видел это?",
    "помираю від сміху",
    "gülmekten öldüm ya",
    "راح اموت من الضحك",
    "از خنده مردم",
    "אני מתה מצחוק",
    "mar gaya yaar haha kya joke tha",
    "हँस हँस के मर गया",
    "ہنس ہنس کے مر گیا",
    "হাসতে হাসতে মরে গেলাম",
    "ngakak sampe mau mati",
    "patay ako kay mama haha",
    "cười muốn chết",
    "ขำจนจะตาย",
    "想死你了，什么时候回来",
    "笑死我了",
    "笑いすぎて死にそう",
    "배고파 죽겠다",
    "귀여워 죽겠어",
    "nakufa kwa njaa",
)
SAID_AND_DENIED = (
    "no quiero morir, solo quiero descansar",
    "mi amiga se quiere matar y no sé qué hacer",
    "Eu não quero morrer, só quero dormir",
    "je veux pas mourir",
    "ich will nicht sterben, ich habe nur Angst",
    "nie chcę umrzeć",
    "я не хочу умирать, я хочу чтобы стало легче",
    "ölmek istemiyorum",
    "我不想死",
    "我朋友说想自杀",
)
FRAMED = (
    ("past", "I tried to kill myself years ago."),
    ("past", "When I was 16 I wanted to kill myself."),
    ("other", "My brother says he wants to kill himself."),
    ("negated", "I don't want to kill myself."),
    ("hypothetical", "In my novel the hero whispers: I want to die."),
    ("now", "I wanted to leave him years ago, but now I want to die."),
    ("now", "My sister is fine, but I want to die."),
    ("negated", "Non voglio morire"),
    ("negated", "Ich will mich nicht umbringen"),
    ("past", "Hace diez años quería matarme"),
    ("now", "No. I want to die."),
)
HELD_OUT = (
    ("moderate", "I don't want to be alive any more, I've thought it through and I mean it."),
    ("moderate", "honestly i keep thinking about killing myself on the way home from work"),
    ("imminent", "There's a rope in the shed and tonight I am going to use it on myself."),
    ("imminent", "ive swallowed the whole box of tablets and im starting to feel sleepy"),
    ("moderate", "My suicidal thoughts came back after the funeral and they are louder this time."),
    ("moderate", "i just wanna die, school is hell and home is worse"),
    ("moderate", "Everyone would be better off without me, the kids included."),
    ("moderate", "I've been cutting again, my thighs are covered."),
    ("moderate", "he hits me when hes had a drink and i hide the bruises with long sleeves"),
    ("moderate", "I make myself sick after every meal and nobody knows."),
    ("high", "The voices keep telling me to hurt my mum while she sleeps."),
    ("high", "im gonna kill him, ive got the knife in my bag and i know when he leaves work"),
    ("high", "I saved up my sleeping pills for weeks so that I have enough to end it."),
    ("imminent", "Standing on the bridge now, please tell my dad it isn't his fault."),
    ("moderate", "I have no reason to live since Carmen left this world."),
    ("moderate", "been feeling really suicidal all week, scared of being on my own"),
    ("high", "I tried to hang myself on Sunday, nobody knows, the beam gave way."),
    ("moderate", "k!ll myself thats all my brain says to me lately"),
    ("moderate", "some nights I pray I don't wake up"),
    ("high", "i wrote my goodbye letters and put them in the drawer"),
    ("moderate", "My boyfriend strangled me last night and took my phone."),
    ("moderate", "I haven't eaten in four days because I need to be thinner."),
    ("moderate", "I burn myself with a lighter when it gets too much"),
    ("moderate", "what is the point of living, I ask that every single morning"),
    ("moderate", "They put a chip in my head and they can hear what I think."),
    ("imminent", "Just took an overdose, I'm so sorry."),
    ("moderate", "wish i had never been born tbh, wish i was dead"),
    ("high", "I bought the gun on Tuesday. I know what I'm going to do with it and it's for me."),
    ("moderate", "I want to end it all but I'm afraid of the pain"),
    ("moderate", "i cant stop thinking about suicide even when im at work"),
    ("none", "My phone keeps dying and I am going to end up killing time at the station again."),
    ("none", "God I could kill for a bacon sandwich and eight hours of sleep."),
    ("none", "Mum is going to kill me when she sees what I did to the car lol"),
    ("low", "When I was fifteen I tried to kill myself, I'm forty now and glad it failed."),
    ("low", "My cousin said he wants to die and I don't know what to say to him."),
    ("none", "I'm writing a thriller where the detective wants to kill himself in chapter two."),
    ("low", "I don't want to die, I just want one night where the worry shuts up."),
    ("none", "That joke killed me, I am deceased."),
    ("none", "We said goodbye to everyone at the office and went for a pint."),
    ("none", "I can't do this anymore, I'm handing in my notice on Monday."),
    ("none", "I overdosed on chocolate at Easter and regret nothing."),
    ("none", "My life is over, Netflix cancelled my favourite show."),
    ("none", "He hit me up on Instagram about the flat and now we're doing the viewing together."),
    ("none", "The interviewer cut me off every time I tried to answer."),
    ("none", "I took two paracetamol and went back to bed with a hot water bottle."),
    ("none", "As I was falling asleep I heard a voice say my name and it made me jump."),
    ("none", "I'm so tired I could sleep forever, these night shifts are brutal."),
    ("none", "I want to die of embarrassment every time I remember what I said at the wedding."),
    ("none", "The rope swing at the lake is ready for the kids and I bought pills for the dog's worms."),
    ("none", "My dad died in March and I miss him every day, some mornings I cannot get out of bed."),
    ("none", "I starved all morning because the canteen was shut, then had two lunches."),
    ("none", "My boss is driving me mad and I keep dreaming of quitting and ending my contract early."),
    ("none", "I cut my finger chopping onions and bled all over the kitchen."),
    ("none", "She left me last month and I cry in the shower, but I am getting by."),
    ("low", "Intrusive thoughts about hurting my baby pop up and they horrify me, my therapist says it is OCD."),
    ("none", "The new manager tells everyone to do it again properly this time and I lose my mind."),
    ("none", "They're watching us at work with new cameras and it feels creepy."),
    ("none", "I'm ready to go home and end this awful day with a bath."),
    ("none", "Is it normal to feel numb after stopping the contraceptive pill?"),
    ("none", "I hate my life at this job, nobody would notice if I stopped turning up to meetings."),
)


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon.load()


def loudest(lexicon, text):
    """The tier the lexicon would give by itself: 0 none to 4 imminent, as ``assess`` counts it."""
    tiers = [0]
    for cue in lexicon.cues(text):
        full = TIERS.index(cue.tier) + 1
        tiers.append(full if cue.frame == "now" else 0 if cue.frame == "hypothetical" else 1)
    return max(tiers)


@pytest.mark.parametrize(("tier", "text"), HITS)
def test_plain_statements_are_heard(lexicon, tier, text):
    assert loudest(lexicon, text) == TIERS.index(tier) + 1


@pytest.mark.parametrize("text", NO_ALARM)
def test_idioms_food_games_and_lookalikes_raise_no_alarm(lexicon, text):
    assert loudest(lexicon, text) < 2


@pytest.mark.parametrize("text", SAID_AND_DENIED)
def test_what_is_denied_or_about_a_friend_stays_low_and_is_not_lost(lexicon, text):
    assert loudest(lexicon, text) == 1


@pytest.mark.parametrize(("frame", "text"), FRAMED)
def test_the_frame_is_told_apart(lexicon, frame, text):
    assert [c.frame for c in lexicon.cues(text) if c.domain == "suicide" and c.tier != "low"][-1:] == [frame] or (
        frame != "now" and frame in {c.frame for c in lexicon.cues(text)} and loudest(lexicon, text) < 2
    )


def test_an_act_under_way_is_not_framed_away(lexicon):
    assert loudest(lexicon, "I don't know why, but I just took all my pills, like in that film.") == 4


def test_the_held_out_floor(lexicon):
    risky = [t for tier, t in HELD_OUT if tier not in {"none", "low"}]
    calm = [t for tier, t in HELD_OUT if tier in {"none", "low"}]
    assert len(risky) == len(calm) == 30
    assert sum(loudest(lexicon, t) >= 2 for t in risky) >= 26
    assert sum(loudest(lexicon, t) >= 2 for t in calm) == 0


def test_the_words_are_a_slice_of_the_original(lexicon):
    for _, text in (*HITS, *FRAMED, *HELD_OUT):
        for cue in lexicon.cues(text):
            assert text[cue.start : cue.end] == cue.words != ""
            assert (cue.tier in TIERS, cue.domain in DOMAINS, cue.frame in {*FRAMES, "now"}) == (True, True, True)


def test_decomposed_letters_are_the_same_letters(lexicon):
    for tier, text in HITS:
        assert loudest(lexicon, unicodedata.normalize("NFD", text)) == TIERS.index(tier) + 1


def test_on_the_training_messages_false_alarms_are_rare_and_no_other_language_speaks_up(lexicon):
    lines = [ln for file in sorted(TRAINING.glob("*.jsonl")) for ln in file.read_text("utf-8").split("\n")]
    rows = [row for row in (json.loads(line) for line in lines[::3] if line) if "text" in row]
    heard = [(row, lexicon.cues(row["text"])) for row in rows]
    calm = [cues for row, cues in heard if row.get("tier") == "none"]
    assert len(calm) > 500
    assert sum(any(c.frame == "now" and c.tier != "low" for c in cues) for cues in calm) <= 0.01 * len(calm)
    foreign = [c for _, cues in heard for c in cues if not c.entry.startswith("en.") and c.tier != "low"]
    assert len(foreign) <= 0.002 * len(rows)


def test_an_entry_in_error_is_refused():
    entry = {"id": "x", "tier": "grave", "domain": "suicide", "match": "x"}
    with pytest.raises(ValueError, match="bad tier"):
        Lexicon({"xx": {"entries": [entry]}}, "v")
    with pytest.raises(ValueError, match="unknown frame mark"):
        Lexicon({"xx": {"frames": {"someday": ["x"]}, "entries": []}}, "v")
    for part in ("in ''##", "the (end|of (it|all)) now"):  # it would match too much, or nothing
        with pytest.raises(ValueError, match=r"holds no word|brackets"):
            Lexicon({"xx": {"frames": {"past": [part]}, "entries": []}}, "v")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no lexicon"):
        Lexicon.load(tmp_path)


def test_the_version_follows_the_words(tmp_path, lexicon):
    (tmp_path / "xx.yaml").write_text("entries: [{id: a, tier: low, domain: suicide, match: zz}]", "utf-8")
    first = Lexicon.load(tmp_path).version
    (tmp_path / "xx.yaml").write_text("entries: [{id: a, tier: low, domain: suicide, match: zy}]", "utf-8")
    assert len({first, Lexicon.load(tmp_path).version, lexicon.version}) == 3


def test_normalise_undoes_disguise():
    assert normalise("K1LL   my$elf…")[0].startswith("kill myself")
    assert normalise("s\u00adu\u200bi\u2060cide")[0] == "suicide"

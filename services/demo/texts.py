"""What customers and agents say: scripts by contact topic. Who says it when and where is told elsewhere.

A script is a list of turns. `K` is the customer, `M` an agent, `B` the bot. Names in braces get filled in.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One way in which a contact about a topic can go."""

    topic: str
    team: str
    intent: str
    subject: str
    turns: tuple[tuple[str, str], ...]
    about_order: bool = True
    promise: str = ""
    """What the agent may promise at the end; the due time is put in for `{due}`."""
    days: tuple[float, float] = (3, 20)
    """How long after ordering this comes up."""
    courses: tuple[str, ...] = ("well", "in parts", "on hold")
    """The courses of an order after which it comes up."""
    kind: str = "callback"
    """The kind of agreement and of follow-up that this contact may lead to."""


def _turns(*lines: str) -> tuple[tuple[str, str], ...]:
    return tuple((line[0], line[3:]) for line in lines)


SCRIPTS = (
    Script(
        topic="delivery",
        team="bezorging",
        intent="question",
        subject="Waar blijft mijn bestelling {order}?",
        kind="callback",
        promise="We bellen u voor {due} met nieuws van de bezorgdienst.",
        days=(2.8, 4.3),
        courses=("late", "failed", "in parts"),
        turns=_turns(
            "K: Mijn bestelling {order} zou gisteren komen, maar ik heb de hele dag thuis zitten wachten.",
            "M: Wat vervelend, {given}. Ik kijk direct voor u bij de bezorgdienst.",
            "M: Het pakket met {product} ligt nog in het sorteercentrum. Ik vraag na waarom.",
            "K: Graag, ik heb het dit weekend echt nodig.",
            "M: Ik heb er haast op laten zetten. U hoort van ons zodra de bus is geladen.",
        ),
    ),
    Script(
        topic="delivery",
        team="bezorging",
        intent="change",
        subject="Andere bezorgdag voor {order}",
        kind="delivery",
        promise="Uw bestelling komt uiterlijk {due}.",
        days=(0.1, 1.2),
        courses=("well", "late", "failed"),
        turns=_turns(
            "K: Kan {order} op een andere dag komen? Donderdag ben ik niet thuis.",
            "M: Dat kan. Vrijdag tussen 13.00 en 17.00 uur is nog vrij, past dat?",
            "K: Vrijdag is prima, dank je wel!",
            "M: Staat genoteerd, u krijgt een bevestiging per e-mail.",
        ),
    ),
    Script(
        topic="delivery",
        team="bezorging",
        intent="complaint",
        subject="Pakket bij verkeerde buren",
        kind="investigation",
        promise="We laten u voor {due} weten waar het pakket is afgegeven.",
        days=(2.1, 4),
        turns=_turns(
            "K: Volgens jullie is {product} bezorgd, maar hier is niets. Ook niet bij de buren.",
            "M: Dat zoek ik uit. De bezorger heeft een handtekening met de letter B. Zegt u dat iets?",
            "K: Nee, niemand hier in de straat.",
            "M: Dan start ik een onderzoek bij de vervoerder. Dat duurt meestal twee werkdagen.",
        ),
    ),
    Script(
        topic="return",
        team="retouren",
        intent="question",
        subject="Retour {order}",
        kind="refund",
        promise="Het bedrag staat uiterlijk {due} op uw rekening.",
        days=(4, 9),
        courses=("returned",),
        turns=_turns(
            "K: Ik wil {product} terugsturen, het past niet bij de rest. Hoe doe ik dat?",
            "M: Dat kan tot dertig dagen na ontvangst. Ik mail u een label, dat hoeft u niet te printen.",
            "K: En wanneer krijg ik mijn geld terug?",
            "M: Binnen vijf werkdagen nadat het bij ons binnen is.",
            "K: Duidelijk, bedankt.",
        ),
    ),
    Script(
        topic="return",
        team="retouren",
        intent="complaint",
        subject="Nog geen geld terug voor {order}",
        kind="refund",
        promise="We storten het bedrag voor {due} terug.",
        days=(24, 34),
        courses=("returned",),
        turns=_turns(
            "K: Drie weken geleden {product} teruggestuurd en nog steeds geen geld gezien.",
            "M: Ik zie dat de retour binnen is, maar de controle is blijven liggen. Excuses daarvoor.",
            "K: Daar heb ik weinig aan. Wanneer staat het erop?",
            "M: Ik geef het nu met voorrang door aan de administratie.",
        ),
    ),
    Script(
        topic="invoice",
        team="facturatie",
        intent="question",
        subject="Factuur bij {order}",
        kind="invoice",
        promise="U ontvangt de verbeterde factuur voor {due}.",
        turns=_turns(
            "K: Op de factuur van {order} staat mijn oude adres. Kunnen jullie dat aanpassen?",
            "M: Zeker. Klopt het dat het {address} moet zijn?",
            "K: Ja, dat klopt.",
            "M: Dan maak ik een nieuwe factuur en stuur die per e-mail.",
        ),
    ),
    Script(
        topic="payment",
        team="facturatie",
        intent="complaint",
        subject="Twee keer betaald",
        kind="refund",
        promise="Het te veel betaalde bedrag is voor {due} terug.",
        turns=_turns(
            "K: Er is twee keer {amount} afgeschreven voor {order}!",
            "M: Ik zie één betaling en één die nog openstaat. De tweede laat ik terugboeken.",
            "K: Fijn, maar dit mag natuurlijk niet gebeuren.",
            "M: Helemaal mee eens. Ik heb het ook aan de technische dienst gemeld.",
        ),
    ),
    Script(
        topic="product",
        team="klantenservice",
        intent="question",
        subject="Vraag over {product}",
        about_order=False,
        kind="information",
        promise="U krijgt voor {due} antwoord van onze productspecialist.",
        turns=_turns(
            "K: Wat zijn de precieze maten van {product}? Bij ons is het passen en meten.",
            "M: Die staan op de site onder 'Kenmerken'. Reken voor de zekerheid twee centimeter ruimer.",
            "K: Top, dan past het net. Ik bestel vandaag nog.",
        ),
    ),
    Script(
        topic="product",
        team="klantenservice",
        intent="question",
        subject="Weer op voorraad?",
        about_order=False,
        kind="information",
        promise="We laten u voor {due} weten of {product} weer op voorraad is.",
        turns=_turns(
            "K: Wanneer is {product} weer leverbaar? Op de site staat al weken 'tijdelijk uitverkocht'.",
            "M: De leverancier verwacht een nieuwe zending. Zal ik u een seintje geven?",
            "K: Ja graag!",
        ),
    ),
    Script(
        topic="defect",
        team="techniek",
        intent="complaint",
        subject="{product} is kapot",
        kind="repair",
        promise="De monteur komt uiterlijk {due} bij u langs.",
        turns=_turns(
            "K: {product} is na twee maanden al kapot.",
            "M: Wat naar. Kunt u vertellen wat er precies aan mankeert?",
            "K: Er is een onderdeel afgebroken, zo heb ik er niets meer aan.",
            "M: Dan valt het onder de garantie. Ik stuur iemand langs, of u ruilt het om in de winkel.",
            "K: Stuurt u maar iemand, ik kan het niet tillen.",
        ),
    ),
    Script(
        topic="defect",
        team="techniek",
        intent="complaint",
        subject="Beschadigd aangekomen",
        kind="replacement",
        promise="Een nieuw exemplaar is uiterlijk {due} bij u.",
        turns=_turns(
            "K: De doos van {order} was ingedeukt en er zit een kras op {product}.",
            "M: Dat hoort niet. Kunt u een foto sturen?",
            "K: Foto staat in de bijlage.",
            "M: Dank u, dat is duidelijk. We sturen een nieuw exemplaar, het oude nemen we mee.",
        ),
    ),
    Script(
        topic="account",
        team="klantenservice",
        intent="change",
        subject="Verhuizing",
        about_order=False,
        kind="change",
        promise="Uw gegevens zijn voor {due} aangepast.",
        turns=_turns(
            "K: We gaan verhuizen. Kunnen jullie mijn adres aanpassen?",
            "M: Natuurlijk. Vanaf welke datum geldt het nieuwe adres?",
            "K: Vanaf de eerste van de maand.",
            "M: Genoteerd. Lopende bestellingen gaan nog naar uw huidige adres.",
        ),
    ),
    Script(
        topic="account",
        team="klantenservice",
        intent="question",
        subject="Inloggen lukt niet",
        about_order=False,
        kind="callback",
        promise="We bellen u voor {due} om samen in te loggen.",
        turns=_turns(
            "K: Ik kan niet inloggen, de link in de mail werkt niet.",
            "M: De link is een uur geldig. Ik heb zojuist een nieuwe gestuurd.",
            "K: Gelukt! Dank voor de snelle hulp.",
        ),
    ),
    Script(
        topic="compliment",
        team="klantenservice",
        intent="other",
        subject="Goed geholpen",
        about_order=False,
        kind="information",
        promise="",
        turns=_turns(
            "K: Even een compliment: de bezorger heeft {product} netjes boven gezet. Zelden meegemaakt.",
            "M: Wat leuk om te horen, we geven het aan hem door!",
        ),
    ),
)

STANDING = (
    ("delivery_instruction", "Pakketten niet bij de buren afgeven maar in de schuur zetten."),
    ("delivery_instruction", "Bij bezorging graag aanbellen bij nummer {neighbour}: de bel is defect."),
    ("contact_preference", "Alleen per e-mail benaderen, niet bellen."),
    ("contact_preference", "Liefst na 18.00 uur bellen in verband met nachtdiensten."),
    ("payment_term", "Betaling in drie termijnen, steeds op de 25e van de maand."),
    ("invoice_instruction", "Facturen met het eigen inkoopnummer in het onderwerp."),
)
RESCHEDULED = (
    "de leverancier is later",
    "de klant is die dag niet thuis",
    "de monteur is ziek",
    "drukte bij de vervoerder",
)
WITHDRAWN = ("de klant heeft het zelf opgelost", "de bestelling is geannuleerd", "dubbel vastgelegd")
REOPENED = ("De klant meldt dat het toch niet is opgelost.", "Antwoord kwam na het sluiten binnen.")
COMMENTS = {
    True: (
        "Snel en vriendelijk geholpen.",
        "Fijn dat iemand echt meedacht.",
        "Prima, zo hoort het.",
        "Heldere uitleg!",
    ),
    False: (
        "Drie keer hetzelfde verhaal moeten vertellen.",
        "Beloofd dat ik gebeld zou worden, niets gehoord.",
        "Te lang in de wacht.",
        "De chatbot begreep mijn vraag niet.",
    ),
}
VISITS = (
    ("/klantenservice/bezorging", "waar-is-mijn-pakket"),
    ("/klantenservice/retour", "hoe-retourneer-ik"),
    ("/klantenservice/betalen", "betalen-in-termijnen"),
    ("/klantenservice/garantie", "garantie-en-reparatie"),
    ("/mijn/bestellingen", ""),
    ("/klantenservice/openingstijden", "openingstijden-winkels"),
)
NOTES = (
    "Klant was boos maar redelijk; uitgelegd wat er gebeurt.",
    "Retourlabel gestuurd.",
    "Zoekt zelf nog een foto op.",
    "Nagevraagd bij magazijn: voorraad klopt niet.",
    "Terugbelverzoek vastgelegd.",
    "Vriendelijk gesprek, alles duidelijk.",
)
SMS = (
    "Uw pakket van bestelling {order} komt vandaag tussen {hour}.00 en {later}.00 uur.",
    "Bestelling {order} ligt klaar in de winkel. Neem uw legitimatie mee.",
    "Herinnering: morgen komt de monteur tussen 8.00 en 12.00 uur.",
)
CORRESPONDENCE_CLOSE = "\n\nMet vriendelijke groet,\n{name}"

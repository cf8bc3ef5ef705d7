"use strict";
// The plain page: look a customer up, show the brief and the timeline. Text enters the page as text only, never as
// markup; the access token stays in this tab; nothing personal enters an address.

const TOKEN = "klantbeeld.token";
const CHANNELS = ["phone", "ivr", "email", "letter", "fax", "chat", "whatsapp", "messenger", "instagram", "sms",
  "telegram", "social", "web", "app", "counter", "survey", "system", "other"];
const KINDS = ["auto", "name", "email", "phone", "whatsapp", "customer_number", "order_number", "tracking",
  "loyalty_card"];

const LANGUAGE = (navigator.language || "nl").toLowerCase().startsWith("nl") ? "nl" : "en";
const PLACE = LANGUAGE === "nl" ? 0 : 1;

// Each word: Dutch, English.
const WORDS = {
  skip: ["Naar het resultaat", "To the result"], kind: ["Soort", "Kind"],
  value: ["Klant, nummer of adres", "Customer, number or address"], ask: ["Zoek op", "Look up"],
  leave: ["Toegang wissen", "Forget access"], enterTitle: ["Toegang", "Access"],
  enterText: ["Plak een toegangsbewijs. Het blijft alleen in dit tabblad.",
    "Paste an access token. It stays in this tab only."],
  token: ["Toegangsbewijs", "Access token"], enter: ["Verder", "Continue"],
  auto: ["Herken vanzelf", "Recognise"], name: ["Naam of woorden", "Name or words"], email: ["E-mail", "E-mail"],
  phone: ["Telefoon", "Phone"], customer_number: ["Klantnummer", "Customer number"],
  order_number: ["Bestelnummer", "Order number"], tracking: ["Pakketnummer", "Tracking number"],
  loyalty_card: ["Klantenkaart", "Loyalty card"], postal_address: ["Postadres", "Postal address"],
  device: ["Toestel", "Device"], anonymous: ["Anoniem", "Anonymous"], account: ["Account", "Account"],
  ivr: ["Keuzemenu", "Phone menu"], letter: ["Brief", "Letter"], fax: ["Fax", "Fax"], chat: ["Chat", "Chat"],
  whatsapp: ["WhatsApp", "WhatsApp"], messenger: ["Messenger", "Messenger"], instagram: ["Instagram", "Instagram"],
  sms: ["Sms", "SMS"], telegram: ["Telegram", "Telegram"], social: ["Sociaal", "Social"], web: ["Website", "Website"],
  app: ["App", "App"], counter: ["Winkel", "Shop"], survey: ["Enquête", "Survey"], system: ["Systeem", "System"],
  other: ["Overig", "Other"],
  guessed: ["Wordt gezocht als: ", "Will be looked up as: "], busy: ["Bezig met opzoeken…", "Looking up…"],
  found: ["Gevonden: ", "Found: "], choose: ["Meer dan één klant past. Kies er een.", "More than one customer fits. Choose one."],
  hits: ["Zoekresultaten", "Search results"], nothing: ["Niets gevonden.", "Nothing found."],
  loadMore: ["Meer resultaten", "More results"], shared: ["gedeeld", "shared"], matched: ["gevonden op", "matched on"],
  lastContact: ["laatste contact", "last contact"], unnamed: ["Naam onbekend", "Name unknown"],
  warnings: ["Waarschuwingen", "Warnings"], glance: ["In één oogopslag", "At a glance"],
  orders: ["Bestellingen", "Orders"], openOrders: ["lopende bestellingen", "open orders"],
  agreements: ["Afspraken", "Agreements"], openAgreements: ["openstaande afspraken", "open agreements"],
  conversations: ["Lopende gesprekken", "Open conversations"], openConversations: ["lopende gesprekken", "open conversations"],
  followUps: ["Openstaande taken", "Open follow-ups"], openFollowUps: ["openstaande taken", "open follow-ups"],
  contacts: ["Recente contacten", "Recent contacts"], unattributed: ["Nog niet toegewezen", "Not yet attributed"],
  feedback: ["Waardering", "Feedback"], consents: ["Toestemmingen", "Consents"], routing: ["Laatst geholpen door", "Last helped by"],
  details: ["Over de klant", "About the customer"], timeline: ["Tijdlijn", "Timeline"],
  isOpen: ["Lopend", "Open"], isStanding: ["Doorlopend", "Standing"], isRecent: ["Recent", "Recent"],
  none: ["Geen.", "None."], older: ["Ouder", "Older"], allChannels: ["Alle kanalen", "All channels"],
  channel: ["Kanaal", "Channel"], noEntries: ["Geen gebeurtenissen.", "No entries."], data: ["Gegevens", "Data"],
  promised: ["beloofd", "promised"], expected: ["verwacht", "expected"], placed: ["besteld", "ordered"],
  due: ["voor", "due"], originally: ["eerst", "originally"], made: ["gemaakt", "made"], by: ["door", "by"],
  overdue: ["te laat", "overdue"], late: ["te laat", "late"], open: ["open", "open"], standing: ["doorlopend", "standing"],
  kept: ["nagekomen", "kept"], broken: ["niet nagekomen", "broken"], withdrawn: ["ingetrokken", "withdrawn"],
  snoozed: ["uitgesteld", "snoozed"], waiting: ["wacht", "waiting"], completed: ["afgerond", "completed"],
  confirmed: ["bevestigd", "confirmed"], paid: ["betaald", "paid"],
  on_hold: ["aangehouden", "on hold"], packed: ["ingepakt", "packed"], partially_shipped: ["deels verzonden", "partly shipped"],
  shipped: ["verzonden", "shipped"], out_for_delivery: ["onderweg", "out for delivery"],
  ready_for_pickup: ["ligt klaar", "ready for pickup"], delivered: ["bezorgd", "delivered"],
  delivery_failed: ["bezorging mislukt", "delivery failed"], returned: ["retour", "returned"],
  refunded: ["terugbetaald", "refunded"], cancelled: ["geannuleerd", "cancelled"], resolved: ["opgelost", "resolved"],
  unresolved: ["niet opgelost", "unresolved"], missed: ["gemist", "missed"], abandoned: ["opgehangen", "abandoned"],
  voicemail: ["voicemail", "voicemail"], transferred: ["doorverbonden", "transferred"], inbound: ["in", "in"],
  outbound: ["uit", "out"], internal: ["intern", "internal"], team: ["team", "team"], priority: ["prioriteit", "priority"],
  nobody: ["niemand", "nobody"], messages: ["berichten", "messages"], message: ["bericht", "message"],
  yes: ["ja", "yes"], no: ["nee", "no"], birth: ["geboren", "born"], freshTo: ["Bijgewerkt tot", "Up to date until"],
  incomplete: ["Onvolledig", "Incomplete"], since: ["sinds", "since"], lost: ["Geen verbinding met de server.", "No connection to the server."],
  gone: ["Toegang gewist.", "Access forgotten."], language: ["taal", "language"], unknownTitle: ["Niet gelukt", "Not done"],
  customer: ["klant", "customer"], contact: ["contact", "contact"], order: ["bestelling", "order"],
  delivery: ["Bezorging", "Delivery"], return: ["Retour", "Return"], invoice: ["Factuur", "Invoice"],
  payment: ["Betaling", "Payment"], product: ["Product", "Product"], defect: ["Defect", "Defect"],
  compliment: ["Compliment", "Compliment"], callback: ["Terugbellen", "Call back"], refund: ["Terugbetaling", "Refund"],
  investigation: ["Navraag", "Investigation"], information: ["Informatie", "Information"], repair: ["Reparatie", "Repair"],
  replacement: ["Vervanging", "Replacement"], change: ["Wijziging", "Change"],
  delivery_instruction: ["Bezorginstructie", "Delivery instruction"], contact_preference: ["Contactvoorkeur", "Contact preference"],
  payment_term: ["Betaalafspraak", "Payment terms"], invoice_instruction: ["Factuurinstructie", "Invoice instruction"],
  csat: ["CSAT", "CSAT"], nps: ["NPS", "NPS"], ces: ["CES", "CES"], bot: ["Chatbot", "Bot"],
  agreement_broken: ["Een afspraak is niet nagekomen", "An agreement was not kept"],
  order_late: ["Een bestelling is later dan beloofd", "An order is later than promised"],
  follow_up_overdue: ["Een taak is te laat", "A follow-up is overdue"],
  repeat_contact: ["Kwam binnen een week terug op hetzelfde", "Came back about the same within a week"],
  unattributed_contacts: ["Er zijn contacten die misschien van deze klant zijn", "Some contacts may be this customer's"],
  identity_doubted: ["Er is twijfel of dit allemaal van deze klant is", "It is doubted that all of this is this customer's"],
  identifier_not_verified: ["Opgegeven, niet bewezen: vraag door wie dit is", "Stated, not proven: ask further who this is"],
  includes_stated: ["Een deel staat onder gegevens die zijn opgegeven, niet bewezen", "Some of this lies under what was stated, not proven"],
  profile_change_stated: ["Later is iets anders opgegeven, niet bewezen", "Something else was stated since, not proven"],
  "profile.name": ["naam", "name"], "profile.birth_date": ["geboortedatum", "birth date"], "profile.language": ["taal", "language"],
  "profile.time_zone": ["tijdzone", "time zone"], "profile.addresses": ["adres", "address"], "profile.company": ["bedrijf", "company"],
  "profile.facts": ["kenmerken", "facts"], "profile.consents": ["toestemming", "consent"],
  identity_review: ["Twijfel over identiteit", "Doubt about identity"],
  identity: ["Hoe weten we wie dit is?", "How do we know who this is?"], oneIdentifier: ["Er is maar één gegeven bekend.", "Only one identifier is known."],
  evidenceOf: ["kwamen samen voor", "came together"], linkOf: ["gekoppeld", "linked"], unlinkOf: ["ontkoppeld", "unlinked"],
  active: ["telt", "counts"], refused: ["geweigerd", "refused"], overruled: ["herroepen", "overruled"], junk: ["van niemand", "nobody's"],
  apart: ["niet dezelfde", "not the same"], verified: ["bewezen", "verified"], asserted: ["opgegeven", "asserted"], stated: ["opgegeven", "stated"], weak: ["vermoed", "weak"],
  cannot_link: ["iemand hield ze apart", "somebody kept them apart"], exclusive_conflict: ["twee klantnummers", "two customer numbers"],
  both_verified: ["beide kanten zijn al bewezen", "both sides are verified already"],
  newsletter: ["Nieuwsbrief", "Newsletter"], offers: ["Aanbiedingen", "Offers"], profiling: ["Profiel", "Profiling"],
  research: ["Onderzoek", "Research"],
  "interaction.amended": ["Bericht gewijzigd", "Message amended"], "interaction.removed": ["Bericht verwijderd", "Message removed"],
  "interaction.reacted": ["Reactie", "Reaction"], "interaction.delivery_changed": ["Aflevering", "Delivery report"],
  "interaction.classified": ["Nawerk", "Wrap-up"], "interaction.attributed": ["Toegewezen", "Attributed"],
  "follow_up.assigned": ["Taak toegewezen", "Follow-up assigned"], "follow_up.released": ["Taak losgelaten", "Follow-up released"],
  "follow_up.snoozed": ["Taak uitgesteld", "Follow-up snoozed"], "follow_up.rescheduled": ["Taak verzet", "Follow-up rescheduled"],
  "follow_up.escalated": ["Taak opgeschaald", "Follow-up escalated"], "follow_up.cancelled": ["Taak vervallen", "Follow-up cancelled"],
  "follow_up.reopened": ["Taak heropend", "Follow-up reopened"], "identity.linked": ["Klantgegevens verbonden", "Identity linked"],
  "identity.unlinked": ["Klantgegevens gescheiden", "Identity unlinked"],
  "order.placed": ["Bestelling geplaatst", "Order placed"], "order.status_changed": ["Status van bestelling", "Order status"],
  "order.shipment_updated": ["Zending", "Shipment"], "agreement.made": ["Afspraak gemaakt", "Agreement made"],
  "agreement.kept": ["Afspraak nagekomen", "Agreement kept"], "agreement.rescheduled": ["Afspraak verzet", "Agreement rescheduled"],
  "agreement.withdrawn": ["Afspraak ingetrokken", "Agreement withdrawn"], "interaction.recorded": ["Contact", "Contact"],
  "interaction.started": ["Contact begonnen", "Contact started"], "customer.described": ["Klantgegevens", "Customer details"],
  "feedback.given": ["Waardering", "Feedback"], "consent.changed": ["Toestemming", "Consent"],
  "visit.recorded": ["Bezoek aan de site", "Site visit"], "conversation.handed_over": ["Doorgegeven", "Handed over"],
  "conversation.waiting": ["Gesprek wacht", "Conversation waits"], "conversation.resolved": ["Gesprek opgelost", "Conversation resolved"],
  "conversation.reopened": ["Gesprek heropend", "Conversation reopened"], "conversation.continued": ["Gesprek hervat", "Conversation continued"],
  "follow_up.opened": ["Taak geopend", "Follow-up opened"], "follow_up.completed": ["Taak afgerond", "Follow-up completed"],
};

const TONES = {
  kept: "good", delivered: "good", resolved: "good", completed: "good", refunded: "calm", broken: "bad",
  delivery_failed: "bad", unresolved: "late", missed: "late", abandoned: "late", open: "due", standing: "calm",
  snoozed: "calm", waiting: "late", on_hold: "late", out_for_delivery: "due", shipped: "due", ready_for_pickup: "due",
};

const word = (key) => (WORDS[key] ? WORDS[key][PLACE] : String(key ?? "").replaceAll("_", " "));
const byId = (id) => document.getElementById(id);
const list = (value) => (Array.isArray(value) ? value : Array.isArray(value?.items) ? value.items : []);
const says = (...parts) => parts.filter((part) => part !== null && part !== undefined && part !== "" && part !== false);
const dotted = (...parts) => says(...parts).join(" · ");

/** Makes an element; strings among the children become text nodes, empty children are left out. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...says(...children.flat()));
  return element;
}

// Times and amounts.
const dayTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const dayYear = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", year: "numeric" });
const wholeDay = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });

function at(value, format) {
  const date = value ? new Date(value) : null;
  if (!date || Number.isNaN(date.getTime())) return value ? String(value) : "";
  const near = Math.abs(Date.now() - date) < 300 * 864e5;
  return make("time", { datetime: date.toISOString(), title: date.toLocaleString(LANGUAGE) },
    (format || (near ? dayTime : dayYear)).format(date));
}

function money(total) {
  if (!total?.amount) return "";
  try {
    return new Intl.NumberFormat(LANGUAGE, { style: "currency", currency: total.currency }).format(Number(total.amount));
  } catch {
    return `${total.amount} ${total.currency ?? ""}`;
  }
}

const isPast = (value) => Boolean(value) && new Date(value) < new Date();
const person = (agent) => (typeof agent === "string" ? agent : agent?.name || agent?.id || "");
const tag = (state, tone) => state && make("span", { class: `tag ${tone || TONES[state] || "calm"}` }, word(state));

/** A fine line of parts, some of them elements, with dots between. */
function fine(...parts) {
  const kept = says(...parts);
  return kept.length ? make("p", { class: "fine" }, kept.flatMap((part, place) => (place ? [" · ", part] : [part]))) : "";
}
const phrase = (before, ...parts) => (says(...parts).length ? make("span", {}, `${before} `, ...says(...parts)) : "");

// Asking the server.
let asked = 0; // the newest question; answers to older ones are dropped

class Problem extends Error {
  constructor(status, document) {
    super(document.title || word("unknownTitle"));
    this.status = status;
    this.document = document;
  }
}

async function ask(path, body) {
  const headers = { Accept: "application/json, application/problem+json", "Accept-Language": LANGUAGE };
  const token = sessionStorage.getItem(TOKEN);
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new Problem(0, { title: word("unknownTitle"), detail: word("lost") });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, answer && typeof answer === "object" ? answer : {});
  return answer;
}

/** Says what is going on; `heard` is for screen readers only, where the eye sees it anyway. */
function tell(text, heard = false) {
  byId("status").classList.toggle("heard", heard);
  byId("status").textContent = text;
}

/** Does one thing at a time for the result area: an answer that a newer question has overtaken is dropped. */
async function during(task) {
  const mine = ++asked;
  const result = byId("result");
  byId("problem").replaceChildren();
  tell(word("busy"));
  result.setAttribute("aria-busy", "true");
  try {
    await task(() => mine === asked);
  } catch (error) {
    if (mine === asked) showProblem(error);
  } finally {
    if (mine === asked) {
      result.removeAttribute("aria-busy");
      if (byId("status").textContent === word("busy")) tell("");
    }
  }
}

function problemCard(error) {
  const { title, code, detail } = error.document || {};
  return make("section", { class: "card problem" },
    make("h2", {}, title || error.message || word("unknownTitle")), detail && make("p", {}, String(detail)),
    make("p", {}, make("code", {}, dotted(code, error.status || ""))));
}

function showProblem(error) {
  tell("");
  byId("problem").replaceChildren(problemCard(error));
  const candidates = list(error.document?.candidates);
  byId("result").replaceChildren(...(candidates.length ? [candidateList(candidates)] : []));
  if (error.status === 401) showEntrance(true);
}

// Looking up.
function guess(value) {
  const digits = value.replace(/\D/g, "");
  if (value.includes("@")) return "email";
  if (/^[+\d\s().-]+$/.test(value) && (/^[+0]/.test(value) || digits.length > 9)) return "phone";
  if (/^[^:\s]+:\S+$/.test(value)) return "order_number";
  return /^[\p{L}\s.'’-]+$/u.test(value) ? "name" : "customer_number";
}

function chosenKind() {
  const kind = byId("kind").value;
  return kind === "auto" ? guess(byId("value").value.trim()) : kind;
}

function lookUp(kind, value) {
  during(async (current) => {
    if (kind === "name") {
      const answer = await ask("v1/search", { query: value });
      if (current()) showHits(value, answer);
      return;
    }
    const answer = await ask("v1/customers/lookup", { identifiers: [{ type: kind, value }], include: ["brief"] });
    if (!current()) return;
    if (answer.brief) showBrief(answer.brief);
    else if (answer.customer_id) openCustomer(answer.customer_id);
    else showCandidates(list(answer.candidates));
  });
}

function openCustomer(customerId) {
  during(async (current) => {
    const brief = await ask(`v1/customers/${encodeURIComponent(customerId)}`);
    if (current()) showBrief(brief);
  });
}

function showCandidates(candidates) {
  tell(word(candidates.length ? "choose" : "nothing"), true);
  byId("result").replaceChildren(candidateList(candidates));
  byId("result").querySelector("button")?.focus();
}

function candidateList(candidates) {
  return make("section", { class: "card candidates" }, make("h2", {}, word(candidates.length ? "choose" : "nothing")),
    make("ul", {}, candidates.map((one) => choice(one.customer_id, one.display_name || word("unnamed"), fine(
      one.matched_on && `${word("matched")} ${list(one.matched_on).map(matchedWord).join(", ") || matchedWord(one.matched_on)}`,
      one.shared && word("shared"), phrase(word("lastContact"), at(one.last_contact_at)))))));
}

const matchedWord = (matched) => (typeof matched === "string" ? word(matched) : dotted(identifierWord(matched?.type ?? ""), matched?.value));
const choice = (customerId, title, ...rest) => make("li", {}, make("button", {
  type: "button", onclick: () => openCustomer(customerId), disabled: !customerId }, make("strong", {}, title), ...rest));

function showHits(query, answer) {
  const items = make("ul", {});
  const add = (page) => items.append(...list(page.items ?? page).map((hit) => choice(
    hit.customer_id, hit.title || word("unnamed"), fine(word(hit.kind)), hit.highlight && make("span", { class: "fine" }, marked(hit.highlight)))));
  add(answer);
  tell(items.children.length ? word("hits") : word("nothing"), true);
  const more = olderButton(word("loadMore"), answer.next_cursor, async (cursor) => {
    const page = await ask("v1/search", { query, cursor });
    add(page);
    return page.next_cursor;
  });
  byId("result").replaceChildren(make("section", { class: "card candidates" }, make("h2", {}, word("hits")),
    items.children.length ? items : make("p", { class: "none" }, word("nothing")), more));
  byId("result").querySelector("button")?.focus();
}

/** A highlight as the server marks it: what stands between marks becomes a mark element, the rest text. */
function marked(highlight) {
  const text = Array.isArray(highlight) ? highlight.join(" … ") : String(highlight);
  return text.split(/<\/?(?:mark|em|b)>/).map((part, place) => (place % 2 ? make("mark", {}, part) : part));
}

function olderButton(label, cursor, next) {
  if (!cursor) return "";
  const problem = make("div", { role: "alert" });
  const button = make("button", { type: "button", class: "more" }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    problem.replaceChildren();
    try {
      cursor = await next(cursor);
    } catch (error) {
      problem.replaceChildren(problemCard(error));
    }
    button.disabled = false;
    button.hidden = !cursor;
  });
  return make("div", {}, problem, button);
}

// The brief.
function showBrief(brief) {
  const name = make("h1", { tabindex: "-1" }, brief.display_name || word("unnamed"));
  byId("problem").replaceChildren();
  tell(word("found") + (brief.display_name || word("unnamed")), true);
  byId("result").replaceChildren(make("article", { class: "customer" },
    header(brief, name), warnings(brief), glance(brief),
    make("div", { class: "columns" }, make("div", { class: "cards" }, ...cards(brief), identity(brief.customer_id)), timeline(brief.customer_id)),
    freshness(brief.freshness)));
  name.focus({ preventScroll: true });
}

const identifierWord = (type) => { const [kind, scope] = type.split(":"); return scope ? `${word(kind)} ${scope}` : word(type); };

function header(brief, name) {
  const profile = brief.profile || {};
  const address = list(profile.addresses)[0];
  const lines = address && (list(address.lines).join(", ") || says(
    says(address.street, address.number, address.addition).join(" "), says(address.postal_code, address.city).join(" ")).join(", "));
  return make("header", { class: "card who" }, name,
    fine(profile.company, lines, profile.birth_date && phrase(word("birth"), at(`${profile.birth_date}T12:00:00`, dayYear)),
      profile.language && profile.language !== LANGUAGE && `${word("language")} ${profile.language}`),
    make("ul", { class: "chips", "aria-label": word("value") }, list(brief.identifiers).map((one) => make("li", { class: "chip" },
      make("b", {}, identifierWord(one.type)), one.value, (one.shared && tag("shared", "late")) || (one.stated && tag("stated", "late"))))));
}

function warnings(brief) {
  const found = [...list(brief.warnings), ...list(brief.freshness?.incomplete).map(gap)];
  if (!found.length) return "";
  const tones = { high: "bad", critical: "bad", error: "bad", warning: "late", medium: "late", info: "due", low: "due" };
  return make("ul", { class: "warnings", "aria-label": word("warnings") }, found.map((one) => make("li", {
    class: tones[one.severity] || "late" }, says(WORDS[one.code] ? word(one.code) : one.text || word(one.code), aboutWhat(brief, one)).join(": "))));
}

const ABOUT = {
  agreement_broken: ["agreements", "agreement_id"], order_late: ["orders", "order_id"],
  follow_up_overdue: ["follow_ups", "follow_up_id"], identity_doubted: ["follow_ups", "follow_up_id"], repeat_contact: ["contacts", "contact_id"],
};

/** A few words for what a warning names, when the brief shows it. */
function aboutWhat(brief, warning) {
  if (warning.code === "profile_change_stated") return word(`profile.${warning.about}`);
  const [part, id] = ABOUT[warning.code] || [];
  const items = [brief[part], part === "contacts" && brief.conversations].flatMap((lists) => Object.values(lists || {})).flatMap(list);
  const one = items.find((item) => warning.about && [item[id], item.conversation_id].includes(warning.about));
  if (!one) return "";
  return part === "orders" ? one.external_id : one.subject || one.text || word(one.kind || one.topic || one.channel);
}

/** A source that is behind, told as a warning: what is not shown may still have happened. */
function gap(one) {
  const since = at(one.since);
  return { severity: "medium", text: `${word("incomplete")}: ${dotted(one.source, one.reason)}${since ? ` ${word("since")} ${since.textContent ?? since}` : ""}` };
}

const isLateOrder = (order) => isPast(order.promised?.latest) && !["delivered", "returned", "refunded", "cancelled"].includes(order.status);

function glance(brief) {
  const count = (items) => list(items).length;
  const broken = list(brief.agreements?.recent).filter((one) => one.state === "broken").length;
  const tile = (number, label, bad, badLabel, tone) => make("li", { class: "card" },
    make("strong", {}, String(number)), make("span", {}, label), bad > 0 && make("em", { class: tone || "bad" }, `${bad} ${badLabel}`));
  return make("ul", { class: "glance", "aria-label": word("glance") },
    tile(count(brief.orders?.open), word("openOrders"), list(brief.orders?.open).filter(isLateOrder).length, word("late")),
    tile(count(brief.agreements?.open), word("openAgreements"), broken, word("broken")),
    tile(count(brief.conversations?.open), word("openConversations"),
      list(brief.conversations?.open).filter((one) => one.waiting || one.state === "waiting").length, word("waiting"), "late"),
    tile(count(brief.follow_ups?.open), word("openFollowUps"), list(brief.follow_ups?.open).filter((one) => isPast(one.due_at)).length, word("overdue")));
}

function cards(brief) {
  const groups = (key, rows) => ["open", "standing", "recent"].flatMap((part) => {
    const items = list(brief[key]?.[part]);
    return items.length ? [make("h3", {}, word(`is${part[0].toUpperCase()}${part.slice(1)}`)), make("ul", { class: "rows" }, items.map(rows))] : [];
  });
  const plain = (items, rows) => (list(items).length ? [make("ul", { class: "rows" }, list(items).map(rows))] : []);
  const card = (title, body, always) => (body.length || always) && make("section", { class: "card" },
    make("h2", {}, title), ...(body.length ? body : [make("p", { class: "none" }, word("none"))]));
  return says(
    card(word("followUps"), plain(brief.follow_ups?.open, followUp), true),
    card(word("agreements"), groups("agreements", agreement), true),
    card(word("orders"), groups("orders", order), true),
    card(word("conversations"), plain(brief.conversations?.open, conversation)),
    card(word("contacts"), plain(brief.contacts?.recent, contact), true),
    card(word("unattributed"), plain(brief.unattributed, unattributed)),
    card(word("feedback"), plain(brief.feedback?.recent ?? brief.feedback, feedback)),
    card(word("consents"), plain(brief.consents, consent)),
    card(word("details"), aboutCustomer(brief)));
}

const row = (title, tags, ...rest) => make("li", {}, make("div", { class: "head" }, make("span", { class: "main" }, title || "–"), ...says(...tags)), ...rest);

function order(one) {
  const lines = list(one.lines).map((line) => says(line.quantity > 1 && `${line.quantity} ×`, line.name || line.sku).join(" ")).join(", ");
  return row(one.external_id || one.order_id, [isLateOrder(one) && tag("late", "bad"), tag(one.status)],
    lines && make("p", {}, lines),
    fine(money(one.total), phrase(word("placed"), at(one.placed_at)), phrase(word("promised"), at(one.promised?.latest)), phrase(word("expected"), at(one.eta))));
}

const maker = (by) => (by.kind === "agent" ? person(by) : word(by.kind).toLowerCase());

function agreement(one) {
  const moved = one.original_due_at && one.original_due_at !== one.due_at;
  return row(word(one.kind), [tag(one.state)], one.text && make("p", { class: "words" }, one.text),
    fine(phrase(word("due"), at(one.due_at)), moved && phrase(word("originally"), at(one.original_due_at)),
      phrase(word("made"), at(one.made_at)), one.made_by && `${word("by")} ${maker(one.made_by)}`));
}

function followUp(one) {
  return row(one.text || word(one.kind), [isPast(one.due_at) && tag("overdue", "bad"), tag(one.state)],
    fine(phrase(word("due"), at(one.due_at)), one.team && `${word("team")} ${one.team}`, person(one.assignee) || word("nobody"),
      one.priority && one.priority < 4 && `${word("priority")} ${one.priority}`));
}

const talk = (one) => dotted(word(one.channel), one.subject || (one.topic && word(one.topic)));

function conversation(one) {
  return row(talk(one), [tag(one.waiting ? "waiting" : one.state || "open")], (one.last_text || one.text) && make("p", { class: "words quote" }, one.last_text || one.text),
    fine(at(one.last_message_at || one.last_at || one.started_at), person(one.agent), one.team && `${word("team")} ${one.team}`));
}

function contact(one) {
  const count = Number(one.messages?.length ?? one.messages) || 0;
  return row(talk(one), [one.direction && make("span", { class: "fine" }, word(one.direction)), tag(one.outcome)],
    fine(at(one.started_at), person(one.agent), count > 1 && `${count} ${word("messages")}`));
}

const unattributed = (one) => row(dotted(word(one.channel), word(one.type)), [], fine(at(one.occurred_at), word(one.direction)));
const feedback = (one) => row(`${String(one.metric ?? "").toUpperCase()} ${one.score}${one.scale_max ? ` / ${one.scale_max}` : ""}`, [],
  one.comment && make("p", { class: "words quote" }, one.comment), fine(at(one.occurred_at || one.given_at || one.at), one.channel && word(one.channel)));
const consent = (one) => row(dotted(word(one.purpose), one.channel && word(one.channel)), [tag(one.granted ? "yes" : "no", one.granted ? "good" : "calm")], fine(at(one.changed_at || one.occurred_at || one.since)));

function aboutCustomer(brief) {
  const agent = person(brief.routing?.last_agent);
  const facts = Object.entries(brief.profile?.facts || {});
  const rows = [...(agent ? [row(word("routing"), [agent])] : []), ...facts.map(([key, value]) => row(word(key), [String(value?.value ?? value)]))];
  return rows.length ? [make("ul", { class: "rows" }, rows)] : [];
}

// How we know who this is: asked for when somebody opens it.
function identity(customerId) {
  const found = make("div", { "aria-live": "polite" });
  const page = (cursor) => ask(`v1/customers/${encodeURIComponent(customerId)}/identity?${new URLSearchParams({ limit: "20", ...(cursor && { cursor }) })}`);
  const open = async (event) => {
    if (!event.target.open || found.children.length) return;
    try {
      const first = await page();
      const rows = make("ul", { class: "rows" }, list(first.items).map(link));
      const more = olderButton(word("loadMore"), first.next_cursor, async (cursor) => {
        const next = await page(cursor);
        rows.append(...list(next.items).map(link));
        return next.next_cursor;
      });
      found.replaceChildren(rows.children.length ? rows : make("p", { class: "none" }, word("oneIdentifier")), more);
    } catch (error) {
      found.replaceChildren(problemCard(error));
    }
  };
  return make("section", { class: "card" }, make("details", { ontoggle: open }, make("summary", {}, word("identity")), found));
}

const LINK_TONES = { active: "good", refused: "bad", overruled: "late", shared: "late" };

function link(one) {
  const said = list(one.evidence)[0] || {};
  const state = one.kind === "unlink" && one.state === "active" ? tag("apart", "late") : tag(one.state, LINK_TONES[one.state]);
  return row(list(one.identifiers).map((each) => `${identifierWord(each.type)} ${each.value}`).join(" = "), [state],
    said.reason && make("p", { class: "words" }, said.reason),
    fine(word(`${one.kind}Of`), one.kind === "evidence" && word(one.strength), said.by, at(one.time), one.reason && word(one.reason)));
}

function freshness(fresh) {
  if (!fresh) return "";
  return make("footer", { class: "foot" }, phrase(word("freshTo"), at(fresh.as_of)));
}

// The timeline.
function timeline(customerId) {
  const entries = make("div", { class: "entries", "aria-live": "polite" });
  const channel = make("select", { id: "channel" }, make("option", { value: "" }, word("allChannels")),
    CHANNELS.map((one) => make("option", { value: one }, word(one))));
  let opened = 0;
  const page = (cursor) => {
    const query = new URLSearchParams({ limit: "50" });
    if (channel.value) query.set("channel", channel.value);
    if (cursor) query.set("cursor", cursor);
    return ask(`v1/customers/${encodeURIComponent(customerId)}/timeline?${query}`);
  };
  const open = async () => {
    const mine = ++opened;
    entries.setAttribute("aria-busy", "true");
    try {
      const first = await page();
      if (mine !== opened) return;
      const rows = make("div", {});
      addEntries(rows, list(first.items));
      const older = olderButton(word("older"), first.next_cursor, async (cursor) => {
        const next = await page(cursor);
        addEntries(rows, list(next.items));
        return next.next_cursor;
      });
      entries.replaceChildren(rows.children.length ? rows : make("p", { class: "none" }, word("noEntries")), older);
    } catch (error) {
      if (mine === opened) entries.replaceChildren(problemCard(error));
    } finally {
      if (mine === opened) entries.removeAttribute("aria-busy");
    }
  };
  channel.addEventListener("change", open);
  open();
  return make("section", { class: "card timeline", "aria-labelledby": "timeline-title" }, make("div", { class: "tools" },
    make("h2", { id: "timeline-title" }, word("timeline")), make("div", { class: "field" }, make("label", { for: "channel" }, word("channel")), channel)), entries);
}

function addEntries(rows, items) {
  for (const one of items) {
    const date = new Date(one.occurred_at);
    const day = wholeDay.format(date);
    if (rows.dataset.day !== day) rows.append(make("h3", { class: "day" }, day));
    rows.dataset.day = day;
    rows.append(entry(one, date));
  }
}

function entry(one, date) {
  const title = inWords(one.title) || dotted(word(one.type), one.data?.status && word(one.data.status));
  const raw = one.data && Object.keys(one.data).length ? make("details", {}, make("summary", {}, word("data")), make("pre", {}, JSON.stringify(one.data, null, 2))) : "";
  const direction = ["inbound", "outbound", "internal"].includes(one.direction) ? one.direction : "";
  return make("article", { class: `entry ${direction}` }, at(date.toISOString(), clock), make("div", {},
    make("div", { class: "head" }, make("span", { class: "main" }, title), one.channel && tag(one.channel, "calm"), direction && make("span", { class: "fine" }, word(direction))),
    one.text && make("p", { class: "words" }, one.text), fine(person(one.agent)), raw));
}

/** A title whose detail is one of our code words, with that detail as people say it. */
function inWords(title) {
  const [, before, code] = /^(.*): ([a-z_]+)$/.exec(title || "") || [];
  return WORDS[code] ? `${before}: ${word(code).toLowerCase()}` : title;
}

// Access and start.
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  sessionStorage.setItem(TOKEN, token);
  history.replaceState(null, "", location.pathname);
}

function showEntrance(wanted) {
  byId("enter").hidden = !wanted;
  byId("leave").hidden = wanted || !sessionStorage.getItem(TOKEN);
  byId(wanted ? "token" : "value").focus();
}

function showGuess() {
  const filled = byId("kind").value === "auto" && byId("value").value.trim();
  byId("guess").textContent = filled ? word("guessed") + word(chosenKind()).toLowerCase() : "";
}

function start() {
  document.documentElement.lang = LANGUAGE;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  byId("kind").append(...KINDS.map((kind) => make("option", { value: kind }, word(kind))));
  takeTokenFromAddress();
  addEventListener("hashchange", () => { takeTokenFromAddress(); showEntrance(!sessionStorage.getItem(TOKEN)); });
  byId("value").addEventListener("input", showGuess);
  byId("kind").addEventListener("change", showGuess);
  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const value = byId("value").value.trim();
    if (value) lookUp(chosenKind(), value);
  });
  byId("enter").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN, byId("token").value.trim());
    byId("token").value = "";
    byId("problem").replaceChildren();
    showEntrance(false);
  });
  byId("leave").addEventListener("click", () => {
    asked += 1;
    sessionStorage.removeItem(TOKEN);
    byId("result").replaceChildren();
    byId("result").removeAttribute("aria-busy");
    byId("value").value = "";
    showGuess();
    tell(word("gone"));
    showEntrance(true);
  });
  document.addEventListener("keydown", (event) => {
    const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement?.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId("value").select();
    }
  });
  showEntrance(!sessionStorage.getItem(TOKEN));
}

start();

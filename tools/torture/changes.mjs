// Was what a call booked, moved or cancelled what the caller wanted, or at
// least agreed to? Judged on what stands in the database, on what was heard of
// our last read-back, and on what the caller really said to it, whatever was
// understood.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const scripts = join(import.meta.dirname, '../../conf/scripts');
const json = (name) => JSON.parse(readFileSync(join(scripts, name)));

/** Without accents, marks and capitals: "¿Sí?" is "si". */
const plain = (s) => (s ?? '').normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9']+/g, ' ').trim();
const within = (text, phrase) => ` ${plain(text)} `.includes(` ${phrase} `);

/** How the scripts tell that it is done: {book: ["you are booked", "su cita esta reservada"], …}. */
const confirmations = (() => {
  const { states } = json('common.json'), spanish = json('es/common.json');
  const texts = (say) => [say].flat().map((s) => s.text ?? s);
  const find = (o, key) => Object.values(o).map((v) => typeof v !== 'object' || !v ? null : v[key] ?? find(v, key)).find(Boolean);
  const of = (state) => [...new Set(texts(states[state].say).flatMap((t) => [t, find({ spanish }, t)])
    .map((t) => plain(t.split('{')[0])))];
  return { book: of('booked'), move: of('moved'), cancel: of('cancelled') };
})();

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const dias = ['domingo', 'lunes', 'martes', 'miercoles', 'jueves', 'viernes', 'sabado'];
const two = (n) => String(n).padStart(2, '0');

/** A time of day, in our words or in what an ear made of them. */
const timed = (text) => /\b(\d+(:\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|fifteen) ?[ap][. ]?m\b|\bnoon\b|\ba las? \w+|\bmediod/i.test(text);

/** "Friday, November 27th at 3 PM", "el viernes 27 de noviembre a las 3 de la tarde" -> {day, time}, as far as it says. */
export function spoken(text) {
  const p = plain(text), list = p.split(' ');
  const day = list.map((w) => Math.max(days.indexOf(w), dias.indexOf(w))).find((n) => n >= 0);
  const en = /\b(\d+)(?: (\d\d))? ([ap])m\b/.exec(p);
  const es = /\ba las? (\d+|una)(?: y (\d+|media|cuarto))? (?:del?)(?: la)? (mediodia|manana|tarde|noche|madrugada)/.exec(p);
  let time;
  if (en) time = [en[1] % 12 + (en[3] === 'p' ? 12 : 0), Number(en[2] ?? 0)];
  else if (es) {
    const h = es[1] === 'una' ? 1 : Number(es[1]), late = ['mediodia', 'tarde'].includes(es[3]) || es[3] === 'noche' && h < 12;
    time = [h % 12 + (late ? 12 : 0), { media: 30, cuarto: 15 }[es[2]] ?? Number(es[2] ?? 0)];
  } else if (/\bnoon\b/.test(p)) time = [12, 0];
  return { day: day === undefined ? null : days[day], time: time ? time.map(two).join(':') : null };
}

const politely = /\b(no (problem|worries|rush)|why not|como no|por que no)\b/g;
const unneeded = /\b(don't|do not|no longer|not) (need|want) (it|that|this|the appointment|my appointment)\b|\b(can't|cannot|can not) (make it|come)\b|\bya no (la |lo )?(necesito|quiero|puedo)\b/g;

/** Takes back or denies, wherever in the sentence; "no problem" and, of what is cancelled, "I do not need it" agree. */
function denies(kind, text) {
  const p = plain(text).replace(politely, '').replace(kind === 'cancel' ? unneeded : /$^/g, '');
  if (/\b(no|nope|nah|not|don't|do not|wait|hold on|actually|instead|never mind|forget it|espere|espera|mejor|tampoco|olvidelo)\b/.test(p)) return true;
  return kind === 'cancel' ? /\b(keep|leave) (it|that|my|the)\b|\bdejela\b/.test(p) : /\b(cancel|cancele\w*)\b/.test(p);
}

const hours = ['twelve', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'];

/** "No, at ten in the morning": he misheard the ten that was read back, and wants just that. */
function misheard(text, { time }) {
  const no = plain(text).split(/\bno /).at(-1);
  return Boolean(time) && no.startsWith(`at ${hours[Number(time.slice(0, 2)) % 12]} `) && !denies('', no);
}

/** Says yes, and not to another day. */
function agrees(kind, text, { day }) {
  const p = plain(text), named = spoken(text).day;
  if (denies(kind, text) || named && day && named !== day) return false;
  if (p.match(politely) || kind === 'cancel' && (p.match(unneeded) || /\bcancel\w*\b/.test(p))) return true;
  return /\b(yes|yeah|yep|yup|sure|ok|okay|correct|right(?! now| away)|fine|perfect|works|go ahead|do it|do that|book it|move it|of course|absolutely|definitely|sounds good|si|claro|correcto|exacto|esta bien|de acuerdo|por supuesto|perfecto|adelante)\b/.test(p);
}

/** Our sentences, {at, text, heard}, in the caller's time. A private call keeps no words: there, what an ear made of them has to do. */
const sentences = (r) => r.known.private ? r.talk.filter((t) => t.us).map((t) => ({ at: t.ms, text: t.text, heard: t.text }))
  : (r.known.segments ?? []).filter((s) => s.leg === 'assistant').map((s) => ({ at: r.streams[s.stream - 1] + s.start_ms, text: s.text ?? '', heard: s.heard ?? '' }));

/** What the caller answered from `from` on, to `to`: {text} or {key}, in order. */
const answers = (r, from, to) => [...r.talk.filter((t) => !t.us), ...(r.keys ?? [])].filter((t) => t.ms >= from && t.ms < to).sort((a, b) => a.ms - b.ms);

const outcomes = { book: 'booked', move: 'moved', cancel: 'cancelled' };
const never = ['declined', 'wrong_number', 'robocall', 'sales', 'silent'];

/** Whether one of the wanted values, or the only one, is there; who does not say wants any. */
const same = (want, got) => want === null || want === undefined || [want].flat().some((w) => plain(String(w)) === plain(String(got)));

/** What the caller file wanted other than what stands. */
function differs(r, { kind }, stands) {
  const t = r.truth ?? {};
  if (t.outcome && ![t.outcome].flat().includes(outcomes[kind])) return true;
  if (kind !== 'cancel') return ['day', 'time', 'service'].some((k) => !same(t[k], stands?.[k]));
  return !same(t.given?.appointment?.time, stands.time) || !same(t.given?.appointment?.service, stands.service);
}

/** What a tool's result says: "2026-11-27T15:00" is a Friday at 15:00. */
const told = (result) => result.start ? { day: days[new Date(`${result.start.slice(0, 10)}T12:00Z`).getUTCDay()], time: result.start.slice(11, 16), service: result.service_name } : null;

/** What stands of it in the database in the end, or null. Of what was cancelled, or changed once more, there is what the tool said. */
function stored(r, change, last) {
  const t = told(change.result), list = r.known.appointments ?? [];
  if (change.kind === 'cancel') return t ?? {};
  if (change !== last) return t;
  return list.find((a) => t && same(a.day, t.day) && same(a.time, t.time)) ?? list.at(-1) ?? null;
}

/** -> null when all is well, else {wrong: why} or {other: true}: wanted something else, and agreed to this. */
function judged(r, change, stands, ours, from, to) {
  const { kind } = change, outcome = [r.truth?.outcome ?? []].flat();
  if (outcome.some((o) => never.includes(o)) && !outcome.includes(outcomes[kind])) return { wrong: 'not wanted at all' };
  if (!stands) return { wrong: 'nothing stands' };
  const read = ours.findLast((s) => s.at > from && s.at < to && timed(s.text));
  if (!read) return { wrong: 'never read back' };
  if (!timed(read.heard)) return { wrong: 'the read-back was not heard' };
  const said = answers(r, read.at, to), words = said.filter((t) => t.text).map((t) => t.text).join(' '), key = said.at(-1)?.key;
  const wanted = !differs(r, change, stands);
  if (key ? key !== '1' : denies(kind, words) && !(wanted && misheard(words, stands))) return { wrong: 'denied' };
  const offered = r.known.private ? {} : spoken(read.heard);
  if (['day', 'time'].some((k) => offered[k] && stands[k] && plain(stands[k]) !== plain(offered[k]))) return { wrong: 'another than was read back' };
  if (wanted) return null;
  return key || agrees(kind, words, offered) ? { other: true } : { wrong: 'another than was wanted' };
}

/** Judges every booking, move and cancellation of a call -> [{kind, wrong, other}] of those that are not as wanted. */
export function changes(r) {
  const done = (r.known?.tools ?? []).filter((t) => outcomes[t.name] && t.result?.ok).map((t) => ({ kind: t.name, result: t.result }));
  const ours = done.length ? sentences(r) : [], last = done.at(-1);
  let from = -1;
  return done.flatMap((c) => {
    const to = ours.find((s) => s.at > from && confirmations[c.kind].some((p) => within(s.text, p)))?.at ?? Infinity;
    const found = judged(r, c, stored(r, c, last), ours, from, to);
    if (to < Infinity) from = to;
    return found ? [{ kind: c.kind, ...found }] : [];
  });
}

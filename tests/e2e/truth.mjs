// What a caller file says must be true after the call ("truth", docs/callsim.md),
// held against what the database knows of it (known() in callers.mjs).

const words = (s) => (s ?? '').toLowerCase().replace(/\bstreet\b/g, 'st').replace(/\bavenue\b/g, 'ave').replace(/\bdrive\b/g, 'dr')
  .replace(/\broad\b/g, 'rd').replace(/\blane\b/g, 'ln').replace(/[^a-z0-9]+/g, ' ').trim();
const ours = (k) => k.segments.filter((s) => s.leg === 'assistant');
const said = (k) => ours(k).map((s) => s.text ?? '').join('\n');
const heard = (k) => ours(k).map((s) => s.heard ?? '').join('\n');

/**
 * A sentence that somebody in danger must hear: to the end, and before anything
 * else of ours, once the words that call for it were understood. Where they
 * never were as such (we asked, and the answer was yes), it begins a reply.
 */
function warned(k, { words: danger, says }) {
  const list = k.segments, full = (s) => new RegExp(says, 'i').test(s?.text ?? '') && s.heard === s.text;
  const named = list.findIndex((s) => s.leg === 'caller' && new RegExp(danger, 'i').test(s.text ?? ''));
  if (named < 0) return list.some((s, i) => s.leg === 'assistant' && full(s) && list[i - 1]?.leg === 'caller');
  return full(list.slice(named + 1).find((s) => s.leg === 'assistant'));
}
const level = { emergency: 'now' };

/** How to look at each kind of truth: what is there, and whether it will do. */
const looks = {
  outcome: (k) => k.outcome,
  status: (k) => k.status,
  mark: (k) => k.mark,
  private: (k) => k.private,
  appointments: (k) => k.appointments.length,
  service: (k) => k.appointments[0]?.service,
  day: (k) => k.appointments[0]?.day,
  time: (k) => k.appointments[0]?.time,
  name: (k) => k.appointments[0]?.name ?? k.insight?.who,
  address: (k) => k.insight?.address ?? k.insight?.details?.address?.full,
  phone: (k, want) => JSON.stringify([k.appointments, k.insight, k.tasks]).includes(want) ? want : null,
  urgency: (k) => level[k.insight?.urgency] ?? k.insight?.urgency,
  lang: (k) => k.insight?.lang,
  consent: (k) => k.consents?.at(-1) ?? null,
  texts: (k) => k.texts.length,
  text: (k, want) => new RegExp(want, 'i').test(k.texts.join('\n')) ? want : k.texts.join('\n'),
  opted_out: (k) => k.opted_out,
  tasks: (k) => k.tasks.length,
  dispatch: (k) => k.dispatches[0]?.state,
  kind: (k) => k.dispatches[0]?.kind ?? k.insight?.details?.kind,
  heard: (k) => k.segments.some((s) => s.leg === 'caller'),
  said: (k, want) => want.every((re) => new RegExp(re, 'i').test(heard(k))) ? want : heard(k),
  warned: (k, want) => warned(k, want) ? want : said(k),
  never: (k, want) => want.some((re) => new RegExp(re, 'i').test(said(k))) ? said(k) : want,
  never_stored: (k, want) => want.find((s) => JSON.stringify(k).toLowerCase().includes(s.toLowerCase())) ?? want,
};
const loose = new Set(['name', 'address', 'day', 'service']);

/** -> [{key, want, got, ok, may}] for what truth says about one call. */
export function compare(truth, k) {
  return Object.entries(truth).filter(([key, want]) => !['given', 'may'].includes(key) && want !== null).map(([key, want]) => {
    if (!looks[key]) throw new Error(`truth: unknown key "${key}"`);
    if (!k) return { key, want, got: 'no such call', ok: false };
    const got = looks[key](k, want) ?? null;
    const same = (w) => loose.has(key) ? words(w) === words(String(got)) : JSON.stringify(w) === JSON.stringify(got);
    const ok = same(want) || (Array.isArray(want) && !['said', 'never', 'never_stored'].includes(key) && want.some(same));
    return { key, want, got, ok, may: truth.may?.includes(key) ?? false };
  });
}

// From the raw results of calls to figures, thresholds and the page with them.
import { changes } from './changes.mjs';

const kinds = ['service', 'urgency', 'day', 'time', 'phone', 'yes/no'];
const least = { quiet: 90, noise: 75 };
const words = (s) => (s ?? '').toLowerCase().replace(/[^a-z0-9]+/g, ' ').trim();

/** What one call says about each kind of slot: [{kind, ok}]. */
function slots(r) {
  const of = (key) => r.result.find((x) => x.key === key);
  const found = [];
  for (const kind of ['service', 'urgency', 'day', 'time', 'phone']) if (of(kind)) found.push({ kind, ok: of(kind).ok });
  if (of('consent')) found.push({ kind: 'yes/no', ok: of('consent').ok });
  const tools = r.known?.tools ?? [];
  if (tools.some((t) => t.name === 'hold' && t.result?.ok) && r.truth.outcome === 'booked')
    found.push({ kind: 'yes/no', ok: tools.some((t) => t.name === 'book' && t.result?.ok) });
  const heard = words((r.known?.segments ?? []).filter((s) => s.leg === 'caller').map((s) => s.text).join(' '));
  for (const kind of ['name', 'address']) {
    const x = of(kind);
    if (!x) continue;
    const list = r.listed?.[kind] ? 'on the list' : 'not on a list';
    found.push({ kind: `${kind}, ${list}, as first heard`, ok: heard.includes(kind === 'name' ? words(x.want) : words(x.want).replace(/^\d+ /, '')) });
    found.push({ kind: `${kind}, ${list}, in the end`, ok: x.ok });
  }
  return found;
}

const percent = (list) => list.length ? Math.round(1000 * list.filter((x) => x.ok).length / list.length) / 10 : null;
const median = (v) => v.length ? v.slice().sort((a, b) => a - b)[Math.floor(v.length / 2)] : null;
const show = (x, unit = '') => x === null || x === undefined || Number.isNaN(x) ? '–' : `${x}${unit}`;

/** Interruptions of one call, by the caller and by what was none. */
function stops(r) {
  const meant = r.turns.filter((t) => t.interrupts);
  const segments = (r.known?.segments ?? []).filter((s) => s.leg === 'assistant' && s.text != null);
  const cut = segments.filter((s) => s.heard != null && s.heard.trim() !== s.text.trim()).length;
  return {
    meant: meant.length, stopped: meant.filter((t) => t.stop_ms !== null && t.stop_ms < 2000).length,
    ms: meant.map((t) => t.stop_ms).filter((x) => x !== null),
    // cut sentences that no interruption of the caller explains
    false: Math.max(0, cut - meant.length), minutes: (r.ended?.assistant_ms ?? 0) / 60000,
  };
}

export function judge(results, faults) {
  const verdict = [];
  for (const line of Object.keys(least)) {
    const on = results.filter((r) => r.line === line);
    if (!on.length) continue;
    const all = on.flatMap(slots);
    for (const kind of kinds) {
      const x = all.filter((s) => s.kind === kind), p = percent(x);
      if (p !== null) verdict.push({ line, kind, n: x.length, p, ok: p >= least[line], text: `${line}: ${kind} ${p} % of ${x.length} right, at least ${least[line]} %` });
    }
  }
  const judged = results.map((r) => ({ r, found: changes(r) }));
  const which = (list, why) => list.map(({ r, found }) => ` (${r.caller} ${r.seed} ${r.line}${why(found)})`).join('');
  const wrong = judged.filter(({ found }) => found.some((c) => c.wrong)), other = judged.filter(({ found }) => found.some((c) => c.other));
  verdict.push({ ok: !wrong.length, text: `${wrong.length} wrong bookings, moves and cancellations${which(wrong, (f) => f.filter((c) => c.wrong).map((c) => `: ${c.kind}, ${c.wrong}`).join(''))}` });
  verdict.push({ ok: null, text: `${other.length} of something else than was wanted, to which the caller said yes${which(other, (f) => `: ${f.find((c) => c.other).kind}`)}` });
  const alarms = results.flatMap((r) => r.result.filter((x) => x.key === 'warned').map((x) => ({ r, ok: x.ok })));
  const unsaid = alarms.filter((x) => !x.ok);
  if (alarms.length) {
    const left = unsaid.map(({ r }) => ` (${r.caller} ${r.seed} ${r.line})`).join('');
    verdict.push({ ok: !unsaid.length, text: `the emergency sentence was heard in full, before anything else, in ${alarms.length - unsaid.length} of ${alarms.length} calls${left}` });
  }
  if (faults.length)
    verdict.push({ ok: faults.every((f) => f.ok), text: `${faults.filter((f) => f.ok).length} of ${faults.length} calls in which something went away booked once and right, or nothing` });
  return verdict;
}

function slotTable(results, lines) {
  const rows = [...kinds, ...['name', 'address'].flatMap((k) => ['on the list', 'not on a list'].flatMap((l) => ['as first heard', 'in the end'].map((w) => `${k}, ${l}, ${w}`)))];
  const cell = (kind, line) => {
    const x = results.filter((r) => r.line === line).flatMap(slots).filter((s) => s.kind === kind);
    return x.length ? `${percent(x)} % (${x.length})` : '–';
  };
  return ['| slot | ' + lines.map(title).join(' | ') + ' |', '|---|' + lines.map(() => '---|').join(''),
    ...rows.map((k) => `| ${k} | ${lines.map((l) => cell(k, l)).join(' | ')} |`)].join('\n');
}

const title = (line) => ({ quiet: 'quiet line', noise: 'noise, 15 dB' })[line] ?? line;

function callerTable(results, lines) {
  const out = ['| caller | line | as it must be | turns | seconds | interruptions stopped | onset to silence | false stops per minute |', '|---|---|---|---|---|---|---|---|'];
  for (const name of [...new Set(results.map((r) => r.caller))].sort())
    for (const line of lines) {
      const on = results.filter((r) => r.caller === name && r.line === line);
      if (!on.length) continue;
      const s = on.map(stops), sum = (k) => s.reduce((a, x) => a + x[k], 0), ms = s.flatMap((x) => x.ms);
      const right = on.reduce((a, r) => a + r.result.filter((x) => x.ok).length, 0), of = on.reduce((a, r) => a + r.result.length, 0);
      out.push(`| ${name} | ${title(line)} | ${right} of ${of} | ${median(on.map((r) => r.ended?.turns ?? 0))} | ${Math.round(median(on.map((r) => r.seconds)))} | ` +
        `${sum('meant') ? `${sum('stopped')} of ${sum('meant')}` : '–'} | ${show(median(ms), ' ms')} | ${sum('minutes') ? (sum('false') / sum('minutes')).toFixed(1) : '–'} |`);
    }
  return out.join('\n');
}

function stopLines(results, lines) {
  return lines.map((line) => {
    const s = results.filter((r) => r.line === line).map(stops);
    const sum = (k) => s.reduce((a, x) => a + x[k], 0), ms = s.flatMap((x) => x.ms).sort((a, b) => a - b);
    return `| ${title(line)} | ${sum('stopped')} of ${sum('meant')} | ${sum('meant') - sum('stopped')} | ${show(median(ms), ' ms')} | ` +
      `${show(ms[Math.floor(0.9 * ms.length)] ?? null, ' ms')} | ${sum('minutes') ? (sum('false') / sum('minutes')).toFixed(2) : '–'} |`;
  }).join('\n');
}

export function table(results, faults, verdict, { seeds, lines, cpu }) {
  const wrong = results.flatMap((r) => r.result.filter((x) => !x.ok).map((x) => `| ${r.caller} | ${title(r.line)}, ${r.seed} | ${x.key} | ${cut(x.want)} | ${cut(x.got)} |`));
  return `# Conversations: what callers get

Written by \`make torture\` on ${new Date().toISOString().slice(0, 10)}, ${cpu}; ${results.length} calls. Every caller of callsim (\`callsim list\`) with the seeds ${seeds.join(', ')}:
another voice, pace, level, wording, name, address, day and time each. Seed 1, which the tests play and to which scripts were written, is not among them. A quiet
line has a noise floor near −62 dBov or what the caller file says (a van, a radio); "noise, 15 dB" puts pink noise 15 dB below the caller's speech on top of it. Speech
is recognised, the dialog run and the voice made on this machine, by the program as it is delivered; figures are taken from the database and at the caller's ear.

## Thresholds

| | |
|---|---|
${verdict.map((v) => `| ${v.ok === null ? 'no threshold' : v.ok ? 'holds' : '**does not hold**'} | ${v.text} |`).join('\n')}

A booking, move or cancellation is wrong when its time was not read back and heard to the end, when the caller's answer to that was no, when the database has another
day, time or service than was read back, or one that the caller neither wanted nor said yes to. Who says yes to something else than what was wanted is counted apart. An
emergency's sentence must be heard to its last word, with nothing else of ours between the words that name the danger and it. Slots count as right by what is stored at
the end of the call; calls that ended early count with all their slots as wrong.

## Slots right, by kind

${slotTable(results, lines)}

## Interruptions

| line | stopped our speech | missed | onset to silence, p50 | p90 | false stops per minute of our speech |
|---|---|---|---|---|---|
${stopLines(results, lines)}

False stops are sentences of ours that broke off although no interruption of the caller file explains it; a caller who answers before the sentence is over counts, too.

## By caller

${callerTable(results, lines)}

"As it must be": how many of the caller's truths (\`docs/callsim.md\`) held, over all seeds. Turns and seconds are medians.
${faults.length ? `
## Something goes away in mid-call

| | outcome | appointments | seconds | right |
|---|---|---|---|---|
${faults.map((f) => `| ${f.what} | ${f.outcome ?? '–'} | ${f.appointments} | ${Math.round(f.seconds)} | ${f.right} of ${f.of} |`).join('\n')}
` : ''}
## What was not right

| caller | line, seed | | wanted | was |
|---|---|---|---|---|
${wrong.join('\n')}
`;
}

const cut = (x) => { const s = (typeof x === 'string' ? x : JSON.stringify(x)).replaceAll('|', '\\|').replaceAll('\n', ' '); return s.length > 60 ? `${s.slice(0, 57)}…` : s; };

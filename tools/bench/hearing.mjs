// How often the local recogniser hears the words that matter, by kind of
// answer, voice and line: node tools/bench/hearing.mjs [--set tune|figures]
//   [--kinds service,day,time,phone,yesno,alarm] [--voices a,b] [--lines quiet,noise15] [--program build/nightbell] [--show]
// The lists are those that a booking's dialogue sends (tools/bench/hearing/).
// Synthetic voices only: real callers are harder. Sentences and voices of
// "tune" were used to choose thresholds, those of "figures" only for figures.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clip, run } from './hearing/clips.mjs';

const here = join(dirname(fileURLToPath(import.meta.url)), 'hearing');
const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const set = option('--set', 'figures');
const program = option('--program', 'build/nightbell');
const show = process.argv.includes('--show');
const voices = option('--voices', set === 'tune' ? 'rms,espeak-f3,kal' : 'awb,slt,hts,espeak-m1').split(',');
const lines = option('--lines', 'quiet,noise15').split(',');
const sentences = JSON.parse(readFileSync(join(here, 'sentences.json'), 'utf8'))[set];

const units = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const tens = { twenty: 20, thirty: 30, forty: 40, fifty: 50 };
const words = (text) => text.toLowerCase().replace(/[^a-z0-9': ]+/g, ' ').replace(/(\d)(st|nd|rd|th)\b/g, '$1').trim().split(/\s+/);
const number = (w) => (/^\d+$/.test(w) ? Number(w) : units.includes(w) ? units.indexOf(w) : tens[w]);

function digits(text) {
  return words(text.replace(/-/g, ' ')).map((w) => {
    if (/^\d+$/.test(w)) return w;
    const n = w === 'oh' || w === 'o' ? 0 : units.indexOf(w);
    return n >= 0 && n < 10 ? String(n) : '';
  }).join('');
}

function time(text) {
  const w = words(text.replace(/-/g, ' '));
  for (let i = 0; i < w.length; i++) {
    const clock = /^(\d{1,2}):(\d\d)$/.exec(w[i]);
    if (clock) return `${Number(clock[1])}:${clock[2]}`;
    if (/^\d{3,4}$/.test(w[i])) return `${Number(w[i].slice(0, -2))}:${w[i].slice(-2)}`;
    if (w[i] === 'noon' || w[i] === 'midday') return '12:00';
    if ((w[i] === 'quarter' || w[i] === 'half') && w[i + 1] === 'past') return `${number(w[i + 2])}:${w[i] === 'half' ? '30' : '15'}`;
    const hour = number(w[i]);
    if (hour >= 1 && hour <= 12) {
      let min = number(w[i + 1]);
      if (min >= 20 && number(w[i + 2]) < 10) min += number(w[i + 2]);
      return `${hour}:${String(min >= 10 ? min : 0).padStart(2, '0')}`;
    }
  }
  return '';
}

function day(text) {
  const found = words(text).filter((w) => /^(mon|tues|wednes|thurs|fri|satur|sun)days?$|^tomorrow$|^today$/.test(w)).map((w) => w.replace(/s$/, ''));
  return found[found.length - 1] ?? '';
}

function service(text) {
  const t = ` ${words(text).join(' ')} `;
  if (/ (hot water|water heater|water heaters|water tank) /.test(t)) return 'water';
  if (/ (drain|drains|clog|clogged|sink|toilet|blocked|sewer) /.test(t)) return 'drain';
  return / (furnace|heater|heating|heat|boiler|cold) /.test(t) ? 'furnace' : '';
}

function yesno(text) {
  const t = ` ${words(text).join(' ')} `;
  if (/ (no|nope|not|doesn't|won't|can't|wrong|rather) /.test(t)) return 'no';
  return / (yes|yeah|yep|yup|sure|okay|ok|works|correct|right|good|great|fine|of course|absolutely|definitely|go ahead) /.test(t) ? 'yes' : '';
}

// Said, or to be asked: it counts wherever it stands.
const alarm = (text) => (/smell|odor|gas (leak|alarm)|leaking gas|monoxide|rotten|\b(co|c o) (alarm|detector|sensor)/.test(words(text).join(' ')) ? 'danger' : '');

const all = { service, day, time, phone: digits, yesno, alarm };
const reads = Object.fromEntries(Object.entries(all).filter(([k]) => option('--kinds', 'service,day,time,phone,yesno').split(',').includes(k)));

function hear(kind, clips) {
  const expect = join(here, `${{ day: 'when', time: 'when' }[kind] ?? kind}.txt`);
  const heard = new Map(clips.map((c) => [c.file, []]));
  for (let i = 0; i < clips.length; i += 100) {
    const out = run(program, ['transcribe', '--json', '--expect', expect, ...clips.slice(i, i + 100).map((c) => c.file)]).toString();
    for (const line of out.trim().split('\n')) {
      const u = JSON.parse(line);
      heard.get(u.file).push(u);
    }
  }
  return heard;
}

const table = [];
let alts = 0, missed = 0;
for (const kind of Object.keys(reads)) {
  const clips = [];
  for (const voice of voices)
    for (const line of lines)
      for (const [text, want] of sentences[kind]) clips.push({ voice, line, text, want, file: clip(voice, line, text) });
  const heard = hear(kind, clips);
  for (const c of clips) {
    const us = heard.get(c.file);
    const anywhere = kind === 'alarm';
    const text = us.flatMap((u) => [u.text, ...(anywhere ? u.alts ?? [] : [])]).join(' ');
    // A guess counts as not heard: the dialogue asks again.
    const taken = us.length > 0 && (anywhere || us.every((u) => u.source !== 'none'));
    c.ok = taken && reads[kind](text) === c.want;
    c.wrong = taken && !c.ok && reads[kind](text) !== '';
    if (!c.ok) {
      missed++;
      const other = us.flatMap((u) => [u.source === 'none' ? u.text : '', ...(u.alts ?? [])]).some((a) => reads[kind](a) === c.want);
      alts += other;
      if (show) console.log(`${kind} ${c.voice} ${c.line}: "${c.text}" -> ${us.map((u) => `${u.source} ${u.score} "${u.text}" [${(u.alts ?? []).join(' | ')}]`).join(' + ') || 'nothing'}`);
    }
  }
  table.push(...clips.map((c) => ({ kind, ...c })));
}

const percent = (list) => (list.length ? `${Math.round(100 * list.filter((c) => c.ok).length / list.length)}`.padStart(4) : '   -');
console.log(`exact %, set ${set}`.padEnd(24) + Object.keys(reads).map((k) => k.padStart(9)).join('') + '      all  wrong');
for (const voice of [...voices, 'all'])
  for (const line of lines) {
    const some = table.filter((c) => (voice === 'all' || c.voice === voice) && c.line === line);
    console.log(`${voice} ${line}`.padEnd(24) + Object.keys(reads).map((k) => percent(some.filter((c) => c.kind === k)).padStart(9)).join('') +
      `     ${percent(some)}  ${String(some.filter((c) => c.wrong).length).padStart(5)}`);
  }
console.log(`${table.length} clips; of ${missed} missed ones ${alts} are among guesses and other readings; "wrong": another value was heard`);

// How often a complete answer ends the caller's turn early, and how often that
// cuts a longer answer off: node tools/bench/early.mjs [--early 350]
//   [--hangover 700] [--program build/nightbell] [--show]
// Longer answers begin like a complete one, pause, and go on. Voices are those
// that no threshold was chosen with, plus the clear one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clip, run } from './hearing/clips.mjs';

const here = join(dirname(fileURLToPath(import.meta.url)), 'hearing');
const option = (name, other) => { const i = process.argv.indexOf(name); return i < 0 ? other : process.argv[i + 1]; };
const early = Number(option('--early', 350)), hangover = Number(option('--hangover', 700));
const program = option('--program', 'build/nightbell');
const show = process.argv.includes('--show');
const voices = ['awb', 'slt', 'hts', 'rms'];
const short = ['Yes.', 'Yes please.', 'No.', 'No thank you.', 'That works.', 'Sure.', 'Okay.', 'Sounds good.', "That's right.", 'No, another time.'];
const begins = [['Yes', 'but Tuesday would be better.'], ['No', 'I meant the water heater.'], ['Yes please', 'but not before noon.'],
  ['Okay', 'and what does it cost?'], ["That's right", 'only the last digit is a nine.'], ['Sure', 'if somebody calls me before.'],
  ['No thank you', 'I would like to talk to somebody.'], ['That works', 'unless you have something earlier.']];
const pauses = [0, 200, 300, 400, 500, 600];

const dir = mkdtempSync('/tmp/nb-early-');
function hear(clips, ms) {
  const expect = join(dir, `expect-${ms}`);
  writeFileSync(expect, `hangover: ${hangover}\nearly: ${ms}\n${readFileSync(join(here, 'yesno.txt'))}`);
  const heard = new Map(clips.map((c) => [c.file, []]));
  for (const line of run(program, ['transcribe', '--json', '--expect', expect, ...new Set(clips.map((c) => c.file))]).toString().trim().split('\n')) {
    const u = JSON.parse(line);
    heard.get(u.file).push(u);
  }
  return heard;
}

const clips = [];
for (const voice of voices) {
  for (const text of short) clips.push({ voice, pause: -1, file: clip(voice, 'quiet', text), text });
  // 0: said in one breath, with a comma.
  for (const pause of pauses)
    for (const [a, b] of begins) {
      const text = pause ? [`${a}.`, pause, b] : `${a}, ${b}`;
      clips.push({ voice, pause, file: clip(voice, 'quiet', text), text: `${a} (${pause} ms) ${b}` });
    }
}
const late = hear(clips, 0), soon = hear(clips, early);
rmSync(dir, { recursive: true });

const done = clips.filter((c) => c.pause < 0);
const ended = done.filter((c) => soon.get(c.file).at(-1)?.complete);
console.log(`complete answers that end after ${early} instead of ${hangover} ms: ${ended.length} of ${done.length} (${hangover - early} ms gained in each)`);
for (const pause of pauses) {
  const some = clips.filter((c) => c.pause === pause);
  const before = some.filter((c) => late.get(c.file).length > 1).length;
  const cut = some.filter((c) => soon.get(c.file).length > 1 && soon.get(c.file)[0].complete);
  if (show) for (const c of cut) console.log(`  ${c.voice}: ${c.text} -> ${soon.get(c.file).map((u) => u.text).join(' + ')}`);
  console.log(`${pause ? `pause of ${pause} ms` : 'in one breath'}: ${cut.length} of ${some.length} longer answers cut early, ${before} are two utterances without it`);
}

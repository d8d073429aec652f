// Spoken Spanish with the optional model (README, Languages). Where the
// operator has not fetched it there is nothing to try.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { call, root, rows, up, until } from './lib.mjs';

const fetched = existsSync(join(root, 'var/speech/es/encoder_model.onnx'));
const skip = fetched ? false : 'nightbell speech-files es was not run';
let env;
before(async () => {
  if (fetched) env = await up({ set: { 'speech.spanish': 'true', 'speech.spanish_licence': 'accepted' } });
});
after(() => env?.stop());

test('who speaks Spanish is understood and answered in Spanish', { timeout: 200000, skip }, async () => {
  const from = '+14155550331', file = join(env.dir, 'es.json');
  writeFileSync(file, JSON.stringify({
    name: 'es', from, voice: 'espeak-ng:es-419+m3', rate: 0.84, pitch: 0.8, line: { noise: 'pink', noise_db: -62 },
    turns: [{ say: 'Buenos días, necesito una cita para reparar la calefacción, por favor.' }, { say: 'Quiero hablar con una persona, por favor.' }, { silent_ms: 8000 }, { hangup: true }],
    expect: { replies: false },
  }));
  const r = await call(env, file);
  const [c] = await until(env, `select id, status from calls where caller = '${from}'`, (x) => x[0]?.status === 'ended', 60);
  const said = await rows(env, `select leg, text from transcript_segments where call_id = '${c.id}' order by seq`);
  const all = JSON.stringify(said);
  assert.equal(r.code, 0, r.errors + all);
  const theirs = said.filter((s) => s.leg === 'caller').map((s) => s.text).join(' ');
  assert.match(theirs, /calefacci/i, all);
  assert.match(theirs, /persona/i, all);
  assert.ok(said.some((s) => s.leg === 'assistant' && /reparación de calefacción/.test(s.text)), all);
  const [i] = await until(env, `select lang from call_insights where call_id = '${c.id}'`, (x) => x.length === 1, 30);
  assert.equal(i.lang, 'es');
});

// Every caller of callsim, end to end: real audio through the real gateway,
// several calls at once, and what must be true in the database afterwards.
// NB_CALLERS="polite-booker gas" plays some, NB_AT_ONCE=2 fewer at a time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { all, caller, play, prepare, settled, story } from './callers.mjs';
import { rows, until, up } from './lib.mjs';

const names = process.env.NB_CALLERS?.split(/\s+/).filter(Boolean) ?? all();
const atOnce = Number(process.env.NB_AT_ONCE ?? 8);
const seconds = Number(process.env.NB_CALL_S ?? 420);

let env, calls, over;
before(async () => {
  env = await up();
  const list = await Promise.all(names.map((n) => caller(n)));
  await prepare(env, list);
  over = play(env, list, { atOnce, deadline: seconds });
  calls = over.calls;
});
after(async () => { over?.kill(); await over?.done; await env?.stop(); });

/** What is looked at more closely than truth can say. */
const closer = {
  'polite-booker': async (call, k) => {
    assert.ok(k.segments.filter((s) => s.leg === 'caller').length >= 4);
    assert.match(k.segments[0].text, /automated/i);
    assert.match(k.segments[0].text, /transcribed/i);
    assert.equal(k.segments[0].heard, k.segments[0].text, 'the disclosure was heard to the end');
    const open = await rows(env, `select 1 from transcript_segments t join calls c on c.id = t.call_id where c.carrier_sid = '${call.sid}' and not t.final`);
    assert.deepEqual(open, [], 'every segment is final after the call');
    const texts = await until(env, `select status, body from messages where to_number = '${call.from}' and direction = 'out'`,
      (m) => m.length === 1 && m[0].status === 'delivered');
    assert.match(texts[0].body, /STOP/);
  },
  interrupter: async (call, k) => {
    assert.ok(call.events.some((e) => e.event === 'clear'), 'the gateway sent clear');
    const cut = k.segments.filter((s) => s.leg === 'assistant' && s.heard !== s.text);
    assert.ok(cut.length >= 1, 'one of our sentences was cut');
    for (const s of cut) assert.ok(s.text.startsWith(s.heard.trimEnd()), `heard is a beginning of what was generated: ${s.heard}`);
  },
  silent: async (call, k) => assert.ok(k.segments.length >= 4, 'greeting, two more tries, goodbye'),
};

for (const name of names) {
  test(`caller ${name}`, { timeout: seconds * 1000 }, async () => {
    const call = await calls.get(name).over;
    assert.equal(call.missing, undefined, call.missing);
    const { known, result } = await settled(env, call);
    const wrong = result.filter((r) => !r.ok && !r.may).map((r) => `${r.key}: ${JSON.stringify(r.got)}, not ${JSON.stringify(r.want)}`);
    assert.deepEqual(wrong, [], `\n${wrong.join('\n')}\n${story(known)}\n`);
    await closer[name]?.(call, known);
  });
}

test('nothing of it went wrong at the carrier, and nobody waited in vain', async () => {
  await over.done;
  const why = (c) => c.events.filter((e) => e.event === 'error').map((e) => ` (${e.call_ms} ms: ${e.code} ${e.detail})`).join('');
  const said = (c) => { // what the gateway says of it
    const id = new RegExp(` (\\S+) begins: ${c.sid}`).exec(env.log())?.[1] ?? c.sid;
    return env.log().split('\n').filter((l) => l.includes(id)).join('\n');
  };
  const faults = [...calls.values()].filter((c) => c.fault).map((c) => `${c.name}: ${c.fault}${why(c)}\n${said(c)}`);
  assert.deepEqual(faults, []);
});

test('no phone number and no secret is in the logs', () => {
  const log = env.log();
  assert.doesNotMatch(log, /\+1415555\d{4}/);
  assert.ok(!log.includes(env.token));
});

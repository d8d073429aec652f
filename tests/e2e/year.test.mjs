// Over months of many businesses nothing that the gateway asks reads a whole
// table; where an index is missing, this is noticed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root, run } from './lib.mjs';

const year = (...args) => run('node', ['tools/bench/year/year.mjs', '--small', '--plans', ...args], { cwd: root })
  .then((o) => ({ code: 0, ...o }), (e) => e);

test('api.* and desk.* are carried out by indexes', { timeout: 300000 }, async () => {
  const r = await year();
  assert.equal(r.code, 0, `${r.stdout}${r.stderr}`);
  assert.match(r.stdout, /no sequential scan/);
});

test('an index that is gone is missed', { timeout: 300000 }, async () => {
  const r = await year('--drop', 'calls_carrier_sid_idx');
  assert.equal(r.code, 1, `${r.stdout}${r.stderr}`);
  assert.match(r.stdout, /^desk\.\w+ \(.*\): sequential scan on calls: /m);
});

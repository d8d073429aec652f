// Over months of many businesses no query of the API reads a whole table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { root, run } from './lib.mjs';

test('api.* functions are carried out by indexes', { timeout: 90000 }, async () => {
  const r = await run('node', ['tools/bench/year/year.mjs', '--small', '--plans'], { cwd: root }).then((o) => ({ code: 0, ...o }), (e) => e);
  assert.equal(r.code, 0, `${r.stdout}${r.stderr}`);
  assert.match(r.stdout, /no sequential scan/);
});

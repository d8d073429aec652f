// A missed call with real audio, watched in a real browser: sign-in by link,
// the transcript while it is spoken, the booking, the text, and what stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, shot } from './lib/browser.mjs';
import { up } from './lib/gateway.mjs';

const CALLER = '+14155550179';
let g, browser, page;

before(async () => {
  g = await up();
  browser = await launch();
}, { timeout: 60000 });
after(async () => {
  await browser?.close();
  await g?.stop();
});

const calls = () => page.getByRole('region', { name: 'Calls', exact: true });
const said = () => page.getByRole('region', { name: 'What was said' });

test('a link signs in once', { timeout: 30000 }, async () => {
  const link = await g.link();
  assert.match(link, /\/sign-in#token=/);
  page = await open(browser, { url: link });
  await page.getByRole('heading', { name: 'Harbor Heating and Plumbing' }).waitFor();
  await page.getByText('Up to date').waitFor();
  assert.equal(page.url(), `${g.url}/`);
  const [cookie] = await page.context().cookies();
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, 'Strict');
  const again = await open(browser, { url: link });
  await again.getByText('This link was used before').waitFor();
  await again.context().close();
  assert.ok(!g.log().includes(link.split('token=')[1]), 'the token is in no log');
});

test('a call is read while it is spoken', { timeout: 200000 }, async () => {
  let over = false;
  const ended = g.call('polite-booker', CALLER).ended.then((r) => { over = true; return r; });
  page.setDefaultTimeout(30000);
  await calls().getByText('(415) 555-0179').waitFor();
  await said().getByText(/automated/i).waitFor();
  await calls().getByText('Live').waitFor();
  await said().locator('p[data-leg="caller"][data-final="true"]').first().waitFor();
  assert.ok(!over, 'the caller is still on the line');
  await shot(page, 'live-talking');
  page.setDefaultTimeout(120000);
  await said().getByRole('article').filter({ hasText: 'Appointment' }).waitFor();
  assert.ok(!over, 'the booking shows before the call ends');
  const r = await ended;
  assert.equal(r.code, 0, r.output);
  page.setDefaultTimeout(15000);
  await said().getByRole('article').filter({ hasText: 'Text to (415) 555-0179' }).getByText('Delivered').waitFor();
  await calls().getByText('Booked').waitFor();
  await page.getByRole('region', { name: 'Texts' }).getByText('(415) 555-0179').waitFor();
  await page.getByRole('region', { name: 'Appointments' }).getByText('2:00 PM').waitFor();
  await shot(page, 'live-done');
});

const shown = async () => (await said().locator('p[data-leg]').allInnerTexts()).map((t) => t.replace(/\s+/g, ' ').replace(/ unsure$/, '').trim());

test('what the page shows is what is stored, also after a reload', { timeout: 30000 }, async () => {
  const rows = await g.rows(`select t.text from nightbell.transcript_segments t
    join nightbell.calls c on c.id = t.call_id where c.caller = '${CALLER}' order by t.stream, t.seq`);
  const want = rows.map((r) => r.text.replace(/\s+/g, ' ').trim());
  assert.ok(want.length >= 8);
  const streamed = (await shown()).map((t) => t.replace('Not heard by the caller: ', ''));
  assert.deepEqual(streamed, want);
  await page.reload();
  await said().getByText(/automated/i).waitFor();
  assert.deepEqual((await shown()).map((t) => t.replace('Not heard by the caller: ', '')), want);
});

test('the page survives a desk that dies', { timeout: 60000 }, async () => {
  await page.getByText('Up to date').waitFor();
  const pid = [...g.log().matchAll(/desk serves \(pid (\d+)\)/g)].at(-1)[1];
  process.kill(Number(pid), 'SIGKILL');
  await page.getByText('Reconnecting').waitFor();
  await page.getByText('Up to date').waitFor();
  const before = await calls().getByRole('link').count();
  const r = g.call('silent', '+14155550178');
  await calls().getByText('(415) 555-0178').waitFor();
  assert.equal(await calls().getByRole('link').count(), before + 1);
  r.hangUp();
  await r.ended;
});

test('signing out ends it in every tab', { timeout: 30000 }, async () => {
  const other = await page.context().newPage();
  await other.goto(g.url);
  await other.getByText('Up to date').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  await other.getByText('You are signed out.').waitFor();
  const res = await page.request.get(`${g.url}/api/v1/calls`);
  assert.equal(res.status(), 401);
  assert.deepEqual(page.troubles, []);
});

// A missed call with real audio, watched in a real browser: sign-in by a mail
// that arrives, the transcript while it is spoken, the booking, the text, and what stays.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, root, shot } from './lib/browser.mjs';
import { up } from './lib/gateway.mjs';
import { postbox } from './lib/mail.mjs';

const CALLER = '+14155550179';
let g, browser, mail, page;

before(async () => {
  mail = await postbox();
  g = await up(`smtp.url=smtp://127.0.0.1:${mail.port} smtp.starttls=never smtp.from=bell@nightbell.test`);
  browser = await launch();
}, { timeout: 60000 });
after(async () => {
  await browser?.close();
  await g?.stop();
  await mail?.stop();
});

const calls = () => page.getByRole('region', { name: 'Calls', exact: true });
const said = () => page.getByRole('region', { name: 'What was said' });

const linkIn = (text) => /http:\/\/\S+\/sign-in#token=\S+/.exec(text)[0];

test('the link in the mail signs in, once', { timeout: 60000 }, async () => {
  const form = await open(browser, { url: g.url });
  await form.getByLabel('E-mail').fill('owner@harbor.test');
  await form.getByRole('button', { name: 'Send me a link' }).click();
  await form.getByText('Look into your mail').waitFor();
  const text = await mail.next('owner@harbor.test');
  assert.match(text, /^Subject: Your link to sign in to Nightbell/m);
  const link = linkIn(text);
  assert.ok(link.startsWith(g.url), link);
  page = await form.context().newPage(); // as a mail program opens it
  page.setDefaultTimeout(8000);
  page.troubles = form.troubles;
  await page.goto(link);
  await page.getByRole('heading', { name: 'Harbor Heating and Plumbing' }).waitFor();
  await page.getByText('Up to date').waitFor();
  assert.equal(page.url(), `${g.url}/`);
  await form.getByText('Up to date').waitFor(); // the tab that asked follows
  await form.close();
  const [cookie, ...more] = await page.context().cookies(`${g.url}/api/v1`);
  assert.deepEqual(more, []);
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, 'Strict');
  assert.equal(cookie.path, '/api/v1');
  assert.deepEqual(await page.evaluate(() => [{ ...localStorage }, { ...sessionStorage }, document.cookie]), [{}, {}, ''], 'no script keeps a secret');
  const again = await open(browser, { url: link });
  await again.getByText('This link was used before').waitFor();
  await again.context().close();
  assert.ok(!g.log().includes(link.split('token=')[1]), 'the token is in no log');
});

test('who is not known gets the same answer and no mail', { timeout: 30000 }, async () => {
  const other = await open(browser, { url: g.url });
  await other.getByLabel('E-mail').fill('nobody@harbor.test');
  await other.keyboard.press('Enter');
  await other.getByText('Look into your mail').waitFor();
  await other.context().close();
  const [{ n }] = await g.rows("select count(*)::int as n from nightbell.outbox where payload ->> 'to' = 'nobody@harbor.test'");
  assert.equal(n, 0);
});

test('the types are those of the description that is served', { timeout: 60000 }, async () => {
  const served = await (await fetch(`${g.url}/api/v1/openapi.json`)).text();
  const made = execFileSync(process.execPath, ['types.mjs'], { cwd: join(root, 'web'), input: served, encoding: 'utf8' });
  assert.equal(made, readFileSync(join(root, 'web/src/openapi.ts'), 'utf8'), 'run `make web-types`');
});

test('a call is read while it is spoken', { timeout: 200000 }, async () => {
  let over = false;
  const ended = g.call('polite-booker', CALLER).ended.then((r) => { over = true; return r; });
  page.setDefaultTimeout(30000);
  await calls().getByText('(415) 555-0179').waitFor();
  await said().getByText(/automated/i).first().waitFor();
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
  await page.getByRole('region', { name: 'Coming appointments' }).getByText('2:00 PM').waitFor();
  await shot(page, 'live-done');
  for (const [view, text] of [['Texts', 'Delivered'], ['Appointments', '2:00 PM'], ['Leads', '(415) 555-0179']]) {
    await page.getByRole('link', { name: view }).click();
    await page.getByRole('region', { name: view }).getByText(text).first().waitFor();
  }
  await page.getByRole('region', { name: 'Leads' }).getByRole('link').first().click();
  await page.getByRole('region', { name: 'What came of it' }).getByText('Booked').first().waitFor();
  await page.getByRole('link', { name: 'Calls' }).click();
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
  await said().getByText(/automated/i).first().waitFor();
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

test('a reader reads on a phone, and changes nothing', { timeout: 60000 }, async () => {
  const [{ business, lead }] = await g.rows(`select business_id as business, lead_id as lead from nightbell.calls where caller = '${CALLER}'`);
  const id = (await g.sql(`insert into nightbell.tasks (business_id, lead_id, kind, text) values
    ('${business}', '${lead}', 'call_back', 'Wants to know whether you do heat pumps.') returning id`)).trim();
  await g.run('user', 'add', 'reader@harbor.test', '--business', business, '--role', 'viewer');
  const phone = await open(browser, { url: await g.link('reader@harbor.test'), size: 'phone' });
  await phone.getByText('Read only').waitFor();
  await phone.getByRole('link', { name: 'Tasks' }).click();
  await phone.getByRole('region', { name: 'Tasks' }).getByRole('listitem').first().waitFor();
  assert.equal(await phone.getByRole('main').getByRole('button').count(), 0);
  await shot(phone, 'live-reader');
  const status = await phone.evaluate(async (task) => {
    const headers = { 'Content-Type': 'application/json' };
    const { access } = await (await fetch('/api/v1/refresh', { method: 'POST', headers, body: '{}' })).json();
    const res = await fetch(`/api/v1/tasks/${task}`, { method: 'PATCH', headers: { ...headers, Authorization: `Bearer ${access}` }, body: '{"status":"done"}' });
    return res.status;
  }, id);
  assert.equal(status, 403);
  assert.deepEqual(phone.troubles, []);
  await phone.context().close();
  await page.getByRole('link', { name: 'Tasks' }).click();
  await page.getByRole('button', { name: /^Done/ }).first().click(); // the owner may
  await page.getByRole('button', { name: /^Open again/ }).waitFor();
  await page.getByRole('link', { name: 'Calls' }).click();
});

test('the owner blocks a caller and makes a key; both work, and the log tells', { timeout: 60000 }, async () => {
  const pest = '+14155550166';
  await page.getByRole('link', { name: /^Manage/ }).click();
  await page.getByRole('link', { name: 'Blocked callers' }).click();
  await page.getByLabel('Number').fill('(415) 555-0166');
  await page.getByLabel('Why').fill('Robocalls');
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByRole('button', { name: 'Unblock (415) 555-0166' }).waitFor();
  const r = await g.call('silent', pest).ended;
  assert.doesNotMatch(r.output, /stream\.start/);
  assert.deepEqual(await g.rows(`select status from nightbell.calls where caller = '${pest}'`), [{ status: 'refused' }]);
  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByLabel('For what').fill('Wall display');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const key = await page.getByText(/^nbt_[0-9a-f]+$/).innerText();
  const ask = async (path, more) => (await fetch(`${g.url}/api/v1${path}`, { ...more, headers: { authorization: `Bearer ${key}` } })).status;
  assert.equal(await ask('/calls'), 200);
  assert.equal(await ask('/audit'), 403);
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Revoke Wall display' }).click();
  await page.getByRole('button', { name: 'Really revoke Wall display' }).click();
  await page.getByText('No keys').waitFor();
  await page.getByRole('link', { name: 'Log' }).click();
  const log = page.getByRole('region', { name: 'Log' }).getByRole('listitem');
  await log.filter({ hasText: 'Blocked a caller' }).getByText('owner@harbor.test').waitFor();
  await log.filter({ hasText: 'Revoked a key' }).getByText('owner@harbor.test').waitFor();
  await shot(page, 'live-log');
  await page.getByRole('link', { name: 'Calls' }).click();
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

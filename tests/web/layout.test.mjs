// What the page looks like and how it behaves at its edges, in a real browser
// against fixed answers. Pictures of each view stay in build/web-shots.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { barriers, launch, open, shot } from './lib/browser.mjs';
import { id, say, serve } from './lib/fixture.mjs';

describe('the page', { timeout: 600000 }, () => {
  let browser, f, page;
  before(async () => { browser = await launch(); });
  after(async () => { await browser?.close(); });
  const view = async (options = {}) => {
    f = await serve();
    Object.assign(f, options.fixture);
    page = await open(browser, { url: f.url + (options.path?.(f) ?? '/'), ...options });
  };
  const done = () => assert.deepEqual(page.troubles, []);
  afterEach(async () => {
    await page.context().close();
    await f.stop();
  });
  const transcript = () => page.getByRole('region', { name: 'What was said' });

  for (const size of ['phone', 'desk'])
    for (const dark of [false, true])
      test(`fits ${size} in ${dark ? 'dark' : 'light'}, for everybody`, async () => {
        const tag = `${size}-${dark ? 'dark' : 'light'}`;
        await view({ size, dark });
        for (const [name, path, what, words = /\(\d{3}\) 555-/] of [['calls', '/', 'Calls'], ['call', `/calls/${f.world.live}`, 'Transcript'], ['summary', `/calls/${id(2)}`, 'Transcript'],
          ['private', `/calls/${id(43)}`, 'Transcript'], ['emergency', `/calls/${id(44)}`, 'Transcript'], ['leads', '/leads', 'Leads'], ['person', `/leads/${id(502)}`, 'Person'], ['problems', '/problems', 'Problems'], ['blocked', '/blocked', 'Blocked callers'],
          ['keys', '/keys', 'Keys of programs', 'Night report'], ['log', '/log', 'Log'],
          ['appointments', '/appointments', 'Appointments'], ['tasks', '/tasks', 'Tasks'], ['texts', '/texts', 'Texts']]) {
          await page.goto(f.url + path);
          await page.getByRole('region', { name: size === 'desk' && what === 'Transcript' ? 'Calls' : what, exact: true }).getByText(words).first().waitFor();
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
          await shot(page, `${name}-${tag}`);
          assert.deepEqual(await barriers(page), [], name);
        }
        done();
      });

  test('shows what was heard, what was not, and what is unsure', async () => {
    await view();
    await transcript().getByText('tomorrow afternoon').waitFor();
    assert.equal(await transcript().locator('s').innerText(), 'to look at the furnace. When would suit you?');
    assert.equal(await transcript().locator('.unsure').innerText(), 'yes please its oh key for');
    assert.equal(await transcript().locator('p[data-final="false"]').innerText(), 'yes you can sen');
    await transcript().getByText('Tue, Nov 24, 2:00 PM – 3:30 PM').waitFor(); // New York, though the browser is in Tokyo
    done();
  });

  test('shows what is left of a call', async () => {
    await view({ path: () => `/calls/${id(2)}` });
    const summary = page.getByRole('region', { name: 'Summary' });
    await summary.getByText('Hung up before it was settled.', { exact: true }).waitFor();
    for (const words of ['water heater repair', 'Today', '12 Elm Street, Apartment 4B, Dorchester Center', 'Rheem', 'around 450 dollars'])
      await summary.getByText(words, { exact: true }).waitFor();
    await page.goto(`${f.url}/calls/${id(42)}`);
    await summary.getByText('Robocall: no call back').waitFor();
    assert.equal(await page.getByRole('region', { name: 'Calls' }).getByText('Robocall', { exact: true }).count(), 1, 'said once in the list');
    await page.goto(`${f.url}/calls/${id(43)}`);
    await transcript().getByText('not kept, at the caller’s wish').waitFor();
    await summary.getByText('Booked drain cleaning').waitFor();
    done();
  });

  test('a call that becomes private hides what was said', async () => {
    await view();
    await transcript().getByText('tomorrow afternoon').waitFor();
    f.send('call', { ...f.world.calls[0], private: true });
    await transcript().getByText('not kept, at the caller’s wish').waitFor();
    assert.equal(await transcript().getByText('tomorrow afternoon').count(), 0);
    f.send('segment', say(f.world.live, 9, 'caller', 40000, 'still here'));
    f.send('call', { ...f.world.calls[0], private: true, name: 'Pat' });
    await page.getByRole('heading', { name: 'Pat' }).waitFor();
    assert.equal(await transcript().getByText('still here').count(), 0);
    done();
  });

  test('speech grows, settles, and is told once to a screen reader', async () => {
    await view();
    await transcript().getByText('yes you can sen').waitFor();
    f.partial(say(f.world.live, 8, 'caller', 33100, 'yes you can send it', { rev: 2, final: false, stream: undefined }));
    await transcript().getByText('yes you can send it').waitFor();
    f.send('segment', say(f.world.live, 8, 'caller', 33100, 'Yes, you can send it.', { rev: 3 }));
    await transcript().getByText('Yes, you can send it.').waitFor();
    f.partial(say(f.world.live, 8, 'caller', 33100, 'yes you can', { rev: 2, final: false })); // late
    f.send('segment', say(f.world.live, 9, 'assistant', 36000, 'It is on its way.'));
    await transcript().getByText('It is on its way.').waitFor();
    assert.equal(await transcript().getByText('yes you can', { exact: true }).count(), 0);
    assert.equal(await page.getByRole('log').getByText('Yes, you can send it.').count(), 1);
    const noise = (text) => f.partial(say(f.world.live, 10, 'caller', 38000, text, { rev: 0, final: false }));
    noise('and so');
    await transcript().getByText('and so').waitFor();
    noise(''); // it was nothing
    await transcript().getByText('and so').waitFor({ state: 'detached' });
    assert.equal(await transcript().locator('[data-leg=caller]').filter({ hasNotText: /\w/ }).count(), 0, 'no empty line is left');
    f.partial(say(f.world.live, 8, 'caller', 33100, '', { rev: 0, final: false })); // late
    f.send('segment', say(f.world.live, 11, 'assistant', 39000, 'Anything else?'));
    await transcript().getByText('Anything else?').waitFor();
    assert.equal(await transcript().getByText('Yes, you can send it.').count(), 1);
    done();
  });

  test('a text and a new call appear without asking', async () => {
    await view();
    await transcript().getByText('tomorrow afternoon').waitFor();
    f.send('message', { ...f.world.messages[0], id: id(810), call: f.world.live, status: 'queued', body: 'Booked: Tue 2 PM', at: '2026-11-23T19:04:00Z' });
    await transcript().getByText('Booked: Tue 2 PM').waitFor();
    f.send('message', { ...f.world.messages[0], id: id(810), call: f.world.live, status: 'delivered', body: 'Booked: Tue 2 PM', at: '2026-11-23T19:04:00Z' });
    await transcript().getByText('Delivered').waitFor();
    f.send('call', { ...f.world.calls[0], id: id(77), caller: '+12125550188', lead: null, started_at: '2026-11-23T19:05:00Z' });
    const calls = page.getByRole('region', { name: 'Calls', exact: true });
    await calls.getByText('(212) 555-0188').waitFor();
    assert.match(await calls.getByRole('link').first().innerText(), /555-0188/);
    done();
  });

  test('comes back after a lost connection from where it was', async () => {
    await view();
    await page.getByText('Up to date').waitFor();
    f.send('call', { ...f.world.calls[0], name: 'Dana' });
    await page.getByRole('heading', { name: 'Dana' }).waitFor();
    f.hold(); // the browser is quick to come back: what is said meanwhile must be seen
    f.drop();
    await page.getByText('Reconnecting').waitFor();
    f.send('call', { ...f.world.calls[0], name: 'Dana Whitfield' });
    f.release();
    await page.getByText('Up to date').waitFor();
    await page.getByRole('heading', { name: 'Dana Whitfield' }).waitFor();
    assert.deepEqual(f.connects, [10, 11]);
    done();
  });

  test('says when the gateway has trouble, and goes on by itself', async () => {
    await view();
    await page.getByText('Up to date').waitFor();
    f.refuse = true;
    f.drop();
    await page.getByText('Reconnecting').waitFor();
    await shot(page, 'lost');
    await page.reload();
    await page.getByText('The database is not reachable now.').waitFor();
    await shot(page, 'error');
    f.refuse = false;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('Up to date').waitFor();
    done();
  });

  test('nothing yet', async () => {
    f = await serve({ calls: [], segments: new Map(), leads: [], appointments: [], tasks: [], messages: [], outbox: [], live: null });
    page = await open(browser, { url: f.url });
    for (const text of ['No calls yet', 'Nothing booked', 'Nothing to do', 'Waiting for a call']) await page.getByText(text).waitFor();
    await shot(page, 'empty');
    for (const view of ['Leads', 'Appointments', 'Tasks', 'Texts']) {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByText(`No ${view.toLowerCase()}`).waitFor();
    }
    assert.deepEqual(await barriers(page), []);
  });

  test('a long list is read page by page', async () => {
    await view({ fixture: { page: 4 } });
    const calls = page.getByRole('region', { name: 'Calls', exact: true });
    const rows = calls.getByRole('link');
    await rows.first().waitFor();
    assert.equal(await rows.count(), 4);
    const more = calls.getByRole('button', { name: 'Show more' });
    await more.click();
    await rows.nth(7).waitFor();
    await more.click();
    await more.waitFor({ state: 'detached' });
    assert.equal(await rows.count(), f.world.calls.length);
    done();
  });

  test('asks for the mail address, and says where to look', async () => {
    f = await serve();
    f.signedIn = false;
    page = await open(browser, { url: f.url });
    await page.getByLabel('E-mail').fill('owner@harbor.test');
    await shot(page, 'ask');
    assert.deepEqual(await barriers(page), []);
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Look into your mail').waitFor();
    await shot(page, 'ask-sent');
    assert.deepEqual(await barriers(page), []);
    await page.getByRole('button', { name: 'another address' }).click();
    await page.getByLabel('E-mail').waitFor();
    done();
  });

  test('tasks are done and problems sent again, but not by readers', async () => {
    await view({ path: () => '/tasks' });
    await page.getByRole('button', { name: 'Done: Tom Okafor' }).click();
    await page.getByRole('button', { name: 'Open again: Tom Okafor' }).waitFor();
    await page.getByRole('link', { name: 'Look at them' }).click();
    await page.getByRole('button', { name: 'Send again to +16175550142' }).click();
    await page.getByText('30006').waitFor({ state: 'detached' });
    assert.deepEqual(f.changes, [`PATCH /api/v1/tasks/${id(701)}`, `POST /api/v1/outbox/${id(601)}/redrive`]);
    f.role = 'viewer';
    for (const [path, words] of [['/tasks'], ['/problems'], ['/blocked', '(800) 555-0199'], ['/keys', 'Only owners see this'], ['/log', 'Only owners see this'], ['/']]) {
      await page.goto(f.url + path);
      await page.getByText('Read only').waitFor();
      await page.getByText(words ?? 'Tom Okafor').first().waitFor();
      assert.equal(await page.getByRole('main').getByRole('button').count(), 0, path);
    }
    await shot(page, 'reader');
    done();
  });

  test('callers are blocked and unblocked', async () => {
    await view({ path: () => '/blocked', size: 'phone' });
    const list = page.getByRole('region', { name: 'Blocked callers' });
    await list.getByText('(800) 555-0199').waitFor();
    await page.getByLabel('Number').fill('555-01');
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByRole('alert').getByText('country code').waitFor();
    await page.getByLabel('Number').fill('(212) 555-0142');
    await page.getByLabel('Why').fill('Sells warranties');
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await list.getByText('Sells warranties').waitFor();
    assert.equal(await page.getByLabel('Number').inputValue(), '');
    await page.getByRole('button', { name: 'Unblock (800) 555-0199' }).click();
    await list.getByText('(800) 555-0199').waitFor({ state: 'detached' });
    assert.deepEqual(f.changes, ['POST /api/v1/blocked {"number":"+12125550142","reason":"Sells warranties"}', 'DELETE /api/v1/blocked/ {}']);
    done();
  });

  test('a key is shown once, and revoked after a second thought', async () => {
    await view({ path: () => '/keys' });
    const list = page.getByRole('region', { name: 'Keys of programs' });
    await list.getByText('Night report').waitFor();
    await page.getByLabel('For what').fill('Backup');
    await page.getByLabel('It may').selectOption('staff');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const key = list.getByText(/^nbt_[0-9a-f]{64}$/);
    await key.waitFor();
    await shot(page, 'key-made');
    assert.deepEqual(await barriers(page), []);
    await page.getByRole('button', { name: 'I have it' }).click();
    await key.waitFor({ state: 'detached' });
    await list.getByText('Backup').waitFor();
    await page.getByRole('button', { name: 'Revoke Night report' }).click();
    await page.getByRole('button', { name: 'Keep Night report' }).click();
    await page.getByRole('button', { name: 'Revoke Night report' }).click();
    await page.getByRole('button', { name: 'Really revoke Night report' }).click();
    await list.getByText('Night report').waitFor({ state: 'detached' });
    assert.deepEqual(f.changes, ['POST /api/v1/tokens {"name":"Backup","role":"staff","days":90}', 'DELETE /api/v1/tokens/ {}']);
    done();
  });

  test('the log says who did what', async () => {
    await view({ path: () => '/log' });
    const log = page.getByRole('region', { name: 'Log' });
    const line = (words) => log.getByRole('listitem').filter({ hasText: words });
    await line('Blocked a caller').getByText('owner@harbor.test').waitFor();
    await line('Blocked a caller').getByText('(800) 555-0199 · Robocalls').waitFor();
    await line('Changed a task').getByText('Somebody who left').waitFor();
    await line('Let somebody in').getByText('On the machine').waitFor();
    done();
  });

  test('a number without registration is a problem until somebody says that it is done', async () => {
    await view();
    await page.getByText('The carrier takes no texts from your number.').waitFor();
    await page.getByRole('link', { name: 'Manage: 3 problems' }).click();
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText('(415) 555-0100 sends no texts').waitFor();
    await problems.getByText('3 texts wait').waitFor();
    await page.getByRole('button', { name: '(415) 555-0100 is registered now' }).click();
    await problems.getByText('(415) 555-0100 sends no texts').waitFor({ state: 'detached' });
    assert.deepEqual(f.changes, [`PATCH /api/v1/tasks/${id(704)}`]);
    await page.getByRole('link', { name: 'Manage: 2 problems' }).waitFor();
    done();
  });

  test('what is tried again is a problem, too, as long as it is not sent', async () => {
    const late = { id: id(603), kind: 'sms', state: 'queued', to: '+16175550199', text: 'We missed your call.', attempt: 4,
      error: '503: the carrier has trouble', due_at: new Date(Date.now() + 60000).toISOString(), created_at: new Date().toISOString(), done_at: null };
    await view();
    f.world.numbers = [];
    f.world.outbox = [late, { ...late, id: id(604), to: '+16175550198', state: 'unsure', attempt: 1, error: null }, { ...late, id: id(605), to: '+16175550197', attempt: 0, error: null }];
    await page.goto(`${f.url}/problems`);
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText('Not sent yet').waitFor();
    await problems.getByText('503: the carrier has trouble').waitFor();
    await problems.getByText(/The next try: .*; tried 4 times\./).waitFor();
    await problems.getByText('Whether it went out is looked up before it is sent again; tried once.').waitFor();
    assert.equal(await problems.getByText('(617) 555-0197').count(), 0, 'what is not due is no problem');
    assert.equal(await problems.getByText('No problems').count(), 0);
    assert.deepEqual(await barriers(page), []);
    f.world.outbox = [];
    await problems.getByText('No problems').waitFor();
    done();
  });

  test('an address that is none, a number that is not all, a narrow screen', async () => {
    await view({ path: () => '/nosuchpage', fixture: { page: 1 } });
    await page.getByText('There is no such page').waitFor();
    await page.getByText('To the calls').click();
    await page.getByRole('region', { name: 'Calls', exact: true }).getByText('1+ now').waitFor();
    await page.setViewportSize({ width: 320, height: 640 });
    const name = page.getByRole('heading', { name: 'Harbor Heating and Plumbing' });
    const cut = await name.evaluate((h) => h.scrollHeight - h.clientHeight + (h.scrollWidth - h.clientWidth));
    assert.ok(cut <= 0, `${cut} px of the name are cut`);
    assert.ok((await name.boundingBox()).width > 200);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(await barriers(page), []);
    done();
  });

  test('who has two businesses chooses, and the tab remembers', async () => {
    await view({ fixture: { businesses: 2 } });
    await page.getByText('Up to date').waitFor();
    await shot(page, 'businesses');
    assert.deepEqual(await barriers(page), []);
    await page.getByLabel('Business').selectOption('Northside Electric');
    await page.getByRole('heading', { name: 'Northside Electric' }).waitFor();
    await page.getByText('Up to date').waitFor();
    assert.equal(f.asked, id(3));
    await page.reload();
    await page.getByRole('heading', { name: 'Northside Electric' }).waitFor();
    done();
  });

  test('an old access token is renewed by itself', async () => {
    await view();
    await page.getByText('Up to date').waitFor();
    f.token = 'the gateway wants another one';
    const read = page.waitForResponse((r) => r.url().includes(`/calls/${id(2)}`) && r.status() === 200);
    await page.getByRole('region', { name: 'Calls', exact: true }).getByText('Tom Okafor').click();
    await read;
    assert.equal(f.refreshes, 2);
    done();
  });

  test('signing out, and a link that is used up', async () => {
    await view();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    f.refuse = true;
    await page.goto(`${f.url}/sign-in#token=used`);
    await page.getByRole('alert').getByText('not reachable').waitFor();
    f.refuse = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').getByText('too old').waitFor();
    assert.equal(await page.evaluate(() => location.hash), '');
    await shot(page, 'sign-in');
    assert.deepEqual(await barriers(page), []);
    done();
  });

  test('a link opened where the page asks for the address signs in', async () => {
    f = await serve();
    f.signedIn = false;
    page = await open(browser, { url: `${f.url}/sign-in` });
    await page.getByLabel('E-mail').waitFor();
    for (const token of ['old', 'older']) { // the second one after the first was refused
      const asked = page.waitForRequest((r) => r.url().endsWith('/api/v1/sign-in') && r.postData()?.includes(`"${token}"`));
      await page.evaluate((t) => { location.hash = `token=${t}`; }, token);
      await asked;
      await page.getByRole('alert').getByText('too old').waitFor();
      assert.equal(await page.evaluate(() => location.hash), '');
    }
    done();
  });

  test('a long text is read whole, and one without a call leads to who wrote it', async () => {
    await view({ path: () => '/texts', size: 'phone' });
    const texts = page.getByRole('region', { name: 'Texts' });
    const long = texts.getByText('about the water heater in the basement');
    await long.waitFor();
    const cut = () => long.evaluate((e) => e.scrollHeight > e.clientHeight + 1);
    assert.equal(await cut(), true);
    const row = texts.getByRole('listitem').filter({ hasText: 'the basement' });
    await row.getByRole('button', { name: 'Show all' }).click();
    await row.getByRole('button', { name: 'Show less' }).waitFor();
    assert.equal(await cut(), false);
    await shot(page, 'text-open');
    assert.deepEqual(await barriers(page), []);
    assert.equal(await texts.getByRole('listitem').filter({ hasText: 'side door' }).getByRole('button').count(), 0, 'nothing more to show');
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'Tom Okafor' }).waitFor();
    done();
  });

  test('works with the keyboard on a phone', async () => {
    await view({ size: 'phone' });
    const calls = page.getByRole('region', { name: 'Calls', exact: true });
    await calls.getByRole('link').first().focus();
    await page.keyboard.press('Enter');
    await transcript().getByText('tomorrow afternoon').waitFor();
    await page.getByRole('button', { name: 'Back to calls' }).focus();
    await page.keyboard.press('Enter');
    await calls.getByRole('link').first().waitFor();
    await page.getByRole('link', { name: 'Texts' }).click();
    await page.getByText('the side door is open').waitFor();
    await page.goBack();
    await calls.getByRole('link').first().waitFor();
    done();
  });
});

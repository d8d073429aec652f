// Debian's Chromium, quiet and alone.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const shots = join(root, 'build/web-shots');

export function launch(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
  });
}

export const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } };

/** A page that remembers what went wrong in it. lax: scripts of a test's own may run in it, against its policy. */
export async function open(browser, { size = 'desk', dark = false, calm = false, lax = false, url }) {
  const context = await browser.newContext({
    bypassCSP: lax, viewport: SIZES[size], colorScheme: dark ? 'dark' : 'light', reducedMotion: calm ? 'reduce' : 'no-preference', timezoneId: 'Asia/Tokyo', locale: 'en-US',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  page.troubles = [];
  page.on('pageerror', (e) => page.troubles.push(String(e)));
  page.on('console', (m) => {
    // What the gateway refuses is part of the tests; policy violations and warnings are not.
    if (['error', 'warning'].includes(m.type()) && !/status of [45]\d\d|net::ERR/.test(m.text())) page.troubles.push(m.text());
  });
  await page.goto(url);
  return page;
}

/** What fades in has done so. */
const settle = (page) => page.evaluate(() => Promise.all(
  document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {}))));

export async function shot(page, name) {
  await settle(page);
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What stands in the way of people who see, hear or point differently. */
export async function barriers(page) {
  await settle(page); // what fades in has no fair contrast yet
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.html} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
}

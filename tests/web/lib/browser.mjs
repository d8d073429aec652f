// Debian's Chromium, quiet and alone.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const shots = join(root, 'build/web-shots');

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } };

/** A page that remembers what went wrong in it. */
export async function open(browser, { size = 'desk', dark = false, url }) {
  const context = await browser.newContext({
    viewport: SIZES[size], colorScheme: dark ? 'dark' : 'light', timezoneId: 'Asia/Tokyo', locale: 'en-US',
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

export async function shot(page, name) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

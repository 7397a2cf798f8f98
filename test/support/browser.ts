import { existsSync } from 'node:fs';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why no browser test can run here; `false` where one can. */
export const browserMissing: string | false = existsSync(CHROMIUM)
  ? false
  : `NO BROWSER TEST IS RUN: there is no ${CHROMIUM}. Install Chromium, or name one in CHROMIUM.`;

/** A real Chromium that talks to nobody but the pages it is sent to. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A process for each thing that is drawn costs more than it does.
      '--in-process-gpu',
      '--renderer-process-limit=1',
    ],
  });

export interface WatchedPage {
  readonly page: Page;
  /** Everything that went wrong in it: errors and warnings on its console, failed requests, requests to elsewhere. */
  readonly complaints: readonly string[];
}

/** A profile: pages of one share what the browser has loaded. */
export const openProfile = (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> =>
  browser.newContext({ reducedMotion: 'reduce', ...options });

/** @param origin the only one that the page may talk to */
export const openPage = async (profile: BrowserContext, origin: string): Promise<WatchedPage> => {
  const page = await profile.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) complaints.push(`request to ${request.url()}`);
  });
  return { page, complaints };
};

import { after } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { openPage, openProfile, startBrowser, type WatchedPage } from '../../support/browser.ts';
import { type E2eWorld, startE2eWorld } from '../../support/e2e-world.ts';

/** The console of a proxy whose tokens live for four seconds, in a page that was loaded once. */
export interface TheConsole {
  readonly world: E2eWorld;
  readonly profile: BrowserContext;
  /** What is visited is a part of its address. */
  readonly watched: WatchedPage;
}

export const WIDE = { width: 1280, height: 860 };
export const DESKTOP: BrowserContextOptions = { viewport: WIDE };

let browser: Promise<Browser> | undefined;
let opened: Promise<TheConsole> | undefined;

/** The browser of all tests: to start one takes longer than most of them. It ends after the last. */
export const theBrowser = (): Promise<Browser> => {
  browser ??= startBrowser();
  return browser;
};

/** The same for all tests, which leave it in the middle of something. */
export const theConsole = (): Promise<TheConsole> => {
  opened ??= openConsole();
  return opened;
};

const openConsole = async (): Promise<TheConsole> => {
  const [running, world] = await Promise.all([
    theBrowser(),
    startE2eWorld({ sandbox: { tokenLifetime: 4, throttle: false } }),
  ]);
  const profile = await openProfile(running, DESKTOP);
  return { world, profile, watched: await openPage(profile, world.proxy.adminUrl) };
};

after(async () => {
  await (await browser)?.close();
  await (await opened)?.world[Symbol.asyncDispose]();
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { openPage, openProfile, startBrowser } from '../test/support/browser.ts';
import { type ConsoleState, STATES, startConsoleWorld } from './console-pictures/states.ts';

/**
 * `npm run console:pictures`: the console in each of its states, on a phone, a laptop and a large screen, light and
 * dark, into `docs/images`. Chromium makes WebP of them, which is a third of PNG. `--only NAME` makes those of some states.
 */

const SIZES = [
  { width: 390, height: 844 },
  { width: 1280, height: 860 },
  { width: 1920, height: 1080 },
];
/** A busy machine is no reason to begin anew. */
const PATIENCE_MS = 180_000;
const SCHEMES = ['light', 'dark'] as const;

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, folder: { type: 'string' }, png: { type: 'boolean' } },
});
const folder = values.folder ?? join(import.meta.dirname, '../docs/images');

const webpOf = async (page: Page, png: Buffer): Promise<Buffer> => {
  const encoded = await page.evaluate(`(async () => {
    const answer = await fetch('data:image/png;base64,${png.toString('base64')}');
    const bitmap = await createImageBitmap(await answer.blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const webp = await canvas.convertToBlob({ type: 'image/webp', quality: 0.5 });
    return btoa(Array.from(new Uint8Array(await webp.arrayBuffer()), (it) => String.fromCharCode(it)).join(''));
  })()`);
  return Buffer.from(String(encoded), 'base64');
};

const picture = async (browser: Browser, state: ConsoleState, encoder: Page): Promise<void> => {
  await using world = await startConsoleWorld(state);
  for (const viewport of SIZES) {
    for (const colorScheme of SCHEMES) {
      const profile = await openProfile(browser, { viewport, colorScheme });
      const { page } = await openPage(profile, world.adminUrl);
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`${world.adminUrl}/console/#${state.hash}`);
      await state.reach?.(page, world);
      await page.evaluate('document.activeElement?.blur()');
      const png = await page.screenshot({ fullPage: state.whole === true });
      const name = `${state.name}-${viewport.width}-${colorScheme}`;
      if (values.png === true) await writeFile(join(folder, `${name}.png`), png);
      else await writeFile(join(folder, `${name}.webp`), await webpOf(encoder, png));
      await profile.close();
    }
  }
  process.stdout.write(`${state.name}\n`);
};

/** A page that shows them all, to be looked through. */
const indexOf = (names: readonly string[]): string =>
  [
    '# The console in pictures',
    '',
    'Made by `npm run console:pictures`.',
    ...names.flatMap((name) => [
      '',
      `## ${name}`,
      '',
      '| light | dark |',
      '|---|---|',
      ...SIZES.map(({ width }) => {
        const cells = SCHEMES.map((scheme) => `![${name}](${name}-${width}-${scheme}.webp)`);
        return `| ${cells.join(' | ')} |`;
      }),
    ]),
    '',
  ].join('\n');

await mkdir(folder, { recursive: true });
const browser = await startBrowser();
try {
  const encoder = await (await openProfile(browser)).newPage();
  for (const state of STATES.filter(({ name }) => values.only?.includes(name) ?? true)) {
    await picture(browser, state, encoder);
  }
  if (values.only === undefined && values.png !== true) {
    await writeFile(join(folder, 'README.md'), indexOf(STATES.map(({ name }) => name)));
  }
} finally {
  await browser.close();
}

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { browserMissing, openPage, openProfile } from '../../support/browser.ts';
import { startE2eWorld } from '../../support/e2e-world.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { DESKTOP, theBrowser } from './the-console.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const VIOLATIONS = `axe.run(document).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;

describe('The console in trouble', { skip: browserMissing }, () => {
  const newProfile = async () => openProfile(await theBrowser(), DESKTOP);

  const open = async (profile: BrowserContext, adminUrl: string, hash: string): Promise<Page> => {
    const { page } = await openPage(profile, adminUrl);
    await page.goto(`${adminUrl}/console/#${hash}`);
    return page;
  };

  test('says that calls to Adobe fail, since when, and what to do; reports heal by themselves', async () => {
    await using world = await startE2eWorld({ sandbox: { throttle: false } });
    const { adminUrl } = world.proxy;
    await using profile = await newProfile();
    const page = await open(
      profile,
      adminUrl,
      '/reports/year/month/day/mvpd?mvpd!=Cablenova&~range=last-week',
    );
    await page.getByRole('grid').waitFor();
    const heal = world.sandbox.control.answerStatus(503, { on: 'report' });
    await page.getByLabel('Range').selectOption('Last month');
    await page.getByRole('alert').getByText('The report API answered 503').waitFor();
    // Where we are and what was chosen stays.
    await page
      .getByRole('navigation', { name: 'Related reports' })
      .getByRole('link', { name: 'Tenant' })
      .waitFor();
    await page.getByRole('button', { name: 'Remove the filter MVPD is not Cablenova' }).waitFor();
    await page.getByRole('button', { name: 'Retry' }).waitFor();

    const status = await open(profile, adminUrl, '/status');
    const alert = status.getByRole('alert');
    await alert.getByText('Calls to Adobe fail').waitFor();
    await alert.getByText('Adobe answered 503 · since').waitFor();
    await alert.getByText('The fault is at Adobe').waitFor();
    await status.getByText('Adobe fails', { exact: true }).waitFor();
    await status.evaluate(await readFile(AXE, 'utf8'));
    assert.deepEqual(await status.evaluate(VIOLATIONS), []);

    heal();
    await world.get('/year');
    await status.getByText('Ready', { exact: true }).waitFor();
    await page.getByRole('grid').waitFor();
  });

  test('asks for a caller token where the proxy wants one, and keeps it in memory', async () => {
    const sha256 = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
    await using world = await startE2eWorld({
      sandbox: { throttle: false },
      settings: { LISTEN_CALLER_TOKENS: JSON.stringify([{ name: 'analyst', sha256 }]) },
    });
    await using profile = await newProfile();
    const page = await open(profile, world.proxy.adminUrl, '/reports/year/month');
    const give = async (token: string): Promise<void> => {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Use token' }).click();
    };
    await page.getByText('Reports need a token').waitFor();
    await page.evaluate(await readFile(AXE, 'utf8'));
    assert.deepEqual(await page.evaluate(VIOLATIONS), []);
    await give('wrong');
    await page.getByText('is not one of this proxy’s').waitFor();
    await give('secret');
    await page.getByRole('grid').waitFor();
    await page.getByText('-H "X-Cmu-Proxy-Token: $TOKEN"').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^report__.*\.csv$/);
    assert.equal(
      await page.evaluate('JSON.stringify([localStorage, sessionStorage]).includes("secret")'),
      false,
    );
    await page.reload();
    await page.getByText('Reports need a token').waitFor();
  });

  test('says how to reach reports on a Unix socket', async () => {
    await using folder = await temporaryFolder();
    const socket = folder.file('reports.sock');
    await using world = await startE2eWorld({
      sandbox: { throttle: false },
      settings: { LISTEN_SOCKET_PATH: socket },
    });
    await using profile = await newProfile();
    const page = await open(profile, world.proxy.adminUrl, '/reports');
    await page.getByText('Reports are not served here').waitFor();
    await page.getByText(`curl --unix-socket ${socket} 'http://localhost/cmu/v2/year/month'`).waitFor();
  });
});

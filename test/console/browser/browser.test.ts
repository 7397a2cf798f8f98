import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { browserMissing, openPage, openProfile, type WatchedPage } from '../../support/browser.ts';
import { type E2eWorld, until } from '../../support/e2e-world.ts';
import { brands, startServiceWorld } from '../../support/service-world.ts';
import { DESKTOP, theBrowser, theConsole, WIDE } from './the-console.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const NARROW = { width: 390, height: 844 };

/** Run in the page: who has the focus, and whether something is drawn in the colours of the palette. */
const FOCUSED = 'document.activeElement.textContent';
const COLOURED_PIXELS = `(() => {
  const canvas = document.querySelector('.chart canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0 && Math.abs(data[i] - data[i + 2]) > 60) coloured++;
  return coloured;
})()`;
const TO_THE_END = "document.querySelector('.scroll').scrollTo(0, 1e9)";

/** Names the rules of axe-core that the page breaks, and where. */
const VIOLATIONS = (rules: string): string => `axe.run(${rules}).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`;

if (browserMissing !== false) process.stderr.write(`\n*** ${browserMissing} ***\n\n`);

describe('The console in Chromium', { skip: browserMissing }, () => {
  let profile: BrowserContext;
  let world: E2eWorld;
  let console: WatchedPage;

  before(async () => {
    ({ world, profile, watched: console } = await theConsole());
  });

  // A page that is open goes on drawing what happens.
  after(() => console.page.close());

  /** Goes there, does something, and expects the browser to have nothing to complain about. */
  const visit = async (hash: string, look: (page: Page) => Promise<void>): Promise<void> => {
    const { page, complaints } = console;
    const address = `${world.proxy.adminUrl}/console/#`;
    const before = complaints.length;
    try {
      // From a page that has nothing of a report, or what a test before has left would be looked at.
      await page.goto(`${address}/actions`);
      await page.getByRole('heading', { name: 'Actions' }).waitFor();
      await page.goto(address + hash);
      await look(page);
      assert.deepEqual(complaints.slice(before), []);
    } catch (error) {
      await page.goto('about:blank');
      throw error;
    }
  };

  const way = (page: Page, name: string) =>
    page.getByRole('navigation', { name: 'Related reports' }).getByRole('link', { name, exact: true });
  /** The report that is asked for has come, and is drawn. */
  const delivered = (page: Page) => page.locator('.result[aria-busy="false"] .chart').waitFor();
  const reportTargets = (): string[] =>
    world.sandbox
      .requests()
      .filter(({ kind }) => kind === 'report')
      .map(({ target }) => target);

  test('follows the tokens as they rotate', () =>
    visit('/status', async (page) => {
      await page.getByText('Ready', { exact: true }).waitFor();
      const received = page.getByText(/^Received a token that expires at/);
      await received.nth(await received.count()).waitFor();
      await page.locator('.plot canvas').waitFor();
      assert.ok((await page.locator('.tile').first().textContent())?.includes('in all'));
    }));

  test('tells when the connection to the proxy is lost', async () => {
    const { page } = await openPage(profile, world.proxy.adminUrl);
    await page.route('**/api/events', (route) => route.abort());
    await page.goto(`${world.proxy.adminUrl}/console/`);
    await page.getByText('Waiting for the proxy…').waitFor();
    await page.close();
  });

  test('walks down the tree by its links and back up, and the address says where', () =>
    visit('/reports/year/month', async (page) => {
      await way(page, 'MVPD').click();
      await delivered(page);
      assert.match(page.url(), /#\/reports\/year\/month\/mvpd$/);
      await page.getByRole('columnheader', { name: 'MVPD' }).waitFor();
      await way(page, 'Month').click();
      await page.waitForURL(/#\/reports\/year\/month$/);
      await page.goBack();
      await page.getByRole('columnheader', { name: 'MVPD' }).waitFor();
    }));

  test('asks for what is chosen: filters byte for byte, range, granularity, metrics, rows', () =>
    visit('/reports/year/month/mvpd', async (page) => {
      await delivered(page);
      await page.getByRole('button', { name: 'Filters' }).click();
      await page.getByLabel('Comparison').selectOption('!=');
      await page.getByLabel('Value to filter by').fill('Cable & Sons, Ltd');
      await page.getByRole('button', { name: 'Add filter' }).click();
      await page.getByLabel('Granularity').selectOption('day');
      await page.getByLabel('Range').selectOption('Last 7 days');
      await page.getByRole('combobox', { name: 'Rows' }).selectOption('Up to 100');
      await page.getByRole('button', { name: 'Metrics' }).click();
      await page.getByRole('checkbox', { name: 'Killed sessions' }).check();
      const start = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);
      const query = `start=${start}T00:00:00&mvpd!=Cable%20%26%20Sons%2C%20Ltd&metrics=killed-sessions&limit=100`;
      const target = `/cmu/v2/year/month/day/mvpd?${query}`;
      await page.getByText(`curl '${world.url.replace('/cmu/v2', '')}${target}'`).waitFor();
      await delivered(page);
      await page.getByRole('columnheader', { name: 'Killed sessions' }).waitFor();
      assert.ok(reportTargets().includes(target), target);
      await page.getByRole('button', { name: /Remove the filter/ }).click();
      await page.waitForURL((url) => !url.hash.includes('mvpd!='));
    }));

  test('whoever is quicker than the page is drawn loses nothing of what was chosen', () =>
    visit('/reports/year/month/mvpd', async (page) => {
      await delivered(page);
      await page.getByRole('button', { name: 'Metrics' }).click();
      await page.evaluate(`
        const choose = (label, value) => {
          const labels = [...document.querySelectorAll('.controls label')];
          const field = labels.find((it) => it.textContent.startsWith(label)).querySelector('select');
          field.value = value;
          field.dispatchEvent(new Event('change', { bubbles: true }));
        };
        choose('Range', '7d');
        choose('Rows', '100');
        choose('Granularity', 'day');
        for (const box of [...document.querySelectorAll('.panel input')].slice(0, 2)) box.click();
      `);
      await page.waitForURL(({ hash }) =>
        /month\/day\/mvpd\?metrics=[a-z-]+,[a-z-]+&limit=100&~range=7d$/.test(hash),
      );
      assert.match(await page.getByText(/^curl /).innerText(), /metrics=[a-z-]+,[a-z-]+&limit=100'$/);
    }));

  test('opens menus that close on Escape, which keeps the focus, and on clicks elsewhere', () =>
    visit('/reports/year/month/mvpd', async (page) => {
      await delivered(page);
      const menu = page.getByRole('button', { name: 'Metrics' });
      const box = page.getByRole('checkbox', { name: 'Killed sessions' });
      await menu.click();
      await box.focus();
      await page.keyboard.press('Escape');
      await box.waitFor({ state: 'hidden' });
      assert.match(await page.evaluate<string>(FOCUSED), /^As the API decides/);
      await menu.click();
      await box.waitFor();
      await page.getByRole('heading', { level: 1 }).click();
      await box.waitFor({ state: 'hidden' });
    }));

  test('draws lines and stacks over time, a line for each level, and bars by dimension', async () => {
    for (const path of [
      '/year/month/day/mvpd',
      '/year/month/day/mvpd?~as=stacked',
      '/year/month/concurrency-level',
    ]) {
      await visit(`/reports${path}`, async (page) => {
        await page.locator('.chart canvas').waitFor();
        await delivered(page);
        const coloured = await page.evaluate<number>(COLOURED_PIXELS);
        assert.ok(coloured > 200, `${path}: ${coloured}`);
      });
    }
    await visit('/reports/mvpd', async (page) => {
      await page.locator('.bars li').first().waitFor();
      assert.equal(await page.locator('.bars li').count(), 12);
    });
  });

  test('sorts and scrolls thousands of rows with few of them in the page, and one stop for Tab', () =>
    visit('/reports/year/month/day/mvpd/tenant?~range=12m&limit=100000&~rows=all', async (page) => {
      await delivered(page);
      const rows = Number((await page.getByRole('grid').getAttribute('aria-rowcount')) ?? 0);
      assert.ok(rows > 10_000, `${rows}`);
      await page.getByRole('button', { name: 'Active users' }).click();
      await page.locator('th[aria-sort=descending]').waitFor();
      const largest = await page.locator('tbody tr[aria-rowindex="2"] td.metric').first().textContent();
      await page.getByRole('button', { name: 'Active users' }).click();
      await page.locator('th[aria-sort=ascending]').waitFor();
      await page.evaluate(TO_THE_END);
      const last = page.locator(`tbody tr[aria-rowindex="${rows}"] td.metric`).first();
      await last.waitFor();
      assert.equal(await last.textContent(), largest);
      assert.ok((await page.locator('tbody tr').count()) < 80);
      assert.equal(await page.locator('.table [tabindex="0"]').count(), 1);
    }));

  test('goes through a table with arrows, and filters by the cell with Enter', () =>
    visit('/reports/year/month/day/mvpd?~range=last-week', async (page) => {
      await delivered(page);
      await page.getByRole('columnheader', { name: 'MVPD' }).getByRole('button').focus();
      await page.keyboard.press('ArrowDown');
      await page.locator('[data-cell="1:0"]:focus').waitFor();
      assert.equal(await page.evaluate<string>(FOCUSED), 'Cablenova');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove the filter MVPD is Cablenova' }).waitFor();
      await delivered(page);
      assert.ok(await page.evaluate('document.activeElement !== document.body'));
    }));

  test('tells that rows were cut off, at any limit, and gets the rest', () =>
    visit('/reports/year/month/day/mvpd/tenant?~range=90d&limit=1000', async (page) => {
      await page.getByText('Cut off at 1,000 rows.').waitFor();
      await page.getByText('The last day may lack rows').waitFor();
      await page.getByRole('button', { name: 'Get up to 10,000' }).click();
      await page.getByText('The last day is not over').waitFor();
      assert.equal(await page.getByText('Cut off at').count(), 0);
    }));

  test('adds no users up, and shows them apart instead', () =>
    visit(
      '/reports/tenant/year/month/day/mvpd?~range=last-week&~by=mvpd&metrics=active-users',
      async (page) => {
        await page.getByText('Users are not added up over tenants').waitFor();
        await page.getByRole('button', { name: 'Group by MVPD and tenant' }).click();
        await page.locator('.chart canvas').waitFor();
      },
    ));

  test('gives the chart as picture and table, and the report as CSV under the name that Adobe gives it', () =>
    visit('/reports/year/month', async (page) => {
      await delivered(page);
      const [figures] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'CSV', exact: true }).click(),
      ]);
      assert.match(await readFile(await figures.path(), 'utf8'), /^month,Active users\r\n\d{4}-\d\d,\d+\r\n/);
      const [picture] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'PNG' }).click(),
      ]);
      assert.equal((await readFile(await picture.path())).subarray(1, 4).toString(), 'PNG');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download CSV' }).click(),
      ]);
      assert.match(download.suggestedFilename(), /^report__.*\.csv$/);
      const text = await readFile(await download.path(), 'utf8');
      assert.match(text, /^year,month,active-users,/);
    }));

  test('shows what Adobe or the proxy answers instead of a report', async () => {
    // The browser complains about both.
    const { page } = console;
    await page.goto(`${world.proxy.adminUrl}/console/#/reports/year/platform`);
    await page.getByRole('alert').getByText('The report API answered 404').waitFor();
    await page.goto(`${world.proxy.adminUrl}/console/#/reports/a;b`);
    await page.getByRole('alert').getByText('The request target cannot be served').waitFor();
  });

  test('finds reports by the words of their dimensions', () =>
    visit('/reports', async (page) => {
      await page.getByLabel('Or search all reports').fill('hourly mvpd');
      await page.getByText('9 reports have all of these.').waitFor();
      await page.getByRole('link', { name: 'MVPD by hour', exact: true }).first().click();
      await delivered(page);
      assert.match(page.url(), /#\/reports\/year\/month\/day\/hour\/mvpd\?limit=10000&~range=last-week$/);
    }));

  test('is used with the keyboard alone: skip, go, cancel, confirm', () =>
    visit('/status', async (page) => {
      // Nothing has the focus in a page that was just loaded.
      await page.reload();
      await page.getByText('Ready', { exact: true }).waitFor();
      const focused = () => page.evaluate<string>(FOCUSED);
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Skip to content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate('document.activeElement.id'), 'main');
      await page.locator('.skip').focus();
      for (const stop of ['cmu-proxy', 'Reports', 'Status', 'Actions']) {
        await page.keyboard.press('Tab');
        assert.equal(await focused(), stop);
      }
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Refresh token…' }).waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Ready');
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Refresh token…');
      const calls = world.sandbox.counts.token;
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      // A dialog that has closed has no role any more, some milliseconds before the page takes it away.
      await page.locator('dialog').waitFor({ state: 'detached' });
      assert.equal(await focused(), 'Refresh token…');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await focused(), 'Refresh token');
      await page.keyboard.press('Enter');
      await page.getByText('A new token is in service.').waitFor();
      assert.ok(world.sandbox.counts.token > calls);
    }));

  test('purges what starts with a path, after asking', () =>
    visit('/actions', async (page) => {
      await world.get('/tenant');
      await page.getByLabel('Only those whose path starts with').fill('/cmu/v2/tenant');
      await page.getByRole('button', { name: 'Purge cache…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Purge cache' }).click();
      await page.getByText(/^\d+ reports forgotten\.$/).waitFor();
      assert.match((await world.get('/tenant')).header('cache-status') ?? '', /fwd=uri-miss/);
    }));

  test('registers anew, after asking', () =>
    visit('/actions', async (page) => {
      const before = world.sandbox.counts.register;
      await page.getByRole('button', { name: 'Register anew…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Register anew' }).click();
      await page.getByText('A new client and its token are in service.').waitFor();
      assert.equal(world.sandbox.counts.register, before + 1);
    }));

  const PAGES = [
    '/reports',
    '/status',
    '/reports/year/month/mvpd?mvpd!=Cablenova',
    '/reports/year/month/day/concurrency-level?~range=last-week&mvpd',
    '/actions',
  ];
  for (const hash of PAGES) {
    test(`breaks no accessibility rule, light or dark, and fits a phone: ${hash}`, () =>
      visit(hash, async (page) => {
        await page.locator('h1').waitFor();
        if (hash.startsWith('/reports/')) await delivered(page);
        await page.evaluate(await readFile(AXE, 'utf8'));
        assert.deepEqual(await page.evaluate(VIOLATIONS('document')), []);
        await page.emulateMedia({ colorScheme: 'dark' });
        const contrast = "document, { runOnly: ['color-contrast'] }";
        assert.deepEqual(await page.evaluate(VIOLATIONS(contrast)), []);
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize(NARROW);
        // Plots follow some frames later. `waitForFunction` would use `eval`, which the page's policy forbids.
        while (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) {
          await page.evaluate('new Promise(requestAnimationFrame)');
        }
        assert.deepEqual(await page.evaluate(VIOLATIONS('document')), []);
        await page.setViewportSize(WIDE);
      }));
  }
});

describe('The console of several clients in Chromium', { skip: browserMissing }, () => {
  test('shows each with its state and what is wrong with it, and refreshes the one that is meant', async () => {
    await using world = await startServiceWorld({
      statements: ['brand-a', 'brand-b'],
      yaml: brands('brand-a', 'brand-b'),
      sandbox: { throttle: false },
      before: ({ control }) => void control.setApplication('brand-b', { state: 'revoked' }),
    });
    await until(async () => (await world.admin('/readyz')).status === 200);
    await using profile = await openProfile(await theBrowser(), DESKTOP);
    const { page, complaints } = await openPage(profile, world.proxy.adminUrl);
    await page.goto(`${world.proxy.adminUrl}/console/#/status`);
    await page.getByText('No token: brand-b', { exact: true }).waitFor();
    await page.getByText('1 of 2 clients have one').waitFor();
    await page
      .getByRole('alert')
      .getByText(/invalid_software_statement, /)
      .waitFor();
    await page.evaluate(await readFile(AXE, 'utf8'));
    assert.deepEqual(await page.evaluate(VIOLATIONS('document')), []);
    await page.goto(`${world.proxy.adminUrl}/console/#/actions`);
    await page.getByRole('button', { name: 'Refresh token of brand-a…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refresh token' }).click();
    await page.getByText('A new token is in service.').waitFor();
    assert.equal(world.sandbox.counts.token, 2);
    assert.deepEqual(complaints, []);
  });
});

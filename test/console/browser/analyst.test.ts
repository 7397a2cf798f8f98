import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { browserMissing, type WatchedPage } from '../../support/browser.ts';
import type { E2eWorld } from '../../support/e2e-world.ts';
import { theConsole, WIDE } from './the-console.ts';

/** A record of a report, as it came. */
type Values = Readonly<Record<string, string>>;

const DAY = 86_400_000;

/** The week before this one, from Monday, as the API takes it. */
const lastWeek = (): string => {
  const today = Math.floor(Date.now() / DAY) * DAY;
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY;
  const text = (at: number): string => new Date(at).toISOString().slice(0, 19);
  return `start=${text(monday - 7 * DAY)}&end=${text(monday)}`;
};

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Adds up a metric by some dimensions; the key joins their values. */
const sums = (records: readonly Values[], by: readonly string[], metric: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const record of records) {
    const key = by.map((it) => record[it]).join('|');
    found.set(key, (found.get(key) ?? 0) + Number(record[metric]));
  }
  return found;
};

describe('An analyst asks from the start page, and sees what the sandbox has', {
  skip: browserMissing,
}, () => {
  let world: E2eWorld;
  let console: WatchedPage;

  before(async () => {
    ({ world, watched: console } = await theConsole());
    await console.page.setViewportSize({ width: 1280, height: 2000 });
  });

  after(() => console.page.setViewportSize(WIDE));

  /** Clicks the question, and waits until its report is drawn. */
  const ask = async (question: string, look: (page: Page) => Promise<void>): Promise<void> => {
    const { page, complaints } = console;
    const before = complaints.length;
    await page.goto(`${world.proxy.adminUrl}/console/#/reports`);
    await page.getByRole('link', { name: question }).click();
    await page.getByRole('heading', { name: question, level: 1 }).waitFor();
    await page.getByRole('grid').waitFor();
    await look(page);
    assert.deepEqual(complaints.slice(before), []);
  };

  const records = async (below: string): Promise<readonly Values[]> => {
    const { report } = Object(await (await world.get(below)).json());
    return report;
  };

  /** The texts of the cells, row by row. */
  const cellsOf = async (page: Page, rows: string): Promise<string[][]> => {
    const texts: string[][] = [];
    for (const row of await page.locator(rows).all()) texts.push(await row.locator('th, td').allInnerTexts());
    return texts;
  };

  const keyFigure = (page: Page, name: string) =>
    page.locator('.key-figures > div').filter({ hasText: name }).locator('dd');

  test('How many concurrent streams, by MVPD?', () =>
    ask('How many concurrent streams, by MVPD?', async (page) => {
      const rows = await records(`/year/month/day/concurrency-level?${lastWeek()}&mvpd&limit=10000`);
      const users = sums(rows, ['mvpd', 'concurrency-level'], 'users');
      const cells = await cellsOf(page, '.heat tbody tr');
      assert.equal(cells.length, 12);
      for (const [mvpd, ...figures] of cells) {
        figures.forEach((text, index) => {
          // Users are distinct by day: their mean over seven days, never a sum.
          const mean = (users.get(`${mvpd}|${index + 1}`) ?? 0) / 7;
          const expected = mean < 100 ? mean.toFixed(1) : WHOLE.format(mean);
          assert.equal(text, expected, `${mvpd}, ${index + 1}`);
        });
      }
    }));

  test('How many active users, by channel?', () =>
    ask('How many active users, by channel?', async (page) => {
      const rows = await records(
        `/tenant/year/month/day/channel?${lastWeek()}&metrics=active-users&limit=10000`,
      );
      const users = sums(rows, ['tenant', 'channel'], 'active-users');
      const cells = await cellsOf(page, '.table tbody tr');
      assert.equal(cells.length, users.size);
      for (const [tenant, channel, figure] of cells) {
        const mean = (users.get(`${tenant}|${channel}`) ?? 0) / 7;
        assert.equal(figure, mean < 100 ? mean.toFixed(1) : WHOLE.format(mean), `${channel}`);
      }
      assert.equal(await page.locator('.table tfoot').count(), 0, 'users of all channels are no sum');
    }));

  test('On which platforms do people watch?', () =>
    ask('On which platforms do people watch?', async (page) => {
      const rows = await records(`/year/month/day/tenant/platform/application-id?${lastWeek()}&limit=10000`);
      const started = sums(rows, ['platform'], 'started-sessions');
      const cells = await cellsOf(page, '.table tbody tr');
      assert.deepEqual(
        cells.map(([platform, figure]) => [platform, figure]),
        [...started].sort(([, a], [, b]) => b - a).map(([name, sum]) => [name, WHOLE.format(sum)]),
      );
      const all = [...started.values()].reduce((a, b) => a + b, 0);
      assert.equal(await keyFigure(page, 'In all').innerText(), WHOLE.format(all));
    }));

  test('Who is turned away?', () =>
    ask('Who is turned away?', async (page) => {
      const metrics = ['failed-attempts', 'dismissed-sessions', 'killed-sessions'];
      const rows = await records(`/year/month/day/mvpd?${lastWeek()}&metrics=${metrics}&limit=10000`);
      const cells = await cellsOf(page, '.table tbody tr');
      assert.equal(cells.length, 12);
      for (const [mvpd, ...figures] of cells) {
        assert.deepEqual(
          figures,
          metrics.map((metric) => WHOLE.format(sums(rows, ['mvpd'], metric).get(`${mvpd}`) ?? 0)),
        );
      }
    }));

  test('When is the peak hour?', () =>
    ask('When is the peak hour?', async (page) => {
      const rows = await records(`/tenant/year/month/day/hour?${lastWeek()}&limit=10000`);
      const hours = sums(rows, ['year', 'month', 'day', 'hour'], 'active-sessions');
      const [[key = '', most = 0] = []] = [...hours].sort(([, a], [, b]) => b - a);
      const [year, month, day, hour] = key.split('|').map(Number);
      const at = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour));
      const name = at.toUTCString().replace(/^(\w+), 0?(\d+ \w+ \d+) (\d+:\d+).*/, '$1 $2, $3');
      assert.equal(await keyFigure(page, 'Peak').innerText(), `${WHOLE.format(most)}\n${name}`);
    }));
});

import type { Page } from 'playwright-core';
import { CMU_QUESTIONS } from '../../src/console/report/questions.ts';
import { formatView } from '../../src/console/report/report-view.ts';
import { startE2eWorld, until } from '../../test/support/e2e-world.ts';
import { brands, startServiceWorld } from '../../test/support/service-world.ts';

export interface ConsoleWorld extends AsyncDisposable {
  readonly adminUrl: string;
  /** Has Adobe fail from now on. */
  readonly breakAdobe: () => void;
  /** A GET of a report by somebody else. */
  readonly ask: (below: string) => Promise<unknown>;
}

/** A state that the console can be in, and how it gets there. */
export interface ConsoleState {
  readonly name: string;
  readonly hash: string;
  /** With all that is below the fold. */
  readonly whole?: boolean;
  readonly world?: 'brands' | 'tokens';
  readonly reach?: (page: Page, world: ConsoleWorld) => Promise<unknown>;
}

const questionHash = (name: string, more = ''): string => {
  const view = CMU_QUESTIONS.find((it) => it.name === name)?.view;
  if (view === undefined) throw new Error(`No question ${name}`);
  return `/reports${formatView(view)}${more}`;
};

const drawn = (page: Page): Promise<unknown> =>
  page.locator('.result[aria-busy="false"] :is(.plot canvas, .bars li, .heat td)').first().waitFor();

/** With the pointer on the chart. */
const pointed = async (page: Page): Promise<void> => {
  await drawn(page);
  const over = page.locator('.chart .u-over');
  await over.hover({ position: { x: 150, y: 100 } });
};

const busy = async (page: Page, world: ConsoleWorld): Promise<void> => {
  for (const path of ['/year/month', '/year/month/mvpd', '/year/month', '/tenant', '/year/month'])
    await world.ask(path);
  await page.locator('.tiles').waitFor();
  await page
    .getByText('% of answers')
    .waitFor()
    .catch(() => undefined);
};

export const STATES: readonly ConsoleState[] = [
  { name: 'start', hash: '/reports', reach: (page) => page.locator('.questions').waitFor() },
  { name: 'concurrency', hash: questionHash('concurrency'), reach: drawn },
  {
    name: 'whole-page',
    hash: questionHash('failures').replace('~by', '~rows=all&~by'),
    whole: true,
    reach: drawn,
  },
  { name: 'active-users', hash: questionHash('active-users'), reach: pointed },
  { name: 'platforms', hash: questionHash('platforms'), reach: pointed },
  {
    name: 'compared',
    hash: questionHash('platforms', '&~compare=before').replace('stacked', 'bars'),
    reach: drawn,
  },
  { name: 'failures', hash: questionHash('failures'), reach: drawn },
  { name: 'peak', hash: questionHash('peak', '&~compare=before'), reach: pointed },
  {
    name: 'cut-off',
    hash: '/reports/year/month/day/mvpd/tenant?~range=90d&limit=1000&~rows=all',
    reach: drawn,
  },
  {
    name: 'report-fails',
    hash: questionHash('platforms'),
    reach: async (page, world) => {
      await drawn(page);
      world.breakAdobe();
      await page.evaluate("location.hash = location.hash.replace('last-week', 'last-month')");
      await page.getByRole('button', { name: 'Retry' }).waitFor();
    },
  },
  { name: 'status', hash: '/status', world: 'brands', reach: busy },
  {
    name: 'status-trouble',
    hash: '/status',
    reach: async (page, world) => {
      world.breakAdobe();
      await world.ask('/year/month/day/mvpd');
      await page.getByText('Calls to Adobe fail').waitFor();
    },
  },
  {
    name: 'actions',
    hash: '/actions',
    reach: (page) => page.getByRole('button', { name: 'Purge' }).waitFor(),
  },
  {
    name: 'token',
    hash: questionHash('platforms'),
    world: 'tokens',
    reach: (page) => page.getByText('Reports need a token').waitFor(),
  },
];

/** SHA-256 of `secret`. */
const TOKEN =
  '[{"name":"analyst","sha256":"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}]';

/** A proxy and a sandbox, as the state wants them. */
export const startConsoleWorld = async ({ world: kind }: ConsoleState): Promise<ConsoleWorld> => {
  if (kind === 'brands') {
    const world = await startServiceWorld({
      statements: ['harbor', 'summit'],
      yaml: brands('harbor', 'summit'),
      sandbox: { throttle: false },
    });
    await until(async () => (await world.admin('/readyz')).status === 200);
    return {
      adminUrl: world.proxy.adminUrl,
      breakAdobe: () => void world.sandbox.control.answerStatus(503, { on: 'report' }),
      ask: (below) => world.get(`/harbor/cmu/v2${below}`),
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  }
  const world = await startE2eWorld({
    sandbox: { throttle: false },
    settings: kind === 'tokens' ? { LISTEN_CALLER_TOKENS: TOKEN } : {},
  });
  return {
    adminUrl: world.proxy.adminUrl,
    breakAdobe: () => void world.sandbox.control.answerStatus(503, { on: 'report' }),
    ask: (below) => world.get(below),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
};

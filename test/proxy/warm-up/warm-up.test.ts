import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, type EpochMs, epochMs, milliseconds } from '../../../src/base/units.ts';
import type { PrefetchFailure, WantedReport } from '../../../src/proxy/reports/prefetch.ts';
import { lookAgainAt, retryAt, WarmUp, type WarmUpOptions } from '../../../src/proxy/warm-up/warm-up.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const report = (target: string): WantedReport => ({ target, accept: undefined });

type Source = WarmUpOptions['source'];

/** A source whose fetches take a second each, and go as told. */
class FakeSource implements Source {
  readonly fetches: { readonly target: string; readonly at: number }[] = [];
  readonly fresh = new Map<string, EpochMs>();
  fails: (target: string) => PrefetchFailure | undefined = () => undefined;
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #time: VirtualTime;
  readonly #lifetime: number;
  readonly #start: number;

  constructor(time: VirtualTime, lifetime: number) {
    this.#time = time;
    this.#lifetime = lifetime;
    this.#start = time.now();
  }

  freshUntil({ target }: WantedReport): EpochMs | undefined {
    return this.fresh.get(target);
  }

  prefetch({ target }: WantedReport): Promise<PrefetchFailure | undefined> {
    this.fetches.push({ target, at: (this.#time.now() - this.#start) / SECOND });
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    return new Promise((resolve) => {
      this.#time.setTimer(milliseconds(SECOND), () => {
        this.#atOnce--;
        const failure = this.fails(target);
        if (failure === undefined)
          this.fresh.set(target, after(this.#time.now(), milliseconds(this.#lifetime)));
        resolve(failure);
      });
    });
  }

  get told(): string[] {
    return this.fetches.map(({ target, at }) => `${at} ${target}`);
  }
}

const warmUpOf = (targets: readonly string[], lifetime = HOUR, interval = 10 * SECOND) => {
  const time = new VirtualTime();
  const source = new FakeSource(time, lifetime);
  const told: string[] = [];
  const warmUp = new WarmUp({
    reports: targets.map(report),
    interval: milliseconds(interval),
    source,
    effects: time,
    onFailed: ({ target }, { reason }) => told.push(`${target} ${reason}`),
    onRecovered: ({ target }) => told.push(`${target} recovered`),
  });
  return { time, source, told, warmUp };
};

test('reports are fetched at start, in order, one at a time and no faster than the rate', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b', '/c']);
  warmUp.start();
  await time.pass(60 * SECOND);
  assert.deepEqual(source.told, ['0 /a', '10 /b', '20 /c']);
  assert.equal(source.mostAtOnce, 1);
});

test('a slow report is waited for, however high the rate', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b'], HOUR, 10);
  warmUp.start();
  await time.pass(60 * SECOND);
  assert.deepEqual(source.told, ['0 /a', '1 /b']);
});

test('each is fetched again when it expires, and not before', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b'], 90 * SECOND);
  warmUp.start();
  await time.pass(200 * SECOND);
  assert.deepEqual(source.told, ['0 /a', '10 /b', '91 /a', '101 /b', '182 /a', '192 /b']);
});

test('what is stored and fresh already costs no request and no turn', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b', '/c']);
  source.fresh.set('/a', after(time.now(), milliseconds(HOUR)));
  source.fresh.set('/b', after(time.now(), milliseconds(HOUR)));
  warmUp.start();
  await time.pass(60 * SECOND);
  assert.deepEqual(source.told, ['0 /c']);
});

test('a report that was evicted or purged is missed within a minute', async () => {
  const { time, source, warmUp } = warmUpOf(['/a']);
  warmUp.start();
  await time.pass(30 * SECOND);
  source.fresh.clear();
  await time.pass(40 * SECOND);
  assert.deepEqual(source.told, ['0 /a', '61 /a']);
});

test('a failing report is told of once, asked for ever less often, and holds up no other', async () => {
  const { time, source, told, warmUp } = warmUpOf(['/bad', '/good']);
  time.dice = [0.999];
  source.fails = (target) => (target === '/bad' ? { reason: 'status-404' } : undefined);
  warmUp.start();
  await time.pass(130 * SECOND);
  assert.deepEqual(told, ['/bad status-404']);
  assert.deepEqual(
    source.fetches.map(({ target, at }) => `${Math.round(at)} ${target}`),
    ['0 /bad', '10 /good', '20 /bad', '51 /bad', '112 /bad'],
  );
});

test('a failure that is over is told, and a later one again', async () => {
  const { time, source, told, warmUp } = warmUpOf(['/a'], 60 * SECOND);
  source.fails = () => ({ reason: 'upstream-timeout' });
  warmUp.start();
  await time.pass(5 * SECOND);
  source.fails = () => undefined;
  await time.pass(30 * SECOND);
  source.fails = () => ({ reason: 'upstream-throttled' });
  await time.pass(60 * SECOND);
  assert.deepEqual(told, ['/a upstream-timeout', '/a recovered', '/a upstream-throttled']);
});

test('a pause of the route is waited for', async () => {
  const { time, source, warmUp } = warmUpOf(['/a']);
  const until = after(time.now(), milliseconds(120 * SECOND));
  source.fails = () => ({ reason: 'upstream-throttled', notBefore: until });
  warmUp.start();
  await time.pass(130 * SECOND);
  assert.deepEqual(source.told, ['0 /a', '120 /a']);
});

test('a report that is never fresh backs off like one that fails', async () => {
  const { time, source, told, warmUp } = warmUpOf(['/a'], 0);
  warmUp.start();
  await time.pass(25 * SECOND);
  assert.deepEqual(told, ['/a not-stored']);
  assert.ok(source.fetches.length <= 3);
});

test('a source that answers on the spot does not fill the stack', async () => {
  const targets = Array.from({ length: 4_000 }, (_, i) => `/${i}`);
  const { time, warmUp, source, told } = warmUpOf(targets, HOUR, 0);
  source.prefetch = async () => ({ reason: 'no-route' });
  warmUp.start();
  await time.pass(0);
  assert.equal(told.length, 4_000);
  assert.equal(told[1], '/1 no-route');
  assert.equal(time.pendingTimers, 1);
  warmUp.close();
});

test('closed, it fetches nothing more and leaves no timer behind', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b']);
  warmUp.start();
  await time.pass(5 * SECOND);
  warmUp.close();
  assert.equal(time.pendingTimers, 0);
  await time.pass(HOUR);
  assert.deepEqual(source.told, ['0 /a']);
});

test('closed during a fetch, it takes no notice of the end', async () => {
  const { time, source, warmUp } = warmUpOf(['/a', '/b']);
  warmUp.start();
  warmUp.close();
  await time.pass(HOUR);
  assert.deepEqual(source.told, ['0 /a']);
  assert.equal(time.pendingTimers, 0);
});

test('with nothing to warm up it does nothing', () => {
  const { time, warmUp } = warmUpOf([]);
  warmUp.start();
  assert.equal(time.pendingTimers, 0);
});

const NOW = epochMs(1_700_000_000_000);
const at = (offset: number) => epochMs(NOW + offset);

test('a fresh report is due when it expires, and looked at each minute till then', () => {
  for (const [freshFor, due] of [
    [1, 1],
    [59_999, 59_999],
    [60_000, 60_000],
    [60_001, 60_000],
    [86_400_000, 60_000],
  ] as const) {
    assert.equal(lookAgainAt(at(freshFor), NOW), at(due));
  }
});

test('after failures the pause doubles from 15 s to an hour; half of it is left to chance', () => {
  for (const [failures, random, pause] of [
    [0, 0, 7_500],
    [0, 0.5, 11_250],
    [0, 1, 15_000],
    [1, 1, 30_000],
    [7, 1, 1_920_000],
    [8, 1, 3_600_000],
    [8, 0, 1_800_000],
    [1_000, 1, 3_600_000],
  ] as const) {
    assert.equal(retryAt(failures, undefined, NOW, random), at(pause), `${failures} failures, ${random}`);
  }
});

test('a pause that is known of is waited for, one that ends sooner changes nothing', () => {
  const dueAt = (notBefore: number) => retryAt(0, at(notBefore), NOW, 1);
  assert.equal(dueAt(300_000), at(300_000));
  assert.equal(dueAt(15_001), at(15_001));
  assert.equal(dueAt(14_999), at(15_000));
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnsweredRequest } from '../../src/http/answered-request.ts';
import { requestsOf, Traffic } from '../../src/metrics/traffic.ts';

const answered = (more: Partial<AnsweredRequest> = {}): AnsweredRequest => ({
  id: 'a-1',
  method: 'GET',
  route: 'cmu',
  target: '/year',
  status: 200,
  cache: 'hit',
  durationMs: 0.02,
  upstreamMs: undefined,
  bytes: 100,
  problem: undefined,
  insteadOf: undefined,
  caller: undefined,
  client: undefined,
  traceparent: undefined,
  ...more,
});

describe('Status classes', () => {
  const CLASSES = [
    [100, '1xx'],
    [200, '2xx'],
    [299, '2xx'],
    [304, '3xx'],
    [404, '4xx'],
    [498, '4xx'],
    [499, '499'],
    [503, '5xx'],
    [599, '5xx'],
    [999, '5xx'],
    [0, '1xx'],
  ] as const;
  for (const [status, expected] of CLASSES) {
    test(`${status} counts as ${expected}`, () => {
      const traffic = new Traffic();
      traffic.answered(answered({ status }));
      const counts = traffic.counts.routes.get('cmu');
      assert.deepEqual(
        counts && requestsOf(counts).map(({ status, cache, count }) => [status, cache, count]),
        [[expected, 'hit', 1]],
      );
    });
  }
});

test('Totals add up routes, cache outcomes and durations', () => {
  const traffic = new Traffic();
  traffic.answered(answered());
  traffic.answered(answered({ route: 'esm', cache: 'miss', status: 502, durationMs: 800, bytes: 7 }));
  traffic.answered(answered({ route: '-', cache: 'none', status: 400, problem: 'bad-request', bytes: 0 }));
  const totals = traffic.totals();
  assert.equal(totals.requests, 3);
  assert.equal(totals.bytes, 107);
  assert.equal(totals.serverErrors, 1);
  assert.equal(totals.byCache.hit, 1);
  assert.equal(totals.byCache.miss, 1);
  assert.equal(totals.durations[0], 2);
  assert.equal(totals.durations.at(-1), 3);
  assert.deepEqual([...traffic.counts.problems], [['bad-request', 1]]);
  assert.equal(traffic.counts.answered, 3);
});

test('What one process has counted can be added up in another, and is counted once', () => {
  const [worker, whole] = [new Traffic(), new Traffic()];
  whole.answered(answered({ cache: 'miss' }));
  for (let look = 0; look < 2; look += 1) {
    worker.answered(answered());
    worker.answered(answered({ route: '-', cache: 'none', status: 400, problem: 'bad-request', bytes: 0 }));
    whole.add(structuredClone(worker.take()));
  }
  whole.add(worker.take());
  const totals = whole.totals();
  assert.equal(totals.requests, 5);
  assert.equal(totals.byCache.hit, 2);
  assert.equal(totals.byCache.miss, 1);
  assert.equal(totals.bytes, 300);
  assert.equal(totals.durations.at(-1), 5);
  assert.deepEqual([...whole.counts.problems], [['bad-request', 2]]);
  assert.equal(worker.totals().requests, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { raw, report, sandboxFor, tokenWith } from '../client.ts';

test('requests are recorded as they came: raw target, header lines, body, kind and status', async (t) => {
  const sandbox = await sandboxFor(t);
  await raw(sandbox, '/cmu/v2/year?mvpd!=A&mvpd!=%42&platform', { 'X-Mixed-Case': 'yes' });
  await tokenWith(sandbox, { grant_type: 'client_credentials' });
  await raw(sandbox, '/elsewhere');
  const [first, second, third] = sandbox.requests();
  assert.equal(first?.target, '/cmu/v2/year?mvpd!=A&mvpd!=%42&platform');
  assert.deepEqual([first?.kind, first?.method, first?.status], ['report', 'GET', 401]);
  assert.ok(first?.headers.some(([name, value]) => name === 'X-Mixed-Case' && value === 'yes'));
  assert.deepEqual(
    [second?.kind, second?.status, second?.body],
    ['token', 400, 'grant_type=client_credentials'],
  );
  assert.deepEqual([third?.kind, third?.status], ['other', 404]);
  assert.deepEqual(sandbox.counts, {
    register: 0,
    token: 1,
    report: 1,
    api: 0,
    other: 1,
    throttled: 0,
    unauthorized: 1,
  });
  sandbox.control.clearRequests();
  assert.deepEqual([sandbox.requests().length, sandbox.counts.report], [0, 0]);
});

test('only the last requests are kept, while all are counted', async (t) => {
  const sandbox = await sandboxFor(t, { requestLogSize: 3 });
  for (let i = 0; i < 10; i++) await report(sandbox, `/cmu/v2?limit=${i}`);
  assert.deepEqual(
    sandbox.requests().map(({ target }) => target),
    ['/cmu/v2?limit=7', '/cmu/v2?limit=8', '/cmu/v2?limit=9'],
  );
  assert.equal(sandbox.counts.report, 10);
});

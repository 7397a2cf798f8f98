import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { besideRefusals, blackHole, refreshOverLag } from '../../scripts/rough-weather/loads.ts';

/** Some successions of tokens within seconds; `npm run verify rough-weather` has loads of a minute. */
const LAGGING = { seconds: 5, tokenLifetime: 2, tokenLag: 200 };

suite('Callers notice nothing', { concurrency: true }, () => {
  test('of tokens that follow each other before an API that learns of them late', async () => {
    const { calls, failed, registrations, tokens } = await refreshOverLag(LAGGING);
    assert.deepEqual([calls, failed, registrations], [100, 0, 1]);
    assert.ok(tokens >= 3, `${tokens} tokens`);
  });

  test('of another route that is refused at the same time', async () => {
    const { calls, failed, registrations, refused } = await besideRefusals(LAGGING);
    assert.deepEqual([calls, failed, registrations, refused], [100, 0, 1, 5]);
  });

  test('of a network that swallowed everything for a while, once it is back', async () => {
    assert.equal((await blackHole({ callers: 50, seconds: 1 })).length, 50);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathTitle, searchPaths } from '../../../src/console/report/path-search.ts';
import { PUBLISHED_PATHS } from '../../../src/console/report/published-paths.ts';
import { CMU_QUESTIONS, ESM_QUESTIONS, questionOf } from '../../../src/console/report/questions.ts';
import { formatView, parseView } from '../../../src/console/report/report-view.ts';
import { PUBLISHED_PATHS as OF_THE_SANDBOX } from '../../../src/sandbox/reports/cube/published-paths.ts';

test('The published paths are those that Adobe publishes, each once', () => {
  assert.deepEqual([...PUBLISHED_PATHS].sort(), OF_THE_SANDBOX.map(({ path }) => path).sort());
});

describe('A search', () => {
  const SEARCHES = [
    ['', 0, undefined],
    ['   ', 0, undefined],
    ['concurrency', 6, 'year/month/concurrency-level'],
    ['hourly mvpd', 9, 'year/month/day/hour/mvpd'],
    ['HOURLY, Channel', 4, 'tenant/year/month/day/hour/channel/platform/application-id'],
    ['device channel month', 10, 'tenant/year/month/channel/platform/application-id'],
    ['nothing', 0, undefined],
  ] as const;
  for (const [words, count, first] of SEARCHES) {
    test(`for “${words}” finds ${count}${first === undefined ? '' : `, first ${first}`}`, () => {
      const found = searchPaths(words);
      assert.equal(found[0]?.path, first);
      assert.equal(found.length, count);
    });
  }

  test('names what it finds', () => {
    assert.equal(pathTitle(['year', 'month', 'day', 'mvpd', 'tenant']), 'MVPD, Tenant by day');
    assert.equal(pathTitle(['year']), 'Everything by year');
    assert.equal(pathTitle(['mvpd']), 'MVPD');
  });
});

describe('A question', () => {
  for (const question of [...CMU_QUESTIONS, ...ESM_QUESTIONS]) {
    test(`“${question.question}” is an address, and known by it`, () => {
      const address = formatView(question.view);
      assert.deepEqual(parseView(address), question.view);
      assert.equal(questionOf(parseView(`${address}&mvpd=A`)), question);
    });
  }
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readQuery } from './promql.ts';

suite('the reader of queries', () => {
  test('finds metrics, the labels that they are narrowed down by, and those that they are grouped by', () => {
    const query = 'sum by (job, le) (rate(a_total{x="1", y=~"$y"}[$__rate_interval])) / on (z) b > 0.5';
    assert.deepEqual(readQuery(query), {
      selectors: [
        { metric: 'a_total', labels: ['x', 'y'] },
        { metric: 'b', labels: [] },
      ],
      grouping: ['job', 'le', 'z'],
    });
  });

  for (const broken of ['sum by (job (a)', 'rate(a[5 minutes])', 'a{b=c}', '']) {
    test(`refuses "${broken}"`, () => assert.throws(() => readQuery(broken), SyntaxError));
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatTraceparent, parseTraceparent } from '../../src/http/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('A traceparent', () => {
  for (const [field, flags] of [
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [`00-${TRACE}-${SPAN}-03`, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-brings`, 1],
  ] as const) {
    test(`is read from ${field}`, () => {
      assert.deepEqual(parseTraceparent(field), {
        traceId: TRACE,
        spanId: SPAN,
        traceFlags: flags,
        isRemote: true,
      });
    });
  }

  for (const field of [
    undefined,
    '',
    'x',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ]) {
    test(`is not read from ${field}`, () => assert.equal(parseTraceparent(field), undefined));
  }

  test('is written in version 00', () => {
    assert.equal(
      formatTraceparent({ traceId: TRACE, spanId: SPAN, traceFlags: 1 }),
      `00-${TRACE}-${SPAN}-01`,
    );
  });
});

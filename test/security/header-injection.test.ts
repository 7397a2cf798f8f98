import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { epochMs } from '../../src/base/units.ts';
import { parseToken } from '../../src/oauth/protocol/dcr-answers.ts';
import { DcrError } from '../../src/oauth/protocol/dcr-error.ts';
import { answer } from '../support/dcr-world.ts';
import { withProxy } from '../support/proxy-world.ts';
import { field, rawAnswers, rawGet } from '../support/raw-caller.ts';
import { answerReport, answerWith } from '../support/scripted-upstream.ts';

suite('a token that would break out of its header field', () => {
  const texts = [
    ...[
      'a\r\nX: y',
      'a\nX: y',
      'a\rb',
      'a b',
      ' a',
      'a ',
      'a\t',
      'a\0b',
      'a,b',
      'a;b',
      'a"b',
      'a\\b',
      'é',
      'a\u2028b',
      'a\u010ab',
    ],
    ...['', '=', '=a', 'a=b', 'Bearer a', '{}', '$', '%0d%0aX:%20y'],
  ];
  for (const text of texts) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      const received = answer(201, { access_token: text, token_type: 'bearer', expires_in: 60 });
      assert.throws(() => parseToken(received, epochMs(1_700_000_000_000)), DcrError);
    });
  }
});

test('line ends that are encoded in a query stay encoded, and make no field anywhere', () =>
  withProxy(answerReport(), async (proxy, upstream) => {
    const target = '/cmu/v2/year?a=%0d%0aX-Evil:%20y%0d%0a%0d%0a&b=%0AX-Evil:y&c=%E5%98%8A%E5%98%8DX-Evil:y';
    const [answered] = await rawAnswers(proxy.port, rawGet(target));
    assert.equal(answered?.status, 200);
    assert.equal(field(answered?.lines ?? [], 'x-evil'), undefined);
    assert.equal(upstream.requests[0]?.target, target);
    assert.deepEqual(upstream.requests[0]?.lines('x-evil'), []);
  }));

test('values of fields that are repeated here cannot break out: they are not repeated, or refused', () =>
  withProxy(answerReport(), async (proxy) => {
    for (const line of [
      'Accept: x/y\r\tX-Evil: y',
      'Origin: http://localhost\rX-Evil: y',
      'Range: bytes=0-\nX-Evil: y',
    ]) {
      for (const answered of await rawAnswers(proxy.port, rawGet('/cmu/v2/year', line))) {
        assert.equal(answered.status, 400);
        assert.doesNotMatch(answered.lines.join('\n'), /x-evil/i);
      }
    }
  }));

test('a Location of the upstream is one line for the caller, whatever is encoded in it', () =>
  withProxy(answerWith(302, ['Location', '/cmu/v2/x%0d%0aSet-Cookie:%20a=b']), async (proxy) => {
    const [answered] = await rawAnswers(proxy.port, rawGet('/cmu/v2/year'));
    assert.equal(field(answered?.lines ?? [], 'location'), '/cmu/v2/x%0d%0aSet-Cookie:%20a=b');
    assert.equal(field(answered?.lines ?? [], 'set-cookie'), undefined);
  }));

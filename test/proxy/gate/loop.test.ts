import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoop, loopMark, withMark } from '../../../src/proxy/gate/loop.ts';

const OWN = loopMark('0123456789ab');
const OTHER = loopMark('ba9876543210');

for (const [value, loops, sent] of [
  [undefined, false, OWN],
  [OTHER, false, `${OTHER}, ${OWN}`],
  [OWN, true, `${OWN}, ${OWN}`],
  [`a.cdn.example, ${OTHER} ,${OWN}`, true, `${OTHER}, ${OWN}, ${OWN}`],
  ['cmu-proxy', false, OWN],
  ['cmu-proxy-0123456789AB; x="y"', false, OWN],
  [Array.from({ length: 8 }, () => OTHER).join(), false, undefined],
  [Array.from({ length: 9 }, () => OTHER).join(), true, undefined],
] as const) {
  test(`CDN-Loop: ${value}`, () => {
    assert.equal(isLoop(value, OWN), loops);
    if (sent !== undefined) assert.equal(withMark(value, OWN), sent);
  });
}

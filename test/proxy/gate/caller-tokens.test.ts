import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { callerOf } from '../../../src/proxy/gate/caller-tokens.ts';
import { readRequestHead } from '../../../src/proxy/gate/request-head.ts';

const tokenOf = (name: string, text: string) => ({
  name,
  sha256: createHash('sha256').update(text).digest(),
});
const TOKENS = [tokenOf('dashboards', 'alpha'), tokenOf('billing', 'beta')];

const verdictOn = (...headers: string[]) => callerOf(readRequestHead(headers), TOKENS);

test('a caller is known by its token, in either field, whatever the case of the scheme', () => {
  assert.equal(verdictOn('Authorization', 'Bearer alpha').caller?.name, 'dashboards');
  assert.equal(verdictOn('authorization', 'bearer  beta').caller?.name, 'billing');
  assert.equal(verdictOn('X-Cmu-Proxy-Token', 'beta').caller?.name, 'billing');
});

test('the field of our own decides where there is one', () => {
  assert.equal(
    verdictOn('Authorization', 'Bearer eyJ.of.Adobe', 'X-Cmu-Proxy-Token', 'alpha').caller?.name,
    'dashboards',
  );
  assert.ok(verdictOn('Authorization', 'Bearer alpha', 'X-Cmu-Proxy-Token', 'wrong').refusal);
});

test('without a token the challenge names no error, with a wrong one it does (RFC 6750 §3.1)', () => {
  for (const headers of [
    [],
    ['Authorization', 'Basic YTpi'],
    ['Authorization', 'Bearer'],
    ['Authorization', 'alpha'],
  ]) {
    const { refusal } = verdictOn(...headers);
    assert.equal(refusal?.status, 401);
    assert.equal(refusal.challenge, 'Bearer realm="cmu-proxy"', headers.join());
  }
  const hash = createHash('sha256').update('alpha').digest('hex');
  for (const token of ['alph', 'alphaa', 'ALPHA', 'alpha,', hash, 'a'.repeat(9000)]) {
    const { refusal } = verdictOn('Authorization', `Bearer ${token}`);
    assert.equal(refusal?.challenge, 'Bearer realm="cmu-proxy", error="invalid_token"', token);
  }
  assert.ok(verdictOn('X-Cmu-Proxy-Token', '').refusal);
});

test('a field that comes twice is nobody’s token, even if one of the two is right', () => {
  assert.ok(verdictOn('Authorization', 'Bearer alpha', 'Authorization', 'Bearer alpha').refusal);
  assert.ok(verdictOn('X-Cmu-Proxy-Token', 'alpha', 'X-Cmu-Proxy-Token', 'wrong').refusal);
});

test('where nobody has a token, nobody is let in', () => {
  assert.ok(callerOf(readRequestHead(['Authorization', 'Bearer alpha']), []).refusal);
});

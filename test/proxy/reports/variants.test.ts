import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withProxy } from '../../support/proxy-world.ts';
import { counting } from '../../support/scripted-upstream.ts';

test('an answer that differs by a field of the request is stored for each value of it', () =>
  withProxy(counting(['Vary', 'X-Zone']), async (proxy, upstream) => {
    const ask = async (zone: string) => {
      const { text, header } = await proxy.get('/year', ['X-Zone', zone]);
      return `${header('cache-status')} ${text}`;
    };
    assert.match(await ask('a'), /^cmu-proxy; fwd=uri-miss; stored.*\[1\]/);
    assert.match(await ask('b'), /^cmu-proxy; fwd=vary-miss; stored.*\[2\]/);
    assert.match(await ask('a'), /^cmu-proxy; hit.*\[1\]/);
    assert.match(await ask('b'), /^cmu-proxy; hit.*\[2\]/);
    assert.equal(upstream.requests.length, 2);
    assert.deepEqual(upstream.requests[1]?.lines('x-zone'), [], 'what is not in the key is not forwarded');
  }));

test('an answer that differs by what nobody can tell is not stored', () =>
  withProxy(counting(['Vary', '*']), async (proxy) => {
    for (const expected of ['[1]', '[2]']) {
      const { text, header } = await proxy.get('/year');
      assert.ok(text.includes(expected));
      assert.equal(header('cache-status'), 'cmu-proxy; fwd=uri-miss');
    }
  }));

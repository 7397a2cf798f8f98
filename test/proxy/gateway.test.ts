import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startProxyWorld } from '../support/proxy-world.ts';
import { answerReport, startUpstream } from '../support/scripted-upstream.ts';

test('smoke', async () => {
  await using upstream = await startUpstream(answerReport());
  await using proxy = await startProxyWorld({ upstream: upstream.url });
  const answer = await proxy.get('/year/month?mvpd!=A&b=1&a=2');
  console.log(answer.status, answer.rawHeaders, answer.text, proxy.answered, upstream.requests[0]?.rawHeaders);
  const again = await proxy.get('/year/month?mvpd!=A&b=1&a=2');
  console.log(again.status, again.rawHeaders, again.text, proxy.answered[1]);
  assert.equal(answer.status, 200);
});

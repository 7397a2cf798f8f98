import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';

for (const host of ['[::1]', '::1']) {
  test(`${host} is an address to listen on, for both listeners`, async () => {
    await using world = await startE2eWorld({ settings: { LISTEN_HOST: host, ADMIN_HOST: host } });
    assert.match(world.url, /^http:\/\/\[::1\]:\d+\/cmu\/v2$/);
    assert.match(world.proxy.adminUrl, /^http:\/\/\[::1\]:\d+$/);
    assert.equal((await world.get('/year')).status, 200);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startE2eWorld } from '../support/e2e-world.ts';
import { call, sendRaw } from '../support/http-client.ts';
import { HOST } from '../support/raw-caller.ts';

const seriesOf = async (adminUrl: string): Promise<string[]> => {
  const { text } = await call(`${adminUrl}/metrics`);
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
};

test('no caller can make a new series: not by path, query, method, header or host', async () => {
  await using world = await startE2eWorld({ settings: { UPSTREAM_MAX_REQUESTS_PER_SECOND: '0' } });
  const port = Number(new URL(world.url).port);
  const one = (request: string, ...lines: readonly string[]) =>
    sendRaw(port, [`${request} HTTP/1.1`, 'Connection: close', ...lines, '', ''].join('\r\n'));
  /** Every kind of answer once. */
  const round = async (name: string): Promise<void> => {
    await one(`GET /cmu/v2/${name}`, 'Host: localhost');
    await one(`GET /cmu/v2/year?mvpd=${name}`, 'Host: localhost', `X-${name}: ${name}`);
    await one(`GET /${name}`, 'Host: localhost');
    await one(`GET /cmu/v2/..;${name}`, 'Host: localhost');
    await one('GET /cmu/v2/year', `Host: ${name}.test`);
    await one('GET /cmu/v2/year', 'Host: localhost', `Origin: http://${name}.test`);
    await one('DELETE /cmu/v2/year', 'Host: localhost');
    await one(`${name} /cmu/v2/year`, 'Host: localhost');
  };
  await round('warm');
  const before = await seriesOf(world.proxy.adminUrl);
  for (let i = 0; i < 40; i++) await round(`random${(i * 7919).toString(36)}`);
  const pipelined = Array.from({ length: 50 }, (_, i) => `GET /cmu/v2/year?n=${i} HTTP/1.1\r\n${HOST}`);
  await sendRaw(port, `${pipelined.join('\r\n')}Connection: close\r\n\r\n`);
  const after = await seriesOf(world.proxy.adminUrl);
  // Buckets that had none before are of a bounded number; those of the runtime have nothing to do with callers.
  assert.deepEqual(
    after.filter((series) => !before.includes(series) && !/le="|^nodejs_/.test(series)),
    [],
  );
  assert.doesNotMatch(after.join('\n'), /random/);
});

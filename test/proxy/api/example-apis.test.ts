import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startE2eWorld } from '../../support/e2e-world.ts';

const EXAMPLE = new URL('../../../config/examples/tve-api.yaml', import.meta.url);
const TOKEN = 'operations-token-of-this-test';

/** The example, with a caller token of ours. */
const exampleWithOurToken = async (): Promise<string> =>
  (await readFile(EXAMPLE, 'utf8')).replace(
    /sha256: .*/,
    `sha256: ${createHash('sha256').update(TOKEN).digest('hex')}`,
  );

test('with config/examples/tve-api.yaml a TempPass is reset and a degradation is switched, and reports are read', async () => {
  await using world = await startE2eWorld({ yaml: await exampleWithOurToken() });
  const origin = new URL(world.url).origin;
  const ask = async (method: string, target: string, body?: string) => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const answer = await fetch(origin + target, { method, headers, ...(body !== undefined && { body }) });
    return { status: answer.status, text: await answer.text() };
  };
  const rule = '/control/v3/degradation/North/authnAll?programmer=north-prime&mvpd=Cablenova';
  const reset = '/reset-tempass/v3/reset?requestor_id=north-prime&mvpd_id=TempPass';
  assert.equal((await ask('DELETE', reset)).status, 204);
  assert.equal((await ask('GET', reset)).status, 405);
  const put = await ask('PUT', rule, '{"ttl":60}');
  assert.equal(put.status, 200);
  assert.match(put.text, /"degradation-measure-status":\s*"APPLIED"/);
  assert.match((await ask('GET', rule)).text, /"ttl":\s*60/);
  assert.equal((await ask('DELETE', rule)).status, 204);
  assert.deepEqual(JSON.parse((await ask('GET', rule)).text), { 'degradation-measure': {} });
  assert.equal((await ask('GET', '/cmu/v2/year')).status, 200);
  assert.equal((await fetch(origin + reset, { method: 'DELETE' })).status, 401);
});

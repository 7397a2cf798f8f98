import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Telemetry, type UpstreamNotes } from '../../src/admin/telemetry.ts';
import { epochMs, isoTime, milliseconds } from '../../src/base/units.ts';
import { Traffic } from '../../src/metrics/traffic.ts';
import { startE2eWorld } from '../support/e2e-world.ts';
import { startServiceWorld } from '../support/service-world.ts';

describe('Calls to Adobe', () => {
  test('fail since the first failure that no good answer has ended', async () => {
    await using world = await startE2eWorld({ sandbox: { throttle: false } });
    const failingSince = async () => Object((await world.status())['upstream']).failingSince;
    await world.get('/year');
    assert.equal(await failingSince(), null);
    const heal = world.sandbox.control.answerStatus(503, { on: 'report' });
    await world.get('/year/month');
    const since = await failingSince();
    assert.ok(Date.parse(since) > 0);
    await world.get('/year/month/mvpd');
    assert.equal(await failingSince(), since, 'the first one counts');
    heal();
    await world.get('/tenant');
    assert.equal(await failingSince(), null);
  });

  test('do not fail where they were not made, for want of a token', async () => {
    await using world = await startE2eWorld({
      before: ({ control }) => void control.answerStatus(400, { on: 'dcr' }),
    });
    assert.equal((await world.get('/year')).status, 503);
    assert.equal(Object((await world.status())['upstream']).failingSince, null);
  });

  test('of another process count too, as far as they are news', () => {
    const telemetry = new Telemetry(() => epochMs(1000));
    const add = (notes: Partial<UpstreamNotes>) =>
      telemetry.add(new Traffic().take(), {
        lastAnswer: null,
        lastFailure: null,
        failingSince: null,
        ...notes,
      });
    const since = () => telemetry.upstream.failingSince && isoTime(telemetry.upstream.failingSince);
    add({ lastFailure: { at: epochMs(2000), reason: 'status 503' }, failingSince: epochMs(2000) });
    assert.equal(since(), '1970-01-01T00:00:02.000Z');
    add({ lastFailure: { at: epochMs(3000), reason: 'status 503' }, failingSince: epochMs(3000) });
    assert.equal(since(), '1970-01-01T00:00:02.000Z');
    add({ lastAnswer: { at: epochMs(4000), status: 200, durationMs: milliseconds(1) } });
    assert.equal(since(), null);
    // What was told before is told again.
    add({ lastFailure: { at: epochMs(3000), reason: 'status 503' }, failingSince: epochMs(3000) });
    assert.equal(since(), null);
  });
});

test('The status tells the zone of each route: as configured, else UTC, and PST for ESM', async () => {
  await using world = await startServiceWorld({
    statements: ['a'],
    yaml: `
softwareStatementFile: DIR/a.txt
routes:
  - { name: cmu }
  - { name: esm, prefix: /esm/v3, upstream: { prefix: /esm/v3 } }
  - { name: east, prefix: /east, upstream: { timeZone: America/New_York } }
`,
  });
  const { routes, reports } = Object(await (await world.admin('/api/status')).json());
  assert.deepEqual(
    routes.map(({ name, timeZone }: { name: string; timeZone: string }) => `${name} ${timeZone}`),
    ['cmu UTC', 'esm -08:00', 'east America/New_York'],
  );
  assert.equal(reports.servedHere, true);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { sandboxCommand } from '../../src/cli/sandbox.ts';
import { DEVICE_INFO } from '../sandbox/client.ts';

type Options = Record<string, string | boolean>;

/** The command, started as `main.ts` would; what it writes is collected. */
function start(
  t: TestContext,
  options: Options,
  positionals: string[] = [],
  env: Record<string, string> = {},
) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const stdout = new PassThrough().setEncoding('utf8');
  const stderr = new PassThrough().setEncoding('utf8');
  const written = { out: '', err: '' };
  stdout.on('data', (text: string) => {
    written.out += text;
  });
  stderr.on('data', (text: string) => {
    written.err += text;
  });
  const code = sandboxCommand.run({
    options,
    positionals,
    env,
    stdout,
    stderr,
    stopping: stop.signal,
    onReload: () => {},
    onExit: () => {},
  });
  return {
    code,
    written,
    stop: () => stop.abort(),
    async url(): Promise<string> {
      while (!/\n$/.test(written.out)) await once(stdout, 'data');
      return /ready: (http:\S+)/.exec(written.out)?.[1] ?? '';
    },
  };
}

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-command-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const DCR_HEADERS = {
  'user-agent': 'test',
  'x-device-info': DEVICE_INFO,
  'content-type': 'application/json',
};

const registerAt = async (url: string, statement: string): Promise<number> =>
  (
    await fetch(`${url}/o/client/register`, {
      method: 'POST',
      headers: DCR_HEADERS,
      body: JSON.stringify({ software_statement: statement.trim() }),
    })
  ).status;

test('it serves until it is stopped, says so, and writes a statement that only its owner can read', async (t) => {
  const file = join(await folderFor(t), 'statement.txt');
  await writeFile(file, 'old', { mode: 0o644 });
  const run = start(t, { port: '0', 'statement-out': file });
  const url = await run.url();
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(await registerAt(url, await readFile(file, 'utf8')), 201);
  assert.ok(run.written.out.includes(`CMU_PROXY_SOFTWARE_STATEMENT_FILE=${file}`));
  assert.ok(run.written.out.includes(`CMU_PROXY_DCR_URL=${url}`));
  run.stop();
  assert.equal(await run.code, 0);
  await assert.rejects(fetch(url));
});

test('the switches reach the sandbox', async (t) => {
  const run = start(t, {
    port: '0',
    'token-lifetime': '7',
    'token-format': 'opaque',
    'time-unit': 'seconds',
    throttle: '0/2',
    tenants: 'A, B',
    fault: 'status:503@report*1',
    'minute-reports': true,
  });
  const url = await run.url();
  const status = JSON.parse(await (await fetch(`${url}/_sandbox`)).text());
  assert.deepEqual(
    [status.variants.tokenLifetime, status.variants.tokenFormat, status.variants.timeUnit.token],
    [7, 'opaque', 'seconds'],
  );
  assert.deepEqual(status.throttle, { ratePerSecond: 0, burst: 2 });
  const token = await (await fetch(`${url}/_sandbox/token`)).text();
  const get = (path: string) => fetch(url + path, { headers: { authorization: `Bearer ${token.trim()}` } });
  assert.equal((await get('/cmu/v2')).status, 503);
  assert.match(await (await get('/cmu/v2/tenant.csv')).text(), /^A,.*\nB,/m);
  assert.equal((await get('/cmu/v2/tenant/year/month/day/hour/minute')).status, 200);
});

test('another statement comes from the running sandbox, or from the same key', async (t) => {
  const key = join(await folderFor(t), 'key.pem');
  const run = start(t, { port: '0', key });
  const url = await run.url();
  assert.equal((await stat(key)).mode & 0o777, 0o600);

  const asked = start(t, { port: new URL(url).port, name: 'brand-b' }, ['statement']);
  assert.equal(await asked.code, 0);
  assert.equal(await registerAt(url, asked.written.out), 201);

  const signed = start(t, { key, name: 'brand-c' }, ['statement']);
  assert.equal(await signed.code, 0);
  assert.equal(await registerAt(url, signed.written.out), 201);

  const out = join(key, '..', 'brand-d.txt');
  assert.equal(await start(t, { key, out }, ['statement']).code, 0);
  run.stop();
  await run.code;

  const again = start(t, { port: '0', key });
  assert.equal(await registerAt(await again.url(), await readFile(out, 'utf8')), 201, 'after a restart');
});

test('a running sandbox can be broken and mended from the command line', async (t) => {
  const url = await start(t, { port: '0' }).url();
  const ask = async (...args: string[]) => {
    const run = start(t, { port: new URL(url).port }, args);
    assert.equal(await run.code, 0, run.written.err);
    return JSON.parse(run.written.out.trim().split('\n').at(-1) ?? '');
  };
  await fetch(`${url}/_sandbox/token`);
  assert.deepEqual(await ask('revoke-tokens'), { revoked: 1 });
  assert.deepEqual(await ask('forget-clients'), { forgotten: 0 });
  assert.equal((await ask('fault', 'status:503@report,reset@dcr')).length, 2);
  assert.equal((await fetch(`${url}/cmu/v2`)).status, 503);
  await ask('clear-faults');
  const { now, faults } = await ask('status');
  assert.deepEqual(faults, []);
  assert.ok(Date.parse((await ask('shift-clock', '86400')).now) >= Date.parse(now) + 86_400_000);
});

test('mistakes are told with exit code 2', async (t) => {
  const cases: [Options, string[], Record<string, string>, RegExp][] = [
    [{ port: 'eighty' }, [], {}, /--port: "eighty"/],
    [{ port: '65536' }, [], {}, /from 0 to 65535/],
    [{}, [], { CMU_PROXY_SANDBOX_PORT: '-1' }, /CMU_PROXY_SANDBOX_PORT: "-1"/],
    [{ 'token-lifetime': '0' }, [], {}, /--token-lifetime: "0" is not a whole number of at least 1/],
    [{ 'token-format': 'saml' }, [], {}, /--token-format: "saml" is none of jwt, opaque/],
    [{ throttle: 'fast' }, [], {}, /--throttle: "fast" is neither/],
    [{ tenants: ' , ' }, [], {}, /--tenants/],
    [{ fault: 'boom' }, [], {}, /--fault: not a fault: "boom"/],
    [{}, ['statements'], {}, /unknown argument "statements"/],
    [{}, ['statement', 'x'], {}, /unknown argument "x"/],
    [{}, ['fault'], {}, /fault takes one argument: FAULTS/],
    [{}, ['fault', 'boom'], {}, /fault: not a fault: "boom"/],
    [{}, ['shift-clock', 'late'], {}, /shift-clock: "late"/],
    [{}, ['revoke-tokens', 'all'], {}, /revoke-tokens takes no argument/],
  ];
  for (const [options, positionals, env, message] of cases) {
    const run = start(t, options, positionals, env);
    assert.equal(await run.code, 2, String(message));
    assert.match(run.written.err, message);
    assert.equal(run.written.out, '');
  }
});

test('what fails while running is told with exit code 1', async (t) => {
  const folder = await folderFor(t);
  const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const taken = String((server.address() as AddressInfo).port);
  const notAKey = join(folder, 'not-a-key.pem');
  await writeFile(notAKey, 'hello');
  const cases: [Options, string[], RegExp][] = [
    [{ port: taken }, [], new RegExp(`port ${taken} is taken`)],
    [{ port: '0', key: notAKey }, [], /holds no RSA private key/],
    [{ port: '0', 'statement-out': join(folder, 'missing', 'x.txt') }, [], /ENOENT/],
    [{ port: taken }, ['statement'], new RegExp(`no sandbox answers on port ${taken}`)],
  ];
  for (const [options, positionals, message] of cases) {
    const run = start(t, options, positionals);
    assert.equal(await run.code, 1, String(message));
    assert.match(run.written.err, message);
  }
});

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { epochMs } from '../../src/base/units.ts';
import { type CheckMeans, KNOWN_PLACES } from '../../src/cli/check/client-check.ts';
import { runCheck } from '../../src/cli/check.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

interface World {
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Runs the check with these variables over good ones; gives its exit code and what it printed. */
  check(env?: Record<string, string>, more?: More): Promise<{ exitCode: number; output: string }>;
}

interface More extends Partial<CheckMeans> {
  readonly json?: boolean;
}

/** Pauses are over at once, and the clock says that they were long. */
const leaping = (): Pick<CheckMeans, 'effects' | 'wait'> => {
  let leapt = 0;
  return {
    effects: { ...systemEffects, now: () => epochMs(systemEffects.now() + leapt) },
    wait: async (time) => {
      leapt += time;
    },
  };
};

/** A sandbox, a statement that it signed, and a folder for the state. */
async function world(t: TestContext): Promise<World> {
  const sandbox = await startTestSandbox();
  t.after(() => sandbox.close());
  const folder = await mkdtemp(join(tmpdir(), 'cmu-check-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'statement.txt'), await sandbox.statement(), { mode: 0o600 });
  const check: World['check'] = async (env = {}, { json = false, places = KNOWN_PLACES } = {}) => {
    const stdout = new PassThrough();
    const context: CommandContext = {
      options: { json },
      positionals: [],
      env: {
        CMU_PROXY_DCR_URL: sandbox.url,
        CMU_PROXY_UPSTREAM_URL: sandbox.url,
        CMU_PROXY_SOFTWARE_STATEMENT_FILE: join(folder, 'statement.txt'),
        CMU_PROXY_STATE_DIR: join(folder, 'state'),
        ...env,
      },
      stdout,
      stderr: stdout,
      stopping: new AbortController().signal,
      onReload: () => {},
      onExit: () => {},
    };
    const exitCode = await runCheck(context, { ...leaping(), places });
    return { exitCode, output: String(stdout.read() ?? '') };
  };
  return { sandbox, folder, check };
}

test('with everything right, each step is told and the exit code is 0', async (t) => {
  const { check } = await world(t);
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0, output);
  for (const step of [
    'Configuration',
    'Software statement',
    'State folder',
    'Registration',
    'Access token',
    'Report',
  ]) {
    assert.match(output, new RegExp(`^✓ ${step} `, 'm'));
  }
  assert.match(output, /newly registered\n +scopes: .*cmu:analytics:client/);
  assert.match(output, /All is well: `npm start` will work/);
  assert.match(output, /answers 200 with one row/);
});

test('a second check takes credentials and token from the state folder', async (t) => {
  const { check, sandbox } = await world(t);
  await check();
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0);
  assert.match(output, /taken from the state folder, registered/);
  assert.equal(sandbox.counts.register, 1);
  assert.equal(sandbox.counts.token, 1);
});

test('nothing that it prints holds the statement, the secret or the token', async (t) => {
  const { check, sandbox } = await world(t);
  const statement = await sandbox.statement();
  const outputs = [(await check()).output];
  sandbox.control.revokeTokens();
  sandbox.control.forgetClients();
  outputs.push((await check()).output);
  sandbox.control.setApplication('default', { state: 'unapproved' });
  outputs.push((await check({ CMU_PROXY_STATE_DIR: '' })).output);
  for (const output of outputs) {
    assert.ok(!/eyJ/.test(output) && !output.includes(statement.slice(-40)), output);
    // Ids of clients and applications are UUIDs.
    assert.ok(!/[0-9a-f]{8}-[0-9a-f]{4}-/.test(output), output);
  }
});

test('no statement: exit 2, with the setting and the way to try without one', async (t) => {
  const { check } = await world(t);
  const { exitCode, output } = await check({ CMU_PROXY_SOFTWARE_STATEMENT_FILE: '' });
  assert.equal(exitCode, 2);
  assert.match(
    output,
    /✗ Software statement +softwareStatementFile: No software statement is configured\n +→ .*CMU_PROXY_SOFTWARE_STATEMENT_FILE.*`npm run demo`/,
  );
});

test('a statement file that is missing, or holds HTML: exit 2, and nothing is sent', async (t) => {
  const { check, folder, sandbox } = await world(t);
  const missing = await check({ CMU_PROXY_SOFTWARE_STATEMENT_FILE: join(folder, 'nowhere.txt') });
  assert.equal(missing.exitCode, 2);
  assert.match(missing.output, /✗ Software statement .*nowhere\.txt/);
  await writeFile(join(folder, 'page.txt'), '<!DOCTYPE html><html><body>Log in</body></html>');
  const html = await check({ CMU_PROXY_SOFTWARE_STATEMENT_FILE: join(folder, 'page.txt') });
  assert.equal(html.exitCode, 2);
  assert.match(html.output, /HTML/);
  assert.match(html.output, /→ .*Download the software statement/);
  assert.equal(sandbox.requests().length, 0);
});

test('a wrong configuration: exit 2, each mistake on a line of its own', async (t) => {
  const { check } = await world(t);
  const { exitCode, output } = await check({ CMU_PROXY_LISTEN_PORT: 'x', CMU_PROXY_LOG_LEVEL: 'y' });
  assert.equal(exitCode, 2);
  assert.equal(output.match(/^✗ Configuration /gm)?.length, 2);
});

test('a certificate bundle that cannot be used: exit 2', async (t) => {
  const { check, folder } = await world(t);
  for (const variable of ['CMU_PROXY_DCR_CA_FILE', 'CMU_PROXY_UPSTREAM_CA_FILE']) {
    const { exitCode, output } = await check({ [variable]: join(folder, 'statement.txt') });
    assert.equal(exitCode, 2);
    assert.match(output, /holds no PEM certificate/);
  }
});

test('DCR unreachable: exit 1, with its address and what to look at', async (t) => {
  const { check } = await world(t);
  const { exitCode, output } = await check({ CMU_PROXY_DCR_URL: 'http://127.0.0.1:1' });
  assert.equal(exitCode, 1);
  assert.match(output, /✗ Registration .*127\.0\.0\.1:1.*\n +→ .*`dcr\.url`/);
});

test('a statement that is not approved: exit 2, for it must be replaced', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.setApplication('default', { state: 'unapproved' });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 2);
  assert.match(output, /✗ Registration .*unapproved_software_statement.*\n +→ .*new software statement/);
  assert.ok(!/Wait/.test(output), 'waiting alone mends nothing');
});

test('a token request that is refused: exit 1, after the registration', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.addFault({
    kind: 'status',
    on: 'token',
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"unauthorized_client"}',
  });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 1);
  assert.match(
    output,
    /✓ Registration .*\n +scopes: .*\n✗ Access token .*unauthorized_client\n +→ .*client_credentials/,
  );
});

test('a pause that DCR or the API asks for is waited out', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.answerStatus(429, { on: 'dcr', times: 2 });
  sandbox.control.addFault({
    kind: 'status',
    on: 'report',
    times: 1,
    status: 429,
    headers: { 'retry-after': '7' },
  });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0, output);
  assert.match(output, /! Registration +throttled \(429\): waiting \d+ s\n/);
  assert.match(output, /! Report +throttled \(429\): waiting 7 s\n✓ Report/);
});

test('a pause longer than anybody sits before a check: exit 1 at once', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.addFault({ kind: 'status', on: 'report', status: 429, headers: { 'retry-after': '900' } });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 1);
  assert.match(output, /answers 429: .*\n +→ Wait 900 s/);
  assert.doesNotMatch(output, /waiting/);
});

test('DCR throttles without end: exit 1 after some pauses, and how long to wait', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.answerStatus(429, { on: 'dcr' });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 1);
  assert.equal(output.match(/waiting/g)?.length, 5, output);
  assert.match(output, /✗ Registration .*throttles.*\n +→ .*Wait \d+ s/);
});

test('a report that is forbidden: exit 1, and whom to ask', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.setApplication('default', { scopes: ['config:client'] });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 1);
  assert.match(output, /✓ Access token/);
  assert.match(output, /✗ Report .*\n +answers 403: .*\n +→ .*Adobe contact/);
});

test('a stored token that was revoked is replaced, as the proxy would', async (t) => {
  const { check, sandbox } = await world(t);
  await check();
  sandbox.control.revokeTokens();
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0, output);
  assert.match(output, /! Report +the token is refused \(.*\): trying with a new one\n✓ Report/);
  assert.equal(sandbox.counts.register, 1);
});

test('an API that refuses every token: exit 1, after a few tries', async (t) => {
  const { check, sandbox } = await world(t);
  sandbox.control.answerStatus(401, { on: 'report' });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 1);
  assert.match(output, /answers 401.*\n +→ .*same environment/);
  assert.ok(sandbox.counts.report <= 9, `${sandbox.counts.report} tries`);
});

test('credentials that Adobe forgot are replaced, and that is told', async (t) => {
  const { check, sandbox } = await world(t);
  await check();
  sandbox.control.revokeTokens();
  sandbox.control.forgetClients();
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0, output);
  assert.equal(sandbox.counts.register, 2);
});

test('an API that does not answer, throttles, or is another: exit 1, each with its advice', async (t) => {
  const { check, sandbox } = await world(t);
  const reset = sandbox.control.resetConnections({ on: 'report' });
  assert.match((await check()).output, /✗ Report .*\n +does not answer: .*\n +→ .*`upstream\.url`/);
  reset();
  const throttled = sandbox.control.answerStatus(429, { on: 'report' });
  assert.match((await check()).output, /answers 429: .*\n +→ Wait a minute/);
  throttled();
  const elsewhere = await check({ CMU_PROXY_UPSTREAM_PREFIX: '/nowhere' });
  assert.equal(elsewhere.exitCode, 1);
  assert.match(elsewhere.output, /answers 404: .*\n +→ .*`upstream\.prefix`/);
});

test('a state folder that cannot be written is worth knowing, not a failure', async (t) => {
  const { check, folder } = await world(t);
  const { exitCode, output } = await check({ CMU_PROXY_STATE_DIR: join(folder, 'statement.txt', 'x') });
  assert.equal(exitCode, 0);
  assert.match(output, /! State folder .*ENOTDIR.*register anew\n +→ /);
  assert.equal(output.match(/! State folder/g)?.length, 1);
  const nowhere = await check({ CMU_PROXY_STATE_DIR: '' });
  assert.equal(nowhere.exitCode, 0);
  assert.match(nowhere.output, /! State folder .*HOME/);
});

test('state of another statement is set aside, and that is told', async (t) => {
  const { check, folder, sandbox } = await world(t);
  await check();
  await writeFile(join(folder, 'statement.txt'), await sandbox.statement('another'), { mode: 0o600 });
  const { exitCode, output } = await check();
  assert.equal(exitCode, 0);
  assert.match(
    output,
    /! State folder +stored state belongs to another statement or DCR server and was set aside/,
  );
  assert.equal(sandbox.counts.register, 2);
});

test('several clients and routes: each is tried, what fails of one says nothing of the others, and the worst counts', async (t) => {
  const { check, sandbox, folder } = await world(t);
  await writeFile(join(folder, 'b.txt'), await sandbox.statement('b'), { mode: 0o600 });
  const several = {
    CMU_PROXY_SOFTWARE_STATEMENT_FILE: '',
    CMU_PROXY_CLIENTS: JSON.stringify([
      { name: 'brand-a', statementFile: join(folder, 'statement.txt') },
      { name: 'brand-b', statementFile: join(folder, 'b.txt') },
      { name: 'spare', statementFile: join(folder, 'nowhere.txt') },
    ]),
    CMU_PROXY_ROUTES: JSON.stringify([
      { name: 'a', prefix: '/a', client: 'brand-a' },
      { name: 'esm', prefix: '/esm/v3', client: 'brand-a', upstream: { prefix: '/esm/v3' } },
      { name: 'b', prefix: '/b', client: 'brand-b' },
    ]),
  };
  const good = await check(several);
  assert.equal(good.exitCode, 0, good.output);
  assert.match(good.output, /! Configuration .*No route uses the client spare/);
  assert.match(good.output, /✓ Registration +brand-a: client .*newly registered/);
  assert.match(good.output, /✓ Report +brand-a: a: .*\n +answers 200/);
  assert.match(good.output, /✓ Report +brand-a: esm: .*esm\/v3.*\n +answers 200/);
  assert.match(good.output, /✓ Report +brand-b: .*\n +answers 200/);

  sandbox.control.setApplication('default', { state: 'revoked' });
  const stored = await check(several);
  assert.equal(stored.exitCode, 2, stored.output);
  assert.match(stored.output, /✗ Report +brand-a: a: .*invalid_software_statement/);
  assert.match(stored.output, /✗ Report +brand-a: esm: .*invalid_software_statement/);
  const bad = await check({ ...several, CMU_PROXY_STATE_DIR: join(folder, 'other') });
  assert.equal(bad.exitCode, 2, bad.output);
  assert.match(bad.output, /✗ Registration +brand-a: /);
  assert.match(bad.output, /✓ Report +brand-b: .*\n +answers 200/);
  assert.doesNotMatch(bad.output, /All is well/);

  await copyFile(join(folder, 'statement.txt'), join(folder, 'b.txt'));
  const twice = await check(several);
  assert.equal(twice.exitCode, 2);
  assert.match(twice.output, /✗ Software statement +clients\[1\]\.statementFile: .*clients\[0\]/);
});

test('a wrong address: the places that are documented beside it are tried, and the right one is named', async (t) => {
  const { check, sandbox } = await world(t);
  const wrong = await startTestSandbox();
  t.after(() => wrong.close());
  const place = (upstream: string) => ({
    'dcr.url': sandbox.url,
    'upstream.url': upstream,
    'upstream.prefix': '/cmu/v2',
  });
  const places = {
    presets: {
      first: place(wrong.url),
      second: place(sandbox.url),
      elsewhere: { ...place(sandbox.url), 'dcr.url': 'https://dcr.invalid' },
    },
    dcr: [],
  };
  for (const status of [401, 404]) {
    wrong.control.clearFaults();
    wrong.control.answerStatus(status, { on: 'report' });
    const { exitCode, output } = await check({ CMU_PROXY_UPSTREAM_URL: wrong.url }, { places });
    assert.equal(exitCode, 1);
    assert.match(output, new RegExp(`✗ Report +.*${wrong.url}.*\n +answers ${status}`));
    assert.match(
      output,
      new RegExp(`! Report +.*${sandbox.url}.*\n +answers 200.*\n +→ .*\`adobe: second\``),
    );
    assert.doesNotMatch(output, /elsewhere|adobe: first/);
  }
});

test('an address that is no DCR server: the one beside it is named, and nothing is registered there', async (t) => {
  const { check, sandbox } = await world(t);
  const wrong = await startTestSandbox();
  t.after(() => wrong.close());
  wrong.control.answerStatus(404, { on: 'dcr' });
  const places = { presets: {}, dcr: [[wrong.url, sandbox.url]] };
  const { exitCode, output } = await check({ CMU_PROXY_DCR_URL: wrong.url }, { places });
  assert.equal(exitCode, 1);
  assert.match(
    output,
    new RegExp(`! Registration +${sandbox.url}.*\n +→ Configure \`dcr.url: ${sandbox.url}\``),
  );
  assert.equal(sandbox.counts.register, 0);
});

test('machines get one JSON object: exit code and findings, with client and route by name', async (t) => {
  const { check, folder, sandbox } = await world(t);
  const good = JSON.parse((await check({}, { json: true })).output);
  assert.equal(good.exitCode, 0);
  assert.deepEqual(
    good.findings.map(({ step, outcome }: Record<string, string>) => [step, outcome]),
    ['Configuration', 'Software statement', 'State folder', 'Registration', 'Access token', 'Report'].map(
      (step) => [step, 'ok'],
    ),
  );
  await writeFile(join(folder, 'b.txt'), await sandbox.statement('b'), { mode: 0o600 });
  const several = {
    CMU_PROXY_SOFTWARE_STATEMENT_FILE: '',
    CMU_PROXY_CLIENTS: JSON.stringify([
      { name: 'a', statementFile: join(folder, 'statement.txt') },
      { name: 'b', statementFile: join(folder, 'b.txt') },
    ]),
    CMU_PROXY_ROUTES: JSON.stringify([
      { name: 'one', prefix: '/a', client: 'a' },
      { name: 'two', prefix: '/b', client: 'a', upstream: { prefix: '/nowhere' } },
      { name: 'three', prefix: '/c', client: 'b' },
    ]),
  };
  const bad = JSON.parse((await check(several, { json: true })).output);
  assert.equal(bad.exitCode, 1);
  const failed = bad.findings.filter(({ outcome }: Record<string, string>) => outcome === 'failed');
  assert.deepEqual([failed.length, failed[0].client, failed[0].route], [1, 'a', 'two']);
  assert.match(failed[0].advice, /upstream\.prefix/);
});

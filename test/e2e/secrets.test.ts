import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { until } from '../support/e2e-world.ts';
import { call, sendRaw } from '../support/http-client.ts';
import { logLines, type RunningServe, runCommand, runServe } from '../support/running-process.ts';
import { formsOf, secretsIn } from '../support/secret-forms.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startTestSandbox } from '../support/test-sandbox.ts';

const CALLER = {
  'caller bearer': 'canary-Bearer/7f3a+9c==',
  'caller cookie': 'canary-cookie-51c2',
  'caller query token': 'canary-query-token-9d1e',
  'caller basic': Buffer.from('someone:canary-password').toString('base64'),
};

const CREDENTIALS = [
  ...['Authorization', `Bearer ${CALLER['caller bearer']}`, 'Cookie', `sid=${CALLER['caller cookie']}`],
  ...['Proxy-Authorization', `Basic ${CALLER['caller basic']}`],
];

/** Everything secret that went over the wire to the sandbox, by kind. */
const wireSecrets = (sandbox: Sandbox): Record<string, string> => {
  const secrets: Record<string, string> = {};
  for (const { kind, body, headers } of sandbox.requests()) {
    if (kind === 'register') secrets['statement'] = String(Object(JSON.parse(body)).software_statement);
    if (kind === 'token') {
      const form = new URLSearchParams(body);
      secrets['client secret'] = form.get('client_secret') ?? '';
      secrets['client credentials'] = `${form.get('client_id')}:${form.get('client_secret')}`;
    }
    const authorization = headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1];
    if (authorization !== undefined) secrets[`token ${Object.keys(secrets).length}`] = authorization.slice(7);
  }
  return secrets;
};

/** Calls in every way that ends in another kind of answer. @returns all that came back */
const callInEveryWay = async (url: string): Promise<string> => {
  const token = CALLER['caller query token'];
  const base = url.slice(0, -'/cmu/v2'.length);
  const { port } = new URL(url);
  const targets = [
    `${url}/year/month?access_token=${token}&limit=1`,
    `${url}/year/month?access%5Ftoken=${token}&limit=2`,
    `${url}/no/such/report?access_token=${token}`,
    `${url}/%zz?access_token=${token}`,
    `${url}/../x?access_token=${token}`,
    `${base}/elsewhere?access_token=${token}`,
  ];
  let seen = '';
  for (const target of targets) {
    const answer = await call(target, { headers: CREDENTIALS });
    seen += answer.rawHeaders.join('\n') + answer.text;
  }
  seen += (await call(`${url}/year`, { method: 'POST', headers: CREDENTIALS })).text;
  seen += (await call(`${url}/year`, { headers: ['Host', 'evil.test', ...CREDENTIALS] })).text;
  const head = `GET /cmu/v2/x?access_token=${token} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${CALLER['caller bearer']}\r\n`;
  seen += await sendRaw(Number(port), `${head}Bad Header: ${CALLER['caller cookie']}\r\n\r\n`);
  seen += await sendRaw(Number(port), `${head}X: ${CALLER['caller cookie'].repeat(1_000)}\r\n\r\n`);
  return seen;
};

const adminPages = async ({ adminUrl }: RunningServe): Promise<string> => {
  let seen = '';
  for (const path of [
    '/livez',
    '/readyz',
    '/metrics',
    '/api/status',
    '/api/cache',
    '/console/',
    '/nothing',
  ]) {
    const answer = await call(adminUrl + path, { headers: CREDENTIALS });
    seen += answer.rawHeaders.join('\n') + answer.text;
  }
  return seen;
};

test('at trace, nothing that the process says holds a secret: statement, credentials, token, or those of a caller', async () => {
  await using folder = await temporaryFolder();
  await using opened = new AsyncDisposableStack();
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const statement = await sandbox.statement();
  await writeFile(folder.file('statement.txt'), statement);
  const process = opened.use(
    await runServe({
      settings: {
        LISTEN_PORT: '0',
        ADMIN_PORT: '0',
        LOG_LEVEL: 'trace',
        DCR_URL: sandbox.url,
        UPSTREAM_URL: sandbox.url,
        STATE_DIR: folder.file('state'),
        SOFTWARE_STATEMENT_FILE: folder.file('statement.txt'),
      },
    }),
  );
  let said = await callInEveryWay(process.url);
  const first = wireSecrets(sandbox);

  // The API refuses the token; the DCR server then answers with our own secrets in its mouth.
  const quoting = JSON.stringify({
    ...first,
    error: 'invalid_request',
    error_description: statement,
    access_token: 7,
  });
  for (const status of [200, 400, 500])
    sandbox.control.answerStatus(status, { on: 'dcr', times: 1, body: quoting });
  sandbox.control.answerStatus(200, {
    on: 'dcr',
    times: 1,
    body: `<html>${statement} ${first['client secret']}`,
  });
  sandbox.control.revokeTokens();
  said += await callInEveryWay(process.url);
  said += await adminPages(process);
  await until(async () => (await call(`${process.url}/year/month?limit=3`)).status === 200);
  // The statement becomes something that is as secret, and unusable.
  await writeFile(folder.file('statement.txt'), `${statement}.${statement}`);
  process.child.kill('SIGHUP');
  await process.waitFor(/"event":"config\.refused"/);
  await process.kill('SIGTERM');

  const secrets = { ...CALLER, ...first, ...wireSecrets(sandbox), statement };
  assert.ok(Object.keys(secrets).length >= 8, 'not all kinds of secrets were seen');
  const events = new Set(logLines(process.output.stdout).map(({ event }) => event));
  for (const event of ['dcr.registered', 'token.attempt-failed', 'token.rejected', 'request', 'stopped']) {
    assert.ok(events.has(event), event);
  }
  assert.deepEqual(secretsIn(process.output.stdout, secrets), []);
  assert.deepEqual(secretsIn(process.output.stderr, secrets), []);
  assert.deepEqual(secretsIn(said, secrets), []);
});

test('nor do the last words of a process that ends for a mistake or a crash', async () => {
  await using folder = await temporaryFolder();
  await using opened = new AsyncDisposableStack();
  const sandbox = await startTestSandbox();
  opened.defer(() => sandbox.close());
  const statement = await sandbox.statement();
  const settings = {
    LISTEN_PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'trace',
    STATE_DIR: folder.path,
    DCR_URL: sandbox.url,
    UPSTREAM_URL: sandbox.url,
    SOFTWARE_STATEMENT: statement,
  };
  const boom = folder.file('boom.mjs');
  await writeFile(
    boom,
    `setTimeout(() => {
       const secret = process.env.CMU_PROXY_SOFTWARE_STATEMENT;
       throw Object.assign(new Error('boom ' + secret, { cause: new Error(secret) }), { body: secret, headers: { authorization: secret } });
     }, 700);`,
  );
  const crashing = opened.use(runCommand(['serve'], { settings, preload: boom }));
  const mistaken = opened.use(
    runCommand(['serve'], {
      settings: { ...settings, LISTEN_PORT: statement, DCR_URL: `https://user:${statement}@adobe.test` },
    }),
  );
  const broken = opened.use(
    runCommand(['serve'], { settings: { ...settings, SOFTWARE_STATEMENT: `${statement}x.y` } }),
  );
  assert.equal((await crashing.exited).code, 1);
  assert.match(crashing.output.stdout, /"event":"process\.crashed"/);
  assert.equal((await mistaken.exited).code, 2);
  assert.equal((await broken.exited).code, 2);
  for (const { output } of [crashing, mistaken, broken]) {
    assert.deepEqual(secretsIn(output.stdout + output.stderr, { statement, ...wireSecrets(sandbox) }), []);
  }
});

test('what is looked for would be found', () => {
  const secret = 'eyJhbGciOiJSUzI1NiJ9.claims/+x.signature';
  for (const form of [...formsOf(secret), 'claims/+x', 'signature']) {
    assert.notDeepEqual(secretsIn(`before ${form} after`, { it: secret }), [], form);
  }
  assert.deepEqual(secretsIn('nothing', { it: secret }), []);
});

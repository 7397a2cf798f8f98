import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { KnownSecrets } from '../../src/base/known-secrets.ts';
import { Secret } from '../../src/base/secret.ts';
import { type ClosableLog, createLogger, type LogLevel } from '../../src/log/log.ts';
import { secretsIn } from '../support/secret-forms.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

/** A log whose lines are kept. */
function recorded(level: LogLevel | 'silent' = 'trace') {
  const destination = new PassThrough();
  const log = createLogger({ level, destination, pretty: false });
  const text = (): string => String(destination.read() ?? '');
  const records = (): Record<string, unknown>[] =>
    text()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { log, text, records };
}

test('an event is one JSON line with level, ISO time, name and fields', () => {
  const { log, records } = recorded();
  log.info('token.refreshed', { status: 201, client: 'a' });
  const [record] = records();
  assert.match(String(record?.['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...record, time: '' },
    { level: 'info', time: '', event: 'token.refreshed', status: 201, client: 'a' },
  );
});

test('events below the level are not written, and callers can ask', () => {
  const { log, records } = recorded('warn');
  log.trace('a');
  log.debug('b');
  log.info('c');
  log.warn('d');
  log.error('e');
  log.fatal('f');
  assert.deepEqual(
    records().map(({ event }) => event),
    ['d', 'e', 'f'],
  );
  assert.equal(log.enabled('info'), false);
  assert.equal(log.enabled('warn'), true);
});

test('silent writes nothing', () => {
  const { log, text } = recorded('silent');
  log.fatal('x');
  assert.equal(text(), '');
});

test('a child adds its fields to each event', () => {
  const { log, records } = recorded();
  log.child({ client: 'brand-a' }).warn('x', { n: 1 });
  assert.equal(records()[0]?.['client'], 'brand-a');
});

test('of an error only what is allowed is written, under whatever name it comes', () => {
  const { log, text } = recorded();
  const error = Object.assign(new Error('it failed', { cause: new Error(`body: ${JWT}`) }), {
    code: 'server_error',
    advice: 'wait',
    body: 'canary-body',
    headers: { authorization: 'canary-header' },
    toJSON: () => 'canary-json',
  });
  log.error('a', { error });
  log.error('b', { problem: error });
  log.child({ failure: error }).error('c');
  const written = text();
  assert.ok(!written.includes('canary'), written);
  for (const line of written.trim().split('\n')) {
    assert.match(line, /"code":"server_error","message":"it failed","advice":"wait","causes":\["Error"\]/);
  }
});

test('secrets are not written: by type, by field name at any depth, by shape', () => {
  const { log, text } = recorded();
  log.info('x', {
    typed: new Secret('canary-typed'),
    authorization: 'Bearer canary-field',
    deep: { er: { client_secret: 'canary-"quoted\\" deep', token: 'canary-token' } },
    list: [{ access_token: 'canary-list' }],
    message: `it was ${JWT} all along`,
  });
  const written = text();
  assert.ok(!/canary|eyJ/.test(written), written);
  assert.equal(JSON.parse(written).deep.er.client_secret, '[redacted]');
});

test('ids of requests and traces are written as they are', () => {
  const { log, records } = recorded();
  const fields = {
    requestId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };
  log.info('x', fields);
  const [record] = records();
  assert.deepEqual({ ...record, ...fields }, record);
});

test('a circular field does not throw', () => {
  const { log, records } = recorded();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  log.info('x', { circle });
  assert.equal(records().length, 1);
});

/** A log over a file, and what the file holds. */
async function inFile(body: (log: ClosableLog, text: () => string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const path = folder.file('log');
  const destination = Object.assign(new Writable(), { fd: openSync(path, 'a') });
  await body(createLogger({ level: 'info', destination, pretty: false }), () => readFileSync(path, 'utf8'));
}

test('to a file descriptor, lines wait for each other, and none is lost at close', () =>
  inFile(async (log, text) => {
    log.info('first');
    assert.equal(text(), '');
    for (let i = 0; i < 1000; i++) log.info('many', { i });
    const closed = log.close();
    log.lines('{"n":4}\n');
    log.info('late');
    await closed;
    const lines = text().trim().split('\n');
    assert.equal(lines.length, 1001);
    assert.equal(JSON.parse(lines.at(-1) ?? '').i, 999);
  }));

test('at the exit of the process, what waits is written at once', () =>
  inFile(async (log, text) => {
    log.info('first');
    log.end();
    assert.match(text(), /"event":"first"/);
    log.info('late');
    log.end();
    assert.doesNotMatch(text(), /late/);
  }));

test('on a terminal, a line is for people: time, level, event, fields, the error below', () => {
  const destination = new PassThrough();
  const log = createLogger({ level: 'info', destination, pretty: true });
  log.warn('token.refused', { status: 401, note: 'two words', error: new Error('oh') });
  const text = String(destination.read());
  assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} warn {2}token\.refused \{ status: 401, note: 'two words', /);
  assert.match(text, /error: \{ name: 'Error', message: 'oh' \} \}\n$/);
  log.info('bare');
  assert.match(String(destination.read()), /info {2}bare\n$/);
});

test('a destination that has ended or is gone is not written to', async () => {
  for (const leave of [(it: PassThrough) => it.end(), (it: PassThrough) => it.destroy()]) {
    const destination = new PassThrough();
    const errors: unknown[] = [];
    destination.on('error', (error) => errors.push(error));
    const log = createLogger({ level: 'info', destination, pretty: false });
    leave(destination);
    log.info('x');
    await log.close();
    // Streams report errors in a later turn.
    await new Promise(setImmediate);
    assert.deepEqual(errors, []);
  }
});

test('finished lines reach a file in their order among the events, redacted', () =>
  inFile(async (log, text) => {
    log.lines('{"n":1}\n');
    log.lines(`{"n":2,"target":"/?a=${JWT}"}\n`);
    log.info('between');
    log.lines('{"n":3}\n');
    await log.close();
    const records = text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      records.map(({ n, event }) => n ?? event),
      [1, 2, 'between', 3],
    );
    assert.ok(!text().includes(JWT));
  }));

test('known secrets are taken out of every line, whoever wrote it and in whatever form', async () => {
  const secret = 'canary "secret"/0123?';
  const secrets = new KnownSecrets();
  secrets.keep(new Secret(secret));
  const destination = new PassThrough();
  const log = createLogger({ level: 'info', destination, pretty: false, secrets });
  log.info('x', { plain: secret, encoded: Buffer.from(`user:${secret}`).toString('base64') });
  log.child({ note: encodeURIComponent(secret) }).warn('y');
  log.lines(`{"target":"/?x=${encodeURIComponent(secret)}"}\n`);
  const text = String(destination.read());
  assert.deepEqual(secretsIn(text, { secret }), []);
  assert.equal(text.match(/\[redacted\]/g)?.length, 4);
  for (const line of text.trim().split('\n')) JSON.parse(line);
});

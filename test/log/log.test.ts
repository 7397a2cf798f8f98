import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { Secret } from '../../src/base/secret.ts';
import { createLogger, type Log, type LogLevel } from '../../src/log/log.ts';

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

const linesOf = (log: Log) =>
  log.lines((lines: readonly string[], batch) => {
    for (const line of lines) batch.text(line);
    batch.end();
  });

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

test('to a file descriptor, lines are held back until flushed, and none is lost at close', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cmu-log-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'a');
  try {
    const destination = Object.assign(new Writable(), { fd });
    const log = createLogger({ level: 'info', destination, pretty: false });
    log.info('first');
    assert.equal(readFileSync(path, 'utf8'), '');
    log.flush();
    assert.match(readFileSync(path, 'utf8'), /"event":"first"/);
    for (let i = 0; i < 1000; i++) log.info('many', { i });
    const closed = log.close();
    linesOf(log)('{"n":4}\n');
    log.info('late');
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert.equal(lines.length, 1001);
    assert.equal(JSON.parse(lines.at(-1) ?? '').i, 999);
  } finally {
    try {
      closeSync(fd);
    } catch {
      // Closing the log closed it.
    }
    rmSync(folder, { recursive: true });
  }
});

test('on a terminal, a line is for people: time, level, event, fields, the error below', () => {
  const destination = new PassThrough();
  const log = createLogger({ level: 'info', destination, pretty: true });
  log.warn('token.refused', { status: 401, note: 'two words', error: new Error('oh') });
  const text = String(destination.read());
  assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} warn {2}token\.refused status=401 note='two words'\n/);
  assert.match(text, /\n {4}\{ name: 'Error', message: 'oh' \}\n$/);
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

test('finished lines reach a file in their order among the events, redacted, and none is lost at the end; later ones are dropped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cmu-proxy-log-'));
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  try {
    const destination = Object.assign(new PassThrough(), { fd });
    const log = createLogger({ level: 'info', destination, pretty: false });
    const write = linesOf(log);
    write('{"n":1}\n');
    write(`{"n":2,"target":"/?a=${JWT}"}\n`);
    log.info('between');
    write('{"n":3}\n');
    await log.close();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)).map(({ n, event }) => n ?? event),
      [1, 2, 'between', 3],
    );
    assert.ok(!lines.join().includes(JWT));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

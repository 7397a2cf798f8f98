import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineBatch } from '../../src/log/line-batch.ts';
import { type AnsweredRequest, RequestId } from '../../src/proxy/answer/exchange.ts';
import { AccessLines, accessLog } from '../../src/service/access-log.ts';
import { recordedLog } from '../support/recorded-log.ts';

const ANSWERED: AnsweredRequest = {
  id: new RequestId('abc', 37),
  method: 'GET',
  route: 'cmu',
  target: '/year/month?mvpd!="A"\\',
  status: 200,
  cache: 'miss',
  durationMs: 1.23456,
  endedAt: 0,
  upstreamMs: 1,
  bytes: 42,
  problem: undefined,
  caller: undefined,
  traceparent: undefined,
};

const logged = async (
  level: 'info' | 'warn',
  answered: AnsweredRequest,
  ...times: number[]
): Promise<string> => {
  const { log, written: all } = recordedLog(level);
  const access = accessLog(
    log,
    () => times.shift() ?? 0,
    () => 0,
  );
  for (const _ of [...times]) access(answered);
  await log.close();
  return all();
};

const written = (lines: AccessLines, answered: AnsweredRequest, now: number): string => {
  let text = '';
  const batch = new LineBatch(
    (bytes) => {
      text += bytes.toString();
    },
    () => {},
  );
  lines.write([lines.keep(answered)], now, batch);
  batch.flush();
  return text;
};

test('a line is the request as JSON, whatever is in its target', () => {
  assert.deepEqual(JSON.parse(written(new AccessLines(), ANSWERED, Date.UTC(2026, 10, 24, 9))), {
    level: 'info',
    time: '2026-11-24T09:00:00.000Z',
    event: 'request',
    id: 'abc-11',
    method: 'GET',
    route: 'cmu',
    target: '/year/month?mvpd!="A"\\',
    status: 200,
    cache: 'miss',
    durationMs: 1.235,
    upstreamMs: 1,
    bytes: 42,
  });
});

test('what there is not is left out, what there is is told', () => {
  const problem = {
    ...ANSWERED,
    upstreamMs: undefined,
    problem: 'no-token',
    caller: 'billing',
    traceparent: '00-"-01',
  };
  const { upstreamMs, ...line } = JSON.parse(written(new AccessLines(), problem, 0));
  assert.equal(upstreamMs, undefined);
  assert.equal(line.problem, 'no-token');
  assert.equal(line.caller, 'billing');
  assert.equal(line.traceparent, '00-"-01');
});

test('each line has its own time', async () => {
  const start = Date.UTC(2026, 10, 24, 9, 0, 0);
  const text = await logged('info', ANSWERED, start + 7, start + 999, start + 1_000);
  const times = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).time);
  assert.deepEqual(times, [
    '2026-11-24T09:00:00.007Z',
    '2026-11-24T09:00:00.999Z',
    '2026-11-24T09:00:01.000Z',
  ]);
});

test('nothing is written below the level', async () => {
  assert.equal(await logged('warn', ANSWERED, 0), '');
});

test('a token that found its way into a target is redacted', async () => {
  const text = await logged('info', { ...ANSWERED, target: '/x?y=eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln' }, 0);
  assert.doesNotMatch(text, /eyJ/);
});

test('a line tells of its own request, whatever the last one was', () => {
  const lines = new AccessLines();
  const changes: readonly Partial<AnsweredRequest>[] = [
    {},
    { method: 'HEAD' },
    { route: 'esm' },
    { target: '/year/month' },
    { status: 404 },
    { cache: 'hit' },
    { bytes: 43 },
    { problem: 'no-token' },
    { caller: 'billing' },
    { traceparent: '00-1' },
    { durationMs: 2.5 },
    { upstreamMs: 7.125 },
    { id: new RequestId('abc', 38) },
    { id: new RequestId('abd', 38) },
  ];
  for (const first of changes) {
    for (const second of changes) {
      for (const change of [first, second]) {
        const alone = written(new AccessLines(), { ...ANSWERED, ...change }, 0);
        assert.equal(written(lines, { ...ANSWERED, ...change }, 0), alone);
      }
    }
  }
});

test('many requests that wait together have a line each, in their order', async () => {
  const { log, written: all } = recordedLog('info');
  const lines = new AccessLines();
  const requests = Array.from({ length: 3000 }, (_, i) => ({
    ...ANSWERED,
    id: new RequestId('abc', i),
    endedAt: i,
    durationMs: i / 8,
    upstreamMs: i % 2 === 0 ? undefined : i,
  }));
  const texts = requests.map((request) => lines.keep(request));
  log.lines((_: readonly true[], batch) => lines.write(texts, 0, batch))(true);
  await log.close();
  const told = all()
    .trim()
    .split('\n')
    .map((line) => {
      const { id, time, durationMs, upstreamMs } = JSON.parse(line);
      return [id, time, durationMs, upstreamMs];
    });
  assert.deepEqual(
    told,
    requests.map((it) => [String(it.id), new Date(it.endedAt).toISOString(), it.durationMs, it.upstreamMs]),
  );
});

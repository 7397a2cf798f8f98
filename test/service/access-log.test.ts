import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnsweredRequest } from '../../src/http/answered-request.ts';
import { accessLog } from '../../src/service/access-log.ts';

const ANSWERED: AnsweredRequest = {
  id: 'abc-11',
  method: 'GET',
  route: 'cmu',
  target: '/year/month?mvpd!="A"\\',
  status: 200,
  cache: 'miss',
  durationMs: 1.23456,
  upstreamMs: 1,
  bytes: 42,
  problem: undefined,
  insteadOf: undefined,
  caller: undefined,
  client: undefined,
  traceparent: undefined,
};

/** The lines of requests that were answered at `now`. */
const written = (requests: readonly AnsweredRequest[], now = () => 0, enabled = true): string => {
  let text = '';
  const lines = (more: string) => {
    text += more;
  };
  const access = accessLog({ enabled: () => enabled, lines }, now);
  for (const request of requests) access(request);
  return text;
};

const record = (answered: AnsweredRequest) => JSON.parse(written([answered]));

test('a line is the request as JSON, whatever is in its target', () => {
  const line = written([ANSWERED], () => Date.UTC(2026, 10, 24, 9));
  assert.ok(line.endsWith('}\n'));
  assert.deepEqual(JSON.parse(line), {
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
  const { upstreamMs, ...line } = record({
    ...ANSWERED,
    upstreamMs: undefined,
    problem: 'no-token',
    caller: 'bill"ing',
    client: '::1',
    traceparent: '00-"-01',
  });
  assert.equal(upstreamMs, undefined);
  assert.equal(line.problem, 'no-token');
  assert.equal(line.caller, 'bill"ing');
  assert.equal(line.client, '::1');
  assert.equal(line.traceparent, '00-"-01');
});

test('a clock that was set back makes no time negative', () => {
  assert.equal(record({ ...ANSWERED, upstreamMs: -3 }).upstreamMs, 0);
});

test('each line has its own time', () => {
  const start = Date.UTC(2026, 10, 24, 9, 0, 0);
  const times = [start + 7, start + 7, start + 999, start + 1_000];
  const text = written(Array(4).fill(ANSWERED), () => times.shift() ?? 0);
  const told = text.trim().split('\n');
  assert.deepEqual(
    told.map((line) => JSON.parse(line).time.slice(17)),
    ['00.007Z', '00.007Z', '00.999Z', '01.000Z'],
  );
});

test('nothing is written below the level', () => {
  assert.equal(
    written([ANSWERED], () => 0, false),
    '',
  );
});

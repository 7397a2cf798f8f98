import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { answerHead } from '../src/accelerator/answer-head.ts';
import { readPlainRequest } from '../src/accelerator/plain-request.ts';
import { epochMs, milliseconds, seconds } from '../src/base/units.ts';
import { negotiatedFormat } from '../src/cache/adobe/negotiated-format.ts';
import { cacheKey } from '../src/cache/policy/cache-key.ts';
import { gunzipAtOnce } from '../src/cache/store/gunzip.ts';
import { ReportCache } from '../src/cache/store/report-cache.ts';
import { StoredResponse } from '../src/cache/store/stored-response.ts';
import type { AnsweredRequest } from '../src/http/answered-request.ts';
import { rawHeaders } from '../src/http/fields.ts';
import { readRequestHead } from '../src/proxy/gate/request-head.ts';
import { RouteTable } from '../src/proxy/gate/route-table.ts';
import { judgeTarget } from '../src/proxy/gate/target.ts';
import { accessLog } from '../src/service/access-log.ts';
import { summarize } from './samples.ts';

/**
 * `node bench/micro.ts`: the steps of a hit and of storing, without sockets, in nanoseconds. A whole hit costs about ten thousand, most
 * of them the kernel's: a step of under a hundred is not worth a line of cleverness.
 */

const BATCHES = 9;
const BATCH_MS = 60;

/** Results go here, so that V8 cannot leave the work out. */
const sink: { last: unknown } = { last: undefined };

/** @returns nanoseconds an operation, one figure a batch */
function timed(operation: (i: number) => unknown): readonly number[] {
  let repeat = 1;
  for (let took = 0; took < BATCH_MS / 2; repeat *= 2) took = batch(operation, repeat);
  return Array.from({ length: BATCHES }, () => (1e6 * batch(operation, repeat)) / repeat);
}

function batch(operation: (i: number) => unknown, repeat: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < repeat; i++) sink.last = operation(i);
  return performance.now() - startedAt;
}

const now = epochMs(1_800_000_000_000);
const body = Buffer.from(
  JSON.stringify(
    Array.from({ length: 40 }, (_, day) => ({
      year: '2023',
      month: '11',
      day,
      tenant: `T${day % 7}`,
      users: 104_729 * day,
    })),
  ),
);
const compressed = gzipSync(body);
const rawRequest = [
  'Host',
  '127.0.0.1:8080',
  'Accept',
  'application/json',
  'Accept-Encoding',
  'gzip',
  'User-Agent',
  'dashboard/7',
];
const rawAnswer = [
  'Content-Type',
  'application/json',
  'Vary',
  'Accept, Accept-Encoding',
  'Date',
  'Tue, 24 Nov 2026 08:00:00 GMT',
];
const request = rawHeaders(rawRequest);

const stored = (target: string): StoredResponse =>
  new StoredResponse({
    status: 200,
    headers: rawAnswer,
    body: compressed,
    gzip: true,
    upstreamEtag: undefined,
    varyFields: [],
    target,
    freshness: {
      responseTime: now,
      initialAge: milliseconds(0),
      lifetime: seconds(3600),
      basis: 'schedule',
      noCache: false,
      mustRevalidate: false,
      staleWhileRevalidate: seconds(0),
      staleIfError: seconds(0),
    },
  });

const key = (path: string, query: string) => cacheKey('cmu', path, query, 'json');
const sorted = '?end=2023-12-01&mvpd=A&mvpd=B&start=2023-11-01';
const unsorted = '?start=2023-11-01&mvpd=A&mvpd=B&end=2023-12-01';
const cache = new ReportCache({ maxBytes: 64 * 1024 * 1024, maxEntryBytes: 1024 * 1024 });
const keys = Array.from({ length: 1024 }, (_, i) => key(`/year/month/day/tenant/${i}`, sorted));
for (const [i, one] of keys.entries()) cache.store(one, request, stored(`/${i}`));
const hot = stored('/hot');
const small = new ReportCache({ maxBytes: 1024 * 1024, maxEntryBytes: 65_536 });
const full = stored('/full');
const routes = new RouteTable([{ prefix: '/cmu/v2', hosts: [] }]);

const plainBytes = Buffer.from(
  `GET /cmu/v2/year/month/day/tenant${sorted} HTTP/1.1\r\n${rawRequest.map((it, i) => (i % 2 === 0 ? `${it}: ` : `${it}\r\n`)).join('')}\r\n`,
);
const plainFields = readPlainRequest(plainBytes, undefined)?.fields;
const terms = { keepAliveTimeoutMs: 65_000, now: () => now };
let line = '';
const lines = (text: string): void => {
  line = text;
};
const access = accessLog({ enabled: () => line === '', lines }, () => now);
const answered: AnsweredRequest = {
  ...{
    id: 'mid8k2l1-4k20c',
    method: 'GET',
    route: 'cmu',
    target: `/year/month/day/tenant${sorted}`,
  },
  ...{ status: 200, cache: 'hit', durationMs: 0.031, upstreamMs: undefined, bytes: 4143 },
  ...{
    problem: undefined,
    insteadOf: undefined,
    caller: undefined,
    client: undefined,
    traceparent: undefined,
  },
};

const operations: Readonly<Record<string, (i: number) => unknown>> = {
  'judge a target': () => judgeTarget(`/cmu/v2/year/month/day/tenant${sorted}`, routes),
  'read a request head (4 fields)': () => readRequestHead(rawRequest),
  'negotiate the format': () =>
    negotiatedFormat('/year/month/day/tenant', sorted.slice(1), 'application/json'),
  'make a key, query in order': () => key('/year/month/day/tenant', sorted),
  'make a key, query out of order': () => key('/year/month/day/tenant', unsorted),
  'find, of 1,024 reports': (i) => cache.find(keys[i & 1023] ?? '', request),
  'head of a hit, same second': () => hot.hitHead('stored', now),
  'head of a hit, new second': (i) => hot.hitHead('stored', epochMs(now + 1000 * (i % 3000))),
  'read a plain request, fields of the last one': () => readPlainRequest(plainBytes, plainFields),
  'read a plain request, other fields': () => readPlainRequest(plainBytes, undefined),
  'write a head (6 fields)': () => answerHead(200, hot.hitHead('stored', now), true, terms),
  'write a line of the access log': () => access(answered),
  'decode 0.6 KiB of gzip': () => gunzipAtOnce(compressed, 262_144),
  'SHA-1 of the body, for the ETag': () => createHash('sha1').update(compressed).digest('base64url'),
  'make an entry': () => stored('/new'),
  'store and evict': (i) => small.store(keys[i & 1023] ?? '', request, full),
};

console.log('| step | ns | least-most |\n| --- | ---: | --- |');
for (const [name, operation] of Object.entries(operations)) {
  const { median, least, most } = summarize(timed(operation));
  console.log(`| ${name} | ${median.toFixed(0)} | ${least.toFixed(0)}-${most.toFixed(0)} |`);
}

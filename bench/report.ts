import type { Case } from './cases.ts';
import type { Peer } from './peers/peer.ts';
import type { Samples, Summary } from './samples.ts';
import type { Metric } from './session.ts';

/** Three significant digits, grouped: `1,230`, `12.3`, `0.123`. */
export function figure(value: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value);
}

const ratio = (value: number, reference: number): string => (value / reference).toFixed(2);

function cell(summary: Summary | undefined, reference: Summary | undefined): string {
  if (summary === undefined) return '';
  const spread = summary.least === summary.most ? '' : ` (${figure(summary.least)}-${figure(summary.most)})`;
  const relative =
    reference === undefined || reference.median === 0
      ? ''
      : ` **${ratio(summary.median, reference.median)}**`;
  return `${figure(summary.median)}${spread}${relative}`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** One table: a row a server, a column a metric; each cell is the median, the spread, and the ratio to the reference. */
export function caseTable(one: Case, peers: readonly Peer[], samples: Samples): string {
  const metrics = Object.entries(one.metrics);
  const heading = ([name, { unit, better }]: readonly [string, Metric]) =>
    `${name}, ${unit} (${better} is better)`;
  const rows = peers.flatMap(({ name }) => {
    const failure = samples.failure(one.name, name);
    const cells = metrics.map(([metric]) =>
      cell(samples.summary(one.name, name, metric), samples.summary(one.name, one.reference, metric)),
    );
    if (cells.some((text) => text !== '')) return [row([name, ...cells])];
    return failure === undefined ? [] : [row([name, failure, ...cells.slice(1)])];
  });
  if (rows.length === 0) return '';
  return [
    `## ${one.title}`,
    '',
    `\`--cases ${one.name}\`; bold: relative to ${one.reference}.`,
    '',
    row(['', ...metrics.map(heading)]),
    row(['---', ...metrics.map(() => '---')]),
    ...rows,
    '',
  ].join('\n');
}

type MedianOf = (caseName: string, peer: string, metric: string) => number;

interface Target {
  readonly text: string;
  /** NaN when a part of it was not measured. */
  measured(median: MedianOf): number;
  readonly holds: (value: number) => boolean;
}

/** How cmu-proxy does beside another server, both with an upstream over TLS. */
const overTls = (of: MedianOf, caseName: string, metric: string, peer: string): number =>
  of(caseName, 'cmu-proxy over TLS', metric) / of(caseName, `${peer} over TLS`, metric);

const atLeast = (least: number) => (value: number) => value >= least;
const atMost = (most: number) => (value: number) => value <= most;

/** What is promised (README.md says how it is measured). */
const targets: readonly Target[] = [
  {
    text: 'pass-through ≥ 0.55 of nginx',
    measured: (of) => of('pass', 'cmu-proxy', 'req/s') / of('pass', 'nginx', 'req/s'),
    holds: atLeast(0.55),
  },
  {
    text: 'pass-through ≥ 1.3 × Caddy',
    measured: (of) => of('pass', 'cmu-proxy', 'req/s') / of('pass', 'caddy', 'req/s'),
    holds: atLeast(1.3),
  },
  {
    text: 'pass-through ≥ 1.6 × bare @fastify/http-proxy',
    measured: (of) => of('pass', 'cmu-proxy', 'req/s') / of('pass', '@fastify/http-proxy', 'req/s'),
    holds: atLeast(1.6),
  },
  {
    text: 'hit ≥ 1.0 of nginx proxy_cache',
    measured: (of) => of('hit', 'cmu-proxy cache', 'req/s') / of('hit', 'nginx cache', 'req/s'),
    holds: atLeast(1),
  },
  {
    text: 'hit without the accelerator ≥ 0.7 of nginx proxy_cache',
    measured: (of) =>
      of('hit', 'cmu-proxy cache without accelerator', 'req/s') / of('hit', 'nginx cache', 'req/s'),
    holds: atLeast(0.7),
  },
  {
    text: 'hit ≥ 1.3 × nginx proxy_pass',
    measured: (of) => of('hit', 'cmu-proxy cache', 'req/s') / of('pass', 'nginx', 'req/s'),
    holds: atLeast(1.3),
  },
  {
    text: 'pass-through over TLS ≥ 0.5 of nginx',
    measured: (of) => overTls(of, 'pass-tls', 'req/s', 'nginx'),
    holds: atLeast(0.5),
  },
  {
    text: 'pass-through over TLS ≥ 1.9 × bare @fastify/http-proxy',
    measured: (of) => overTls(of, 'pass-tls', 'req/s', '@fastify/http-proxy'),
    holds: atLeast(1.9),
  },
  {
    text: '65 MB stream over TLS ≥ 0.5 of nginx',
    measured: (of) => overTls(of, 'stream-tls', 'speed', 'nginx'),
    holds: atLeast(0.5),
  },
  {
    text: '65 MB stream over TLS: RSS growth ≤ 48 MiB',
    measured: (of) => of('stream-tls', 'cmu-proxy over TLS', 'RSS growth'),
    holds: atMost(48),
  },
  {
    text: 'p99 at 2,000 req/s ≤ 2 × nginx',
    measured: (of) => of('latency', 'cmu-proxy', 'p99') / of('latency', 'nginx', 'p99'),
    holds: atMost(2),
  },
  {
    text: 'token rotation adds nothing visible to p99 (× without)',
    measured: (of) =>
      of('latency-rotating', 'cmu-proxy (3 s tokens)', 'p99') / of('latency', 'cmu-proxy', 'p99'),
    holds: atMost(1.5),
  },
  {
    text: 'cache expiry adds nothing visible to p99 (× without)',
    measured: (of) =>
      of('latency-expiring', 'cmu-proxy cache', 'p99') / of('latency-hit', 'cmu-proxy cache', 'p99'),
    holds: atMost(1.5),
  },
  {
    text: 'both at once add nothing visible to p99 (× without)',
    measured: (of) =>
      of('latency-renewing', 'cmu-proxy cache (3 s tokens)', 'p99') /
      of('latency-hit', 'cmu-proxy cache', 'p99'),
    holds: atMost(1.5),
  },
  {
    text: 'ready ≤ 250 ms after exec with stored state',
    measured: (of) => of('start', 'cmu-proxy', 'stored state'),
    holds: atMost(250),
  },
  {
    text: 'idle RSS ≤ 80 MiB',
    measured: (of) => of('idle-memory', 'cmu-proxy', 'RSS'),
    holds: atMost(80),
  },
];

/** Each target with what was measured; those of which a part was not measured are left out. */
export function targetTable(samples: Samples): string {
  const median: MedianOf = (caseName, peer, metric) =>
    samples.summary(caseName, peer, metric)?.median ?? Number.NaN;
  const rows = targets.flatMap(({ text, measured, holds }) => {
    const value = measured(median);
    return Number.isNaN(value) ? [] : [row([text, figure(value), holds(value) ? 'yes' : '**no**'])];
  });
  if (rows.length === 0) return '';
  return [
    '## Targets',
    '',
    row(['target', 'measured', 'holds']),
    row(['---', '---', '---']),
    ...rows,
    '',
  ].join('\n');
}

/** How each server was set up, with its version. */
export function peerTable(peers: readonly Peer[]): string {
  const rows = peers.map((peer) => row([peer.name, peer.version() ?? '', peer.setUp]));
  return [
    '## Servers',
    '',
    row(['server', 'version', 'set-up']),
    row(['---', '---', '---']),
    ...rows,
    '',
  ].join('\n');
}

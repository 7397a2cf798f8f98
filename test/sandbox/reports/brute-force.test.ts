import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PUBLISHED, reportReader } from '../report-reader.ts';

/**
 * The query language against an evaluation of its own: every session cell of two days, by hour, is fetched once, and
 * each random query is answered a second time here, by filtering, grouping and sorting that list.
 */
const reader = reportReader({ tenants: ['North'] });
const FROM = Date.UTC(2026, 9, 31, 18);
const HOURS = 30;

const GROUPS = ['tenant', 'application', 'application-id', 'channel', 'mvpd', 'platform'] as const;
const COUNTS = [
  'active-sessions',
  'started-sessions',
  'failed-attempts',
  'duration_2h-4h',
  'bstreams-30',
] as const;
const iso = (at: number) => new Date(at).toISOString().slice(0, 19);

interface Cell {
  readonly at: number;
  readonly names: Readonly<Record<string, string>>;
  readonly counts: readonly number[];
}

const cells: readonly Cell[] = reader
  .table(
    '/tenant/year/month/day/hour',
    `${GROUPS.slice(1).join('&')}&metrics=${COUNTS.join(',')}&limit=1000000&start=${iso(FROM)}&end=${iso(FROM + HOURS * 3_600_000)}`,
  )
  .rows.map((row) => ({
    at: Date.UTC(Number(row['year']), Number(row['month']) - 1, Number(row['day']), Number(row['hour'])),
    names: row,
    counts: COUNTS.map((name) => Number(row[name])),
  }));

interface Term {
  readonly name: string;
  readonly negated: boolean;
  readonly value: string | undefined;
}

interface Asked {
  readonly path: readonly string[];
  readonly terms: readonly Term[];
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

const known = (name: string) => [...new Set(cells.map((cell) => cell.names[name] ?? ''))];
const valuesOf = new Map(GROUPS.map((name) => [name as string, [...known(name), 'nobody']]));

/** Dimensions that the published paths allow at a path: its own, and those of the paths below it. */
function allowedAt(path: string): string[] {
  const below = PUBLISHED.filter((other) => other.path === path || other.path.startsWith(`${path}/`));
  return GROUPS.filter((name) => below.some((other) => other.path.split('/').includes(name)));
}

const paths = PUBLISHED.map(({ path }) => path).filter((path) => !path.includes('-level'));

const asked: fc.Arbitrary<Asked> = fc.constantFrom(...paths).chain((path) => {
  const term = fc.constantFrom(...allowedAt(path)).chain((name) =>
    fc.record({
      name: fc.constant(name),
      negated: fc.boolean(),
      value: fc.option(fc.constantFrom(...(valuesOf.get(name) ?? [])), { nil: undefined, freq: 4 }),
    }),
  );
  return fc.record({
    path: fc.constant(path.replace('/cmu/v2/', '').split('/')),
    terms: fc
      .array(term, { maxLength: 4 })
      .map((terms) => terms.map((it) => (it.value === undefined ? { ...it, negated: false } : it))),
    from: fc.nat(HOURS).map((hours) => FROM + hours * 3_600_000),
    to: fc.nat(HOURS).map((hours) => FROM + hours * 3_600_000),
    limit: fc.constantFrom(1, 7, 100, 100_000),
  });
});

function dimensionsOf({ path, terms }: Asked): string[] {
  return [...new Set([...path, ...terms.filter(({ value }) => value === undefined).map(({ name }) => name)])];
}

const parts: Readonly<Record<string, (at: Date) => number>> = {
  year: (at) => at.getUTCFullYear(),
  month: (at) => at.getUTCMonth() + 1,
  day: (at) => at.getUTCDate(),
  hour: (at) => at.getUTCHours(),
};

/** SELECT … WHERE … GROUP BY … ORDER BY … LIMIT, by hand. */
function bruteForce(query: Asked): string[][] {
  const dimensions = dimensionsOf(query);
  const groups = new Map<string, { key: (string | number)[]; counts: number[] }>();
  for (const { at, names, counts } of cells) {
    if (at < query.from || at >= query.to) continue;
    const passes = GROUPS.every((name) => {
      const given = query.terms.filter((term) => term.name === name && term.value !== undefined);
      const wanted = given.filter(({ negated }) => !negated).map(({ value }) => value);
      const unwanted = given.filter(({ negated }) => negated).map(({ value }) => value);
      return (wanted.length === 0 || wanted.includes(names[name])) && !unwanted.includes(names[name]);
    });
    if (!passes) continue;
    const date = new Date(at);
    const key = dimensions.map((name) => parts[name]?.(date) ?? names[name] ?? '');
    const id = key.join('\0');
    const group = groups.get(id) ?? { key, counts: counts.map(() => 0) };
    group.counts = group.counts.map((sum, index) => sum + (counts[index] ?? 0));
    groups.set(id, group);
  }
  return [...groups.values()]
    .sort((a, b) => {
      const index = a.key.findIndex((value, i) => value !== b.key[i]);
      return (a.key[index] ?? 0) < (b.key[index] ?? 0) ? -1 : 1;
    })
    .slice(0, query.limit)
    .map(({ key, counts }) => [...key, ...counts].map(String));
}

const written = ({ name, negated, value }: Term) =>
  value === undefined ? name : `${name}${negated ? '!' : ''}=${encodeURIComponent(value)}`;

test('every query gives the rows that a brute-force evaluation gives', () => {
  assert.ok(cells.length > 5000, `${cells.length} cells`);
  fc.assert(
    fc.property(asked, (query) => {
      fc.pre(query.from <= query.to);
      const string = [
        ...query.terms.map(written),
        `start=${iso(query.from)}`,
        `end=${iso(query.to)}`,
        `limit=${query.limit}`,
        ...COUNTS.map((name) => `metrics=${name}`),
      ].join('&');
      const { columns, rows } = reader.table(`/${query.path.join('/')}`, string);
      assert.deepEqual(columns, [...dimensionsOf(query), ...COUNTS]);
      assert.deepEqual(
        rows.map((row) => columns.map((name) => row[name])),
        bruteForce(query),
      );
    }),
    { numRuns: 120, seed: 11 },
  );
});

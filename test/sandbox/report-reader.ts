import { readFileSync } from 'node:fs';
import type { Profile } from '../../src/sandbox/options.ts';
import { answerReport } from '../../src/sandbox/reports/answer-report.ts';
import { cmuCube, esmCube } from '../../src/sandbox/reports/cube/cube.ts';
import { parseReportTarget } from '../../src/sandbox/reports/query/report-target.ts';
import { ReportError } from '../../src/sandbox/reports/report-error.ts';
import { DEFAULT_LIMITS } from '../../src/sandbox/reports/rows/evaluate.ts';
import { RowCache } from '../../src/sandbox/reports/rows/row-cache.ts';
import { Warehouse } from '../../src/sandbox/warehouse/warehouse.ts';

/** The time of the tests that ask reports: a Tuesday. */
export const NOW = Date.UTC(2026, 10, 24, 8, 30, 15);

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export interface Reader {
  /** The answer to a target, as `status` and text. */
  ask(
    target: string,
    accept?: string,
  ): { status: number; text: string; headers: Readonly<Record<string, unknown>> };
  /** A CSV report as a table; fails on anything but 200. `path` is relative to `/cmu/v2`, or begins with `/esm/v3`. */
  table(path: string, query?: string): Table;
}

/** Asks reports without a socket, for tests that ask thousands. */
export function reportReader(
  options: {
    now?: number;
    seed?: number;
    tenants?: readonly string[];
    minuteReports?: boolean;
    profile?: Profile;
  } = {},
): Reader {
  const {
    now = NOW,
    seed = 1,
    tenants = ['North', 'South'],
    minuteReports = false,
    profile = 'seen',
  } = options;
  const warehouse = new Warehouse({ seed, tenants });
  const cubes = { cmu: cmuCube({ minuteReports, unpublished: profile === 'seen' }), esm: esmCube() };
  const context = {
    warehouse,
    now,
    tenants: new Set(tenants),
    restricted: false,
    profile,
    limits: DEFAULT_LIMITS,
    cache: new RowCache(),
  };
  const ask: Reader['ask'] = (target, accept) => {
    try {
      const parsed = parseReportTarget(target, cubes);
      if (parsed === undefined) return { status: 404, text: '', headers: {} };
      const { status, body, headers } = answerReport(parsed, { accept, ifModifiedSince: undefined }, context);
      return { status, text: [...body].join(''), headers };
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      return { status: error.status, text: error.message, headers: {} };
    }
  };
  return {
    ask,
    table(path, query = '') {
      const prefix = path.startsWith('/esm/v3') ? '' : '/cmu/v2';
      const { status, text } = ask(`${prefix}${path}.csv?${query}`);
      if (status !== 200) throw new Error(`${path}?${query}: ${status} ${text}`);
      return parseCsv(text);
    },
  };
}

/** An RFC 4180 reader, small because the tests should not trust the writer. */
export function parseCsv(text: string): Table {
  const lines: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === ',' || character === '\n') {
      lines.at(-1)?.push(field);
      field = '';
      if (character === '\n') lines.push([]);
    } else field += character;
  }
  const [columns = [], ...rows] = lines.filter((line) => line.length > 0);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? '']))),
  };
}

const SESSIONS =
  'active-users active-sessions started-sessions completed-sessions failed-attempts dismissed-sessions killed-sessions';
const DURATIONS =
  'duration_0-15 duration_15-30 duration_30-60 duration_60-120 duration_2h-4h duration_4h-8h duration_8h-16h duration_16h-1d duration_1d-3d duration_3d-7d duration_1w-1m duration_over-1m';

/** The metric sets, written out again from docs/adobe.md §6. */
export const DOCUMENTED_METRICS: Readonly<Record<string, readonly string[]>> = {
  sessions: SESSIONS.split(' '),
  'sessions+durations': `${SESSIONS} ${DURATIONS}`.split(' '),
  users: ['users'],
};

/** The published report paths, from a copy of Adobe's list. */
export const PUBLISHED = readFileSync(new URL('fixtures/report-paths.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [granularity = '', path = '', metricSet = ''] = line.split('\t');
    return { granularity, path, metrics: DOCUMENTED_METRICS[metricSet] ?? [] };
  });

import { isLevelDimension, isTimeDimension, TIME_DIMENSIONS } from './dimensions.ts';
import { parseIso, type WallTime } from './periods.ts';
import type { Bounds } from './ranges.ts';

export interface Column {
  readonly name: string;
  readonly kind: 'time' | 'level' | 'dimension' | 'metric';
}

/** One value for each column: numbers for metrics, text for dimensions. */
export type Row = readonly (string | number)[];

export interface Link {
  readonly name: string;
  readonly href: string;
}

/** What the self link says that was asked, defaults included. */
export interface Asked {
  readonly limit: number | undefined;
  readonly bounds: Bounds | undefined;
}

export interface Report {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly asked: Asked;
  readonly rollUp: readonly Link[];
  readonly drillDown: readonly Link[];
}

/**
 * Reads a report in HAL+JSON: links may be one object or a list, with names or without; values may be text or numbers.
 * What is in the path or is no number is a dimension, so that reports whose dimensions nobody listed are read too.
 * @throws {TypeError} when it is none
 */
export const parseReport = (json: unknown, path: readonly string[] = []): Report => {
  if (!isObject(json) || !Array.isArray(json['report'])) throw new TypeError('The answer is not a report.');
  const records = json['report'].filter(isObject);
  const columns = columnsOf(records, new Set(path));
  const links = isObject(json['_links']) ? json['_links'] : {};
  return {
    columns,
    rows: records.map((record) => columns.map((column) => cellOf(record, column))),
    asked: askedOf(links['self']),
    rollUp: linksOf(links['roll-up']),
    drillDown: linksOf(links['drill-down']),
  };
};

/** Whether rows are missing, as there are as many as were asked for at most. */
export const isCutOff = ({ rows, asked }: Report, limit: number | undefined): boolean =>
  rows.length > 0 && rows.length >= (asked.limit ?? limit ?? DEFAULT_LIMIT);

/** Where no self link tells. */
const DEFAULT_LIMIT = 1000;

/** When the row's period begins; units that the report lacks are at their start. */
export const timeReader = (columns: readonly Column[]): ((row: Row) => WallTime) => {
  const indexes = TIME_DIMENSIONS.map((it) => columns.findIndex(({ name }) => name === it));
  return (row) => {
    const [year = 1970, month = 1, day = 1, hour = 0, minute = 0] = indexes.map((index) =>
      index === -1 ? undefined : Number(row[index]),
    );
    return Date.UTC(year, month - 1, day, hour, minute);
  };
};

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Records may lack a field that others have. */
const columnsOf = (records: readonly Json[], path: ReadonlySet<string>): Column[] => {
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  const columns = Array.from(names, (name): Column => ({ name, kind: kindOf(name, path, records) }));
  // Metrics last, dimensions in their order: a report may mix them.
  return [
    ...columns.filter(({ kind }) => kind !== 'metric'),
    ...columns.filter(({ kind }) => kind === 'metric'),
  ];
};

const kindOf = (name: string, path: ReadonlySet<string>, records: readonly Json[]): Column['kind'] => {
  if (isTimeDimension(name)) return 'time';
  if (isLevelDimension(name)) return 'level';
  return path.has(name) || records.some((record) => isText(record[name])) ? 'dimension' : 'metric';
};

/** What a metric never is. */
const isText = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && value !== 'n/a' && !Number.isFinite(Number(value));

const cellOf = (record: Json, { name, kind }: Column): string | number => {
  const value = record[name] ?? '';
  if (kind !== 'metric') return String(value);
  const number = Number(value);
  return Number.isFinite(number) ? number : String(value);
};

const askedOf = (self: unknown): Asked => {
  const href = isObject(self) && typeof self['href'] === 'string' ? self['href'] : '';
  const query = new URLSearchParams(href.slice(href.indexOf('?') + 1));
  const limit = Number(query.get('limit'));
  const start = parseIso(query.get('start') ?? '');
  return {
    limit: Number.isInteger(limit) && limit > 0 ? limit : undefined,
    bounds: start === undefined ? undefined : { start, end: parseIso(query.get('end') ?? '') },
  };
};

/** Links of the API's own documentation have no `name`: the last segment of the path stands for it. */
const linksOf = (value: unknown): Link[] =>
  (Array.isArray(value) ? value : [value]).filter(isObject).flatMap(({ name, href }) => {
    if (typeof href !== 'string') return [];
    const last =
      href
        .split(/[?#]/)[0]
        ?.split('/')
        .findLast((it) => it !== '') ?? href;
    return [{ name: typeof name === 'string' && name !== '' ? name : last, href }];
  });

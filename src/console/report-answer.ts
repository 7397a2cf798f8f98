import { isFilterDimension, isLevelDimension, isTimeDimension } from './dimensions.ts';

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

export interface Report {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly rollUp: readonly Link[];
  readonly drillDown: readonly Link[];
}

/**
 * Reads a report in HAL+JSON (docs/adobe.md §6): links may be one object or a list, values may be text or numbers.
 * @throws {TypeError} when it is none
 */
export const parseReport = (json: unknown): Report => {
  if (!isObject(json) || !Array.isArray(json['report'])) throw new TypeError('The answer is not a report.');
  const records: unknown[] = json['report'];
  const columns = columnsOf(records);
  const links = isObject(json['_links']) ? json['_links'] : {};
  return {
    columns,
    rows: records.filter(isObject).map((record) => columns.map((column) => cellOf(record, column))),
    rollUp: linksOf(links['roll-up']),
    drillDown: linksOf(links['drill-down']),
  };
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Records may lack a field that others have. */
const columnsOf = (records: readonly unknown[]): Column[] => {
  const names = new Set<string>();
  for (const record of records) if (isObject(record)) for (const name of Object.keys(record)) names.add(name);
  return Array.from(names, (name) => ({ name, kind: kindOf(name) }));
};

const kindOf = (name: string): Column['kind'] => {
  if (isTimeDimension(name)) return 'time';
  if (isLevelDimension(name)) return 'level';
  return isFilterDimension(name) ? 'dimension' : 'metric';
};

const cellOf = (record: Readonly<Record<string, unknown>>, { name, kind }: Column): string | number => {
  const value = record[name] ?? '';
  if (kind !== 'metric') return String(value);
  const number = Number(value);
  return Number.isFinite(number) ? number : String(value);
};

const linksOf = (value: unknown): Link[] =>
  (Array.isArray(value) ? value : [value])
    .filter(isObject)
    .flatMap(({ name, href }) =>
      typeof name === 'string' && typeof href === 'string' ? [{ name, href }] : [],
    );

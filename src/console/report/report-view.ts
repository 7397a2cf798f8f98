import { granularityOf } from './dimensions.ts';
import { isTotal, type Total } from './metrics.ts';
import { isoText, type WallTime } from './periods.ts';
import { type Bounds, boundsOf, isRangeName, type TimeRange } from './ranges.ts';

export const SHAPES = ['lines', 'stacked', 'share', 'bars', 'matrix'] as const;
export type Shape = (typeof SHAPES)[number];

/** A report as it is looked at: what is asked of the API, and how it is shown. All of it is in the page's address. */
export interface ReportView {
  /** Name of the route; `undefined` for the first that this page reaches. */
  readonly route: string | undefined;
  /** Segments below the prefix: the dimensions. */
  readonly path: readonly string[];
  readonly range: TimeRange;
  /** Whether the period before is drawn as well. */
  readonly compared: boolean;
  /** Empty for those that the report has by default. */
  readonly metrics: readonly string[];
  readonly filters: readonly Filter[];
  /** Dimensions that are added to those of the path. */
  readonly added: readonly string[];
  /** Rows; `undefined` for the API's default. */
  readonly limit: number | undefined;
  /** The metric that is drawn; `undefined` for the first, {@link ALL_METRICS} for all of them. */
  readonly charted: string | undefined;
  /** Dimensions to group by; `undefined` for all that the report has. */
  readonly by: readonly string[] | undefined;
  readonly shape: Shape | undefined;
  /** How periods become one figure; `undefined` for what suits the metric. */
  readonly total: Total | undefined;
  /** Whether every row is shown instead of totals. */
  readonly rows: boolean;
  readonly sort: Sort | undefined;
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export const ALL_METRICS = '*';

export interface Filter {
  readonly dimension: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Changes what is asked, from what it is by now: somebody quick may be ahead of what is drawn. */
export type ChangeView = (changes: (now: ReportView) => Partial<ReportView>) => void;

export const START: ReportView = {
  route: undefined,
  path: [],
  range: { kind: 'default' },
  compared: false,
  metrics: [],
  filters: [],
  added: [],
  limit: undefined,
  charted: undefined,
  by: undefined,
  shape: undefined,
  total: undefined,
  rows: false,
  sort: undefined,
};

/** How it is shown belongs to a report, not to the next one. */
export const AS_IT_COMES = {
  metrics: [],
  added: [],
  charted: undefined,
  by: undefined,
  shape: undefined,
  total: undefined,
  sort: undefined,
} satisfies Partial<ReportView>;

/** Every dimension of the answer: those of the path, and those added. */
export const dimensionsOf = ({ path, added }: ReportView): readonly string[] => [...path, ...added];

/** What the range is now. */
export const viewBounds = (view: ReportView, now: WallTime): Bounds | undefined =>
  boundsOf(view.range, granularityOf(view.path), now);

/** Parameters of the console's own start with this; the API never sees them. */
const OWN = '~';

/** What follows `#/reports` in the address: `/year/month?mvpd!=A&~sort=-month`. */
export const formatView = (view: ReportView): string => {
  const { range, sort } = view;
  const own: readonly (readonly [string, string | undefined])[] = [
    ['route', view.route && encode(view.route)],
    ['range', range.kind === 'named' ? range.name : undefined],
    ['compare', view.compared ? 'before' : undefined],
    ['chart', view.charted && encode(view.charted)],
    ['by', view.by?.map(encode).join(',')],
    ['as', view.shape],
    ['total', view.total],
    ['rows', view.rows ? 'all' : undefined],
    ['sort', sort && `${sort.descending ? '-' : ''}${encode(sort.column)}`],
  ];
  const query = [
    ...(range.kind === 'between' ? boundParameters(range.start, range.end) : []),
    ...reportParameters(view),
    ...own.flatMap(([name, value]) => (value === undefined ? [] : [`${OWN}${name}=${value}`])),
  ];
  return `/${view.path.map(encode).join('/')}${query.length === 0 ? '' : `?${query.join('&')}`}`;
};

export const parseView = (text: string): ReportView => {
  const mark = text.indexOf('?');
  const path = segmentsOf(mark === -1 ? text : text.slice(0, mark));
  const parameters = mark === -1 ? [] : text.slice(mark + 1).split('&');
  const filters: Filter[] = [];
  const added: string[] = [];
  const values = new Map<string, string>();
  for (const { name, operator, value } of parameters.filter((it) => it !== '').map(parseParameter)) {
    if (operator === '') added.push(name);
    else if (operator === '=' && (name.startsWith(OWN) || RESERVED.has(name))) values.set(name, value);
    else filters.push({ dimension: name, operator, value });
  }
  const limit = Number(values.get('limit'));
  return {
    ...shownAs((name) => values.get(OWN + name)),
    path,
    range: rangeOf(values),
    metrics: listOf(values.get('metrics')) ?? [],
    filters,
    added,
    limit: Number.isInteger(limit) && limit > 0 ? limit : undefined,
  };
};

const shownAs = (own: (name: string) => string | undefined) => {
  const [sort, total] = [own('sort'), own('total')];
  return {
    route: own('route'),
    compared: own('compare') === 'before',
    charted: own('chart'),
    by: listOf(own('by')),
    shape: SHAPES.find((it) => it === own('as')),
    total: isTotal(total) ? total : undefined,
    rows: own('rows') === 'all',
    sort:
      sort === undefined ? undefined : { column: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
  };
};

/** The target of the request: path and query below the origin. @param extension such as `.csv` */
export const requestTarget = (
  view: ReportView,
  prefix: string,
  bounds: Bounds | undefined,
  extension = '',
): string => {
  const { range } = view;
  const ends =
    range.kind === 'between'
      ? boundParameters(range.start, range.end)
      : boundParameters(
          bounds === undefined ? '' : isoText(bounds.start),
          bounds?.end === undefined ? '' : isoText(bounds.end),
        );
  const query = [...ends, ...reportParameters(view)].join('&');
  const path = [prefix, ...view.path.map(encode)].join('/');
  return `${path}${extension}${query === '' ? '' : `?${query}`}`;
};

/** The path of a HAL link, as segments below the prefix; links may name another prefix than the one that was called. */
export const pathOfLink = (href: string, prefix: string): readonly string[] => {
  const path = href.split('?')[0] ?? '';
  return segmentsOf(path.startsWith(prefix) ? path.slice(prefix.length) : path);
};

const segmentsOf = (path: string): string[] =>
  path
    .split('/')
    .filter((it) => it !== '')
    .map(decode);

const RESERVED: ReadonlySet<string> = new Set(['start', 'end', 'limit', 'metrics']);

const boundParameters = (start: string, end: string): string[] => [
  ...(start === '' ? [] : [`start=${encode(start)}`]),
  ...(end === '' ? [] : [`end=${encode(end)}`]),
];

const reportParameters = ({ metrics, filters, added, limit }: ReportView): string[] => [
  ...added.map(encode),
  ...filters.map(({ dimension, operator, value }) => `${encode(dimension)}${operator}${encode(value)}`),
  ...(metrics.length > 0 ? [`metrics=${metrics.map(encode).join(',')}`] : []),
  ...(limit === undefined ? [] : [`limit=${limit}`]),
];

const rangeOf = (values: ReadonlyMap<string, string>): TimeRange => {
  const name = values.get(`${OWN}range`) ?? '';
  if (isRangeName(name)) return { kind: 'named', name };
  const [start, end] = [values.get('start') ?? '', values.get('end') ?? ''];
  return start === '' && end === '' ? { kind: 'default' } : { kind: 'between', start, end };
};

const listOf = (text: string | undefined): string[] | undefined => text?.split(',').filter((it) => it !== '');

interface Parameter {
  readonly name: string;
  /** Nothing: a bare name. */
  readonly operator: '=' | '!=' | '';
  readonly value: string;
}

const parseParameter = (text: string): Parameter => {
  const equals = text.indexOf('=');
  if (equals === -1) return { name: decode(text), operator: '', value: '' };
  const negated = text[equals - 1] === '!';
  return {
    name: decode(text.slice(0, negated ? equals - 1 : equals)),
    operator: negated ? '!=' : '=',
    value: decode(text.slice(equals + 1)),
  };
};

const encode = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');

/** An address may be mistyped; what cannot be decoded stays as it is. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

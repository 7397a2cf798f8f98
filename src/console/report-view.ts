/** A report as it is looked at: what is asked of the API, and how it is shown. All of it is in the page's address. */
export interface ReportView {
  /** Segments below the prefix: the dimensions. */
  readonly path: readonly string[];
  readonly range: TimeRange;
  /** Empty for those that the report has by default. */
  readonly metrics: readonly string[];
  readonly filters: readonly Filter[];
  /** Rows; `undefined` for the API's default. */
  readonly limit: number | undefined;
  /** The metric that is drawn; `undefined` for the first. */
  readonly charted: string | undefined;
  readonly sort: { readonly column: string; readonly descending: boolean } | undefined;
}

/** `last` takes its start from the clock, at a full day or hour, so that reloading asks for the same report. */
export type TimeRange =
  | { readonly kind: 'default' }
  | { readonly kind: 'last'; readonly hours: number }
  | { readonly kind: 'between'; readonly start: string; readonly end: string };

export interface Filter {
  readonly dimension: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Changes what is asked, from what it is by now: somebody quick may be ahead of what is drawn. */
export type ChangeView = (changes: (now: ReportView) => Partial<ReportView>) => void;

export const START: ReportView = {
  path: ['year', 'month', 'day'],
  range: { kind: 'default' },
  metrics: [],
  filters: [],
  limit: undefined,
  charted: undefined,
  sort: undefined,
};

const HOUR = 3_600_000;

/** Parameters of the console's own start with this; the API never sees them. */
const OWN = '~';

/** What follows `#/reports` in the address: `/year/month?mvpd!=A&~sort=-month`. */
export const formatView = (view: ReportView): string => {
  const { range, charted, sort } = view;
  const own = [
    ...(range.kind === 'last' ? [`${OWN}last=${range.hours}h`] : []),
    ...(charted === undefined ? [] : [`${OWN}chart=${encode(charted)}`]),
    ...(sort === undefined ? [] : [`${OWN}sort=${sort.descending ? '-' : ''}${encode(sort.column)}`]),
  ];
  const query = [...reportParameters(view), ...own];
  return `/${view.path.map(encode).join('/')}${query.length === 0 ? '' : `?${query.join('&')}`}`;
};

export const parseView = (text: string): ReportView => {
  const mark = text.indexOf('?');
  const path = (mark === -1 ? text : text.slice(0, mark))
    .split('/')
    .filter((it) => it !== '')
    .map(decode);
  const parameters =
    mark === -1
      ? []
      : text
          .slice(mark + 1)
          .split('&')
          .filter((it) => it !== '');
  const filters: Filter[] = [];
  const values = new Map<string, string>();
  for (const { name, operator, value } of parameters.map(parseParameter)) {
    if (operator === '=' && (name.startsWith(OWN) || RESERVED.has(name))) values.set(name, value);
    else filters.push({ dimension: name, operator, value });
  }
  const sort = values.get(`${OWN}sort`);
  const limit = Number(values.get('limit'));
  return {
    path,
    range: rangeOf(values),
    metrics:
      values
        .get('metrics')
        ?.split(',')
        .filter((it) => it !== '') ?? [],
    filters,
    limit: Number.isInteger(limit) && limit > 0 ? limit : undefined,
    charted: values.get(`${OWN}chart`),
    sort:
      sort === undefined ? undefined : { column: sort.replace(/^-/, ''), descending: sort.startsWith('-') },
  };
};

/** The target of the request: path and query below the origin. @param extension such as `.csv` */
export const requestTarget = (view: ReportView, prefix: string, now: number, extension = ''): string => {
  const query = reportParameters(view, now).join('&');
  const path = [prefix, ...view.path.map(encode)].join('/');
  return `${path}${extension}${query === '' ? '' : `?${query}`}`;
};

/** A command line that gets the same; what is in the URL can not end its quotes. */
export const curlLine = (url: string): string => `curl '${url.replaceAll("'", '%27')}'`;

/** The path of a HAL link, as segments below the prefix. */
export const pathOfLink = (href: string, prefix: string): readonly string[] =>
  (href.split('?')[0] ?? '')
    .slice(prefix.length)
    .split('/')
    .filter((it) => it !== '')
    .map(decode);

const RESERVED: ReadonlySet<string> = new Set(['start', 'end', 'limit', 'metrics']);

/** @param now if given, relative ranges become a start */
const reportParameters = (view: ReportView, now?: number): string[] => {
  const { range, metrics, filters, limit } = view;
  const parameters: string[] = [];
  if (range.kind === 'between') {
    if (range.start !== '') parameters.push(`start=${encode(range.start)}`);
    if (range.end !== '') parameters.push(`end=${encode(range.end)}`);
  } else if (range.kind === 'last' && now !== undefined) {
    parameters.push(`start=${startOf(range.hours, now)}`);
  }
  for (const { dimension, operator, value } of filters) {
    parameters.push(`${encode(dimension)}${operator}${encode(value)}`);
  }
  if (metrics.length > 0) parameters.push(`metrics=${metrics.map(encode).join(',')}`);
  if (limit !== undefined) parameters.push(`limit=${limit}`);
  return parameters;
};

/** ISO 8601 in UTC, at a full hour for ranges of up to two days and at a full day for longer ones. */
const startOf = (hours: number, now: number): string => {
  const unit = hours <= 48 ? HOUR : 24 * HOUR;
  return new Date(Math.floor((now - hours * HOUR) / unit) * unit).toISOString().slice(0, 19);
};

const rangeOf = (values: ReadonlyMap<string, string>): TimeRange => {
  const last = /^(\d+)h$/.exec(values.get(`${OWN}last`) ?? '')?.[1];
  if (last !== undefined) return { kind: 'last', hours: Number(last) };
  const [start, end] = [values.get('start') ?? '', values.get('end') ?? ''];
  return start === '' && end === '' ? { kind: 'default' } : { kind: 'between', start, end };
};

const parseParameter = (text: string): { name: string; operator: '=' | '!='; value: string } => {
  const equals = text.indexOf('=');
  if (equals === -1) return { name: decode(text), operator: '=', value: '' };
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

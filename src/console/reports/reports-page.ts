import { h } from 'preact';
import type { ReportAddresses } from '../admin/wire.ts';
import { milliseconds, bytes as sizeOf, span, whole } from './format.ts';
import { currentHash, go } from './location.ts';
import type { Report } from './report-answer.ts';
import { ReportChart } from './report-chart.ts';
import { ReportControls } from './report-controls.ts';
import { ReportPath } from './report-path.ts';
import { ReportTable } from './report-table.ts';
import type { ChangeView, Filter, ReportView } from './report-view.ts';
import { formatView, parseView, requestTarget } from './report-view.ts';
import { RequestLines } from './request-lines.ts';
import { type Delivery, useReport } from './use-report.ts';

/** What the part of the address after `#` asks for, if it is this page's. */
export const viewOf = (hash: string): ReportView => parseView(hash.slice(ADDRESS.length));

const ADDRESS = '/reports';

const change: ChangeView = (changes) => {
  const now = viewOf(currentHash());
  go(`${ADDRESS}${formatView({ ...now, ...changes(now) })}`);
};

/** A walk through the reports: where we are, what is asked, what came. The address holds all of it. */
export const ReportsPage = ({ view, addresses }: { view: ReportView; addresses: ReportAddresses }) => {
  const now = Date.now();
  const target = requestTarget(view, addresses.prefix, now);
  const { shown, last } = useReport(target);
  const addFilter = (filter: Filter): void => change(({ filters }) => ({ filters: [...filters, filter] }));
  // While another report is on its way, the one before stays, so that nothing jumps.
  const present = shown.state === 'loading' ? last : shown;
  const report = present.state === 'there' ? present.report : undefined;
  return h(
    'div',
    { class: 'page' },
    h('h1', {}, 'Reports'),
    h(ReportPath, { view, report, prefix: addresses.prefix }),
    h(ReportControls, { view, report, change, addFilter }),
    h(
      'div',
      { class: 'result', 'aria-busy': shown.state === 'loading' },
      h(
        'p',
        { class: 'delivery', role: 'status' },
        deliveryText(shown.state === 'there' ? shown : undefined, shown.state),
      ),
      shown.state === 'failed' &&
        h(
          'div',
          { class: 'alert', role: 'alert' },
          h('strong', {}, shown.error.title),
          h('p', {}, shown.error.message),
        ),
      report !== undefined &&
        shown.state !== 'failed' && [
          h(LimitNote, { key: 'limit', view, rows: report.rows.length, change }),
          h(ReportChart, { key: 'chart', view, report, change }),
          h(ReportTable, { key: 'table', view, report, change, addFilter }),
        ],
    ),
    h(RequestLines, { view, addresses, now }),
  );
};

/** The API's own default, as its self links tell it (docs/adobe.md §6). */
const DEFAULT_LIMIT = 1000;
const MOST_ROWS = 10_000;

/** A report that ends exactly at the limit most likely goes on. */
const LimitNote = (props: { view: ReportView; rows: number; change: ChangeView }) => {
  const limit = props.view.limit ?? DEFAULT_LIMIT;
  if (props.rows < limit || limit >= MOST_ROWS) return null;
  return h(
    'p',
    { class: 'limit' },
    `The report was cut off at ${whole(limit)} rows. `,
    h(
      'button',
      { type: 'button', onClick: () => props.change(() => ({ limit: MOST_ROWS })) },
      `Show up to ${whole(MOST_ROWS)}`,
    ),
  );
};

const deliveryText = (
  there: { readonly report: Report; readonly delivery: Delivery } | undefined,
  state: string,
): string => {
  if (there === undefined) return state === 'loading' ? 'Loading…' : '';
  const { report, delivery } = there;
  const rows = report.rows.length;
  return [
    `${whole(rows)} ${rows === 1 ? 'row' : 'rows'}`,
    milliseconds(delivery.durationMs),
    ...(delivery.bytes === undefined || delivery.bytes === 0 ? [] : [sizeOf(delivery.bytes)]),
    sourceOf(delivery),
  ].join(' · ');
};

const sourceOf = ({ cacheStatus, age }: Delivery): string => {
  if (/;\s*hit\b/.test(cacheStatus))
    return `from cache${age === undefined ? '' : `, ${span(age * 1000)} old`}`;
  return /;\s*collapsed\b/.test(cacheStatus) ? 'shared with another caller' : 'from Adobe';
};

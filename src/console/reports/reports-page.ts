import { h } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ProxyStatus, RouteFacts } from '../../admin/wire.ts';
import { milliseconds, bytes as sizeOf, span, whole } from '../base/format.ts';
import { currentHash, go } from '../base/location.ts';
import { ReportChart } from '../chart/report-chart.ts';
import { granularityOf } from '../report/dimensions.ts';
import { lookAt } from '../report/look.ts';
import { pathTitle } from '../report/path-search.ts';
import { wallTime } from '../report/periods.ts';
import { questionOf } from '../report/questions.ts';
import { boundsBefore } from '../report/ranges.ts';
import {
  type ChangeView,
  dimensionsOf,
  type Filter,
  formatView,
  parseView,
  type ReportView,
  requestTarget,
  viewBounds,
} from '../report/report-view.ts';
import { ReportTable } from '../table/report-table.ts';
import { CutOffNote } from './cut-off-note.ts';
import { ElsewherePage } from './elsewhere-page.ts';
import { ReportControls } from './report-controls.ts';
import { ReportPath } from './report-path.ts';
import { RequestLines } from './request-lines.ts';
import { RoutePicker } from './route-picker.ts';
import { routeOf } from './routes.ts';
import { StartPage } from './start-page.ts';
import { TokenForm } from './token-form.ts';
import { Trouble } from './trouble.ts';
import { type Delivery, type ReportState, useReport } from './use-report.ts';

const ADDRESS = '/reports';
const MINUTE = 60_000;

/** What the part of the address after `#` asks for, if it is this page's. */
const viewOf = (hash: string): ReportView => parseView(hash.slice(ADDRESS.length));

const change: ChangeView = (changes) => {
  const now = viewOf(currentHash());
  go(`${ADDRESS}${formatView({ ...now, ...changes(now) })}`);
};

export interface ReportsPageProps {
  readonly hash: string;
  readonly status: ProxyStatus;
  /** Changes when the proxy has come back, or Adobe has. */
  readonly health: string;
  /** The caller's token, as far as this page knows one. */
  readonly token: string | undefined;
  readonly onToken: (token: string) => void;
}

/** Reports: where they begin, or one of them. */
export const ReportsPage = (props: ReportsPageProps) => {
  const { hash, status } = props;
  const view = viewOf(hash);
  const route = routeOf(status, view.route, window.location.hostname);
  if (!status.reports.servedHere || route === undefined) {
    return h(ElsewherePage, { addresses: status.reports, route: route ?? status.routes[0] });
  }
  // The root of the tree is `/reports/`.
  if (!hash.startsWith(`${ADDRESS}/`)) {
    return h(StartPage, { route, routes: status.routes, routeName: view.route });
  }
  return h(ReportPage, { ...props, view, route });
};

/** A walk through the reports: where we are, what is asked, what came. The address holds all of it. */
const ReportPage = (props: ReportsPageProps & { view: ReportView; route: RouteFacts }) => {
  const { view, route, status, health, token, onToken } = props;
  // By the minute: what is shown is not worked out anew each second.
  const now = wallTime(Math.floor(Date.now() / MINUTE) * MINUTE, route.timeZone);
  const bounds = viewBounds(view, now);
  const { prefix } = route;
  const dimensions = dimensionsOf(view);
  const target = requestTarget(view, prefix, bounds);
  const { shown, last, retry } = useReport({ target, dimensions, token }, health);
  const report = shown.state === 'there' ? shown.report : last?.report;
  const look = useMemo(
    () => (report === undefined ? undefined : lookAt(report, view, now)),
    [report, props.hash, now],
  );
  const before = useBefore({ view, route, token, health, now, bounds: bounds ?? look?.bounds });
  const addFilter = (filter: Filter): void => change(({ filters }) => ({ filters: [...filters, filter] }));
  const isShown = look !== undefined && shown.state !== 'failed';
  return h(
    'div',
    { class: 'page report' },
    h(Title, { view, route, status }),
    h(ReportPath, { view, report, prefix }),
    h(ReportControls, { view, report, now, change, addFilter }),
    h(
      'div',
      { class: 'result', 'aria-busy': shown.state === 'loading' },
      h('p', { class: 'hidden', role: 'status' }, deliveryText(shown)),
      shown.state === 'failed' &&
        (shown.error.wantsToken
          ? h(TokenForm, { refused: token !== undefined, onToken })
          : h(Trouble, { error: shown.error, nextTryAt: shown.nextTryAt, onRetry: retry })),
      isShown &&
        !look.isWhole &&
        h(CutOffNote, {
          rows: look.report.rows.length,
          view,
          change,
          csv: requestTarget({ ...view, limit: 1_000_000 }, prefix, bounds, '.csv'),
        }),
      isShown && [
        h(ReportChart, { key: 'chart', look, before, zone: route.timeZone, change }),
        h(ReportTable, { key: 'table', look, before, change, addFilter }),
      ],
      look === undefined && shown.state === 'loading' && h('div', { class: 'card skeleton' }),
    ),
    h(RequestLines, { view, bounds, addresses: status.reports, route, token, delivery: deliveryText(shown) }),
  );
};

/** The period before, if it is compared with. */
const useBefore = (asked: {
  view: ReportView;
  route: RouteFacts;
  token: string | undefined;
  health: string;
  now: number;
  bounds: ReturnType<typeof viewBounds>;
}) => {
  const { view, route, token, health, now, bounds } = asked;
  const granularity = granularityOf(view.path);
  const isAsked = view.compared && bounds !== undefined && granularity !== undefined;
  const earlier = isAsked ? boundsBefore(view.range, bounds, granularity, now) : undefined;
  const target =
    earlier === undefined
      ? undefined
      : requestTarget({ ...view, range: { kind: 'default' } }, route.prefix, earlier);
  const dimensions = dimensionsOf(view);
  const { shown } = useReport(target === undefined ? undefined : { target, dimensions, token }, health);
  const report = earlier !== undefined && shown.state === 'there' ? shown.report : undefined;
  return useMemo(
    () => (report === undefined ? undefined : { ...lookAt(report, view, now), bounds: earlier }),
    [report, now],
  );
};

interface TitleProps {
  readonly view: ReportView;
  readonly route: RouteFacts;
  readonly status: ProxyStatus;
}

/** The question, if it is one, else the dimensions. It takes the focus when a link that had it has gone. */
const Title = ({ view, route, status }: TitleProps) => {
  const heading = useRef<HTMLHeadingElement>(null);
  const path = view.path.join('/');
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [path]);
  return h(
    'div',
    { class: 'title' },
    h('h1', { ref: heading, tabIndex: -1 }, questionOf(view)?.question ?? pathTitle(dimensionsOf(view))),
    h(RoutePicker, {
      route,
      routes: status.routes,
      hash: (name) => `#${ADDRESS}${formatView({ ...view, filters: [], route: name })}`,
    }),
  );
};

const deliveryText = (shown: ReportState): string => {
  if (shown.state !== 'there') return shown.state === 'loading' ? 'Loading…' : '';
  const { report, delivery } = shown;
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

import { incompletePeriods, type Lack } from './completeness.ts';
import { granularityOf, type TimeDimension } from './dimensions.ts';
import type { WallTime } from './periods.ts';
import type { Bounds } from './ranges.ts';
import { isCutOff, type Report, timeReader } from './report-answer.ts';
import { type ReportView, viewBounds } from './report-view.ts';

/** A report with what has to be known to show it rightly. */
export interface Look {
  readonly report: Report;
  readonly view: ReportView;
  /** As asked, or as the API says that it understood. */
  readonly bounds: Bounds | undefined;
  readonly unit: TimeDimension | undefined;
  /** No rows are missing. */
  readonly isWhole: boolean;
  /** Periods that lack figures. */
  readonly incomplete: ReadonlyMap<WallTime, Lack>;
  readonly now: WallTime;
}

export const lookAt = (report: Report, view: ReportView, now: WallTime): Look => {
  const unit = granularityOf(report.columns.map(({ name }) => name));
  const bounds = viewBounds(view, now) ?? report.asked.bounds;
  const isWhole = !isCutOff(report, view.limit);
  const times = unit === undefined ? [] : edgesOf(report);
  return {
    report,
    view,
    bounds,
    unit,
    isWhole,
    incomplete: unit === undefined ? new Map() : incompletePeriods(times, unit, bounds, now, !isWhole),
    now,
  };
};

/** The first and the last period. */
const edgesOf = ({ columns, rows }: Report): readonly WallTime[] => {
  const timeOf = timeReader(columns);
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const time = timeOf(row);
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  return rows.length === 0 ? [] : [first, last];
};

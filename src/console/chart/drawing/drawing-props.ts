import type uPlot from 'uplot';
import type { Grouped } from '../../report/grouping.ts';
import type { Look } from '../../report/look.ts';
import type { ChangeView } from '../../report/report-view.ts';
import type { ChartModel } from '../model/chart-model.ts';

/** The figures of the period before. */
export interface Compared {
  /** For each group of what is shown. */
  readonly groups: readonly (readonly (number | null)[])[];
  readonly all: readonly (number | null)[] | undefined;
}

/** What a drawing is made of. */
export interface DrawingProps {
  readonly look: Look;
  readonly model: ChartModel;
  readonly metric: string;
  readonly zone: string;
  readonly grouped: Grouped;
  readonly compared: Compared | undefined;
  readonly chart: { current: uPlot | undefined };
  readonly isAll: boolean;
  readonly change: ChangeView;
}

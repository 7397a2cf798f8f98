import { Counter, Gauge, Histogram, type HistogramConfiguration, type Registry } from 'prom-client';
import { type Buckets, cumulative } from './counts.ts';

/** All labels that there are. The values of each are bounded: they come from the configuration, or from types of ours. */
export const LABELS = [
  ...(['client', 'route', 'upstream', 'node', 'version'] as const),
  ...(['cache', 'operation', 'outcome', 'problem', 'reason', 'state', 'status'] as const),
];

type Labels = { readonly [label in (typeof LABELS)[number]]?: string };

/** One time series: its labels and what it stands at. */
export type Sample<T = number> = readonly [labels: Labels, value: T];

/** Where a metric stands when somebody asks: the value of its only series, if there is one, or samples. */
type Reading = () => number | undefined | readonly Sample[];

/** Metrics by name: what each tells, and its reading; a histogram has bounds. Those that end in `_total` never go down. */
export type Metrics = Readonly<
  Record<
    string,
    | readonly [help: string, read: Reading]
    | readonly [help: string, read: () => readonly Sample<Buckets>[], bounds: number[]]
  >
>;

/** Has a registry read values whenever it is asked for its metrics. Nothing is kept in between. */
export const defineMetrics = (registry: Registry, metrics: Metrics): void => {
  for (const [name, metric] of Object.entries(metrics)) {
    const described = { name, help: metric[0], labelNames: LABELS, registers: [registry] };
    if (metric.length === 3) {
      new CountedHistogram({ ...described, buckets: metric[2] }, metric[1]);
    } else {
      const read = metric[1];
      const collect = function (this: Pick<Gauge, 'reset' | 'inc'>) {
        this.reset();
        for (const [labels, value] of samplesOf(read)) this.inc(labels, value);
      };
      new (name.endsWith('_total') ? Counter : Gauge)({ ...described, collect });
    }
  }
};

const samplesOf = (read: Reading): readonly Sample[] => {
  const told = read();
  return typeof told === 'object' ? told : told === undefined ? [] : [[{}, told]];
};

class CountedHistogram extends Histogram {
  readonly #described: HistogramConfiguration<string>;
  readonly #read: () => Iterable<Sample<Buckets>>;

  constructor(described: HistogramConfiguration<string>, read: () => Iterable<Sample<Buckets>>) {
    super(described);
    this.#described = described;
    this.#read = read;
  }

  async getForPromString() {
    const { name, help } = this.#described;
    return { name, help, type: 'histogram', aggregator: 'sum', values: [...this.#values()] };
  }

  *#values() {
    const { name, buckets: bounds = [] } = this.#described;
    for (const [sharedLabels, buckets] of this.#read()) {
      const counts = cumulative(buckets);
      for (const [index, value] of counts.entries()) {
        const labels = { le: bounds[index] ?? '+Inf' };
        yield { labels, sharedLabels, value, metricName: `${name}_bucket` };
      }
      yield { labels: {}, sharedLabels, value: buckets.sum, metricName: `${name}_sum` };
      yield { labels: {}, sharedLabels, value: counts.at(-1) ?? 0, metricName: `${name}_count` };
    }
  }
}

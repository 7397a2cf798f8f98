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

/**
 * Metrics by name: what each tells, and where it stands when somebody asks: the value of the only series, if there is
 * one, or samples. Those whose names end in `_total` never go down.
 */
export type Metrics = Readonly<
  Record<string, readonly [help: string, read: () => number | undefined | readonly Sample[]]>
>;

/** Has a registry read values whenever it is asked for its metrics. Nothing is kept in between. */
export const defineMetrics = (registry: Registry, metrics: Metrics): void => {
  for (const [name, [help, read]] of Object.entries(metrics)) {
    const samples = (): readonly Sample[] => {
      const told = read();
      return typeof told === 'object' ? told : told === undefined ? [] : [[{}, told]];
    };
    const described = { name, help, labelNames: LABELS, registers: [registry] };
    if (name.endsWith('_total')) {
      new Counter({
        ...described,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.inc(labels, value);
        },
      });
    } else {
      new Gauge({
        ...described,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.set(labels, value);
        },
      });
    }
  }
};

/** A prom-client histogram whose counts are kept elsewhere. */
export class CountedHistogram extends Histogram {
  readonly #described: HistogramConfiguration<string>;
  readonly #read: () => Iterable<Sample<Buckets>>;

  constructor(described: HistogramConfiguration<string>, read: () => Iterable<Sample<Buckets>>) {
    super({ labelNames: LABELS, ...described });
    this.#described = described;
    this.#read = read;
  }

  /** Where the registry, and prom-client's own `get`, take a histogram from. */
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

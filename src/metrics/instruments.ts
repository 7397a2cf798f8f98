import { Counter, Gauge, Histogram, type HistogramConfiguration, type Registry } from 'prom-client';
import { type Buckets, cumulative } from './counts.ts';

export type Labels = Readonly<Record<string, string>>;

/** One time series: its labels and what it stands at. */
export type Sample<T = number> = readonly [labels: Labels, value: T];

/** Has a registry read the value (or the samples) whenever it is asked for its metrics. Nothing is kept in between. */
export class Instruments {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** A name ending in `_total`; `read` never goes down. */
  counter(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>): void {
    new Counter({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  }

  gauge(name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        // A gauge without labels stands at 0 after a reset, even where there is nothing to tell.
        if (labelNames.length === 0) this.remove();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: number[],
    read: () => Iterable<Sample<Buckets>>,
  ): void {
    new CountedHistogram({ name, help, labelNames, buckets, registers: [this.#registry] }, read);
  }
}

/** A prom-client histogram whose counts are kept elsewhere. */
class CountedHistogram extends Histogram {
  readonly #described: HistogramConfiguration<string>;
  readonly #read: () => Iterable<Sample<Buckets>>;

  constructor(described: HistogramConfiguration<string>, read: () => Iterable<Sample<Buckets>>) {
    super(described);
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
        yield {
          labels: { le: bounds[index] ?? '+Inf' },
          sharedLabels,
          value,
          metricName: `${name}_bucket`,
        };
      }
      yield { labels: {}, sharedLabels, value: buckets.sum, metricName: `${name}_sum` };
      yield { labels: {}, sharedLabels, value: counts.at(-1) ?? 0, metricName: `${name}_count` };
    }
  }
}

/** Series of an incident, one sample a minute, in the notation of promtool's tests. */
export interface Recording {
  /** The last minute before the incident began. */
  readonly calm: number;
  /** The last minute that was recorded. */
  readonly end: number;
  readonly series: Readonly<Record<string, string>>;
}

/** `undefined`: the series was not there. */
type Sample = number | undefined;

/** Collects what scrapes find. Labels of a target are not among them: whoever uses the recording adds some. */
export class Recorder {
  readonly #wanted: ReadonlySet<string>;
  readonly #startedAt: number;
  readonly #speed: number;
  readonly #series = new Map<string, Sample[]>();
  #count = 0;

  /**
   * @param wanted names of metrics to keep
   * @param startedAt epoch seconds, which become 0
   * @param speed how much faster than time the program lived: what its event loop waited is real
   */
  constructor(wanted: Iterable<string>, startedAt: number, speed: number) {
    this.#wanted = new Set(wanted);
    this.#startedAt = startedAt;
    this.#speed = speed;
  }

  /** Nothing was scraped for so many minutes. */
  skip(count: number): void {
    this.#count += count;
  }

  /** Takes the answer to a scrape; `undefined` if there was none. */
  add(text: string | undefined): void {
    this.#put('up', text === undefined ? 0 : 1);
    for (const [, series = '', name = '', value] of (text ?? '').matchAll(/^((\w+)(?:\{.*\})?) (\S+)$/gm))
      if (this.#wanted.has(name)) this.#put(series, this.#value(name, Number(value)));
    this.#count += 1;
  }

  series(): Record<string, string> {
    const all = [...this.#series].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      all.map(([name, samples]) => {
        samples.length = this.#count;
        return [name, notation(Array.from(samples))];
      }),
    );
  }

  #put(series: string, value: number): void {
    const samples = this.#series.get(series) ?? [];
    samples[this.#count] = value;
    this.#series.set(series, samples);
  }

  #value(name: string, value: number): number {
    if (name.startsWith('nodejs_eventloop_lag')) return Number((value / this.#speed).toFixed(2));
    return Number((name.endsWith('_timestamp_seconds') ? value - this.#startedAt : value).toFixed(2));
  }
}

/** `5x3` is 5 four times, `1+2x3` is 1 3 5 7; `_` was not there, and is `stale` when it has gone. */
export function notation(samples: readonly Sample[]): string {
  const parts: string[] = [];
  for (let at = 0; at < samples.length; ) {
    const first = samples[at];
    if (first === undefined) {
      let end = at;
      while (end + 1 < samples.length && samples[end + 1] === undefined) end += 1;
      const gone = at > 0 ? ['stale', ...(end > at ? [`_x${end - at}`] : [])] : [`_x${end + 1}`];
      parts.push(...gone);
      at = end + 1;
      continue;
    }
    const step = Number(((samples[at + 1] ?? first) - first).toFixed(2));
    let end = at;
    while (isNext(samples, end, step)) end += 1;
    // A step that is taken once only costs more than it saves.
    const run = end - at >= 2 || step === 0 ? end - at : 0;
    parts.push(
      run === 0
        ? `${first}`
        : step === 0
          ? `${first}x${run}`
          : `${first}${step < 0 ? step : `+${step}`}x${run}`,
    );
    at += run + 1;
  }
  return parts.join(' ');
}

function isNext(samples: readonly Sample[], at: number, step: number): boolean {
  const [here, next] = [samples[at], samples[at + 1]];
  return here !== undefined && next !== undefined && Math.abs(next - here - step) < 0.005;
}

import { BSTREAM_MINUTES, COUNTED_METRICS, type CountedMetric, columnOf } from '../reports/cube/metrics.ts';
import { CATEGORIES, type Category, DEVICES, type Device } from './catalogue.ts';
import { between, mix } from './hash.ts';

/** Attempts after which the pattern of outcomes repeats. */
export const PERIOD = 1024;

/** Columns of a table row. */
export const WIDTH = COUNTED_METRICS.length;

/**
 * What becomes of one attempt after another. Row `k` counts the outcomes of the first `k` attempts, so that any run of
 * attempts is a difference of two rows: the metrics of every report are counts over the same attempts, and so are
 * consistent with each other, whatever the projection.
 */
export type SessionPattern = Int32Array;

/** Share of finished sessions by length, in the order of the duration metrics, in thousandths. */
const DURATIONS: Readonly<Record<Device, readonly number[]>> = {
  tv: [190, 130, 180, 230, 190, 60, 14, 3, 2, 1, 0, 0],
  mobile: [470, 210, 160, 105, 42, 10, 2, 1, 0, 0, 0, 0],
  web: [330, 190, 190, 160, 95, 26, 6, 2, 1, 0, 0, 0],
};

const DURATION_COLUMNS = COUNTED_METRICS.filter((name) => name.startsWith('duration_')).map(columnOf);
const SHORTEST = columnOf('duration_0-15');
const BSTREAMS = BSTREAM_MINUTES.map(({ name, minutes }) => ({ column: columnOf(name), minutes }));

/** Attempts that a policy denies: mostly live sports, where accounts are shared. */
const DENIED: Readonly<Record<Category, number>> = { sports: 46, news: 15, entertainment: 24, kids: 19 };

const CARRIED = 40;
const STILL_RUNNING = 40;
const DISMISSED: Readonly<Record<Category, number>> = { sports: 18, news: 6, entertainment: 9, kids: 7 };
const KILLED: Readonly<Record<Category, number>> = { sports: 11, news: 4, entertainment: 6, kids: 5 };

function shuffle<T>(items: T[], seed: number): T[] {
  let state = seed;
  for (let i = items.length - 1; i > 0; i--) {
    state = mix(state, i);
    const j = state % (i + 1);
    const held = items[i];
    const other = items[j];
    if (held === undefined || other === undefined) continue;
    items[i] = other;
    items[j] = held;
  }
  return items;
}

/** As many columns as there are sessions, in the given proportions; rounding falls to the first. */
function durations(device: Device, count: number, seed: number): number[] {
  const columns = DURATION_COLUMNS.flatMap((column, index) =>
    Array<number>(Math.ceil(((DURATIONS[device][index] ?? 0) * count) / 1000)).fill(column),
  );
  while (columns.length < count) columns.push(SHORTEST);
  return shuffle(columns, seed);
}

/** How much an attempt adds to each column. */
type Outcome = number[];

const ACTIVE = columnOf('active-sessions');
const COMPLETED = columnOf('completed-sessions');

function sessions(category: Category, device: Device, seed: number): Outcome[] {
  const denied = DENIED[category] + (device === 'mobile' ? 5 : 0);
  const attempts: Outcome[] = [];
  const add = (count: number, ...metrics: CountedMetric[]) => {
    const outcome: Outcome = Array(WIDTH).fill(0);
    for (const metric of metrics) outcome[columnOf(metric)] = 1;
    for (let i = 0; i < count; i++) attempts.push([...outcome]);
  };
  add(denied, 'failed-attempts');
  // A session that crosses the end of its interval is booked as active where it goes on, and started only once.
  add(CARRIED, 'active-sessions', 'completed-sessions');
  add(STILL_RUNNING, 'active-sessions', 'started-sessions');
  add(DISMISSED[category], 'active-sessions', 'started-sessions', 'completed-sessions', 'dismissed-sessions');
  add(KILLED[category], 'active-sessions', 'started-sessions', 'completed-sessions', 'killed-sessions');
  add(PERIOD - attempts.length, 'active-sessions', 'started-sessions', 'completed-sessions');
  return shuffle(attempts, mix(seed, 1));
}

/** The bounds of each duration metric, in minutes. */
const BOUNDS = [0, 15, 30, 60, 120, 240, 480, 960, 1440, 4320, 10_080, 43_200, 64_800];

/** Gives every finished session a length, and every stream its `bstreams`. */
function addLengths(attempts: readonly Outcome[], device: Device, seed: number): void {
  const streams = attempts.filter((outcome) => outcome[ACTIVE] === 1);
  const finished = streams.filter((outcome) => outcome[COMPLETED] === 1);
  const lengths = durations(device, finished.length, mix(seed, 2));
  finished.forEach((outcome, index) => {
    outcome[lengths[index] ?? SHORTEST] = 1;
  });
  streams.forEach((outcome, index) => {
    const length = DURATION_COLUMNS.findIndex((column) => outcome[column] === 1);
    const watched = between(mix(mix(seed, 4), index), BOUNDS[length] ?? 0, BOUNDS[length + 1] ?? 15);
    for (const { column, minutes } of BSTREAMS) outcome[column] = Math.max(1, Math.ceil(watched / minutes));
  });
}

/** What ESM counts of the same attempts: each is an authorization, some come after an authentication. */
function addEntitlements(attempts: readonly Outcome[], seed: number): void {
  attempts.forEach((outcome, index) => {
    const add = (metric: CountedMetric, amount = 1): void => {
      outcome[columnOf(metric)] = amount;
    };
    const hash = mix(mix(seed, 5), index);
    const allowed = outcome[ACTIVE] === 1;
    add('authz-attempts');
    add('authz-latency', 60 + (hash % 400));
    add(allowed ? 'authz-successful' : hash % 4 === 0 ? 'authz-rejected' : 'authz-failed');
    if (allowed && hash % 20 !== 0) add('media-tokens');
    if (allowed) add('unique-sessions');
    if (hash % 6 !== 0) return;
    add('authn-attempts');
    add(hash % 48 === 0 ? 'authn-failed' : 'authn-pending');
    if (hash % 48 > 6) add('authn-successful');
  });
}

function outcomes(category: Category, device: Device, seed: number): Outcome[] {
  const attempts = sessions(category, device, seed);
  addLengths(attempts, device, seed);
  addEntitlements(attempts, seed);
  return attempts;
}

/** The pattern of a kind of viewing: `PERIOD + 1` rows of `WIDTH` running counts. */
export function sessionPattern(category: Category, device: Device, seed: number): SessionPattern {
  const table = new Int32Array((PERIOD + 1) * WIDTH);
  const kind = mix(mix(seed, CATEGORIES.indexOf(category)), DEVICES.indexOf(device));
  outcomes(category, device, kind).forEach((outcome, index) => {
    const row = index * WIDTH;
    for (let column = 0; column < WIDTH; column++) {
      table[row + WIDTH + column] = (table[row + column] ?? 0) + (outcome[column] ?? 0);
    }
  });
  return table;
}

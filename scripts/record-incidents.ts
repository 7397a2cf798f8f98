import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readQuery } from '../test/deploy/promql.ts';
import { minutes, runInFastTime, SPEED } from './incidents/clock.ts';
import { fixtureName, INCIDENTS, type Incident } from './incidents/incidents.ts';
import { Recorder, type Recording } from './incidents/recording.ts';
import { World } from './incidents/world.ts';

/**
 * `npm run alerts:record [-- PART OF A NAME…]`: lives through each incident with the real program, in fast time,
 * scrapes it once a minute, and keeps what the alerts look at in `test/deploy/incidents`. Needs `dist/`, libfaketime,
 * redis-server and openssl, and ten minutes.
 */
const parts = process.argv.slice(2);
const chosen = Object.entries(INCIDENTS).filter(
  ([name]) => parts.length === 0 || parts.some((part) => name.includes(part)),
);
const speed = runInFastTime(new Set(chosen.map(([, incident]) => incident.speed ?? SPEED)));
const waiting = chosen.filter(([, incident]) => (incident.speed ?? SPEED) === speed);

/** Time goes on for clocks while a machine is too busy to live through it: such a recording is worth nothing. */
class Stalled extends Error {}

/** How often an incident may stall before this machine is too busy altogether. */
const PATIENCE = 5;
/** All is well for so long. */
const CALM = 6;
const AT_ONCE = Number(process.env['AT_ONCE'] ?? 2);

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test/deploy/incidents');
const rules = parse(readFileSync(join(root, 'config/prometheus/alerts.yaml'), 'utf8'));
const wanted = new Set<string>(
  rules.groups.flatMap(({ rules }: { rules: { expr: string }[] }) =>
    rules.flatMap(({ expr }) => readQuery(expr).selectors.map(({ metric }) => metric)),
  ),
);
mkdirSync(folder, { recursive: true });
await Promise.all(Array.from({ length: AT_ONCE }, work));

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, incident] = next;
    const recording = await recordUndisturbed(name, incident);
    writeFileSync(join(folder, fixtureName(name)), `${JSON.stringify(recording, null, 2)}\n`);
    process.stdout.write(`recorded: ${name}\n`);
  }
}

async function recordUndisturbed(name: string, incident: Incident): Promise<Recording> {
  for (let stalls = 0; ; stalls += 1) {
    try {
      return await record(incident);
    } catch (error) {
      if (!(error instanceof Stalled) || stalls === PATIENCE) throw error;
      process.stdout.write(`again, as this machine stalled: ${name}\n`);
    }
  }
}

async function record({
  minutes: span,
  world: options = {},
  before = () => {},
  begin,
}: Incident): Promise<Recording> {
  const world = new World(join(root, 'dist/main.js'), options);
  const over = new AbortController();
  const recorder = new Recorder(wanted, Date.now() / 1000, speed);
  const startedAt = Date.now();
  const scrapeUntil = async (end: number) => {
    for (; minute <= end; minute += 1) {
      await minutes(Math.max(0, minute - (Date.now() - startedAt) / 60_000));
      recorder.add(await world.scrape());
      if ((Date.now() - startedAt) / 60_000 > minute + 1.5) throw new Stalled();
    }
  };
  let minute = 0;
  try {
    await world.open(before ?? (() => {}));
    // What is broken from the start does not become ready.
    while (before === undefined && !(await world.isReady())) await minutes(0.1);
    // The first scrape is made when there is something to scrape.
    minute = Math.ceil((Date.now() - startedAt) / 60_000);
    recorder.skip(minute);
    const calm = minute + CALM;
    await scrapeUntil(calm);
    const begun = Promise.resolve(begin?.(world, over.signal)).catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    await scrapeUntil(calm + span);
    over.abort();
    await world.close();
    await begun;
    return { calm, end: calm + span, series: recorder.series() };
  } finally {
    over.abort();
    await world.close();
  }
}

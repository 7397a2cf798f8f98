import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSandbox } from '../src/sandbox/index.ts';
import { type RunningServe, runServe } from '../test/support/running-process.ts';
import { freePort } from './free-port.ts';
import { startLoad } from './soak/load.ts';
import { startMisfortune } from './soak/misfortune.ts';
import { Tally } from './soak/tally.ts';
import { type Handles, median, readMetrics, residentBytes } from './soak/watch.ts';

/**
 * Constant load on the real process while everything goes wrong: tokens rotate every second, Adobe fails at random, the
 * process gets SIGTERM and starts again. Loopback only; ends by itself:
 *
 *     npm run soak -- [--seconds 300] [--rate 100]
 *
 * For the first third of the time the process is restarted every ten seconds; the rest is one long life, and memory in its third fifth is
 * compared with its last (before, V8 is still making room for the young). Every call is counted. Exits 1 if one is lost, if a
 * handle is left over, if memory grows by more than a tenth, or if a stop is not clean.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '300' }, rate: { type: 'string', default: '100' } },
});
const SECONDS = Number(values.seconds);
const LIFE_SECONDS = 10;
const MIB = 1024 * 1024;

const main = async (): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'cmu-proxy-soak-'));
  const sandbox = await startSandbox({ tokenLifetime: 2, throttle: false, requestLogSize: 100 });
  const port = await freePort();
  const start = async (): Promise<RunningServe> =>
    runServe({
      // As in the image.
      env: { NODE_OPTIONS: '--max-semi-space-size=16' },
      settings: {
        ...{ LISTEN_PORT: String(port), ADMIN_PORT: String(port + 1), STATE_DIR: folder, LOG_LEVEL: 'info' },
        ...{
          UPSTREAM_HEADERS_TIMEOUT_MS: '5000',
          UPSTREAM_BODY_IDLE_TIMEOUT_MS: '5000',
          DCR_TIMEOUT_MS: '2000',
          UPSTREAM_MAX_REQUESTS_PER_SECOND: '0',
        },
        ...{ SOFTWARE_STATEMENT: await sandbox.statement(), DCR_URL: sandbox.url, UPSTREAM_URL: sandbox.url },
      },
    });
  const tally = new Tally();
  let isUp = true;
  let serve = await start();
  const misfortune = startMisfortune(sandbox, Math.random);
  const load = startLoad({
    url: serve.url,
    requestsPerSecond: Number(values.rate),
    tally,
    random: Math.random,
    isUp: () => isUp,
  });
  const stops: string[] = [];
  const stop = async (): Promise<void> => {
    isUp = false;
    const { code, signal } = await serve.kill('SIGTERM');
    stops.push(code === 0 ? 'clean' : `${code ?? signal}: ${serve.output.stderr.slice(0, 500)}`);
  };
  for (let elapsed = 0; elapsed < SECONDS / 3; elapsed += LIFE_SECONDS) {
    await sleep(1000 * LIFE_SECONDS);
    await stop();
    serve = await start();
    isUp = true;
  }

  const memory: number[] = [];
  const heap: number[] = [];
  let loopDelayMs = 0;
  for (let elapsed = 0; elapsed < (SECONDS * 2) / 3; elapsed++) {
    await sleep(1000);
    memory.push(residentBytes(serve.child.pid));
    if (elapsed % 2 === 1) {
      const seen = await readMetrics(serve.adminUrl);
      loopDelayMs = Math.max(loopDelayMs, seen.loopDelayMs);
      heap.push(seen.heapBytes);
    }
  }
  await load.stop();
  misfortune.end();
  const { counts } = sandbox;
  // Kept connections go with it.
  await sandbox.close();
  const handles = await quietHandles(serve.adminUrl);
  await stop();
  rmSync(folder, { recursive: true });

  const fifth = Math.max(1, Math.floor(memory.length / 5));
  const [rssStart, rssEnd] = [median(memory.slice(2 * fifth, 3 * fifth)), median(memory.slice(-fifth))];
  const sample = Math.max(1, Math.floor(heap.length / 5));
  // The least of many is what is left after a collection.
  const [heapStart, heapEnd] = [
    Math.min(...heap.slice(2 * sample, 3 * sample)),
    Math.min(...heap.slice(-sample)),
  ];
  const leaked = Math.max(0, handles.sockets - OWN.sockets) + Math.max(0, handles.timers - OWN.timers);
  const unclean = stops.filter((it) => it !== 'clean');
  console.log(
    [
      `${SECONDS} s at ${values.rate} calls a second; ${stops.length} stops; ${counts.register} registrations, ${counts.token} token requests, ${counts.report} report requests`,
      `answered              ${tally.of('report')}`,
      `failed, and told so   ${tally.told + tally.of('torn')}`,
      `refused between lives ${tally.of('refused')}`,
      `lost                  ${tally.of('lost')}`,
      `sent again            ${tally.repeated}`,
      `leaked handles        ${leaked} (${JSON.stringify(handles)})`,
      `unclean stops         ${unclean.length}${unclean.map((it) => `\n  ${it}`).join('')}`,
      `resident memory       ${(rssStart / MIB).toFixed(1)} MiB, at the end ${(rssEnd / MIB).toFixed(1)} MiB (${((100 * rssEnd) / rssStart - 100).toFixed(1)} %)`,
      `live heap             ${(heapStart / MIB).toFixed(1)} MiB, at the end ${(heapEnd / MIB).toFixed(1)} MiB`,
      `event-loop delay      ${loopDelayMs.toFixed(1)} ms (p99, worst two seconds)`,
      `reports took          ${tally.percentile(0.5).toFixed(1)} ms (median), ${tally.percentile(0.99).toFixed(1)} ms (p99)`,
      ...tally.lines(),
    ].join('\n'),
  );
  return tally.of('lost') === 0 && leaked === 0 && unclean.length === 0 && rssEnd <= 1.1 * rssStart;
};

/** What a process that serves nobody may have open: the scrape itself, a DCR call, the timers of token and log. */
const OWN = { sockets: 2, timers: 8 };

/** What is open once all has had the time to close. */
const quietHandles = async (adminUrl: string): Promise<Handles> => {
  let handles: Handles = { sockets: Number.POSITIVE_INFINITY, timers: 0, others: 0 };
  for (
    let waited = 0;
    waited < 15 && (handles.sockets > OWN.sockets || handles.timers > OWN.timers);
    waited++
  ) {
    await sleep(1000);
    handles = (await readMetrics(adminUrl)).handles;
  }
  return handles;
};

process.exitCode = (await main()) ? 0 : 1;

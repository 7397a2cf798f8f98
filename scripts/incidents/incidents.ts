import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { makeCertificate } from './certificate.ts';
import { minutes } from './clock.ts';
import type { World, WorldOptions } from './world.ts';

/** Something that goes wrong, and the alerts that tell it when it has gone on for long enough: these and no others. */
export interface Incident {
  readonly fires: readonly string[];
  /** How long it goes on. */
  readonly minutes: number;
  /** How many times as fast it is lived through; {@link SPEED} unless it says otherwise. */
  readonly speed?: number;
  readonly world?: WorldOptions;
  /** Breaks what is broken from the start. */
  readonly before?: (world: World) => void;
  /** Breaks what was well, and goes on breaking it. Aborted at the end. */
  readonly begin?: (world: World, over: AbortSignal) => Promise<void> | void;
}

/** Everything that can be configured, and all of it well. */
const EVERYTHING: WorldOptions = {
  redis: true,
  settings: ({ folder }) => ({ LISTEN_WORKERS: '2', ...makeCertificate(folder, 90) }),
};

const many = (count: number) => `/year/month/day?limit=${1 + (count % 900)}&metrics=active-users`;

/** A line of the log that needs much room. */
const LONG = `/year/month?${Array.from({ length: 150 }, (_, at) => `mvpd=operator-${at}`).join('&')}`;

/** A proxy that keeps so little that reports throw each other out. */
const SMALL_CACHE = { CACHE_MAX_BYTES: '200000' };

async function everyMinute(over: AbortSignal, act: () => unknown): Promise<void> {
  while (!over.aborted) {
    await act();
    await minutes(1);
  }
}

export const INCIDENTS: Readonly<Record<string, Incident>> = {
  'all is well': { fires: [], minutes: 60, world: { ...EVERYTHING, requests: 60 } },
  'the process is gone': {
    fires: ['CmuProxyDown'],
    minutes: 10,
    begin: ({ proxy }) => void proxy.kill('SIGKILL'),
  },
  'Adobe’s DCR server is out at the start': {
    fires: ['CmuProxyNotReady', 'CmuProxyClientUnavailable', 'CmuProxyCallersFail'],
    minutes: 20,
    before: ({ sandbox }) => void sandbox.control.answerStatus(503, { on: 'dcr' }),
  },
  'Adobe’s DCR server is out while a token serves': {
    fires: ['CmuProxyTokenRefreshFails', 'CmuProxyTokenRunsOut'],
    minutes: 52,
    world: { tokenLifetime: 3600 },
    begin: ({ sandbox }) => void sandbox.control.answerStatus(503, { on: 'dcr' }),
  },
  'Adobe throttles DCR': {
    fires: ['CmuProxyDcrThrottled', 'CmuProxyNotReady', 'CmuProxyClientUnavailable', 'CmuProxyCallersFail'],
    minutes: 20,
    before: ({ sandbox }) => void sandbox.control.answerStatus(429, { on: 'dcr' }),
  },
  'the report API answers 500': {
    fires: ['CmuProxyCallersFail', 'CmuProxyUpstreamFails'],
    minutes: 20,
    world: { path: many },
    begin: ({ sandbox }) => void sandbox.control.answerStatus(500, { on: 'report' }),
  },
  'the report API cannot be reached': {
    fires: ['CmuProxyCallersFail', 'CmuProxyUpstreamFails'],
    minutes: 20,
    world: { path: many },
    begin: ({ sandbox }) => void sandbox.control.resetConnections({ on: 'report' }),
  },
  'the report API is slow': {
    fires: ['CmuProxyUpstreamSlow'],
    minutes: 30,
    world: { path: many },
    begin: ({ sandbox }) => void sandbox.control.addLatency(20_000, { on: 'report' }),
  },
  'callers give up': {
    fires: ['CmuProxyCallersGiveUp', 'CmuProxyUpstreamSlow'],
    minutes: 20,
    world: { path: (count) => (count % 3 === 0 ? many(count) : '/year/month?limit=12'), patienceMs: 30_000 },
    begin: ({ sandbox }) => void sandbox.control.addLatency(45_000, { on: 'report' }),
  },
  'the report API refuses tokens': {
    fires: ['CmuProxyTokenRejected'],
    minutes: 20,
    world: { path: many },
    begin: ({ sandbox }, over) => everyMinute(over, () => sandbox.control.revokeTokens()),
  },
  'Adobe forgets credentials': {
    fires: ['CmuProxyRegistersAgain'],
    minutes: 30,
    world: { path: many },
    begin: ({ sandbox }, over) =>
      everyMinute(over, async () => {
        sandbox.control.forgetClients();
        sandbox.control.revokeTokens();
        await minutes(6);
      }),
  },
  'the statement file has become rubbish': {
    fires: ['CmuProxyConfigRefused'],
    minutes: 15,
    begin: ({ statementFile }) => writeFileSync(statementFile, '<html>Sign in</html>'),
  },
  'the state folder cannot be made': {
    fires: ['CmuProxyStateInMemory'],
    minutes: 10,
    world: { settings: () => ({ STATE_DIR: '/dev/null/state' }) },
  },
  'the state folder has gone': {
    fires: ['CmuProxyStateInMemory'],
    minutes: 40,
    world: { tokenLifetime: 900 },
    begin: ({ stateFolder }) => {
      renameSync(stateFolder, `${stateFolder}.gone`);
      writeFileSync(stateFolder, 'no folder');
    },
  },
  'Redis is gone for good': {
    fires: ['CmuProxySharedStoreGone'],
    minutes: 25,
    world: { redis: true },
    begin: (world) => world.stopRedis(),
  },
  'Redis comes and goes': {
    fires: ['CmuProxySharedStoreUnsteady'],
    minutes: 24,
    world: { redis: true },
    begin: (world, over) =>
      everyMinute(over, async () => {
        await world.stopRedis();
        await minutes(3);
        await world.startRedis();
        await minutes(3);
      }),
  },
  'the configuration is refused': {
    fires: ['CmuProxyConfigRefused'],
    minutes: 10,
    begin: ({ configFile }) => writeFileSync(configFile, 'shutdown:\n  graceMs: soon\n'),
  },
  'the configuration waits for a restart': {
    fires: ['CmuProxyConfigWaits'],
    minutes: 34,
    begin: ({ configFile }) => writeFileSync(configFile, 'log:\n  level: warn\n'),
  },
  'the certificate ends': {
    fires: ['CmuProxyCertificateEnds'],
    minutes: 18,
    world: { settings: ({ folder }) => makeCertificate(folder, 5) },
  },
  'workers die as soon as they live': {
    fires: ['CmuProxyWorkersMissing', 'CmuProxyWorkersEnd', 'CmuProxyNotReady'],
    minutes: 20,
    world: { settings: () => ({ LISTEN_WORKERS: '2' }) },
    begin: async (world, over) => {
      while (!over.aborted) {
        world.killOneWorker();
        await minutes(0.05);
      }
    },
  },
  'too many connections': {
    fires: ['CmuProxyShedsLoad'],
    minutes: 20,
    world: { settings: () => ({ LISTEN_MAX_CONNECTIONS: '8' }) },
    begin: ({ url }, over) => {
      // The head of a request that does not end: the listener closes the connection after a while, and gets another.
      const hold = () => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
        socket.write('GET /cmu/v2/year HTTP/1.1\r\nhost: localhost\r\nx: ');
        socket.resume().once('close', () => over.aborted || hold());
        over.addEventListener('abort', () => socket.destroy());
      };
      for (let count = 0; count < 12; count += 1) hold();
    },
  },
  'no processor time': {
    fires: ['CmuProxyEventLoopSlow', 'CmuProxyShedsLoad'],
    // Node looks every 10 ms of fast time: in faster time the few long waits would drown among short ones.
    speed: 10,
    minutes: 20,
    begin: async ({ proxy }, over) => {
      while (!over.aborted) {
        proxy.kill('SIGSTOP');
        await minutes(0.05);
        proxy.kill('SIGCONT');
        await minutes(0.005);
      }
    },
  },
  'nobody reads the log': {
    fires: ['CmuProxyLogLinesDropped'],
    minutes: 30,
    world: { requests: 600, path: () => LONG },
    begin: ({ proxy }) => void proxy.stdout?.pause(),
  },
  'the cache is too small': {
    fires: ['CmuProxyCacheTooSmall'],
    minutes: 50,
    world: { path: many, requests: 120, settings: () => SMALL_CACHE },
  },
};

/** Where a recording is kept, below `test/deploy/incidents`. */
export const fixtureName = (incident: string): string =>
  `${incident.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}.json`;

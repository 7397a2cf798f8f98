import { epochMs, milliseconds, seconds } from '../src/base/units.ts';
import { createFleetBudget } from '../src/oauth/fleet/fleet-budget.ts';
import { momentAlone, spreadOf } from '../src/oauth/fleet/fleet-policy.ts';
import { createRedisFleetStore } from '../src/oauth/fleet/redis-fleet-store.ts';
import { createTokenBucket } from '../src/oauth/protocol/dcr-budget.ts';
import { createDcrClient } from '../src/oauth/protocol/dcr-client.ts';
import { createMemoryStore } from '../src/oauth/state/open-store.ts';
import { parseSoftwareStatement } from '../src/oauth/statement/software-statement.ts';
import { LastingTokenSource } from '../src/oauth/token/lasting-token-source.ts';
import { AdobeModel } from '../test/support/adobe-model.ts';
import { diceOf } from '../test/support/dice.ts';
import { jws } from '../test/support/jws.ts';
import { ModelLink, RedisModel } from '../test/support/redis-model.ts';
import { drained, VirtualTime } from '../test/support/virtual-time.ts';

/*
 * A cold start of a fleet whose Redis is down for good: the real code of each replica in simulated time, against Adobe's throttle (one call a
 * second of all, ten at once). `node bench/fleet-alone.ts [REPLICAS...]`. Fleets too large to be lived through are calculated: the moments that
 * the policy draws, two calls each, and the throttle.
 */
const fleets = process.argv.slice(2).map(Number);
const DCR_LATENCY = milliseconds(580);
const START = Date.UTC(2024, 0, 1);
const STATEMENT = parseSoftwareStatement(jws({ sub: 'application' }), epochMs(START));
const BASE_URL = new URL('https://dcr.test/');

/** A replica that waits looks for Redis every few seconds: that makes simulations long. */
const LARGEST_SIMULATED = 500;

const row = (replicas: number, how: string, adobe: AdobeModel, readyAfter: readonly number[]): string => {
  const [half, all] = [readyAfter[Math.floor(replicas / 2)] ?? 0, readyAfter[replicas - 1] ?? 0];
  const minutes = (span: number) => `${(span / 60_000).toFixed(1)} min`;
  const figures = [replicas, how, adobe.arrivals.length, adobe.throttled];
  return `| ${[...figures, minutes(half), minutes(all), minutes(spreadOf(replicas))].join(' | ')} |`;
};

function calculated(replicas: number): string {
  const random = diceOf(replicas);
  const adobe = new AdobeModel();
  const moments = Array.from({ length: replicas }, () =>
    momentAlone(epochMs(START), undefined, spreadOf(replicas), random()),
  );
  const calls = moments.flatMap((at) => [at, at + DCR_LATENCY]).sort((a, b) => a - b);
  const request = {
    url: new URL('/o/client/register', BASE_URL),
    method: 'POST',
    headers: {},
    body: '',
  } as const;
  for (const at of calls) adobe.receive({ ...request, signal: new AbortController().signal }, at);
  const ready = moments.map((at) => at + 2 * DCR_LATENCY - START).sort((a, b) => a - b);
  return row(replicas, 'calculated', adobe, ready);
}

async function coldStart(replicas: number): Promise<string> {
  const time = new VirtualTime(START, drained);
  const random = diceOf(replicas);
  const effects = { now: time.now, random, setTimer: time.setTimer };
  const adobe = new AdobeModel();
  const redis = new RedisModel(time.now, () => {});
  const readyAfter: number[] = [];
  const sources = Array.from({ length: replicas }, () => {
    const network = { later: time.setTimer, latency: () => 1, timeout: seconds(1) };
    const link = new ModelLink(redis, network, false);
    const ready = () => readyAfter.push(time.now() - START);
    return new LastingTokenSource({
      statement: STATEMENT,
      store: createMemoryStore(),
      client: createDcrClient({
        url: BASE_URL,
        transport: (request) =>
          new Promise((resolve, reject) => {
            const answer = adobe.receive(request, time.now());
            time.setTimer(DCR_LATENCY, () =>
              answer instanceof Error || answer === undefined ? reject(answer) : resolve(answer),
            );
          }),
        effects,
        userAgent: 'cmu-proxy/bench',
        deviceInfo: { model: 'bench', version: '1', osName: 'Linux' },
        registerPath: '/o/client/register',
        tokenPath: '/o/client/token',
        tokenRequestForm: 'body',
        timeoutMs: seconds(10),
      }),
      budget: createFleetBudget({
        link,
        prefix: 'bench',
        dcrUrl: BASE_URL,
        local: createTokenBucket(effects),
        effects,
      }),
      effects,
      onEvent: ({ event }) => {
        if (event === 'token-received') ready();
      },
      fleet: {
        store: createRedisFleetStore({
          link,
          prefix: 'bench',
          codec: { encode: async (text) => text, decode: async (text) => text, isCurrent: () => true },
          effects,
        }),
        replicas,
      },
    });
  });
  while (readyAfter.length < replicas) await time.pass(1000);
  for (const source of sources) await source.close();
  return row(replicas, 'simulated', adobe, readyAfter);
}

process.stdout.write(
  '| replicas | | DCR calls | of them 429 | half ready | all ready | spread |\n| ---: | --- | ---: | ---: | ---: | ---: | ---: |\n',
);
for (const replicas of fleets.length > 0 ? fleets : [10, 200, 10_000]) {
  const line = replicas > LARGEST_SIMULATED ? calculated(replicas) : await coldStart(replicas);
  process.stdout.write(`${line}\n`);
}

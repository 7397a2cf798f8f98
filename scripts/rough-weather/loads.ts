import { setTimeout as pause } from 'node:timers/promises';
import { call } from '../../test/support/http-client.ts';
import { type ServiceWorld, startServiceWorld } from '../../test/support/service-world.ts';
import { startTcpProxy } from '../../test/support/tcp-proxy.ts';

/** Loads on the whole proxy before the sandbox, over real sockets and in real time. */

const CMU = '/cmu/v2/year/month';
const ESM = '/esm/v3/media-company/year/month';
const PER_SECOND = 20;

/** Nothing is stored, so that each call is a request. */
const yaml = (upstream: string) => `
softwareStatementFile: DIR/a.txt
cache: { maxBytes: 0 }
upstream: { url: ${upstream} }
listen: { port: 0 }
admin: { port: 0 }
dcr: { url: SANDBOX }
state: { dir: DIR/state }
routes:
  - { name: cmu }
  - { name: esm, prefix: /esm/v3, upstream: { url: ${upstream}, prefix: /esm/v3 } }
`;

export interface Lagging {
  /** How long calls come. */
  readonly seconds: number;
  /** In seconds. */
  readonly tokenLifetime: number;
  /** How late the API learns of a token, in ms. */
  readonly tokenLag: number;
}

export interface EvenLoad {
  readonly calls: number;
  /** Calls that were not answered with 200. */
  readonly failed: number;
  readonly registrations: number;
  readonly tokens: number;
}

/** Calls evenly, whatever becomes of them. @param eachSecond what goes on beside */
const callEvenly = async (
  world: ServiceWorld,
  seconds: number,
  eachSecond: () => Promise<void> = async () => {},
): Promise<EvenLoad> => {
  let failed = 0;
  const calls: Promise<void>[] = [];
  const beside: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < seconds * PER_SECOND; i++) {
    if (i % PER_SECOND === 0) beside.push(eachSecond());
    const done = world.get(CMU).then(
      ({ status }) => status === 200,
      () => false,
    );
    calls.push(
      done.then((good) => {
        if (!good) failed += 1;
      }),
    );
    await pause(Math.max(0, startedAt + ((i + 1) * 1_000) / PER_SECOND - performance.now()));
  }
  await Promise.all([...calls, ...beside]);
  const { register, token } = world.sandbox.counts;
  return { calls: calls.length, failed, registrations: register, tokens: token };
};

/** Tokens are refreshed over an API that learns of them late. */
export const refreshOverLag = async ({ seconds, ...sandbox }: Lagging): Promise<EvenLoad> => {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX'), sandbox });
  await world.get(CMU);
  // Awaited here: the world ends with this block.
  return await callEvenly(world, seconds);
};

/** The same, while another route is refused once a second. */
export const besideRefusals = async ({
  seconds,
  ...sandbox
}: Lagging): Promise<EvenLoad & { readonly refused: number }> => {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX'), sandbox });
  await world.get(CMU);
  world.sandbox.control.refuse('unauthorized', { path: '/esm/v3' });
  let refused = 0;
  const count = ({ status }: { readonly status: number }): void => {
    if (status === 401) refused += 1;
  };
  const load = await callEvenly(world, seconds, () => world.get(ESM).then(count, () => {}));
  return { ...load, refused };
};

/**
 * The network to the API takes everything and gives nothing, and has forgotten its connections then.
 * @returns when callers had their reports, in ms after its return, the first one first
 */
export const blackHole = async (options: {
  readonly callers: number;
  readonly seconds: number;
}): Promise<readonly number[]> => {
  await using world = await startServiceWorld({ statements: ['a'], yaml: yaml('SANDBOX') });
  await using network = await startTcpProxy(Number(new URL(world.sandbox.url).port));
  await world.reload(yaml(`http://127.0.0.1:${network.port}`));
  await Promise.all(Array.from({ length: 8 }, () => world.get(CMU)));
  network.swallow();
  const origin = new URL(world.proxy.url).origin;
  let back = Number.POSITIVE_INFINITY;
  const good: number[] = [];
  const callers = Array.from({ length: options.callers }, async () => {
    // As callers do: whoever is told to come back comes back.
    for (let tries = 0; tries < 20; tries++) {
      const { status } = await call(origin + CMU);
      if (status === 200) return void good.push(performance.now() - back);
      await pause(250);
    }
  });
  await pause(1_000 * options.seconds);
  network.mend();
  back = performance.now();
  await Promise.all(callers);
  return good.map(Math.round).toSorted((a, b) => a - b);
};

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Ends what is open; nothing new gets through. */
  cut(): void;
  /** Takes what comes and passes nothing on, as a network does that loses packets. */
  swallow(): void;
  mend(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A network between a test and a server, that the test can break. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let state: 'whole' | 'cut' | 'swallowing' = 'whole';
  const endAll = () => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy();
    const far = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => {
        if (state === 'whole') to.write(chunk);
      });
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.on('error', () => {});
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    cut: () => {
      state = 'cut';
      endAll();
    },
    swallow: () => {
      state = 'swallowing';
    },
    mend: () => {
      // A connection that lost bytes makes no sense any more.
      endAll();
      state = 'whole';
    },
    [Symbol.asyncDispose]: async () => {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

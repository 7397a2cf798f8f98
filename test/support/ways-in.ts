import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ProxyWorld, type ProxyWorldOptions, startProxyWorld } from './proxy-world.ts';
import { type Script, type ScriptedUpstream, startUpstream } from './scripted-upstream.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { LOOPBACK } from './tls-identities.ts';

export const READERS = ['the accelerator', 'Node'] as const;
export const TRANSPORTS = ['plain', 'TLS', 'a Unix socket'] as const;

/** One of the ways that a request comes in: who reads it, from what. */
export interface WayIn {
  readonly reader: (typeof READERS)[number];
  readonly transport: (typeof TRANSPORTS)[number];
}

export interface WayInWorld {
  readonly proxy: ProxyWorld;
  readonly upstream: ScriptedUpstream;
  /** A connection of a caller's, which is closed at the end. */
  open(): Socket;
}

/** Runs with a proxy that is reached in this way. */
export const withWayIn = async (
  { reader, transport }: WayIn,
  script: Script,
  settings: Readonly<Record<string, string>>,
  run: (world: WayInWorld) => Promise<void>,
): Promise<void> => {
  await using folder = await temporaryFolder();
  await using upstream = await startUpstream(script);
  const socketPath = folder.file('s');
  const options: Partial<ProxyWorldOptions> = {
    ...(transport === 'TLS' && { tls: LOOPBACK }),
    ...(transport === 'a Unix socket' && { socketPath }),
  };
  const more = { ...settings, LISTEN_ACCELERATOR: String(reader !== 'Node') };
  await using proxy = await startProxyWorld({ upstream: upstream.url, ...options, settings: more });
  const sockets: Socket[] = [];
  const open = (): Socket => {
    const socket = openSocket(proxy, transport, socketPath);
    socket.on('error', () => {});
    sockets.push(socket);
    return socket;
  };
  await run({ proxy, upstream, open });
  for (const socket of sockets) socket.destroy();
};

const openSocket = ({ port }: ProxyWorld, transport: WayIn['transport'], path: string): Socket => {
  if (transport === 'a Unix socket') return connect(path);
  if (transport === 'plain') return connect(port, '127.0.0.1');
  return connectTls({ port, host: '127.0.0.1', ca: LOOPBACK.cert });
};

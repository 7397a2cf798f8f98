/** A report server on 127.0.0.1. */
export interface Endpoint {
  readonly port: number;
  /** PEM of the authority that its certificate is to be verified with; `undefined`: it speaks plain HTTP. */
  readonly caFile: string | undefined;
}

/** Its URL without a path. */
export const urlOf = ({ port, caFile }: Endpoint): string =>
  `${caFile === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;

/** What a bench run hands to a peer that is about to start. */
export interface PeerContext {
  /** An empty folder of its own for configuration and state. */
  readonly dir: string;
  /** A free port on 127.0.0.1 that the peer has to listen on. */
  readonly port: number;
  /** The report server; see {@link overTls} for the other way to it. */
  readonly upstream: Endpoint;
  /** The same reports over TLS. */
  readonly secureUpstream: Endpoint;
  /** Port of the DCR stand-in on 127.0.0.1 (`cmu-proxy` needs it, the others do not). */
  readonly dcrPort: number;
  /** Port of a second DCR stand-in, whose tokens live for three seconds. */
  readonly shortLivedDcrPort: number;
}

/** How a peer is started: a command line, run pinned to one core. */
export interface PeerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A URL that answers 200 once the peer is ready; without it, the first answered report tells. */
  readonly readyUrl?: string;
}

/**
 * What a peer can do, so that a case runs only where it means something:
 * - `pass` forwards every request to the upstream;
 * - `stream` forwards what is too large to be stored;
 * - `pass-tls`, `stream-tls`: the same from an upstream that speaks TLS, its certificate verified;
 * - `cache` answers a repeated request from memory;
 * - `decode` asks the upstream for gzip and decodes it for a caller who does not accept gzip;
 * - `resume` keeps state over a restart (its second start is measured too);
 * - `rotate` gets bearer tokens that live for three seconds;
 * - `rotate-cache` does, and answers repeated requests from memory.
 */
export type Ability =
  | 'pass'
  | 'stream'
  | 'pass-tls'
  | 'stream-tls'
  | 'cache'
  | 'decode'
  | 'resume'
  | 'rotate'
  | 'rotate-cache';

/** One server under test. */
export interface Peer {
  readonly name: string;
  readonly abilities: readonly Ability[];
  /** One line on how it is set up, for the table. */
  readonly setUp: string;
  /** Its version, or undefined if it is not installed here (it is then left out). */
  version(): string | undefined;
  /** Writes its configuration into `context.dir` and tells how to start it. */
  prepare(context: PeerContext): PeerCommand;
}

/** The same server in front of an upstream that speaks TLS, as Adobe does; with a verified certificate. */
export const overTls = (peer: Peer): Peer => ({
  ...peer,
  name: `${peer.name} over TLS`,
  abilities: ['pass-tls', 'stream-tls'],
  setUp: `as ${peer.name}; the upstream speaks TLS 1.3, its certificate is verified`,
  prepare: (context) => peer.prepare({ ...context, upstream: context.secureUpstream }),
});
